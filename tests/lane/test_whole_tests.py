"""Whole tests on a lane in lock-step: from the accepted vehicle to the sealed record."""

import asyncio
import json
from typing import Any

import pytest

from lanectl.app.daemon import close_unfinished
from lanectl.app.replay import replay
from lanectl.lane.ports import RefusedError, VehicleHistory
from lanectl.model.case import Failure, MStation, Repair, RepairDocuments
from lanectl.model.outcome import AbortCause
from lanectl.model.view import AcceptForm
from simulators.presets import PRESETS

WORN = PRESETS["worn_catalyst"]


def failure(station: str = "44010625", report: str = "B-1") -> Failure:
    return Failure.model_validate(
        {
            "report": report, "station": station, "failed_on": "2026-11-01", "cycle": "2026",
            "plate": WORN.plate, "vin": WORN.vin,
        }
    )  # fmt: skip


def repair(**changes: Any) -> Repair:
    facts = {
        "record": "R-1", "m_station": "MX-0017", "settled_on": "2026-11-03", "uploaded": True,
        "plate": WORN.plate, "vin": WORN.vin,
        "documents": RepairDocuments(certificate="C", settlement_list="S", invoice="I"),
    }  # fmt: skip
    return Repair.model_validate({**facts, **changes})


M_STATIONS = (MStation.model_validate({"code": "MX-0017", "valid_from": "2020-01-01"}),)


async def test_a_clean_car_passes_at_the_quick_check_and_the_load_is_off_afterwards(lane: Any) -> None:
    test_id = await lane.start("clean_petrol")

    body = await lane.until_done()

    assert (body["outcome"], body["reasons"][0]) == ("pass", "quick_check_passed")
    assert body["obd"]["verdict"]["outcome"] == "pass"
    assert body["obd"]["facts"]["vin"] == PRESETS["clean_petrol"].vin
    assert body["values"]["asm5025_window_last_row"] == 20
    assert body["values"]["asm2540_co_pct"] is None
    assert lane.commanded_brake_n() < 5.0
    assert await lane.run_for(6.0, lambda: lane.world.bench.lift == "up")
    assert lane.bureau.woken == 2  # for the accepted vehicle, and for the record
    the_checks_before_sampling_stand_in_its_evidence(lane, test_id)


def the_checks_before_sampling_stand_in_its_evidence(lane: Any, test_id: str) -> None:
    """See that the figures are kept by which the analyzer was found clean."""
    events = json.loads(lane.lane.parts.ledger.ledger.members(test_id)["events.json"])
    checks = {event["detail"]["check"]: event["detail"] for event in events if event["kind"] == "check"}
    assert set(checks) == {"check_background", "check_residue"}
    assert checks["check_background"]["ok"] is True
    assert checks["check_residue"]["measured"]["residue_hc_ppm"] <= checks["check_residue"]["nominal"]["residue_hc_ppm"]


async def test_a_worn_catalyst_fails_5025_and_2540_and_its_retest_is_refused(lane: Any) -> None:
    await lane.start("worn_catalyst")
    body = await lane.until_done(500.0)

    assert body["outcome"] == "fail"
    assert "asm5025_failed" in body["reasons"]
    assert body["values"]["asm5025_no_ppm"] > 700.0
    assert {j["quantity"][:7] for j in body["judgements"] if not j["ok"]} == {"asm2540"}

    await lane.run_for(5.0)
    ticket = await lane.accept("worn_catalyst")

    assert ticket.status == "refused"
    assert ticket.refusal.code == "NO_REPAIR_RECORD"


async def test_a_lane_that_never_saw_the_car_refuses_it_by_the_bureaus_answer(lane: Any) -> None:
    lane.bureau.history = VehicleHistory((failure(),), (), M_STATIONS)

    ticket = await lane.accept("worn_catalyst")

    assert (ticket.status, ticket.refusal.code, ticket.retest) == ("refused", "NO_REPAIR_RECORD", True)


@pytest.mark.parametrize(
    ("failed_at", "changes", "code"),
    [
        ("44010699", {}, "GO_BACK_TO_ORIGINAL"),
        ("44010625", {"uploaded": False}, "NOT_UPLOADED"),
        ("44010625", {"settled_on": "2026-10-20"}, "RECORD_BEFORE_FAILURE"),
        ("44010625", {"used_by": "B-0"}, "RECORD_ALREADY_USED"),
    ],
)
async def test_a_retest_is_refused_for_each_named_reason(lane: Any, failed_at: str, changes: Any, code: str) -> None:
    lane.bureau.history = VehicleHistory((failure(failed_at),), (repair(**changes),), M_STATIONS)

    ticket = await lane.accept("worn_catalyst")

    assert (ticket.status, ticket.refusal.code) == ("refused", code)


