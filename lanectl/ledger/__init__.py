"""What the lane remembers, signed: samples before judgement, records in a chain, the outbox, and their checks."""
