"""`lanectl evaluate`: judge a recorded trace."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from lanectl.app.evaluate import EvaluateError, Evaluation, Question, evaluate
from lanectl.cli.output import GOOD, SAYS_NO, UsageError, emit_json, leave, say
from lanectl.core.verdict import Judgement
from lanectl.model.words.results import HEADLINES, reason_text
from lanectl.model.words.verdict import VERDICT_REASONS


def evaluate_trace(
    trace: Annotated[Path, typer.Argument(metavar="TRACE.csv", help="The recorded trace.")],
    method: Annotated[
        str, typer.Option("--method", metavar="M", help="asm, two_speed_idle, vmas, free_acceleration or lug_down.")
    ],
    vehicle: Annotated[Path, typer.Option("--vehicle", metavar="V.toml", help="What the registration says.")],
    limits: Annotated[str | None, typer.Option("--limits", metavar="a|b", help="Limit set; a unless said.")] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="DATE", help="Day of the test, YYYY-MM-DD.")] = None,
    start_phase: Annotated[
        str | None, typer.Option("--start-phase", metavar="P", help="Phase in which the trace begins.")
    ] = None,
    rows: Annotated[
        Path | None,
        typer.Option("--rows", metavar="OUT.csv", help="Write kH, DF, lambda, masses and corrected values."),
    ] = None,
    allow_slow_opacity: Annotated[
        bool, typer.Option("--allow-slow-opacity", help="Judge a free acceleration below 10 Hz.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Judge a recorded trace with the same core that the lane uses. Needs no device and no database.

    Example: lanectl evaluate --method asm --vehicle car.toml trace.csv
    """
    if limits not in (None, "a", "b"):
        raise UsageError(f"--limits {limits}: unknown limit set", "choose a or b")
    question = Question(method, vehicle, trace, limits, _day(at), start_phase, rows, allow_slow_opacity)
    try:
        evaluation = evaluate(question)
    except EvaluateError as error:
        raise UsageError(error.message, error.remedy, error.error_class) from None
    if as_json:
        emit_json(evaluation.as_json())
    else:
        _as_text(evaluation)
    leave(GOOD if evaluation.verdict.outcome == "pass" else SAYS_NO)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise UsageError(f"--at {text}: no date", "write it as YYYY-MM-DD") from None


def _as_text(evaluation: Evaluation) -> None:
    verdict = evaluation.verdict
    say(f"{verdict.method}  {verdict.outcome.upper()}  {HEADLINES[verdict.outcome].zh}")
    for judgement in verdict.judgements:
        say(_line(judgement))
    for code in verdict.reasons:
        text = VERDICT_REASONS.get(code) or reason_text(code)
        say(f"  {code}: {text.zh}")
        say(f"    {text.en}")
    decisive = [figure.figure for figure in verdict.uncertain if figure.decisive]
    if decisive:
        say(f"  decided by figures that are not confirmed: {', '.join(decisive)}")
    for warning in evaluation.warnings:
        say(f"  note: {warning}")
    say(f"  limits {verdict.limits}, {evaluation.limits_file.name}; core {evaluation.core_digest[:16]}")


def _line(judgement: Judgement) -> str:
    mark, limit = "ok" if judgement.ok else "NO", f"{judgement.limit:g}"
    if judgement.limit_min == judgement.limit:
        limit = f"at least {limit}"
    elif judgement.limit_min is not None:
        limit = f"{judgement.limit_min:g} .. {limit}"
    return f"  {mark}  {judgement.quantity} = {judgement.value} (limit {limit}; unrounded {judgement.value_raw})"


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command("evaluate")(evaluate_trace)
