"""One change put before the tests that execute its line: in a child of its own, shortest first, to the first failure.

Knows which tests execute which line (from one run of all of them under coverage) and how a child judges. Knows no
table.
"""

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

import coverage
import pytest

from tests.core.interpreted_core import PLACE, SourcesOnly
from tests.mutate.sample import Mutant, tree_of

TESTS = ("tests/core", "tests/evaluate")
LEFT_OUT = "tests/core/test_same_bits.py"
FEW = "tests.mutate.few_examples"
LONGEST_S = 40.0
"""Of the tests that execute a line, the shortest are taken up to so many seconds in all."""
ONE_TEST_S = 25
"""A test that takes longer hangs; so does a child that takes much longer than its tests took, and is ended."""
PATIENCE = 4.0
LEAST_S = 20.0


@dataclass(frozen=True, slots=True)
class Known:
    """What one run of all tests on the unchanged core told: the seconds each took, and the tests of each line."""

    seconds: dict[str, float]
    tests_of: dict[str, dict[int, list[str]]]

    def tests(self, mutant: Mutant) -> list[str]:
        """Return the tests that execute the mutant's line, shortest first; all, where it is executed at import."""
        lines = self.tests_of.get(mutant.file, {})
        found = [test for test in lines.get(mutant.line, []) if test in self.seconds]
        at_import = "" in lines.get(mutant.line, []) or not found
        chosen = sorted({t for tests in lines.values() for t in tests if t in self.seconds} if at_import else found)
        chosen.sort(key=lambda test: self.seconds[test])
        total = 0.0
        taken: list[str] = []
        for test in chosen:
            total += self.seconds[test]
            if taken and total > LONGEST_S:
                break
            taken.append(test)
        return taken


class Stopwatch:
    """Writes down how long each test took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self.seconds[report.nodeid] = report.duration


class Chosen:
    """Runs the chosen tests alone, in their order, and writes down which one failed."""

    def __init__(self, tests: Sequence[str]) -> None:
        self.order = {test: place for place, test in enumerate(tests)}
        self.failed = ""
        self.hangs = False

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((i for i in items if i.nodeid in self.order), key=lambda item: self.order[item.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid
            self.hangs = "Timeout" in str(report.longrepr)


class Mutated(SourcesOnly):
    """Finds the core's sources, one of them with its change."""

    def __init__(self, mutant: Mutant) -> None:
        self.name = "lanectl.core." + mutant.file.removesuffix(".py").replace("/", ".")
        self.code = compile(tree_of(mutant), str(mutant.place), "exec")

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        spec = super().find_spec(fullname, path, target)
        if spec is not None and fullname == self.name:
            spec.loader = _CodeLoader(fullname, str(spec.origin), self.code)
        return spec


class _CodeLoader(SourceFileLoader):
    def __init__(self, fullname: str, path: str, code: CodeType) -> None:
        super().__init__(fullname, path)
        self.code = code

    def get_code(self, fullname: str) -> CodeType:
        return self.code


def look(folder: Path) -> Known:
    """Run all tests once on the unchanged core, in a child, under coverage; SystemExit when they do not pass.

    What a run left in the folder before is used again.
    """
    if not (folder / "seconds.json").exists():
        _run_all(folder)
    data = coverage.CoverageData(str(folder / "coverage"))
    data.read()
    files = {file.relative_to(PLACE).as_posix(): data.contexts_by_lineno(str(file)) for file in PLACE.rglob("*.py")}
    tests_of = {
        name: {n: [c.partition("|")[0] for c in found] for n, found in lines.items()} for name, lines in files.items()
    }
    return Known(json.loads((folder / "seconds.json").read_text()), tests_of)


def _run_all(folder: Path) -> None:
    child = os.fork()
    if child == 0:
        _leave(lambda: _look(folder), folder / "look.txt")
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        words = (folder / "look.txt").read_text(encoding="utf-8").splitlines()[-30:]
        raise SystemExit("\n".join([*words, "the tests do not pass on the unchanged core"]))


def _look(folder: Path) -> int:
    os.environ["COVERAGE_FILE"] = str(folder / "coverage")
    watch = Stopwatch()
    wanted = [
        "-p",
        "tests.core.interpreted_only",
        "--cov",
        str(PLACE),
        "--cov-report=",
        "--cov-context=test",
        "--cov-fail-under=0",
    ]
    code = pytest.main(
        [*_plain(), *wanted, "-n", "2", "--dist", "loadfile", *TESTS, f"--ignore={LEFT_OUT}"], plugins=[watch]
    )
    if code == 0:
        (folder / "seconds.json").write_text(json.dumps(watch.seconds))
    return int(code)


def start(mutant: Mutant, tests: Sequence[str], told: Path) -> int:
    """Start a child that tries the mutant; return its process id. What it found will be in ``told``."""
    child = os.fork()
    if child == 0:
        _leave(lambda: _try(mutant, tests, told), told.with_suffix(".txt"))
    return child


def _try(mutant: Mutant, tests: Sequence[str], told: Path) -> int:
    sys.meta_path.insert(0, Mutated(mutant))
    chosen = Chosen(tests)
    files = sorted({test.partition("::")[0] for test in tests})
    code = pytest.main(
        [*_plain(), f"--timeout={ONE_TEST_S}", "-x", "-p", "no:cov", "-p", "no:xdist", *files], plugins=[chosen]
    )
    told.write_text(json.dumps({"failed": chosen.failed, "hangs": chosen.hangs, "code": int(code)}))
    return int(code)


def allowed_s(known: Known, tests: Sequence[str]) -> float:
    """Return after how many seconds a child is taken to hang."""
    return LEAST_S + PATIENCE * sum(known.seconds[test] for test in tests)


def _plain() -> list[str]:
    return ["-q", "--tb=line", "--assert=plain", "-p", "no:cacheprovider", "-p", FEW, "--timeout=0"]


def _leave(work: Any, told: Path) -> None:
    """Do a child's work with its words in a file, and end the child whatever happens."""
    code = 3
    try:
        words = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(words, 1)
        os.dup2(words, 2)
        code = work()
    except BaseException:  # noqa: BLE001 - the child says what broke it, and ends
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def stop(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def now_s() -> float:
    return time.monotonic()


def wait_a_moment() -> None:
    time.sleep(0.05)
