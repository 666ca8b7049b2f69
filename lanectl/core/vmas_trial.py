"""The VMAS method as the lane, the audit and `evaluate` use it: figures in, verdict out.

Knows how the limits data becomes counts for the state machine, and how its codes become words and values.
Knows no formula and no timer: those are vmas.py's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lanectl.core.columns import Columns
from lanectl.core.equipment.load import VmasLoad, vmas_load
from lanectl.core.figures import Figures, LimitsMissing
from lanectl.core.formulas import to_nearest
from lanectl.core.second import LegalSecond
from lanectl.core.trial import Guidance, fuel_of, number_of
from lanectl.core.verdict import FAIL, INVALID, PASS, Judgement, Status, Uncertain, Verdict
from lanectl.core.vmas import Vmas
from lanectl.core.vmas_cycle import GEAR_CHANGE, distance_count, read_cycle
from lanectl.core.vmas_formulas import molar_density_g_l

PHASES = ("idle", "cycle", "done")
START = {"cycle": 1, "idle": 0}
OUTCOMES = (None, PASS, FAIL, INVALID)
CAUSES = {
    1: "incomplete",
    2: "engine_stall",
    3: "no_engine_speed",
    4: "gap_in_window",
    5: "value_missing_in_window",
    6: "low_flow",
    7: "co_plus_co2_low",
    8: "no_humidity_factor",
    9: "exhaust_o2_as_in_air",
    10: "dilution_ratio_outside",
    11: "ambient_o2_outside",
    12: "flow_meter_low",
    13: "speed_out_too_long",
    14: "speed_out_in_total",
    15: "distance_off",
    16: "reading_below_zero",
    17: "exhaust_not_captured",
}
SPEED_OUT = ("speed_out_too_long", "speed_out_in_total")
GASES = ("co", "hc", "nox")
CO, HC, NOX = range(3)
EXHAUST, DF, KH = 3, 4, 5
AS_JUDGED, NARROWER, OTHER_GEAR_CHANGE = range(3)
NOX_SUM, NOX_IS_NO = 2, 3
DELAYS = ("delay_co_hc_co2_s", "delay_no_s", "delay_o2_s", "delay_flow_s", "delay_dilute_o2_s")
LONGEST_DELAY_S = 60
DENSITY_SETS = ("ece", "molar")
CYCLES = ("falls_to_32", "holds_35")
FUELS = ("petrol", "hybrid", "cng", "lpg")
FINE, PERCENT, MASS = 10**6, 10**9, 10**12
DISTANCE = 3600 * FINE
LIMIT_SCALE = 10**4
LARGEST_LIMIT = 1000.0
LONGEST_WAY_KM = 100.0
LARGEST_FLOW_L_S = 10.0
LEAST_DENSITY, LARGEST_DENSITY = 0.01, 100.0
# More than the largest limit allows on the longest way, and a whole number for the state machine still.
LARGEST_MASS = 2 * 10**17
LEAST = {"co_least_pct": PERCENT, "hc_least_ppm": FINE, "no_least_ppm": FINE}

CHANNELS = (
    "speed_kmh", "engine_rpm", "co_pct", "co2_pct", "hc_ppm", "nox_ppm", "no_ppm", "no2_ppm", "o2_pct", "flow_l_s",
    "flow_temp_c", "flow_pressure_kpa", "dilute_o2_pct", "ambient_o2_pct", "ambient_temp_c", "humidity_pct",
    "pressure_kpa", "low_flow",
)  # fmt: skip
"""What the state machine takes of a second, in its order."""
NEEDS = (
    "speed_kmh", "co_pct", "co2_pct", "hc_ppm", "nox_ppm", "o2_pct", "flow_l_s", "flow_temp_c", "flow_pressure_kpa",
    "dilute_o2_pct", "ambient_o2_pct", "ambient_temp_c", "humidity_pct", "pressure_kpa",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VmasRow:
    """The second of the cycle that was measured last: what the formulas made of it."""

    cycle_s: int
    reference_kmh: float
    share: float
    standard_l_s: float
    exhaust_l_s: float
    df: float
    kh: float
    co_g: float
    hc_g: float
    nox_g: float


class VmasTrial:
    """One vehicle under VMAS."""

    method = "vmas"
    start_phases: tuple[str, ...] = tuple(START)
    needs: tuple[str, ...] = NEEDS
    instead: Mapping[str, tuple[str, ...]] = {"nox_ppm": ("no_ppm",)}

    def __init__(
        self, vehicle: Mapping[str, object], section: Mapping[str, object], limit_set: str, start_phase: str | None
    ) -> None:
        self.limit_set = limit_set
        self._section = section
        self._figures = Figures(self.method, section, limit_set)
        self._fuel = fuel_of(vehicle, FUELS)
        self.load = self._load(number_of(vehicle, "reference_mass_kg"))
        self._hc_judged = self._fuel != "cng" or self._figures.switch("natural_gas_hc_judged", ("no", "yes")) == "yes"
        self._decimals = self._figures.whole("round_g_per_km_decimals")
        self._machine = self._build(start_phase or self.start_phases[0])

    def push(self, second: LegalSecond) -> Status:
        """Take the next legal second."""
        self._machine.push(int(second.rows > 0), *(second.number(name) for name in CHANNELS))
        return self.status()

    def feed(self, seconds: Columns, samples: Columns) -> None:
        """Take a whole trace at once."""
        if seconds.rows:
            self._machine.feed(seconds.rows, seconds.block(CHANNELS))

    def status(self) -> Status:
        """Return where the test stands; the cycle's time goes on until the last reading has arrived."""
        machine = self._machine
        decided = machine.outcome > 0
        elapsed, whole = machine.timer_s, machine.drive.cycle_s + machine.longest_delay_s
        if PHASES[machine.phase] == "idle":
            elapsed, whole = machine.idle_s, machine.idle_whole_s
        return Status(PHASES[machine.phase], elapsed, 0 if decided else whole - elapsed, 0, decided)

    def end(self) -> None:
        """Say that the trace is over."""
        self._machine.end()

    def total_force_n(self) -> float | None:
        """Return the road load at the speed of the cycle now; what accelerating takes comes on top (``load``)."""
        target = self.target_kmh()
        return None if target is None else self.load.total_force_n(target[0])

    def target_kmh(self) -> tuple[float, float] | None:
        """Return the speed of the cycle now and its tolerance."""
        machine = self._machine
        if machine.outcome > 0:
            return None
        return machine.drive.reference_of(machine.timer_s) / FINE, self._figures.rule("speed_tolerance_kmh")

    def guidance(self) -> Guidance:
        """Return the speed to follow."""
        return Guidance(*(self.target_kmh() or (None, None)))

    def measured(self) -> VmasRow | None:
        """Return the second measured last, which lies behind the newest by the longest delay; None before the first."""
        machine = self._machine
        if machine.measured_s == 0:
            return None
        place = machine.measured_s - 1
        masses = [machine.mass_of(gas) for gas in range(3)]
        flows = (machine.share, machine.standard_l_s, machine.exhaust_l_s)
        return VmasRow(place, machine.drive.reference_of(place) / FINE, *flows, machine.df, machine.kh, *masses)

    def verdict(self) -> Verdict | None:
        """Return the verdict once there is one."""
        outcome = OUTCOMES[self._machine.outcome]
        if outcome is None:
            return None
        judgements = () if outcome == INVALID else self._judgements()
        rounding = outcome != INVALID and self._is_within(full=True) != self._is_within(full=False)
        return Verdict(
            outcome,
            self.method,
            self.limit_set,
            self._values(outcome),
            judgements,
            self._reasons(outcome, rounding),
            self._uncertain(outcome, rounding),
        )

    # -- figures in

    def _load(self, reference_mass_kg: float) -> VmasLoad:
        load = self._section.get("load")
        if not isinstance(load, Mapping):
            raise LimitsMissing("vmas.load", "missing")
        return vmas_load(reference_mass_kg, load)

    def _build(self, start_phase: str) -> Vmas:
        f = self._figures
        densities = {name: self._densities(name) for name in DENSITY_SETS}
        family = "petrol" if self._fuel == "hybrid" else self._fuel
        machine = Vmas(
            self._counts(start_phase),
            f.rule(f"df_a_{family}"),
            f.rule("df_cap"),
            self._flow("sample_flow_l_s"),
            densities[f.switch("density_set", DENSITY_SETS)],
        )
        for part in read_cycle(self._section, f.switch("last_gear_change", CYCLES)):
            machine.drive.add_operation(part.end_s, part.end_speed, int(part.kind == GEAR_CHANGE))
        machine.drive.close_cycle(self._at_most("envelope_shift_s", LONGEST_DELAY_S))
        return machine

    def _counts(self, start_phase: str) -> dict[str, int]:
        f = self._figures
        if self._decimals > 4:
            raise LimitsMissing("vmas.rules.round_g_per_km_decimals", "more decimals than are kept")
        delays = {name: self._at_most(name, LONGEST_DELAY_S) for name in DELAYS}
        return delays | self._distances() | {
            "phase": START[start_phase if f.whole("idle_s") else "cycle"],
            "longest_delay_s": max(delays.values()),
            **{name: f.whole(name) for name in ("idle_s", "out_in_a_row_s", "out_in_total_s")},
            **{name: f.whole(name) for name in ("low_flow_s", "low_flow_total_s")},
            "co_plus_co2_s": f.whole("co_plus_co2_low_s"),
            "co_plus_co2_total_s": f.whole("co_plus_co2_low_total_s"),
            **self._least(),
            "exhaust_least": to_nearest(self._flow("exhaust_least_l_s") * FINE),
            "tolerance": to_nearest(f.rule("speed_tolerance_kmh") * FINE),
            "narrower": to_nearest(f.rule("speed_tolerance_narrower_kmh") * FINE),
            "skips_shifting": int(f.switch("gear_change_seconds", ("count", "skip")) == "skip"),
            "co_plus_co2_min": to_nearest(f.rule("min_co_plus_co2_pct") * PERCENT),
            "stall_below": to_nearest(f.rule("engine_stall_below_rpm") * FINE),
            "air_o2_from": to_nearest(f.rule("ambient_o2_from_pct") * PERCENT),
            "air_o2_to": to_nearest(f.rule("ambient_o2_to_pct") * PERCENT),
            "meter_flow_from": to_nearest(f.rule("flow_meter_least_l_s") * FINE),
            "hc_judged": int(self._hc_judged),
            "compare_full": int(f.switch("compare", ("rounded", "full")) == "full"),
            "unit": 10 ** (4 - self._decimals),
            **{f"limit_{gas}": self._limit_count(gas, f) for gas in GASES},
        }  # fmt: skip

    def _distances(self) -> dict[str, int]:
        f = self._figures
        nominal, error = f.rule("distance_nominal_km"), f.rule("distance_max_error_km")
        if not 0 <= error < nominal <= LONGEST_WAY_KM:
            raise LimitsMissing("vmas.rules.distance_max_error_km", f"not from 0 to below {nominal:g} km")
        by_nominal = f.switch("distance_by", ("driven", "nominal")) == "nominal"
        return {
            "nominal": distance_count(nominal),
            "nominal_error": distance_count(error),
            "by_nominal": int(by_nominal),
        }

    def _least(self) -> dict[str, int]:
        for name in LEAST:
            if self._figures.rule(name) > 0:
                raise LimitsMissing(f"vmas.rules.{name}", "above 0")
        return {name[:8]: to_nearest(self._figures.rule(name) * scale) for name, scale in LEAST.items()}

    def _flow(self, name: str) -> float:
        flow = self._figures.rule(name)
        if not 0 <= flow <= LARGEST_FLOW_L_S:
            raise LimitsMissing(f"vmas.rules.{name}", f"not from 0 to {LARGEST_FLOW_L_S:g} l/s")
        return flow

    def _at_most(self, name: str, most: int) -> int:
        value = self._figures.whole(name)
        if value > most:
            raise LimitsMissing(f"vmas.rules.{name}", f"{value} is more than {most} s")
        return value

    def _limit_count(self, gas: str, figures: Figures) -> int:
        limit = figures.limit(f"{gas}_g_per_km")
        if not 0 <= limit <= LARGEST_LIMIT:
            raise LimitsMissing(f"vmas.sets.{figures.limit_set}.{gas}_g_per_km", f"not from 0 to {LARGEST_LIMIT:g}")
        return to_nearest(limit * LIMIT_SCALE)

    def _densities(self, density_set: str) -> list[float]:
        f = self._figures
        found = [f.rule(f"density_{gas}_g_l") for gas in GASES]
        if density_set == "molar":
            volume = f.rule("molar_volume_l")
            found = [molar_density_g_l(f.rule(f"molar_mass_{gas}_g"), volume) for gas in GASES]
        if not all(LEAST_DENSITY <= density < LARGEST_DENSITY for density in found):
            why = f"a density of {density_set} is not from {LEAST_DENSITY:g} to below {LARGEST_DENSITY:g} g/l"
            raise LimitsMissing("vmas.rules.density_set", why)
        return found

    # -- verdict out

    def _judged_gases(self) -> tuple[int, ...]:
        return (CO, HC, NOX) if self._hc_judged else (CO, NOX)

    def _raw(self, gas: int) -> float:
        machine = self._machine
        return machine.sum_of(gas) * DISTANCE / (machine.judged_distance * MASS)

    def _judged(self, gas: int) -> float:
        if self._machine.compare_full:
            return self._raw(gas)
        steps: int = 10**self._decimals
        return self._machine.rounded(self._machine.sum_of(gas)) / steps

    def _has(self, gas: int) -> bool:
        return gas != HC or not self._machine.hc_lacks

    def _judgements(self) -> tuple[Judgement, ...]:
        judgements = []
        machine = self._machine
        for gas in self._judged_gases():
            name = f"{GASES[gas]}_g_per_km"
            holds = bool(machine.holds(machine.sum_of(gas), machine.limit_of(gas), machine.compare_full))
            judgements.append(Judgement(name, self._judged(gas), self._raw(gas), self._figures.limit(name), holds))
        return tuple(judgements)

    def _values(self, outcome: str) -> dict[str, float | None]:
        machine = self._machine
        values: dict[str, float | None] = {}
        for gas, name in enumerate(GASES):
            has = outcome != INVALID and self._has(gas)
            values[f"{name}_g_per_km"] = self._judged(gas) if has else None
            values[f"{name}_g_per_km_raw"] = self._raw(gas) if has else None
            values[f"{name}_g"] = machine.sum_of(gas) / MASS if has else None
        driven = machine.drive.distance / DISTANCE if self._is_driven() else None
        values["distance_km"] = values["distance_km_raw"] = driven
        return values | self._values_beside(outcome)

    def _values_beside(self, outcome: str) -> dict[str, float | None]:
        machine = self._machine
        measured, whole = machine.measured_s > 0, outcome != INVALID
        seconds = machine.measured_s
        return {
            "speed_out_times": float(machine.drive.out_times_of(AS_JUDGED)),
            "speed_out_s": float(machine.drive.out_sum_of(AS_JUDGED)),
            "speed_out_longest_s": float(machine.drive.out_longest_of(AS_JUDGED)),
            "exhaust_l": machine.sum_of(EXHAUST) / FINE if whole else None,
            "dilution_ratio_lowest": machine.share_lowest if measured else None,
            "dilution_ratio_highest": machine.share_highest if measured else None,
            "ambient_o2_lowest_pct": machine.air_o2_lowest if measured else None,
            "ambient_o2_highest_pct": machine.air_o2_highest if measured else None,
            "mean_df": machine.sum_of(DF) / (PERCENT * seconds) if whole else None,
            "mean_kh": machine.sum_of(KH) / (PERCENT * seconds) if whole else None,
        }

    def _is_driven(self) -> bool:
        """Tell whether the whole way of the cycle was driven and measured."""
        machine = self._machine
        return machine.timer_s >= machine.drive.cycle_s or CAUSES.get(machine.cause) == "distance_off"

    def _reasons(self, outcome: str, rounding: bool) -> tuple[str, ...]:
        machine = self._machine
        cause = CAUSES.get(machine.cause)
        found = (
            (cause is not None, cause or ""),
            (outcome == FAIL, "over_limit"),
            (rounding, "rounding_decides"),
            (machine.drive.out_sum_of(AS_JUDGED) > 0 and cause not in SPEED_OUT, "speed_out_noted"),
            (bool(machine.saw_gap), "gap_outside_window"),
            (machine.low_gas_sum > 0 and cause != "co_plus_co2_low", "co_plus_co2_low_noted"),
            (machine.low_flow_sum > 0 and cause != "low_flow", "low_flow_noted"),
            (machine.nox_from == NOX_SUM, "nox_is_no_plus_no2"),
            (machine.nox_from == NOX_IS_NO, "nox_is_no_alone"),
            (not self._hc_judged, "hc_recorded_only"),
            (self._fuel == "hybrid", "hybrid_as_petrol"),
        )
        return tuple(code for holds, code in found if holds)

    def _uncertain(self, outcome: str, rounding: bool) -> tuple[Uncertain, ...]:
        machine = self._machine
        cause = CAUSES.get(machine.cause)
        judged = outcome != INVALID
        driven, measured = machine.timer_s > 0, machine.measured_s > 0
        smelt = measured or cause in ("ambient_o2_outside", "flow_meter_low", "reading_below_zero")
        consulted = (
            (driven, "speed_tolerance_kmh", cause in SPEED_OUT or (judged and self._is_out(NARROWER))),
            (driven, "out_in_a_row_s", cause == SPEED_OUT[0] or (judged and self._is_out_longer())),
            (driven, "out_in_total_s", cause == SPEED_OUT[1]),
            (driven, "gear_change_seconds", self._gear_changes_decide(outcome)),
            (driven, "distance_max_error_km", cause == "distance_off"),
            *((measured, name, False) for name in DELAYS),
            (measured, "sample_flow_l_s", False),
            (judged, "density_set", judged and self._density_decides()),
            (judged, "compare", rounding),
            (measured, "co_plus_co2_low_s", machine.low_gas_sum > 0 and cause != "co_plus_co2_low"),
            (measured, "co_plus_co2_low_total_s", machine.low_gas_sum > 0 and not self._air_in_a_row()),
            (machine.low_flow_sum > 0, "low_flow_s", cause != "low_flow"),
            (machine.low_flow_sum > 0, "low_flow_total_s", machine.low_flow_run < machine.low_flow_s),
            *((smelt, name, self._below_zero_decides(gas)) for gas, name in enumerate(LEAST)),
            (judged or cause == "exhaust_not_captured", "exhaust_least_l_s", cause == "exhaust_not_captured"),
            (machine.saw_rpm > 0, "engine_stall_below_rpm", cause in ("engine_stall", "no_engine_speed")),
            *((smelt, name, self._air_o2_decides()) for name in ("ambient_o2_from_pct", "ambient_o2_to_pct")),
            (smelt, "flow_meter_least_l_s", cause == "flow_meter_low"),
        )
        rules = [
            Uncertain(f"{self.method}.rules.{name}", decisive)
            for used, name, decisive in consulted
            if used and self._figures.is_uncertain(name)
        ]
        if driven:
            # No reading is made with them, but the rollers were loaded by them.
            rules += [Uncertain(f"{self.method}.load.{name}", False) for name in self.load.uncertain]
        if self._figures.limits_are_uncertain() and judged:
            rules.append(Uncertain(f"{self.method}.sets.{self.limit_set}", outcome == FAIL and self._passes_under("a")))
        return tuple(rules)

    def _is_out(self, reading: int) -> bool:
        """Tell whether another reading of the envelope would have made the test void."""
        machine = self._machine
        longest, total = machine.drive.out_longest_of(reading), machine.drive.out_sum_of(reading)
        return longest > machine.drive.out_in_a_row_s or total > machine.drive.out_in_total_s

    def _is_out_longer(self) -> bool:
        """Tell whether an excursion lasted longer than the shortest limit that is met in the field."""
        return self._machine.drive.out_longest_of(AS_JUDGED) > self._figures.whole("out_in_a_row_shortest_s")

    def _gear_changes_decide(self, outcome: str) -> bool:
        out = CAUSES.get(self._machine.cause) in SPEED_OUT
        return (out or outcome != INVALID) and self._is_out(OTHER_GEAR_CHANGE) != out

    def _air_in_a_row(self) -> bool:  # for too long, so that the bound in all did not matter
        machine = self._machine
        low = CAUSES.get(machine.cause) == "co_plus_co2_low"
        return low and (machine.low_gas_s >= machine.co_plus_co2_s or machine.df != machine.df)

    def _below_zero_decides(self, gas: int) -> bool:
        """Tell whether a gas was too far below zero, or below it and borne."""
        machine = self._machine
        return machine.void_gas == gas or (machine.outcome < 3 and bool(machine.below_zero & (1 << gas)))

    def _air_o2_decides(self) -> bool:
        """Tell whether the narrower window of ambient O2 would have been left, or the wider one was."""
        machine, f = self._machine, self._figures
        if CAUSES.get(machine.cause) == "ambient_o2_outside":
            return True
        lowest, highest = f.rule("ambient_o2_narrower_from_pct"), f.rule("ambient_o2_narrower_to_pct")
        return machine.outcome < 3 and (machine.air_o2_lowest < lowest or machine.air_o2_highest > highest)

    def _is_within(self, *, full: bool) -> bool:
        machine = self._machine
        gases = self._judged_gases()
        return all(machine.holds(machine.sum_of(gas), machine.limit_of(gas), int(full)) for gas in gases)

    def _density_decides(self) -> bool:
        """Tell whether the other set of densities would have led elsewhere."""
        machine = self._machine
        used = self._figures.switch("density_set", DENSITY_SETS)
        ours, others = self._densities(used), self._densities(next(name for name in DENSITY_SETS if name != used))
        masses = {gas: round(machine.sum_of(gas) * (others[gas] / ours[gas])) for gas in self._judged_gases()}
        within = all(
            machine.holds(min(mass, LARGEST_MASS), machine.limit_of(gas), machine.compare_full)
            for gas, mass in masses.items()
        )
        return within != (OUTCOMES[machine.outcome] == PASS)

    def _passes_under(self, limit_set: str) -> bool:
        machine = self._machine
        other = Figures(self.method, self._section, limit_set)
        return all(
            machine.holds(machine.sum_of(gas), self._limit_count(GASES[gas], other), machine.compare_full)
            for gas in self._judged_gases()
        )
