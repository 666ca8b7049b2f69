"""The lug-down method as the lane, the audit and `evaluate` use it: figures in, verdict out.

Knows how the limits data becomes counts for the state machine, and how its codes become words and values.
Knows no formula and no timer: those are lug_down.py's.
"""

from collections.abc import Mapping

from lanectl.core.columns import Columns
from lanectl.core.diesel import altitude_allowance_per_m
from lanectl.core.figures import Figures
from lanectl.core.formulas import half_even, no_humidity_factor, to_nearest
from lanectl.core.lug_down import LugDown
from lanectl.core.lug_down_watch import PERCENT, VOID_OR_NOTE, LugDownWatch
from lanectl.core.second import NO_VALUE, LegalSecond
from lanectl.core.trial import Guidance, VehicleFactMissing, fuel_of, number_of
from lanectl.core.verdict import FAIL, INVALID, PASS, Judgement, Status, Uncertain, Verdict

PHASES = (
    "max_rpm",
    "accelerate",
    "scan",
    "to_100",
    "settle_100",
    "sample_100",
    "to_80",
    "settle_80",
    "sample_80",
    "done",
)
START = {"scan": 2, "max_rpm": 0, "accelerate": 1}
OPEN, JUDGED = 0, 1
NO_CORRECTION, LOW_POWER = 8, 10
CAUSES = {
    1: "incomplete",
    2: "engine_stall",
    3: "gap_in_window",
    4: "value_missing_in_window",
    5: "opacity_full_scale",
    6: "full_throttle_too_long",
    7: "ambient_too_hot",
    8: "no_power_correction",
    9: "no_humidity_factor",
    10: "power_below_limit",
    11: "no_engine_speed",
    12: "too_many_retries",
    13: "power_not_confirmed",
    14: "power_decided_by_inertia",
    15: "probe_out",
    16: "low_flow",
    17: "pedal_released",
    18: "engine_speed_implausible",
}
VOIDING_RULES = {
    "engine_stall_below_rpm": ("engine_stall", "no_engine_speed"),
    "sampling_restarts_at_most": ("too_many_retries",),
    "power_confirm_share": ("power_not_confirmed",),
    "power_not_confirmed": ("power_not_confirmed",),
    "steady_power_below_limit": ("power_decided_by_inertia",),
    "co2_low_pct": ("probe_out",),
    "nox_low_ppm": ("probe_out",),
    "probe_out_s": ("probe_out",),
    "low_nox_alone": ("probe_out",),
    "low_flow_s": ("low_flow",),
    "pedal_reference": ("pedal_released",),
    "pedal_down_share": ("pedal_released",),
    "pedal_least_pct": ("pedal_released",),
    "pedal_released": ("pedal_released",),
    "engine_speed_off_obd_share": ("engine_speed_implausible",),
    "engine_speed_off_obd": ("engine_speed_implausible",),
    "weather_at_most_s": ("no_power_correction",),
}
"""Figures that can void a test, and the causes they do it by."""
POINTS = ("100", "80")
K, NOX, RPM, CO2, SPEED, KH, WHEEL_POWER = range(7)
SCALES = (10**9, 10**6, 10**6, 10**9, 10**6, 10**9, 10**6)
JUDGED_VALUES = (("k100_per_m", 0, K, "k"), ("k80_per_m", 1, K, "k"), ("nox80_ppm", 1, NOX, "nox"))
POWER = "corrected_max_power_kw"
WINDOW = "engine_speed_100_rpm"
FINE = 10**6

NEEDS = (
    "speed_kmh",
    "force_n",
    "engine_rpm",
    "opacity_n_pct",
    "nox_ppm",
    "ambient_temp_c",
    "pressure_kpa",
)


