"""What becomes of damaged frames of one device: noticed by name, harmless, or accepted with another value.

Knows how an exchange treats a reply (bytes after it make it worthless) and a stream (what is no report is passed over).
Does not know how damage is done.
"""

import functools
import resource
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from types import FrameType
from typing import Any

from pymodbus.pdu import ModbusPDU

from protocols.captured import Captured
from protocols.errors import FrameError
from tests.fuzz.damage import KINDS, Dice, cut, damaged
from tests.fuzz.wires import Genuine, Listening, WireOf, wire_of

LONGEST_S = 1.0
"""No frame may keep a codec or a framer busy for longer: less than any timeout that a driver gives a reply.

It is processor time: a run that is stopped for a while, or that gets little of a busy machine, has found nothing.
"""
MOST_HELD = 70_000
"""Bytes that a framer may keep: what the largest text of a scan tool takes."""
READING, WORD, CODEC = "reading", "word", "codec"
WHO = (READING, WORD, CODEC)
"""A framer that waits for a reading; one that waits for anything else; the codec, given the bytes as a frame."""
NOTICED, HARMLESS, OTHER = "noticed", "harmless", "accepted"
"""Ends: refused or passed over; the true value all the same; another value of the same kind."""


class EndlessError(Exception):
    """A frame kept somebody busy for too long."""


@dataclass(slots=True)
class Tally:
    """How so many frames ended."""

    frames: int = 0
    ends: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Who was listening (WHO), which kind of damage, how it ended."""
    errors: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Pdu:
    """A reply of pymodbus as it can be compared: two of its own are never equal."""

    function: int
    data: bytes


def said(value: Any) -> object:
    """Return what can be compared of a reply."""
    return Pdu(value.function_code, value.encode()) if isinstance(value, ModbusPDU) else value


def kind_of(value: object) -> object:
    """Return what sort of reply this is: a refusal in the place of a number tells of itself."""
    return value.function if isinstance(value, Pdu) else type(value)


class Subject:
    """One genuine frame with what it truly says."""

    def __init__(self, genuine: Genuine, wire: WireOf) -> None:
        self.genuine = genuine
        self.frame = genuine.captured.frame
        listening = genuine.listening
        self.who = CODEC if listening is None else READING if listening.measures else WORD
        self._unasked = listening is not None and listening.speaks_unasked
        self._explain, self._read_text = wire.explain, wire.read_text
        self.meant = self._heard_whole()
        self._kind = kind_of(self.meant)
        try:
            self.explained: object = wire.explain(genuine.captured)
        except FrameError:
            self.explained = None

    def _heard_whole(self) -> object:
        if self.genuine.listening is None:
            return None
        found = self._listen([self.frame])
        if not found or isinstance(found[-1], FrameError):
            raise AssertionError(f"{self.frame.hex()} satisfied the driver but not its framer")
        return found[-1]

    def _listen(self, chunks: list[bytes]) -> list[object]:
        """Return what whoever waits takes from these chunks; a reply with bytes after it is none."""
        listening = self.genuine.listening
        if listening is None:
            return []
        framer, found = listening.framer(), []
        for chunk in chunks:
            items = framer.feed(chunk)
            if items and not listening.speaks_unasked:
                return [] if framer.surplus else [self._read(items[0])]
            found += items
        return [self._read(item) for item in found]

    def _read(self, item: Any) -> object:
        """Return what can be compared; a text of which the framer only knows the end is read."""
        if not isinstance(item, bytes) or self._read_text is None:
            return said(item)
        try:
            return self._read_text(self.genuine.captured.request or b"", item)
        except FrameError as error:
            return error

    def hear(self, data: bytes, neighbours: tuple["Subject", ...], random: Random) -> str:
        """Let the damaged bytes arrive; in a stream they stand between genuine reports."""
        whole = data
        if self._unasked:
            before, after = random.choice(neighbours).frame, random.choice(neighbours).frame
            whole = before + data + after
        found = [item for item in self._listen(cut(whole, random)) if not isinstance(item, FrameError)]
        strangers = [item for item in found if item != self.meant and kind_of(item) == self._kind]
        if strangers:
            true = [each.meant for each in neighbours if each.frame in whole]
            if any(item not in true for item in strangers):
                return OTHER
        return HARMLESS if self.meant in found else NOTICED

    def explain(self, data: bytes, errors: Counter[str]) -> str:
        """Let the codec read the damaged bytes as one whole frame."""
        genuine = self.genuine.captured
        try:
            found = self._explain(Captured(data, genuine.to_device, genuine.request, genuine.can_id))
        except FrameError as error:
            errors[type(error).__name__] += 1
            return NOTICED
        return HARMLESS if found == self.explained else OTHER


@functools.lru_cache(maxsize=64)
def subjects_of(device: str, *, at_work: bool = False) -> list[Subject]:
    """Return every genuine frame of a device with what it says."""
    wire = wire_of(device, at_work=at_work)
    return [Subject(genuine, wire) for genuine in wire.frames]


def run(device: str, frames: int, seed: str) -> Tally:
    """Damage this many frames of a device; a frame that ends in anything but a value or a FrameError raises."""
    random, tally, kinds = Dice(seed), Tally(), tuple(KINDS)
    subjects = subjects_of(device)
    measured = [subject for subject in subjects if subject.who == READING] or subjects
    alike = {subject: _alike(subject, subjects) for subject in subjects}
    others = {subject: [each.frame for each in found] for subject, found in alike.items()}
    genuine = {subject: frozenset(frames) for subject, frames in others.items()}
    with bounded() as begin:
        while tally.frames < frames:
            subject = random.choice(measured if random.randrange(2) else subjects)
            kind = kinds[tally.frames % len(kinds)]
            data = damaged(kind, subject.frame, others[subject], random, genuine[subject]) or subject.frame + b"\0"
            begin()
            try:
                if subject.who != CODEC:
                    tally.ends[subject.who, kind, subject.hear(data, alike[subject], random)] += 1
                if subject.explained is not None:
                    tally.ends[CODEC, kind, subject.explain(data, tally.errors)] += 1
            except Exception as error:
                raise AssertionError(f"{device}, {kind}: {data.hex()} for {subject.genuine.captured}") from error
            tally.frames += 1
    return tally


def _alike(subject: Subject, subjects: Sequence[Subject]) -> tuple[Subject, ...]:
    """Return the frames that could stand where this one stands, itself among them."""
    listening, captured = subject.genuine.listening, subject.genuine.captured
    return tuple(
        each
        for each in subjects
        if each.genuine.listening is listening
        and (listening is not None or each.genuine.captured.to_device == captured.to_device)
    )


@contextmanager
def bounded() -> Iterator[Any]:
    """Give a function that begins a frame's time; a frame that takes longer is interrupted where it hangs."""

    def late(number: int, frame: FrameType | None) -> None:
        raise EndlessError(f"one frame took longer than {LONGEST_S:g} s")

    before = signal.signal(signal.SIGPROF, late)
    try:
        yield lambda: signal.setitimer(signal.ITIMER_PROF, LONGEST_S)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)


