"""When a curve passes a level, and when nobody can say."""

import pytest

from lanectl.core.equipment.crossing import ALREADY_THERE, NOT_REACHED, TOO_FEW, Crossing, crossing, first_crossing
from lanectl.core.equipment.flow_check import mean_of_last

LONGEST_S = 1.0


@pytest.mark.parametrize("times_s", [(), (0.0,)])
def test_less_than_two_samples_pass_no_level(times_s: tuple[float, ...]) -> None:
    readings = [50.0] * len(times_s)
    assert crossing(times_s, readings, 60.0, True, LONGEST_S) == Crossing(None, TOO_FEW)
    assert first_crossing(times_s, readings, 40.0, LONGEST_S) == Crossing(None, TOO_FEW)


def test_two_samples_are_enough_and_the_time_lies_between_them() -> None:
    assert crossing((0.0, 1.0), (0.0, 10.0), 4.0, True, LONGEST_S).at_s == pytest.approx(0.4)
    assert crossing((0.0, 1.0), (10.0, 0.0), 4.0, False, LONGEST_S).at_s == pytest.approx(0.6)
    assert first_crossing((0.0, 1.0), (10.0, 0.0), 4.0, LONGEST_S).at_s == pytest.approx(0.6)


def test_a_level_is_passed_for_good_and_a_spike_does_not_count() -> None:
    times, readings = (0.0, 1.0, 2.0, 3.0), (0.0, 9.0, 1.0, 9.0)
    assert crossing(times, readings, 5.0, True, LONGEST_S).at_s == pytest.approx(2.5)
    assert crossing(times, readings, 9.5, True, LONGEST_S) == Crossing(None, NOT_REACHED)
    assert crossing(times, readings, 0.0, True, LONGEST_S) == Crossing(None, ALREADY_THERE)


def test_a_timer_of_a_coast_down_stops_at_the_first_passing() -> None:
    readings = (9.0, 4.0, 9.0, 4.0)
    assert first_crossing((0.0, 1.0, 2.0, 3.0), readings, 5.0, LONGEST_S).at_s == pytest.approx(0.8)
    assert first_crossing((0.0, 1.0), (5.0, 4.0), 5.0, LONGEST_S) == Crossing(None, NOT_REACHED)
    assert first_crossing((0.0, 1.0), (6.0, 5.0), 5.0, LONGEST_S).at_s == pytest.approx(1.0)


@pytest.mark.parametrize("times_s", [(), (5.0,)])
def test_a_mean_needs_two_rows(times_s: tuple[float, ...]) -> None:
    assert mean_of_last(times_s, [3.0] * len(times_s), 0.0) is None


def test_a_mean_is_that_of_the_last_seconds_alone_and_wants_all_of_them() -> None:
    times, values = (0.0, 1.0, 2.0, 3.0), [9.0, 1.0, 2.0, 6.0]
    assert mean_of_last(times, values, 2.0) == 4.0
    assert mean_of_last(times, values, 3.0) == 3.0
    assert mean_of_last(times, values, 3.1) is None
    assert mean_of_last(times, values[:3], 2.0) is None
    assert mean_of_last(times, [9.0, None, 2.0, 6.0], 2.0) == 4.0
    assert mean_of_last(times, [9.0, 1.0, None, 6.0], 2.0) is None
