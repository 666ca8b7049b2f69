"""The bench controller's face: golden frames, any chunking, fifty frames a second."""

from typing import Any

import pytest

from simulators.bench import FULL_FORCE_N, Bench
from simulators.dyno_bntd import BntdFace
from simulators.sample_line import Air

GOLDEN_STATUS = "41 49 49 CD CC CC 41 CD AC 54 44 00 00 A0 41 00 43"
"""Idle, 25.6 km/h, 850.7 N, 20 %."""
SET_FORCE_1000_5 = "58 53 46 00 20 7A 44 CF 43"
START_FORCE = "58 42 46 00 00 00 00 E0 43"
STOP = "58 42 51 00 00 00 00 EB 43"
SET_SPEED_70 = "58 53 53 00 00 8C 42 CC 43"
SET_POWER_10_1 = "58 53 50 9A 99 21 41 90 43"
LIFT_UP = "58 4A 55 00 00 00 00 F7 43"


class Calm:
    """Noise that is none."""

    def gauss(self, mean: float, spread: float) -> float:
        return mean


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def face(bench: Bench) -> BntdFace:
    face = BntdFace(bench, Air())
    face._random = Calm()  # type: ignore[assignment]
    return face


def test_the_status_frame_is_the_golden_frame(bench: Bench, face: BntdFace) -> None:
    bench.speed_kmh, bench.brake.force_n, bench.brake._aim_n = 25.6, 850.7, 0.2 * FULL_FORCE_N
    assert face.step(0.02).hex(" ").upper() == GOLDEN_STATUS


@pytest.mark.parametrize("dt_s", [0.005, 0.02, 0.1, 0.03])
def test_fifty_frames_a_second_whatever_the_step(face: BntdFace, dt_s: float) -> None:
    said = b"".join(face.step(dt_s) for _ in range(round(3.0 / dt_s)))
    assert len(said) == 150 * 17


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_golden_commands_work_in_any_chunking(bench: Bench, face: BntdFace, size: int) -> None:
    stream = bytes.fromhex(SET_SPEED_70 + SET_POWER_10_1 + SET_FORCE_1000_5 + START_FORCE)
    for at in range(0, len(stream), size):
        assert face.feed(stream[at : at + size]) == b""
    assert bench.brake.mode == "force"
    assert bench.brake.force_setpoint_n == 1000.5
    assert bench.brake.speed_setpoint_kmh == 70.0
    assert bench.brake.power_setpoint_kw == pytest.approx(10.1)
    assert face.step(0.02)[1:3] == b"BF"
    face.feed(bytes.fromhex(STOP))
    assert bench.brake.mode == "off"
    assert face.step(0.02)[1:3] == b"II"


def test_a_command_with_a_damaged_byte_is_passed_over(bench: Bench, face: BntdFace) -> None:
    damaged = bytearray.fromhex(START_FORCE)
    damaged[4] ^= 0x10
    face.feed(bytes(damaged) + bytes.fromhex(SET_FORCE_1000_5))
    assert bench.brake.mode == "off"
    assert bench.brake.force_setpoint_n == 1000.5


def test_the_lift_is_refused_with_a_text_while_the_rollers_turn(bench: Bench, face: BntdFace) -> None:
    bench.move_lift("down")
    bench.speed_kmh = 20.0
    assert face.feed(bytes.fromhex(LIFT_UP)) == b"DLIFT LOCKEDC"


def test_the_board_reads_its_weather_and_inertia_back(face: BntdFace) -> None:
    read_ambient = bytes.fromhex("58 52 54 00 00 00 00")
    answer = face.feed(read_ambient + bytes([sum(read_ambient) & 0xFF]) + b"C")
    assert answer[:3] == b"ART"
    assert len(answer) == 17


def test_a_stuck_board_repeats_itself_and_obeys_nobody(bench: Bench, face: BntdFace) -> None:
    bench.speed_kmh = 25.0
    first = face.step(0.02)
    face.stuck, bench.speed_kmh = True, 0.0
    face.feed(bytes.fromhex(START_FORCE))
    assert face.step(0.02) == first
    assert bench.brake.mode == "off"


def test_speed_force_revolutions_and_scan_tool_agree(host: Any) -> None:
    car = host.car("clean_petrol")
    host.lane.set_target(25.0)
    host.wait(12.0)
    host.hold_total_force(1100.0, 25.0)
    host.wait(10.0)
    host.lane.wires["dyno"].take()
    host.wait(0.1)
    status = host.statuses()[-1]
    speed, force, duty = status.numbers
    assert speed == pytest.approx(host.lane.bench.speed_kmh, abs=0.1)
    assert force == pytest.approx(1001.0, abs=10.0)
    assert duty == pytest.approx(100.0 * force / FULL_FORCE_N, rel=0.02)
    host.type("ATE0")
    host.type("ATS0")
    host.type("ATSP6")
    rpm = int(host.type("010C")[4:8], 16) / 4.0
    assert rpm == pytest.approx(speed * 65.5, rel=0.01)
    assert int(host.type("010D")[4:6], 16) == round(speed)
    assert car.gear == 2
