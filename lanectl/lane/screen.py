"""Draws the lane as values for a screen (model.view). Knows words and shapes; decides nothing."""

from collections.abc import Iterable, Mapping

from lanectl.lane.clock import Clock, stamp
from lanectl.lane.equipment import Equipment, Slot
from lanectl.lane.locks import words
from lanectl.lane.runner import TestRun
from lanectl.ledger.values import ResultRow
from lanectl.model.camera import CameraReport
from lanectl.model.view import (
    CameraView,
    DeviceView,
    JudgementView,
    PromptView,
    QuestionView,
    ResultView,
    RunningView,
    TextView,
)
from lanectl.model.words.cameras import camera_text
from lanectl.model.words.devices import device_state_text
from lanectl.model.words.ports import grade_text
from lanectl.model.words.prompts import CHOICES, PHASES, PROMPTS, QUESTIONS
from lanectl.model.words.results import HEADLINES, REMARKS, STOP_WORDS, reason_text
from lanectl.model.words.text import Text

UNITS = {"_pct": "%", "_ppm": "10⁻⁶", "_per_m": "m⁻¹", "_kw": "kW", "_rpm": "r/min", "_g_per_km": "g/km", "lambda": ""}
STAGES = ("prepare", "obd_check", "measure", "making_safe", "sealing")


def device_views(equipment: Equipment) -> tuple[DeviceView, ...]:
    """Return the state of every device."""
    return tuple(_device(slot) for slot in equipment.slots.values())


def _device(slot: Slot) -> DeviceView:
    identity = slot.identity
    named = " ".join(part for part in (identity.model, identity.serial_number) if part) if identity else ""
    return DeviceView.model_validate(
        {
            "name": slot.name,
            "role": slot.role,
            "driver": slot.driver,
            "state": slot.state,
            "message": words(device_state_text(slot.state, slot.code, slot.name, slot.swapped_with)),
            "identity": named or None,
            "note": words(note) if (note := grade_text(slot.name, slot.driver, slot.grade)) else None,
        }
    )


def camera_views(cameras: Iterable[CameraReport]) -> tuple[CameraView, ...]:
    """Return the state of every camera."""
    return tuple(
        CameraView(
            id=camera.id,
            name=camera.name,
            required=camera.required,
            state=camera.state,
            message=words(camera_text(camera.state, camera.trouble)),
            last_frame_at=None if camera.last_frame_ms is None else stamp(camera.last_frame_ms),
            clock_offset_s=camera.clock_offset_s,
        )
        for camera in cameras
    )


def running_view(run: TestRun, clock: Clock) -> RunningView:
    """Return the test under way."""
    prompt, question = run.prompt, run.question
    phase = run.phase if run.stage == "measure" and run.phase else run.stage
    return RunningView.model_validate(
        {
            "ticket": run.job.ticket,
            "test_id": run.job.test_id,
            "plate": run.job.vehicle.plate or "",
            "method": run.job.method,
            "stage": run.stage,
            "phase": phase,
            "phase_text": words(PHASES.get(phase, Text(phase, phase))),
            "prompt": PromptView(
                code=prompt.code,
                text=words(PROMPTS[prompt.code].fill(**prompt.facts)),
                target_kmh=prompt.target_kmh,
                tolerance_kmh=prompt.tolerance_kmh,
                target_rpm=prompt.target_rpm,
                tolerance_rpm=prompt.tolerance_rpm,
                remaining_s=prompt.remaining_s,
            ),
            "question": None
            if question is None
            else QuestionView(
                id=question.question,
                text=words(QUESTIONS[question.question]),
                choices=tuple((choice, words(CHOICES[choice])) for choice in question.choices),
            ),
            "elapsed_s": (clock.now_ms() - run.started_ms) // 1000,
        }
    )


def result_view(row: ResultRow, ticket: str) -> ResultView:
    """Return a sealed result as a screen shows it."""
    body = row.sealed.body
    vehicle = body["vehicle"]
    assert isinstance(vehicle, Mapping)
    outcome = str(body["outcome"])
    judgements, reasons = body["judgements"], body["reasons"]
    assert isinstance(judgements, list)
    assert isinstance(reasons, list)
    return ResultView.model_validate(
        {
            "ticket": ticket,
            "test_id": body["test_id"],
            "plate": vehicle.get("plate") or "",
            "vin": vehicle.get("vin") or "",
            "method": body["method"],
            "outcome": outcome,
            "headline": words(HEADLINES[outcome]),
            "reasons": tuple(_reason(str(code)) for code in reasons),
            "judgements": tuple(_judgement(judgement) for judgement in judgements),
            "sequence": row.sealed.sequence,
            "record_sha256": row.sealed.sha256,
            "receipt": "waiting" if row.receipt is None else "received",
            "ended_at": body["ended_at"],
        }
    )


def _reason(code: str) -> TextView:
    """Return the words of a reason. What somebody said, or a device showed, is shown as such and never as a reason."""
    kind, colon, rest = code.partition(":")
    if not colon:
        return words(reason_text(code))
    template = REMARKS.get(kind, REMARKS["detail"])
    known = STOP_WORDS.get(rest) if kind == "said" else PHASES.get(rest)
    return TextView(
        zh=template.zh.format(known.zh if known else rest), en=template.en.format(known.en if known else rest)
    )


def _judgement(judgement: Mapping[str, object]) -> JudgementView:
    quantity = str(judgement["quantity"])
    unit = next((unit for ending, unit in UNITS.items() if quantity.endswith(ending)), "")
    return JudgementView.model_validate(
        {
            "quantity": quantity,
            "value": judgement["value"],
            "limit": judgement["limit"],
            "limit_min": judgement.get("limit_min"),
            "unit": unit,
            "ok": judgement["ok"],
        }
    )
