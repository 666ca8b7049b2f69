"""The bureau's face: MQTT, the draining of the outbox, receipts, queries and commands."""
