"""The parts of free acceleration by themselves: smoke at idle, one snap, and the snaps that are kept."""

import pytest

from lanectl.core.free_acceleration_snaps import IdleSmoke, KeptSnaps, Snap

SLOW, FULL_SCALE, SHORT_HOLD, FLAT, SHORT_OF_SPEED, NO_OPACITY, PEAK_AT_IDLE = 1, 4, 8, 64, 128, 1024, 2048
"""The marks, as the verdict spells them out."""
GOVERNED, HOLD_MS, FLAT_K = 2340_000_000, 2000, 100


def idle(*samples: tuple[int, int], look_back_ms: int = 2000) -> IdleSmoke:
    smoke = IdleSmoke(look_back_ms)
    for t_ms, density in samples:
        smoke.keep(t_ms, density)
    return smoke


def snap(rows: int = 30, pace_ms: int = 100, **figures: int) -> Snap:
    """Return a snap that was held long enough at the governed speed, and smoked from 50 to 900."""
    given = {"governed_from": GOVERNED, "hold_ms": HOLD_MS, "flat_k": FLAT_K, "fewest_per_10_s": 90, **figures}
    made = Snap(given)
    made.begin(1000, 1000, 50)
    for row in range(rows):
        made.count(1000 + row * pace_ms)
        made.take_speed(1000 + row * pace_ms, GOVERNED)
    made.take(900)
    return made


def test_the_valley_is_the_lowest_smoke_of_the_time_looked_back_on() -> None:
    smoke = idle((0, 1), (1000, 30), (1500, 20), (2000, 40), (2500, 35))
    smoke.look_back(3000, 99)
    assert (smoke.valley_k, smoke.t_valley) == (20, 1500)
    assert (smoke.has_peak, smoke.peak_k) == (1, 40)


def test_a_sample_as_old_as_the_time_looked_back_on_belongs_to_it() -> None:
    smoke = idle((1000, 10), (2000, 20))
    smoke.look_back(3000, 99)
    assert smoke.valley_k == 10
    smoke.look_back(3001, 99)
    assert smoke.valley_k == 20


def test_the_first_of_two_equal_valleys_is_taken_and_smoke_at_it_is_smoke_since() -> None:
    smoke = idle((1000, 5), (2000, 5))
    smoke.look_back(2500, 99)
    assert (smoke.t_valley, smoke.peak_k, smoke.has_peak) == (1000, 5, 1)


def test_with_no_sample_there_is_what_was_last_seen_and_no_peak() -> None:
    smoke = idle()
    smoke.look_back(5000, 77)
    assert (smoke.valley_k, smoke.t_valley, smoke.has_peak) == (77, 3000, 0)


def test_what_was_forgotten_is_not_found_again() -> None:
    smoke = idle((1000, 3), (1100, 4))
    smoke.forget()
    assert smoke.rows == 0
    smoke.keep(2000, 60)
    smoke.look_back(2100, 99)
    assert (smoke.valley_k, smoke.peak_k, smoke.rows) == (60, 60, 1)


def test_more_samples_than_are_kept_push_out_the_oldest() -> None:
    smoke = idle(*((n, 1000 - n) for n in range(200)), look_back_ms=10_000)
    assert smoke.rows == 128
    smoke.look_back(200, 5000)
    assert (smoke.valley_k, smoke.t_valley) == (801, 199)
    smoke = idle(*((n, n) for n in range(200)), look_back_ms=10_000)
    smoke.look_back(200, 5000)
    assert (smoke.valley_k, smoke.peak_k) == (72, 199)


@pytest.mark.parametrize(("dark_ms", "dark"), [(1499, 0), (1500, 1), (1501, 1)])
def test_the_beam_was_dark_if_it_was_since_the_valley(dark_ms: int, dark: int) -> None:
    smoke = idle((1000, 30), (1500, 20), (2000, 40))
    assert smoke.was_dark() == 0
    smoke.keep_full(dark_ms)
    smoke.look_back(2500, 99)
    assert smoke.was_dark() == dark


def test_a_beam_that_was_dark_at_the_very_beginning_was_dark() -> None:
    smoke = idle((0, 20), (100, 30))
    smoke.keep_full(0)
    smoke.look_back(1000, 99)
    assert (smoke.t_valley, smoke.was_dark()) == (0, 1)
    assert IdleSmoke(2000).was_dark() == 0


def test_a_snap_as_it_should_be_has_no_mark() -> None:
    made = snap()
    made.close()
    assert (made.marks, made.peak_k, made.peak_rpm, made.top_ms) == (0, 900, GOVERNED, 2900)


@pytest.mark.parametrize(("last_ms", "mark"), [(1999, SHORT_HOLD), (2000, 0)])
def test_the_governed_speed_is_held_long_enough_from_the_figure_on(last_ms: int, mark: int) -> None:
    made = Snap({"governed_from": GOVERNED, "hold_ms": HOLD_MS, "flat_k": FLAT_K, "fewest_per_10_s": 0})
    made.begin(0, 0, 0)
    made.count(0)
    made.take(900)
    made.take_speed(0, GOVERNED)
    made.take_speed(last_ms, GOVERNED)
    made.close()
    assert made.marks == mark


def test_a_hold_that_is_broken_begins_again() -> None:
    made = snap(rows=0)
    for t_ms, speed in ((0, GOVERNED), (1500, GOVERNED), (1600, GOVERNED - 1), (1700, GOVERNED), (3000, GOVERNED)):
        made.take_speed(t_ms, speed)
    assert made.top_ms == 1500


def test_a_snap_short_of_the_speed_says_that_alone() -> None:
    made = snap(rows=0)
    made.take_speed(1000, GOVERNED - 1)
    made.count(1000)
    made.close()
    assert made.marks == SHORT_OF_SPEED
    assert made.peak_rpm == GOVERNED - 1


