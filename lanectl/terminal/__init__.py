"""The operator's face: a local HTTP and WebSocket API and the touch page that uses it."""
