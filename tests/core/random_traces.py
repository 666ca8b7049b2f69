"""Random tests for every method, each made from its number alone and the same on every machine.

Knows what can befall a trace: gaps, missing and odd values, spells in which a channel says something else.
Each method's usual course is in traces_*.py. Only + - * / make the numbers: libm's are not the same everywhere.
"""

import random
import struct
import tomllib
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from math import inf, nan
from typing import Any

from tests.core.interpreted_core import Core

ODD = (
    inf, -inf, 1e300, -1e300, 1.7976931348623157e308, 0.0, -0.0, 5e-324, -5e-324, 1e-310, 2.2250738585072014e-308,
    9.2e18, -9.3e18, 1e15, -1e9, 4294967296.0, -1.0, 0.1, 1e-9,
)  # fmt: skip
KEPT = tuple(value for value in ODD if value - value != 0.0 or abs(value) < 9e5)
"""Those that a stored trace can hold, or takes for no value."""
Column = list[Any]
"""The values of a channel, None where there is none."""
Spell = Mapping[str, float | None]

_POOL = random.Random(2018)
NOISE = [sum(_POOL.random() for _ in range(12)) - 6.0 for _ in range(6000)]
"""Nearly normal numbers, mean 0 and spread 1, by nothing but additions."""


@dataclass(slots=True)
class Rows:
    """Rows of a trace by columns. ``present`` says how many samples a row was made from; 0 is a gap."""

    t_ms: list[int]
    columns: dict[str, Column]
    present: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.present = self.present or [1] * len(self.t_ms)

    def values(self) -> list[dict[str, float | None]]:
        names = tuple(self.columns)
        return [dict(zip(names, row, strict=True)) for row in zip(*self.columns.values(), strict=True)]

    def erase(self, row: int) -> None:
        """Make a row a gap."""
        self.present[row] = 0
        for column in self.columns.values():
            column[row] = None


@dataclass(slots=True)
class Course:
    """How a test of a method usually goes: the vehicle, its rows, and the spells that may come over them.

    Where ``samples`` are given, the method reads those, and ``seconds`` are only their frame.
    """

    vehicle: Mapping[str, object]
    seconds: Rows
    samples: Rows | None = None
    spells: Sequence[Spell] = ()
    start: str | None = None


@dataclass(frozen=True)
class RandomTest:
    """One whole random test, ready to be put before either core."""

    method: str
    seed: int
    section: Mapping[str, object]
    limit_set: str
    course: Course
    has_nan: bool

    def open(self, core: Core) -> Any:
        course = self.course
        return core["methods"].open_trial(self.method, course.vehicle, self.section, self.limit_set, course.start)

    def legal_seconds(self, core: Core) -> Iterator[Any]:
        second, rows = core["second"].LegalSecond, self.course.seconds
        for t_ms, values, present in zip(rows.t_ms, self._values, rows.present, strict=True):
            yield second(t_ms, values if present else {}, present, self._samples.get(t_ms, ()))

    def columns(self, core: Core) -> tuple[Any, Any]:
        """Return the seconds and the samples as the columns that a whole trace is fed by."""
        make = core["columns"].Columns
        seconds, samples = self.course.seconds, self.course.samples
        return packed(make, seconds), make() if samples is None else packed(make, samples)

    @cached_property
    def _values(self) -> list[dict[str, float | None]]:
        return self.course.seconds.values()

    @cached_property
    def _samples(self) -> dict[int, tuple[tuple[int, dict[str, float | None]], ...]]:
        """Return the samples of each second by its beginning."""
        found: dict[int, list[tuple[int, dict[str, float | None]]]] = {}
        samples = self.course.samples
        for t_ms, values in zip(samples.t_ms, samples.values(), strict=True) if samples else ():
            found.setdefault(t_ms - t_ms % 1000, []).append((t_ms, values))
        return {t_ms: tuple(looks) for t_ms, looks in found.items()}


def random_samples(chance: random.Random) -> Rows:
    """Return samples at about ten a second, with holes in time and in their values, as a trace can hold them."""
    t_ms, length = [0], chance.choice((1, 12, 40, 90))
    steps = (100, 100, 100, 100, 100, 20, 130, 0, 999, 1000, 4200)
    while len(t_ms) < length:
        t_ms.append(t_ms[-1] + chance.choice(steps[: chance.choice((1, 1, 4, len(steps)))]))
    columns: dict[str, Column] = {}
    for name in ("co_pct", "hc_ppm", "obd_rpm"):
        holes = chance.choice((0.0, 0.1, 0.5, 1.0))
        scale = chance.choice((1e-9, 1.0, 3000.0, 9e5))
        column = [value * scale for value in noise(chance, length, 0.3, 0.1)]
        columns[name] = [None if chance.random() < holes else value for value in column]
        columns[name][chance.randrange(length)] = chance.choice((None, nan, *KEPT))
    return Rows(t_ms, columns)


