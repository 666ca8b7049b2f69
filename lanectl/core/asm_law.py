"""The figures of the ASM method for one kind of fuel, as counts for its state machine.

Knows how the limits data becomes counts, and what of them belongs to a vehicle's mass. Knows no formula and no timer
(asm.py), and no verdict (asm_verdict.py).
"""

from collections.abc import Mapping

from lanectl.core.asm import Asm
from lanectl.core.figures import Figures, LimitsMissing
from lanectl.core.formulas import asm_total_power_kw, force_from_power, to_nearest
from lanectl.core.trial import fuel_of

METHOD = "asm"
FUELS = ("petrol", "hybrid", "cng", "lpg")
MODES = ("asm5025", "asm2540")
GASES = ("co_pct", "hc_ppm", "no_ppm")
SCALES = (10**9, 10**6, 10**6)
HC = 1
LONGEST_MODE_S = 300
SECONDS = ("hold_s", "preset_s", "window_s", "mode_s", "mode_total_s", "out_in_a_row_s", "out_in_total_s")
STEADINESS = ("last_to_first", "each_to_first")
DECIDING = ("last_valid", "any_passing", "any_failing")


class AsmLaw:
    """What limits data and fuel make of ASM, for every vehicle of that fuel."""

    def __init__(self, vehicle: Mapping[str, object], section: Mapping[str, object], limit_set: str) -> None:
        self.limit_set = limit_set
        self.section = section
        self.figures = Figures(METHOD, section, limit_set)
        self.fuel = fuel_of(vehicle, FUELS)
        self.hc_judged = self.fuel != "cng" or self.figures.switch("natural_gas_hc_judged", ("no", "yes")) == "yes"
        self.compares_full = self.figures.switch("compare", ("rounded", "full")) == "full"
        self.units = tuple(
            self.figures.unit(f"round_{gas.split('_')[0]}_decimals", scale)
            for gas, scale in zip(GASES, SCALES, strict=True)
        )

    def machine(self, phase: int) -> Asm:
        """Return the state machine, still without the forces of a vehicle."""
        f = self.figures
        family = "petrol" if self.fuel == "hybrid" else self.fuel
        fuel = (
            f.rule(f"df_a_{family}"),
            f.rule("df_cap"),
            f.rule(f"lambda_hcv_{family}"),
            f.rule(f"lambda_ocv_{family}"),
        )
        machine = Asm(self._counts(), *fuel, phase)
        for mode in range(2):
            for gas in range(3):
                self._set_limits(machine, mode, gas)
        return machine

    def force_n(self, mode: int, mass_kg: float) -> float:
        """Return the total roller force of a mode for a reference mass."""
        power = asm_total_power_kw(mass_kg, self._positive(f"power_divisor_{MODES[mode][3:]}"))
        return force_from_power(power, self.speed_kmh(mode))

    def force_counts(self, mode: int, mass_kg: float) -> tuple[int, int]:
        """Return the same force and its tolerance, as the machine takes them."""
        force = to_nearest(self.force_n(mode, mass_kg) * 1e6)
        return force, to_nearest(force * self.figures.rule("force_tolerance_fraction"))

    def speed_kmh(self, mode: int) -> float:
        """Return the speed of a mode."""
        return self._positive(f"speed_{MODES[mode][3:]}_kmh")

    def limit(self, mode: int, gas: int) -> float:
        """Return a limit of the chosen set."""
        return self.figures.limit(f"{MODES[mode]}_{GASES[gas]}")

    def _positive(self, name: str) -> float:
        value = self.figures.rule(name)
        if not value > 0.0:
            raise LimitsMissing(f"{METHOD}.rules.{name}", f"{value} is not positive")
        return value

    def _set_limits(self, machine: Asm, mode: int, gas: int) -> None:
        limit, f = self.limit(mode, gas), self.figures
        for quick, part in enumerate((1.0, f.rule("quick_fraction"))):
            bound = to_nearest(limit * part * SCALES[gas])
            sums = [largest_sum(bound, self.units[gas], machine.window_s), bound * machine.window_s]
            if self.compares_full:
                sums.reverse()
            for otherwise, most in enumerate(sums):
                machine.windows.set_most(mode, quick, otherwise, gas, most)
        machine.set_gross(mode, gas, to_nearest(limit * f.rule("immediate_fail_multiple") * SCALES[gas]))

    def _counts(self) -> dict[str, int]:
        f = self.figures
        f.switch("immediate_fail_after_preset", ("yes",))
        counts = {name: f.whole(name) for name in (*SECONDS, "low_flow_s")}
        counts |= {"co_plus_co2_s": f.whole("co_plus_co2_low_s"), "gross_s": f.whole("immediate_fail_s")}
        if counts["window_s"] < 1 or not counts["preset_s"] + counts["window_s"] <= counts["mode_s"] <= LONGEST_MODE_S:
            why = f"a mode holds preset and window, and is at most {LONGEST_MODE_S} s"
            raise LimitsMissing("asm.rules.mode_s", why)
        if not counts["window_s"] <= counts["gross_s"] <= counts["mode_s"]:
            raise LimitsMissing("asm.rules.immediate_fail_s", "not shorter than a window")
        return counts | {
            "speed_tolerance": to_nearest(f.rule("speed_tolerance_kmh") * 1e6),
            "steady_below": to_nearest(f.rule("steady_below_kmh") * 1e6),
            "each_to_first": STEADINESS.index(f.switch("steadiness", STEADINESS)),
            "deciding_window": DECIDING.index(f.switch("deciding_window", DECIDING)),
            "hc_judged": int(self.hc_judged),
            "co_plus_co2_min": to_nearest(f.rule("min_co_plus_co2_pct") * 1e9),
            "stall_below": to_nearest(f.rule("engine_stall_below_rpm") * 1e6),
            "speed_25": to_nearest(self.speed_kmh(0) * 1e6),
            "speed_40": to_nearest(self.speed_kmh(1) * 1e6),
        }


def largest_sum(bound: int, unit: int, seconds: int) -> int:
    """Return the largest sum over so many seconds whose mean is within a bound, rounded half to even to ``unit``.

    Found once, so that no window has to be divided: a sum above it rounds to more than the bound, no other does.
    """
    steps, step = bound // unit, unit * seconds
    tie_rounds_up = step % 2 == 0 and steps % 2 == 1
    return steps * step + step // 2 - int(tie_rounds_up)
