"""The odd corners of each wire that a golden frame does not show."""

import pytest

from protocols import (
    bntd,
    dialect_503,
    elm327,
    iso_tp,
    j1979,
    led_nanhua,
    mqw_510x,
    nht,
    rpm_digits,
    smoke,
    values_mqw_510x,
)
from protocols.dialect_503 import Action, Word
from protocols.errors import ChecksumError, FrameLengthError, SequenceError, UnknownFrameError, ValueRangeError
from protocols.revolutions import Revolutions

VIN_LINES = b"7E8 10 14 49 02 01 4C 53 56\r7E8 21 41 41 34 31 38 32 45\r7E8 22 32 31 32 33 34 35 36\r\r"


# --- 503 dialect ------------------------------------------------------------------------------------------------


def test_models_differ_in_the_byte_that_starts_the_pump() -> None:
    assert dialect_503.encode_request(dialect_503.NHA_503, Action.PUMP_SAMPLE) == b"\x04"
    assert dialect_503.encode_request(dialect_503.NHA_506I, Action.PUMP_SAMPLE) == b"\x23"


def test_the_oldest_model_takes_bottle_values_in_two_steps() -> None:
    framer = dialect_503.RequestFramer(dialect_503.NHA_503)
    gas = dialect_503.CalibrationGas(3200, 3.5, 12.0, 1000)
    data = dialect_503.encode_request(dialect_503.NHA_503, Action.WRITE_CALIBRATION_GAS, gas)

    [first] = framer.feed(b"\x09")
    [second] = framer.feed(data)

    assert len(data) == 9
    assert isinstance(first, dialect_503.Request)
    assert first.gas is None
    assert isinstance(second, dialect_503.Request)
    assert second.gas == gas


def test_a_damaged_bottle_frame_is_named_and_the_next_request_is_still_read() -> None:
    framer = dialect_503.RequestFramer(dialect_503.NHA_506I)
    damaged, good = framer.feed(bytes.fromhex("09 0C 80 01 5E 04 B0 03 E8 94 02"))
    assert isinstance(damaged, ChecksumError)
    assert isinstance(good, dialect_503.Request)
    assert good.action is Action.READ_AMBIENT


def test_an_unknown_byte_is_a_request_that_the_device_refuses() -> None:
    assert dialect_503.decode_request(dialect_503.NHA_506I, b"\xee").action is None


def test_a_refusal_ends_any_question() -> None:
    framer = dialect_503.ReplyFramer(dialect_503.NHA_506I, Action.READ_DATA)
    assert framer.feed(b"\x15") == [Word.REFUSED]


def test_bytes_after_the_answer_are_counted() -> None:
    framer = dialect_503.ReplyFramer(dialect_503.NHA_506I, Action.STOP_PUMP)
    assert framer.feed(b"\x06\x00\x01") == [Word.ACCEPTED]
    framer.feed(b"\x02")
    assert framer.surplus == 3


def test_the_progress_of_a_calibration_is_no_surplus() -> None:
    model = dialect_503.NHA_506I
    progress = dialect_503.encode_reply(model, dialect_503.CalibrationProgress(3200, 3.5, 12.0, 0.1, 1000, 0.497))
    framer = dialect_503.ReplyFramer(model, Action.CALIBRATE)

    assert framer.feed(progress) == [Word.RUNNING]
    assert framer.surplus == 0
    assert isinstance(dialect_503.decode_reply(model, Action.CALIBRATE, progress), dialect_503.CalibrationProgress)


def test_a_value_that_does_not_fit_is_refused_and_never_clipped() -> None:
    for impossible in (400.0, float("nan"), float("inf")):
        with pytest.raises(ValueRangeError):
            dialect_503.encode_reply(dialect_503.NHA_506I, dialect_503.Ambient(20.0, 101.3, impossible * 100))


# --- bench ------------------------------------------------------------------------------------------------------


def test_a_channel_number_travels_as_first_or_last_byte() -> None:
    assert bntd.encode_numbered(bntd.Order.SELECT_FORCE_CHANNEL, 2)[3:7] == b"\x02\x00\x00\x00"
    assert bntd.encode_numbered(bntd.Order.RELAY_ON, 2, in_last_byte=True)[3:7] == b"\x00\x00\x00\x02"


def test_no_order_goes_to_a_brake_with_a_number_that_is_none() -> None:
    for impossible in (float("nan"), float("inf"), 1e39):
        with pytest.raises(ValueRangeError):
            bntd.encode_command(bntd.Order.SET_FORCE_N, impossible)


