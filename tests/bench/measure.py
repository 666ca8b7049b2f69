"""How things are measured: steps that take turns, round by round, and medians of what each round says.

Knows clocks and tables. Knows nothing of what is measured.
"""

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Taken = dict[str, list[float]]
"""By step: seconds for one doing, round by round."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to measure: ``prepare`` makes what the timed ``work`` takes; ``count`` is how often work does it."""

    name: str
    prepare: Callable[[], Any]
    work: Callable[[Any], object]
    count: int = 1


@dataclass(frozen=True, slots=True)
class Bar:
    """What a ratio has to reach."""

    name: str
    least: float
    found: float

    def line(self) -> str:
        """Return the line that says so."""
        return f"{self.name:<62}{self.least:>8g}{self.found:>10.3g}   {'PASS' if self.found >= self.least else 'no'}"


def measure(steps: Sequence[Step], rounds: int) -> Taken:
    """Measure a group: its steps take turns, so that all see the same machine; the first round only warms up."""
    taken: Taken = {step.name: [] for step in steps}
    for number in range(rounds + 1):
        for step in steps:
            given = step.prepare()
            begin = time.perf_counter()
            step.work(given)
            passed = time.perf_counter() - begin
            if number:
                taken[step.name].append(passed / step.count)
    return taken


def ratio(taken: Mapping[str, Sequence[float]], slow: str, fast: str) -> float:
    """Return how many times faster one step is than another: the median of what each round says."""
    return statistics.median(one / other for one, other in zip(taken[slow], taken[fast], strict=True))


def report(taken: Mapping[str, Sequence[float]]) -> None:
    """Print the lines of a group."""
    for name, values in taken.items():
        median = duration(statistics.median(values))
        say(f"{name:<52}{median:>12}{duration(min(values)):>12}{duration(max(values)):>12}")


def say(line: str) -> None:
    """Print one line at once, so that a long run shows where it is."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def duration(seconds: float) -> str:
    """Return a duration in the unit that reads best."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.2f} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def machine(folder: Path) -> str:
    """Say what was measured where: processor, load, system, versions, and the file system under the ledger."""
    names = [line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    processor = f"{names[0] if names else platform.processor() or platform.machine()}, {os.cpu_count()} cores"
    mounts = [line.split()[1:3] for line in _lines("/proc/mounts")]
    under = [(len(point), kind) for point, kind in mounts if folder.resolve().is_relative_to(point)]
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    load = f"load {os.getloadavg()[0]:.1f}"
    return f"{processor}, {load}; {system}; ledger on {max(under)[1] if under else 'an unknown file system'}"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text("utf-8").splitlines()
    except OSError:
        return []
