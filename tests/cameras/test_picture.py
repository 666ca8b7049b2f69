"""The figures of small pictures that a person can imagine."""

import random

import pytest

from lanectl.cameras.judge import MOVED_BELOW
from lanectl.cameras.picture import HEIGHT, WIDTH, Eye

PLAIN = bytes([120]) * (WIDTH * HEIGHT)


def hall(seed: int = 1) -> bytes:
    """A hall with edges in every block."""
    dice = random.Random(seed)
    rows = []
    for _ in range(0, HEIGHT, 3):
        row = bytes(dice.randrange(256) for _ in range(0, WIDTH, 4) for _ in range(1))
        wide = b"".join(bytes([level]) * 4 for level in row)
        rows += [wide] * 3
    return b"".join(rows)


def with_box(picture: bytes, left: int, top: int, width: int, height: int, level: int) -> bytes:
    rows = bytearray(picture)
    for row in range(top, top + height):
        rows[row * WIDTH + left : row * WIDTH + left + width] = bytes([level]) * width
    return bytes(rows)


def test_a_plain_picture_has_a_level_and_nothing_else() -> None:
    figures = Eye().look(PLAIN)
    assert figures == {"level": 120.0, "spread": 0.0, "edges": 0.0, "change": None, "match": None}


def test_the_same_picture_again_is_no_change() -> None:
    eye = Eye()
    eye.look(hall())
    assert eye.look(hall())["change"] == 0.0


def test_a_change_of_one_level_everywhere_is_a_change_of_one() -> None:
    eye = Eye()
    eye.look(PLAIN)
    assert eye.look(bytes([121]) * len(PLAIN))["change"] == 1.0


def test_a_clock_that_goes_on_is_not_seen_when_its_region_is_known() -> None:
    region = (0.0, 0.0, 0.5, 0.2)
    masked, open_eyed = Eye(region), Eye()
    for eye in (masked, open_eyed):
        eye.look(with_box(hall(), 0, 0, 48, 10, 255))
    later = with_box(hall(), 0, 0, 48, 10, 0)
    assert masked.look(later)["change"] == 0.0
    seen = open_eyed.look(later)["change"]
    assert seen is not None
    assert seen > 1.0


def test_a_clock_on_a_covered_lens_adds_no_outlines() -> None:
    figures = Eye((0.0, 0.0, 0.5, 0.2)).look(with_box(PLAIN, 3, 2, 20, 5, 255))
    assert (figures["spread"], figures["edges"]) == (0.0, 0.0)


def test_the_reference_is_recognised_in_other_light_and_behind_a_car() -> None:
    reference = hall()
    darker = bytes(level // 2 + 10 for level in reference)
    eye = Eye(reference=reference)
    assert eye.look(reference)["match"] == 1.0
    assert eye.look(darker)["match"] == 1.0
    half_hidden = eye.look(with_box(reference, 0, 18, WIDTH, 27, 90))["match"]
    assert half_hidden is not None
    assert 0.4 < half_hidden < 0.6


def test_another_view_is_not_the_reference() -> None:
    match = Eye(reference=hall(1)).look(hall(2))["match"]
    assert match is not None
    assert match < MOVED_BELOW


def test_a_reference_without_outlines_says_nothing() -> None:
    assert Eye(reference=PLAIN).look(hall())["match"] is None


@pytest.mark.parametrize("size", [0, WIDTH * HEIGHT - 1, WIDTH * HEIGHT + 1])
def test_a_picture_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="instead of"):
        Eye().look(bytes(size))


def test_a_region_that_hides_most_of_the_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="more than half"):
        Eye((0.0, 0.0, 1.0, 0.9))
