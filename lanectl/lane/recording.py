"""Writes the body of a record from what a test brought: the one place where outcome, cause and reasons come together.

Knows the four outcomes and how they never mix. Does not sign, chain or store (ledger).
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from lanectl.core.methods import LimitsMissing, StartPhaseError, VehicleFactMissing, open_trial
from lanectl.core.second import LegalSecond
from lanectl.core.verdict import Verdict
from lanectl.lane.clock import BEIJING
from lanectl.lane.equipment import Equipment
from lanectl.lane.hands import Findings
from lanectl.lane.job import Job
from lanectl.lane.parts import LaneParts
from lanectl.model.camera import CameraReport
from lanectl.model.outcome import AbortCause, Outcome
from lanectl.model.record import SecondRow
from lanectl.model.sample import LaneEvent, Sample
from lanectl.procedures.commands import Finish

log = logging.getLogger(__name__)
CAMERA_EVENT = "camera"
SPOKEN = (AbortCause.OPERATOR, AbortCause.BUREAU)


def moment(wall_ms: int) -> datetime:
    """Return a wall time with the offset of Asia/Shanghai."""
    return datetime.fromtimestamp(wall_ms / 1000.0, BEIJING)


def opening_body(job: Job, parts: LaneParts, wall_ms: int) -> dict[str, object]:
    """Return what is known of a record before the first beat: enough to seal the test should the machine die."""
    law = parts.law
    return {
        "test_id": job.test_id,
        "mode": parts.identity.mode,
        "method": job.method,
        "method_reason": job.method_reason,
        "vehicle": job.vehicle.model_dump(mode="json"),
        "operator": job.operator,
        "started_at": moment(wall_ms).isoformat(),
        "clock": {"source": "system", "factor": getattr(parts.clock, "factor", 1)},
        "limits": law.section(job.method, job.vehicle).model_dump(mode="json"),
        "gate": {
            "decision": job.gate.decision,
            "code": job.gate.code,
            "failure": job.gate.failure,
            "repair": job.gate.repair,
            "permit": job.gate.permit,
            "flags": [*job.gate.flags, *job.changed, *_undecided(job)],
            "bureau": job.bureau,
        },
        "profile": law.profile.model_dump(mode="json"),
        "software": {**parts.software.model_dump(mode="json"), "core_digest": law.book(job.vehicle).core_digest},
        "calibration": dict(parts.calibration),
        "cameras": _cameras_at_start(parts.cameras.cameras()),
    }


def _undecided(job: Job) -> list[str]:
    return [f"undecided_before:{job.undecided}"] if job.undecided else []


def outcome_of(finish: Finish, verdict: Verdict | None, obd: Verdict | None) -> tuple[Outcome, list[str]]:
    """Decide the outcome: who stopped it, else what spoiled it, else what the core says."""
    if finish.cause is not None:
        tripped = [finish.detail] if finish.cause is AbortCause.SAFETY and finish.detail else []
        return Outcome.ABORTED, [finish.cause.value, *tripped]
    if finish.reason is not None:
        return Outcome.INVALID, [finish.reason]
    if verdict is not None:
        return Outcome(verdict.outcome), list(verdict.reasons)
    if obd is not None and obd.outcome == "fail":
        return Outcome.FAIL, list(obd.reasons)
    return Outcome.INVALID, ["incomplete"]


def closing_body(
    opening: Mapping[str, object],
    finish: Finish,
    verdict: Verdict | None,
    findings: Findings,
    measured: tuple[str | None, int | None],
    ended_wall_ms: int,
    remarks: Sequence[str] = (),
    events: Sequence[LaneEvent] = (),
) -> dict[str, object]:
    """Return the whole body of the record. ``measured`` is (start phase, first measured ms), None where never begun.

    Reasons are codes; what a person said or a device showed stands behind ``said:`` or ``detail:``, never as a code.
    Of ``events`` those of cameras are kept with their cameras; the trace has all of them.
    """
    outcome, reasons = outcome_of(finish, verdict, findings.obd_verdict)
    judged = verdict if verdict is not None and outcome in (Outcome.PASS, Outcome.FAIL, Outcome.INVALID) else None
    plain = judged.as_json() if judged is not None else {"values": {}, "judgements": [], "uncertain": []}
    if judged is None and outcome is Outcome.FAIL and findings.obd_verdict is not None:
        plain = findings.obd_verdict.as_json()
    return {
        **opening,
        "outcome": outcome.value,
        "cause": finish.cause.value if finish.cause is not None else None,
        "reasons": [*reasons, *_remarks(opening, findings), *remarks, *_detail(finish)],
        "ended_at": moment(ended_wall_ms).isoformat(),
        "values": plain["values"],
        "judgements": plain["judgements"],
        "uncertain": plain["uncertain"],
        "start_phase": measured[0],
        "measure_from_ms": measured[1],
        "obd": _obd(findings),
        "ambient": findings.ambient,
        "cameras": _cameras(opening, events),
    }


def _detail(finish: Finish) -> list[str]:
    if not finish.detail or finish.cause is AbortCause.SAFETY:  # the interlock's name is a reason by itself
        return []
    return [f"said:{finish.detail}" if finish.cause in SPOKEN else f"detail:{finish.detail}"]


def _remarks(opening: Mapping[str, object], findings: Findings) -> list[str]:
    """Return what does not decide but must be seen: another VIN in the control unit than on the registration."""
    vehicle, facts = opening["vehicle"], findings.obd_facts or {}
    assert isinstance(vehicle, Mapping)
    registered, read = vehicle.get("vin"), facts.get("vin")
    return ["obd_vin_differs"] if registered and read and registered != read else []


def crash_body(
    opening: Mapping[str, object],
    ended_wall_ms: int,
    events: Sequence[LaneEvent] = (),
    seconds: Sequence[SecondRow] = (),
    samples: Sequence[Sample] = (),
) -> dict[str, object]:
    """Return the body of a test that was under way when program or machine broke off, as far as its journal knows.

    Where the kept seconds had decided the test before the break, a remark says how: a break never hides a fail.
    """
    finish, measured = Finish(cause=AbortCause.CRASH, detail="found unfinished at start"), _measured(events)
    remarks = ["decided_before:fail"] if _failed_obd(events) else decided_before(opening, measured, seconds, samples)
    return closing_body(opening, finish, None, Findings(), measured, ended_wall_ms, remarks, events)


def decided_before(
    opening: Mapping[str, object],
    measured: tuple[str | None, int | None],
    seconds: Sequence[SecondRow],
    samples: Sequence[Sample],
) -> list[str]:
    """Return what the core says of the seconds that were kept, as a remark; empty while it was undecided."""
    (start_phase, from_ms), limits, vehicle = measured, opening["limits"], opening["vehicle"]
    assert isinstance(limits, Mapping)
    assert isinstance(vehicle, Mapping)
    if start_phase is None or from_ms is None:
        return []
    rows = _by_second(samples, from_ms)
    try:
        trial = open_trial(str(opening["method"]), vehicle, limits["data"], str(limits["set"]), start_phase)
        for row in seconds:
            trial.push(LegalSecond(row.t_ms, row.values, row.rows, tuple(rows.get(row.t_ms, ()))))
        verdict = trial.verdict()
    except (VehicleFactMissing, LimitsMissing, StartPhaseError, ValueError, KeyError) as error:
        # A newer program may need figures that the older one did not keep: the record says that nobody knows.
        log.error("what the kept seconds had decided cannot be worked out: %r", error)
        return ["decided_before:unknown"]
    return [] if verdict is None else [f"decided_before:{verdict.outcome}"]


def _failed_obd(events: Sequence[LaneEvent]) -> bool:
    """Tell whether the OBD check had failed the vehicle before the break."""
    ended = [event.detail for event in events if event.kind == "done" and event.detail.get("action") == "obd_judge"]
    return any(detail.get("detail") == "fail" for detail in ended)


def _by_second(samples: Sequence[Sample], from_ms: int) -> dict[int, list[tuple[int, Mapping[str, float | None]]]]:
    """Return the samples of each kept second, for a method that reads peaks."""
    found: dict[int, list[tuple[int, Mapping[str, float | None]]]] = {}
    for sample in samples:
        t_ms = sample.t_ms - from_ms
        values = {name: channel.value for name, channel in sample.channels.items()}
        found.setdefault(t_ms // 1000 * 1000, []).append((t_ms, values))
    return found


def _measured(events: Sequence[LaneEvent]) -> tuple[str | None, int | None]:
    """Return start phase and first measured ms as the journal noted them."""
    for event in events:
        phase, from_ms = event.detail.get("phase"), event.detail.get("measure_from_ms")
        if event.kind == "begin_measure" and isinstance(phase, str) and isinstance(from_ms, int):
            return phase, from_ms
    return None, None


def _cameras_at_start(cameras: Sequence[CameraReport]) -> list[dict[str, object]] | None:
    found: list[dict[str, object]] = [
        {
            "id": camera.id,
            "name": camera.name,
            "required": camera.required,
            "state": camera.state,
            "last_frame_at": None if camera.last_frame_ms is None else moment(camera.last_frame_ms).isoformat(),
            "clock_offset_s": camera.clock_offset_s,
        }
        for camera in cameras
    ]
    return found or None


def _cameras(opening: Mapping[str, object], events: Sequence[LaneEvent]) -> list[dict[str, object]] | None:
    cameras = opening.get("cameras")
    if not isinstance(cameras, list):
        return None
    return [{**camera, "events": _camera_events(camera["id"], events)} for camera in cameras]


def _camera_events(camera: object, events: Sequence[LaneEvent]) -> list[dict[str, object]]:
    return [
        {
            "t_ms": event.t_ms,
            "at": moment(event.wall_ms).isoformat(),
            "state": event.detail["state"],
            "trouble": event.detail["trouble"],
        }
        for event in events
        if event.kind == CAMERA_EVENT and event.detail["camera"] == camera
    ]


def device_facts(equipment: Equipment) -> dict[str, object]:
    """Return which devices take part, and who they say they are."""
    facts: dict[str, object] = {}
    for slot in equipment.slots.values():
        identity = slot.identity
        facts[slot.name] = {
            "driver": slot.driver,
            "role": slot.role,
            "model": identity.model if identity else None,
            "serial_number": identity.serial_number if identity else None,
            "firmware": identity.firmware if identity else None,
        }
    return facts


def _obd(findings: Findings) -> dict[str, object] | None:
    if findings.obd_verdict is None:
        return None
    facts = findings.obd_facts or {"communication": False}
    listed = findings.obd_known_problem
    return {
        "facts": facts if listed is None else {**facts, "known_problem": listed},
        "answers": findings.core_answers(),
        "binding": findings.obd_binding,
        "rules": None if findings.obd_rules is None else dict(findings.obd_rules),
        "verdict": findings.obd_verdict.as_json(),
    }
