"""Which readings are not believed although they arrived whole: jumps, and values that stand still to the last bit.

Pure: looks at what a source posts and what the other channels say now. A doubt never changes a value; it says why the
value shall not count. Does not know thresholds (signed data, settings.plausibility), the law, or devices.
"""

from collections.abc import Callable, Mapping

from lanectl.settings.plausibility import Plausibility, StillFigures

JUMPED, STOOD_STILL = "jumped", "stood_still"
DOUBTS = (JUMPED, STOOD_STILL)
"""Why a value that a device gave does not count."""
LONGEST_PAUSE_MS = 3_000
"""A source that was not heard for longer begins anew: nobody knows what happened meanwhile."""
Channels = Mapping[str, float | None]
Present = Callable[[str], float | None]
"""Value of a channel as of now."""


class _Held:
    """Values that have not changed since a moment, and how far the witnesses have moved since then."""

    def __init__(self, values: tuple[float | None, ...], since_ms: int) -> None:
        self.values, self.since_ms, self.seen_ms = values, since_ms, since_ms
        self._spans: dict[str, tuple[float, float]] = {}

    def look_at_witnesses(self, moved: Mapping[str, float], now: Present) -> bool:
        """Tell whether one of them has moved so far since then; where none is named, it does not matter."""
        for name in moved:
            if (value := now(name)) is not None:
                lowest, highest = self._spans.get(name, (value, value))
                self._spans[name] = min(lowest, value), max(highest, value)
        return not moved or any(high - low >= moved[name] for name, (low, high) in self._spans.items())


class Doubts:
    """Remembers just enough of each source to doubt its next reading. Without figures nothing is doubted."""

    def __init__(self, figures: Plausibility | None = None) -> None:
        self._jumps = {} if figures is None else figures.jumps
        self._still = () if figures is None else figures.still
        self._believed: dict[tuple[str, str], tuple[float, int]] = {}
        self._held: dict[tuple[str, int], _Held] = {}

    def of(self, source: str, values: Channels, at_ms: int, now: Present) -> dict[str, str]:
        """Return the channels of one reading that are not to be believed, each with its reason."""
        doubted: dict[str, str] = {}
        for number, rule in enumerate(self._still):
            if rule.channels[0] in values and self._stands(source, number, rule, values, at_ms, now):
                doubted |= {name: STOOD_STILL for name in rule.channels if values.get(name) is not None}
        for name, value in values.items():
            if value is not None and self._jumps_away(source, name, value, at_ms):
                doubted.setdefault(name, JUMPED)
        return doubted

    def _jumps_away(self, source: str, name: str, value: float, at_ms: int) -> bool:
        figures = self._jumps.get(name)
        if figures is None:
            return False
        last, last_ms = self._believed.get((source, name), (value, at_ms))
        if abs(value - last) > figures.slack + figures.per_s * (at_ms - last_ms) / 1000.0:
            return True
        self._believed[source, name] = value, at_ms
        return False

    def _stands(self, source: str, number: int, rule: StillFigures, values: Channels, at_ms: int, now: Present) -> bool:
        said = tuple(values.get(name) for name in rule.channels)
        held = self._held.get((source, number))
        if held is None or held.values != said or at_ms - held.seen_ms > LONGEST_PAUSE_MS:
            held = self._held[source, number] = _Held(said, at_ms)
        held.seen_ms = at_ms
        has_moved = held.look_at_witnesses(rule.moved, lambda name: values.get(name, now(name)))
        is_above = rule.above is None or any(
            (values.get(name) or 0.0) > rule.above.than for name in rule.above.channels
        )
        return at_ms - held.since_ms >= rule.for_s * 1000.0 and has_moved and is_above
