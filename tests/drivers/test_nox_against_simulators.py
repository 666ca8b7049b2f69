"""NOx analyzers against the simulated lane, in lock-step on a clock by hand."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from drivers.errors import DeviceError, NotReadyError, PortLostError, RefusedError
from drivers.readings import AmbientReading, AnalyzerStatus
from drivers.registry import DRIVERS
from drivers.transports.memory import MemoryPipe
from simulators import ends
from simulators.station import LockStep, SimulatedLane
from tests.drivers.conftest import InStep, plug_of


class Rig(InStep):
    """A simulated lane with one NOx analyzer, its driver, and the clock that both live by."""

    longest_s = 90.0

    def __init__(self, clock: Any, device: str, measures: str) -> None:
        self.clock = clock
        self.lane = SimulatedLane(7, [device])
        near, far = MemoryPipe.pair("nox")
        end = ends.MemoryEnd(self.lane.wires["nox"], far.take, far.send, plug_of(near))
        info = DRIVERS[device]
        settings = info.settings.model_validate({"driver": device, "port": "memory", "measures": measures})
        self.nox: Any = info.build("nox", settings, near, clock)
        self.steps = LockStep(self.lane, [end], clock.now_ms())

    async def diesel(self) -> None:
        self.lane.drive_on("smoky_diesel")
        await self.wait(4.0)
        self.lane.hold_probe(True)
        await self.see(self.nox.draw_sample())
        await self.wait(15.0)


@pytest.fixture(params=[("mingquan-mqw-5101", "no"), ("mingquan-mqw-5102", "nox")], ids=lambda each: each[0])
async def rig(request: pytest.FixtureRequest, manual_clock: Any) -> AsyncIterator[Rig]:
    made = Rig(manual_clock, *request.param)
    await made.see(made.nox.open())
    yield made
    await made.see(made.nox.close())


async def test_a_diesel_at_idle_is_read_in_the_channels_that_the_driver_names(rig: Rig) -> None:
    await rig.diesel()
    car, reading = rig.lane.vehicle, await rig.see(rig.nox.read())
    assert car is not None
    given = {name for name in ("nox_ppm", "no_ppm", "no2_ppm", "co2_pct") if getattr(reading, name) is not None}
    assert given == rig.nox.channels
    if "nox_ppm" in given:
        assert reading.nox_ppm == pytest.approx(car.nox_ppm, abs=6.0)
        assert reading.co2_pct == pytest.approx(car.exhaust.co2_pct, abs=0.1)
    else:
        assert reading.no_ppm == pytest.approx(car.exhaust.no_ppm, abs=6.0)
    assert reading.engine_rpm == pytest.approx(car.engine_rpm, abs=30.0)


async def test_zero_ends_with_clean_gas_in_the_cell(rig: Rig) -> None:
    await rig.diesel()
    await rig.see(rig.nox.zero())
    reading = await rig.see(rig.nox.read())
    assert abs(reading.nox_ppm if reading.no_ppm is None else reading.no_ppm) < 6.0
    assert (await rig.see(rig.nox.status())).state == "ready"


async def test_zero_that_never_ends_is_named(rig: Rig) -> None:
    rig.lane.fault("nox", "busy")
    with pytest.raises(NotReadyError, match="still at it"):
        await rig.see(rig.nox.zero())


async def test_leaks_are_found_by_the_model_that_tells_them(rig: Rig) -> None:
    if "co2_pct" in rig.nox.channels:
        with pytest.raises(RefusedError):
            await rig.see(rig.nox.check_leak())
        return
    assert await rig.see(rig.nox.check_leak()) is True
    rig.lane.fault("nox", "leak")
    assert await rig.see(rig.nox.check_leak()) is False


async def test_weather_is_that_of_the_hall_or_none(rig: Rig) -> None:
    air, told = rig.lane.line.air, await rig.see(rig.nox.read_ambient())
    known = AmbientReading(air.temp_c, air.humidity_pct, air.pressure_kpa)
    assert told == (AmbientReading(None, None, None) if "co2_pct" in rig.nox.channels else known)


async def test_after_a_power_cut_the_device_is_not_ready(rig: Rig) -> None:
    rig.lane.fault("nox", "power_cut")
    for work in (rig.nox.read, rig.nox.draw_sample, rig.nox.zero):
        with pytest.raises(NotReadyError, match="warming"):
            await rig.see(work())
    assert await rig.see(rig.nox.status()) == AnalyzerStatus("warming")


async def test_a_pulled_adapter_is_felt_and_comes_back(rig: Rig) -> None:
    rig.lane.fault("nox", "unplug")
    await rig.wait(0.1)
    with pytest.raises(PortLostError):
        await rig.see(rig.nox.read())
    rig.lane.clear()
    await rig.wait(0.1)
    await rig.see(rig.nox.open())


@pytest.mark.parametrize("kind", ["silence", "truncation", "bit_flips", "delay", "babble"])
async def test_wire_faults_end_in_named_errors_or_good_readings(rig: Rig, kind: str) -> None:
    seen = set()
    rig.lane.fault("nox", kind)
    for _ in range(6):
        try:
            reading = await rig.see(rig.nox.read())
            seen.add("reading")
            assert abs(reading.nox_ppm if reading.no_ppm is None else reading.no_ppm) < 6.0
        except DeviceError as error:
            seen.add(error.code)
    assert seen <= {"reading", "no_reply", "garbled_reply"}
    if kind in ("silence", "truncation"):
        assert "reading" not in seen
    rig.lane.clear()
    await rig.wait(3.0)
    await rig.see(rig.nox.read())
