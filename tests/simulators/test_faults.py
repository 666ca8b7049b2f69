"""Every fault does what its name says, for as long as it was told, and no longer."""

from typing import Any

import pytest

from protocols.bntd import Order
from protocols.dialect_503 import NHA_506I, Action, Word
from simulators.faults import Babble, BitFlips, Delay, FaultChain, Silence, Truncation
from simulators.lane_faults import CannotDoError

WORDS = bytes(range(64))


def test_silence_swallows_everything() -> None:
    assert Silence().bend(WORDS) == b""


def test_truncation_cuts_each_utterance() -> None:
    assert Truncation(5).bend(WORDS) == WORDS[:5]


def test_bit_flips_tip_single_bits_and_the_same_seed_the_same_ones() -> None:
    first, second = BitFlips(0.2, seed=1).bend(WORDS), BitFlips(0.2, seed=1).bend(WORDS)
    assert first == second != WORDS
    assert all((a ^ b).bit_count() <= 1 for a, b in zip(first, WORDS, strict=True))
    assert BitFlips(0.0).bend(WORDS) == WORDS


def test_delay_keeps_the_order_and_gives_everything_in_the_end() -> None:
    delay = Delay(0.5)
    assert delay.bend(b"one") == b""
    assert delay.step(0.3) == b""
    assert delay.bend(b"two") == b""
    assert delay.step(0.2) == b"one"
    assert delay.step(0.3) == b"two"


def test_babble_invents_bytes_at_its_rate() -> None:
    babble = Babble(100.0, seed=3)
    assert len(b"".join(babble.step(0.02) for _ in range(100))) == 200
    assert babble.bend(WORDS) == WORDS


def test_faults_act_one_after_another() -> None:
    chain = FaultChain()
    chain.add("truncation", Truncation(4))
    chain.add("delay", Delay(0.1))
    assert chain.bend(WORDS) == b""
    assert chain.step(0.2) == WORDS[:4]
    chain.clear("delay")
    assert chain.names == ["truncation"]
    chain.clear()
    assert chain.bend(WORDS) == WORDS


def test_a_wire_fault_ends_after_its_time(host: Any) -> None:
    host.lane.fault("dyno", "silence", for_s=1.0)
    host.wait(0.9)
    assert host.lane.wires["dyno"].take() == b""
    host.wait(0.2)
    assert host.statuses()


def test_a_late_answer_arrives_after_the_next_question(host: Any) -> None:
    wire = host.lane.wires["gas"]
    host.lane.fault("gas", "delay", delay_s=0.5)
    wire.receive(b"\x26")
    host.wait(0.3)
    wire.receive(b"\x02")
    assert wire.take() == b""
    host.wait(0.3)
    assert wire.take() == b"\x00"


def test_an_unplugged_wire_is_dead_both_ways_until_it_is_plugged_in(host: Any) -> None:
    wire = host.lane.wires["gas"]
    host.lane.fault("gas", "unplug", for_s=2.0)
    wire.receive(b"\x23")
    host.wait(1.0)
    assert wire.take() == b""
    assert host.lane.line.pump == "off"
    host.wait(1.2)
    assert wire.plugged
    wire.receive(b"\x23")
    assert wire.take() == b"\x06"


def test_a_deaf_device_talks_on_and_hears_nothing(host: Any) -> None:
    host.lane.fault("dyno", "deaf")
    host.order(Order.START_FORCE)
    host.wait(0.1)
    assert host.statuses()
    assert host.lane.bench.brake.mode == "off"


def test_a_busy_analyser_never_gets_done(host: Any) -> None:
    host.lane.fault("gas", "busy")
    for _ in range(10):
        assert host.gas(Action.ZERO) is Word.RUNNING
        host.wait(10.0)
    host.lane.clear("gas", "busy")
    host.wait(10.0)
    assert host.gas(Action.ZERO) is Word.DONE


