"""The retest gate: pure rules over failures and repairs."""
