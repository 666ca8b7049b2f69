"""The measuring chamber of an opacimeter: light, smoke, delays, windows."""

from math import exp, log

import pytest

from simulators.smoke_meter import HIGHEST_N_PCT, PATH_M, PHYSICAL_RESPONSE_S, WHOLE_RESPONSE_S, SmokeMeter

DT_S = 0.01


def run(meter: SmokeMeter, seconds: float, k_per_m: float, rpm: float = 800.0) -> list[float]:
    shown = []
    for _ in range(round(seconds / DT_S)):
        meter.step(DT_S, k_per_m, rpm)
        shown.append(meter.k_per_m)
    return shown


@pytest.fixture
def meter() -> SmokeMeter:
    made = SmokeMeter(seed=1)
    made.probe_in = True
    return made


def test_opacity_follows_the_law_of_light_over_430_millimetres(meter: SmokeMeter) -> None:
    run(meter, 5.0, 1.2)
    assert meter.n_pct == pytest.approx(100.0 * (1.0 - exp(-1.2 * 0.430)), abs=0.3)
    assert meter.k_per_m == pytest.approx(-log(1.0 - meter.n_pct / 100.0) / PATH_M)


def test_it_answers_a_step_within_the_time_of_the_standard(meter: SmokeMeter) -> None:
    shown = run(meter, 4.0, 2.0)
    rise_s = sum(0.1 * 2.0 < k < 0.9 * 2.0 for k in shown) * DT_S
    assert PHYSICAL_RESPONSE_S <= 0.4
    assert rise_s == pytest.approx(WHOLE_RESPONSE_S, abs=0.1)


def test_without_the_probe_there_is_clean_air(meter: SmokeMeter) -> None:
    meter.probe_in = False
    assert max(run(meter, 3.0, 5.0)) < 0.02


def test_black_smoke_never_shows_more_than_the_scale(meter: SmokeMeter) -> None:
    run(meter, 5.0, 40.0)
    assert meter.n_pct == HIGHEST_N_PCT
    assert meter.k_per_m == pytest.approx(16.06, abs=0.01)


def test_dirty_windows_are_smoke_until_zero_is_set(meter: SmokeMeter) -> None:
    meter.window_k_per_m = 0.3
    assert run(meter, 2.0, 0.0)[-1] == pytest.approx(0.3, abs=0.01)
    meter.start_zero()
    assert run(meter, 4.0, 0.0)[-1] == pytest.approx(0.0, abs=0.01)


def test_zero_set_in_smoke_is_missing_afterwards(meter: SmokeMeter) -> None:
    run(meter, 3.0, 0.5)
    meter.start_zero()
    run(meter, 4.0, 0.5)
    meter.probe_in = False
    run(meter, 4.0, 0.0)
    assert meter.n_pct < -15.0


def test_maxima_are_kept_until_they_are_cleared(meter: SmokeMeter) -> None:
    run(meter, 1.0, 2.0, rpm=3500.0)
    run(meter, 4.0, 0.0)
    assert meter.k_max_per_m > 1.0
    assert meter.rpm_max == 3500.0
    meter.clear_maxima()
    run(meter, 0.1, 0.0)
    assert meter.k_max_per_m < 0.05
    assert meter.rpm_max == 800.0
