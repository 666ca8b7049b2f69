"""A value that is far from the last one counts only when a second look says the same, or goes on in that direction.

Most wires of this trade have a weak checksum or none: a byte that tips over leaves a value that is possible and wrong,
and no limit of what a sensor can mean or how fast it can move sees that. A second look does, because two accidents in a
row do not say the same. Pure: looks at what a source posts, channel by channel. It never changes a value and never
makes one; a look that nothing bears out has no say. Knows how exact each channel is (signed data) and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lanectl.settings.plausibility import ClassFigures, Plausibility

UNCONFIRMED = "unconfirmed"
"""Why a value has no say: it is far from the last one, and no second look has borne it out."""
NEAR_CLASSES = 2.0
"""Two looks say the same when they are within so many accuracy classes. With one class for what really moved meanwhile,
a value that counts is within three of the true one."""
MOST_HELD = 3
"""Looks that wait to be borne out: on a value that is unsteady, two of them soon agree."""


@dataclass(frozen=True, slots=True)
class Look:
    """One value of one channel, and when it was given."""

    value: float
    at_ms: int


@dataclass(slots=True)
class _Channel:
    """The last look that counted, and those since then that nothing has borne out."""

    last: Look | None = None
    held: list[Look] = field(default_factory=list)
    was_empty: bool = False
    """Whether its source has said that it has no value: then a value is far from that."""


class SecondLook:
    """Remembers of each channel just enough to know whether its next value is borne out. Without figures each is.

    ``trusting``: the very first look of a channel counts, as there is nothing that it could be far from. One that was
    without a value before has something.
    """

    def __init__(self, figures: Plausibility | None = None, *, trusting: bool = True) -> None:
        self._classes: Mapping[str, ClassFigures] = {} if figures is None else figures.classes
        self._trusting = trusting
        self._channels: dict[tuple[str, str], _Channel] = {}

    def anew(self) -> "SecondLook":
        """Return one with the same figures that remembers nothing and trusts nobody."""
        fresh = SecondLook(trusting=False)
        fresh._classes = self._classes
        return fresh

    def of(self, source: str, values: Mapping[str, float | None], at_ms: int) -> dict[str, Look]:
        """Return the looks that count, now that this reading has come; a channel that is not there has none."""
        counting: dict[str, Look] = {}
        for name, value in values.items():
            if value is None:
                self._empty(source, name)
                continue
            look = Look(value, at_ms)
            found = look if name not in self._classes else self._borne_out(source, name, look)
            if found is not None:
                counting[name] = found
        return counting

    def waits(self, source: str) -> bool:
        """Tell whether a look of this source waits for a second one: it should be asked again soon."""
        return any(channel.held for (its_source, _), channel in self._channels.items() if its_source == source)

    def _channel(self, source: str, name: str) -> _Channel:
        return self._channels.setdefault((source, name), _Channel())

    def _empty(self, source: str, name: str) -> None:
        """Take note that there is no value: where there never was one, that contradicts a look that waits."""
        channel = self._channel(source, name)
        channel.was_empty = True
        if channel.last is None:
            channel.held = []

    def _borne_out(self, source: str, name: str, look: Look) -> Look | None:
        channel = self._channel(source, name)
        last, held, figures = channel.last, channel.held, self._classes[name]
        if held and held[-1].at_ms == look.at_ms:
            return None  # the same look once more
        first = last is None and self._trusting and not channel.was_empty
        if first or any(_near(look, other, figures) for other in ([last] if last else []) + held):
            channel.last, channel.held = look, []
            return look
        if last is not None and held and _between(last, held[-1], look):
            channel.last, channel.held = held[-1], [look]
            return channel.last
        channel.held = [*held, look][-MOST_HELD:]
        return None


def _near(look: Look, other: Look, figures: ClassFigures) -> bool:
    accuracy = max(figures.absolute, figures.relative * abs(other.value))
    return abs(look.value - other.value) <= NEAR_CLASSES * accuracy


def _between(first: Look, middle: Look, last: Look) -> bool:
    """Tell whether a value goes on in one direction: what lies in the middle is borne out by where it went."""
    return first.value < middle.value < last.value or first.value > middle.value > last.value
