"""Many ASM tests at once: the compiled loop in one thread and in two, against the interpreted one, NumPy, and reading.

All in one group, so that every round sees the same machine. What each of them says is compared before it is measured.
"""

import statistics
import threading
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench import given
from tests.bench.archive import archive
from tests.bench.measure import Bar, Step, Taken, ratio
from tests.bench.numpy_asm import NumpyAsm
from tests.bench.read_ceiling import Reader, readers
from tests.core.interpreted_core import Core

TESTS, INTERPRETED_TESTS = 6000, 60
SLOW, ARRAYS = "batch asm, a second, interpreted", "batch asm, a second, NumPy across traces"
ONE, TWO = "batch asm, a second, compiled, one thread", "batch asm, a second, compiled, two threads"
READ = "reading the same second"


class Batch:
    """The same tests, laid out for each that judges them."""

    def __init__(self, compiled: Core, interpreted: Core) -> None:
        masses, traces = archive(TESTS)
        self.compiled = _laid_out(compiled, masses, traces)
        self.interpreted = _laid_out(interpreted, masses[:INTERPRETED_TESTS], traces[:INTERPRETED_TESTS])
        self.block, self.rows = np.asarray(self.compiled.block), np.asarray(self.compiled.rows)
        self.starts = np.asarray(self.compiled.starts)
        self.forces = np.asarray(self.compiled.forces).reshape(TESTS, 4)[:, ::2] / 1e6
        self._arrays = NumpyAsm(compiled["asm_law"].AsmLaw(given.CAR, given.LAW["asm"], "a"))
        self._arrays.try_parts(self.block, self.rows, self.starts, self.forces)

    def by_arrays(self) -> Any:
        """Judge all tests in NumPy."""
        return self._arrays.judge(self.block, self.rows, self.starts, self.forces)

    def in_two_threads(self) -> None:
        """Judge half of the seconds in this thread, and half in another."""
        half = int(np.searchsorted(self.starts, self.starts[-1] // 2))
        other = threading.Thread(target=self.compiled.judge, args=(0, half))
        other.start()
        self.compiled.judge(half)
        other.join()

    def check(self) -> str:
        """Stop unless all judges say the same of the same tests; tell what kinds of tests there are."""
        self.compiled.judge()
        self.interpreted.judge()
        for test in range(INTERPRETED_TESTS):
            if list(self.interpreted.told(test)) != list(self.compiled.told(test)):
                raise SystemExit(f"test {test}: interpreted and compiled do not tell the same")
        told = np.array([self.compiled.told(test) for test in range(TESTS)])
        if not (told == self.by_arrays()).all():
            raise SystemExit("NumPy and the core do not tell the same")
        passed = int((told[:, 0] == 1).sum())
        return f"{TESTS} tests, {passed} pass; {len(self.rows)} seconds, {self.block.nbytes / 1e6:.0f} MB of columns"


def batch_steps(batch: Batch, folder: Path) -> list[Step]:
    """Return the steps; each counts by the second."""
    seconds, fewer = len(batch.rows), len(batch.interpreted.rows)
    return [
        Step(SLOW, lambda: None, lambda _: batch.interpreted.judge(), fewer),
        Step(ARRAYS, lambda: None, lambda _: batch.by_arrays(), seconds),
        Step(ONE, lambda: None, lambda _: batch.compiled.judge(), seconds),
        Step(TWO, lambda: None, lambda _: batch.in_two_threads(), seconds),
        *(
            Step(f"{READ}, {name}", lambda: None, partial(_read, read, batch), seconds)
            for name, read in readers(folder).items()
        ),
    ]


def batch_bars(taken: Taken) -> list[Bar]:
    """Return what the loop has to reach, and has reached."""
    fastest = min((name for name in taken if name.startswith(READ)), key=lambda name: statistics.median(taken[name]))
    return [
        Bar("batch asm, one thread against interpreted", 40.0, ratio(taken, SLOW, ONE)),
        Bar("batch asm, one thread against NumPy", 3.0, ratio(taken, ARRAYS, ONE)),
        Bar(
            f"batch asm, part of the read ceiling ({fastest.removeprefix(READ + ', ')})",
            0.04,
            ratio(taken, fastest, ONE),
        ),
        Bar("batch asm, two threads against one", 1.4, ratio(taken, ONE, TWO)),
    ]


def _read(read: Reader, batch: Batch, _: None) -> object:
    return read(batch.block)


def _laid_out(core: Core, masses: list[float], traces: list[Any]) -> Any:
    law = core["asm_law"].AsmLaw(given.CAR, given.LAW["asm"], "a")
    return core["asm_batch"].AsmBatch(law, "asm5025", masses, traces)
