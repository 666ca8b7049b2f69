"""The scan tool's face: the golden dialogue, its settings, and what it says in trouble."""

from typing import Any

import pytest

from simulators.ecu import encode_code
from simulators.obd_elm327 import Elm327Face
from simulators.presets import PRESETS


@pytest.fixture
def tool(host: Any) -> Any:
    host.car("clean_petrol")
    for line in ("ATE0", "ATL0", "ATS0"):
        host.type(line)
    return host


def test_the_golden_dialogue_is_spoken_word_for_word(host: Any) -> None:
    car = host.car("clean_petrol")
    assert car.data.vin == "LSVAA4182E2123456"
    assert host.type("ATE0") == "ATE0\rOK\r\r>"
    assert host.type("ATZ") == "\r\rELM327 v1.5\r\r>"
    assert host.type("ATE0") == "ATE0\rOK\r\r>"
    assert host.type("ATL0") == "OK\r\r>"
    assert host.type("ATH1") == "OK\r\r>"
    assert host.type("ATS0") == "OK\r\r>"
    assert host.type("ATSP0") == "OK\r\r>"
    assert host.type("0100") == "SEARCHING...\r7E8064100BE3FA813\r\r>"
    assert host.type("ATDPN") == "A6\r\r>"
    assert host.type("0902") == "7E810144902014C5356\r7E82141413431383245\r7E82232313233343536\r\r>"
    car.engine_rpm = 2480.0
    assert "7E804410C26" in host.type("010C")


@pytest.mark.parametrize("size", [1, 3, 50])
def test_typed_characters_arrive_in_any_chunking(size: int) -> None:
    face = Elm327Face(lambda: None, lambda: 12.3)
    typed = b"ATE0\rAT RV\r"
    said = b"".join(face.feed(typed[at : at + size]) for at in range(0, len(typed), size))
    assert said == b"ATE0\rOK\r\r>12.3V\r\r>"


def test_without_headers_a_long_answer_is_numbered(tool: Any) -> None:
    tool.type("ATSP6")
    assert tool.type("0902") == "014\r0:4902014C5356\r1:41413431383245\r2:32313233343536\r\r>"


def test_with_spaces_every_byte_stands_alone(host: Any) -> None:
    host.car("clean_petrol")
    host.type("ATE0")
    host.type("ATSP6")
    assert host.type("0100") == "41 00 BE 3F A8 13 \r\r>"
    host.type("ATH1")
    assert host.type("0100") == "7E8 06 41 00 BE 3F A8 13 \r\r>"


def test_unformatted_frames_keep_their_padding(tool: Any) -> None:
    tool.type("ATSP6")
    tool.type("ATCAF0")
    assert tool.type("010D") == "03410D0000000000\r\r>"


def test_monitor_status_of_the_golden_pattern(host: Any) -> None:
    host.car("mil_on")
    for line in ("ATE0", "ATS0", "ATSP6"):
        host.type(line)
    assert host.type("0101") == "41018107E501\r\r>", "lamp on, one code, catalyst not ready"
    assert host.type("03") == "43010420\r\r>"
    assert host.type("07") == "470204200171\r\r>"
    assert host.type("0A") == "4A010420\r\r>"


def test_a_car_without_codes_says_so(tool: Any) -> None:
    tool.type("ATSP6")
    assert tool.type("03") == "4300\r\r>"
    assert tool.type("0101") == "41010007E500\r\r>"


@pytest.mark.parametrize(("code", "word"), [("P0420", "0420"), ("C1234", "5234"), ("B0001", "8001"), ("U0100", "C100")])
def test_a_trouble_code_is_two_bytes(code: str, word: str) -> None:
    assert encode_code(code).hex().upper() == word


def test_calibrations_and_their_check_numbers_pair_up(tool: Any) -> None:
    tool.type("ATSP6")
    tool.type("ATH1")
    assert tool.type("0906") == "7E8074906014A6F12C3\r\r>"
    calibration = tool.type("0904").replace("7E81013490401", "").replace("7E821", "").replace("7E822", "")
    assert bytes.fromhex(calibration.replace("\r", "").rstrip(">")).startswith(b"04E906016EQ4177\0")