def limits_data() -> dict[str, Any]:
    """Return the sections of every limits file that travels with the core."""
    found: dict[str, Any] = {}
    for file in sorted(resources.files("config").joinpath("limits").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            found |= tomllib.loads(file.read_text(encoding="utf-8"))
    return found


def random_test(
    method: str, seed: int, limits: Mapping[str, Any], courses: Mapping[str, Callable[[random.Random], Course]]
) -> RandomTest:
    """Make the test of this number. Odd numbers may hold NaN among their odd values, even ones never do."""
    chance = random.Random(seed * 8 + len(method))
    course = courses[method](chance)
    befall(chance, course, with_nan := seed % 2 == 1)
    section = other_readings(chance, limits[method]) if chance.random() < 0.5 else limits[method]
    return RandomTest(method, seed, section, chance.choice("aab"), course, with_nan)


def other_readings(chance: random.Random, section: Mapping[str, Any]) -> dict[str, Any]:
    """Return the section with each rule that can be read in several ways set to one of them."""
    rules = dict(section["rules"])
    for name, entry in rules.items():
        if "choices" in entry:
            rules[name] = {**entry, "value": chance.choice(entry["choices"])}
    return {**section, "rules": rules}


def befall(chance: random.Random, course: Course, with_nan: bool) -> None:
    """Let spells, smudges and gaps come over a course: over many none, over most of the others few."""
    if chance.random() < 0.4:
        return
    rows = course.samples or course.seconds
    length, ten = len(rows.t_ms), 10 if course.samples else 1
    for _ in range(chance.choice((0, 0, 0, 0, 1, 1, 2, 3)) if course.spells else 0):
        spell, first = chance.choice(course.spells), chance.randrange(length)
        for row in range(first, min(length, first + ten * chance.choice((1, 2, 3, 4, 11)))):
            for name in spell:
                rows.columns[name][row] = spell[name]
    odd = (*ODD, nan) if with_nan else ODD
    for _ in range(chance.choice((0, 0, 0, 0, 1, 2, 5, 40))):
        rows.columns[chance.choice(tuple(rows.columns))][chance.randrange(length)] = chance.choice((None, *odd))
    for _ in range(chance.choice((0, 0, 0, 0, 0, 0, 1, 2))):
        lose_second(course, chance.randrange(len(course.seconds.t_ms)))


def lose_second(course: Course, row: int) -> None:
    """Let a whole second go unrecorded."""
    course.seconds.erase(row)
    begin, samples = course.seconds.t_ms[row], course.samples
    if samples is not None:
        stays = [not begin <= t_ms < begin + 1000 for t_ms in samples.t_ms]
        columns = {name: _only(column, stays) for name, column in samples.columns.items()}
        course.samples = Rows(_only(samples.t_ms, stays), columns)


def noise(chance: random.Random, length: int, mean: float, spread: float) -> Column:
    """Return a column of nearly normal numbers."""
    place = chance.randrange(len(NOISE) - length)
    return [mean + spread * part for part in NOISE[place : place + length]]


def every_second(chance: random.Random, length: int) -> list[int]:
    """Return the times of so many seconds, seldom counted from the beginning of a day, or of an age."""
    first = chance.choice((0, 0, 0, 0, 3_600_000, 1_700_000_000_000))
    return list(range(first, first + length * 1000, 1000))


def any_double(chance: random.Random) -> float:
    """Return any double there is: each pattern of 64 bits is as likely as every other."""
    return float(struct.unpack("<d", chance.getrandbits(64).to_bytes(8, "little"))[0])


def _only(column: list[Any], stays: Sequence[bool]) -> list[Any]:
    return [value for value, stay in zip(column, stays, strict=True) if stay]


def packed(make: Callable[..., Any], rows: Rows) -> Any:
    """Return rows as columns of doubles, NaN where there is no value."""
    columns = {name: array("d", [nan if v is None else v for v in column]) for name, column in rows.columns.items()}
    return make(array("q", rows.t_ms), array("i", rows.present), columns)
