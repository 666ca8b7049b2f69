"""The scan tool, as transcripts of its text: what is asked, what is believed, what is named."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from drivers.errors import GarbledReplyError, NoReplyError, NotReadyError, PortLostError, RefusedError, WrongDeviceError
from drivers.obd.elm327 import Elm327Reader, Elm327Settings, build
from drivers.obd.live_data import FOLLOWING, LIVE_NAMES
from drivers.readings import ObdEcu
from drivers.roles import Identity, ObdReader
from protocols import j1979
from protocols.elm327 import Message, decode_answer, encode_lines, encode_message
from protocols.errors import FrameError
from protocols.pids_j1979 import ITEMS
from simulators.presets import PRESETS

OK = b"OK\r\r>"
GREETING = b"ATZ\r\r\rELM327 v1.5\r\r>"


def said(*messages: tuple[str, bytes]) -> bytes:
    lines = [line for ecu, data in messages for line in encode_message(Message(ecu, data))]
    return encode_lines(lines)


def engine(response: j1979.Response) -> bytes:
    return said(("7E8", j1979.encode_response(response)))


def live(pid: int, **values: float) -> bytes:
    return said(("7E8", j1979.encode_live(pid, values)))


CAR = {
    "0100": engine(j1979.Supported(1, 0, frozenset({1, 4, 5, 0x0B, 0x0C, 0x0D, 0x10, 0x11, 0x1C, 0x20}))),
    "0120": engine(j1979.Supported(1, 0x20, frozenset({0x21, 0x24, 0x40}))),
    "0140": engine(j1979.Supported(1, 0x40, frozenset({0x44, 0x49, 0x60}))),
    "0160": engine(j1979.Supported(1, 0x60, frozenset({0x80}))),
    "0180": engine(j1979.Supported(1, 0x80, frozenset({0x83}))),
    "0101": engine(j1979.MonitorStatus(True, 1, "spark", {"misfire": True, "catalyst": True, "evap": False})),
    "011C": live(0x1C, obd_type=0x29),
    "0121": live(0x21, distance_with_mil_km=37),
    "03": engine(j1979.Codes(3, ("P0420",))),
    "07": encode_lines(["NO DATA"]),
    "0902": engine(j1979.Information(2, ("LSVAA4182E2123456",))),
    "0904": said(
        ("7E8", j1979.encode_response(j1979.Information(4, ("CAL-ENGINE-01",)))),
        ("7E9", j1979.encode_response(j1979.Information(4, ("CAL-GEARBOX-1",)))),
    ),
    "0906": said(
        ("7E8", j1979.encode_response(j1979.Information(6, ("1A2B3C4D",)))),
        ("7E9", j1979.encode_response(j1979.Information(6, ("00000001",)))),
    ),
    "010C": live(0x0C, engine_rpm=2480),
    "010D": live(0x0D, speed_kmh=25),
    "0105": live(0x05, coolant_c=88),
    "0111": live(0x11, throttle_pct=20 * 100 / 255),
    "0104": live(0x04, engine_load_pct=51 * 100 / 255),
    "010B": live(0x0B, map_kpa=45),
    "0110": live(0x10, maf_g_s=12.34),
    "0149": live(0x49, pedal_d_pct=51 * 100 / 255),
    "0183": live(0x83, nox_11_ppm=321),
    "0124": said(("7E8", b"\x41\x24" + ITEMS[0x24].encode({"o2_sensor_1_lambda": 1.0, "o2_sensor_1_v": 2.0}))),
}


@pytest.fixture
async def reader(script: Any, manual_clock: Any) -> Elm327Reader:
    def reply(data: bytes) -> bytes:
        line = data.decode().rstrip("\r")
        if line in script.car:
            return bytes(script.car[line])
        if line == "ATZ":
            return GREETING
        if line == "ATE0":
            return b"ATE0\rOK\r\r>"
        if line == "AT@1":
            return b"OBDII to RS232 Interpreter\r\r>"
        if line == "ATDPN":
            return b"A6\r\r>"
        return OK if line.startswith("AT") else encode_lines(["NO DATA"])

    script.car = dict(CAR)
    script.reply = reply
    made = build("obd", Elm327Settings(driver="elm327", port="/dev/lane/obd"), script.near, manual_clock)
    assert isinstance(made, ObdReader)
    assert isinstance(made, Elm327Reader)
    await made.open()
    return made


async def test_opening_resets_prepares_and_asks_who_it_is(reader: Elm327Reader, script: Any) -> None:
    asked = [line.decode().rstrip() for line in script.heard]
    assert asked == ["ATZ", "ATE0", "ATL0", "ATS0", "ATH1", "ATCAF1", "AT@1"]
    assert await reader.identify() == Identity("OBDII to RS232 Interpreter", None, "ELM327 v1.5")


async def test_everything_for_the_check_is_read(reader: Elm327Reader) -> None:
    assert await reader.connect() == "ISO 15765-4 CAN 11/500"

    facts = await reader.read_check()

    assert (facts.vin, facts.obd_type, facts.ignition) == ("LSVAA4182E2123456", 0x29, "spark")
    assert (facts.mil_on, facts.dtc_count, facts.distance_with_mil_km) == (True, 1, 37.0)
    assert (facts.stored_codes, facts.pending_codes) == (("P0420",), None)
    assert facts.monitors == {"misfire": "complete", "catalyst": "complete", "evap": "incomplete"}
    assert facts.ecus == (
        ObdEcu("7E8", ("CAL-ENGINE-01",), ("1A2B3C4D",)),
        ObdEcu("7E9", ("CAL-GEARBOX-1",), ("00000001",)),
    )


async def test_live_data_come_by_their_trace_names(reader: Elm327Reader) -> None:
    await reader.connect()
    live = await reader.read_live()
    rounded = {name: round(value, 2) for name, value in live.values.items() if value is not None}
    assert set(live.values) == {*LIVE_NAMES, *FOLLOWING}
    assert rounded == {
        "obd_rpm": 2480.0, "obd_speed_kmh": 25.0, "obd_coolant_c": 88.0, "obd_throttle_pct": 7.84,
        "obd_load_pct": 20.0, "obd_map_kpa": 45.0, "obd_maf_g_s": 12.34, "obd_lambda": 1.0,
        "obd_pedal_d_pct": 20.0, "obd_nox_ppm": 321.0, "obd_o2_front_v": 2.0,
    }  # fmt: skip


async def test_items_that_the_car_lacks_are_none_and_never_asked(reader: Elm327Reader, script: Any) -> None:
    script.car["0100"] = engine(j1979.Supported(1, 0, frozenset({1, 0x0C})))
    await reader.connect()
    live = await reader.read_live()
    assert (live.values["obd_rpm"], live.values["obd_speed_kmh"]) == (2480.0, None)
    assert b"010D\r" not in script.heard


async def test_several_control_units_are_joined_carefully(reader: Elm327Reader, script: Any) -> None:
    first = j1979.encode_response(j1979.MonitorStatus(False, 0, "spark", {"catalyst": True, "evap": True}))
    second = j1979.encode_response(j1979.MonitorStatus(True, 2, "spark", {"catalyst": False}))
    script.car["0101"] = said(("7E8", first), ("7E9", second))
    await reader.connect()
    facts = await reader.read_check()
    assert (facts.mil_on, facts.dtc_count) == (True, 2)
    assert facts.monitors == {"catalyst": "incomplete", "evap": "complete"}


async def test_no_answer_on_any_protocol_is_no_reply(reader: Elm327Reader, script: Any) -> None:
    script.car["0100"] = b"SEARCHING...\rUNABLE TO CONNECT\r\r>"
    with pytest.raises(NoReplyError, match="is the ignition on"):
        await reader.connect()
    assert [line for line in script.heard if line.startswith(b"ATTP")] == [
        b"ATTP6\r",
        b"ATTP7\r",
        b"ATTP8\r",
        b"ATTP9\r",
    ]


async def test_silence_about_stored_codes_never_reads_as_no_codes(reader: Elm327Reader, script: Any) -> None:
    await reader.connect()
    script.car["03"] = encode_lines(["NO DATA"])
    with pytest.raises(NoReplyError, match="stored codes"):
        await reader.read_check()


async def test_silence_about_the_lamp_never_reads_as_a_lamp_that_is_off(reader: Elm327Reader, script: Any) -> None:
    await reader.connect()
    script.car["0101"] = encode_lines(["NO DATA"])
    with pytest.raises(NoReplyError, match="lamp and monitors"):
        await reader.read_check()


async def test_a_car_that_drives_away_in_the_middle_is_named(reader: Elm327Reader, script: Any) -> None:
    await reader.connect()
    script.car["010C"] = encode_lines(["UNABLE TO CONNECT"])
    with pytest.raises(NoReplyError, match="lost the vehicle"):
        await reader.read_live()


@pytest.mark.parametrize(
    "text",
    [
        "BUFFER FULL", "CAN ERROR", "STOPPED", "BUS BUSY", "BUS ERROR", "FB ERROR", "DATA ERROR", "ACT ALERT",
        "!ACT ALERT", "FC RX TIMEOUT", "OUT OF MEMORY", "UART RX OVERFLOW", "ERR71", "BUS INIT: ...OK\rBUS ERROR",
        "7E803410D<DATA ERROR", "7E80341 <RX ERROR", "7E8064100BE", "7E810144902", "7E821", "7E80", "HELLO", "OK", "",
    ],
)  # fmt: skip
async def test_whatever_spoils_an_answer_is_asked_once_more_and_then_garbled(
    reader: Elm327Reader, script: Any, text: str
) -> None:
    await reader.connect()
    script.heard.clear()
    script.car["010C"] = encode_lines(text.split("\r"))
    with pytest.raises(GarbledReplyError):
        await reader.read_live()
    assert script.heard.count(b"010C\r") == 2


@pytest.mark.parametrize("text", ["LV RESET", "LP ALERT", "!LP ALERT", "ERR94", "ELM327 v1.5"])
async def test_a_tool_that_restarted_or_falls_asleep_is_not_ready(reader: Elm327Reader, script: Any, text: str) -> None:
    await reader.connect()
    script.car["010C"] = encode_lines([text])
    with pytest.raises(NotReadyError, match="restarted"):
        await reader.read_live()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("?", RefusedError),
        ("UNABLE TO CONNECT", NoReplyError),
        ("BUS INIT: ...ERROR", NoReplyError),
        ("BUS INIT: ERROR", NoReplyError),
        ("SEARCHING...\rUNABLE TO CONNECT", NoReplyError),
    ],
)
async def test_what_the_tool_cannot_do_is_named(
    reader: Elm327Reader, script: Any, text: str, error: type[Exception]
) -> None:
    await reader.connect()
    script.car["010C"] = encode_lines(text.split("\r"))
    with pytest.raises(error):
        await reader.read_live()


@pytest.mark.parametrize(
    "text",
    ["SEARCHING...\r7E804410C26C0", "SEARCHING...7E804410C26C0", "010C\r7E8 04 41 0C 26 C0 ", "7E804410C26C0AAAA"],
)
async def test_progress_echo_spaces_and_padding_spoil_nothing(reader: Elm327Reader, script: Any, text: str) -> None:
    await reader.connect()
    script.car["010C"] = encode_lines(text.split("\r"))
    assert (await reader.read_live()).values["obd_rpm"] == 2480.0


async def test_what_the_tool_says_while_it_searches_is_told_with_the_silence(reader: Elm327Reader, script: Any) -> None:
    script.car["0100"] = encode_lines(["FB ERROR"])
    with pytest.raises(NoReplyError, match=r"the tool says feedback_error"):
        await reader.connect()


async def test_a_vehicle_of_iso_27145_is_found_where_mode_01_is_silent(reader: Elm327Reader, script: Any) -> None:
    script.car = {
        "0100": encode_lines(["NO DATA"]),
        "22F810": said(("18DAF100", bytes.fromhex("62F81001"))),
        "22F400": said(("18DAF100", bytes.fromhex("62F40080080000"))),
        "22F401": said(("18DAF100", bytes.fromhex("62F401830EEB08"))),
        "22F40D": said(("18DAF100", bytes.fromhex("62F40D28"))),
        "22F802": said(("18DAF100", b"\x62\xf8\x02LSVAA4182E2123456")),
        "194233081E": said(("18DAF100", bytes.fromhex("594233FF1E04 02 20EE13 08"))),
    }
    assert await reader.connect() == "ISO 27145 CAN 11/500"  # by the number that the script tells
    facts = await reader.read_check()
    assert (facts.vin, facts.mil_on, facts.dtc_count) == ("LSVAA4182E2123456", True, 3)
    assert (facts.stored_codes, facts.pending_codes) == (("P20EE-13",), None)
    assert facts.monitors["boost_pressure"] == "incomplete"
    assert (await reader.read_live()).values["obd_speed_kmh"] == 40.0


async def test_a_unit_that_refuses_mode_01_is_asked_in_iso_27145(reader: Elm327Reader, script: Any) -> None:
    script.car = {
        "0100": said(("7E8", b"\x7f\x01\x11")),
        "22F810": said(("7E8", bytes.fromhex("62F81001"))),
    }
    assert await reader.connect() == "ISO 27145 CAN 11/500"


def in_turn(script: Any, line: bytes, *answers: bytes) -> None:
    plain, left = script.reply, list(answers)
    script.reply = lambda data: left.pop(0) if data == line and left else plain(data)


async def test_a_flipped_digit_is_no_code_of_the_car(reader: Elm327Reader, script: Any) -> None:
    await reader.connect()
    in_turn(script, b"03\r", engine(j1979.Codes(3, ("P0424",))))
    assert (await reader.read_check()).stored_codes == ("P0420",)


async def test_three_answers_that_differ_are_garbled(reader: Elm327Reader, script: Any) -> None:
    await reader.connect()
    in_turn(script, b"03\r", *(engine(j1979.Codes(3, (code,))) for code in ("P0421", "P0422", "P0423")))
    with pytest.raises(GarbledReplyError, match="no two of them alike"):
        await reader.read_check()


async def test_a_flipped_digit_never_makes_a_clean_sheet(reader: Elm327Reader, script: Any) -> None:
    await reader.connect()
    in_turn(script, b"03\r", engine(j1979.Codes(3, ())))
    assert (await reader.read_check()).stored_codes == ("P0420",)


async def test_nonsense_about_what_is_kept_beside_the_check_spoils_nothing(reader: Elm327Reader, script: Any) -> None:
    script.car["0180"] = engine(j1979.Supported(1, 0x80, frozenset({0x83, 0xA0})))
    script.car["01A0"] = engine(j1979.Supported(1, 0xA0, frozenset({0xA6})))
    script.car["01A6"] = said(("7E8", bytes.fromhex("61A60000EA5C")))  # as one emulator has it
    script.car["0908"] = said(("7E8", bytes.fromhex("490802")))
    await reader.connect()
    facts = await reader.read_check()
    assert (facts.stored_codes, facts.odometer_km, facts.performance) == (("P0420",), None, None)


async def test_a_vehicle_of_j1939_is_sent_to_a_can_interface(reader: Elm327Reader, script: Any) -> None:
    plain = script.reply
    script.reply = lambda data: b"AA\r\r>" if data == b"ATDPN\r" else plain(data)
    with pytest.raises(RefusedError, match="j1939-can"):
        await reader.connect()


async def test_an_answer_to_another_question_is_not_believed(reader: Elm327Reader, script: Any) -> None:
    await reader.connect()
    script.car["010C"] = CAR["010D"]
    with pytest.raises(GarbledReplyError, match="another question"):
        await reader.read_live()


async def test_a_control_unit_that_says_wait_is_asked_again(
    reader: Elm327Reader, script: Any, manual_clock: Any
) -> None:
    await reader.connect()
    waiting = said(("7E8", b"\x7f\x09\x78"))
    answers = [waiting, waiting, CAR["0906"]]
    plain = script.reply

    def slow(data: bytes) -> bytes:
        if data != b"0906\r":
            return bytes(plain(data))
        return answers.pop(0) if len(answers) > 1 else answers[0]

    script.reply = slow
    reading = asyncio.create_task(reader.read_check())
    await manual_clock.advance(2.5)
    assert (await reading).ecus[0].cvns == ("1A2B3C4D",)


async def test_an_item_that_is_refused_is_simply_not_there(reader: Elm327Reader, script: Any) -> None:
    await reader.connect()
    script.car["0906"] = said(("7E8", b"\x7f\x09\x12"))
    facts = await reader.read_check()
    assert facts.ecus[0] == ObdEcu("7E8", ("CAL-ENGINE-01",), ())


async def test_nothing_is_asked_before_a_vehicle_is_connected(reader: Elm327Reader) -> None:
    with pytest.raises(NotReadyError, match="no vehicle"):
        await reader.read_live()
    await reader.connect()
    await reader.disconnect()
    with pytest.raises(NotReadyError):
        await reader.read_check()


async def test_an_older_bus_is_read_too(reader: Elm327Reader, script: Any) -> None:
    def old(*messages: bytes) -> bytes:
        return encode_lines([(b"\x48\x6b\x10" + data + b"\xaa").hex(" ").upper() for data in messages])

    vin = b"\0\0\0LSVAA4182E2123456"
    script.car = {
        "ATDPN": b"A3\r\r>",
        "0100": old(bytes.fromhex("41 00 80 10 00 00")),
        "0101": old(bytes.fromhex("41 01 00 07 65 00")),
        "03": old(bytes.fromhex("43 04 20 00 00 00 00")),
        "0902": old(*(b"\x49\x02" + bytes([n + 1]) + vin[4 * n : 4 * n + 4] for n in range(5))),
    }
    assert await reader.connect() == "ISO 9141-2"
    facts = await reader.read_check()
    assert (facts.vin, facts.stored_codes, facts.mil_on) == ("LSVAA4182E2123456", ("P0420",), False)


async def test_something_that_is_no_scan_tool_is_the_wrong_device(script: Any, manual_clock: Any) -> None:
    script.reply = lambda data: b"login:>"
    reader = build("obd", Elm327Settings(driver="elm327", port="x"), script.near, manual_clock)
    with pytest.raises(WrongDeviceError, match="login:"):
        await reader.open()


async def test_a_tool_that_cannot_show_headers_is_refused(script: Any, manual_clock: Any) -> None:
    script.reply = lambda data: GREETING if data == b"ATZ\r" else b"?\r\r>" if data == b"ATH1\r" else OK
    reader = build("obd", Elm327Settings(driver="elm327", port="x"), script.near, manual_clock)
    with pytest.raises(RefusedError, match="ATH1"):
        await reader.open()


async def test_silence_and_a_pulled_cable_are_named(reader: Elm327Reader, script: Any, manual_clock: Any) -> None:
    await reader.connect()
    script.reply = None
    reading = asyncio.create_task(reader.read_live())
    await manual_clock.advance(11.0)
    with pytest.raises(NoReplyError):
        await reading
    reading = asyncio.create_task(reader.read_live())
    await manual_clock.advance(0.1)
    script.near.unplug()
    with pytest.raises(PortLostError):
        await reading
    await reader.close()


# --- against the simulated tool ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("protocol", "name"), [("3", "ISO 9141-2"), ("5", "ISO 14230-4 KWP fast")])
async def test_a_car_of_before_can_tells_everything(new_rig: Any, protocol: str, name: str) -> None:
    rig, data = new_rig("elm327"), PRESETS["before_can"]
    units = (replace(data.diagnosis.units[0], cal_ids=("CAL-1", "CAL-2"), cvns=(b"\1\2\3\4", b"\5\6\7\x08")),)
    rig.lane.drive_on(replace(data, diagnosis=replace(data.diagnosis, protocol=protocol, units=units)))
    obd = rig.devices["obd"]
    await rig.see(obd.open())

    assert await rig.see(obd.connect()) == name
    facts = await rig.see(obd.read_check())
    live = (await rig.see(obd.read_live())).values

    assert (facts.vin, facts.mil_on, facts.dtc_count) == (data.vin, True, 4)
    assert (facts.stored_codes, facts.pending_codes) == (data.diagnosis.stored, ("P0171",))
    assert facts.monitors["evap"] == "incomplete"
    assert facts.ecus == (ObdEcu("10", ("CAL-1", "CAL-2"), ("01020304", "05060708")),)
    assert facts.performance is not None
    assert facts.performance["obdcond"] == 412
    assert live["obd_rpm"] == pytest.approx(780.0, abs=60.0)
    await rig.see(obd.close())


async def test_a_truck_of_iso_27145_is_read_through_the_tool(new_rig: Any) -> None:
    rig = new_rig("elm327")
    rig.lane.drive_on("heavy_diesel_wwh")
    obd = rig.devices["obd"]
    await rig.see(obd.open())
    assert await rig.see(obd.connect()) == "ISO 27145 CAN 29/500"
    facts = await rig.see(obd.read_check())
    assert (facts.vin, facts.mil_on, facts.stored_codes) == (PRESETS["heavy_diesel_wwh"].vin, False, ())
    assert [ecu.ecu for ecu in facts.ecus] == ["18DAF100", "18DAF13D"]
    assert (await rig.see(obd.read_live())).values["obd_dpf_kpa"] is not None
    await rig.see(obd.close())


async def test_a_truck_of_j1939_is_silent_to_the_tool(new_rig: Any) -> None:
    rig = new_rig("elm327")
    rig.lane.drive_on("heavy_diesel")
    obd = rig.devices["obd"]
    await rig.see(obd.open())
    with pytest.raises(NoReplyError, match="ignition"):
        await rig.see(obd.connect())
    await rig.see(obd.close())


@pytest.mark.parametrize(
    ("line", "data"),
    [
        ("84 F1 10 41 0C 0C 30 4A", "41 0C 0C 30"),
        ("80 F1 10 04 41 0C 0C 30 4A", "41 0C 0C 30"),
        ("48 6B 10 41 0C 0C 30 4C", "41 0C 0C 30"),
        ("83 F1 10 41 0C 0C 30 4A", None),
        ("80 F1 10 05 41 0C 0C 30 4A", None),
    ],
)
def test_a_line_of_a_k_line_bus_is_as_long_as_it_says(line: str, data: str | None) -> None:
    answer = encode_lines([line])
    if data is None:
        with pytest.raises(FrameError, match="announces"):
            decode_answer(answer, can=False)
    else:
        assert decode_answer(answer, can=False).messages == (Message("10", bytes.fromhex(data)),)
