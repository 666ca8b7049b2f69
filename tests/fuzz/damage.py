"""What happens to bytes on a bad cable, by kind: a genuine frame in, a damaged one out, the same for one seed.

Knows nothing of protocols: damage never looks at what the bytes mean, except that a length is likely among the first.
"""

import itertools
from collections.abc import Callable, Container, Sequence
from random import Random

LONGEST_BABBLE = 64
HEAD = 6
"""A byte that says how long a frame is stands among the first so many."""


class Dice(Random):
    """The numbers that Random gives for the same seed, with less ado about each: a run throws hundreds of millions."""

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        """Return a number from start on, or from 0 on, below the other one."""
        if step != 1:
            return super().randrange(start, stop, step)
        first, width = (0, start) if stop is None else (start, stop - start)
        if width <= 0:
            raise ValueError(f"no number lies from {first} on below {first + width}")
        bits, draw = width.bit_length(), self.getrandbits
        number = draw(bits)
        while number >= width:
            number = draw(bits)
        return first + number


Damage = Callable[[bytes, Sequence[bytes], Random], bytes]
"""From a frame and other genuine frames of the same wire to a damaged one."""


def _one_bit(frame: bytes, others: Sequence[bytes], random: Random) -> bytes:
    return _flipped(frame, 1, random)


def _some_bits(frame: bytes, others: Sequence[bytes], random: Random) -> bytes:
    return _flipped(frame, random.randrange(2, 9), random)


def _flipped(frame: bytes, times: int, random: Random) -> bytes:
    data = bytearray(frame)
    for _ in range(times):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return bytes(data)


def _overwritten(frame: bytes, others: Sequence[bytes], random: Random) -> bytes:
    data = bytearray(frame)
    begin = random.randrange(len(data))
    length = min(random.randrange(1, 5), len(data) - begin)
    data[begin : begin + length] = random.randbytes(length)
    return bytes(data)


def _swapped(frame: bytes, others: Sequence[bytes], random: Random) -> bytes:
    data = bytearray(frame)
    one, other = random.randrange(len(data)), random.randrange(len(data))
    data[one], data[other] = data[other], data[one]
    return bytes(data)


def _truncated(frame: bytes, others: Sequence[bytes], random: Random) -> bytes:
    cut = random.randrange(1, len(frame) + 1)
    return frame[:-cut] if random.randrange(2) else frame[cut:]


def _lost(frame: bytes, others: Sequence[bytes], random: Random) -> bytes:
    at = random.randrange(len(frame))
    return frame[:at] + frame[at + random.randrange(1, 4) :]


def _inserted(frame: bytes, others: Sequence[bytes], random: Random) -> bytes:
    at = random.randrange(len(frame) + 1)
    return frame[:at] + random.randbytes(random.randrange(1, 5)) + frame[at:]


def _doubled(frame: bytes, others: Sequence[bytes], random: Random) -> bytes:
    begin = random.randrange(len(frame))
    end = random.randrange(begin, len(frame)) + 1
    return frame[:end] + frame[begin:end] + frame[end:]


def _spliced(frame: bytes, others: Sequence[bytes], random: Random) -> bytes:
    other = random.choice(others)
    return frame[: random.randrange(len(frame) + 1)] + other[random.randrange(len(other) + 1) :]


def _wrong_length(frame: bytes, others: Sequence[bytes], random: Random) -> bytes:
    data = bytearray(frame)
    at = random.randrange(min(HEAD, len(data)))
    near = (len(data) + random.randrange(-4, 5), data[at] + random.randrange(-4, 5), random.randrange(256))
    data[at] = random.choice(near) & 0xFF
    return bytes(data)


def _babbled(frame: bytes, others: Sequence[bytes], random: Random) -> bytes:
    before, after = (random.randbytes(random.randrange(LONGEST_BABBLE)) for _ in range(2))
    return before + (frame if random.randrange(2) else b"") + after


KINDS: dict[str, Damage] = {
    "one_bit": _one_bit,
    "some_bits": _some_bits,
    "overwritten": _overwritten,
    "swapped": _swapped,
    "truncated": _truncated,
    "lost": _lost,
    "inserted": _inserted,
    "doubled": _doubled,
    "spliced": _spliced,
    "wrong_length": _wrong_length,
    "babble": _babbled,
}
"""Each kind of damage, by the name it is published under."""


def damaged(
    kind: str, frame: bytes, others: Sequence[bytes], random: Random, genuine: Container[bytes] | None = None
) -> bytes | None:
    """Return the frame with one damage of this kind; None where that happened to leave a genuine frame.

    ``genuine`` may be the set of the others, in which they are found sooner.
    """
    found = KINDS[kind](frame, others, random)
    return None if found in (others if genuine is None else genuine) else found


def cut(data: bytes, random: Random) -> list[bytes]:
    """Cut bytes into the chunks in which they arrive: whole, one by one, or anyhow."""
    way = random.randrange(4)
    if way == 0 or len(data) < 2:
        return [data]
    if way == 1:
        return [data[at : at + 1] for at in range(len(data))]
    marks = sorted({0, len(data), *(random.randrange(len(data)) for _ in range(3))})
    return [data[begin:end] for begin, end in itertools.pairwise(marks)]