def flood(listening: Listening, seed: str, size: int = 1 << 16) -> int:
    """Let noise, and frames that never end, arrive at one framer for long; return the most that it kept."""
    random, framer, most = Dice(seed), listening.framer(), 0
    settled: Settled = {}
    heads = [frame[: max(1, len(frame) * 2 // 3)] for frame in listening.frames]
    fed = 0
    while fed < size:
        chunk = random.randbytes(random.randrange(1, 200)) if random.randrange(2) else random.choice(heads)
        try:
            framer.feed(chunk)
        except FrameError:
            framer = listening.framer()
        fed += len(chunk)
        most = max(most, held(framer, 3, settled))
    return max(most, held(framer))


Settled = dict[tuple[int, int], tuple[object, int]]
"""What was found in things that never change, such as the model of a device: by identity and depth, with the thing."""
_TEXTS, _BOXES, _NOTHING = (bytes, bytearray, str), (list, tuple, set, dict), (int, float, type(None))


def held(framer: object, depth: int = 3, settled: Settled | None = None) -> int:
    """Return how many bytes and items a framer keeps; what was settled once is not counted through again."""
    if isinstance(framer, _NOTHING) and not isinstance(framer, Enum):
        return 0
    if isinstance(framer, _TEXTS):
        return len(framer)
    kind: type = type(framer)
    if settled is None or not _never_changes(kind):
        return _inside(framer, depth, settled)
    key = (id(framer), depth)
    if key not in settled:
        settled[key] = (framer, _inside(framer, depth, None))
    return settled[key][1]


def _inside(thing: object, depth: int, settled: Settled | None) -> int:
    if isinstance(thing, _BOXES):
        return len(thing) + sum([held(each, depth - 1, settled) for each in thing])
    inside = vars(thing).values() if depth and hasattr(thing, "__dict__") else ()
    return sum([held(each, depth - 1, settled) for each in inside])


@functools.cache
def _never_changes(kind: type) -> bool:
    parameters = getattr(kind, "__dataclass_params__", None)
    return issubclass(kind, Enum | type) or (parameters is not None and bool(parameters.frozen))


def resident_kb() -> int:
    """Return the most memory that this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
