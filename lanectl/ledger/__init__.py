"""Memory that lasts: journal, records, hash chain, signatures, outbox, bundles."""
