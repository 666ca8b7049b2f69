"""Device drivers: roles, registry, exchange, transports, one module per device family. They know no law."""
