"""What a method says: where it stands, and in the end its verdict.

Knows the shapes only. A verdict of the core is pass, fail or invalid; who stopped a test is not the core's to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass

PASS = "pass"  # noqa: S105 - the verdict, not a password
FAIL = "fail"
INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One comparison: the value as judged and unrounded, its upper limit (and a lower one), and whether it holds.

    Where ``limit_min`` equals ``limit``, the limit is a minimum and there is no upper one.
    """

    quantity: str
    value: float | None
    value_raw: float | None
    limit: float
    ok: bool
    limit_min: float | None = None

    def as_json(self) -> dict[str, object]:
        """Return plain JSON-able values; an archive makes millions of these, so each key is named here."""
        return {
            "quantity": self.quantity,
            "value": self.value,
            "value_raw": self.value_raw,
            "limit": self.limit,
            "ok": self.ok,
            "limit_min": self.limit_min,
        }


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A figure marked [C] that the verdict consulted, and whether another reading of it would give another outcome."""

    figure: str
    decisive: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a method with all it stands on. A value that was not used is None."""

    outcome: str
    method: str
    limits: str
    values: Mapping[str, float | None]
    judgements: tuple[Judgement, ...] = ()
    reasons: tuple[str, ...] = ()
    uncertain: tuple[Uncertain, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return plain JSON-able values, keys as in the published contracts."""
        return {
            "outcome": self.outcome,
            "method": self.method,
            "limits": self.limits,
            "values": dict(self.values),
            "judgements": [judgement.as_json() for judgement in self.judgements],
            "reasons": list(self.reasons),
            "uncertain": [{"figure": each.figure, "decisive": each.decisive} for each in self.uncertain],
        }


@dataclass(frozen=True, slots=True)
class Status:
    """Where a method stands after a legal second."""

    phase: str
    elapsed_s: int
    remaining_s: int | None
    restarts: int
    decided: bool
