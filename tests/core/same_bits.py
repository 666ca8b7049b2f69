"""Put random tests before a core and boil down all that it says, to compare cores, machines and builds.

Knows how a trial is played and how its words become a digest that every bit of them goes into.
As a command it prints one line a method: `python -m tests.core.same_bits --traces 2000 [--interpreted]`.
"""

import argparse
import hashlib
import json
import platform
import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.core import traces_diesel, traces_petrol, traces_vmas
from tests.core.interpreted_core import PLACE, Core, compiled_core, compiled_names, interpreted_core
from tests.core.random_traces import (
    ODD,
    Course,
    RandomTest,
    any_double,
    limits_data,
    packed,
    random_samples,
    random_test,
)

COURSES: dict[str, Callable[[random.Random], Course]] = {
    **traces_petrol.COURSES,
    **traces_diesel.COURSES,
    **traces_vmas.COURSES,
}
PUSHED_AFTER_DECISION = 3
LIMITS = limits_data()
WITHIN = {"nearest_count": 1e15}
"""Formulas that are for numbers up to so much alone; every other one has to have an answer for any double."""
FORMULA = re.compile(r"^cpdef (?:double|bint|int|long long) (\w+)\(([^)]*)\)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Told:
    """What a core made of one test: how it ended, why, and a digest of every status and the whole verdict."""

    digest: str
    outcome: str
    reasons: tuple[str, ...]
    verdict: str


def make(method: str, seed: int) -> RandomTest:
    return random_test(method, seed, LIMITS, COURSES)


def told(core: Core, test: RandomTest) -> Told:
    """Push the test second by second."""
    trial = test.open(core)
    statuses = list(played(core, test, trial))
    found = closed(trial)
    digest = hashlib.sha256(f"{statuses!r}{found}".encode()).hexdigest()
    verdict = json.loads(found)
    return Told(digest, verdict["outcome"], tuple(verdict["reasons"]), found)


def fed(core: Core, test: RandomTest) -> str:
    """Feed the whole test at once; return the verdict."""
    trial = test.open(core)
    trial.feed(*test.columns(core))
    return closed(trial)


def played(core: Core, test: RandomTest, trial: Any) -> Iterator[tuple[object, ...]]:
    """Push seconds until a few after the decision; yield each status, and in a new phase what the driver is told."""
    phase, after = None, 0
    for second in test.legal_seconds(core):
        status = trial.push(second)
        now = (status.phase, status.elapsed_s, status.remaining_s, status.restarts, status.decided)
        if status.phase != phase:
            phase = status.phase
            yield (*now, trial.total_force_n(), trial.target_kmh(), repr(trial.guidance()))
        else:
            yield now
        after += status.decided
        if after > PUSHED_AFTER_DECISION:
            return


def closed(trial: Any) -> str:
    """End the trial; return its verdict as text that has every bit."""
    trial.end()
    return json.dumps(trial.verdict().as_json())


def first_difference(one: Core, other: Core, test: RandomTest) -> str:
    """Name the first second after which two cores do not say the same, and what each says."""
    trials = [test.open(core) for core in (one, other)]
    both = zip(*(played(core, test, trial) for core, trial in zip((one, other), trials, strict=True)), strict=False)
    for second, (left, right) in enumerate(both):
        if repr(left) != repr(right):
            return f"{test.method} {test.seed}: after second {second} {left} and {right}"
    left, right = (closed(trial) for trial in trials)
    return f"{test.method} {test.seed}: no second differs; the verdicts are {left} and {right}"


def seconds_told(core: Core, seed: int) -> str:
    """Make legal seconds of random samples, live and by columns; return all their bits as text."""
    rows = random_samples(random.Random(seed))
    maker = core["second"].SecondMaker()
    live = [
        second for t_ms, values in zip(rows.t_ms, rows.values(), strict=True) for second in maker.push(t_ms, values)
    ]
    live += maker.close()
    whole = packed(core["columns"].Columns, rows).legal_seconds()
    told = [(one.t_ms, one.rows, sorted((name, bits(one.number(name))) for name in one.values)) for one in live]
    return repr((told, list(whole.t_ms), list(whole.rows), {n: [bits(v) for v in c] for n, c in whole.values.items()}))


def formulas() -> dict[str, list[tuple[str, list[str]]]]:
    """Return the formulas that C types declare, by module, each with the C types of its arguments."""
    found = {}
    for name in compiled_names():
        declared = FORMULA.findall(PLACE.joinpath(*name.split(".")).with_suffix(".pxd").read_text(encoding="utf-8"))
        named = [
            (formula, [part.strip().rpartition(" ")[0] for part in given.split(",")]) for formula, given in declared
        ]
        suited = [(formula, types) for formula, types in named if {*types} <= {"double", "int", "bint", "long long"}]
        if suited:
            found[name] = suited
    return found


def arguments(chance: random.Random, name: str, types: Sequence[str]) -> list[float]:
    """Return arguments for a formula: mostly such as occur, now and then odd ones, or any double there is."""
    given = [_double(chance) if c_type == "double" else _whole(chance, c_type) for c_type in types]
    most = WITHIN.get(name)
    return given if most is None else [value if -most < value < most else 0.5 for value in given]


def _double(chance: random.Random) -> float:
    kind = chance.randrange(20)
    if kind == 0:
        return chance.choice((*ODD, float("nan")))
    return any_double(chance) if kind == 1 else chance.uniform(-1.0, (1.0, 20.0, 110.0, 3000.0)[kind % 4])


def _whole(chance: random.Random, c_type: str) -> int:
    return chance.randrange(-(10**15), 10**15) if c_type == "long long" else chance.randrange(3)


def bits(value: float) -> str:
    """Return a number as text that has every bit; a NaN is a NaN, whatever its bits."""
    return "nan" if value != value else float(value).hex()


def digest_of_formulas(core: Core, rounds: int) -> str:
    digest = hashlib.sha256()
    for module, declared in formulas().items():
        for name, types in declared:
            chance = random.Random(f"{module}.{name}")
            for _ in range(rounds):
                digest.update(bits(getattr(core[module], name)(*arguments(chance, name, types))).encode())
    return digest.hexdigest()


def digest_of_seconds(core: Core, traces: int) -> str:
    return hashlib.sha256("".join(seconds_told(core, seed) for seed in range(traces)).encode()).hexdigest()


def digest_of_method(core: Core, method: str, traces: int) -> str:
    digest = hashlib.sha256()
    for seed in range(traces):
        test = make(method, seed)
        digest.update(f"{told(core, test).digest}{fed(core, test)}".encode())
    return digest.hexdigest()


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--traces", type=int, default=2000, help="random tests a method")
    asked.add_argument("--interpreted", action="store_true", help="judge with the sources, not with what is compiled")
    given = asked.parse_args()
    core = interpreted_core() if given.interpreted else compiled_core()
    sys.stderr.write(f"{platform.machine()}, Python {platform.python_version()}: {core['asm'].__file__}\n")
    sys.stdout.write(f"formulas {digest_of_formulas(core, given.traces)}\n")
    sys.stdout.write(f"seconds {digest_of_seconds(core, given.traces)}\n")
    for method in COURSES:
        sys.stdout.write(f"{method} {digest_of_method(core, method, given.traces)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
