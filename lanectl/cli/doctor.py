"""`lanectl doctor`: is everything there that a lane needs, and if not, what is to be done."""

from pathlib import Path
from typing import Annotated

import typer

from lanectl.app.doctor import diagnose
from lanectl.app.doctor.finding import Finding
from lanectl.cli.output import GOOD, SAYS_NO, UsageError, emit_json, leave, say
from lanectl.settings.lane_file import INSTALLED

MARKS = {"ok": "  ok  ", "warn": " WARN ", "fail": " FAIL "}


def doctor(
    lane_file: Annotated[
        Path | None, typer.Argument(metavar="LANE_FILE", help=f"The lane file; {INSTALLED} unless named.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look at this machine and its lane: program, files, keys, ports, cameras, bureau, service. Changes nothing.

    Example: lanectl doctor /etc/lanectl/lane.toml
    """
    try:
        findings = diagnose(lane_file)
    except OSError as error:
        shown = error.filename or lane_file
        raise UsageError(f"{shown}: {error.strerror}", "name the lane file: lanectl doctor FILE") from None
    failed = any(finding.state == "fail" for finding in findings)
    if as_json:
        emit_json({"ok": not failed, "checks": [finding.as_json() for finding in findings]})
    else:
        for finding in findings:
            _as_text(finding)
        _count(findings)
    leave(SAYS_NO if failed else GOOD)


def _as_text(finding: Finding) -> None:
    say(f"{MARKS[finding.state]} {finding.name}: {finding.message.zh}")
    say(f"       {finding.message.en}")
    if finding.remedy.en:
        say(f"       → {finding.remedy.zh}")
        say(f"       → {finding.remedy.en}")


def _count(findings: list[Finding]) -> None:
    states = [finding.state for finding in findings]
    fail, warn, good = (states.count(state) for state in ("fail", "warn", "ok"))
    say(f"{fail} 项失败，{warn} 项警告，{good} 项正常: {fail} fail, {warn} warn, {good} ok")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)
