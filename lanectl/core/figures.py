"""Access to the figures of a limits file: each is {value, conf, clause} and travels with its confidence mark.

Knows how a section is laid out (sets and rules). Knows no file and no method.
"""

from collections.abc import Mapping, Sequence

UNCERTAIN = "C"
LARGEST_WHOLE = 10_000
LARGEST_FIGURE = 1_000_000


class LimitsMissing(ValueError):  # noqa: N818 - named by what is wrong
    """The limits data lacks a figure, or holds something else in its place."""

    def __init__(self, figure: str, why: str) -> None:
        super().__init__(f"limits figure {figure}: {why}")
        self.figure = figure


class Rules:
    """The rules in one section of the limits data: those of a method, or of a check that has no limit sets."""

    def __init__(self, method: str, section: Mapping[str, object]) -> None:
        self.method = method
        self._rules = _table(section, "rules", f"{method}.rules")

    def has(self, name: str) -> bool:
        """Tell whether the data has this rule; limits data from before a rule was written down has it not."""
        return name in self._rules

    def rule(self, name: str) -> float:
        """Return a rule's figure."""
        return _number(self._rules, name, f"{self.method}.rules.{name}")

    def whole(self, name: str) -> int:
        """Return a rule's figure that must be a whole number, not negative and not absurd."""
        value = self.rule(name)
        if value != int(value) or not 0 <= value <= LARGEST_WHOLE:
            raise LimitsMissing(f"{self.method}.rules.{name}", f"{value} is no whole number from 0 to {LARGEST_WHOLE}")
        return int(value)

    def unit(self, name: str, scale: int) -> int:
        """Return how many of ``scale`` counts make one step of a value rounded to this rule's decimals."""
        step = scale // int(10 ** self.whole(name))
        if step < 1:
            raise LimitsMissing(f"{self.method}.rules.{name}", "more decimals than are kept")
        return step

    def switch(self, name: str, allowed: tuple[str, ...]) -> str:
        """Return a rule that chooses one of several readings."""
        value = _entry(self._rules, name, f"{self.method}.rules.{name}")["value"]
        if not isinstance(value, str) or value not in allowed:
            raise LimitsMissing(f"{self.method}.rules.{name}", f"{value!r} is none of {', '.join(allowed)}")
        return value

    def day(self, name: str) -> str:
        """Return a rule that is a day (YYYY-MM-DD)."""
        value = _entry(self._rules, name, f"{self.method}.rules.{name}")["value"]
        if not isinstance(value, str) or not _is_day(value):
            raise LimitsMissing(f"{self.method}.rules.{name}", f"{value!r} is no day written YYYY-MM-DD")
        return value

    def names(self, name: str) -> tuple[str, ...]:
        """Return a rule that is a list of names."""
        value = _entry(self._rules, name, f"{self.method}.rules.{name}")["value"]
        if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(n, str) for n in value):
            raise LimitsMissing(f"{self.method}.rules.{name}", f"{value!r} is no list of names")
        return tuple(value)

    def is_uncertain(self, name: str) -> bool:
        """Tell whether a rule's figure is marked [C]."""
        return _entry(self._rules, name, f"{self.method}.rules.{name}").get("conf") == UNCERTAIN


class Figures(Rules):
    """One method's section of the limits data, under one limit set."""

    def __init__(self, method: str, section: Mapping[str, object], limit_set: str) -> None:
        super().__init__(method, section)
        self.limit_set = limit_set
        sets = _table(section, "sets", f"{method}.sets")
        self._limits = _table(sets, limit_set, f"{method}.sets.{limit_set}")

    def limit(self, name: str) -> float:
        """Return a limit of the chosen set."""
        return _number(self._limits, name, f"{self.method}.sets.{self.limit_set}.{name}")

    def limits_are_uncertain(self) -> bool:
        """Tell whether any limit of the chosen set is marked [C]."""
        return any(isinstance(entry, Mapping) and entry.get("conf") == UNCERTAIN for entry in self._limits.values())


def as_of(section: Mapping[str, object], day: str) -> dict[str, object]:
    """Return a section as it stood on a day (YYYY-MM-DD): ``until`` names what a figure was before a day."""
    made: dict[str, object] = {}
    for name, entry in section.items():
        if not isinstance(entry, Mapping):
            made[name] = entry
        elif isinstance(until := entry.get("until"), Mapping) and "value" in entry:
            earlier = [end for end in sorted(until) if day < end]
            made[name] = {**entry, "value": until[earlier[0]]} if earlier else entry
        else:
            made[name] = as_of(entry, day)
    return made


def with_rule(section: Mapping[str, object], name: str, value: object) -> dict[str, object]:
    """Return a section in which one rule that is there has another value."""
    rules = section.get("rules")
    entry = rules.get(name) if isinstance(rules, Mapping) else None
    if not isinstance(rules, Mapping) or not isinstance(entry, Mapping):
        raise LimitsMissing(f"rules.{name}", "missing")
    return {**section, "rules": {**rules, name: {**entry, "value": value}}}


def _is_day(text: str) -> bool:
    return len(text) == 10 and all((c == "-") if i in (4, 7) else c.isdigit() for i, c in enumerate(text))


def _table(data: Mapping[str, object], key: str, figure: str) -> Mapping[str, object]:
    table = data.get(key)
    if not isinstance(table, Mapping):
        raise LimitsMissing(figure, "missing")
    return table


def _entry(table: Mapping[str, object], name: str, figure: str) -> Mapping[str, object]:
    entry = table.get(name)
    # A test asks for a hundred figures: a plain dict is told without asking what else is a mapping.
    if not isinstance(entry, (dict, Mapping)) or "value" not in entry:
        raise LimitsMissing(figure, "missing; it needs value, conf and clause")
    return entry


def _number(table: Mapping[str, object], name: str, figure: str) -> float:
    value = _entry(table, name, figure)["value"]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value - value != 0:
        raise LimitsMissing(figure, f"{value!r} is no number")
    if not -LARGEST_FIGURE <= value <= LARGEST_FIGURE:
        raise LimitsMissing(figure, f"larger than any figure of the law, {LARGEST_FIGURE}")
    return float(value)
