"""Modbus frames, registers and maps: as the golden frames say, in any chunking, and never clipped."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.registry import DECODERS
from protocols import modbus
from protocols.captured import Captured
from protocols.errors import ChecksumError, FrameError, FrameLengthError, ValueRangeError
from protocols.modbus import Function, Request, RtuRequestFramer, TcpRequestFramer
from protocols.numbers import ORDERS, WORDS, decode_number, encode_number
from protocols.register_map import CodeWord, DynoMap, IoMap, MapError, Register, parse_map
from protocols.weather import Weather
from protocols.weather_registers import DWSP_T5, RZ_1, decode_registers, encode_registers

ROOT = Path(__file__).parents[2]
VECTORS = [
    pytest.param(device, vector, id=f"{device}-{vector['meaning']}")
    for name in ("weather_modbus", "modbus_map")
    for vector in json.loads((ROOT / f"tests/vectors/{name}.json").read_text("utf-8"))
    for device in vector["devices"]
]
DYNO, IO = ((ROOT / f"config/maps/example-{name}.toml").read_text("utf-8") for name in ("dyno", "io"))


@pytest.mark.parametrize(("device", "vector"), VECTORS)
def test_a_golden_frame_reads_as_its_source_says(device: str, vector: dict[str, Any]) -> None:
    request = bytes.fromhex(vector["request"]) if "request" in vector else None
    frame = Captured(bytes.fromhex(vector["hex"]), to_device=vector["direction"] == "to_device", request=request)

    explained = DECODERS[device].explain(frame)

    expected = vector["decoded"]
    assert {name: explained.values.get(name, "absent") for name in expected["values"]} == expected["values"]
    assert set(expected["flags"]) <= set(explained.flags)


@pytest.mark.parametrize(("device", "vector"), VECTORS)
def test_a_golden_frame_writes_back_to_the_same_bytes(device: str, vector: dict[str, Any]) -> None:
    frame = bytes.fromhex(vector["hex"])
    serial = frame[2:4] != b"\0\0" or frame[:2] == b"\x01\x04"
    unit, pdu = modbus.unwrap_rtu(frame) if serial else modbus.unwrap_tcp(frame)[1:]
    if vector["direction"] == "to_device":
        written = modbus.encode_request(modbus.decode_request(pdu))
    else:
        written = modbus.encode_reply(modbus.decode_reply(pdu))
    again = modbus.wrap_rtu(unit, written) if serial else modbus.wrap_tcp(frame[0] << 8 | frame[1], unit, written)
    assert again == frame


REQUESTS = [
    Request(Function.READ_INPUT, 0, 4),
    Request(Function.READ_INPUT_BITS, 0, 3),
    Request(Function.WRITE_COIL, 2, 1, (1,)),
    Request(Function.WRITE_REGISTER, 18, 1, (0x1234,)),
    Request(Function.WRITE_COILS, 3, 10, (1, 0, 1, 1, 0, 0, 0, 1, 1, 0)),
    Request(Function.WRITE_REGISTERS, 16, 2, (0x4474, 0x2000)),
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_requests_are_cut_alike_in_any_chunking_and_behind_damage(size: int) -> None:
    frames = [modbus.wrap_rtu(1 + place, modbus.encode_request(each)) for place, each in enumerate(REQUESTS)]
    damaged = bytes((frames[0][0] ^ 0xFF,)) + frames[0][1:]
    stream = b"\xff\x00" + damaged + b"".join(frames)
    framer = RtuRequestFramer()

    heard = [asked for at in range(0, len(stream), size) for asked in framer.feed(stream[at : at + size])]

    assert [asked.request for asked in heard] == REQUESTS
    assert [asked.unit for asked in heard] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_tcp_requests_are_cut_alike_in_any_chunking(size: int) -> None:
    stream = b"".join(
        modbus.wrap_tcp(place, 1, modbus.encode_request(each)) for place, each in enumerate(REQUESTS, 65000)
    )
    framer = TcpRequestFramer()
    heard = [asked for at in range(0, len(stream), size) for asked in framer.feed(stream[at : at + size])]
    assert [(asked.transaction, asked.request) for asked in heard] == list(enumerate(REQUESTS, 65000))


@given(st.binary(max_size=300))
def test_garbage_never_breaks_a_decoder(data: bytes) -> None:
    RtuRequestFramer().feed(data)
    for decode in (modbus.unwrap_rtu, modbus.unwrap_tcp, modbus.decode_request, modbus.decode_reply):
        try:
            decode(data)
        except FrameError:
            continue


def test_damage_is_named() -> None:
    frame = bytes.fromhex("010408138809C423F0000097E3")
    with pytest.raises(ChecksumError):
        modbus.unwrap_rtu(frame[:-1] + b"\x00")
    with pytest.raises(FrameLengthError):
        modbus.unwrap_rtu(frame[:3])
    with pytest.raises(FrameLengthError):
        modbus.decode_reply(b"\x04\x08\x13")
    with pytest.raises(ValueRangeError):
        modbus.encode_request(Request(Function.READ_INPUT, 65535, 2))


@given(st.sampled_from(sorted(WORDS)), st.sampled_from(ORDERS), st.integers(-(2**31), 2**32 - 1))
def test_a_number_comes_back_from_its_registers_or_is_refused(kind: str, order: str, number: int) -> None:
    try:
        words = encode_number(kind, order, float(number))
    except ValueRangeError:
        return
    assert len(words) == WORDS[kind]
    assert decode_number(kind, order, words) == pytest.approx(number, rel=1e-6)


@pytest.mark.parametrize(
    ("order", "words"),
    [("ABCD", (0x4474, 0x2000)), ("CDAB", (0x2000, 0x4474)), ("BADC", (0x7444, 0x0020)), ("DCBA", (0x0020, 0x7444))],
)
def test_each_word_order_is_what_its_letters_say(order: str, words: tuple[int, ...]) -> None:
    assert encode_number("f32", order, 976.5) == words
    assert decode_number("f32", order, words) == 976.5


def test_scale_offset_and_sign_make_the_value() -> None:
    register = Register.model_validate({"address": 3, "type": "s16", "scale": 0.1, "offset": -40.0})
    assert register.decode((0xFFFF,)) == pytest.approx(-40.1)
    assert register.encode(-40.1) == (0xFFFF,)
    with pytest.raises(ValueRangeError):
        register.encode(4000.0)


def test_a_float_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueRangeError):
        decode_number("f32", "ABCD", (0x7FC0, 0))
    with pytest.raises(ValueRangeError):
        encode_number("f32", "ABCD", float("nan"))


@pytest.mark.parametrize("station", [RZ_1, DWSP_T5])
@given(temp=st.floats(0.0, 60.0), humidity=st.floats(0.0, 100.0), pressure=st.floats(60.0, 110.0))
def test_weather_comes_back_within_half_a_count(station: Any, temp: float, humidity: float, pressure: float) -> None:
    weather = Weather(temp, humidity, pressure)
    back = decode_registers(station, encode_registers(station, weather))
    for name, scale in zip(("ambient_temp_c", "humidity_pct", "pressure_kpa"), station.scales, strict=True):
        assert abs(getattr(back, name) - getattr(weather, name)) <= scale / 2 + 1e-3


@pytest.mark.parametrize(
    ("kind", "text", "old", "new", "said"),
    [
        (DynoMap, DYNO, "address = 0,", "adress = 0,", "read.speed_kmh.adress"),
        (DynoMap, DYNO, 'type = "u16", scale', 'type = "u17", scale', "read.duty_pct.type"),
        (DynoMap, DYNO, 'word_order = "ABCD" }', 'word_order = "ACBD" }', "read.speed_kmh.word_order"),
        (DynoMap, DYNO, "scale = 0.1", "scale = 0.0", "read.duty_pct.scale"),
        (DynoMap, DYNO, "codes = { idle = 0,", "codes = { rest = 0,", "'idle'"),
        (DynoMap, DYNO, "constant_power = 3 }", "constant_power = 2 }", "read.state"),
        (DynoMap, DYNO, "off = 0,", "off = 70000,", "write.mode"),
        (DynoMap, DYNO, "address = 7\n", "address = 700\n", "one question reads 125"),
        (DynoMap, DYNO, "function = 4", "function = 5", "read.function"),
        (DynoMap, DYNO, 'role = "dynamometer"', 'role = "lane_io"', "role"),
        (IoMap, IO, "watchdog_ms = 300", "watchdog_ms = 3000", "watchdog_ms"),
        (IoMap, IO, "fan = { address = 2 }", "fan = { address = 0 }", "two outputs"),
        (IoMap, IO, "watchdog = { address = 0 }", "", "outputs.watchdog"),
        (IoMap, IO, 'active = "low"', 'active = "no"', "inputs.estop.active"),
        (IoMap, IO, "[inputs]", "[inputs", "not TOML"),
    ],
)
def test_a_wrong_map_is_refused_with_its_key(kind: Any, text: str, old: str, new: str, said: str) -> None:
    assert old in text
    with pytest.raises(MapError, match=said.replace(".", r"\.")):
        parse_map(text.replace(old, new, 1), kind)


def test_the_example_maps_are_whole() -> None:
    dyno, module = parse_map(DYNO, DynoMap), parse_map(IO, IoMap)
    assert dyno.read.span() == (0, 8)
    assert isinstance(dyno.read.state, CodeWord)
    assert dyno.read.state.word((2,)) == "constant_force"
    assert module.inputs.span() == (0, 3)
