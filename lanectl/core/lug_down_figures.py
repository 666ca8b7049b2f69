"""The figures of lug-down for one vehicle, under one limit set: read once, as counts for the state machine.

Knows how the limits data becomes counts, what a limit is at this station's altitude, and how a value is rounded.
Knows no second and no verdict.
"""

from collections.abc import Mapping

from lanectl.core.diesel import altitude_allowance_per_m
from lanectl.core.figures import Figures
from lanectl.core.formulas import half_even, to_nearest
from lanectl.core.lug_down import LugDown
from lanectl.core.trial import VehicleFactMissing, fuel_of, number_of

METHOD = "lug_down"
FINE, PERCENT, DENSITY = 10**6, 10**9, 10**9
SCALE_OF = {"k": DENSITY, "nox": FINE, "power": FINE, "speed": FINE}
"""How many counts make one of what is rounded: 1/m, ppm, kW, km/h."""
VOID_OR_NOTE = ("void", "note")
EXITS = ("settle", "sample", "keep")
ALTITUDE_READINGS = ("proportional", "stepped", "none")


class LugDownFigures:
    """What the limits data asks of one vehicle. Raises LimitsMissing and VehicleFactMissing."""

    def __init__(self, vehicle: Mapping[str, object], section: Mapping[str, object], limit_set: str) -> None:
        self.limit_set = limit_set
        self.section = section
        self.of = f = Figures(METHOD, section, limit_set)
        fuel_of(vehicle, ("diesel",))
        self.rated_kw = number_of(vehicle, "rated_power_kw")
        self.rated_rpm = number_of(vehicle, "rated_rpm")
        self._is_turbo = _is_turbo(vehicle)
        self.corrects_nox = f.switch("nox_humidity_correction", ("record", "apply")) == "apply"
        self.from_point = f.switch("max_power_from", ("scan", "point_100")) == "point_100"
        self.compares_full = f.switch("compare", ("rounded", "full")) == "full"
        self.judges_window = f.switch("engine_speed_window", ("note", "fail")) == "fail"
        self._allowed_k = self.allowance(f.switch("altitude_allowance", ALTITUDE_READINGS))
        self.settle_s, self.sample_s = f.whole("settle_s"), f.whole("sample_s")
        self.tolerance_kmh = f.rule("settle_tolerance_kmh")
        self.least_power_kw = f.limit("least_power_fraction") * self.rated_kw
        self._units = {name: f.unit(f"round_{name}_decimals", scale) for name, scale in SCALE_OF.items()}

    def machine(self, phase: int) -> LugDown:
        """Return the state machine that judges by these figures, beginning in this phase."""
        f = self.of
        shares = {
            "path_m": f.rule("path_m"),
            "fm": f.rule("power_fm"),
            "second_point": f.rule("second_point_fraction"),
            "inertia_kg": f.rule("roller_inertia_kg"),
            "confirm": f.rule("power_confirm_share"),
            "pedal_down": f.rule("pedal_down_share"),
            "off_obd": f.rule("engine_speed_off_obd_share"),
            "warm_from_c": f.rule("engine_warm_from_c"),
        }
        counts = self._counts_of_phases() | self._counts_of_power() | self._counts_of_watch()
        return LugDown(counts, shares, int(self._is_turbo), phase)

    def limit(self, name: str, other: Figures | None = None) -> float:
        """Return a limit (of another set, where one is given), raised by what the altitude allows."""
        limit = (other or self.of).limit(name)
        return limit + self._allowed_k if name.startswith("k") else limit

    def allowance(self, reading: str) -> float:
        """Return what the altitude of this station adds to a limit of k under one reading of the rule."""
        f = self.of
        if reading == "none":
            return 0.0
        return altitude_allowance_per_m(
            f.rule("station_altitude_m"),
            f.rule("altitude_above_m"),
            f.rule("altitude_add_k_per_m"),
            f.rule("altitude_add_at_most_k_per_m"),
            int(reading == "stepped"),
        )

    def rounded(self, total: int, parts: int, name: str) -> float:
        """Return the mean of counts as it is rounded for the comparison."""
        unit = self._units[name]
        return half_even(total, unit * parts) * unit / SCALE_OF[name]

    def is_enough_power(self, power_kw: float) -> bool:
        """Compare with the least power as the state machine does, in whole counts."""
        return to_nearest(power_kw * FINE) >= to_nearest(self.least_power_kw * FINE)

    def _counts_of_phases(self) -> dict[str, int]:
        f = self.of
        return {
            "settle_s": self.settle_s,
            "sample_s": self.sample_s,
            "floored_at_most_s": f.whole("full_throttle_at_most_s"),
            "stall_below": to_nearest(f.rule("engine_stall_below_rpm") * FINE),
            "tolerance": to_nearest(self.tolerance_kmh * FINE),
            "point_exit": EXITS.index(f.switch("point_exit", EXITS)),
            "corrects_nox": int(self.corrects_nox),
            "restarts_at_most": f.whole("sampling_restarts_at_most"),
            "power_from_point": int(self.from_point),
            "voids_not_confirmed": self._voids("power_not_confirmed"),
            "voids_by_inertia": self._voids("steady_power_below_limit"),
        }

    def _counts_of_power(self) -> dict[str, int]:
        f = self.of
        return {
            "top_speed_s": f.whole("top_speed_steady_s"),
            "top_speed_from": to_nearest(f.rule("top_speed_from_kmh") * FINE),
            "top_speed_to": to_nearest(f.rule("top_speed_up_to_kmh") * FINE),
            "idle_to": to_nearest(f.rule("idle_up_to_rpm") * FINE),
            "fastest_scan": to_nearest(f.rule("scan_rate_kmh_per_s") * FINE),
            "hottest": to_nearest(f.rule("ambient_up_to_c") * FINE),
            "weather_at_most_s": f.whole("weather_at_most_s"),
            "least_power": to_nearest(self.least_power_kw * FINE),
            "power_unit": self._units["power"],
            "compare_full": int(self.compares_full),
        }

    def _counts_of_watch(self) -> dict[str, int]:
        f = self.of
        return {
            "least_co2": to_nearest(f.rule("co2_low_pct") * PERCENT),
            "least_nox": to_nearest(f.rule("nox_low_ppm") * FINE),
            "least_pedal": to_nearest(f.rule("pedal_least_pct") * PERCENT),
            "probe_out_s": f.whole("probe_out_s"),
            "low_flow_s": f.whole("low_flow_s"),
            "compared_s": self.sample_s // 2 + 1,
            "voids_by_nox": self._voids("low_nox_alone"),
            "pedal_of_highest": int(f.switch("pedal_reference", ("highest", "full_scale")) == "highest"),
            "voids_pedal": self._voids("pedal_released"),
            "voids_deviation": self._voids("engine_speed_off_obd"),
        }

    def _voids(self, name: str) -> int:
        return int(self.of.switch(name, VOID_OR_NOTE) == "void")


def _is_turbo(vehicle: Mapping[str, object]) -> bool:
    aspiration = vehicle.get("aspiration")
    if aspiration is None:
        raise VehicleFactMissing("aspiration")
    if aspiration not in ("natural", "turbo"):
        raise VehicleFactMissing("aspiration", f"{aspiration!r} is neither natural nor turbo")
    return aspiration == "turbo"
