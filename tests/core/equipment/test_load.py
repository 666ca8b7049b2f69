"""Load of ASM and VMAS: worked examples, edges of the classes, domains, and what part the brake takes."""

import copy
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanectl.core.equipment.load import (
    AsmLoad,
    asm_load,
    brake_force_n,
    indicated_power_kw,
    inertia_simulation_error,
    vmas_load,
)
from lanectl.core.figures import LimitsMissing
from lanectl.core.formulas import force_from_power, total_force_n

MASSES = st.floats(400, 4000)
SPEEDS = st.floats(0.5, 150)


@pytest.mark.parametrize(
    ("mass", "p5025", "p2540", "f5025", "f2540"),
    [
        (1020, 6.891891891891892, 5.513513513513513, 992.4324324324324, 496.21621621621614),
        (1270, 8.58108108108108, 6.864864864864865, 1235.6756756756756, 617.8378378378378),
        (2100, 14.18918918918919, 11.35135135135135, 2043.2432432432431, 1021.6216216216214),
    ],
)
def test_asm_load_is_that_of_the_worked_examples(
    mass: float, p5025: float, p2540: float, f5025: float, f2540: float
) -> None:
    at_25, at_40 = asm_load(mass, 148.0, 25.0), asm_load(mass, 185.0, 40.0)
    assert at_25 is not None
    assert at_40 is not None
    assert (at_25.power_kw, at_40.power_kw) == pytest.approx((p5025, p2540), rel=1e-9)
    assert (at_25.force_n, at_40.force_n) == pytest.approx((f5025, f2540), rel=1e-9)


def test_the_brake_takes_what_the_bench_does_not_lose() -> None:
    load = asm_load(1020.0, 148.0, 25.0)
    assert load is not None
    assert indicated_power_kw(load.power_kw, 0.69) == pytest.approx(6.201891891891892, rel=1e-9)


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_asm_load_has_no_value_outside_its_domain(bad: float) -> None:
    assert asm_load(bad, 148.0, 25.0) is None
    assert asm_load(1020.0, bad, 25.0) is None
    assert asm_load(1020.0, 148.0, bad) is None


@settings(max_examples=30)
@given(MASSES, st.floats(0.1, 10))
def test_asm_load_grows_with_the_mass(mass: float, factor: float) -> None:
    one, other = asm_load(mass, 148.0, 25.0), asm_load(mass * factor, 148.0, 25.0)
    assert isinstance(one, AsmLoad)
    assert isinstance(other, AsmLoad)
    assert other.power_kw == pytest.approx(one.power_kw * factor, rel=1e-12)
    assert one.force_n * 25.0 / 3600.0 == pytest.approx(one.power_kw, rel=1e-12)


def test_a_loss_beyond_the_load_leaves_no_power_for_the_brake() -> None:
    assert indicated_power_kw(1.0, 1.0) == 0.0
    assert indicated_power_kw(1.0, 1.1) is None
    assert indicated_power_kw(math.nan, 0.1) is None
    assert brake_force_n(100.0, 20.0, 25.0) is None
    assert brake_force_n(100.0, 0.1, 0.0) is None


@settings(max_examples=30)
@given(st.floats(100, 5000), st.floats(0, 0.5), SPEEDS)
def test_brake_and_loss_together_are_the_total(total_n: float, loss_kw: float, speed: float) -> None:
    brake = brake_force_n(total_n, loss_kw, speed)
    if total_n * speed / 3600.0 > loss_kw:
        assert brake is not None
        assert total_force_n(brake, loss_kw, speed) == pytest.approx(total_n, rel=1e-9)


@pytest.mark.parametrize(
    ("mass", "power", "inertia"),
    [
        (600, 1.3, 680), (750, 1.3, 680), (750.001, 1.4, 800), (850, 1.4, 800), (1020, 1.5, 910), (1250, 1.7, 1130),
        (1470, 1.8, 1360), (1480, 2.0, 1590), (1930, 2.1, 1810), (2150, 2.3, 2040), (2380, 2.4, 2270),
        (2610, 2.6, 2270), (2611, 2.7, 2270), (3500, 2.7, 2270),
    ],
)  # fmt: skip
def test_a_class_of_reference_mass_ends_with_its_upper_bound(
    mass: float, power: float, inertia: float, petrol: dict[str, Any]
) -> None:
    load = vmas_load(mass, petrol["vmas"]["load"])
    assert (load.power_50_kw, load.inertia_kg) == (power, inertia)
    assert load.uncertain == ("absorbed_power_50_kw", "shape", "inertia_from", "inertia_kg")


