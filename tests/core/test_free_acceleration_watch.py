"""What is looked at beside the snaps, by itself: the pedal, holes in the engine speed, the control unit's own word."""

import math

import pytest

from lanectl.core.free_acceleration_watch import FreeAccelerationWatch

UP_PCT, DOWN_PCT, PEDAL_MS = 10.0, 90.0, 1000
HOLE_MS, IDLE_MS, TOP_MS = 300, 3000, 1000
NEVER = -1


def watch() -> FreeAccelerationWatch:
    figures = {
        "hole_ms": HOLE_MS, "pedal_ms": PEDAL_MS, "pedal_up": round(UP_PCT * 1e6), "pedal_down": round(DOWN_PCT * 1e6),
        "told_idle_ms": IDLE_MS, "told_top_ms": TOP_MS,
    }  # fmt: skip
    return FreeAccelerationWatch(figures, 80.0)


def slow(*samples: tuple[int, float]) -> list[int]:
    """Return the times at which a pedal that reads so is too slow."""
    looking = watch()
    return [t_ms for t_ms, pedal in samples if looking.is_pedal_slow(t_ms, pedal)]


@pytest.mark.parametrize(("half_ms", "is_slow"), [(1500, False), (1501, True)])
def test_a_pedal_is_slow_when_it_is_between_up_and_down_for_too_long(half_ms: int, is_slow: bool) -> None:
    assert slow((0, 0.0), (500, UP_PCT), (half_ms, 50.0)) == ([half_ms] if is_slow else [])


def test_a_pedal_that_is_down_is_not_slow_and_neither_is_one_that_comes_back_up() -> None:
    assert slow((0, 0.0), (900, DOWN_PCT), (3000, 50.0), (5000, 50.0)) == []
    assert slow((0, 0.0), (900, DOWN_PCT - 0.1), (3000, 50.0)) == [3000]


def test_nobody_saw_a_pedal_up_that_is_half_down_from_the_beginning() -> None:
    assert slow((0, 50.0), (5000, 50.0)) == []


@pytest.mark.parametrize("nothing", [math.nan, math.inf, -math.inf])
def test_a_sample_that_does_not_tell_the_pedal_does_not_make_it_begin_again(nothing: float) -> None:
    assert slow((0, 0.0), (600, nothing), (1200, 50.0), (1300, nothing)) == [1200]


def test_a_hole_in_the_engine_speed_is_told_while_it_lasts_and_where_it_ends() -> None:
    looking = watch()
    samples = ((0, 760.0), (300, math.nan), (301, math.nan), (400, math.nan), (500, 760.0), (600, 760.0))
    assert [looking.is_speed_unknown(t_ms, rpm) for t_ms, rpm in samples] == [0, 0, 1, 1, 1, 0]


def test_samples_that_are_far_apart_and_all_tell_the_speed_are_no_hole() -> None:
    looking = watch()
    assert [looking.is_speed_unknown(t_ms, 760.0) for t_ms in (0, 1000, 2000)] == [0, 0, 0]


def test_before_the_first_engine_speed_there_is_no_hole_and_nothing_has_turned() -> None:
    looking = watch()
    assert [looking.is_speed_unknown(t_ms, math.nan) for t_ms in (0, 1000)] == [0, 0]
    assert looking.has_turned == 0
    assert looking.is_speed_unknown(2000, 760.0) == 0
    assert looking.has_turned == 1
    assert looking.is_speed_unknown(2301, math.nan) == 1


def test_a_speed_known_at_the_very_beginning_begins_a_hole() -> None:
    looking = watch()
    assert looking.is_speed_unknown(0, 760.0) == 0
    assert looking.is_speed_unknown(400, math.nan) == 1


@pytest.mark.parametrize(("after_ms", "pairs"), [(IDLE_MS - 1, 0), (IDLE_MS, 1)])
def test_two_speeds_at_idle_are_compared_once_both_had_the_time_to_be_the_same(after_ms: int, pairs: int) -> None:
    looking = watch()
    looking.compare(500 + after_ms, 760.0, 755.5, NEVER, 500)
    assert (looking.idle_pairs, looking.top_pairs) == (pairs, 0)
    assert (looking.idle_counted, looking.idle_told) == (pairs * 760_000_000, pairs * 755_500_000)


def test_idle_from_the_very_beginning_is_idle() -> None:
    looking = watch()
    looking.compare(IDLE_MS, 760.0, 760.0, NEVER, 0)
    looking.compare(IDLE_MS, 760.0, 760.0, NEVER, NEVER)
    assert looking.idle_pairs == 1


@pytest.mark.parametrize(("after_ms", "pairs"), [(TOP_MS - 1, 0), (TOP_MS, 1)])
def test_two_speeds_at_the_top_are_compared_once_the_control_unit_was_asked_again(after_ms: int, pairs: int) -> None:
    looking = watch()
    looking.compare(500, 2700.0, 2600.0, 500, NEVER)
    looking.compare(500 + after_ms, 2700.0, 2600.0, 500, NEVER)
    assert (looking.top_pairs, looking.idle_pairs) == (pairs, 0)
    assert (looking.top_counted, looking.top_told) == (pairs * 2700_000_000, pairs * 2600_000_000)


def test_a_speed_told_before_the_top_and_not_since_is_not_compared() -> None:
    looking = watch()
    looking.compare(499, 2600.0, 1500.0, NEVER, NEVER)
    looking.compare(2000, 2700.0, 1500.0, 500, NEVER)
    assert looking.top_pairs == 0
    looking.compare(2100, 2700.0, 2650.0, 500, NEVER)
    assert looking.top_pairs == 1


def test_at_the_top_nothing_is_taken_for_idle() -> None:
    looking = watch()
    looking.compare(9000, 2700.0, 2700.0, 9000, 0)
    assert (looking.idle_pairs, looking.top_pairs) == (0, 0)


@pytest.mark.parametrize(
    ("rpm", "told", "pairs"),
    [
        (760.0, 0.0, 1), (760.0, 0.5, 1), (760.0, 1.0e5, 1), (1.0e5, 760.0, 1), (0.0, 760.0, 1),
        (760.0, -0.1, 0), (760.0, 1.00001e5, 0), (1.00001e5, 760.0, 0), (760.0, math.nan, 0), (math.nan, 760.0, 0),
        (760.0, math.inf, 0),
    ],
)  # fmt: skip
def test_what_can_be_an_engine_speed_is_compared_and_nothing_else(rpm: float, told: float, pairs: int) -> None:
    looking = watch()
    looking.compare(IDLE_MS, rpm, told, NEVER, 0)
    assert looking.idle_pairs == pairs


def test_a_pedal_was_seen_once_anybody_told_of_it() -> None:
    looking = watch()
    looking.see(math.nan, math.nan, math.nan)
    assert looking.saw_pedal == 0
    looking.see(0.0, 90.0, math.nan)
    assert (looking.saw_pedal, looking.warmth.engine_temp_c) == (1, 90.0)
