"""A lane with lane I/O, weather station and (or) a register-map dynamometer: who takes the load off, and how fast."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drivers.errors import DeviceError, RefusedError
from lanectl.lane.safety import FRESH_MS, Enable, may_enable
from simulators.sample_line import Air
from simulators.station import PETROL_LANE

IO = """
[devices.io]
driver = "generic-modbus-io"
port = "memory-io"
map = "example-io"
"""
WEATHER = """
[devices.weather]
driver = "rz-1"
port = "memory-weather"
"""
BNTD = '[devices.dyno]\ndriver = "xincheng-bntd"\nport = "memory-dyno"\n'
MAPPED = '[devices.dyno]\ndriver = "generic-modbus-dyno"\nport = "memory-dyno"\nmap = "example-dyno"\n'
MAPPED_LANE = ("nanhua-nha-506i", "generic-modbus-dyno", "elm327", "generic-modbus-io", "rz-1")


def fit_out(lane_file: Path, *, mapped: bool = False) -> tuple[str, ...]:
    """Add lane I/O and weather station to a lane file, and perhaps another bench; returns the lane's devices."""
    text = lane_file.read_text("utf-8")
    assert BNTD in text
    lane_file.write_text((text.replace(BNTD, MAPPED) if mapped else text) + IO + WEATHER, "utf-8")
    return MAPPED_LANE if mapped else (*PETROL_LANE, "generic-modbus-io", "rz-1")


@pytest.fixture
async def guarded(lane_file: Path, manual_clock: Any, lock_step: Any) -> AsyncIterator[Any]:
    """A lane on a BNTD bench with lane I/O and weather station."""
    async with lock_step(lane_file, manual_clock, devices=fit_out(lane_file)) as lane:
        yield lane


@pytest.fixture
async def mapped(lane_file: Path, manual_clock: Any, lock_step: Any) -> AsyncIterator[Any]:
    """The same lane with a register-map dynamometer."""
    async with lock_step(lane_file, manual_clock, devices=fit_out(lane_file, mapped=True)) as lane:
        yield lane


async def under_load(lane: Any) -> None:
    await lane.start("worn_catalyst")
    await lane.until_stage("measure", "asm5025")
    assert await lane.run_for(10.0, lambda: lane.world.bench.brake.force_n > 500.0)
    assert lane.world.io_face.outputs["watchdog"]


def sealed(lane: Any) -> Any:
    return lane.lane.parts.ledger.ledger.results(1)[0].sealed.body


SOUND = Enable(dyno_age_ms=100, dyno_idle=True, inputs_age_ms=100, estop=False, closed=False)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"closed": True, "dyno_idle": False}, None),
        ({"closed": False, "dyno_idle": False}, "enable_open"),
        ({"closed": True, "estop": True}, "estop"),
        ({"closed": True, "dyno_age_ms": FRESH_MS}, None),
        ({"closed": True, "dyno_age_ms": FRESH_MS + 1}, "dyno_lost"),
        ({"dyno_age_ms": None}, "dyno_lost"),
        ({"closed": True, "inputs_age_ms": FRESH_MS + 1}, "io_lost"),
        ({"inputs_age_ms": None}, "io_lost"),
    ],
)
def test_the_circuit_is_closed_only_while_all_is_well(changes: dict[str, Any], reason: str | None) -> None:
    against = may_enable(replace(SOUND, **changes))
    assert (against and against[0]) == reason


async def test_a_whole_test_passes_with_the_circuit_closed_and_the_weather_of_the_station(guarded: Any) -> None:
    guarded.world.weather_face.air = Air(temp_c=21.0, humidity_pct=44.0, pressure_kpa=99.55)
    await guarded.start("clean_petrol")
    await guarded.until_stage("measure", "asm5025")
    assert await guarded.run_for(2.0, lambda: guarded.world.io_face.outputs["fan"])
    await guarded.run_for(2.0)
    board, now_ms = guarded.lane.parts.board, guarded.clock.now_ms()
    assert board.channel("ambient_temp_c", now_ms).value == 21.0
    assert board.channel("own_ambient_temp_c", now_ms).value == pytest.approx(25.0, abs=0.2)

    body = await guarded.until_done()

    assert body["outcome"] == "pass"
    assert (body["ambient"]["ambient_temp_c"], body["ambient"]["pressure_kpa"]) == (21.0, 99.55)
    assert body["ambient"]["device"] == "weather"
    assert body["ambient"]["own_sensor"]["ambient_temp_c"] == pytest.approx(25.0, abs=0.2)
    assert not guarded.world.io_face.outputs["fan"]
    assert guarded.world.bench.lift == "up" or await guarded.run_for(6.0, lambda: guarded.world.bench.lift == "up")


async def test_a_whole_test_passes_on_a_bench_that_is_known_by_its_register_map_alone(mapped: Any) -> None:
    await mapped.start("clean_petrol")

    body = await mapped.until_done()

    assert (body["outcome"], body["reasons"][0]) == ("pass", "quick_check_passed")
    assert mapped.commanded_brake_n() < 5.0
    identity = mapped.lane.parts.equipment.slots["dyno"].identity
    assert identity.firmware.startswith("map ")


@pytest.fixture(params=["bntd", "map"])
async def either(
    request: pytest.FixtureRequest, lane_file: Path, manual_clock: Any, lock_step: Any
) -> AsyncIterator[Any]:
    """The guarded lane on each kind of bench."""
    devices = fit_out(lane_file, mapped=request.param == "map")
    async with lock_step(lane_file, manual_clock, devices=devices) as lane:
        yield lane