def test_a_frame_with_impossible_numbers_is_a_false_start() -> None:
    status = bntd.Status("II", (791_652.0, 0.0, 0.0), 0)
    with pytest.raises(ValueRangeError):
        bntd.encode_status(status)
    assert bntd.StatusFramer().feed(b"AII" + b"\xff" * 12 + b"\x00C") == []


def test_states_have_names() -> None:
    assert bntd.Status("BP", (0.0, 0.0, 0.0)).state == "constant_power"
    assert bntd.Status("DF", (0.0, 0.0, 0.0)).state == "calibration"
    assert bntd.Status("RT", (20.0, 50.0, 101.3)).names == ("ambient_temp_c", "humidity_pct", "pressure_kpa")


# --- ISO-TP -----------------------------------------------------------------------------------------------------


def test_a_part_out_of_order_is_named_and_voids_the_message() -> None:
    assembler = iso_tp.Assembler()
    frames = iso_tp.segment(bytes(30))
    assembler.feed(frames[0])
    with pytest.raises(SequenceError):
        assembler.feed(frames[2])
    with pytest.raises(SequenceError):
        assembler.feed(frames[1])


def test_sequence_numbers_wrap_to_zero() -> None:
    numbers = [frame[0] & 0x0F for frame in iso_tp.segment(bytes(6 + 7 * 17))]
    assert numbers[14:18] == [14, 15, 0, 1]


def test_addresses_answer_each_other() -> None:
    assert iso_tp.answer_id_of(0x7E0) == 0x7E8
    assert iso_tp.request_id_of(0x18DAF110) == 0x18DA10F1
    assert iso_tp.answer_id_of(0x18DA10F1) == 0x18DAF110
    with pytest.raises(ValueRangeError):
        iso_tp.request_id_of(0x7DF)


def test_separation_times_are_milliseconds_or_hundreds_of_microseconds() -> None:
    assert [iso_tp.FlowControl(0, 0, byte).separation_ms for byte in (0x7F, 0xF1, 0xFA)] == [127.0, 0.1, 127.0]


# --- J1979 ------------------------------------------------------------------------------------------------------


def test_codes_are_never_cleared() -> None:
    with pytest.raises(UnknownFrameError):
        j1979.encode_request(j1979.Request(0x04))


def test_announced_codes_must_all_be_there() -> None:
    with pytest.raises(FrameLengthError):
        j1979.decode_response(bytes.fromhex("43 02 04 20"))


def test_no_code_is_dropped_because_the_count_is_too_small() -> None:
    with pytest.raises(FrameLengthError):
        j1979.decode_response(bytes.fromhex("43 01 04 20 01 71"))


def test_a_control_unit_may_leave_the_count_out() -> None:
    message = bytes.fromhex("43 01 43 01 96 02 34 40 35")
    assert j1979.decode_response(message) == j1979.Codes(3, ("P0143", "P0196", "P0234", "C0035"))


def test_several_items_come_in_one_answer() -> None:
    assert j1979.decode_response(bytes.fromhex("41 0C 26 C0 0D 19")) == j1979.Live(
        {"engine_rpm": 2480.0, "speed_kmh": 25.0}
    )


def test_counters_of_a_spark_engine_have_names() -> None:
    message = j1979.encode_response(j1979.Counters(j1979.INFO_IUPR_SPARK, {"obdcond": 10, "igncntr": 20, "x": 3}))
    assert j1979.decode_response(message) == j1979.Counters(
        j1979.INFO_IUPR_SPARK, {"obdcond": 10, "igncntr": 20, "catcomp1": 3}
    )


def test_an_old_vin_is_padded_in_front_and_comes_in_five_lines() -> None:
    vin = b"\x00\x00\x00LSVAA4182E2123456"
    lines = [b"\x49\x02" + bytes([n + 1]) + vin[4 * n : 4 * n + 4] for n in range(5)]
    assert j1979.decode_response(j1979.join_lines(lines[::-1])) == j1979.Information(2, ("LSVAA4182E2123456",))


def test_old_buses_tell_codes_without_a_count() -> None:
    assert j1979.decode_uncounted_codes(bytes.fromhex("43 04 20 00 00 00 00")).codes == ("P0420",)


