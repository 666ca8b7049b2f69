"""What one second costs a method's state machine, compiled and interpreted: a push from Python, as a lane makes it.

A new method is one line of METHODS: what it is, and a test that looks at every rule, so that no early end saves work.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.bench import given
from tests.bench.measure import Bar, Step, Taken, ratio
from tests.core.interpreted_core import Core

SAMPLE_MS = 100
TESTS = {"compiled": 100, "interpreted": 10}
"""Tests a round; a few say enough where each takes long."""


@dataclass(frozen=True, slots=True)
class Method:
    """A method by its name, the module with its CHANNELS, and how many times faster compiled has to be."""

    name: str
    module: str
    vehicle: Mapping[str, object]
    rows: Callable[[], list[given.Values]]
    least: float
    reads_samples: bool = False
    """Before the channels stands when a sample was taken, else that the second is not a gap."""


METHODS = (
    Method("asm", "asm_trial", given.CAR, given.asm_seconds, 4.0),
    Method("two_speed_idle", "two_speed_trial", given.CAR, given.two_speed_seconds, 2.5),
    Method("vmas", "vmas_trial", given.CAR, given.vmas_seconds, 2.5),
    Method("free_acceleration", "free_acceleration_trial", given.DIESEL, given.snap_samples, 2.5, reads_samples=True),
    Method("lug_down", "lug_down_trial", given.DIESEL, given.lug_down_seconds, 2.5),
)


def push_steps(compiled: Core, interpreted: Core) -> list[list[Step]]:
    """Return the steps, a group a method."""
    return [[_step(method, "compiled", compiled), _step(method, "interpreted", interpreted)] for method in METHODS]


def push_bars(taken: Taken) -> list[Bar]:
    """Return what each method's machine has to reach, and has reached."""
    return [
        Bar(
            f"push {method.name}, compiled against interpreted",
            method.least,
            ratio(taken, _name(method, "interpreted"), _name(method, "compiled")),
        )
        for method in METHODS
    ]


def _name(method: Method, how: str) -> str:
    return f"{method.name} push, {how}"


def _step(method: Method, how: str, core: Core) -> Step:
    channels, tests = core[method.module].CHANNELS, TESTS[how]
    pushed = [
        (SAMPLE_MS * place if method.reads_samples else 1, *(row.get(name, given.NOTHING) for name in channels))
        for place, row in enumerate(method.rows())
    ]

    def prepare() -> list[Any]:
        section = given.LAW[method.name]
        trials = [core["methods"].open_trial(method.name, method.vehicle, section, "a") for _ in range(tests)]
        return [trial._machine for trial in trials]

    def work(machines: list[Any]) -> None:
        for machine in machines:
            push = machine.push
            for row in pushed:
                push(*row)
        if machines[-1].outcome:
            raise SystemExit(f"{method.name}: decided before its last second, so that the others cost nothing")

    return Step(_name(method, how), prepare, work, tests * len(pushed))