def test_drift_goes_below_zero_until_the_next_zeroing(host: Any) -> None:
    host.lane.fault("gas", "drift", for_s=100.0)
    host.wait(101.0)
    assert host.read_gas().hc_ppm < -20.0
    host.gas(Action.ZERO)
    host.wait(7.0)
    assert host.gas(Action.ZERO) is Word.DONE
    assert abs(host.read_gas().hc_ppm) < 4.0


def test_a_stuck_analyser_shows_the_same_while_the_gas_changes(host: Any) -> None:
    host.car("worn_catalyst")
    before = host.read_gas()
    host.lane.fault("gas", "stuck")
    host.gas(Action.PUMP_SAMPLE)
    host.wait(20.0)
    after = host.read_gas()
    assert (after.co_pct, after.no_ppm) == (before.co_pct, before.no_ppm)
    host.lane.clear()
    assert host.read_gas().co_pct > 0.8


@pytest.mark.parametrize(
    ("kind", "flag"),
    [("low_flow", "low_flow"), ("o2_aged", "o2_sensor_aged"), ("no_aged", "no_sensor_aged")],
)
def test_the_analyser_raises_the_flag_of_its_trouble(host: Any, kind: str, flag: str) -> None:
    assert flag not in NHA_506I.flags(host.read_gas())
    host.lane.fault("gas", kind)
    assert flag in NHA_506I.flags(host.read_gas())
    host.lane.clear()
    assert flag not in NHA_506I.flags(host.read_gas())


def test_a_full_water_trap_shows_in_the_longer_block(host: Any) -> None:
    host.lane.fault("gas", "water_trap")
    reply = host.gas(Action.READ_DATA_WITH_TRAP)
    assert "water_trap_full" in NHA_506I.flags(reply)


def test_a_slipping_brake_gives_less_than_asked(host: Any) -> None:
    host.car("clean_petrol")
    host.lane.fault("dyno", "brake_slips")
    host.lane.set_target(25.0)
    host.wait(12.0)
    host.hold_total_force(1000.0, 25.0)
    host.wait(8.0)
    assert host.lane.bench.total_force_n < 700.0


def test_a_shifted_load_cell_shows_force_where_there_is_none(host: Any) -> None:
    host.lane.fault("dyno", "load_cell_shifted")
    host.wait(0.1)
    assert host.statuses()[-1].numbers[1] == pytest.approx(80.0, abs=8.0)


def test_a_jammed_lift_stays_under_way(host: Any) -> None:
    host.lane.fault("dyno", "lift_jammed")
    host.order(Order.LIFT_DOWN)
    host.wait(20.0)
    assert host.lane.bench.lift == "moving"
    host.lane.clear()
    host.wait(3.0)
    assert host.lane.bench.lift == "down"


@pytest.mark.parametrize(
    ("kind", "text"), [("can_error", "CAN ERROR"), ("buffer_full", "BUFFER FULL"), ("low_voltage", "LV RESET")]
)
def test_the_scan_tool_says_what_troubles_it(host: Any, kind: str, text: str) -> None:
    host.car("clean_petrol")
    host.type("ATE0")
    host.lane.fault("obd", kind)
    assert host.type("0100") == f"{text}\r\r>"


def test_a_scan_tool_out_of_its_socket_finds_no_car(host: Any) -> None:
    host.car("clean_petrol")
    host.type("ATE0")
    host.lane.fault("obd", "out_of_socket")
    assert host.type("0100").endswith("UNABLE TO CONNECT\r\r>")
    assert host.type("ATRV") == "0.1V\r\r>"


def test_an_unknown_fault_is_named_with_those_there_are(host: Any) -> None:
    with pytest.raises(CannotDoError, match="no fault 'rust'"):
        host.lane.fault("gas", "rust")
    with pytest.raises(CannotDoError, match="unexpected keyword"):
        host.lane.fault("gas", "delay", loudness=3.0)


def test_every_fault_of_every_device_can_come_and_go(host: Any) -> None:
    for device, kinds in host.lane.fault_kinds.items():
        for kind in kinds:
            host.lane.fault(device, kind)
            assert kind in host.lane.state()["faults"][device]
    host.wait(0.1)
    host.lane.clear()
    assert host.lane.state()["faults"] == {}