# --- ELM327 text ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("NO DATA", "no_data"),
        ("UNABLE TO CONNECT", "unable_to_connect"),
        ("SEARCHING...UNABLE TO CONNECT", "unable_to_connect"),
        ("BUS INIT: ...ERROR", "unable_to_connect"),
        ("CAN ERROR", "can_error"),
        ("BUFFER FULL", "buffer_full"),
        ("STOPPED", "stopped"),
        ("?", "not_understood"),
        ("7E8 03 41 0D <DATA ERROR", "data_error"),
        ("<DATA ERROR", "data_error"),
        ("LV RESET", "low_voltage_reset"),
        ("BUS BUSY", "bus_busy"),
        ("ERR94", "tool_reset"),
    ],
)
def test_every_complaint_of_the_tool_has_a_word(text: str, word: str) -> None:
    assert elm327.decode_answer(f"0100\r{text}\r\r".encode(), command="0100").troubles == (word,)


def test_an_answer_may_stand_behind_the_progress_text() -> None:
    old_bus = elm327.decode_answer(b"BUS INIT: ...OK\r48 6B 10 41 00 BE 3E B8 11 FA\r\r", can=False)
    assert old_bus.searched
    assert old_bus.messages == (elm327.Message("10", bytes.fromhex("41 00 BE 3E B8 11")),)


def test_interleaved_answers_of_two_control_units_are_told_apart() -> None:
    other = VIN_LINES.replace(b"7E8", b"7E9")
    mixed = [line for pair in zip(VIN_LINES.split(b"\r"), other.split(b"\r"), strict=True) for line in pair]

    messages = elm327.decode_answer(b"\r".join(mixed)).messages

    assert [message.ecu for message in messages] == ["7E8", "7E9"]
    assert messages[0].data == messages[1].data


def test_an_answer_cut_short_is_named() -> None:
    with pytest.raises(SequenceError):
        elm327.decode_answer(VIN_LINES[:56])
    with pytest.raises(SequenceError):
        elm327.decode_answer(b"014\r0:490201\r\r", headers=False)


def test_headless_answers_of_two_control_units_are_refused_rather_than_mixed() -> None:
    text = b"014\r0:4902014C5356\r0:4902014C5356\r1:41413431383245\r\r"
    with pytest.raises(SequenceError):
        elm327.decode_answer(text, headers=False)


def test_a_command_may_carry_the_number_of_answers_to_wait_for() -> None:
    assert elm327.decode_command(b"01 0C 1\r").message == b"\x01\x0c"
    assert elm327.decode_command(b"at sp 0\r").at == "SP0"


# --- opacimeter -------------------------------------------------------------------------------------------------


def test_each_opacimeter_has_its_own_code_for_its_state() -> None:
    assert nht.encode_request(nht.NHT_6, smoke.Action.READ_STATE) == bytes.fromhex("A1 5F")
    assert nht.encode_request(nht.NHT_1L, smoke.Action.READ_STATE) == bytes.fromhex("AD 53")
    assert nht.decode_request(nht.NHT_1L, bytes.fromhex("A1 5F")).action is None
    with pytest.raises(UnknownFrameError):
        nht.encode_request(nht.NHT_1L, smoke.Action.READ_RESULTS)


def test_a_state_that_no_reader_explains_is_named_and_never_guessed() -> None:
    with pytest.raises(UnknownFrameError):
        nht.decode_reply(nht.NHT_1, None, bytes.fromhex("A1 02 5D"))
    with pytest.raises(ValueRangeError):
        nht.encode_request(nht.NHT_1, smoke.Action.SET_STATE, "snap_new")


def test_an_answer_of_an_opacimeter_belongs_to_its_question() -> None:
    with pytest.raises(UnknownFrameError):
        nht.decode_reply(nht.NHT_6, smoke.Action.READ, bytes.fromhex("A6 02 64 00 DC 0E 42 C8"))
    framer = nht.ReplyFramer(nht.NHT_6, smoke.Action.READ)
    assert framer.feed(bytes.fromhex("A6 02 64 00 DC 0E 42 C8")) == []


def test_a_refusal_inside_a_damaged_block_is_no_refusal() -> None:
    damaged = bytes.fromhex("A5 01 60 00 65 09 B0 01 15 C7")
    framer = nht.ReplyFramer(nht.NHT_6, smoke.Action.READ)
    assert framer.feed(damaged) == []
    assert framer.feed(bytes.fromhex("A5 01 60 00 65 09 B0 01 66 75")) != []
    assert nht.ReplyFramer(nht.NHT_6, smoke.Action.READ).feed(b"\x15\x02") == [smoke.Refused(2)]


def test_a_request_with_a_wrong_sum_is_damage() -> None:
    [found] = nht.RequestFramer(nht.NHT_6).feed(bytes.fromhex("A5 B5"))
    assert isinstance(found, ChecksumError)


