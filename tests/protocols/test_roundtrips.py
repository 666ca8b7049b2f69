"""What is written is read back, for any value that the field can carry."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from protocols import bntd, elm327, iso_tp, j1979, led_nanhua, mqw_510x, nht, rpm_digits, smoke
from protocols.dialect_503 import (
    NHA_503,
    NHA_503V,
    NHA_506I,
    Action,
    CalibrationGas,
    Data,
    RequestFramer,
    decode_reply,
    decode_request,
    encode_reply,
    encode_request,
)
from protocols.pids_j1979 import ITEMS
from protocols.revolutions import Revolutions
from protocols.values_mqw_510x import Ambient, Background, Data5101, Data5102, SmokeMaxima

words = st.integers(-32768, 32767)
positive = st.integers(0, 65535)
single_floats = st.floats(-400, 400, width=32)
models = st.sampled_from([NHA_503, NHA_503V, NHA_506I])


@given(models, st.lists(words, min_size=7, max_size=7), positive, positive, st.integers(0, 255), st.booleans())
def test_gas_data(model, counts, rpm, flow, status, with_trap):  # type: ignore[no-untyped-def]
    hc, co, co2, o2, no, oil, ratio = counts
    data = Data(
        hc, co / 100, co2 / 100, o2 / 100, no, rpm, oil / model.oil_divisor, flow, status, ratio / 100,
        with_trap if with_trap else None,
    )  # fmt: skip
    action = Action.READ_DATA_WITH_TRAP if with_trap else Action.READ_DATA

    assert decode_reply(model, action, encode_reply(model, data)) == data


@given(models, positive, positive, positive, positive, st.integers(1, 12))
def test_bottle_values_in_any_chunking(model, propane, co, co2, no, size):  # type: ignore[no-untyped-def]
    gas = CalibrationGas(propane, co / 100, co2 / 100, no)
    stream = encode_request(model, Action.WRITE_CALIBRATION_GAS, gas)
    if not model.one_frame_gas:
        stream = encode_request(model, Action.WRITE_CALIBRATION_GAS) + stream
    framer = RequestFramer(model)

    found = [request for at in range(0, len(stream), size) for request in framer.feed(stream[at : at + size])]

    assert [request.gas for request in found if request.gas] == [gas]  # type: ignore[union-attr]


@given(st.sampled_from([action for action in Action if action.name.startswith("CALIBRATE_")]), words)
def test_sensor_values(action: Action, count: int) -> None:
    request = decode_request(NHA_506I, encode_request(NHA_506I, action, sensor_value=count / 10))
    assert (request.action, request.sensor_value) == (action, count / 10)


@given(st.sampled_from(list(bntd.Order)), st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_bench_commands(order: bntd.Order, value: float) -> None:
    assert bntd.decode_command(bntd.encode_command(order, value)) == bntd.Command(order, value)


states = st.sampled_from([*bntd.CONTROL_STATES, *bntd.READBACK_NAMES])
statuses = st.builds(bntd.Status, states, st.tuples(single_floats, single_floats, single_floats), st.integers(0, 255))


@given(st.lists(statuses, max_size=20), st.integers(1, 40))
def test_a_clean_bench_stream_is_read_whole_in_any_chunking(sent: list[bntd.Status], size: int) -> None:
    stream, framer = b"".join(bntd.encode_status(status) for status in sent), bntd.StatusFramer()

    found = [item for at in range(0, len(stream), size) for item in framer.feed(stream[at : at + size])]

    assert found == sent
    assert framer.skipped == 0


@given(st.binary(max_size=60), st.lists(statuses, min_size=1, max_size=5), st.lists(st.integers(1, 30), min_size=1))
def test_chunking_never_changes_what_is_found_in_a_dirty_stream(
    noise: bytes, sent: list[bntd.Status], sizes: list[int]
) -> None:
    stream = noise + b"".join(bntd.encode_status(status) for status in sent) + noise
    whole, pieces = bntd.StatusFramer(), bntd.StatusFramer()
    expected, found, at = whole.feed(stream), [], 0
    while at < len(stream):
        size = sizes[at % len(sizes)]
        found += pieces.feed(stream[at : at + size])
        at += size

    # NaN in a number never gets through, so plain equality is enough.
    assert found == expected
    assert pieces.skipped == whole.skipped


def test_marks_inside_a_number_do_not_end_a_frame() -> None:
    inside = struct.unpack("<3f", b"AIIA\x00DCCCAII")
    assert inside  # twelve bytes as three floats; built so that every mark of the protocol occurs
    framer = bntd.StatusFramer()
    status = bntd.Status("BF", struct.unpack("<3f", b"AIIA\x00DCCCADA"), 0x43)

    assert framer.feed(bntd.encode_status(status) * 3) == [status] * 3


@given(st.binary(min_size=1, max_size=4095), st.sampled_from([0x00, 0x55, 0xAA, 0xCC, None]))
def test_iso_tp_messages(message: bytes, padding: int | None) -> None:
    assembler = iso_tp.Assembler()
    results = [assembler.feed(frame) for frame in iso_tp.segment(message, padding)]
    assert results[-1] == message
    assert all(result is None for result in results[:-1])


@given(st.binary(min_size=2, max_size=300), st.booleans(), st.booleans(), st.sampled_from(["7E8", "18DAF110"]))
def test_scan_tool_messages(data: bytes, headers: bool, spaces: bool, ecu: str) -> None:
    message = elm327.Message(ecu if headers else None, data)
    text = elm327.encode_lines(elm327.encode_message(message, headers=headers, spaces=spaces), echo="0902")

    assert elm327.decode_answer(text[:-1], command="0902", headers=headers).messages == (message,)


codes = st.builds(
    lambda area, first, rest: f"{area}{first}{rest:03X}",
    st.sampled_from("PCBU"), st.integers(0, 3), st.integers(0, 0xFFF),
)  # fmt: skip


@given(st.sampled_from(j1979.CODE_SERVICES), st.lists(codes, max_size=100))
def test_trouble_codes(service: int, found: list[str]) -> None:
    response = j1979.Codes(service, tuple(found))
    assert j1979.decode_response(j1979.encode_response(response)) == response


monitors = st.dictionaries(st.sampled_from([*j1979.CONTINUOUS, *j1979.SPARK]), st.booleans())


@given(st.booleans(), st.integers(0, 127), monitors)
def test_monitor_status(mil_on: bool, count: int, found: dict[str, bool]) -> None:
    response = j1979.MonitorStatus(mil_on, count, "spark", found)
    assert j1979.decode_response(j1979.encode_response(response)) == response


@given(st.integers(0, 65535), st.sampled_from([5, 9]))
def test_the_first_nox_sensor_reads_alike_in_the_short_and_the_long_form(nox_ppm: int, length: int) -> None:
    message = j1979.encode_live(0x83, {"nox_11_ppm": float(nox_ppm)})
    assert j1979.decode_response(message[: 2 + length]) == j1979.Live({"nox_11_ppm": float(nox_ppm)})


def test_a_nox_sensor_that_is_not_fitted_has_no_value() -> None:
    assert j1979.decode_response(bytes.fromhex("41 83 02 01 2C 00 C8")) == j1979.Live({})


whole = sorted(pid for pid, item in ITEMS.items() if not any(field.bit for field in item.fields))


@given(st.sampled_from(whole), st.data())
def test_live_items(pid: int, data: st.DataObject) -> None:
    item = ITEMS[pid]
    raw = data.draw(st.binary(min_size=item.length, max_size=item.length))
    assert item.encode(item.decode(raw)) == raw
    assert j1979.decode_response(bytes([0x41, pid]) + raw) == j1979.Live(item.decode(raw))


@given(st.sets(st.integers(1, 32)), st.sampled_from([1, 9]))
def test_supported_items(items: set[int], service: int) -> None:
    response = j1979.Supported(service, 0, frozenset(items))
    assert j1979.decode_response(j1979.encode_response(response)) == response


opacimeters = st.sampled_from([nht.NHT_6, nht.NHT_1, nht.NHT_1L])


@given(opacimeters, words, words, positive, st.one_of(st.none(), st.integers(-273, 65_261)), st.integers(1, 12))
def test_smoke_in_any_chunking(model, n, k, rpm, oil, size):  # type: ignore[no-untyped-def]
    sent = smoke.Smoke(n / 10, k / 100, float(rpm), oil)
    stream, framer = nht.encode_reply(model, sent), nht.ReplyFramer(model, smoke.Action.READ)

    assert [item for at in range(0, 10, size) for item in framer.feed(stream[at : at + size])] == [sent]
    assert framer.surplus == 0


@given(opacimeters, words, words, positive, positive, st.data())
def test_what_else_an_opacimeter_says(model, n, k, rpm, bits, data):  # type: ignore[no-untyped-def]
    state = data.draw(st.sampled_from(list(model.states.values())))
    for reply in (
        smoke.Maxima(n / 10, k / 100, float(rpm)),
        smoke.Alarms(bits),
        smoke.State(state),
        smoke.Refused(n & 0xFF),
    ):
        assert nht.decode_reply(model, None, nht.encode_reply(model, reply)) == reply


nox_analyzers = st.sampled_from([mqw_510x.MQW_5101, mqw_510x.MQW_5102])
octets = st.integers(0, 255)


@given(st.lists(words, min_size=10, max_size=10), octets, octets, st.binary(min_size=8, max_size=8), st.integers(1, 40))
def test_what_an_mqw_5101_sees_in_any_chunking(counts, chamber, smoke, status, size):  # type: ignore[no-untyped-def]
    no, temp, rh, kpa, oil, line, rpm, n, ns, k = counts
    air = (temp / 10, rh / 10, kpa / 100)
    data = Data5101(no, *air, oil / 10, line / 10, rpm, n / 10, ns / 10, k / 100, chamber, smoke)
    sent = mqw_510x.DataAndStatus(data, mqw_510x.Status(status))
    stream = mqw_510x.encode_reply(mqw_510x.MQW_5101, sent)
    framer = mqw_510x.ReplyFramer(mqw_510x.MQW_5101, mqw_510x.Action.READ_DATA_AND_STATUS)

    found = [item for at in range(0, len(stream), size) for item in framer.feed(stream[at : at + size])]

    assert found == [sent]
    assert framer.surplus == 0
    for reply in (data, sent.status, Background(no), Ambient(no, *air, oil / 10)):
        written = mqw_510x.encode_reply(mqw_510x.MQW_5101, reply)
        assert mqw_510x.decode_reply(mqw_510x.MQW_5101, None, written) == reply


@given(st.lists(words, min_size=8, max_size=8), octets, st.binary(min_size=7, max_size=7), st.integers(1, 30))
def test_what_an_mqw_5102_sees_in_any_chunking(counts, smoke, status, size):  # type: ignore[no-untyped-def]
    line, oil, rpm, no, co2, n, ns, k = counts
    sent = Data5102(line / 10, oil / 10, rpm, no, co2 / 100, n / 100, ns / 100, k / 100, smoke)
    stream = mqw_510x.encode_reply(mqw_510x.MQW_5102, sent)
    framer = mqw_510x.ReplyFramer(mqw_510x.MQW_5102, mqw_510x.Action.READ_DATA)

    assert [item for at in range(0, 24, size) for item in framer.feed(stream[at : at + size])] == [sent]
    assert framer.surplus == 0
    for reply in (mqw_510x.Status(status), SmokeMaxima(n / 100, ns / 100, k / 100)):
        written = mqw_510x.encode_reply(mqw_510x.MQW_5102, reply)
        assert mqw_510x.decode_reply(mqw_510x.MQW_5102, None, written) == reply


@given(nox_analyzers, st.data(), st.one_of(st.none(), octets), st.integers(1, 8))
def test_requests_and_refusals_of_a_nox_analyzer(model, data, error, size):  # type: ignore[no-untyped-def]
    action = data.draw(st.sampled_from([each for each in mqw_510x.Action if each not in model.lacks]))
    stream, requests = mqw_510x.encode_request(model, action), mqw_510x.RequestFramer(model)
    found = [item for at in range(0, len(stream), size) for item in requests.feed(stream[at : at + size])]
    assert found == [mqw_510x.Request(action, model.code(action))]

    refusal = mqw_510x.Refused(model.code(action), error)
    stream, replies = mqw_510x.encode_reply(model, refusal), mqw_510x.ReplyFramer(model, action)
    assert [item for at in range(0, len(stream), size) for item in replies.feed(stream[at : at + size])] == [refusal]


@given(st.integers(0, 9999))
def test_revolutions(rpm: int) -> None:
    sent = Revolutions(rpm)
    assert rpm_digits.decode(rpm_digits.encode(sent)) == sent


signs = st.characters(codec="gbk", exclude_categories=["Cc"])


@given(st.lists(st.text(signs, max_size=60), min_size=1, max_size=4), st.integers(0, 9), st.integers(1, 30))
def test_lines_of_a_panel_in_any_chunking(texts: list[str], panel: int, size: int) -> None:
    modes = list(led_nanhua.Mode)
    sent = [led_nanhua.Line(panel, n, modes[n], text) for n, text in enumerate(texts, start=1)]
    stream, framer = b"".join(led_nanhua.encode(line) for line in sent), led_nanhua.LineFramer()

    assert [line for at in range(0, len(stream), size) for line in framer.feed(stream[at : at + size])] == sent
