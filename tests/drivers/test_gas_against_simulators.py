"""Gas analyzers against the simulated lane, in lock-step on a clock by hand: every model does its trade's verbs."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from drivers.errors import NotReadyError, RefusedError
from drivers.roles import GasAnalyzer

KITS: dict[str, tuple[str, dict[str, Any]]] = {
    "nha-503": ("nanhua-nha-503", {}),
    "nha-503 asked by 01": ("nanhua-nha-503", {"asks_by_01": True}),
    "nha-503v": ("nanhua-nha-503v", {"reads_water_trap": True}),
    "fla-502 decimal": ("fuli-fla-502", {"codes": "decimal"}),
    "fla-502 hex digits": ("fuli-fla-502-hex", {"driver": "fuli-fla-502", "codes": "hex_digits"}),
    "cdf-5000": ("chida-cdf-5000", {}),
    "mqw-50a": ("mingquan-mqw-50a", {}),
    "mqw-50b": ("mingquan-mqw-50b", {}),
}
TELLS_THE_AIR = set(KITS) - {"mqw-50b"}


@pytest.fixture(params=KITS)
async def rig(request: pytest.FixtureRequest, new_rig: Any) -> AsyncIterator[Any]:
    device, settings = KITS[request.param]
    made = new_rig(device, **settings)
    made.kit, made.gas = request.param, made.devices["gas"]
    assert isinstance(made.gas, GasAnalyzer)
    await made.see(made.gas.open())
    yield made
    made.lane.clear()
    await made.see(made.gas.close())


async def test_it_sets_zero_and_finds_a_leak(rig: Any) -> None:
    await rig.see(rig.gas.zero())
    assert await rig.see(rig.gas.check_leak()) is True
    rig.lane.fault("gas", "leak")
    assert await rig.see(rig.gas.check_leak()) is False
    rig.lane.clear()
    assert await rig.see(rig.gas.check_leak()) is True


async def test_it_draws_exhaust_and_air_and_reads_them(rig: Any) -> None:
    rig.lane.drive_on("worn_catalyst")
    rig.lane.line.probe_in = True
    await rig.see(rig.gas.draw_sample())
    await rig.wait(15.0)
    car, reading = rig.lane.vehicle, await rig.see(rig.gas.read())
    assert reading.co_pct == pytest.approx(car.exhaust.co_pct, abs=0.03)
    assert reading.hc_ppm == pytest.approx(car.exhaust.hc_ppm, rel=0.08, abs=3.0)
    assert reading.no_ppm == pytest.approx(car.exhaust.no_ppm, abs=10.0)
    assert reading.engine_rpm == pytest.approx(car.engine_rpm, abs=30.0)
    assert reading.oil_temp_c == pytest.approx(car.coolant_c + 4.0, abs=1.0)
    assert not reading.flags - {"flow_not_told"}
    await rig.see(rig.gas.purge())
    assert rig.lane.line.pump == "purge"
    await rig.see(rig.gas.draw_ambient())
    await rig.wait(10.0)
    assert (await rig.see(rig.gas.read())).co_pct == pytest.approx(0.0, abs=0.02)
    await rig.see(rig.gas.stop_pump())
    assert rig.lane.line.pump == "off"


async def test_it_tells_the_air_of_the_hall_or_nothing(rig: Any) -> None:
    told, air = await rig.see(rig.gas.read_ambient()), rig.lane.line.air
    values = (told.ambient_temp_c, told.humidity_pct, told.pressure_kpa)
    known = (air.temp_c, air.humidity_pct, air.pressure_kpa)
    assert values == (known if rig.kit in TELLS_THE_AIR else (None, None, None))


async def test_low_flow_is_told_or_said_to_be_untold(rig: Any) -> None:
    rig.lane.fault("gas", "low_flow")
    assert (await rig.see(rig.gas.read())).flags & {"low_flow", "flow_not_told"}


async def test_after_a_power_cut_it_is_not_ready(rig: Any) -> None:
    rig.lane.fault("gas", "power_cut")
    assert (await rig.see(rig.gas.status())).state == "warming"
    for work in (rig.gas.draw_sample, rig.gas.zero):
        with pytest.raises((NotReadyError, RefusedError)):
            await rig.see(work())


@pytest.mark.parametrize("kind", ["silence", "truncation", "bit_flips", "delay", "babble"])
async def test_wire_faults_end_in_named_errors_or_good_readings(rig: Any, kind: str) -> None:
    rig.lane.fault("gas", kind)
    seen, readings = await rig.outcomes(rig.gas.read, times=3)
    assert seen <= {"reading", "no_reply", "garbled_reply", "refused"}
    assert all(abs(reading.co_pct) < 0.1 and 20.0 < reading.o2_pct < 22.0 for reading in readings)
    rig.lane.clear()
    await rig.wait(3.0)
    await rig.see(rig.gas.read())


async def test_a_pulled_adapter_is_felt_and_comes_back(rig: Any) -> None:
    await rig.pull_and_put_back("gas")
    await rig.see(rig.gas.read())