@pytest.mark.parametrize("kind", ["unplug", "silence"])
async def test_a_lost_dynamometer_opens_the_circuit_within_half_a_second(either: Any, kind: str) -> None:
    lane = either
    await under_load(lane)
    lost_ms = lane.clock.now_ms()

    lane.world.fault("dyno", kind)
    assert await lane.run_for(0.5, lambda: not lane.world.io_face.outputs["watchdog"])

    assert lane.clock.now_ms() - lost_ms <= 500
    assert not lane.world.bench.brake.enabled
    assert await lane.run_for(0.6, lambda: lane.world.bench.brake.force_n < 50.0), lane.world.bench.brake.force_n
    assert await lane.run_for(1.5, lambda: len(lane.lane.parts.ledger.ledger.results(5)) == 1)
    assert (sealed(lane)["outcome"], sealed(lane)["reasons"][0]) == ("invalid", "dyno_lost")
    assert sealed(lane)["judgements"] == []


async def test_the_circuit_closes_again_only_over_an_idle_dynamometer(guarded: Any) -> None:
    await under_load(guarded)
    guarded.world.fault("dyno", "unplug")
    await guarded.until_sealed()
    assert guarded.world.bench.brake.mode == "force", "nobody could tell the controller to let go"
    assert "enable_open" in [lock.code for lock in guarded.view().locks]

    guarded.world.clear("dyno")

    assert await guarded.run_for(6.0, lambda: guarded.view().locks == ())
    assert guarded.world.bench.brake.mode == "off"
    assert guarded.world.bench.brake.enabled


async def test_the_emergency_stop_aborts_within_a_beat_and_locks_the_lane(guarded: Any) -> None:
    await under_load(guarded)

    guarded.world.press_estop(True)
    assert await guarded.run_for(0.22, lambda: guarded.world.bench.brake.mode == "off"), "a look and an order away"

    assert not guarded.world.io_face.outputs["watchdog"]
    body = await guarded.until_done()
    assert (body["outcome"], body["cause"]) == ("aborted", "safety")
    assert "estop" in body["reasons"]
    assert [lock.code for lock in guarded.view().locks] == ["estop"]

    guarded.world.press_estop(False)
    assert await guarded.run_for(2.0, lambda: guarded.view().locks == ())
    assert guarded.world.io_face.outputs["watchdog"]


@pytest.mark.parametrize("kind", ["unplug", "silence", "device_failure"])
async def test_a_lost_module_ends_the_test_and_its_output_falls_by_its_own_time(guarded: Any, kind: str) -> None:
    await under_load(guarded)

    guarded.world.fault("io", kind)
    assert await guarded.run_for(0.5, lambda: not guarded.world.bench.brake.enabled)

    assert await guarded.run_for(2.0, lambda: len(guarded.lane.parts.ledger.ledger.results(5)) == 1)
    assert (sealed(guarded)["outcome"], sealed(guarded)["reasons"][0]) == ("invalid", "io_lost")
    guarded.world.clear("io")
    assert await guarded.run_for(5.0, lambda: guarded.view().locks == ())


async def test_a_program_that_hangs_lets_the_circuit_open(guarded: Any) -> None:
    await under_load(guarded)

    for _ in range(25):  # the world goes on without us
        guarded.world.step()

    assert not guarded.world.io_face.outputs["watchdog"]
    assert not guarded.world.bench.brake.enabled


async def test_no_test_starts_and_the_watchdog_stays_open_while_the_dynamometer_is_gone(guarded: Any) -> None:
    guarded.world.fault("dyno", "unplug")

    assert await guarded.run_for(1.5, lambda: "enable_open" in [lock.code for lock in guarded.view().locks])
    await guarded.run_for(0.1)
    assert not guarded.world.io_face.outputs["watchdog"]
    await guarded.run_for(3.0, lambda: guarded.world.io_face.outputs["watchdog"])
    assert not guarded.world.io_face.outputs["watchdog"]


async def test_leaving_the_lane_opens_the_circuit(guarded: Any) -> None:
    assert guarded.world.io_face.outputs["watchdog"]
    guard = guarded.lane.parts.guard
    refusing = guard.io.drop_watchdog
    guarded.world.fault("io", "device_failure")
    with pytest.raises(DeviceError):
        await _pumped(guarded, refusing())
    guarded.world.clear("io")
    await _pumped(guarded, guard.io.close())
    assert not guarded.world.io_face.outputs["watchdog"]


async def test_a_light_barrier_that_is_cut_under_load_takes_it_off_and_aborts(guarded: Any) -> None:
    await under_load(guarded)

    guarded.world._driving_on_s = 2.0
    assert await guarded.run_for(0.5, lambda: guarded.world.bench.brake.mode == "off")

    body = await guarded.until_sealed()
    assert (body["outcome"], body["cause"]) == ("aborted", "safety")
    assert "barrier_cut" in body["reasons"]


async def test_a_car_that_stays_in_a_light_barrier_is_asked_onto_the_rollers_and_then_sent_away(guarded: Any) -> None:
    await guarded.start("clean_petrol")
    guarded.world._driving_on_s = 10_000.0

    body = await guarded.until_sealed(120.0)

    assert (body["outcome"], body["reasons"][0]) == ("invalid", "not_in_position")
    assert "barrier_front" in body["reasons"][-1]


async def test_a_dynamometer_that_refuses_the_load_ends_the_test_with_that_reason(
    guarded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(force_n: float) -> None:
        raise RefusedError("dyno", "hold force", f"not {force_n:.0f} N")

    monkeypatch.setattr(guarded.lane.parts.equipment.dyno, "hold_force", refuses)
    await guarded.start("clean_petrol")

    body = await guarded.until_sealed(300.0)

    assert (body["outcome"], body["reasons"][0]) == ("invalid", "load_refused")


async def _pumped(lane: Any, work: Any) -> Any:
    task = asyncio.ensure_future(work)
    await lane.run_for(2.0, task.done)
    return await task
