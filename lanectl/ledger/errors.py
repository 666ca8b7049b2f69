"""What can go wrong in the ledger. Each class tells who can act on it."""


class LedgerError(Exception):
    """Something went wrong in the ledger; ``code`` is a key of model.words.evidence."""

    code = "ledger_error"


class LedgerUnavailableError(LedgerError):
    """The disk refuses (full, read-only, input/output error). Nothing of this call was kept: do not acknowledge it."""

    code = "ledger_unavailable"


class LedgerDamagedError(LedgerError):
    """What is stored is not what was stored. Keep the file, do not test, run ``lanectl verify``."""

    code = "ledger_damaged"


class OtherLaneError(LedgerError):
    """This ledger belongs to another lane or mode. Correct the lane file, or give this lane its own file."""

    code = "other_lane"


class TestNotOpenError(LedgerError):
    """The caller speaks of a test that is not open (never begun, or sealed already). A fault of the program."""

    __test__ = False
    code = "test_not_open"


class BodyInvalidError(LedgerError):
    """A record body lacks something or contradicts itself. A fault of the program; the test stays open."""

    code = "body_invalid"


class ReceiptMismatchError(LedgerError):
    """A receipt does not belong to the message that it names. The message stays in the outbox."""

    code = "receipt_mismatch"


class UnknownTestError(LedgerError):
    """No sealed record of this test is here."""

    code = "unknown_test"
