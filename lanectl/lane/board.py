"""The board: the last word of every channel, with its age. One beat of it is a Sample.

Knows how old a channel may be before it counts as stale. Knows no device and no law.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import isfinite

from lanectl.lane.doubts import DOUBTS, Doubts
from lanectl.lane.second_look import UNCONFIRMED, SecondLook
from lanectl.model.sample import Channel, Sample

ONCE = ("opacity",)
"""Sources whose readings go into one sample each: a peak is a sample, and a look that is repeated is no second look."""
STALE_AFTER_MS: Mapping[str, int] = {
    "dyno": 300,
    "gas": 1_500,
    "opacity": 500,
    "nox": 1_500,
    "tachometer": 500,
    "ambient": 30_000,
    "own_ambient": 30_000,
    "io": 300,
    "obd": 3_000,
    "operator": 24 * 3_600_000,
}
"""How long a reading speaks for the present, per source. A source silent for longer has no value, never an old one."""
SAID = (None, "not_given", "not_a_number", UNCONFIRMED, *DOUBTS)
"""What a device that speaks may mean; every other reason says that it does not, and stays."""

UNTRUSTED = "untrusted_"
"""Before the name of a channel: what its device gave while it was not believed."""


@dataclass(slots=True)
class Entry:
    """Last word of one channel."""

    source: str
    value: float | None
    at_ms: int
    why: str | None
    taken: bool = False
    """Whether a sample has it already."""


class Board:
    """Collects readings from all sources; ``sample`` freezes the present."""

    def __init__(self, doubts: Doubts | None = None, second: SecondLook | None = None) -> None:
        self._entries: dict[str, Entry] = {}
        self._doubts = doubts or Doubts()
        self._second = second or SecondLook()

    def put(self, source: str, values: Mapping[str, float | None], at_ms: int) -> None:
        """Post the channels of one reading that arrived at lane time ``at_ms``.

        A value that is not believed, or not yet, has no say; what the device gave stands beside it, as ``untrusted_``.
        """
        finite = _finite(values)
        counting = self._second.of(source, finite, at_ms)
        said = {name: counting[name].value if name in counting else None for name in finite}
        doubted = self._doubts.of(source, said, at_ms, lambda name: self.channel(name, at_ms).value)
        for name, value in values.items():
            self._entries.pop(f"{UNTRUSTED}{name}", None)
            look = counting.get(name)
            if look is None and finite.get(name) is not None:
                self._await(source, name, at_ms)
            elif value is not None and not isfinite(value):
                self._entries[name] = Entry(source, None, at_ms, "not_a_number")
            elif look is None:
                self._entries[name] = Entry(source, None, at_ms, "not_given")
            else:
                why = doubted.get(name)
                self._entries[name] = Entry(source, None if why else look.value, look.at_ms, why)
            if value is not None and isfinite(value) and (name in doubted or look is None or look.at_ms != at_ms):
                self._entries[f"{UNTRUSTED}{name}"] = Entry(source, value, at_ms, None)

    def _await(self, source: str, name: str, at_ms: int) -> None:
        """Let a look wait for a second one: the last value goes on growing old, as if this one had not come."""
        entry = self._entries.get(name)
        if entry is None or (entry.value is None and entry.why != UNCONFIRMED):
            self._entries[name] = Entry(source, None, at_ms, UNCONFIRMED)

    def waits(self, source: str) -> bool:
        """Tell whether a look of this source waits for a second one."""
        return self._second.waits(source)

    def second_look(self) -> SecondLook:
        """Return a memory of its own for looks that do not go through the board, with the same figures."""
        return self._second.anew()

    def blank(self, source: str, why: str) -> None:
        """Say that a source has no values now, and why; the channels stay on the board without a value."""
        for entry in self._entries.values():
            if entry.source == source:
                entry.value, entry.why = None, why

    def keep_only(self, sources: Collection[str]) -> None:
        """Take every other source off the board."""
        self._entries = {name: entry for name, entry in self._entries.items() if entry.source in sources}

    def forget(self, source: str) -> None:
        """Take a source off the board: nobody asks it at present."""
        self._entries = {name: entry for name, entry in self._entries.items() if entry.source != source}

    def channel(self, name: str, now_ms: int) -> Channel:
        """Return one channel as of now; stale means no value."""
        entry = self._entries.get(name)
        if entry is None:
            return Channel(None, None, "not_asked")
        age_ms = max(0, now_ms - entry.at_ms)
        if age_ms > STALE_AFTER_MS[entry.source] and entry.why in SAID:
            return Channel(None, age_ms, UNCONFIRMED if self._speaks(name, now_ms) else "stale")
        if entry.value is None:
            return Channel(None, age_ms, entry.why)
        return Channel(entry.value, age_ms)

    def _speaks(self, name: str, now_ms: int) -> bool:
        """Tell whether values of this channel come that are not believed."""
        beside = self._entries.get(f"{UNTRUSTED}{name}")
        return beside is not None and now_ms - beside.at_ms <= STALE_AFTER_MS[beside.source]

    def _take(self, name: str, now_ms: int) -> Channel:
        """Return a channel for a sample; a reading that a sample has had already is no new value."""
        entry, found = self._entries[name], self.channel(name, now_ms)
        if entry.source not in ONCE or found.value is None:
            return found
        if entry.taken:
            return Channel(None, found.age_ms, "no_new_value")
        entry.taken = True
        return found

    def sample(self, seq: int, t_ms: int, now_ms: int, wall_ms: int, missed: int) -> Sample:
        """Freeze the present into one Sample."""
        channels = {name: self._take(name, now_ms) for name in sorted(self._entries)}
        return Sample(seq, t_ms, now_ms, wall_ms, channels, missed)


def _finite(values: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: value for name, value in values.items() if value is None or isfinite(value)}