async def test_a_retest_after_the_upload_passes_and_names_failure_and_repair(lane: Any) -> None:
    lane.bureau.history = VehicleHistory((failure(),), (repair(),), M_STATIONS)

    await lane.start("repaired")
    body = await lane.until_done()

    assert body["outcome"] == "pass"
    assert (body["gate"]["code"], body["gate"]["failure"], body["gate"]["repair"]) == ("SYSTEM_RECORD", "B-1", "R-1")


async def test_without_an_answer_of_the_bureau_nobody_is_tested(lane: Any) -> None:
    lane.bureau.history = None

    ticket = await lane.accept("clean_petrol")

    assert (ticket.status, ticket.refusal.code) == ("refused", "BUREAU_UNREACHABLE")


async def test_a_lit_mil_fails_the_test_before_the_rollers_turn(lane: Any) -> None:
    await lane.start("mil_on")

    body = await lane.until_done()

    assert body["outcome"] == "fail"
    assert "mil_on" in body["reasons"]
    assert body["measure_from_ms"] is None


async def test_another_vin_in_the_control_unit_is_seen_in_the_record(lane: Any) -> None:
    ticket = await lane.accept("mil_on", vin="LSVAA4182E2123457")
    await lane.desk.start(ticket.ticket, "op1")

    body = await lane.until_done()

    assert "obd_vin_differs" in body["reasons"]


async def test_a_stop_under_load_releases_within_half_a_second_and_seals_an_aborted_test(lane: Any) -> None:
    await lane.start("worn_catalyst")
    await lane.until_stage("measure", "asm5025")
    assert lane.commanded_brake_n() > 500.0

    await lane.desk.stop("op1", "owner changed his mind")
    await lane.run_for(0.5)

    assert lane.world.bench.brake.mode == "off"
    body = await lane.until_done()
    assert (body["outcome"], body["cause"]) == ("aborted", "operator")
    assert body["reasons"] == ["operator", "stopped_in:asm5025", "said:owner changed his mind"]
    assert body["values"] == {}
    assert body["judgements"] == []


async def test_stopping_one_test_after_another_is_told_by_each_following_record(lane: Any) -> None:
    flags = []
    for _ in range(3):
        await lane.start("worn_catalyst")
        await lane.until_stage("prepare")
        await lane.desk.stop("op1", "customer_asks")
        flags.append((await lane.until_done())["gate"]["flags"])

    assert flags == [[], ["undecided_before:1"], ["undecided_before:2"]]


@pytest.mark.parametrize("device", ["gas", "dyno", "obd"])
async def test_a_pulled_cable_under_load_ends_the_test_as_invalid_within_two_seconds(lane: Any, device: str) -> None:
    await lane.start("worn_catalyst")
    await lane.until_stage("measure", "asm5025")

    lane.world.fault(device, "unplug")
    sealed = await lane.run_for(2.0, lambda: len(lane.lane.parts.ledger.ledger.results(5)) == 1)

    assert sealed, lane.view().running
    body = lane.lane.parts.ledger.ledger.results(1)[0].sealed.body
    assert (body["outcome"], body["reasons"][0]) == ("invalid", f"{device}_lost")
    assert body["judgements"] == []
    if device != "dyno":
        assert lane.world.bench.brake.mode == "off"


async def test_a_replugged_device_comes_back_without_a_restart(lane: Any) -> None:
    lane.world.fault("gas", "unplug")
    assert await lane.run_for(3.0, lambda: lane.view().locks != ())

    lane.world.clear("gas", "unplug")

    assert await lane.run_for(5.0, lambda: lane.view().locks == ())


async def test_a_car_that_is_silent_at_its_connector_keeps_nobody_after_it_waiting(lane: Any) -> None:
    lane.world.fault("obd", "out_of_socket")
    await lane.start("clean_petrol")
    await lane.until_done()
    lane.world.clear("obd", "out_of_socket")

    assert await lane.run_for(5.0, lambda: lane.view().locks == ())


async def test_a_scan_tool_that_was_out_of_order_is_back_without_a_test(lane: Any) -> None:
    lane.world.fault("obd", "deaf")
    await lane.start("clean_petrol")
    body = await lane.until_done()
    assert body["outcome"] == "invalid"

    lane.world.clear("obd", "deaf")

    assert await lane.run_for(20.0, lambda: lane.view().locks == ()), lane.view().locks