def test_smoke_that_does_not_fit_is_refused_and_never_clipped() -> None:
    for impossible in (4000.0, float("nan")):
        with pytest.raises(ValueRangeError):
            nht.encode_reply(nht.NHT_6, smoke.Smoke(impossible, 0.0, 0.0, None))
    with pytest.raises(ValueRangeError):
        nht.encode_reply(nht.NHT_6, smoke.Smoke(0.0, 0.0, 0.0, 0xFFFF - 273))


# --- NOx analyzer -----------------------------------------------------------------------------------------------


def test_each_nox_analyzer_has_its_own_form_of_a_question() -> None:
    status, data = mqw_510x.Action.READ_STATUS, mqw_510x.Action.READ_DATA
    assert mqw_510x.encode_request(mqw_510x.MQW_5101, status) == bytes.fromhex("05 31 03 C7")
    assert mqw_510x.encode_request(mqw_510x.MQW_5102, status) == bytes.fromhex("05 61 03 97")
    assert mqw_510x.decode_request(mqw_510x.MQW_5102, bytes.fromhex("05 31 03 C7")).action is None
    asks_5101 = mqw_510x.encode_request(mqw_510x.MQW_5101, data)
    assert mqw_510x.decode_request(mqw_510x.MQW_5102, asks_5101) == mqw_510x.Request(None, 0x30)
    with pytest.raises(UnknownFrameError):
        mqw_510x.encode_request(mqw_510x.MQW_5102, mqw_510x.Action.READ_DATA_AND_STATUS)


def test_an_answer_of_a_nox_analyzer_belongs_to_its_question() -> None:
    taken = bytes.fromhex("06 10 03 E7")
    with pytest.raises(UnknownFrameError):
        mqw_510x.decode_reply(mqw_510x.MQW_5102, mqw_510x.Action.ZERO, taken)
    assert mqw_510x.ReplyFramer(mqw_510x.MQW_5102, mqw_510x.Action.ZERO).feed(taken) == []
    with pytest.raises(FrameLengthError):
        mqw_510x.decode_reply(mqw_510x.MQW_5101, None, bytes.fromhex("06 61 0A 01 00 00 00 00 00 00 8E")[:-1])


def test_data_of_another_kind_is_no_data() -> None:
    other = bytearray.fromhex("06 30 17 02 00 03 D5 03 5E 09 CE 01 9C 03 52 05 F0 05 FA 00 26 4B 00 4A")
    with pytest.raises(UnknownFrameError, match="02 00"):
        mqw_510x.decode_reply(mqw_510x.MQW_5102, None, bytes(other))
    assert mqw_510x.ReplyFramer(mqw_510x.MQW_5102, mqw_510x.Action.READ_DATA).feed(bytes(other)) == []


def test_bits_of_a_status_that_nobody_published_are_carried_and_not_named() -> None:
    status = mqw_510x.Status(bytes.fromhex("41 80 00 00 00 00 00"))
    assert mqw_510x.MQW_5102.words(status) == {"warming"}
    assert mqw_510x.decode_reply(mqw_510x.MQW_5102, None, mqw_510x.encode_reply(mqw_510x.MQW_5102, status)) == status


def test_gas_that_does_not_fit_is_refused_and_never_clipped() -> None:
    for impossible in (40_000.0, float("nan"), float("-inf")):
        with pytest.raises(ValueRangeError):
            mqw_510x.encode_reply(mqw_510x.MQW_5101, values_mqw_510x.Background(impossible))
    cold = values_mqw_510x.Data5102(100.0, 20.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, smoke_temp_c=-1.0)
    with pytest.raises(ValueRangeError):
        mqw_510x.encode_reply(mqw_510x.MQW_5102, cold)


# --- tachometer and panel ---------------------------------------------------------------------------------------


def test_five_digits_are_no_revolutions() -> None:
    with pytest.raises(ValueRangeError):
        rpm_digits.encode(Revolutions(10_000))
    with pytest.raises(FrameLengthError):
        rpm_digits.decode(b"10000\r")
    with pytest.raises(UnknownFrameError):
        rpm_digits.decode(b"+850\r")


def test_a_panel_has_four_lines_and_the_signs_of_its_font() -> None:
    for line in (
        led_nanhua.Line(1, 5, led_nanhua.Mode.LEFT, "x"),
        led_nanhua.Line(10, 1, led_nanhua.Mode.LEFT, "x"),
        led_nanhua.Line(1, 1, led_nanhua.Mode.LEFT, "a\rb"),
        led_nanhua.Line(1, 1, led_nanhua.Mode.LEFT, "🚗"),
        led_nanhua.Line(1, 1, led_nanhua.Mode.LEFT, "检" * 200),
    ):
        with pytest.raises(ValueRangeError):
            led_nanhua.encode(line)
