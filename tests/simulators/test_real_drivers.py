"""The real drivers against the simulated lane, in lock-step on a clock that only moves when told."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from drivers.registry import DRIVERS
from drivers.roles import Dynamometer, GasAnalyzer, ObdReader
from drivers.transports.memory import MemoryPipe
from simulators.bench import parasitic_n
from simulators.devices import DEVICE_IDS
from simulators.ends import MemoryEnd
from simulators.station import PETROL_LANE, STEP_S, LockStep, SimulatedLane


def plugging(near: Any) -> Callable[[bool], None]:
    return lambda plugged: near.replug() if plugged else near.unplug()


class Rig:
    """A simulated lane with the three drivers at its wires."""

    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.lane = SimulatedLane(seed=2)
        ends, self.devices = [], {}
        for device_id in PETROL_LANE:
            name = DEVICE_IDS[device_id]
            near, far = MemoryPipe.pair(name)
            ends.append(MemoryEnd(self.lane.wires[name], far.take, far.send, plugging(near)))
            info = DRIVERS[device_id]
            settings = info.settings(driver=device_id, port=f"/dev/lane/{name}")
            self.devices[name] = info.build(name, settings, near, clock)
        self.steps = LockStep(self.lane, ends, clock.now_ms())

    async def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            await self.clock.advance(STEP_S)
            self.steps.pump(self.clock.now_ms())
            await self.clock.settle()

    async def do(self, work: Awaitable[Any], patience_s: float = 60.0) -> Any:
        """Let time pass until this is done."""
        task = asyncio.ensure_future(work)
        waited_s = 0.0
        while not task.done() and waited_s < patience_s:
            await self.wait(STEP_S)
            waited_s += STEP_S
        if not task.done():
            task.cancel()
        return await task


@pytest.fixture
def rig(manual_clock: Any) -> Rig:
    return Rig(manual_clock)


async def test_the_three_drivers_measure_one_car_and_agree(rig: Rig) -> None:
    gas, dyno, obd = (rig.devices[name] for name in ("gas", "dyno", "obd"))
    assert isinstance(gas, GasAnalyzer)
    assert isinstance(dyno, Dynamometer)
    assert isinstance(obd, ObdReader)
    for device in (gas, dyno, obd):
        await rig.do(device.open())
    rig.lane.drive_on("mil_on")
    await rig.wait(4.0)
    await rig.do(dyno.lift_down())
    await rig.wait(3.0)
    await rig.do(gas.zero())
    assert await rig.do(gas.check_leak())
    await rig.do(gas.draw_sample())
    rig.lane.line.probe_in = True
    rig.lane.set_target(25.0)
    await rig.wait(12.0)
    await rig.do(dyno.hold_force(1000.0 - parasitic_n(25.0)))
    assert await rig.do(obd.connect())
    await rig.wait(10.0)
    await _compare(rig, gas, dyno, obd)
    await rig.do(dyno.release())
    rig.lane.set_target(0.0)
    await rig.wait(20.0)
    for device in (gas, dyno, obd):
        await rig.do(device.close())


async def _compare(rig: Rig, gas: GasAnalyzer, dyno: Dynamometer, obd: ObdReader) -> None:
    car = rig.lane.vehicle
    assert car is not None
    reading = await rig.do(gas.read())
    status = dyno.latest()
    live = (await rig.do(obd.read_live())).values
    assert status is not None
    assert status.speed_kmh is not None
    assert status.speed_kmh == pytest.approx(25.0, abs=0.6)
    assert status.brake_force_n == pytest.approx(1000.0 - parasitic_n(25.0), abs=10.0)
    assert reading.engine_rpm == pytest.approx(status.speed_kmh * 65.5, rel=0.02)
    assert live["obd_rpm"] == pytest.approx(reading.engine_rpm, rel=0.02)
    assert live["obd_speed_kmh"] == pytest.approx(status.speed_kmh, abs=1.0)
    assert reading.co2_pct > 14.5
    facts = await rig.do(obd.read_check())
    assert facts.vin == car.data.vin
    assert facts.mil_on
    assert facts.stored_codes == ("P0420",)
    assert set(facts.pending_codes) == {"P0420", "P0171"}
    assert facts.monitors["catalyst"] == "incomplete"
    assert facts.monitors["evap"] == "complete"
    assert facts.distance_with_mil_km == 412
    unit = car.data.diagnosis.units[0]
    assert facts.ecus[0].cal_ids == unit.cal_ids
    assert [cvn.upper() for cvn in facts.ecus[0].cvns] == [cvn.hex().upper() for cvn in unit.cvns]


async def test_the_obd_driver_waits_for_a_slow_unit_among_two_on_29_bits(rig: Rig) -> None:
    rig.lane.drive_on("two_units")
    obd = rig.devices["obd"]
    assert isinstance(obd, ObdReader)
    await rig.do(obd.open())
    assert "29" in await rig.do(obd.connect())
    facts = await rig.do(obd.read_check())
    assert {len(ecu.cal_ids) for ecu in facts.ecus} == {1, 2}
    assert all(len(ecu.cvns) == len(ecu.cal_ids) for ecu in facts.ecus)
    await rig.do(obd.close())
