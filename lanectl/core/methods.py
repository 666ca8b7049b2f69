"""The methods that the core can judge, by name.

Knows which method is which class. Knows no rule of any of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lanectl.core.asm_law import FUELS
from lanectl.core.asm_trial import AsmTrial
from lanectl.core.diesel import smoke_density_per_m
from lanectl.core.figures import Figures, LimitsMissing
from lanectl.core.formulas import (
    air_ratio_lambda,
    dilution_factor,
    is_missing,
    no_humidity_factor,
    power_from_force,
)
from lanectl.core.free_acceleration_trial import FreeAccelerationTrial
from lanectl.core.lug_down_trial import LugDownTrial
from lanectl.core.second import LegalSecond
from lanectl.core.trial import Trial, VehicleFactMissing, fuel_of
from lanectl.core.two_speed_trial import TwoSpeedTrial
from lanectl.core.vmas_trial import VmasTrial

__all__ = [
    "METHODS",
    "CorrectedRow",
    "DieselRow",
    "LimitsMissing",
    "StartPhaseError",
    "Trial",
    "VehicleFactMissing",
    "VmasTrial",
    "corrected_row",
    "diesel_row",
    "open_trial",
    "start_phases",
]

_Open = Callable[[Mapping[str, object], Mapping[str, object], str, str | None], Trial]
_TRIALS: dict[str, tuple[_Open, tuple[str, ...]]] = {
    AsmTrial.method: (AsmTrial, AsmTrial.start_phases),
    TwoSpeedTrial.method: (TwoSpeedTrial, TwoSpeedTrial.start_phases),
    VmasTrial.method: (VmasTrial, VmasTrial.start_phases),
    FreeAccelerationTrial.method: (FreeAccelerationTrial, FreeAccelerationTrial.start_phases),
    LugDownTrial.method: (LugDownTrial, LugDownTrial.start_phases),
}
METHODS: tuple[str, ...] = tuple(_TRIALS)


class StartPhaseError(ValueError):
    """A trace cannot begin in this phase."""


@dataclass(frozen=True, slots=True)
class CorrectedRow:
    """What the formulas make of one legal second; None where a formula has no value."""

    df: float | None
    kh: float | None
    lambda_: float | None
    co_pct: float | None
    hc_ppm: float | None
    no_ppm: float | None


@dataclass(frozen=True, slots=True)
class DieselRow:
    """What the formulas make of one legal second of a diesel test; None where a formula has no value."""

    k_per_m: float | None
    power_kw: float | None
    kh: float | None


def start_phases(method: str) -> tuple[str, ...]:
    """Return the phases in which a trace of this method may begin; the first is the usual one."""
    return _TRIALS[method][1]


def open_trial(
    method: str,
    vehicle: Mapping[str, object],
    limits: Mapping[str, object],
    limit_set: str,
    start_phase: str | None = None,
) -> Trial:
    """Open a trial; ``limits`` is the method's section of the limits data.

    Raises VehicleFactMissing, LimitsMissing, StartPhaseError, or KeyError for a method that is not here.
    """
    make, phases = _TRIALS[method]
    if start_phase is not None and start_phase not in phases:
        raise StartPhaseError(f"a trace of {method} cannot begin in {start_phase!r}, only in {', '.join(phases)}")
    return make(vehicle, limits, limit_set, start_phase)


def corrected_row(second: LegalSecond, fuel: str, asm_limits: Mapping[str, object]) -> CorrectedRow:
    """Correct one second as the ASM method does, for displays, records and tables. It judges nothing."""
    figures = Figures(AsmTrial.method, asm_limits, "a")
    family = fuel_of({"fuel": fuel}, FUELS).replace("hybrid", "petrol")
    n = second.number
    co, co2, hc, no = n("co_pct"), n("co2_pct"), n("hc_ppm"), n("no_ppm")
    df = dilution_factor(co, co2, figures.rule(f"df_a_{family}"), figures.rule("df_cap"))
    kh = no_humidity_factor(n("ambient_temp_c"), n("humidity_pct"), n("pressure_kpa"))
    hcv, ocv = figures.rule(f"lambda_hcv_{family}"), figures.rule(f"lambda_ocv_{family}")
    air = air_ratio_lambda(co, co2, n("o2_pct"), hc, no, hcv, ocv)
    found = (df, kh, air, co * df, hc * df, no * df * kh)
    return CorrectedRow(*(None if is_missing(value) else value for value in found))


def diesel_row(second: LegalSecond, path_m: float) -> DieselRow:
    """Work out one second of a diesel test, for displays, records and tables. It judges nothing."""
    n = second.number
    found = (
        smoke_density_per_m(n("opacity_n_pct"), path_m),
        power_from_force(n("force_n"), n("speed_kmh")),
        no_humidity_factor(n("ambient_temp_c"), n("humidity_pct"), n("pressure_kpa")),
    )
    return DieselRow(*(None if is_missing(value) else value for value in found))
