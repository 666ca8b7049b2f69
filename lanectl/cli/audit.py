"""``lanectl audit``: an archive of evidence bundles, each verified, judged again and compared, on all cores."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from lanectl.app.audit.archive import Tally, audit, mark_of, walk
from lanectl.app.audit.bundle import DAMAGED, DIFFERENT, SAME, STATES, UNDECIDABLE, Finding
from lanectl.app.audit.law import known_limits
from lanectl.app.audit.pool import Pool, PoolError
from lanectl.app.audit.state import State, StateError
from lanectl.app.evidence import DEFAULT_LANE_FILE
from lanectl.app.identity import program_digest
from lanectl.cli.output import GOOD, SAYS_NO, UsageError, emit_json, leave, say
from lanectl.cli.trust import Config, Json, Keys, Trust, readable_input, trusted
from lanectl.ledger.bundle import SUFFIX
from lanectl.ledger.keys import TrustStore

SETS = ("a", "b")
SHOWN = 20
WORDS = {SAME: "一致", DIFFERENT: "不一致", DAMAGED: "损坏", UNDECIDABLE: "无法判断"}


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command("audit")(audit_archive)


def audit_archive(
    archive: Annotated[Path, typer.Argument(help=f"Folder that is searched for *{SUFFIX}.")],
    limits: Annotated[str | None, typer.Option(help="What if: judge each trace by this limit set, a or b.")] = None,
    key: Keys = None,
    config: Config = DEFAULT_LANE_FILE,
    trust: Trust = None,
    state: Annotated[Path | None, typer.Option(help="Remember findings here; the same command then goes on.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write a JSON line for each bundle here.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; as many as there are cores.")] = None,
    as_json: Json = False,
) -> None:
    """Verify every bundle of an archive, judge each again from its samples and compare to the last bit."""
    if limits not in (None, *SETS):
        raise UsageError(f"no limit set {limits!r}", f"choose {' or '.join(SETS)}")
    with readable_input():
        _look_at(archive)
        _keep_apart(archive.resolve(), state, report)
        keys = trusted(key, trust, config, bundles=True)
        tally = _audit(archive.resolve(), limits, keys, state, report, jobs or len(os.sched_getaffinity(0)))
    if not tally.tests:
        raise UsageError(f"no *{SUFFIX} file in {archive}", "name the folder that holds the bundles")
    if as_json:
        emit_json({**tally.as_json(), "limits": limits})
    else:
        _tell(tally, limits)
    bad = tally.counts[DAMAGED] + (tally.counts[DIFFERENT] if limits is None else 0)
    leave(SAYS_NO if bad else GOOD)


def _look_at(archive: Path) -> None:
    if not archive.exists():
        raise UsageError(f"{archive}: no such folder", "correct the path", "FileNotFoundError")
    if not archive.is_dir():
        raise UsageError(f"{archive}: not a folder", "for one bundle: lanectl verify and lanectl replay")


def _keep_apart(archive: Path, state: Path | None, report: Path | None) -> None:
    """Refuse to write into the archive, over a bundle that a link of it leads to, or two things into one file."""
    for option, path in (("--report", report), ("--state", state)):
        if path and (_real(path).is_relative_to(archive) or _is_bundle(archive, path)):
            raise UsageError(
                f"{option} {path}: this is in the archive, which is never written to",
                f"name a file outside of {archive}",
            )
    if state and report and _real(state) == _real(report):
        raise UsageError(f"--state and --report are one file: {state}", "name two files")


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _is_bundle(archive: Path, path: Path) -> bool:
    """Whether this file is a bundle of the archive, that a link there leads to or that has a second name there."""
    if not path.is_file():
        return False
    mark = mark_of(path.stat())
    return any(item.mark == mark for item, _ in walk(archive))


def _audit(
    archive: Path, limits: str | None, keys: TrustStore, state: Path | None, report: Path | None, jobs: int
) -> Tally:
    tally = Tally()
    try:
        with ExitStack() as held:
            memory = held.enter_context(State(state, _question(archive, limits, keys))) if state else None
            line = held.enter_context(_reporting(report)) if report else None
            show = held.enter_context(_progress(archive))
            pool = held.enter_context(Pool(archive, keys, limits, jobs))
            for tally in audit(archive, pool, memory, line):
                show(tally)
    except StateError as error:  # also of the last commit, when all is closed
        raise UsageError(str(error), error.remedy, "StateError") from None
    except PoolError as error:
        raise UsageError(str(error), "see what it said on stderr; try --jobs 1", "PoolError") from None
    except KeyboardInterrupt:
        go_on = "the same command goes on from here" if state else "with --state FILE an audit can be gone on with"
        sys.stderr.write(f"lanectl: stopped after {tally.tests} tests; {go_on}\n")
        raise
    return tally


def _question(archive: Path, limits: str | None, keys: TrustStore) -> dict[str, str]:
    return {
        "archive": str(archive),
        "program": program_digest(),
        "limits": limits or "as recorded",
        "keys": json.dumps(keys.facts()),
        "installed limits": " ".join(sorted(known_limits())),
    }


@contextmanager
def _reporting(path: Path) -> "Iterator[Callable[[str, Finding], None]]":
    with path.open("w", encoding="ascii") as file:

        def line(bundle: str, finding: Finding) -> None:
            file.write(json.dumps(finding.as_json(bundle)) + "\n")

        yield line


@contextmanager
def _progress(archive: Path) -> "Iterator[Callable[[Tally], None]]":
    """Show on a terminal how far it is, on stderr; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield lambda tally: None
        return
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn

    columns: list[str | ProgressColumn] = [*Progress.get_default_columns(), "{task.fields[pace]}"]
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("核查 / audit", total=sum(1 for _ in walk(archive)), pace="")

        def show(tally: Tally) -> None:
            bar.update(task, completed=tally.tests, pace=f"{tally.tests_per_s:.0f}/s")

        yield show


def _tell(tally: Tally, limits: str | None) -> None:
    asked = f"按限值 {limits} 判定 / under limits {limits}: " if limits else ""
    counts = ", ".join(f"{WORDS[state]} {state} {tally.counts[state]}" for state in STATES)
    say(f"{asked}{tally.tests} 条检测 / tests: {counts}  ({tally.tests_per_s:.1f}/s)")
    if tally.remembered:
        say(f"  其中 {tally.remembered} 条沿用 --state 中的结果 / {tally.remembered} of them as remembered in --state")
    if tally.limits_unknown:
        say(f"  {tally.limits_unknown} 条所用限值不是本程序所带 / judged by limits that are not of this program")
    for (was, now), tests in sorted(tally.changes.items()):
        say(f"  {was} -> {now}: {tests}")
    for path, finding in tally.listed[:SHOWN]:
        say(f"  {path}: {WORDS[finding.state]} / {finding.state}")
        for reason in finding.reasons[:3]:
            told = reason.as_json()
            say(f"    {told['reason_zh']}\n    {told['reason']}")
    more = tally.tests - tally.counts[SAME] - min(len(tally.listed), SHOWN)
    if more > 0:
        say(f"  ……另有 {more} 条，用 --report 查看全部 / and {more} more: --report FILE names them all")
