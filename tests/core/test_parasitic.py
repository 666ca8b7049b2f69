"""What the rollers lose between and beyond the speeds that were measured."""

import pytest

from lanectl.core.parasitic import loss_force_n

POINTS = ((20.0, 0.5), (40.0, 1.2), (60.0, 2.4))  # 90, 108 and 144 N


@pytest.mark.parametrize(
    ("speed_kmh", "force_n"),
    [(0.0, 0.0), (-3.0, 0.0), (0.1, 90.0), (20.0, 90.0), (30.0, 99.0), (40.0, 108.0), (45.0, 117.0), (60.0, 144.0),
     (90.0, 144.0)],
)  # fmt: skip
def test_the_loss_is_a_straight_line_between_and_the_nearest_beyond(speed_kmh: float, force_n: float) -> None:
    assert loss_force_n(POINTS, speed_kmh) == pytest.approx(force_n, rel=1e-12)


def test_one_measured_speed_is_enough() -> None:
    assert loss_force_n(((40.0, 1.2),), 10.0) == loss_force_n(((40.0, 1.2),), 70.0) == pytest.approx(108.0)
