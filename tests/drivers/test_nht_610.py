"""The NHT-610: its bytes both ways, its gases as transcripts, and one simulated device that shows gases and smoke."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import (
    DeviceError,
    GarbledReplyError,
    NoReplyError,
    NotReadyError,
    PortLostError,
    RefusedError,
    WrongDeviceError,
)
from drivers.readings import AmbientReading, AnalyzerStatus, NoxReading
from drivers.roles import NoxAnalyzer
from protocols import nht_610
from protocols.errors import FrameError, UnknownFrameError, ValueRangeError
from protocols.nht_610 import Data
from protocols.smoke import Action, Done, Full, Maxima, Refused, Smoke, State
from protocols.weather import Weather
from tests.drivers.conftest import built

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/nht_610.json").read_text(encoding="utf-8"))
ASKED = [v for v in VECTORS if v["direction"] == "to_device" and "never sent" not in v["meaning"] and v["hex"] != "02"]
TOLD = [v for v in VECTORS if v["direction"] == "from_device"]
LOOK = Data(10.0, 0.05, 12.0, 4.5, 312.0, 18.0, 35.2, 1.01, 2480.0, 86.2)
words = st.integers(-32_768, 32_767)
positive = st.integers(0, 65_535)


# --- bytes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 100])
@pytest.mark.parametrize("vector", ASKED, ids=lambda v: v["meaning"])
def test_a_golden_request_is_written_back_and_found_in_any_chunking(vector: Any, size: int) -> None:
    frame = bytes.fromhex(vector["hex"])
    request = nht_610.decode_request(frame)
    assert request.action is not None
    assert nht_610.encode_request(request.action, request.state) == frame
    framer, stream = nht_610.Requests(), frame * 2
    found = [item for at in range(0, len(stream), size) for item in framer.feed(stream[at : at + size])]
    assert found == [request] * 2


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("vector", TOLD, ids=lambda v: v["meaning"])
def test_a_golden_reply_is_written_back_and_found_in_any_chunking(vector: Any, size: int) -> None:
    frame, code = bytes.fromhex(vector["hex"]), bytes.fromhex(vector["request"])[0]
    reply = nht_610.decode(code, frame)
    newer = {bytes.fromhex("00"): b"\x06", bytes.fromhex("06 F1 F7"): bytes.fromhex("06 01 07")}
    assert nht_610.encode(reply) == newer.get(frame, frame)
    noise = b"\xff\x07" if len(frame) > 2 else b""
    framer, stream = nht_610.ReplyFramer(code), noise + frame
    assert [item for at in range(0, len(stream), size) for item in framer.feed(stream[at : at + size])] == [reply]
    assert framer.surplus == 0


@settings(max_examples=60)
@given(st.lists(words, min_size=9, max_size=9), positive, positive, st.integers(1, 40))
def test_whatever_it_sees_is_read_as_it_was_meant(counts: list[int], rpm: int, licence: int, size: int) -> None:
    hc, co, co2, o2, no, no2, n, k, oil = counts
    sent = Data(hc, co / 100, co2 / 100, o2 / 100, no, no2, n / 10, k / 100, rpm, oil / 10, licence)
    framer, stream = nht_610.ReplyFramer(0x2D), nht_610.encode(sent)
    assert [item for at in range(0, 34, size) for item in framer.feed(stream[at : at + size])] == [sent]
    assert nht_610.decode(None, stream) == sent


def test_damaged_frames_end_in_a_value_or_a_named_error() -> None:
    random = Random(610)
    for vector in TOLD * 60:
        data = bytearray.fromhex(vector["hex"])
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
        del data[random.randrange(40) + 1 :]
        for code in (None, bytes.fromhex(vector["request"])[0]):
            try:
                nht_610.decode(code, bytes(data))
            except FrameError:
                continue


def test_what_only_the_request_tells_is_not_guessed() -> None:
    with pytest.raises(UnknownFrameError, match="only the request tells"):
        nht_610.decode(None, nht_610.encode(Maxima(1.0, 0.1, 800.0)))
    with pytest.raises(UnknownFrameError):
        nht_610.decode(0x1F, b"\x00")
    with pytest.raises(UnknownFrameError):
        nht_610.encode_request(Action.READ_RESULTS)
    with pytest.raises(ValueRangeError):
        nht_610.encode_request(Action.SET_STATE, "snap")


def test_a_locked_block_shows_no_smoke() -> None:
    locked = nht_610.encode(replace(LOOK, licence=0x8000))
    dialect = nht_610.dialect()
    assert dialect.decode_reply(Action.READ, locked) == Refused(nht_610.LOCKED)
    assert dialect.decode_reply(Action.READ, nht_610.encode(LOOK)) == Smoke(35.2, 1.01, 2480.0, 86.2)
    with pytest.raises(UnknownFrameError):
        dialect.encode_reply(Full(Smoke(1.0, 0.1, 800.0, 80.0), Weather(20.0, 50.0, 101.0)))


# --- gases as transcripts ---------------------------------------------------------------------------------------

READ, STATE, AIR = b"\x2d", b"\x1a", b"\x02"


@pytest.fixture
async def nox(script: Any, manual_clock: Any, see: Any) -> Any:
    script.answers |= {
        READ: nht_610.encode(LOOK),
        STATE: nht_610.encode(State("measuring")),
        AIR: nht_610.encode(Weather(25.3, 55.0, 101.3)),
    }
    made = built(NoxAnalyzer, "nox", "nanhua-nht-610-nox", script, manual_clock)
    await see(made.open())
    script.heard.clear()
    return made


async def test_no_and_no2_are_two_values_and_never_one(nox: Any, script: Any, see: Any) -> None:
    assert await see(nox.read()) == NoxReading(None, 312.0, 18.0, 12.0, 2480.0, 86.2, frozenset())
    assert nox.channels == {"no_ppm", "no2_ppm", "co2_pct"}
    assert script.heard == [STATE, READ]
    assert await see(nox.read_ambient()) == AmbientReading(25.3, 55.0, 101.3)


async def test_what_no_such_sensor_can_mean_is_none_with_a_flag(nox: Any, script: Any, see: Any) -> None:
    script.answers[READ] = nht_610.encode(Data(0.0, 0.0, 40.0, 0.0, 20_000.0, -300.0, 0.0, 0.0, 60_000.0, 900.0))
    reading = await see(nox.read())
    assert (reading.no_ppm, reading.no2_ppm, reading.co2_pct, reading.engine_rpm, reading.oil_temp_c) == (None,) * 5
    assert reading.flags == {
        f"{name}_out_of_range" for name in ("no_ppm", "no2_ppm", "co2_pct", "engine_rpm", "oil_temp_c")
    }


@pytest.mark.parametrize("state", ["warming", "zeroing"])
async def test_what_the_cell_shows_meanwhile_is_no_exhaust(nox: Any, script: Any, see: Any, state: str) -> None:
    script.answers[STATE] = nht_610.encode(State(state))
    assert await see(nox.status()) == AnalyzerStatus(state)
    with pytest.raises(NotReadyError, match=state):
        await see(nox.read())


async def test_a_locked_device_gives_no_values(nox: Any, script: Any, see: Any) -> None:
    script.answers[READ] = nht_610.encode(replace(LOOK, licence=0x8000))
    with pytest.raises(NotReadyError, match="maker's key"):
        await see(nox.read())


@pytest.mark.parametrize("verb", ["draw_ambient", "draw_sample", "purge", "stop_pump", "zero", "check_leak"])
async def test_what_no_code_is_published_for_is_refused_and_not_sent(
    nox: Any, script: Any, see: Any, verb: str
) -> None:
    with pytest.raises(RefusedError, match="no known command"):
        await see(getattr(nox, verb)())
    assert script.heard == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", NoReplyError),
        (nht_610.encode(LOOK)[:-1], GarbledReplyError),
        (nht_610.encode(LOOK) * 2, GarbledReplyError),
        (b"U" * 50, GarbledReplyError),
        (nht_610.encode(State("measuring")), GarbledReplyError),
        (b"\x15\x02", RefusedError),
    ],
)
async def test_wire_faults_end_in_named_errors(
    nox: Any, script: Any, see: Any, answer: bytes, error: type[DeviceError]
) -> None:
    script.answers[READ] = answer
    with pytest.raises(error):
        await see(nox.read())


async def test_a_late_answer_is_never_taken_for_the_next_one(nox: Any, script: Any, see: Any) -> None:
    script.answers[READ] = b""
    with pytest.raises(NoReplyError):
        await see(nox.read())
    script.say(nht_610.encode(replace(LOOK, no_ppm=1999.0)))
    script.answers[READ] = nht_610.encode(LOOK)
    assert (await see(nox.read())).no_ppm == 312.0


async def test_another_device_on_the_line_is_the_wrong_one(nox: Any, script: Any, see: Any) -> None:
    for answer in (b"?\r", b"\x15\x01"):
        script.answers[STATE] = answer
        with pytest.raises(WrongDeviceError, match="NHT-610"):
            await see(nox.identify())


async def test_a_pulled_cable_is_felt_at_once(nox: Any, script: Any) -> None:
    script.near.unplug()
    with pytest.raises(PortLostError):
        await nox.read()
    await nox.close()
    await nox.close()


# --- one simulated device ---------------------------------------------------------------------------------------


@pytest.fixture
async def rig(new_rig: Any) -> AsyncIterator[Any]:
    made = new_rig("nanhua-nht-610-nox")
    await made.see(made.devices["nox"].open())
    yield made
    await made.see(made.devices["nox"].close())


async def test_the_gases_of_a_diesel_are_read(rig: Any) -> None:
    rig.lane.drive_on("smoky_diesel")
    await rig.wait(4.0)
    rig.lane.hold_probe(True)
    await rig.wait(14.0)
    reading, car = await rig.see(rig.devices["nox"].read()), rig.lane.vehicle
    assert reading.no_ppm + reading.no2_ppm == pytest.approx(car.nox_ppm, abs=8.0)
    assert reading.co2_pct == pytest.approx(rig.lane.nox_line.cell.co2_pct, abs=0.1)
    air = rig.lane.line.air
    assert await rig.see(rig.devices["nox"].read_ambient()) == AmbientReading(
        air.temp_c, air.humidity_pct, air.pressure_kpa
    )


async def test_after_a_power_cut_both_sides_warm_up(rig: Any) -> None:
    rig.lane.fault("nox", "power_cut")
    await rig.wait(0.1)
    with pytest.raises(NotReadyError, match="warming"):
        await rig.see(rig.devices["nox"].read())
    assert rig.lane.smoke.warming
    await rig.pull_and_put_back("nox")


async def test_a_device_that_wants_a_key_is_refused(rig: Any) -> None:
    rig.lane.fault("nox", "locked")
    with pytest.raises(RefusedError):
        await rig.see(rig.devices["nox"].read())


def test_the_face_takes_orders_as_the_golden_frames_say() -> None:
    from simulators.station import SimulatedLane

    wire = SimulatedLane(2, ["nanhua-nht-610"]).wires["opacity"]
    for frame in (bytes.fromhex(v["hex"]) for v in ASKED):
        wire.receive(frame)
        code = frame[0]
        assert not isinstance(nht_610.decode(code, wire.take()), Refused) or code not in (0x1E, 0x2D)
    wire.receive(b"\x1e")
    assert nht_610.decode(0x1E, wire.take()) in (Done(Action.CLEAR_MAXIMA), Refused(2))
