"""Gas takes its time and leaves its traces."""

import pytest

from simulators.exhaust import AIR, Gas
from simulators.sample_line import TRANSPORT_DELAY_S, SampleLine

DIRTY = Gas(hc_ppm=1000.0, co_pct=3.0, co2_pct=12.0, o2_pct=1.0, no_ppm=1500.0)


def pumping(pump: str = "sample", *, probe_in: bool = True) -> SampleLine:
    line = SampleLine()
    line.pump, line.probe_in = pump, probe_in
    return line


def live(line: SampleLine, seconds: float, exhaust: Gas = DIRTY) -> None:
    for _ in range(round(seconds / 0.02)):
        line.step(0.02, exhaust)


def test_gas_arrives_after_the_delay_of_the_hose_and_then_by_degrees() -> None:
    line = pumping()
    live(line, TRANSPORT_DELAY_S - 0.2)
    assert line.cell.co2_pct < 0.1
    live(line, 1.2)
    assert 5.0 < line.cell.co2_pct < 10.0
    live(line, 4.0)
    assert line.cell.co2_pct == pytest.approx(12.0, rel=0.02)


def test_oxygen_and_nitric_oxide_come_later_than_the_rest() -> None:
    line = pumping()
    live(line, TRANSPORT_DELAY_S + 1.0)
    assert line.cell.no_ppm / DIRTY.no_ppm < line.cell.co_pct / DIRTY.co_pct


def test_with_the_probe_out_the_pump_brings_hall_air() -> None:
    line = pumping(probe_in=False)
    live(line, 20.0)
    assert line.cell.co2_pct < 0.1
    assert line.cell.o2_pct == pytest.approx(AIR.o2_pct, abs=0.01)


def test_the_ambient_port_is_near_and_free_of_exhaust() -> None:
    line = pumping()
    live(line, 20.0)
    line.pump = "ambient"
    live(line, 10.0)
    assert line.cell.co_pct < 0.01


def test_without_a_pump_nothing_moves() -> None:
    line = pumping("off")
    before = line.cell
    live(line, 20.0)
    assert line.cell == before


def test_dirty_gas_leaves_hydrocarbons_in_the_hose_and_a_purge_blows_them_out() -> None:
    line = pumping()
    live(line, 90.0)
    line.probe_in = False
    live(line, 15.0)
    assert line.cell.hc_ppm > 15.0
    line.pump = "purge"
    live(line, 20.0)
    line.pump = "sample"
    live(line, 15.0)
    assert line.cell.hc_ppm < 7.0


def test_zeroing_fills_the_cell_with_zero_air_and_takes_drift_away() -> None:
    line = pumping()
    live(line, 20.0)
    line.drifting = True
    live(line, 60.0)
    assert line.reading().hc_ppm < line.cell.hc_ppm - 20.0
    line.drifting = False
    line.start("zero")
    live(line, 4.0)
    assert line.job is not None
    assert line.job.running
    live(line, 4.0)
    assert not line.job.running
    assert line.finish()
    assert line.cell.co_pct < 0.01
    assert abs(line.reading().hc_ppm) < 3.0


def test_a_leak_check_finds_the_leak() -> None:
    for leaky in (False, True):
        line = pumping("off")
        line.leaky = leaky
        line.start("leak")
        live(line, 10.0)
        assert line.finish() is not leaky


def test_with_low_flow_nothing_new_arrives() -> None:
    line = pumping()
    live(line, 20.0)
    line.low_flow = True
    live(line, 10.0, AIR)
    assert line.cell.co2_pct == pytest.approx(12.0, rel=0.02)


def test_a_stuck_reading_repeats_itself_and_a_living_one_does_not() -> None:
    line = pumping()
    assert line.reading() != line.reading()
    line.stuck = True
    assert line.reading() == line.reading()


def test_hours_of_wet_exhaust_fill_the_water_trap_and_a_purge_empties_it() -> None:
    line = pumping()
    line.trap_level = 0.999
    live(line, 20.0)
    assert line.trap_full
    line.pump = "purge"
    live(line, 10.0)
    assert not line.trap_full


def test_after_a_power_cut_the_analyser_is_cold_for_minutes() -> None:
    line = pumping()
    line.power_cut()
    assert line.warming
    live(line, 301.0)
    assert not line.warming
