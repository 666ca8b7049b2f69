"""What a check of a device says: every quantity with nominal, measured, error, tolerance and whether it holds.

Knows the shapes and the comparison. A result cannot be made without its nominal values, and cannot claim to be good:
errors and verdicts are worked out from the figures each time they are asked for. Knows no device and no figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lanectl.core.verdict import Uncertain

WITHIN, AT_MOST, AT_LEAST = "within", "at_most", "at_least"
NO_READING, NO_NUMBER = "no_reading", "no_number"
GUARD = 1e-9
"""How much of the size of the numbers a comparison forgives: 0.55 - 0.53 is a little more than 0.02 in binary."""


class NominalsMissing(ValueError):  # noqa: N818 - named by what is wrong
    """A check without a nominal value: nothing can be judged, so there is no result."""

    def __init__(self, quantity: str, why: str) -> None:
        super().__init__(f"{quantity}: {why}")
        self.quantity = quantity


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What an error may be: absolute, or a share of the nominal value; of both, whichever is larger."""

    absolute: float | None = None
    relative: float | None = None

    def around(self, nominal: float) -> float:
        """Return the largest error allowed at this nominal value, in its unit."""
        share = 0.0 if self.relative is None else self.relative * abs(nominal)
        return max(self.absolute or 0.0, share)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One comparison. ``kind`` is within (nominal and tolerance), at_most or at_least (nominal is the limit).

    A measured value that is missing is None, with ``why``; it never holds.
    """

    name: str
    nominal: float
    measured: float | None
    tolerance: Tolerance = field(default_factory=Tolerance)
    kind: str = WITHIN
    why: str | None = None

    def __post_init__(self) -> None:
        if not is_number(self.nominal):
            raise NominalsMissing(self.name, f"the nominal value is {self.nominal}")
        if self.measured is not None and not is_number(self.measured):
            raise ValueError(f"{self.name}: {self.measured} is no measured value; a missing one is None")

    @property
    def error(self) -> float | None:
        """Measured less nominal, in the unit of the quantity."""
        return None if self.measured is None else self.measured - self.nominal

    @property
    def relative_error(self) -> float | None:
        """Error as a share of the nominal value; none where that is 0."""
        error = self.error
        return None if error is None or self.nominal == 0.0 else error / abs(self.nominal)

    @property
    def allowed(self) -> float | None:
        """The largest error allowed, in the unit of the quantity; a limit allows none."""
        return self.tolerance.around(self.nominal) if self.kind == WITHIN else None

    @property
    def ok(self) -> bool:
        """Whether the measured value is there and holds."""
        error = self.error
        if error is None or self.measured is None:
            return False
        slack = GUARD * max(abs(self.nominal), abs(self.measured))
        if self.kind == AT_MOST:
            return error <= slack
        if self.kind == AT_LEAST:
            return -error <= slack
        return abs(error) <= self.tolerance.around(self.nominal) + slack

    def as_json(self) -> dict[str, object]:
        """Return plain JSON-able values, everything that was compared."""
        return {
            "quantity": self.name,
            "kind": self.kind,
            "nominal": self.nominal,
            "measured": self.measured,
            "why": self.why,
            "error": self.error,
            "relative_error": self.relative_error,
            "tolerance": {"absolute": self.tolerance.absolute, "relative": self.tolerance.relative},
            "allowed": self.allowed,
            "ok": self.ok,
        }


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of one check: what was compared, why it failed, what else was noted, which [C] figures it used.

    ``values`` are further figures that a record of the check holds. Made with ``sheet.judge``; at least one quantity.
    """

    check: str
    quantities: tuple[Quantity, ...]
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    values: Mapping[str, float | None] = field(default_factory=dict)
    uncertain: tuple[Uncertain, ...] = ()
    not_checked: tuple[str, ...] = ()
    """What the check asks for and nobody compared: missing, or of a channel that the device lacks."""

    def __post_init__(self) -> None:
        if not self.quantities:
            raise NominalsMissing(self.check, "no quantity with a nominal value")
        names = [quantity.name for quantity in self.quantities]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.check}: a quantity stands in it twice")

    @property
    def ok(self) -> bool:
        """Whether every quantity holds and nothing else speaks against it."""
        return not self.reasons and all(quantity.ok for quantity in self.quantities)

    @property
    def code(self) -> str | None:
        """The first reason of a failed check."""
        return self.reasons[0] if self.reasons else None

    @property
    def nominal(self) -> Mapping[str, float]:
        """Nominal value or limit by quantity."""
        return {quantity.name: quantity.nominal for quantity in self.quantities}

    @property
    def measured(self) -> Mapping[str, float | None]:
        """Measured value by quantity."""
        return {quantity.name: quantity.measured for quantity in self.quantities}

    def quantity(self, name: str) -> Quantity:
        """Return a quantity by its name; KeyError where it was not compared."""
        for quantity in self.quantities:
            if quantity.name == name:
                return quantity
        raise KeyError(name)

    def as_json(self) -> dict[str, object]:
        """Return plain JSON-able values, as a record of the check keeps them."""
        return {
            "check": self.check,
            "ok": self.ok,
            "code": self.code,
            "nominal": dict(self.nominal),
            "measured": dict(self.measured),
            "quantities": [quantity.as_json() for quantity in self.quantities],
            "values": dict(self.values),
            "reasons": list(self.reasons),
            "notes": list(self.notes),
            "not_checked": list(self.not_checked),
            "uncertain": [{"figure": figure.figure, "decisive": figure.decisive} for figure in self.uncertain],
        }


def is_number(value: float) -> bool:
    """Tell whether this is a number, not NaN and not an infinity."""
    return value - value == 0.0


def compared(
    name: str,
    nominal: float,
    measured: float | None,
    tolerance: Tolerance | None = None,
    kind: str = WITHIN,
    why: str = NO_READING,
) -> Quantity:
    """Compare one value; ``why`` says what a missing one means. NaN and infinities are no readings."""
    if measured is None:
        return Quantity(name, nominal, None, tolerance or Tolerance(), kind, why)
    if not is_number(measured):
        return Quantity(name, nominal, None, tolerance or Tolerance(), kind, NO_NUMBER)
    return Quantity(name, nominal, measured, tolerance or Tolerance(), kind)