async def test_a_fail_that_was_decided_before_a_crash_is_not_hidden_by_it(
    lane: Any, manual_clock: Any, lock_step: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    await lane.start("gross_emitter")
    copies = tmp_path_factory.mktemp("crash")
    assert await lane.run_for(300.0, lambda: lane.desk._run.phase == "done")
    left = lane.as_left_by_a_crash(copies / "lane")
    await lane.until_done()

    async with lock_step(left, manual_clock) as lane:
        await close_unfinished(lane.lane.parts)
        sealed = lane.lane.parts.ledger.ledger.results(1)[0].sealed
        again = replay({"record.json": sealed.record, **lane.lane.parts.ledger.ledger.members(sealed.body["test_id"])})

    assert (sealed.body["outcome"], sealed.body["cause"]) == ("aborted", "crash")
    assert "decided_before:fail" in sealed.body["reasons"]
    assert again.same, again.differences


async def test_what_is_entered_and_taken_away_again_is_told_to_the_bureau(lane: Any) -> None:
    ticket = await lane.accept("worn_catalyst", reference_mass_kg=500.0)
    await lane.desk.dismiss(ticket.ticket, "op1")

    events = [json.loads(message.payload) for message in lane.lane.parts.ledger.ledger.pending(10)]

    assert [event["kind"] for event in events] == ["vehicle_accepted", "vehicle_dismissed"]
    assert events[0]["detail"]["reference_mass_kg"] == 500.0


async def test_no_test_starts_while_the_rollers_turn(lane: Any) -> None:
    await lane.start("clean_petrol")
    await lane.until_stage("measure", "asm5025")
    await lane.desk.stop("op1", "enough")
    lane.helpful = False
    await lane.run_for(70.0)
    assert lane.view().running.prompt.code == "no_rest", "the screen says why the lift stays down"
    assert lane.world.bench.lift == "down"
    other = await lane.desk.accept(_other_form())

    with pytest.raises(RefusedError) as refused:
        await lane.desk.start(other.ticket, "op1")

    assert refused.value.refusal.code == "busy"
    lane.helpful = True
    await lane.until_done()
    assert await lane.run_for(6.0, lambda: lane.world.bench.lift == "up")


async def test_no_test_starts_over_rollers_that_somebody_turns(lane: Any) -> None:
    ticket = await lane.accept("clean_petrol")
    for ago_ms in (20, 0):
        lane.lane.parts.board.put("dyno", {"speed_kmh": 12.0}, lane.clock.now_ms() - ago_ms)
    lane.lane.parts.acquisition.look_at_dyno = lambda: None

    with pytest.raises(RefusedError) as refused:
        await lane.desk.start(ticket.ticket, "op1")

    assert refused.value.refusal.code == "rollers_turning"


async def test_rollers_that_came_to_rest_unseen_are_looked_at_twice(lane: Any) -> None:
    ticket = await lane.accept("clean_petrol")
    for ago_ms in (40, 20):
        lane.lane.parts.board.put("dyno", {"speed_kmh": 12.0}, lane.clock.now_ms() - ago_ms)

    starting = asyncio.create_task(lane.desk.start(ticket.ticket, "op1"))
    await lane.run_for(1.0)

    running = lane.view().running
    assert running is not None
    assert running.test_id == await starting


async def test_two_cars_are_never_tested_at_once(lane: Any) -> None:
    await lane.start("clean_petrol")
    other = await lane.desk.accept(_other_form())

    with pytest.raises(RefusedError) as refused:
        await lane.desk.start(other.ticket, "op1")

    assert refused.value.refusal.code == "busy"
    await lane.desk.stop("op1", "enough")
    await lane.until_done()


async def test_an_end_of_the_program_seals_the_test_as_forced_exit(lane: Any) -> None:
    await lane.start("clean_petrol")
    await lane.until_stage("prepare")

    lane.desk._run.stop(AbortCause.FORCED_EXIT, "told to end", "system")
    body = await lane.until_done()

    assert (body["outcome"], body["cause"]) == ("aborted", "forced_exit")


async def test_a_test_that_a_crash_left_open_is_closed_as_aborted_at_the_next_start(
    lane: Any, manual_clock: Any, lock_step: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    await lane.start("clean_petrol")
    await lane.until_stage("measure", "asm5025")
    await lane.run_for(17.0)
    left = lane.as_left_by_a_crash(tmp_path_factory.mktemp("crash") / "lane")

    async with lock_step(left, manual_clock) as lane:
        closed = await close_unfinished(lane.lane.parts)
        ledger = lane.lane.parts.ledger.ledger
        sealed = ledger.results(1)[0].sealed
        again = replay({"record.json": sealed.record, **ledger.members(closed[0])})

    assert len(closed) == 1
    assert (sealed.body["outcome"], sealed.body["cause"]) == ("aborted", "crash")
    assert (sealed.body["start_phase"], again.differences) == ("asm5025_hold", ())


def _other_form() -> Any:
    car = PRESETS["not_ready"]
    return AcceptForm(
        operator="op1", plate="粤AX0001", vin="LSVAA4182E2999999", fuel="petrol",
        reference_mass_kg=car.reference_mass_kg, gross_mass_kg=car.gross_mass_kg,
    )  # fmt: skip
