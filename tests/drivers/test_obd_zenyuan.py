"""The ZenYuan box: its packets both ways, transcripts, and the simulated box on a clock that moves when told."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
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
from drivers.obd.zenyuan import ZenYuanSettings, build
from drivers.readings import ObdEcu
from drivers.roles import ObdReader
from protocols import zenyuan
from protocols.captured import Captured
from protocols.errors import FrameError
from protocols.explain_zenyuan import explain_zenyuan
from protocols.zenyuan import AnswerFramer, Packet, PacketFramer
from simulators.presets import PRESETS

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/zenyuan.json").read_text("utf-8"))
FRAMES = [bytes.fromhex(vector["hex"]) for vector in VECTORS]


# --- packets ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.hex())
def test_a_golden_packet_writes_back_to_the_same_bytes(frame: bytes) -> None:
    assert zenyuan.encode(zenyuan.decode(frame)) == frame


@given(st.integers(1, 40))
def test_packets_are_cut_alike_in_any_chunking(size: int) -> None:
    stream = b"\xaa\x00\xaa\x55\x00\x02" + b"".join(FRAMES) + FRAMES[0][:5]
    framer = PacketFramer()
    found = [item for at in range(0, len(stream), size) for item in framer.feed(stream[at : at + size])]
    assert found == [zenyuan.decode(frame) for frame in FRAMES]


@given(st.binary(max_size=60))
def test_any_bytes_are_a_packet_or_a_named_error(data: bytes) -> None:
    AnswerFramer().feed(data)
    for frame in (data, zenyuan.encode(Packet(zenyuan.LIVE, data)), zenyuan.encode(Packet(zenyuan.STORED, data))):
        try:
            explain_zenyuan(Captured(frame))
        except FrameError:
            continue


def test_a_wrong_sum_and_a_wrong_length_are_no_packet() -> None:
    frame = FRAMES[0]
    for wrong in (frame[:-1] + b"\x00", frame[:-1], frame + b"\x00", b"\xaa\x55\xff\xff" + frame[4:]):
        with pytest.raises(FrameError):
            zenyuan.decode(wrong)


# --- the box ----------------------------------------------------------------------------------------------------


@pytest.fixture
async def rig(new_rig: Callable[..., Any]) -> AsyncIterator[Any]:
    made = new_rig("zenyuan-vci", fuel="petrol")
    made.obd = made.devices["obd"]
    assert isinstance(made.obd, ObdReader)
    await made.see(made.obd.open())
    yield made
    made.lane.clear()
    await made.see(made.obd.close())


async def connected(rig: Any, preset: str = "clean_petrol") -> str:
    rig.lane.drive_on(preset)
    await rig.wait(0.5)
    return str(await rig.see(rig.obd.connect()))


async def test_a_car_is_found_and_tells_what_the_box_knows(rig: Any) -> None:
    assert (await rig.obd.identify()).firmware == "ZY-VCI V2.17 20180611"
    assert await connected(rig, "mil_on") == "ISO 15765-4 CAN 11"

    facts = await rig.see(rig.obd.read_check())

    assert (facts.vin, facts.obd_type, facts.mil_on) == (PRESETS["mil_on"].vin, 0x29, True)
    assert (facts.stored_codes, facts.pending_codes, facts.dtc_count) == (("P0420",), None, None)
    assert (facts.monitors["catalyst"], facts.monitors["evap"]) == ("incomplete", "complete")
    assert facts.distance_with_mil_km == 412.0
    assert facts.ecus == (ObdEcu("", ("04E906016EQ4177",), ("4A6F12C3",)),)
    assert facts.performance is not None
    assert facts.performance["catcomp1"] == 300


async def test_live_data_are_asked_for_as_often_as_the_box_bears_it(rig: Any) -> None:
    await connected(rig)
    first = (await rig.see(rig.obd.read_live())).values
    began_ms = rig.clock.now_ms()
    second = (await rig.see(rig.obd.read_live())).values
    assert rig.clock.now_ms() - began_ms >= 900
    assert first.keys() == {"obd_rpm", "obd_speed_kmh", "obd_coolant_c"}
    assert second.keys() == {"obd_rpm", "obd_speed_kmh", "obd_throttle_pct", "obd_load_pct"}
    assert first["obd_rpm"] == pytest.approx(780.0, abs=60.0)


async def test_a_diesel_tells_pedal_and_egr_where_the_lane_is_for_diesels(new_rig: Callable[..., Any]) -> None:
    rig = new_rig("zenyuan-vci", fuel="diesel")
    rig.obd = rig.devices["obd"]
    await rig.see(rig.obd.open())
    await connected(rig, "clean_diesel")
    await rig.see(rig.obd.read_live())
    live = (await rig.see(rig.obd.read_live())).values
    assert live.keys() == {"obd_pedal_d_pct", "obd_speed_kmh", "obd_egr_pct"}
    facts = await rig.see(rig.obd.read_check())
    assert facts.monitors["nox_scr"] == "complete"
    assert facts.performance is not None
    assert facts.performance["bpcond"] == 406
    await rig.see(rig.obd.close())


async def test_silence_of_the_car_and_of_the_box_are_told_apart(rig: Any) -> None:
    with pytest.raises(NoReplyError, match="is the ignition on"):
        await rig.see(rig.obd.connect())
    rig.lane.fault("obd", "no_adapter")
    with pytest.raises(NotReadyError, match="adapter"):
        await rig.see(rig.obd.connect())
    rig.lane.clear()
    rig.lane.fault("obd", "silence")
    with pytest.raises(NotReadyError, match="check its power"):
        await rig.see(rig.obd.connect())


async def test_a_car_that_drives_away_is_named_and_never_a_clean_sheet(rig: Any) -> None:
    await connected(rig)
    rig.lane.fault("obd", "out_of_socket")
    with pytest.raises(NoReplyError, match="hears no more"):
        await rig.see(rig.obd.read_live())
    with pytest.raises(NoReplyError, match="no answer about lamp"):
        await rig.see(rig.obd.read_check())


async def test_a_truck_of_j1939_is_sent_to_a_can_interface(rig: Any) -> None:
    with pytest.raises(RefusedError, match="CAN interface"):
        await connected(rig, "heavy_diesel")


async def test_a_question_that_reached_the_box_damaged_is_garbled(rig: Any) -> None:
    await connected(rig)
    rig.lane.fault("obd", "hears_damage")
    with pytest.raises(GarbledReplyError, match="damaged"):
        await rig.see(rig.obd.read_check())


@pytest.mark.parametrize("verb", ["connect", "read_check", "read_live"])
async def test_a_pulled_cable_is_named_in_every_verb(rig: Any, verb: str) -> None:
    await connected(rig)
    rig.lane.fault("obd", "unplug")
    with pytest.raises(PortLostError):
        await rig.see(getattr(rig.obd, verb)())


@pytest.mark.parametrize("kind", ["truncation", "bit_flips", "delay", "babble"])
async def test_every_wire_fault_ends_in_facts_of_this_car_or_in_a_named_error(rig: Any, kind: str) -> None:
    await connected(rig, "mil_on")
    rig.lane.fault("obd", kind)
    try:
        facts = await rig.see(rig.obd.read_check())
    except DeviceError:
        return
    assert facts.stored_codes == ("P0420",)


# --- transcripts ------------------------------------------------------------------------------------------------


CAR = {
    zenyuan.FIRMWARE: b"ZY-VCI V2.17 20180611", zenyuan.ONLINE: b"\x02", zenyuan.CONNECT: b"\x04",
    zenyuan.STORED: b"\x00", zenyuan.READINESS: bytes([0, 1, 1, 1]),
}  # fmt: skip


async def open_script(script: Any, clock: Any, **changed: bytes) -> Any:
    script.car = {**CAR, **{getattr(zenyuan, name): data for name, data in changed.items()}}
    script.reply = lambda raw: answer(script, raw)
    settings = ZenYuanSettings(driver="zenyuan-vci", port="x", fuel="petrol")
    reader = build("obd", settings, script.near, clock)
    await reader.open()
    return reader


def answer(script: Any, raw: bytes) -> bytes:
    function = zenyuan.decode(raw).function
    return zenyuan.encode(Packet(function, script.car.get(function, b"")))


async def test_what_the_box_does_not_tell_is_none(script: Any, manual_clock: Any) -> None:
    reader = await open_script(script, manual_clock)
    await reader.connect()
    facts = await reader.read_check()
    assert (facts.vin, facts.obd_type, facts.ecus, facts.performance) == (None, None, (), None)
    assert facts.monitors == {"misfire": "complete", "fuel_system": "complete", "components": "complete"}


@pytest.mark.parametrize(
    ("name", "data"),
    [("STORED", b"\x02\x04\x20"), ("READINESS", bytes([0, 7])), ("VIN", b"LSVAA"), ("DISTANCE", b"\x01")],
)
async def test_an_answer_that_does_not_add_up_is_garbled(
    script: Any, manual_clock: Any, name: str, data: bytes
) -> None:
    reader = await open_script(script, manual_clock, **{name: data})
    await reader.connect()
    with pytest.raises(GarbledReplyError):
        await reader.read_check()


async def test_an_answer_to_another_question_is_not_believed(script: Any, manual_clock: Any) -> None:
    reader = await open_script(script, manual_clock)
    script.reply = lambda raw: zenyuan.encode(Packet(zenyuan.VIN, b"LSVAA4182E2123456"))
    with pytest.raises(GarbledReplyError, match="another question"):
        await reader.connect()


async def test_a_protocol_that_nobody_knows_is_garbled(script: Any, manual_clock: Any) -> None:
    reader = await open_script(script, manual_clock, CONNECT=b"\x0b")
    with pytest.raises(GarbledReplyError, match="0b"):
        await reader.connect()


async def test_the_data_list_of_a_diesel_on_a_petrol_lane_is_garbled(script: Any, manual_clock: Any) -> None:
    reader = await open_script(script, manual_clock, ENGINE=bytes.fromhex("26C01980"), LIVE=bytes(25))
    await reader.connect()
    await reader.read_live()
    looking = asyncio.create_task(reader.read_live())
    await manual_clock.advance(2.0)
    with pytest.raises(GarbledReplyError, match="fuel"):
        await looking


async def test_something_else_on_the_port_is_the_wrong_device(script: Any, manual_clock: Any) -> None:
    with pytest.raises(WrongDeviceError):
        await open_script(script, manual_clock, FIRMWARE=b"\x01\x02\x03")
