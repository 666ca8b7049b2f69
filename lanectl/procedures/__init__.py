"""The steps of a test as pure state machines: status and events in, commands out."""
