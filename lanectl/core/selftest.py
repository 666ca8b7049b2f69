"""Known answers: whether this core, as loaded here and now, still says what it must.

Knows inputs with answers worked out by hand, and one small ASM test. It is run when a lane starts.
"""

from collections.abc import Callable

from lanectl.core.asm_trial import AsmTrial
from lanectl.core.diesel import opacity_pct, power_correction, smoke_density_per_m
from lanectl.core.formulas import (
    air_ratio_lambda,
    asm_total_power_kw,
    dilution_factor,
    force_from_power,
    half_even,
    no_humidity_factor,
)
from lanectl.core.second import LegalSecond
from lanectl.core.verdict import FAIL, INVALID, PASS, Verdict
from lanectl.core.vmas_formulas import exhaust_share, gas_mass_g, standard_flow_l_s

RELATIVE = 1e-12


class CoreDamaged(Exception):  # noqa: N818 - named by what is wrong
    """The core gives another answer than the known one; nothing may be judged with it."""


FORMULAS: tuple[tuple[str, Callable[[], float], float], ...] = (
    ("dilution factor", lambda: dilution_factor(0.1, 8.0, 4.644, 3.0), 1.899104382373273),
    ("dilution factor at its cap", lambda: dilution_factor(0.1, 4.0, 4.644, 3.0), 3.0),
    ("humidity factor", lambda: no_humidity_factor(25.0, 50.0, 101.3), 0.9729623402523351),
    ("humidity factor above 30 degC", lambda: no_humidity_factor(36.0, 60.0, 100.0), 1.2219534143361908),
    ("lambda", lambda: air_ratio_lambda(3.5, 12.6, 0.4, 250.0, 100.0, 1.7261, 0.0176), 0.9104964303970561),
    ("roller force", lambda: force_from_power(asm_total_power_kw(1270.0, 148.0), 25.0), 1235.6756756756756),
    ("smoke density", lambda: smoke_density_per_m(40.34, 0.430), 1.2011823416313696),
    ("opacity", lambda: opacity_pct(1.39, 0.430), 44.9924644422641),
    ("power correction", lambda: power_correction(1, 12.3, 95.8, 1.2), 0.9504744555335931),
    ("power correction, natural", lambda: power_correction(0, 20.0, 80.0, 1.2), 1.2731553178769757),
    (
        "mass of a second",
        lambda: gas_mass_g(0.002, standard_flow_l_s(100.0, 40.0, 99.0) * exhaust_share(20.8, 18.0, 1.0), 1.25, 1.0),
        0.030130075556831434,
    ),
    ("rounding to even", lambda: float(half_even(25, 10)), 2.0),
)


def known_answers() -> None:
    """Raise CoreDamaged unless every known answer comes out."""
    for name, ask, expected in FORMULAS:
        answer = ask()
        if not abs(answer - expected) <= RELATIVE * abs(expected):
            raise CoreDamaged(f"{name}: {answer!r} instead of {expected!r}")
    for name, no_ppm, seconds, outcome, reason in (
        ("quick check", 300.0, 20, PASS, "quick_check_passed"),
        ("full mode", 400.0, 90, PASS, None),
        ("immediate fail", 4000.0, 20, FAIL, "immediate_fail_500_percent"),
        ("short trace", 400.0, 89, INVALID, "incomplete"),
    ):
        verdict = _small_test(no_ppm, seconds)
        if verdict.outcome != outcome or (reason is not None and reason not in verdict.reasons):
            raise CoreDamaged(f"{name}: {verdict.outcome} {verdict.reasons} instead of {outcome}")


def _small_test(no_ppm: float, seconds: int) -> Verdict:
    trial = AsmTrial({"fuel": "petrol", "reference_mass_kg": 1480.0}, FIGURES, "a", None)
    values = {
        "speed_kmh": 25.0,
        "force_n": 1440.0,
        "hc_ppm": 20.0,
        "co_pct": 0.1,
        "co2_pct": 15.0,
        "o2_pct": 0.3,
        "no_ppm": no_ppm,
        "ambient_temp_c": 25.0,
        "humidity_pct": 50.0,
        "pressure_kpa": 101.3,
    }
    for second in range(seconds):
        trial.push(LegalSecond(second * 1000, values))
    trial.end()
    verdict = trial.verdict()
    if verdict is None:
        raise CoreDamaged("an ended test has no verdict")
    return verdict


def _figures(**figures: float | str) -> dict[str, object]:
    return {name: {"value": value, "conf": "A", "clause": "known answers"} for name, value in figures.items()}


FIGURES: dict[str, object] = {
    "sets": {
        "a": _figures(
            asm5025_co_pct=0.5,
            asm5025_hc_ppm=90,
            asm5025_no_ppm=700,
            asm2540_co_pct=0.4,
            asm2540_hc_ppm=80,
            asm2540_no_ppm=650,
        )
    },
    "rules": _figures(
        speed_5025_kmh=25.0,
        speed_2540_kmh=40.0,
        power_divisor_5025=148,
        power_divisor_2540=185,
        hold_s=5,
        preset_s=10,
        window_s=10,
        mode_s=90,
        mode_total_s=145,
        speed_tolerance_kmh=2.0,
        force_tolerance_fraction=0.05,
        out_in_a_row_s=2,
        out_in_total_s=5,
        steady_below_kmh=1.0,
        steadiness="last_to_first",
        deciding_window="last_valid",
        quick_fraction=0.5,
        immediate_fail_multiple=5.0,
        immediate_fail_s=10,
        immediate_fail_after_preset="yes",
        compare="rounded",
        round_co_decimals=2,
        round_hc_decimals=0,
        round_no_decimals=0,
        natural_gas_hc_judged="no",
        min_co_plus_co2_pct=6.0,
        co_plus_co2_low_s=3,
        low_flow_s=3,
        engine_stall_below_rpm=300,
        df_cap=3.0,
        df_a_petrol=4.644,
        lambda_hcv_petrol=1.7261,
        lambda_ocv_petrol=0.0176,
    ),
}
"""The figures of the known answers, frozen here: they test the arithmetic, whatever the lane's limits data says."""
