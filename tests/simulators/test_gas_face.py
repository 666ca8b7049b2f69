"""The gas analyser's face speaks the bytes that two independent public readers agree on."""

from typing import Any

import pytest

from protocols.dialect_503 import NHA_506I, Action
from simulators.exhaust import Gas
from simulators.gas_503 import Dialect503Face
from simulators.sample_line import SampleLine

GOLDEN_DATA = "06 00 7B 00 2D 05 8C 00 50 00 EA 09 C4 03 57 00 00 00 00 65 05"
"""HC 123, CO 0.45, CO2 14.2, O2 0.8, NO 234, 2500 r/min. This model counts oil in whole degrees: 0357 is 855."""
GOLDEN_AMBIENT = "06 00 FD 03 F5 02 26 23"
GOLDEN_GAS_WRITE = "09 0C 80 01 5E 04 B0 03 E8 93"


class Still(SampleLine):
    """A sample line that shows one gas, without noise."""

    shown = Gas(hc_ppm=123.0, co_pct=0.45, co2_pct=14.2, o2_pct=0.8, no_ppm=234.0)

    def reading(self) -> Gas:
        return self.shown


@pytest.fixture
def line() -> Still:
    return Still()


@pytest.fixture
def face(line: Still) -> Dialect503Face:
    return Dialect503Face(NHA_506I, line, lambda: (2500.0, 855.0))


def ask(face: Dialect503Face, request: str) -> str:
    return face.feed(bytes.fromhex(request)).hex(" ").upper()


def test_the_data_block_is_laid_out_as_in_the_golden_frame(face: Dialect503Face) -> None:
    answer = ask(face, "01").split()
    golden = GOLDEN_DATA.split()
    assert answer[:18] == golden[:18]
    assert len(answer) == 21
    assert sum(int(byte, 16) for byte in answer[:-1]) & 0xFF == int(answer[-1], 16)
    assert int("".join(answer[18:20]), 16) == 102, "lambda of these gases by Brettschneider, in hundredths"


def test_the_ambient_block_is_the_golden_frame(line: Still, face: Dialect503Face) -> None:
    line.air.temp_c, line.air.pressure_kpa, line.air.humidity_pct = 25.3, 101.3, 55.0
    assert ask(face, "02") == GOLDEN_AMBIENT


@pytest.mark.parametrize("request_code", ["07", "08", "0A", "0C"])
def test_a_long_task_is_polled_with_its_own_byte_until_it_is_done(
    line: Still, face: Dialect503Face, request_code: str
) -> None:
    assert ask(face, request_code) == "05"
    line.step(1.0, line.shown)
    assert ask(face, request_code) == "05"
    for _ in range(15):
        line.step(1.0, line.shown)
    assert ask(face, request_code) == "00"
    assert ask(face, request_code) == "05", "the next one starts it anew"


def test_a_leaking_line_ends_the_leak_check_with_failed(line: Still, face: Dialect503Face) -> None:
    line.leaky = True
    ask(face, "07")
    assert ask(face, "26") == "03"
    for _ in range(15):
        line.step(1.0, line.shown)
    assert ask(face, "07") == "01"


@pytest.mark.parametrize(
    ("request_code", "pump", "status"),
    [
        ("22", "ambient", "01"),
        ("03", "ambient", "01"),
        ("23", "sample", "01"),
        ("05", "purge", "00"),
        ("06", "off", "00"),
    ],
)
def test_each_pump_command_moves_the_pump(
    line: Still, face: Dialect503Face, request_code: str, pump: str, status: str
) -> None:
    assert ask(face, request_code) == "06"
    assert line.pump == pump
    assert ask(face, "26") == status


def test_a_cold_analyser_says_so_and_refuses_to_work(line: Still, face: Dialect503Face) -> None:
    line.power_cut()
    assert ask(face, "26") == "02"
    assert ask(face, "27") == "01 2C"
    assert ask(face, "23") == "15"
    assert ask(face, "08") == "15"
    assert ask(face, "06") == "06"


def test_while_one_task_runs_another_is_refused(face: Dialect503Face) -> None:
    ask(face, "08")
    assert ask(face, "07") == "15"
    assert ask(face, "23") == "15"


def test_an_unknown_byte_is_refused(face: Dialect503Face) -> None:
    assert ask(face, "7F") == "15"


def test_calibration_gas_is_taken_in_any_chunking(face: Dialect503Face) -> None:
    frame = bytes.fromhex(GOLDEN_GAS_WRITE)
    for size in (1, 3, 10):
        answers = [face.feed(frame[at : at + size]) for at in range(0, len(frame), size)]
        assert b"".join(answers) == b"\x06"
    assert face.feed(frame[:-1] + b"\x00") == b"\x15"


def test_half_a_request_is_forgotten(face: Dialect503Face) -> None:
    face.feed(bytes.fromhex(GOLDEN_GAS_WRITE)[:4])
    assert face.step(0.3) == b""
    assert face.step(0.3) == b""
    assert ask(face, "26") == "00"


def test_questions_in_one_chunk_are_answered_in_order(face: Dialect503Face) -> None:
    assert len(ask(face, "01 26 02").split()) == 21 + 1 + 8


def test_flags_travel_in_their_places(line: Still, face: Dialect503Face) -> None:
    line.low_flow, line.trap_level = True, 1.0
    face.o2_aged = face.no_aged = True
    answer = ask(face, "2C").split()
    assert len(answer) == 23
    assert answer[15:18] == ["88", "88", "03"]
    assert int(answer[21], 16) & 0x40
    assert ask(face, "0E") == "06"
    assert ask(face, "01").split()[17] == "01"


def test_a_sentinel_fills_the_gas_words(face: Dialect503Face) -> None:
    face.sentinel = True
    assert ask(face, "01").split()[1:11] == ["FF"] * 10


def test_what_the_host_reads_is_what_the_car_breathes_out(host: Any) -> None:
    car = host.car("worn_catalyst")
    host.gas(Action.PUMP_SAMPLE)
    host.wait(15.0)
    data = host.read_gas()
    assert data.co_pct == pytest.approx(car.exhaust.co_pct, abs=0.02)
    assert data.hc_ppm == pytest.approx(car.exhaust.hc_ppm, rel=0.05)
    assert data.engine_rpm == pytest.approx(car.engine_rpm, abs=1.0)
