"""Whole tests by the methods that are not ASM, in lock-step: from the accepted vehicle to the sealed record."""

import json
from pathlib import Path
from typing import Any

import pytest

from lanectl.app.daemon import close_unfinished
from lanectl.app.replay import replay
from lanectl.lane.ports import RefusedError
from lanectl.lane.recording import decided_before
from simulators.station import DIESEL_LANE


def again(lane: Any, test_id: str) -> Any:
    ledger = lane.lane.parts.ledger.ledger
    return replay({"record.json": ledger.results(1)[0].sealed.record, **ledger.members(test_id)})


async def test_a_heavy_petrol_car_passes_two_speed_idle_beside_the_rollers(diesel_lane: Any) -> None:
    test_id = await diesel_lane.start("clean_petrol", gross_mass_kg=4200.0)

    body = await diesel_lane.until_done()

    assert (body["method"], body["outcome"]) == ("two_speed_idle", "pass"), body["reasons"]
    assert 1700.0 < body["values"]["high_idle_rpm"] < 1900.0
    assert body["values"]["idle_rpm"] < 900.0
    assert diesel_lane.world.bench.lift == "up"
    assert body["limits"]["name"] == "gb18285-2018"
    assert again(diesel_lane, test_id).same


async def test_a_worn_catalyst_fails_two_speed_idle(diesel_lane: Any) -> None:
    await diesel_lane.start("worn_catalyst", drive="four_wheel_full_time")

    body = await diesel_lane.until_done()

    assert (body["method"], body["outcome"]) == ("two_speed_idle", "fail"), body["reasons"]


async def test_a_diesel_that_is_always_driven_on_all_wheels_is_tested_by_free_acceleration(diesel_lane: Any) -> None:
    test_id = await diesel_lane.start("clean_diesel", drive="four_wheel_full_time")

    body = await diesel_lane.until_done()

    assert (body["method"], body["outcome"]) == ("free_acceleration", "pass"), (body["reasons"], body["values"])
    assert body["values"]["snaps_counted"] == 3
    assert body["limits"]["name"] == "gb3847-2018"
    assert again(diesel_lane, test_id).same


@pytest.mark.parametrize(
    ("preset", "outcome", "fails"),
    [
        ("clean_diesel", "pass", set()),
        ("weak_diesel", "fail", {"corrected_max_power_kw"}),
    ],
)
async def test_a_diesel_on_the_rollers_is_tested_by_lug_down(
    diesel_lane: Any, preset: str, outcome: str, fails: set[str]
) -> None:
    test_id = await diesel_lane.start(preset)

    body = await diesel_lane.until_done()

    assert (body["method"], body["outcome"]) == ("lug_down", outcome), (body["reasons"], body["values"])
    assert {judgement["quantity"] for judgement in body["judgements"] if not judgement["ok"]} == fails
    assert "scan_too_fast" not in body["reasons"]
    assert diesel_lane.commanded_brake_n() < 5.0
    assert again(diesel_lane, test_id).same


async def test_the_panel_shows_the_driver_what_to_do(diesel_lane: Any) -> None:
    await diesel_lane.start("clean_petrol", gross_mass_kg=4200.0)
    await diesel_lane.until_stage("measure", "high_idle")

    lines = [text for text in diesel_lane.world.led_face.lines if text]

    assert lines[0] == "保持转速"
    assert lines[1].startswith("1800 r/min")


async def test_a_dead_opacimeter_keeps_diesels_waiting_and_lets_petrol_cars_go_on(diesel_lane: Any) -> None:
    diesel = await diesel_lane.accept("clean_diesel")
    diesel_lane.world.fault("opacity", "unplug")
    await diesel_lane.run_for(2.0)

    assert [lock.methods for lock in diesel_lane.view().locks] == [("free_acceleration", "lug_down")]
    with pytest.raises(RefusedError) as refused:
        await diesel_lane.desk.start(diesel.ticket, "op1")
    assert refused.value.refusal.code == "locked"
    diesel_lane.world.leave()
    await diesel_lane.start("clean_petrol")
    body = await diesel_lane.until_done()
    assert body["outcome"] == "pass"


async def test_a_lane_without_diesel_devices_sends_a_diesel_to_another_one(lane: Any) -> None:
    with pytest.raises(RefusedError) as refused:
        await lane.accept("clean_diesel")

    assert refused.value.refusal.code == "method_not_here"


@pytest.fixture
def lane_file_without_converter(diesel_lane_file: Path) -> Path:
    text = diesel_lane_file.read_text("utf-8").replace('measures = "nox"', 'measures = "no"')
    diesel_lane_file.write_text(text, "utf-8")
    return diesel_lane_file


async def test_an_analyzer_that_leaves_out_part_of_the_nox_makes_no_lug_down_lane(
    lane_file_without_converter: Path, manual_clock: Any, lock_step: Any
) -> None:
    async with lock_step(lane_file_without_converter, manual_clock, devices=(*DIESEL_LANE, "rz-1")) as lane:
        with pytest.raises(RefusedError) as refused:
            await lane.accept("clean_diesel")

    assert refused.value.refusal.code == "method_not_here"