class LugDownTrial:
    """One vehicle under lug-down."""

    method = "lug_down"
    start_phases: tuple[str, ...] = tuple(START)
    instead: Mapping[str, tuple[str, ...]] = {"nox_ppm": ("no_ppm", "no2_ppm")}

    def __init__(
        self, vehicle: Mapping[str, object], section: Mapping[str, object], limit_set: str, start_phase: str | None
    ) -> None:
        self.limit_set = limit_set
        self._section = section
        self._figures = Figures(self.method, section, limit_set)
        fuel_of(vehicle, ("diesel",))
        self._rated_kw = number_of(vehicle, "rated_power_kw")
        self._rated_rpm = number_of(vehicle, "rated_rpm")
        self._turbo = _is_turbo(vehicle)
        self._corrects_nox = self._figures.switch("nox_humidity_correction", ("record", "apply")) == "apply"
        self.needs: tuple[str, ...] = (*NEEDS, "humidity_pct") if self._corrects_nox else NEEDS
        self._nox_is_sum = self._saw_rpm = False
        self._from_point = self._figures.switch("max_power_from", ("scan", "point_100")) == "point_100"
        self._watch = LugDownWatch(self._figures)
        self._machine = self._build(START[start_phase or "scan"])

    def push(self, second: LegalSecond) -> Status:
        """Take the next legal second."""
        if self._machine.outcome != OPEN:
            return self.status()
        n = second.number
        self._saw_rpm |= second.values.get("engine_rpm") is not None
        kh = no_humidity_factor(n("ambient_temp_c"), n("humidity_pct"), n("pressure_kpa"))
        nox = self._nox(second)
        cause = self._watch.see(self._machine.phase, second, nox)
        if cause:
            self._machine.break_off(cause)
        self._machine.push(
            int(second.rows > 0), n("speed_kmh"), n("force_n"), n("opacity_n_pct"), n("engine_rpm"),
            nox, n("co2_pct"), n("ambient_temp_c"), n("pressure_kpa"), kh,
        )  # fmt: skip
        return self.status()

    def feed(self, seconds: Columns, samples: Columns) -> None:
        """Take a whole trace at once."""
        for second in seconds.seconds(samples):
            self.push(second)

    def status(self) -> Status:
        """Return where the test stands; in the scan, elapsed is the time with the pedal on the floor."""
        machine = self._machine
        phase, elapsed, remaining = PHASES[machine.phase], machine.timer_s, None
        if phase.startswith(("settle", "to_")):
            remaining = self._figures.whole("settle_s") - elapsed
        elif phase.startswith("sample"):
            remaining = self._figures.whole("sample_s") - elapsed
        else:
            elapsed = machine.floored_s
        decided = machine.outcome != OPEN
        return Status(phase, elapsed, 0 if decided else remaining, machine.restarts, decided)

    def end(self) -> None:
        """Say that the trace is over."""
        self._machine.end()

    def total_force_n(self) -> float | None:
        """Return nothing: the rollers are held at a speed, not at a force."""
        return None

    def target_kmh(self) -> tuple[float, float] | None:
        """Return the speed of the point under way and its tolerance; in the scan there is none."""
        if not self._has_scanned() or self._machine.outcome != OPEN:
            return None
        return self._machine.target / FINE, self._figures.rule("settle_tolerance_kmh")

    def scan_rate_kmh_per_s(self) -> float:
        """Return how fast the rollers may slow down in the scan."""
        return self._figures.rule("scan_rate_kmh_per_s")

    def calculated_vel_max_hp_kmh(self) -> float | None:
        """Return where the power maximum is to be expected: the rated engine speed in the gear that is driven."""
        machine = self._machine
        if machine.max_rpm <= 0 or machine.speed_at_max_rpm <= 0:
            return None
        return machine.speed_at_max_rpm / FINE * self._rated_rpm / (machine.max_rpm / FINE)

    def guidance(self) -> Guidance:
        """Return the speed to hold."""
        return Guidance(*(self.target_kmh() or (None, None)))

    def verdict(self) -> Verdict | None:
        """Return the verdict once there is one."""
        machine = self._machine
        if machine.outcome == OPEN:
            return None
        judgements = self._judgements() if machine.outcome == JUDGED else ()
        outcome = INVALID
        if machine.outcome == JUDGED:
            outcome = PASS if all(judgement.ok for judgement in judgements) else FAIL
        rounding = any(judgement.ok != self._holds(judgement) for judgement in judgements)
        reasons = self._reasons(outcome, judgements, rounding)
        uncertain = self._uncertain(outcome, judgements, rounding)
        return Verdict(outcome, self.method, self.limit_set, self._values(), judgements, reasons, uncertain)

    # -- figures in

    def _nox(self, second: LegalSecond) -> float:
        """Return NOx, or NO and NO2 together where the analyser gives those instead."""
        if second.values.get("nox_ppm") is not None:
            return second.number("nox_ppm")
        no, no2 = second.values.get("no_ppm"), second.values.get("no2_ppm")
        if no is None or no2 is None:
            return NO_VALUE
        self._nox_is_sum = True
        return no + no2

    def _build(self, phase: int) -> LugDown:
        f = self._figures
        for name in ("k", "nox", "power", "speed"):
            f.unit(f"round_{name}_decimals", 10**9 if name == "k" else FINE)
        exits = ("settle", "sample", "keep")
        figures = {
            "settle_s": f.whole("settle_s"),
            "sample_s": f.whole("sample_s"),
            "floored_at_most_s": f.whole("full_throttle_at_most_s"),
            "top_speed_s": f.whole("top_speed_steady_s"),
            "top_speed_from": to_nearest(f.rule("top_speed_from_kmh") * FINE),
            "top_speed_to": to_nearest(f.rule("top_speed_up_to_kmh") * FINE),
            "idle_to": to_nearest(f.rule("idle_up_to_rpm") * FINE),
            "stall_below": to_nearest(f.rule("engine_stall_below_rpm") * FINE),
            "tolerance": to_nearest(f.rule("settle_tolerance_kmh") * FINE),
            "fastest_scan": to_nearest(f.rule("scan_rate_kmh_per_s") * FINE),
            "hottest": to_nearest(f.rule("ambient_up_to_c") * FINE),
            "least_power": to_nearest(self._least_power_kw() * FINE),
            "power_unit": f.unit("round_power_decimals", FINE),
            "compare_full": int(self._compares_full()),
            "point_exit": exits.index(f.switch("point_exit", exits)),
            "corrects_nox": int(self._corrects_nox),
            "restarts_at_most": f.whole("sampling_restarts_at_most"),
            "weather_at_most_s": f.whole("weather_at_most_s"),
            "power_from_point": int(self._from_point),
            "voids_not_confirmed": int(f.switch("power_not_confirmed", VOID_OR_NOTE) == "void"),
            "voids_by_inertia": int(f.switch("steady_power_below_limit", VOID_OR_NOTE) == "void"),
        }
        path, fm, second_point = f.rule("path_m"), f.rule("power_fm"), f.rule("second_point_fraction")
        inertia, share = f.rule("roller_inertia_kg"), f.rule("power_confirm_share")
        return LugDown(figures, path, fm, second_point, inertia, share, int(self._turbo), phase)

    def _least_power_kw(self) -> float:
        return self._figures.limit("least_power_fraction") * self._rated_kw

    def _compares_full(self) -> bool:
        return self._figures.switch("compare", ("rounded", "full")) == "full"

    def _allowance(self, reading: str) -> float:
        f = self._figures
        if reading == "none":
            return 0.0
        return altitude_allowance_per_m(
            f.rule("station_altitude_m"),
            f.rule("altitude_above_m"),
            f.rule("altitude_add_k_per_m"),
            f.rule("altitude_add_at_most_k_per_m"),
            int(reading == "stepped"),
        )

    def _limit(self, name: str, figures: Figures | None = None) -> float:
        limit = (figures or self._figures).limit(name)
        if not name.startswith("k"):
            return limit
        return limit + self._allowance(self._figures.switch("altitude_allowance", ("proportional", "stepped", "none")))

    # -- verdict out

    def _has_scanned(self) -> bool:
        return self._machine.target > 0

    def _sum(self, point: int, channel: int) -> tuple[int, int] | None:
        """Return a channel's sum over a whole point and the number of its seconds."""
        count = self._machine.count_of(point, channel)
        if count == 0 or count < self._figures.whole("sample_s"):
            return None
        return self._machine.sum_of(point, channel), count

    def _mean(self, point: int, channel: int) -> float | None:
        found = self._sum(point, channel)
        return None if found is None else found[0] / (SCALES[channel] * found[1])

    def _rounded(self, total: int, parts: int, name: str, scale: int) -> float:
        unit = self._figures.unit(f"round_{name}_decimals", scale)
        return half_even(total, unit * parts) * unit / scale

    def _judged_and_raw(
        self, total: int | None, parts: int, name: str, scale: int
    ) -> tuple[float | None, float | None]:
        if total is None:
            return None, None
        raw = total / (parts * scale)
        return (raw if self._compares_full() else self._rounded(total, parts, name, scale)), raw

    def _pairs(self) -> dict[str, tuple[float | None, float | None]]:
        """Return every judged quantity as judged and as it is."""
        machine = self._machine
        pairs = {}
        for key, point, channel, name in JUDGED_VALUES:
            found = self._sum(point, channel)
            total, parts = (None, 1) if found is None else found
            pairs[key] = self._judged_and_raw(total, parts, name, SCALES[channel])
        seen = machine.max_power > 0
        pairs["max_power_kw"] = self._judged_and_raw(machine.max_power if seen else None, 1, "power", FINE)
        pairs[POWER] = self._judged_and_raw(self._corrected_power(), 1, "power", FINE)
        pairs["vel_max_hp_kmh"] = self._judged_and_raw(machine.vel_max if seen else None, 1, "speed", FINE)
        return pairs

    def _corrected_power(self) -> int | None:
        """Return the corrected power that the least power is compared with."""
        if self._from_point:
            return self._machine.corrected_100 if self._sum(0, WHEEL_POWER) is not None else None
        return self._machine.corrected if self._has_scanned() else None

    def _values(self) -> dict[str, float | None]:
        values: dict[str, float | None] = {}
        for key, (judged, raw) in self._pairs().items():
            values[key], values[f"{key}_raw"] = judged, raw
        machine = self._machine
        values["power_factor"] = machine.factor if self._has_scanned() else None
        values["max_rpm"] = machine.max_rpm / FINE if machine.max_rpm > 0 else None
        values["calculated_vel_max_hp_kmh"] = self.calculated_vel_max_hp_kmh()
        values["nox100_ppm"] = self._mean(0, NOX)
        for point, name in enumerate(POINTS):
            values[f"speed{name}_kmh"] = self._mean(point, SPEED)
            values[f"rpm{name}"] = self._mean(point, RPM)
            values[f"co2_{name}_pct"] = self._mean(point, CO2)
            values[f"kh{name}"] = self._mean(point, KH)
            values[f"power{name}_kw"] = self._mean(point, WHEEL_POWER)
        return values | self._values_that_confirm()

    def _values_that_confirm(self) -> dict[str, float | None]:
        machine, watch = self._machine, self._watch
        scanned, pointed = self._has_scanned(), self._sum(0, WHEEL_POWER) is not None
        return {
            "expected_power100_kw": machine.expected_100 / FINE if scanned else None,
            "expected_power80_kw": machine.expected_80 / FINE if scanned else None,
            "corrected_power100_kw": machine.corrected_100 / FINE if pointed else None,
            "pedal_highest_pct": _or_none(watch.pedal_highest, PERCENT),
            "pedal_lowest_pct": _or_none(watch.pedal_lowest, PERCENT),
            "obd_rpm": watch.engine_speed_told(),
            "engine_temp_c": watch.warmth.engine_temp_c,
            "sampling_restarts": float(machine.sampling_restarts),
            "discarded_k100_per_m": self._discarded(0, K),
            "discarded_k80_per_m": self._discarded(1, K),
            "discarded_nox80_ppm": self._discarded(1, NOX),
        }

    def _discarded(self, point: int, channel: int) -> float | None:
        """Return the highest mean of a sampling that was broken off."""
        mean = self._machine.discarded_of(point, channel)
        return mean / SCALES[channel] if mean >= 0 else None

    def _is_discarded_over(self) -> bool:
        found = ((key, self._discarded(point, channel)) for key, point, channel, _name in JUDGED_VALUES)
        return any(value is not None and value > self._limit(key) for key, value in found)

    def _judgements(self) -> tuple[Judgement, ...]:
        pairs = self._pairs()
        power, raw = pairs[POWER]
        least = self._least_power_kw()
        judgements = [Judgement(POWER, power, raw, least, power is not None and _at_least(power, least), least)]
        if self._machine.cause != LOW_POWER:
            for key, _point, _channel, _name in JUDGED_VALUES:
                value, raw = pairs[key]
                limit = self._limit(key)
                judgements.append(Judgement(key, value, raw, limit, value is not None and value <= limit))
            if self._window_judged():
                judgements.append(self._judge_window())
        return tuple(judgements)

    def _window_judged(self) -> bool:
        return self._figures.switch("engine_speed_window", ("note", "fail")) == "fail"

    def _judge_window(self) -> Judgement:
        share = self._figures.rule("engine_speed_tolerance")
        low, high = self._rated_rpm * (1 - share), self._rated_rpm * (1 + share)
        speed = self._mean(0, RPM)
        return Judgement(WINDOW, speed, speed, high, speed is not None and low <= speed <= high, low)

    def _is_outside_window(self) -> bool:
        return self._sum(0, K) is not None and not self._judge_window().ok

    def _holds(self, judgement: Judgement) -> bool:
        """Tell whether a comparison holds under the other way of rounding."""
        if judgement.quantity == POWER:
            return judgement.ok != bool(self._machine.full_decides_otherwise)
        if judgement.quantity == WINDOW or judgement.value_raw is None:
            return judgement.ok
        other = judgement.value_raw
        if self._compares_full():
            _key, point, channel, name = next(row for row in JUDGED_VALUES if row[0] == judgement.quantity)
            found = self._sum(point, channel)
            if found is not None:
                other = self._rounded(*found, name, SCALES[channel])
        return other <= judgement.limit

    def _reasons(self, outcome: str, judgements: tuple[Judgement, ...], rounding: bool) -> tuple[str, ...]:
        machine = self._machine
        cause = CAUSES.get(machine.cause)
        over = [judgement for judgement in judgements if not judgement.ok and judgement.quantity not in (POWER, WINDOW)]
        found = (
            (cause is not None, cause or ""),
            (bool(over), "over_limit"),
            (rounding, "rounding_decides"),
            (self._is_outside_window(), "engine_speed_outside_window"),
            (bool(machine.saw_gap) and cause != "gap_in_window", "gap_outside_window"),
            (bool(machine.saw_missing), "value_missing_in_scan"),
            (bool(machine.saw_fast_scan), "scan_too_fast"),
            (bool(machine.saw_100_kmh), "gear_too_high"),
            (machine.sampling_restarts > 0, "sampling_restarted"),
            (self._is_discarded_over(), "discarded_over_limit"),
            (self._nox_is_sum, "nox_is_no_plus_no2"),
            (self._has_scanned() and self._allows_altitude() and outcome != INVALID, "altitude_allowance"),
            *self._remarks(),
            *(self._unconfirmed() if outcome != INVALID else ()),
        )
        return tuple(dict.fromkeys(code for holds, code in found if holds))

    def _remarks(self) -> tuple[tuple[bool, str], ...]:
        """Say what does not look right though it voids nothing."""
        machine, watch, f = self._machine, self._watch, self._figures
        low_rpm = 0 < machine.max_rpm < f.rule("max_rpm_least_share") * self._rated_rpm * FINE
        return (
            (bool(machine.saw_not_confirmed), "power_not_confirmed"),
            (bool(machine.saw_by_inertia), "power_decided_by_inertia"),
            (watch.saw_released, "pedal_released"),
            (watch.saw_low_nox_alone, "nox_near_zero"),
            (self._is_opacity_near_zero(), "opacity_near_zero"),
            (self._has_scanned() and low_rpm, "max_rpm_low"),
            (watch.saw_implausible, "engine_speed_implausible"),
            (watch.warmth.is_cold, "engine_cold"),
            (watch.is_pedal_short(), "pedal_short_of_full_scale"),
        )

    def _unconfirmed(self) -> tuple[tuple[bool, str], ...]:
        """Say what nobody could confirm, because the trace does not have it."""
        watch = self._watch
        sampled = watch.sampled_s > 0
        return (
            (sampled and watch.co2_s < watch.sampled_s, "probe_without_co2"),
            (sampled and watch.pedal_s < watch.sampled_s, "pedal_unconfirmed"),
            (sampled and not watch.is_engine_speed_confirmed(), "engine_speed_unconfirmed"),
            (sampled and watch.warmth.engine_temp_c is None, "temperature_unknown"),
        )

    def _is_opacity_near_zero(self) -> bool:
        means = [self._mean(point, K) for point in range(2)]
        return all(k is not None and k < self._figures.rule("near_zero_k_per_m") for k in means)

    def _allows_altitude(self) -> bool:
        return self._limit("k100_per_m") > self._figures.limit("k100_per_m")

    def _uncertain(self, outcome: str, judgements: tuple[Judgement, ...], rounding: bool) -> tuple[Uncertain, ...]:
        machine = self._machine
        cause = CAUSES.get(machine.cause)
        f = self._figures
        sampled = outcome != INVALID and machine.cause != LOW_POWER
        altitude = sampled and f.rule("station_altitude_m") > f.rule("altitude_above_m")
        outside = self._is_outside_window() and not any(not row.ok for row in judgements if row.quantity != WINDOW)
        consulted = (
            (self._has_scanned(), "settle_tolerance_kmh", False),
            (self._has_scanned(), "point_exit", machine.sampling_restarts > 0),
            (self._has_scanned(), "max_power_from", self._power_reading_decides()),
            (self._sum(0, K) is not None, "engine_speed_tolerance", outside),
            (self._sum(0, K) is not None, "engine_speed_window", outside),
            (self._sum(1, K) is not None, "near_zero_k_per_m", False),
            (machine.max_rpm > 0, "max_rpm_least_share", False),
            (True, "full_throttle_at_most_s", cause == "full_throttle_too_long"),
            *((used, name, cause in VOIDING_RULES[name]) for name, used in self._voiding_consulted().items()),
            (outcome != INVALID, "compare", rounding),
            (outcome != INVALID, "round_power_decimals", False),
            (altitude, "altitude_allowance", altitude and self._altitude_decides(judgements)),
            (altitude, "altitude_add_k_per_m", altitude and self._altitude_decides(judgements)),
        )
        rules = [
            Uncertain(f"{self.method}.rules.{name}", decisive)
            for used, name, decisive in consulted
            if used and f.is_uncertain(name)
        ]
        if f.limits_are_uncertain() and outcome != INVALID:
            decisive = outcome == FAIL and self._passes_under("a")
            rules.append(Uncertain(f"{self.method}.sets.{self.limit_set}", decisive))
        return tuple(rules)

    def _voiding_consulted(self) -> dict[str, bool]:
        """Tell of each figure that can void a test whether this test consulted it."""
        machine, watch = self._machine, self._watch
        pointed, felt, smelt = (
            self._sum(0, WHEEL_POWER) is not None,
            watch.pedal_lowest is not None,
            watch.sampled_s > 0,
        )
        by_nox = watch.saw_low_nox_alone or watch.co2_s < watch.sampled_s
        return {
            "engine_stall_below_rpm": self._saw_rpm,
            "sampling_restarts_at_most": machine.sampling_restarts > 0,
            "power_confirm_share": pointed,
            "power_not_confirmed": bool(machine.saw_not_confirmed),
            "steady_power_below_limit": bool(machine.saw_by_inertia),
            "co2_low_pct": watch.co2_s > 0,
            "nox_low_ppm": by_nox,
            "probe_out_s": smelt,
            "low_nox_alone": watch.saw_low_nox_alone,
            "low_flow_s": watch.pinched_s > 0,
            "pedal_reference": felt,
            "pedal_down_share": felt,
            "pedal_least_pct": felt,
            "pedal_released": watch.saw_released,
            "engine_speed_off_obd_share": watch.is_engine_speed_confirmed(),
            "engine_speed_off_obd": watch.saw_implausible,
            "weather_at_most_s": self._has_scanned() or machine.cause == NO_CORRECTION,
        }

    def _power_reading_decides(self) -> bool:
        """Tell whether the scan and the point stand on different sides of the least power."""
        if not self._has_scanned() or self._sum(0, WHEEL_POWER) is None:
            return False
        powers = (self._machine.corrected, self._machine.corrected_100)
        return len({_at_least(power / FINE, self._least_power_kw()) for power in powers}) == 2

    def _altitude_decides(self, judgements: tuple[Judgement, ...]) -> bool:
        """Tell whether another reading of the altitude rule would change a comparison of k."""
        for judgement in judgements:
            if not judgement.quantity.startswith("k") or judgement.value is None:
                continue
            limit = self._figures.limit(judgement.quantity)
            for reading in ("proportional", "stepped", "none"):
                if (judgement.value <= limit + self._allowance(reading)) != judgement.ok:
                    return True
        return False

    def _passes_under(self, limit_set: str) -> bool:
        other = Figures(self.method, self._section, limit_set)
        for judgement in self._judgements():
            if judgement.quantity in (POWER, WINDOW):
                if not judgement.ok:
                    return False
            elif judgement.value is None or judgement.value > self._limit(judgement.quantity, other):
                return False
        return True


def _at_least(value: float, least: float) -> bool:
    """Compare as the state machine does, in whole counts."""
    return to_nearest(value * FINE) >= to_nearest(least * FINE)


def _or_none(count: int | None, scale: int) -> float | None:
    return None if count is None else count / scale


def _is_turbo(vehicle: Mapping[str, object]) -> bool:
    aspiration = vehicle.get("aspiration")
    if aspiration is None:
        raise VehicleFactMissing("aspiration")
    if aspiration not in ("natural", "turbo"):
        raise VehicleFactMissing("aspiration", f"{aspiration!r} is neither natural nor turbo")
    return aspiration == "turbo"
