"""VMT-2000, which is asked, and VTET-1000, which speaks: transcripts, and the simulated engine."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from drivers.errors import DeviceError, GarbledReplyError, NoReplyError, PortLostError, RefusedError, WrongDeviceError
from drivers.roles import Tachometer
from protocols import nt_frame, vmt2000
from protocols.revolutions import Revolutions
from tests.drivers.conftest import built

ASK = bytes.fromhex("4E 54 30 FF 53 03 01 80 7B")
HIGH_IDLE = bytes.fromhex("4E 54 30 FF 41 07 01 80 09 B0 00 00 BE")
REFUSED = bytes.fromhex("4E 54 30 FF 45 04 01 80 01 79")
ALL = bytes.fromhex("4E 54 30 31 41 0D 01 01 00 00 09 B0 03 3B 00 00 00 00 F9")


def counts(rpm: int) -> bytes:
    return nt_frame.encode(vmt2000.frame_of(Revolutions(rpm)))


def made(script: Any, clock: Any, device: str) -> Any:
    return built(Tachometer, "rpm", device, script, clock)


@pytest.fixture
async def vmt(script: Any, manual_clock: Any, see: Any) -> AsyncIterator[Any]:
    script.answers[ASK] = HIGH_IDLE
    tachometer = made(script, manual_clock, "fuli-vmt-2000")
    await see(tachometer.open())
    yield tachometer
    await tachometer.close()


async def test_it_is_asked_five_times_a_second(vmt: Any, script: Any, manual_clock: Any) -> None:
    script.answers[ASK] = counts(850)
    script.heard.clear()
    await manual_clock.advance(1.0)
    assert script.heard == [ASK] * 5
    reading = vmt.latest()
    assert (reading.engine_rpm, reading.flags) == (850.0, frozenset())
    assert 0 <= manual_clock.now_ms() - reading.arrived_ms <= 200


@pytest.mark.parametrize(
    ("rpm", "flag"), [(0, "no_signal"), (200, "engine_rpm_out_of_range"), (60_000, "engine_rpm_out_of_range")]
)
async def test_what_it_cannot_count_is_no_value(vmt: Any, script: Any, manual_clock: Any, rpm: int, flag: str) -> None:
    script.answers[ASK] = counts(rpm)
    await manual_clock.advance(0.5)
    assert (vmt.latest().engine_rpm, vmt.latest().flags) == (None, {flag})


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", NoReplyError),
        (HIGH_IDLE[:-1], GarbledReplyError),
        (HIGH_IDLE[:-1] + b"\x00", GarbledReplyError),
        (ALL, GarbledReplyError),
        (HIGH_IDLE * 2, GarbledReplyError),
        (b"U" * 40, GarbledReplyError),
        (REFUSED, RefusedError),
    ],
)
async def test_a_second_without_a_count_has_a_name(
    vmt: Any, script: Any, manual_clock: Any, answer: bytes, error: type[DeviceError]
) -> None:
    script.answers[ASK] = answer
    await manual_clock.advance(0.6)
    if error is not RefusedError:
        assert vmt.latest().engine_rpm == 2480.0, "one lost answer is no lost tachometer"
    await manual_clock.advance(0.8)
    with pytest.raises(error):
        vmt.latest()


async def test_a_late_answer_is_never_taken_for_the_next_one(vmt: Any, script: Any, manual_clock: Any) -> None:
    script.answers[ASK] = b""
    await manual_clock.advance(0.4)
    script.say(counts(5000))
    script.answers[ASK] = counts(850)
    for _ in range(60):
        await manual_clock.advance(0.02)
        assert vmt.latest().engine_rpm in (2480.0, 850.0)
    assert vmt.latest().engine_rpm == 850.0


@pytest.mark.parametrize("device", ["fuli-vmt-2000", "vtet-1000"])
@pytest.mark.parametrize(("said", "error"), [(b"", NoReplyError), (b"0850\r" * 9, WrongDeviceError)])
async def test_a_silent_or_foreign_device_is_named_when_it_is_opened(
    script: Any, manual_clock: Any, see: Any, device: str, said: bytes, error: type[DeviceError]
) -> None:
    script.answers[ASK] = said
    opening = asyncio.ensure_future(made(script, manual_clock, device).open())
    await manual_clock.advance(0.1)
    script.say(said)
    with pytest.raises(error):
        await see(opening)


async def test_a_tachometer_that_speaks_text_is_heard_through_damage(script: Any, manual_clock: Any, see: Any) -> None:
    tachometer = made(script, manual_clock, "vtet-1000")
    opening = asyncio.ensure_future(tachometer.open())
    await manual_clock.advance(0.1)
    script.say(b"80rpmfdjzsj:2480rpmfdjzsj:9")
    await see(opening)
    assert tachometer.latest().engine_rpm == 2480.0
    script.say(b"\xff999rpmfdjzsj:0850rpm")
    await manual_clock.settle()
    assert tachometer.latest().engine_rpm == 850.0
    await manual_clock.advance(1.1)
    with pytest.raises(NoReplyError):
        tachometer.latest()
    script.say(b"fdjzsj:24 0rpm")
    await manual_clock.settle()
    with pytest.raises(GarbledReplyError, match="no count"):
        tachometer.latest()
    script.near.unplug()
    await manual_clock.settle()
    with pytest.raises(PortLostError):
        tachometer.latest()
    assert script.heard == []
    await tachometer.close()


# --- against the simulated engine -------------------------------------------------------------------------------


@pytest.fixture(params=["fuli-vmt-2000", "vtet-1000"])
async def rig(request: pytest.FixtureRequest, new_rig: Any) -> AsyncIterator[Any]:
    made = new_rig(request.param)
    made.lane.drive_on("clean_diesel")
    await made.wait(1.5)
    await made.see(made.devices["rpm"].open())
    yield made
    await made.see(made.devices["rpm"].close())


async def test_it_tells_of_the_engine_and_of_a_fallen_sensor(rig: Any) -> None:
    rig.lane.rev(2500.0)
    await rig.wait(6.0)
    assert rig.devices["rpm"].latest().engine_rpm == pytest.approx(rig.lane.vehicle.engine_rpm, abs=60.0)
    rig.lane.fault("rpm", "no_signal")
    await rig.wait(1.4)
    assert rig.devices["rpm"].latest().flags == {"no_signal"}
    rig.lane.clear()
    rig.lane.clamp(False)
    await rig.wait(1.4)
    assert rig.devices["rpm"].latest().engine_rpm is None


@pytest.mark.parametrize("kind", ["silence", "truncation", "bit_flips", "babble", "unplug"])
async def test_trouble_on_the_wire_is_named_and_it_comes_back(rig: Any, kind: str) -> None:
    rig.lane.fault("rpm", kind)
    told = set()
    for _ in range(15):
        await rig.wait(0.1)
        try:
            rig.devices["rpm"].latest()
            told.add("count")
        except DeviceError as error:
            told.add(error.code)
    assert told <= {"count", "no_reply", "garbled_reply", "unplugged"}
    if kind in ("silence", "truncation", "unplug"):
        assert told - {"count"}
    rig.lane.clear()
    await rig.wait(0.1)
    await rig.see(rig.devices["rpm"].open())
    assert rig.devices["rpm"].latest().engine_rpm == pytest.approx(780.0, abs=40.0)


def test_the_simulated_instrument_knows_both_questions_and_refuses_others(new_rig: Any) -> None:
    wire = new_rig("fuli-vmt-2000").lane.wires["rpm"]
    for question, kind in ((vmt2000.READ, b"A"), (vmt2000.READ_ALL, b"A")):
        wire.receive(nt_frame.encode(question))
        assert nt_frame.decode(wire.take()).kind == kind
    wire.receive(nt_frame.encode(nt_frame.NtFrame(vmt2000.OWN, b"S", vmt2000.SET_MODE, b"\0")))
    assert nt_frame.decode(wire.take()).kind == b"E"
    wire.receive(nt_frame.encode(nt_frame.NtFrame(b"33", b"S", 0x0101)))
    assert wire.take() == b"", "a weather station on the same line is meant"
