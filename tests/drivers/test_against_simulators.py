"""Our drivers and the simulated devices in lock-step over memory pipes: the bytes of a real wire, no real time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from drivers.errors import DeviceError, PortLostError
from drivers.readings import AnalyzerStatus
from drivers.registry import DRIVERS
from drivers.transports.memory import MemoryPipe
from simulators import ends
from simulators.station import LockStep, SimulatedLane
from tests.drivers.conftest import InStep, plug_of


@dataclass
class Bench(InStep):
    """A simulated lane, our three drivers, and the clock that both live by."""

    longest_s = 300.0
    clock: Any
    lane: SimulatedLane
    steps: LockStep
    devices: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
async def bench(manual_clock: Any) -> AsyncIterator[Bench]:
    lane = SimulatedLane(seed=3)
    drivers, wires = {"gas": "nanhua-nha-506i", "dyno": "xincheng-bntd", "obd": "elm327"}, []
    made = {}
    for name, driver in drivers.items():
        near, far = MemoryPipe.pair(name)
        wires.append(ends.MemoryEnd(lane.wires[name], read=far.take, write=far.send, plug=plug_of(near)))
        info = DRIVERS[driver]
        settings = info.settings.model_validate({"driver": driver, "port": "memory"})
        made[name] = info.build(name, settings, near, manual_clock)
    bench = Bench(manual_clock, lane, LockStep(lane, wires, manual_clock.now_ms()), made)
    yield bench
    for device in made.values():
        await bench.see(device.close())


async def test_the_gas_analyzer_prepares_and_measures(bench: Bench) -> None:
    gas = bench.devices["gas"]
    await bench.see(gas.open())
    await bench.see(gas.zero())
    assert await bench.see(gas.check_leak()) is True
    bench.lane.drive_on("gross_emitter")
    bench.lane.line.probe_in = True
    await bench.see(gas.draw_sample())
    assert await bench.see(gas.status()) == AnalyzerStatus("measuring")
    await bench.wait(30.0)

    reading = await bench.see(gas.read())

    assert reading.flags == frozenset()
    assert reading.co_pct > 1.0
    assert reading.engine_rpm > 500.0
    assert 10.0 < reading.oil_temp_c < 130.0


async def test_the_bench_holds_a_force_and_lets_go(bench: Bench) -> None:
    dyno = bench.devices["dyno"]
    bench.lane.drive_on("clean_petrol")
    await bench.see(dyno.open())
    await bench.see(dyno.lift_down())
    await bench.wait(8.0)
    bench.lane.set_target(25.0)
    await bench.wait(20.0)
    assert abs(dyno.latest().speed_kmh - 25.0) < 2.0

    await bench.see(dyno.hold_force(500.0))
    await bench.wait(10.0)
    assert dyno.latest().state == "constant_force"
    assert abs(dyno.latest().brake_force_n - 500.0) < 25.0

    await bench.see(dyno.release())
    await bench.wait(0.5)
    assert dyno.latest().state == "idle"
    assert abs(dyno.latest().brake_force_n) < 25.0


async def test_the_bench_holds_a_floored_diesel_at_a_falling_speed_and_lets_go(bench: Bench) -> None:
    dyno = bench.devices["dyno"]
    bench.lane.drive_on("clean_diesel")
    await bench.see(dyno.open())
    await bench.see(dyno.lift_down())
    await bench.wait(4.0)
    bench.lane.full_throttle()
    await bench.wait(25.0)
    speed = dyno.latest().speed_kmh
    assert speed > 65.0

    while speed > 60.0:
        speed = max(60.0, speed - 0.15)
        await bench.see(dyno.hold_speed(speed))
        await bench.wait(0.1)
    await bench.wait(8.0)
    assert dyno.latest().state == "constant_speed"
    assert abs(dyno.latest().speed_kmh - 60.0) < 0.3
    assert dyno.latest().brake_force_n > 2500.0

    await bench.see(dyno.release())
    await bench.wait(0.6)
    assert dyno.latest().state == "idle"
    assert abs(dyno.latest().brake_force_n) < 100.0


@pytest.mark.parametrize(
    ("preset", "protocol", "units"), [("mil_on", "11/500", ["7E8"]), ("two_units", "29/500", ["18DAF110", "18DAF118"])]
)
async def test_the_scan_tool_reads_the_simulated_car(
    bench: Bench, preset: str, protocol: str, units: list[str]
) -> None:
    obd = bench.devices["obd"]
    bench.lane.drive_on(preset)
    await bench.see(obd.open())
    assert protocol in await bench.see(obd.connect())

    facts = await bench.see(obd.read_check())

    assert [ecu.ecu for ecu in facts.ecus] == units
    assert all(len(ecu.cal_ids) == len(ecu.cvns) for ecu in facts.ecus)
    assert facts.vin is not None
    assert len(facts.vin) == 17
    assert facts.mil_on is (preset == "mil_on")
    assert facts.stored_codes == (("P0420",) if preset == "mil_on" else ())
    live = await bench.see(obd.read_live())
    assert live.values["obd_rpm"] is not None


@pytest.mark.parametrize("device", ["gas", "dyno", "obd"])
async def test_a_pulled_adapter_is_felt_and_comes_back(bench: Bench, device: str) -> None:
    driver = bench.devices[device]
    bench.lane.drive_on("clean_petrol")
    await bench.see(driver.open())
    bench.lane.wires[device].unplug()
    await bench.wait(0.1)
    with pytest.raises(PortLostError):
        await bench.see(driver.open())
    bench.lane.wires[device].plug()
    await bench.wait(0.1)
    await bench.see(driver.open())


@pytest.mark.parametrize("kind", ["silence", "truncation", "bit_flips", "delay", "babble"])
async def test_wire_faults_end_in_named_errors_or_good_readings(bench: Bench, kind: str) -> None:
    gas = bench.devices["gas"]
    await bench.see(gas.open())
    bench.lane.fault("gas", kind)
    ends_seen = set()
    for _ in range(6):
        try:
            await bench.see(gas.read())
            ends_seen.add("reading")
        except DeviceError as error:
            ends_seen.add(error.code)
    assert ends_seen <= {"reading", "no_reply", "garbled_reply"}
    bench.lane.clear()
    await bench.wait(3.0)
    assert (await bench.see(gas.read())).co_pct is not None