@settings(max_examples=30)
@given(MASSES, SPEEDS)
def test_a_cubic_load_meets_its_power_at_50_and_grows_eightfold_at_twice_the_speed(mass: float, speed: float) -> None:
    load = vmas_load(mass, LOAD)
    at, twice, at_50 = load.total_force_n(speed), load.total_force_n(2 * speed), load.total_force_n(50.0)
    assert at is not None
    assert twice is not None
    assert twice * 2 * speed == pytest.approx(8 * at * speed, rel=1e-9)
    assert at_50 == pytest.approx(force_from_power(load.power_50_kw, 50.0), rel=1e-12)


def test_a_constant_force_is_that_at_50_at_every_speed_but_a_standstill() -> None:
    constant = vmas_load(1480, _with("shape", "constant_force"))
    assert constant.total_force_n(20.0) == constant.total_force_n(100.0) == pytest.approx(144.0, rel=1e-12)
    assert constant.total_force_n(0.0) is None
    assert vmas_load(1480, LOAD).total_force_n(0.0) == 0.0


@pytest.mark.parametrize("speed", [-1.0, math.nan, math.inf])
def test_there_is_no_load_at_an_impossible_speed(speed: float) -> None:
    assert vmas_load(1480, LOAD).total_force_n(speed) is None


def test_inertia_is_by_class_or_the_reference_mass_itself() -> None:
    exact = vmas_load(1480, _with("inertia_from", "reference_mass"))
    assert exact.inertia_kg == 1480.0
    assert "inertia_kg" not in exact.uncertain
    assert exact.simulated_inertia_kg(907.2) == pytest.approx(572.8, rel=1e-12)
    assert vmas_load(700, LOAD).simulated_inertia_kg(907.2) == pytest.approx(-227.2, rel=1e-12)
    assert exact.inertia_force_n(1.04) == pytest.approx(1539.2, rel=1e-12)


@pytest.mark.parametrize("mass", [0.0, -1.0, math.nan, math.inf])
def test_a_vehicle_without_mass_has_no_load(mass: float) -> None:
    with pytest.raises(ValueError, match="reference mass"):
        vmas_load(mass, LOAD)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("class_up_to_kg", [750, 700]),
        ("class_up_to_kg", [750, 750]),
        ("absorbed_power_50_kw", [1.0]),
        ("absorbed_power_50_kw", [0.0] * 11),
        ("shape", "square"),
        ("inertia_from", "plate"),
    ],
)
def test_a_load_table_that_is_not_whole_is_named(name: str, value: object) -> None:
    with pytest.raises(LimitsMissing, match=r"vmas\.load"):
        vmas_load(1480, _with(name, value))


def test_inertia_simulation_is_exact_when_brake_and_rollers_together_show_the_inertia() -> None:
    load_n, acceleration = 100.0, 0.8
    force = load_n + (1590 - 907.2) * acceleration
    assert inertia_simulation_error(1590, force, load_n, 907.2, acceleration) == pytest.approx(0.0, abs=1e-12)
    short = inertia_simulation_error(1590, load_n, load_n, 907.2, acceleration)
    assert short == pytest.approx((907.2 - 1590) / 1590, rel=1e-12)
    assert inertia_simulation_error(1590, load_n + 1590.0, load_n, 0.0, 1.0) == 0.0
    assert inertia_simulation_error(0.5, load_n + 0.5, load_n, 0.0, 1.0) == 0.0
    assert inertia_simulation_error(1590, force, load_n, 907.2, 0.0) is None
    assert inertia_simulation_error(0.0, force, load_n, 907.2, 1.0) is None
    assert inertia_simulation_error(1590, math.nan, load_n, 907.2, 1.0) is None


LOAD: dict[str, Any] = {
    "class_up_to_kg": {"value": [750, 850, 1020, 1250, 1470, 1700, 1930, 2150, 2380, 2610], "conf": "B"},
    "absorbed_power_50_kw": {"value": [1.3, 1.4, 1.5, 1.7, 1.8, 2.0, 2.1, 2.3, 2.4, 2.6, 2.7], "conf": "C"},
    "shape": {"value": "cubic", "conf": "C"},
    "inertia_from": {"value": "class_table", "conf": "C"},
    "inertia_kg": {"value": [680, 800, 910, 1130, 1360, 1590, 1810, 2040, 2270, 2270, 2270], "conf": "C"},
}


def _with(name: str, value: object) -> dict[str, Any]:
    load = copy.deepcopy(LOAD)
    load[name]["value"] = value
    return load
