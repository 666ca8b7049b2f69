"""`lanectl gate`: ask the retest gate about a case, without a lane."""

from pathlib import Path
from typing import Annotated

import typer

from lanectl.app.gate_case import Answer, CaseError, ask_gate
from lanectl.cli.output import GOOD, SAYS_NO, UsageError, emit_json, leave, say


def check_case(
    case: Annotated[Path, typer.Argument(metavar="CASE.json", help="The case, as docs/schemas/gate-case.json says.")],
    profile: Annotated[str, typer.Option("--profile", metavar="P", help="A name in config/profiles, or a path.")],
    at: Annotated[str, typer.Option("--at", metavar="DATE", help="Day of the test, YYYY-MM-DD or with time (+08:00).")],
    key: Annotated[
        list[Path] | None, typer.Option("--key", metavar="K", help="The bureau's public key, for permits; repeatable.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say whether this vehicle may be tested, and if not, why not and what to do.

    Example: lanectl gate check case.json --profile default --at 2026-03-31
    """
    try:
        answer = ask_gate(case, profile, at, key or [])
    except CaseError as error:
        raise UsageError(error.message, error.remedy, "CaseError") from None
    if as_json:
        _as_json(answer)
    else:
        _as_text(answer)
    leave(GOOD if answer.decision.decision == "allow" else SAYS_NO)


def _as_json(answer: Answer) -> None:
    meta = answer.profile.profile.meta
    profile = {"name": meta.name, "draft": meta.draft, "sha256": answer.profile.file.sha256}
    message = {"zh": answer.headline.zh, "en": answer.headline.en}
    emit_json({**answer.decision.model_dump(mode="json"), "message": message, "profile": profile})


def _as_text(answer: Answer) -> None:
    decision, meta = answer.decision, answer.profile.profile.meta
    verdict = "允许 ALLOW" if decision.decision == "allow" else "拒绝 REFUSE"
    say(f"{verdict}  {decision.code}")
    for text in (answer.headline, *answer.details):
        say(f"  {text.zh}")
        say(f"    {text.en}")
    draft = "（征求意见稿 draft）" if meta.draft else ""
    say(f"  规则 profile: {meta.name}  {meta.title}{draft}")


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(no_args_is_help=True, help="The retest gate.")
    group.callback()(lambda: None)
    group.command("check")(check_case)
    app.add_typer(group, name="gate")
