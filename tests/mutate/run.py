"""Try a fixed sample of small wrong changes to the core, and tell which of them no test notices: `make mutate`.

Ends 1 when fewer than nine of ten are noticed. Knows the table; what is tried and how is in the rooms beside it.
"""

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.mutate import trial_run
from tests.mutate.sample import Mutant, all_mutants, reasons, sample, stale

SIZE, SEED = 400, 2018
LEAST_KILLED = 0.90
KILLED, SURVIVED, TIMEOUT = "killed", "survived", "timeout"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a mutant, and the test that noticed it."""

    mutant: Mutant
    end: str
    test: str = ""


@dataclass(slots=True)
class Running:
    """A child at work on a mutant."""

    mutant: Mutant
    told: Path
    until_s: float


def judged(mutants: list[Mutant], known: trial_run.Known, folder: Path, at_once: int) -> Iterator[Result]:
    """Try every mutant, so many at a time; yield results as they come."""
    waiting, running = list(enumerate(mutants)), dict[int, Running]()
    while waiting or running:
        while waiting and len(running) < at_once:
            number, mutant = waiting.pop(0)
            told, tests = folder / f"{number}.json", known.tests(mutant)
            child = trial_run.start(mutant, tests, told)
            running[child] = Running(mutant, told, trial_run.now_s() + trial_run.allowed_s(known, tests))
        yield from _ended(running)


def _ended(running: dict[int, Running]) -> Iterator[Result]:
    """Wait a moment for children; yield the results of those that ended, or had to be ended."""
    trial_run.wait_a_moment()
    for child, work in list(running.items()):
        if os.waitpid(child, os.WNOHANG)[0]:
            del running[child]
            yield _result(work)
        elif trial_run.now_s() > work.until_s:
            trial_run.stop(child)
            del running[child]
            yield Result(work.mutant, TIMEOUT)


def _result(work: Running) -> Result:
    """Read what a child found. One that could not even load the tests has been noticed as well."""
    if not work.told.exists():
        return Result(work.mutant, KILLED, "(broke off)")
    found = json.loads(work.told.read_text())
    end = SURVIVED if found["code"] in (0, 5) else TIMEOUT if found["hangs"] else KILLED
    return Result(work.mutant, end, found["failed"] or "(does not load)")


def table(results: list[Result]) -> str:
    """Return the counts by file, and in the end of all."""
    ends = Counter((result.mutant.file, result.end) for result in results)
    files = sorted({result.mutant.file for result in results})
    lines = [f"{'file':38} {'mutants':>8} {'killed':>8} {'timeout':>8} {'survived':>8}"]
    for name in files:
        killed, hung, left = (ends[name, end] for end in (KILLED, TIMEOUT, SURVIVED))
        lines.append(f"{name:38} {killed + hung + left:8} {killed:8} {hung:8} {left:8}")
    return "\n".join(lines)


def survivors(results: list[Result]) -> str:
    """Return every survivor with its place, its change, and why no test can notice it, where that is known."""
    why, lines = reasons(), []
    for one in (result.mutant for result in results if result.end == SURVIVED):
        reason = why.get(one.same, "NO REASON LISTED")
        lines.append(f"lanectl/core/{one.file}:{one.line}: {one.text}\n    {one.what}\n    {reason}")
    lines += [
        f"lanectl/core/{file}: {text}\n    {what}\n    listed, but no such change any more"
        for file, text, what, _ in stale()
    ]
    return "\n".join(lines)


def survived_in(results: Path) -> list[Mutant]:
    """Return the survivors of a run before, wherever their lines are now; those whose line is no more are gone."""
    rows = json.loads(results.read_text(encoding="utf-8"))
    left = {(row["file"], row["text"], row["what"], row["copy"]) for row in rows if row["end"] == SURVIVED}
    return [mutant for mutant in all_mutants() if mutant.same in left]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--size", type=int, default=SIZE)
    asked.add_argument("--seed", type=int, default=SEED)
    asked.add_argument("--part", default="", help="only files whose name holds this")
    asked.add_argument("--known", type=Path, help="keep there what a run of all tests told, and use it the next time")
    asked.add_argument("--json", type=Path, help="write every result here, too")
    asked.add_argument("--again", type=Path, help="try only what survived in the results that a run wrote here")
    given = asked.parse_args()
    begun_s = trial_run.now_s()
    mutants = survived_in(given.again) if given.again else sample(given.size, given.seed, given.part)
    with tempfile.TemporaryDirectory(prefix="lanectl-mutate-") as name:
        folder = Path(name)
        if given.known:
            given.known.mkdir(parents=True, exist_ok=True)
        known = trial_run.look(given.known or folder)
        sys.stdout.write(
            f"{len(known.seconds)} tests pass on the unchanged core ({trial_run.now_s() - begun_s:.0f} s)\n"
        )
        results = []
        for result in judged(mutants, known, folder, min(2, os.cpu_count() or 1)):
            results.append(result)
            if given.json:
                rows = [{"file": r.mutant.file, "line": r.mutant.line, "text": r.mutant.text, "what": r.mutant.what,
                         "copy": r.mutant.copy, "end": r.end, "test": r.test} for r in results]  # fmt: skip
                given.json.write_text(json.dumps(rows, indent=1))
    results.sort(key=lambda result: (result.mutant.file, result.mutant.number))
    killed = sum(result.end != SURVIVED for result in results)
    sys.stdout.write(f"{table(results)}\n\nsurvivors:\n{survivors(results)}\n\n")
    sys.stdout.write(f"{killed} of {len(results)} killed, {killed / len(results):.1%} (at least {LEAST_KILLED:.0%}), ")
    sys.stdout.write(f"seed {given.seed}, {(trial_run.now_s() - begun_s) / 60:.1f} minutes\n")
    sys.exit(0 if killed >= LEAST_KILLED * len(results) else 1)


if __name__ == "__main__":
    main()
