"""Opacimeters, tachometers and the panel against the simulated lane, in lock-step on a clock by hand."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from drivers.errors import DeviceError, NotReadyError
from drivers.readings import AnalyzerStatus

OPACIMETERS = ("nanhua-nht-6", "nanhua-nht-1", "nanhua-nht-1l")


@pytest.fixture(params=[*OPACIMETERS])
async def rig(request: pytest.FixtureRequest, new_rig: Any) -> AsyncIterator[Any]:
    made = new_rig(request.param, "nanhua-rpm-5300", "nanhua-led")
    for device in made.devices.values():
        await made.see(device.open())
    yield made
    for device in made.devices.values():
        await made.see(device.close())


async def test_a_snap_polled_twenty_times_a_second_shows_its_peak(rig: Any) -> None:
    opacity, clock = rig.devices["opacity"], rig.clock
    await rig.diesel("smoky_diesel")
    await rig.see(opacity.zero())
    await rig.see(opacity.clear_maxima())
    rig.lane.snap()
    began_ms, readings = clock.now_ms(), []
    for number in range(100):
        while clock.now_ms() < began_ms + 50 * number:
            await rig.tick()
        readings.append(await rig.see(opacity.read()))
    assert clock.now_ms() - began_ms < 5200, "a hundred readings take five seconds"
    maxima = await rig.see(opacity.read_maxima())
    peak = max(reading.opacity_n_pct for reading in readings)
    assert peak > 60.0
    assert peak == pytest.approx(maxima.opacity_n_pct, abs=1.0)
    assert max(reading.engine_rpm for reading in readings) == pytest.approx(maxima.engine_rpm, abs=60.0)
    assert all(reading.gas_temp_c is None and not reading.flags for reading in readings)


async def test_the_tachometer_agrees_with_the_opacimeter(rig: Any) -> None:
    await rig.diesel("clean_diesel")
    rig.lane.rev(2500.0)
    await rig.wait(6.0)
    counted, seen = rig.devices["rpm"].latest(), await rig.see(rig.devices["opacity"].read())
    assert counted.engine_rpm == pytest.approx(seen.engine_rpm, abs=30.0)
    rig.lane.fault("rpm", "no_signal")
    await rig.wait(0.3)
    assert rig.devices["rpm"].latest().engine_rpm is None


async def test_the_driver_reads_what_the_lane_tells_him(rig: Any) -> None:
    await rig.see(rig.devices["led"].show("粤AF3308", "请将油门踩到底"))
    await rig.wait(0.1)
    assert rig.lane.state()["led"] == ["粤AF3308", "请将油门踩到底"]
    await rig.see(rig.devices["led"].clear())
    await rig.wait(0.1)
    assert rig.lane.state()["led"] == []


async def test_zero_takes_away_what_the_windows_show(rig: Any) -> None:
    opacity = rig.devices["opacity"]
    rig.lane.fault("opacity", "dirty_windows")
    await rig.wait(1.0)
    assert (await rig.see(opacity.read())).opacity_n_pct > 10.0
    await rig.see(opacity.zero())
    assert abs((await rig.see(opacity.read())).opacity_n_pct) < 0.5


async def test_after_a_power_cut_the_device_is_not_ready(rig: Any) -> None:
    opacity = rig.devices["opacity"]
    rig.lane.fault("opacity", "power_cut")
    with pytest.raises(NotReadyError):
        await rig.see(opacity.read())
    assert await rig.see(opacity.status()) == AnalyzerStatus("warming")
    rig.lane.smoke.warm_up_left_s = 0.1
    await rig.wait(0.2)
    assert (await rig.see(opacity.read())).opacity_n_pct is not None


@pytest.mark.parametrize("device", ["opacity", "rpm", "led"])
async def test_a_pulled_adapter_is_felt_and_comes_back(rig: Any, device: str) -> None:
    await rig.pull_and_put_back(device)


@pytest.mark.parametrize("kind", ["silence", "truncation", "bit_flips", "delay", "babble"])
async def test_wire_faults_end_in_named_errors_or_good_readings(rig: Any, kind: str) -> None:
    opacity = rig.devices["opacity"]
    rig.lane.fault("opacity", kind)
    ends_seen, readings = await rig.outcomes(opacity.read, 6)
    assert ends_seen <= {"reading", "no_reply", "garbled_reply"}
    assert [each.opacity_n_pct for each in readings] == pytest.approx([0.0] * len(readings), abs=0.5)
    rig.lane.clear()
    await rig.wait(3.0)
    assert (await rig.see(opacity.read())).opacity_n_pct is not None


@pytest.mark.parametrize("kind", ["silence", "truncation", "bit_flips", "babble"])
async def test_a_disturbed_tachometer_tells_of_the_engine_or_names_the_trouble(rig: Any, kind: str) -> None:
    await rig.diesel("clean_diesel")
    rig.lane.fault("rpm", kind)
    await rig.wait(1.2)
    told = set()
    for _ in range(20):
        await rig.wait(0.1)
        try:
            rig.devices["rpm"].latest()
            told.add("count")
        except DeviceError as error:
            told.add(error.code)
    assert told <= {"count", "no_reply", "garbled_reply"}
    if kind in ("silence", "truncation"):
        assert "count" not in told
    rig.lane.clear()
    await rig.wait(0.5)
    assert rig.devices["rpm"].latest().engine_rpm == pytest.approx(780.0, abs=40.0)