def test_without_a_governed_speed_no_hold_is_short() -> None:
    made = snap(rows=1, governed_from=0)
    made.close()
    assert made.marks == 0


@pytest.mark.parametrize(("peak", "mark"), [(149, FLAT), (150, 0)])
def test_smoke_that_hardly_rises_is_flat(peak: int, mark: int) -> None:
    made = snap()
    made.clear()
    made.begin(0, 0, 50)
    made.take(peak)
    made.count(0)
    made.take_speed(0, GOVERNED)
    made.take_speed(HOLD_MS, GOVERNED)
    made.close()
    assert made.marks == mark


@pytest.mark.parametrize(("pace_ms", "mark"), [(100, 0), (111, 0), (112, SLOW), (130, SLOW)])
def test_an_opacimeter_below_its_pace_is_slow(pace_ms: int, mark: int) -> None:
    made = snap(rows=31, pace_ms=pace_ms)
    made.close()
    assert made.marks == mark


def test_a_snap_without_smoke_says_so() -> None:
    made = snap()
    made.clear()
    made.begin(0, 0, 0)
    made.take_speed(0, GOVERNED)
    made.take_speed(5000, GOVERNED)
    made.close()
    assert made.marks == NO_OPACITY | FLAT


def test_a_peak_on_the_way_up_is_marked_until_a_higher_one_comes() -> None:
    made = snap(rows=0)
    made.clear()
    made.take_idle_peak(500)
    made.take_idle_peak(400)
    assert (made.peak_k, made.marks) == (500, PEAK_AT_IDLE)
    made.take(500)
    assert made.marks == PEAK_AT_IDLE
    made.take(501)
    assert (made.peak_k, made.marks) == (501, 0)


def test_the_last_three_are_kept_in_their_order_and_the_highest_thrown_away_is_known() -> None:
    kept = KeptSnaps(repeated_marks=SHORT_OF_SPEED)
    for number, peak in enumerate((700, 300, 800, 400, 500), start=1):
        kept.take(number << 12, 1, peak, peak * 10, number)
    assert kept.counted == 5
    assert [kept.peak_of(n) for n in range(3)] == [800, 400, 500]
    assert [kept.speed_of(n) for n in range(3)] == [8000, 4000, 5000]
    assert [kept.number_of(n) for n in range(3)] == [3, 4, 5]
    assert [kept.marks_of(n) >> 12 for n in range(3)] == [3, 4, 5]
    assert (kept.has_discarded, kept.discarded_k, kept.discarded_full) == (1, 700, 0)


def test_a_repeated_snap_does_not_count_and_does_not_vanish() -> None:
    kept = KeptSnaps(repeated_marks=SHORT_OF_SPEED)
    kept.take(SHORT_OF_SPEED | FULL_SCALE | FLAT, 1, 900, 1, 0)
    assert (kept.counted, kept.repeats, kept.repeat_marks) == (0, 1, SHORT_OF_SPEED)
    assert (kept.has_discarded, kept.discarded_k, kept.discarded_full) == (1, 900, 1)
    kept.take(SHORT_OF_SPEED, 0, 0, 1, 0)
    assert (kept.repeats, kept.discarded_k) == (2, 900)


def test_a_thrown_away_snap_without_smoke_has_no_peak() -> None:
    kept = KeptSnaps(repeated_marks=SHORT_OF_SPEED)
    kept.take(SHORT_OF_SPEED | NO_OPACITY, 0, 0, 1, 0)
    assert (kept.repeats, kept.has_discarded) == (1, 0)


def test_a_higher_peak_thrown_away_later_is_the_highest_thrown_away() -> None:
    kept = KeptSnaps(repeated_marks=SHORT_OF_SPEED)
    for peak in (0, 300, 900, 600):
        kept.take(SHORT_OF_SPEED, 1, peak, 1, 0)
        assert kept.has_discarded == 1
    assert kept.discarded_k == 900


def test_a_peak_of_nothing_that_was_thrown_away_is_a_peak() -> None:
    kept = KeptSnaps(repeated_marks=SHORT_OF_SPEED)
    kept.take(SHORT_OF_SPEED, 1, -5, 1, 0)
    assert (kept.has_discarded, kept.discarded_k) == (1, -5)


@pytest.mark.parametrize(("last_ms", "mark"), [(2000, 0), (2001, SLOW)])
def test_nine_pauses_in_a_second_are_the_slowest_pace_there_may_be(last_ms: int, mark: int) -> None:
    made = snap(rows=9)
    made.count(last_ms)
    made.close()
    assert made.marks & SLOW == mark


def test_before_any_idle_there_is_nothing_to_look_back_on() -> None:
    smoke = idle()
    smoke.look_back(1000, 77)
    assert (smoke.valley_k, smoke.t_valley, smoke.has_peak) == (77, -1000, 0)


def test_the_valley_is_one_of_idle_even_where_the_last_smoke_was_less() -> None:
    smoke = idle((1000, 30), (1100, 40))
    smoke.look_back(1500, 20)
    assert (smoke.valley_k, smoke.t_valley) == (30, 1000)


@pytest.mark.parametrize(("dark", "thrown_away"), [(0, 1), (1, 0), (2, 0)])
def test_a_dark_snap_that_a_fourth_pushes_out_was_thrown_away(dark: int, thrown_away: int) -> None:
    kept = KeptSnaps(repeated_marks=SHORT_OF_SPEED)
    for number in range(4):
        kept.take(FULL_SCALE if number == dark else 0, 1, 500, 1, number)
    assert kept.discarded_full == thrown_away
