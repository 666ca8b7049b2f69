"""The smoke side of a CDF-5000: transcripts by its own bytes, and the simulated chamber."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from drivers.errors import GarbledReplyError, NoReplyError, NotReadyError, WrongDeviceError
from drivers.readings import AnalyzerStatus, OpacityMaxima, OpacityReading
from drivers.roles import Opacimeter
from protocols.errors import ValueRangeError
from protocols.nht import CDF_5000, dialect
from protocols.smoke import Action, Maxima, Refused, Smoke
from tests.drivers.conftest import built

MEASURE, ZERO, READ, MAXIMA, CLEAR = (bytes.fromhex(each) for each in ("A0 01 5F", "A4 5C", "A5 5B", "A6 5A", "A7 59"))
SNAP = bytes.fromhex("A5 01 60 00 65 09 B0 00 55 87")
CLEAN = dialect(CDF_5000).encode_reply(Smoke(0.0, 0.0, 800.0, 80.0))
BUSY = bytes.fromhex("15 02")
TAKEN = {MEASURE: bytes.fromhex("A0 60"), ZERO: bytes.fromhex("A4 5C"), CLEAR: bytes.fromhex("A7 59")}


def made(script: Any, clock: Any) -> Any:
    return built(Opacimeter, "opacity", "chida-cdf-5000-smoke", script, clock)


@pytest.fixture
async def opacity(script: Any, manual_clock: Any, see: Any) -> Any:
    script.answers |= TAKEN | {READ: SNAP}
    opacimeter = made(script, manual_clock)
    assert isinstance(opacimeter, Opacimeter)
    await see(opacimeter.open())
    assert script.heard == [READ, MEASURE]
    script.heard.clear()
    return opacimeter


async def test_smoke_and_oil_are_read_as_they_are_told(opacity: Any, see: Any) -> None:
    assert await see(opacity.read()) == OpacityReading(35.2, 1.01, 2480.0, 85.0, None, frozenset())
    assert await see(opacity.status()) == AnalyzerStatus("measuring")
    assert await see(opacity.read_alarms()) == 0, "it has no question for alarms"


async def test_maxima_are_told_and_cleared(opacity: Any, script: Any, see: Any) -> None:
    script.answers[MAXIMA] = dialect(CDF_5000).encode_reply(Maxima(61.2, 2.2, 3650.0, 86.0))
    assert await see(opacity.read_maxima()) == OpacityMaxima(61.2, 2.2, 3650.0, frozenset())
    await see(opacity.clear_maxima())
    assert script.heard == [MAXIMA, CLEAR]


async def test_a_device_that_refuses_is_not_ready(opacity: Any, script: Any, see: Any) -> None:
    script.answers |= {READ: BUSY, MEASURE: BUSY}
    assert await see(opacity.status()) == AnalyzerStatus("busy")
    for work in (opacity.read, opacity.start_measuring):
        with pytest.raises(NotReadyError, match="warms up, or is at work"):
            await see(work())


async def test_zero_is_done_when_it_gives_values_again_and_not_too_soon(
    opacity: Any, script: Any, manual_clock: Any
) -> None:
    script.answers[READ] = [BUSY] * 4 + [CLEAN] * 20
    zeroing = asyncio.create_task(opacity.zero())
    await manual_clock.advance(4.5)
    assert not zeroing.done()
    await manual_clock.advance(2.0)
    await zeroing
    script.answers[READ] = BUSY
    zeroing = asyncio.create_task(opacity.zero())
    await manual_clock.advance(40.0)
    with pytest.raises(NotReadyError, match="still at it after 30 s"):
        await zeroing


@pytest.mark.parametrize(
    ("said", "error"),
    [(b"", NoReplyError), (SNAP[:-1], GarbledReplyError), (SNAP[:3] + b"\x08" + SNAP[4:], GarbledReplyError),
     (SNAP * 2, GarbledReplyError), (b"U" * 40, GarbledReplyError), (TAKEN[ZERO], GarbledReplyError)],
)  # fmt: skip
async def test_wire_faults_end_in_named_errors(
    opacity: Any, script: Any, see: Any, said: bytes, error: type[Exception]
) -> None:
    script.answers[READ] = said
    with pytest.raises(error):
        await see(opacity.read())


async def test_another_device_on_the_line_is_the_wrong_one(script: Any, manual_clock: Any, see: Any) -> None:
    script.answers[READ] = b"?\r"
    with pytest.raises(WrongDeviceError, match="CDF-5000"):
        await see(made(script, manual_clock).open())


def test_a_missing_temperature_of_the_oil_has_no_word() -> None:
    assert dialect(CDF_5000).decode_reply(Action.READ, BUSY) == Refused(2)
    with pytest.raises(ValueRangeError, match="missing oil"):
        dialect(CDF_5000).encode_reply(Smoke(0.0, 0.0, 800.0, None))


@pytest.fixture
async def rig(new_rig: Any) -> AsyncIterator[Any]:
    made = new_rig("chida-cdf-5000-smoke")
    await made.see(made.devices["opacity"].open())
    yield made
    await made.see(made.devices["opacity"].close())


async def test_it_zeroes_and_sees_the_smoke_of_a_snap(rig: Any) -> None:
    opacity = rig.devices["opacity"]
    await rig.diesel("smoky_diesel")
    await rig.see(opacity.zero())
    await rig.see(opacity.clear_maxima())
    rig.lane.snap()
    readings = []
    for _ in range(60):
        await rig.wait(0.05)
        readings.append(await rig.see(opacity.read()))
    assert not any(reading.flags for reading in readings)
    peak = max(reading.opacity_n_pct for reading in readings)
    assert peak > 60.0
    assert (await rig.see(opacity.read_maxima())).opacity_n_pct == pytest.approx(peak, abs=3.0)


async def test_after_a_power_cut_and_a_pulled_cable_it_comes_back(rig: Any) -> None:
    opacity = rig.devices["opacity"]
    rig.lane.fault("opacity", "power_cut")
    with pytest.raises(NotReadyError):
        await rig.see(opacity.read())
    rig.lane.smoke.warm_up_left_s = 0.1
    await rig.wait(0.2)
    await rig.pull_and_put_back("opacity")
    assert abs((await rig.see(opacity.read())).opacity_n_pct) < 0.5
