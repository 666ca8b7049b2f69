"""The judge on a clock of its own: figures and moments in, states out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanectl.cameras.judge import (
    COVERED_AFTER_MS,
    DARK_AFTER_MS,
    FROZEN_AFTER_MS,
    LOST_AFTER_MS,
    MOVED_AFTER_MS,
    Look,
    Seen,
    judge,
    see,
)
from lanectl.model.camera import CAMERA_STATES

GOOD = Look(0, level=110.0, spread=50.0, edges=6.0, change=1.5, match=0.9)
STILL = replace(GOOD, change=0.0)
DARK = replace(GOOD, level=3.0, spread=1.0, edges=0.1)
COVERED = replace(GOOD, level=120.0, spread=2.0, edges=0.1)
MOVED = replace(GOOD, match=0.05)
EVERY_MS = 1_000


class Watch:
    """Looks once a second at what it is told."""

    def __init__(self) -> None:
        self.now_ms, self.seen = 0, Seen()

    def look(self, look: Look, times: int = 1) -> list[str]:
        states = []
        for _ in range(times):
            self.now_ms += EVERY_MS
            self.seen = see(self.seen, replace(look, at_ms=self.now_ms))
            states.append(self.state)
        return states

    @property
    def state(self) -> str:
        return judge(self.seen, self.now_ms)


@pytest.fixture
def watch() -> Watch:
    """A camera that has been online for some seconds."""
    made = Watch()
    made.look(GOOD, 5)
    return made


def test_without_a_picture_a_camera_is_offline() -> None:
    assert judge(Seen(), 0) == "offline"


def test_a_living_picture_is_online_with_the_second_look() -> None:
    watch = Watch()
    assert watch.look(replace(GOOD, change=None)) == ["offline"]
    assert watch.look(GOOD) == ["online"]


@pytest.mark.parametrize(
    ("look", "word", "after_ms"),
    [
        (STILL, "frozen", FROZEN_AFTER_MS),
        (DARK, "dark", DARK_AFTER_MS),
        (COVERED, "covered", COVERED_AFTER_MS),
        (MOVED, "moved", MOVED_AFTER_MS),
    ],
)
def test_a_trouble_counts_when_it_has_lasted_and_ends_with_the_first_good_look(
    watch: Watch, look: Look, word: str, after_ms: int
) -> None:
    states = watch.look(look, 12)
    first = states.index(word)

    assert set(states[:first]) == {"online"}
    assert set(states[first:]) == {word}
    assert abs((first + 1) * EVERY_MS - after_ms) <= EVERY_MS
    assert watch.look(GOOD) == ["online"]


@pytest.mark.parametrize("look", [STILL, DARK, COVERED, MOVED])
def test_every_trouble_is_told_within_ten_seconds(watch: Watch, look: Look) -> None:
    assert watch.look(look, 10)[-1] != "online"


@pytest.mark.parametrize("look", [DARK, COVERED])
def test_what_passes_by_makes_no_state(watch: Watch, look: Look) -> None:
    for _ in range(5):
        assert set(watch.look(look, 2)) == {"online"}
        assert set(watch.look(GOOD, 2)) == {"online"}


def test_a_dark_picture_is_dark_although_it_is_flat_and_still_too(watch: Watch) -> None:
    assert watch.look(replace(DARK, change=0.0), 12)[-1] == "dark"


def test_a_covered_picture_is_covered_although_it_is_still_too(watch: Watch) -> None:
    assert watch.look(replace(COVERED, change=0.0), 12)[-1] == "covered"


def test_a_lamp_in_a_dark_hall_is_a_picture(watch: Watch) -> None:
    assert set(watch.look(replace(DARK, spread=18.0, edges=1.2), 12)) == {"online"}


def test_going_from_one_trouble_to_another_is_never_online_in_between(watch: Watch) -> None:
    watch.look(STILL, 8)
    states = watch.look(replace(DARK, change=100.0), 1) + watch.look(replace(DARK, change=0.0), 8)
    assert "online" not in states
    assert states[-1] == "dark"


def test_pictures_that_stay_away_make_a_camera_offline(watch: Watch) -> None:
    assert judge(watch.seen, watch.now_ms + LOST_AFTER_MS - 1) == "online"
    assert judge(watch.seen, watch.now_ms + LOST_AFTER_MS) == "offline"


@pytest.mark.parametrize("look", [STILL, DARK, COVERED, MOVED])
def test_a_stream_that_comes_back_bad_is_never_called_online(look: Look) -> None:
    watch = Watch()
    for _ in range(4):
        watch.seen = Seen()  # a new connection
        assert "online" not in watch.look(replace(look, change=None)) + watch.look(look, 12)


def test_after_a_gap_nothing_of_before_counts(watch: Watch) -> None:
    watch.look(STILL, 4)
    watch.now_ms += LOST_AFTER_MS
    assert watch.look(STILL, 2) == ["offline", "offline"]
    assert watch.look(GOOD) == ["online"]


def test_brightness_around_the_border_does_not_flicker(watch: Watch) -> None:
    around = [replace(DARK, level=level, change=1.0) for level in (19.0, 22.0, 19.0, 22.0, 24.0, 21.0, 19.0, 25.0)]
    states = [state for look in around for state in watch.look(look)]
    assert states == sorted(states, key=["online", "dark"].index)


def test_without_a_reference_nothing_is_moved(watch: Watch) -> None:
    assert set(watch.look(replace(GOOD, match=None), 20)) == {"online"}


figures = st.floats(0, 255)
all_looks = st.lists(
    st.tuples(
        st.integers(0, 9_000),
        figures,
        figures,
        figures,
        st.none() | figures,
        st.none() | st.floats(0, 1),
    ),
    max_size=30,
)


@given(all_looks)
def test_whatever_is_seen_there_is_one_word_for_it_and_silence_ends_it(looks: list[tuple[float, ...]]) -> None:
    seen, now_ms = Seen(), 0
    for later_ms, level, spread, edges, change, match in looks:
        now_ms += int(later_ms)
        seen = see(seen, Look(now_ms, level, spread, edges, change, match))
        assert judge(seen, now_ms) in CAMERA_STATES
    assert judge(seen, now_ms + LOST_AFTER_MS) == "offline"
