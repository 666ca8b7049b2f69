"""What goes over a wire that is only listened to: cut at its silences, and explained where it can be.

Knows silences, directions, and that one line may carry both. Does not know how a port is opened, or how anything is
shown.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from drivers.registry import DECODERS, all_drivers
from lanectl.app.catalogue import known_device
from protocols.can_frame import CanFrame
from protocols.captured import Captured, Explain, Explained
from protocols.errors import FrameError

GAP_MS = 30
"""Frames of one direction lie further apart than this; the pieces in which an adapter hands one over do not."""
LONGEST_UTTERANCE = 1024
LONGEST_SPLIT = 256
FEWEST_TELLING = 3
"""Shorter utterances mean something in nearly every protocol: they are explained where the device is known."""
MOST_NAMES = 4


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was said between two silences, and when it began (ms on the monotonic clock)."""

    at_ms: int
    data: bytes
    to_device: bool | None = None
    """None where one line carries both directions."""
    can_id: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One frame, or one utterance that nobody can read, with its meaning by device."""

    at_ms: int
    data: bytes
    to_device: bool | None
    can_id: int | None = None
    meanings: Mapping[str, Explained] = field(default_factory=dict)


class Cutter:
    """Joins what arrives to utterances."""

    def __init__(self, gap_ms: int = GAP_MS, to_device: bool | None = None) -> None:
        self._gap_ms = gap_ms
        self._to_device = to_device
        self._begun = bytearray()
        self._began_ms = self._last_ms = 0

    def feed(self, data: bytes, now_ms: int) -> list[Utterance]:
        """Take bytes; return the utterance that they end, if a silence lies before them."""
        over = self.silence(now_ms)
        if not self._begun:
            self._began_ms = now_ms
        self._begun += data
        self._last_ms = now_ms
        if len(self._begun) >= LONGEST_UTTERANCE:
            over += self._take()
        return over

    def silence(self, now_ms: int) -> list[Utterance]:
        """Return the utterance that is over by now."""
        return self._take() if self._begun and now_ms - self._last_ms >= self._gap_ms else []

    def rest(self) -> list[Utterance]:
        """Return what was begun when listening ends."""
        return self._take() if self._begun else []

    def _take(self) -> list[Utterance]:
        data = bytes(self._begun)
        self._begun.clear()
        return [Utterance(self._began_ms, data, self._to_device)]


class Interpreter:
    """Explains utterances as those of one device, or of all that can read them. Remembers the last question."""

    def __init__(self, device: str | None = None) -> None:
        self._one = device is not None
        self._explain = _explainers(device)
        self._asked: dict[str, bytes] = {}

    def lines(self, said: Utterance) -> list[Line]:
        """Return one line for each frame in it; the whole as one line where it cannot be cut into frames."""
        meanings, to_device = self._read(said.data, said)
        if meanings or not self._one or len(said.data) > LONGEST_SPLIT:
            return [Line(said.at_ms, said.data, to_device, said.can_id, meanings)]
        return self._split(said) or [Line(said.at_ms, said.data, to_device, said.can_id)]

    def _read(self, data: bytes, said: Utterance) -> tuple[dict[str, Explained], bool | None]:
        if not self._one and said.can_id is None and len(data) < FEWEST_TELLING:
            return {}, said.to_device
        for way in (False, True) if said.to_device is None else (said.to_device,):
            meanings = dict(self._by_device(data, way, said.can_id))
            if meanings:
                if way:
                    self._asked.update(dict.fromkeys(meanings, data))
                return meanings, way
        return {}, said.to_device

    def _by_device(self, data: bytes, to_device: bool, can_id: int | None) -> Iterator[tuple[str, Explained]]:
        for device, explain in self._explain.items():
            request = None if to_device else self._asked.get(device)
            for asked in dict.fromkeys((request, None)):
                try:
                    yield device, explain(Captured(data, to_device, asked, can_id))
                    break
                except FrameError:
                    continue

    def _split(self, said: Utterance) -> list[Line]:
        """Cut an utterance of several frames, the longest that can be read first; what lies between is a line too."""
        lines, start, unread = [], 0, 0
        data = said.data
        while start < len(data):
            for end in range(len(data), start, -1):
                meanings, way = self._read(data[start:end], said)
                if meanings:
                    if unread < start:
                        lines.append(Line(said.at_ms, data[unread:start], said.to_device))
                    lines.append(Line(said.at_ms, data[start:end], way, said.can_id, meanings))
                    start = unread = end
                    break
            else:
                start += 1
        if unread < len(data):
            lines.append(Line(said.at_ms, data[unread:], said.to_device))
        return lines if any(line.meanings for line in lines) else []


def frame_said(frame: CanFrame, now_ms: int) -> Utterance:
    """Return a frame of a CAN bus as an utterance."""
    return Utterance(now_ms, frame.data, None, frame.can_id)


def meaning_text(line: Line) -> str:
    """Say what a line means, to whom: devices that read it alike are named together."""
    by_text: dict[str, list[str]] = {}
    for device, said in line.meanings.items():
        values = (f"{name}={value:g}" for name, value in said.values.items() if value is not None)
        text = " ".join([said.kind, *said.flags, *values, *said.texts.values()])
        by_text.setdefault(text, []).append(device)
    shown = [f"{'/'.join(devices)}: {text}" for text, devices in by_text.items()]
    more = [f"+{len(shown) - MOST_NAMES}"] if len(shown) > MOST_NAMES else []
    return " | ".join([*shown[:MOST_NAMES], *more])


def _explainers(device: str | None) -> dict[str, Explain]:
    infos = all_drivers()
    everybody = {
        **{name: info.codec.explain for name, info in infos.items()},
        **{k: v.explain for k, v in DECODERS.items()},
    }
    return everybody if device is None else {device: everybody[known_device(device, everybody)]}
