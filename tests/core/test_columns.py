"""In what counts a trace is kept, and where two traces by columns first differ."""

from array import array

import pytest

from lanectl.core.channels import decimals_of, from_count, scale_of, to_count
from lanectl.core.columns import Columns

NAN = float("nan")


@pytest.mark.parametrize(
    ("name", "decimals"), [("co_pct", 9), ("opacity_n_pct", 9), ("obd_pedal_d_pct", 9), ("hc_ppm", 6), ("obd_rpm", 6)]
)
def test_a_share_is_kept_to_nine_decimals_and_all_else_to_six(name: str, decimals: int) -> None:
    assert decimals_of(name) == decimals
    assert scale_of(name) == 10**decimals
    assert (to_count(name, 1.5), from_count(name, 15 * 10 ** (decimals - 1))) == (15 * 10 ** (decimals - 1), 1.5)


def trace(*values: float, t_ms: tuple[int, ...] = (), rows: tuple[int, ...] = (), name: str = "co_pct") -> Columns:
    """Return a trace of one channel, a row a second."""
    times = t_ms or tuple(range(0, len(values) * 1000, 1000))
    return Columns(array("q", times), array("i", rows or (1,) * len(values)), {name: array("d", values)})


def test_the_same_rows_do_not_differ() -> None:
    assert trace(0.1, NAN, 0.3).first_difference(trace(0.1, NAN, 0.3)) is None


def test_rows_that_follow_in_the_other_are_no_difference() -> None:
    assert trace(0.1, 0.2).first_difference(trace(0.1, 0.2, 0.3)) is None


@pytest.mark.parametrize(
    ("other", "row"),
    [
        (trace(0.1, 0.2, 0.30000000000000004), 2),
        (trace(0.1, NAN, 0.3), 1),
        (trace(0.1, 0.2, 0.3, t_ms=(1, 1000, 2000)), 0),
        (trace(0.1, 0.2, 0.3, rows=(1, 1, 0)), 2),
        (trace(0.1, 0.2, 0.3, t_ms=(0, 1000, 2001), rows=(1, 1, 0)), 2),
    ],
)
def test_a_value_a_hole_a_time_or_a_count_that_differs_is_told_by_its_row(other: Columns, row: int) -> None:
    mine = trace(0.1, 0.2, 0.3)
    assert mine.first_difference(other) == row
    assert other.first_difference(mine) == row


def test_a_channel_that_only_one_has_differs_where_it_says_something() -> None:
    both = Columns(
        array("q", (0, 1000)), array("i", (1, 1)), {"co_pct": array("d", (0.1, 0.2)), "hc_ppm": array("d", (NAN, 7.0))}
    )
    assert trace(0.1, 0.2).first_difference(both) == both.first_difference(trace(0.1, 0.2)) == 1


def test_holes_are_alike_whatever_their_bits_and_so_are_both_noughts() -> None:
    odd = array("d")
    odd.frombytes((0x7FF8000000000001).to_bytes(8, "little"))
    assert trace(NAN).first_difference(trace(odd[0])) is None
    assert trace(0.0).first_difference(trace(-0.0)) is None
