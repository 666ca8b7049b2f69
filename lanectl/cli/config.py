"""`lanectl config`: is this lane file right, and if not, where is it wrong."""

from pathlib import Path
from typing import Annotated

import typer

from lanectl.app.config_check import check_whole
from lanectl.cli.output import GOOD, SAYS_NO, UsageError, emit_json, leave, say
from lanectl.settings.lane_file import INSTALLED, CheckedLaneFile


def check_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The lane file.")] = INSTALLED,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check a lane file whole and name each mistake with file, line, column and what to do.

    Example: lanectl config check lane.toml
    """
    try:
        checked = check_whole(file)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}", "name the lane file: lanectl config check FILE") from None
    if as_json:
        problems = [problem.as_json() for problem in checked.problems]
        emit_json({"ok": not problems, "file": str(file), "problems": problems})
    else:
        _as_text(file, checked)
    leave(SAYS_NO if checked.problems else GOOD)


def _as_text(file: Path, checked: CheckedLaneFile) -> None:
    for problem in checked.problems:
        say(f"{problem.file}:{problem.line}:{problem.column}: {problem.message.zh}；{problem.hint.zh}")
        say(f"    {problem.message.en}; {problem.hint.en}")
    if not checked.problems:
        say(f"{file}: 没有问题 ok")


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(no_args_is_help=True, help="The lane file.")
    group.callback()(lambda: None)
    group.command("check")(check_file)
    app.add_typer(group, name="config")
