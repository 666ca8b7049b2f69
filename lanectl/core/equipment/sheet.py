"""The figures of one check, out of the equipment data: each is {value, conf, clause}, some with other ``readings``.

A sheet remembers which figures were asked for, so that a result names the uncertain ones. Where sources disagree and
the other readings are given, the check is judged again under each of them, and the result says whether it matters.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lanectl.core.equipment.result import CheckResult, NominalsMissing, Quantity, Tolerance, is_number
from lanectl.core.figures import UNCERTAIN, LimitsMissing
from lanectl.core.verdict import Uncertain

Pair = tuple[float, float]


class Sheet:
    """One section of the equipment data."""

    def __init__(self, name: str, section: Mapping[str, object]) -> None:
        self.name = name
        self._section = section
        self._consulted: list[str] = []

    @classmethod
    def of(cls, data: Mapping[str, object], *path: str) -> "Sheet":
        """Open the section at this path; LimitsMissing where there is none."""
        found: object = data
        for step in path:
            found = found.get(step) if isinstance(found, Mapping) else None
        if not isinstance(found, Mapping):
            raise LimitsMissing(".".join(path), "missing")
        return cls(".".join(path), found)

    def has(self, name: str) -> bool:
        """Tell whether there is such a figure, without consulting it."""
        return name in self._section

    def names(self) -> tuple[str, ...]:
        """Return the names of all figures."""
        return tuple(self._section)

    def number(self, name: str) -> float:
        """Return a figure that is one number."""
        return self._as_number(name, self._value(name))

    def numbers(self, name: str) -> tuple[float, ...]:
        """Return a figure that is a list of numbers."""
        return tuple(self._as_number(name, item) for item in self._as_list(name, self._value(name)))

    def pairs(self, name: str) -> tuple[Pair, ...]:
        """Return a figure that is a list of pairs of numbers."""
        found = []
        for item in self._as_list(name, self._value(name)):
            pair = self._as_list(name, item)
            if len(pair) != 2:
                raise LimitsMissing(self.path(name), f"{item!r} is no pair of numbers")
            found.append((self._as_number(name, pair[0]), self._as_number(name, pair[1])))
        return tuple(found)

    def tolerance(self, name: str) -> Tolerance:
        """Return a figure that is a tolerance: ``absolute``, ``relative`` (a share) or both."""
        value = self._value(name)
        if not isinstance(value, Mapping) or not value or set(value) - {"absolute", "relative"}:
            raise LimitsMissing(self.path(name), f"{value!r} is no tolerance: absolute, relative or both")
        parts = {key: self._as_number(name, part) for key, part in value.items()}
        if min(parts.values()) < 0.0:
            raise LimitsMissing(self.path(name), "a tolerance is not negative")
        return Tolerance(parts.get("absolute"), parts.get("relative"))

    def word(self, name: str, allowed: Sequence[str]) -> str:
        """Return a figure that chooses one of several readings by name."""
        value = self._value(name)
        if not isinstance(value, str) or value not in allowed:
            raise LimitsMissing(self.path(name), f"{value!r} is none of {', '.join(allowed)}")
        return value

    def words(self, name: str, allowed: Sequence[str]) -> tuple[str, ...]:
        """Return a figure that is a list of such words."""
        value = self._as_list(name, self._value(name))
        if any(item not in allowed for item in value):
            raise LimitsMissing(self.path(name), f"{value!r} holds others than {', '.join(allowed)}")
        return tuple(str(item) for item in value)

    def tables(self, name: str) -> tuple[Mapping[str, object], ...]:
        """Return a figure that is a list of tables."""
        value = self._as_list(name, self._value(name))
        tables = tuple(item for item in value if isinstance(item, Mapping))
        if len(tables) != len(value):
            raise LimitsMissing(self.path(name), f"{value!r} is no list of tables")
        return tables

    def path(self, name: str) -> str:
        """Return a figure's full name."""
        return f"{self.name}.{name}"

    def uncertain_names(self) -> tuple[str, ...]:
        """Return the names of the consulted figures that are marked [C]."""
        return tuple(name for name in self._consulted if self._entry(name).get("conf") == UNCERTAIN)

    def unsettled(self) -> tuple[str, ...]:
        """Return the names of the consulted figures that are marked [C] or have other readings."""
        named = [(name, self._entry(name)) for name in self._consulted]
        return tuple(name for name, entry in named if entry.get("conf") == UNCERTAIN or "readings" in entry)

    def otherwise(self, name: str) -> Iterator["Sheet"]:
        """Yield this sheet under each other reading of a figure that is given."""
        entry = self._entry(name)
        for reading in self._as_list(name, entry.get("readings", ())):
            if reading != entry["value"]:
                yield Sheet(self.name, {**self._section, name: {**entry, "value": reading}})

    def _value(self, name: str) -> object:
        value = self._entry(name)["value"]
        if name not in self._consulted:
            self._consulted.append(name)
        return value

    def _entry(self, name: str) -> Mapping[str, object]:
        entry = self._section.get(name)
        if not isinstance(entry, Mapping) or "value" not in entry:
            raise LimitsMissing(self.path(name), "missing; it needs value, conf and clause")
        return entry

    def _as_list(self, name: str, value: object) -> Sequence[object]:
        if not isinstance(value, list | tuple):
            raise LimitsMissing(self.path(name), f"{value!r} is no list")
        return value

    def _as_number(self, name: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not is_number(value):
            raise LimitsMissing(self.path(name), f"{value!r} is no number")
        return float(value)


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check found before it is told: quantities, the code if one of them is off, further reasons and notes."""

    quantities: tuple[Quantity, ...]
    off: str
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    values: Mapping[str, float | None] = field(default_factory=dict)
    not_checked: tuple[str, ...] = ()

    def all_reasons(self) -> tuple[str, ...]:
        """Return why the check fails: what was given, what is missing, and whether a value is off."""
        missing = [quantity.why or self.off for quantity in self.quantities if quantity.measured is None]
        off = [self.off for quantity in self.quantities if quantity.measured is not None and not quantity.ok]
        return tuple(dict.fromkeys((*self.reasons, *missing, *off)))


def judge(check: str, sheet: Sheet, ask: Callable[[Sheet], Findings]) -> CheckResult:
    """Ask a check for its findings, under the figures and under every other reading of those that are not settled."""
    found = ask(sheet)
    reasons = found.all_reasons()
    uncertain = tuple(
        Uncertain(sheet.path(name), any(_is_good(ask, other) is bool(reasons) for other in sheet.otherwise(name)))
        for name in sheet.unsettled()
    )
    return CheckResult(check, found.quantities, reasons, found.notes, found.values, uncertain, found.not_checked)


def _is_good(ask: Callable[[Sheet], Findings], sheet: Sheet) -> bool | None:
    """Tell whether a check is good under another reading; None where that reading gives no nominal value."""
    try:
        return not ask(sheet).all_reasons()
    except NominalsMissing:
        return None