@pytest.mark.parametrize(
    ("method", "facts", "fails"),
    [
        ("free_acceleration", {"drive": "four_wheel_full_time"}, {"opacity_k_per_m"}),
        ("lug_down", {}, {"k100_per_m", "k80_per_m"}),
    ],
)
async def test_a_diesel_that_smokes_fails_and_a_crash_after_that_does_not_hide_it(
    diesel_lane: Any, manual_clock: Any, lock_step: Any, tmp_path_factory: pytest.TempPathFactory,
    method: str, facts: Any, fails: set[str],
) -> None:  # fmt: skip
    failed_id = await diesel_lane.start("smoky_diesel", **facts)
    assert await diesel_lane.run_for(300.0, lambda: diesel_lane.desk._run.phase == "done")
    left = diesel_lane.as_left_by_a_crash(tmp_path_factory.mktemp("crash") / "lane")

    whole = await diesel_lane.until_done()

    assert (whole["method"], whole["outcome"]) == (method, "fail"), (whole["reasons"], whole["values"])
    assert {judgement["quantity"] for judgement in whole["judgements"] if not judgement["ok"]} == fails
    assert whole["values"].get("snaps_counted", 3) == 3
    assert "scan_too_fast" not in whole["reasons"]
    assert whole["limits"]["name"] == "gb3847-2018"
    assert diesel_lane.commanded_brake_n() < 5.0
    assert again(diesel_lane, failed_id).same

    async with lock_step(left, manual_clock, devices=(*DIESEL_LANE, "rz-1")) as lane:
        [test_id] = await close_unfinished(lane.lane.parts)
        body = lane.lane.parts.ledger.ledger.results(1)[0].sealed.body
        verdict = again(lane, test_id)

    assert (body["outcome"], body["cause"]) == ("aborted", "crash")
    assert "decided_before:fail" in body["reasons"]
    assert verdict.same, verdict.differences


async def test_a_zero_that_was_set_over_exhaust_is_not_believed(diesel_lane: Any) -> None:
    await diesel_lane.start("smoky_diesel", drive="four_wheel_full_time")
    assert await diesel_lane.run_for(60.0, lambda: diesel_lane.desk._run.prompt.code == "zeroing_opacity")

    diesel_lane.helpful = False
    diesel_lane.world.hold_probe(True, "opacity")
    for _ in range(4):
        diesel_lane.world.snap()
        await diesel_lane.run_for(0.8)
    diesel_lane.world.hold_probe(False)
    diesel_lane.world.let_go()
    body = await diesel_lane.until_done()

    assert (body["outcome"], body["reasons"][0]) == ("invalid", "zero_drifted"), body["reasons"]


async def test_an_alarm_of_the_opacimeter_ends_the_test(diesel_lane: Any) -> None:
    diesel_lane.world.fault("opacity", "alarm")
    await diesel_lane.start("clean_diesel")

    body = await diesel_lane.until_done()

    assert (body["outcome"], body["reasons"][0]) == ("invalid", "opacimeter_alarm")


async def test_another_method_for_the_same_car_is_seen_in_its_record(diesel_lane: Any) -> None:
    await diesel_lane.start("clean_diesel")
    await diesel_lane.until_stage("measure")
    await diesel_lane.desk.stop("op1", "customer_asks")
    first = await diesel_lane.until_done()
    await diesel_lane.start("clean_diesel", drive="four_wheel_full_time", rated_rpm=2_000.0)
    await diesel_lane.until_stage("measure")
    await diesel_lane.desk.stop("op1", "customer_asks")

    second = await diesel_lane.until_done()

    assert first["method_reason"] == "diesel"
    assert first["gate"]["flags"] == []
    assert second["method_reason"] == "diesel that cannot be driven on one axle"
    assert second["gate"]["flags"] == ["method_changed:lug_down", "facts_changed:rated_rpm", "undecided_before:1"]


@pytest.mark.parametrize(
    ("preset", "facts", "missing"),
    [
        ("clean_petrol", {"gross_mass_kg": 4200.0, "closed_loop": None}, "closed_loop"),
        ("clean_diesel", {"drive": "four_wheel_full_time", "rated_rpm": None}, "rated_rpm"),
        ("clean_diesel", {"aspiration": None}, "aspiration"),
    ],
)
async def test_a_fact_without_which_less_would_be_judged_must_be_entered(
    diesel_lane: Any, preset: str, facts: Any, missing: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        await diesel_lane.accept(preset, **facts)

    assert refused.value.refusal.code == "bad_vehicle"
    assert missing in refused.value.refusal.message.en


def test_what_a_newer_program_cannot_work_out_of_a_crash_is_said_and_stops_no_start() -> None:
    opening = {"method": "lug_down", "vehicle": {"fuel": "diesel"}, "limits": {"data": {}, "set": "a"}}

    assert decided_before(opening, ("scan", 0), [], []) == ["decided_before:unknown"]


async def test_the_driver_of_a_loaded_test_is_told_to_brake_the_moment_it_ends(diesel_lane: Any) -> None:
    test_id = await diesel_lane.start("clean_diesel")
    await diesel_lane.until_stage("measure", "sample_100")
    await diesel_lane.desk.stop("op1", "unsafe")
    await diesel_lane.until_done()

    events = json.loads(diesel_lane.lane.parts.ledger.ledger.members(test_id)["events.json"])
    stopped = next(place for place, event in enumerate(events) if event["kind"] == "stop")
    after = [event["detail"]["code"] for event in events[stopped:] if event["kind"] == "prompt"]
    assert after == ["brake_to_stop"]