def test_two_units_on_29_bits_answer_in_turns_and_a_slow_one_asks_for_patience(host: Any) -> None:
    host.car("two_units")
    for line in ("ATE0", "ATS0", "ATH1"):
        host.type(line)
    found = host.type("0100").split("\r")
    assert found[0] == "SEARCHING..."
    assert [line[:8] for line in found[1:3]] == ["18DAF110", "18DAF118"]
    assert host.type("ATDPN") == "A7\r\r>"
    before_s = host.lane.time_s
    lines = host.type("0906").split("\r")
    assert lines[0] == "18DAF110037F0978"
    assert "18DAF1180749060100C07A55" in lines
    assert any(line.startswith("18DAF110100B490602") for line in lines)
    assert host.lane.time_s - before_s > 1.0
    host.type("ATSHDA18F1")
    assert host.type("0100") == "18DAF11806410080080010\r\r>"


def test_several_parameters_may_be_asked_at_once(tool: Any) -> None:
    tool.type("ATSP6")
    assert tool.type("010D1C") == "410D001C29\r\r>"


def test_an_empty_line_repeats_and_a_last_digit_limits(tool: Any) -> None:
    tool.type("ATSP6")
    assert tool.type("010D1") == "410D00\r\r>"
    assert tool.type("") == "410D00\r\r>"


def test_what_the_car_does_not_know_is_no_data(tool: Any) -> None:
    tool.type("ATSP6")
    assert tool.type("01A6") == "NO DATA\r\r>"
    assert tool.type("04") == "NO DATA\r\r>", "codes are never cleared on a lane"


def test_ignition_off_is_no_data_and_a_search_finds_nothing(tool: Any) -> None:
    tool.type("ATSP0")
    tool.type("0100")
    tool.lane.turn_key("off")
    assert tool.type("010C") == "NO DATA\r\r>"
    tool.type("ATSP0")
    assert tool.type("0100") == "SEARCHING...\rUNABLE TO CONNECT\r\r>"
    tool.lane.turn_key("on")
    assert tool.type("0100").endswith("4100BE3FA813\r\r>")
    assert tool.type("010C") == "410C0000\r\r>"


@pytest.mark.parametrize(
    ("protocol", "text"), [("7", "NO DATA"), ("8", "CAN ERROR"), ("3", "BUS INIT: ...ERROR"), ("1", "NO DATA")]
)
def test_the_wrong_protocol_fails_in_its_own_words(tool: Any, protocol: str, text: str) -> None:
    tool.type(f"ATTP{protocol}")
    assert tool.type("0100") == f"{text}\r\r>"


def test_a_character_while_it_works_stops_it(tool: Any) -> None:
    tool.type("ATSP0")
    wire = tool.lane.wires["obd"]
    wire.receive(b"0100\r")
    assert wire.take() == b"SEARCHING...\r"
    wire.receive(b"A")
    assert wire.take() == b"STOPPED\r\r>"
    assert tool.type("ATI") == "ELM327 v1.5\r\r>"


@pytest.mark.parametrize("line", ["ATXX", "HELLO", "ATSPX", "ATST1"])
def test_what_it_does_not_understand_is_a_question_mark(tool: Any, line: str) -> None:
    assert tool.type(line) == "?\r\r>"


@pytest.mark.parametrize("line", ["ATM0", "ATAT1", "ATST64", "ATCAF1", "ATAL", "ATCFC1", "ATD"])
def test_common_settings_are_accepted(tool: Any, line: str) -> None:
    assert tool.type(line) == "OK\r\r>"


def test_it_knows_its_name_and_the_battery(tool: Any) -> None:
    assert tool.type("AT@1") == "OBDII to RS232 Interpreter\r\r>"
    assert tool.type("ATRV") == "14.1V\r\r>"
    tool.lane.turn_key("on")
    assert tool.type("ATRV") == "12.4V\r\r>"
    tool.type("ATSP0")
    tool.type("0100")
    assert tool.type("ATDP") == "AUTO, ISO 15765-4 (CAN 11/500)\r\r>"


def test_another_car_is_searched_for_anew(tool: Any) -> None:
    tool.type("ATSP0")
    tool.type("0100")
    tool.lane.drive_on("two_units")
    assert tool.type("0100").startswith("SEARCHING...\r")
    assert tool.type("ATDPN") == "A7\r\r>"


ON_CAN = [
    name for name, data in PRESETS.items() if data.diagnosis.dialect == "j1979" and data.diagnosis.protocol in "6789"
]


@pytest.mark.parametrize("preset", ON_CAN)
def test_every_preset_tells_its_own_vin(host: Any, preset: str) -> None:
    car = host.car(preset)
    for line in ("ATE0", "ATS0"):
        host.type(line)
    host.type("0100")
    lines = host.type("0902").split("\r")
    payload = "".join(line[2:] for line in lines if line[1:2] == ":")
    assert bytes.fromhex(payload)[3:20].decode() == car.data.vin
    assert len(car.data.vin) == 17
