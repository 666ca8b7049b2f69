"""What a simulated camera looks at: an inspection hall with a car that rolls to and fro, and a clock drawn in.

Pure: time goes in, grey levels come out. Does not know encoders, streams or faults of the wire.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

WIDTH, HEIGHT = 320, 180
BEIJING = timezone(timedelta(hours=8))
CLOCK_REGION = (0.0, 0.0, 0.45, 0.15)
"""Where the clock is drawn, as the lane file writes it."""
Sight = Literal["live", "covered", "dark", "frozen", "loop", "turned"]
LOOP_S = 4.0
CAR_WIDTH, CAR_HEIGHT, CAR_TOP = 60, 46, 104
CLOTH, NIGHT, INK, PAPER = 118, 5, 235, 16
NOISE = tuple(bytes(min(255, max(0, level + step)) for level in range(256)) for step in range(-3, 4))
"""A row of a living sensor is a little brighter or darker from picture to picture."""
PIXEL = 4
DIGITS = {
    "0": (7, 5, 5, 5, 7), "1": (2, 6, 2, 2, 7), "2": (7, 1, 7, 4, 7), "3": (7, 1, 7, 1, 7), "4": (5, 5, 7, 1, 1),
    "5": (7, 4, 7, 1, 7), "6": (7, 4, 7, 5, 7), "7": (7, 1, 1, 1, 1), "8": (7, 5, 7, 5, 7), "9": (7, 5, 7, 1, 7),
    ":": (0, 2, 0, 2, 0),
}  # fmt: skip
"""Rows of three dots each."""


@dataclass
class Scene:
    """The hall, and how the camera sees it."""

    seed: int = 0
    sight: Sight = "live"
    since_s: float = 0.0
    """When the sight began: a frozen picture shows this moment, a loop what came before it."""

    def __post_init__(self) -> None:
        self._hall = _hall(random.Random(self.seed))  # noqa: S311 - a picture, no secret

    def see(self, sight: Sight, at_s: float) -> None:
        """From now on see like this."""
        self.sight, self.since_s = sight, at_s

    def picture(self, at_s: float, wall_s: float) -> bytes:
        """Return WIDTH x HEIGHT grey levels. ``wall_s`` is what the camera takes for the time of day."""
        shown_s = self._shown_s(at_s)
        if self.sight in ("covered", "dark"):
            rows = [bytearray([CLOTH if self.sight == "covered" else NIGHT]) * WIDTH for _ in range(HEIGHT)]
        else:
            dice = random.Random(f"{self.seed} {shown_s}")  # noqa: S311 - the noise of a sensor
            rows = [bytearray(row.translate(dice.choice(NOISE))) for row in self._hall]
            _draw_car(rows, shown_s)
            if self.sight == "turned":
                rows = [row[WIDTH // 2 :] + row[: WIDTH // 2] for row in rows[::-1]]
        # A frozen sensor stands behind a clock that goes on; a loop was recorded together with its clock.
        _draw_clock(rows, wall_s + (shown_s - at_s if self.sight == "loop" else 0.0))
        return b"".join(rows)

    def _shown_s(self, at_s: float) -> float:
        if self.sight == "frozen":
            return self.since_s
        if self.sight == "loop":
            return self.since_s - LOOP_S + (at_s - self.since_s) % LOOP_S
        return at_s


def _hall(dice: random.Random) -> list[bytes]:
    """Return walls, doors and cabinets: rectangles of different greys."""
    rows = [bytearray([90 + row // 4]) * WIDTH for row in range(HEIGHT)]
    for _ in range(60):
        left, top = dice.randrange(WIDTH - 20), dice.randrange(HEIGHT - 20)
        width, height, level = dice.randrange(12, 60), dice.randrange(10, 50), dice.randrange(30, 220)
        for row in rows[top : top + height]:
            row[left : left + width] = bytes([level]) * len(row[left : left + width])
    return [bytes(row) for row in rows]


def _draw_car(rows: list[bytearray], at_s: float) -> None:
    track = WIDTH - CAR_WIDTH
    along = (at_s * 40.0) % (2 * track)
    left = round(along if along < track else 2 * track - along)
    for number, row in enumerate(rows[CAR_TOP : CAR_TOP + CAR_HEIGHT]):
        row[left : left + CAR_WIDTH] = bytes([200 if number < CAR_HEIGHT // 2 else 40]) * CAR_WIDTH


def _draw_clock(rows: list[bytearray], wall_s: float) -> None:
    text = datetime.fromtimestamp(wall_s, UTC).astimezone(BEIJING).strftime("%H:%M:%S")
    for row in rows[: 7 * PIXEL]:
        row[: (len(text) * 4 + 1) * PIXEL] = bytes([PAPER]) * ((len(text) * 4 + 1) * PIXEL)
    for place, letter in enumerate(text):
        for line, dots in enumerate(DIGITS[letter]):
            for column in range(3):
                if dots & (4 >> column):
                    left = (place * 4 + column + 1) * PIXEL
                    for row in rows[(line + 1) * PIXEL : (line + 2) * PIXEL]:
                        row[left : left + PIXEL] = bytes([INK]) * PIXEL
