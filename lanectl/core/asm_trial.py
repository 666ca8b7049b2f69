"""The ASM method as the lane, the audit and `evaluate` use it: figures in, verdict out.

Knows how the limits data becomes counts for the state machine, and how its codes become words and values.
Knows no formula and no timer: those are asm.py's.
"""

from collections.abc import Mapping

from lanectl.core.asm import Asm
from lanectl.core.columns import Columns
from lanectl.core.figures import Figures, LimitsMissing
from lanectl.core.formulas import asm_total_power_kw, force_from_power, half_even, to_nearest
from lanectl.core.second import LegalSecond
from lanectl.core.trial import Guidance, fuel_of, number_of
from lanectl.core.verdict import FAIL, INVALID, PASS, Judgement, Status, Uncertain, Verdict

PHASES = ("asm5025_hold", "asm5025", "asm2540_hold", "asm2540", "done")
OUTCOMES = (None, PASS, FAIL, INVALID)
CAUSES = (
    None,
    "incomplete",
    "too_many_retries",
    "co_plus_co2_low",
    "engine_stall",
    "no_valid_window",
    "gap_in_window",
    "low_flow",
    "quick_check_passed",
    "immediate_fail_500_percent",
)
QUICK_CHECK = "quick_check_passed"
IMMEDIATE_FAIL = "immediate_fail_500_percent"
MODES = ("asm5025", "asm2540")
GASES = ("co_pct", "hc_ppm", "no_ppm")
SCALES = (10**9, 10**6, 10**6)
HC = 1
BESIDE = (("co2_pct", 3, 16), ("o2_pct", 4, 32), ("rpm", 5, 64), ("lambda", 6, 128), ("power_kw", 7, 256))
BESIDE_SCALE = {"co2_pct": 10**9, "o2_pct": 10**9, "rpm": 10**6, "lambda": 10**9, "power_kw": 10**6}
FUELS = ("petrol", "hybrid", "cng", "lpg")
LONGEST_MODE_S = 300

NEEDS = (
    "speed_kmh",
    "force_n",
    "hc_ppm",
    "co_pct",
    "co2_pct",
    "no_ppm",
    "ambient_temp_c",
    "humidity_pct",
    "pressure_kpa",
)


class AsmTrial:
    """One vehicle under ASM."""

    method = "asm"
    start_phases: tuple[str, ...] = ("asm5025", "asm5025_hold", "asm2540_hold", "asm2540")
    needs: tuple[str, ...] = NEEDS
    instead: Mapping[str, tuple[str, ...]] = {}

    def __init__(
        self, vehicle: Mapping[str, object], section: Mapping[str, object], limit_set: str, start_phase: str | None
    ) -> None:
        self.limit_set = limit_set
        self._section = section
        self._figures = Figures(self.method, section, limit_set)
        self._fuel = fuel_of(vehicle, FUELS)
        self._mass = number_of(vehicle, "reference_mass_kg")
        self._start = PHASES.index(start_phase or self.start_phases[0])
        self._hc_judged = self._fuel != "cng" or self._figures.switch("natural_gas_hc_judged", ("no", "yes")) == "yes"
        self._units = tuple(self._unit(gas) for gas in range(3))
        self._machine = self._build()
        self._gap_while_holding = False
        self._saw_rpm = False
        self._went_on = False

    def push(self, second: LegalSecond) -> Status:
        """Take the next legal second."""
        machine = self._machine
        if OUTCOMES[machine.outcome] is not None:
            return self.status()
        self._gap_while_holding |= second.rows == 0 and self._holding()
        self._saw_rpm |= second.values.get("engine_rpm") is not None
        n = second.number
        machine.push(
            int(second.rows > 0), n("speed_kmh"), n("force_n"), n("hc_ppm"), n("co_pct"), n("co2_pct"), n("o2_pct"),
            n("no_ppm"), n("engine_rpm"), n("ambient_temp_c"), n("humidity_pct"), n("pressure_kpa"), n("low_flow"),
        )  # fmt: skip
        self._went_on |= machine.mode == 1 and self._start < PHASES.index("asm2540_hold")
        return self.status()

    def feed(self, seconds: Columns, samples: Columns) -> None:
        """Take a whole trace at once."""
        for second in seconds.seconds(samples):
            self.push(second)

    def status(self) -> Status:
        """Return where the test stands; in a hold, elapsed are the seconds inside the band so far."""
        machine = self._machine
        if self._holding():
            elapsed, whole = machine.held_s, machine.hold_s
        else:
            elapsed, whole = machine.timer_s, machine.mode_s
        decided = OUTCOMES[machine.outcome] is not None
        return Status(PHASES[machine.phase], elapsed, 0 if decided else whole - elapsed, machine.restarts, decided)

    def end(self) -> None:
        """Say that the trace is over."""
        self._machine.end()

    def total_force_n(self) -> float | None:
        """Return the total roller force of the mode under way."""
        return None if self._decided() else self._force_n(self._machine.mode)

    def target_kmh(self) -> tuple[float, float] | None:
        """Return the speed of the mode under way and its tolerance."""
        if self._decided():
            return None
        return self._speed_kmh(self._machine.mode), self._figures.rule("speed_tolerance_kmh")

    def guidance(self) -> Guidance:
        """Return the speed to hold."""
        return Guidance(*(self.target_kmh() or (None, None)))

    def verdict(self) -> Verdict | None:
        """Return the verdict once there is one."""
        outcome = OUTCOMES[self._machine.outcome]
        if outcome is None:
            return None
        judgements = () if outcome == INVALID else self._judgements(self._machine.mode)
        return Verdict(
            outcome,
            self.method,
            self.limit_set,
            self._values(),
            judgements,
            self._reasons(outcome),
            self._uncertain(outcome),
        )

    # -- figures in

    def _build(self) -> Asm:
        f = self._figures
        family = "petrol" if self._fuel == "hybrid" else self._fuel
        window_s, mode_s = f.whole("window_s"), f.whole("mode_s")
        if window_s < 1 or mode_s > LONGEST_MODE_S or f.whole("preset_s") + window_s > mode_s:
            raise LimitsMissing(
                "asm.rules.mode_s", f"a mode holds preset and window, and is at most {LONGEST_MODE_S} s"
            )
        if not window_s <= f.whole("immediate_fail_s") <= mode_s:
            raise LimitsMissing("asm.rules.immediate_fail_s", "not shorter than a window")
        machine = Asm(
            self._counts(),
            f.rule(f"df_a_{family}"),
            f.rule("df_cap"),
            f.rule(f"lambda_hcv_{family}"),
            f.rule(f"lambda_ocv_{family}"),
            self._start,
        )
        for mode in range(2):
            for gas in range(3):
                limit = f.limit(f"{MODES[mode]}_{GASES[gas]}")
                parts = (1.0, f.rule("quick_fraction"), f.rule("immediate_fail_multiple"))
                counts = [to_nearest(limit * part * SCALES[gas]) for part in parts]
                machine.set_limit(mode, gas, counts[0], counts[1], counts[2])
        return machine

    def _counts(self) -> dict[str, int]:
        f = self._figures
        f.switch("immediate_fail_after_preset", ("yes",))
        tolerance = f.rule("force_tolerance_fraction")
        forces = [to_nearest(self._force_n(mode) * 1e6) for mode in range(2)]
        seconds = ("hold_s", "preset_s", "window_s", "mode_s", "mode_total_s", "out_in_a_row_s", "out_in_total_s")
        counts = {name: f.whole(name) for name in (*seconds, "co_plus_co2_low_s", "low_flow_s")}
        readings = ("last_valid", "any_passing", "any_failing")
        return counts | {
            "co_plus_co2_s": counts["co_plus_co2_low_s"],
            "gross_s": f.whole("immediate_fail_s"),
            "speed_tolerance": to_nearest(f.rule("speed_tolerance_kmh") * 1e6),
            "steady_below": to_nearest(f.rule("steady_below_kmh") * 1e6),
            "each_to_first": ("last_to_first", "each_to_first").index(
                f.switch("steadiness", ("last_to_first", "each_to_first"))
            ),
            "deciding_window": readings.index(f.switch("deciding_window", readings)),
            "compare_full": int(self._compares_full()),
            "hc_judged": int(self._hc_judged),
            "co_plus_co2_min": to_nearest(f.rule("min_co_plus_co2_pct") * 1e9),
            "stall_below": to_nearest(f.rule("engine_stall_below_rpm") * 1e6),
            "speed_25": to_nearest(self._speed_kmh(0) * 1e6),
            "speed_40": to_nearest(self._speed_kmh(1) * 1e6),
            "force_25": forces[0],
            "force_40": forces[1],
            "force_tolerance_25": to_nearest(forces[0] * tolerance),
            "force_tolerance_40": to_nearest(forces[1] * tolerance),
            "unit_co": self._units[0],
            "unit_hc": self._units[1],
            "unit_no": self._units[2],
        }

    def _unit(self, gas: int) -> int:
        return self._figures.unit(f"round_{GASES[gas].split('_')[0]}_decimals", SCALES[gas])

    def _speed_kmh(self, mode: int) -> float:
        return self._figures.rule(f"speed_{MODES[mode][3:]}_kmh")

    def _force_n(self, mode: int) -> float:
        power = asm_total_power_kw(self._mass, self._figures.rule(f"power_divisor_{MODES[mode][3:]}"))
        return force_from_power(power, self._speed_kmh(mode))

    def _compares_full(self) -> bool:
        return self._figures.switch("compare", ("rounded", "full")) == "full"

    # -- where it stands

    def _decided(self) -> bool:
        return OUTCOMES[self._machine.outcome] is not None

    def _holding(self) -> bool:
        return PHASES[self._machine.phase].endswith("_hold")

    # -- verdict out

    def _mean(self, mode: int, channel: int, scale: int) -> float:
        return self._machine.sum_of(mode, channel) / (scale * self._machine.window_s)

    def _judged(self, mode: int, gas: int) -> float:
        if self._compares_full():
            return self._mean(mode, gas, SCALES[gas])
        unit = self._units[gas]
        return half_even(self._machine.sum_of(mode, gas), unit * self._machine.window_s) * unit / SCALES[gas]

    def _has(self, mode: int, bit: int) -> bool:
        return self._machine.end_of(mode) > 0 and not self._machine.lacks_of(mode) & bit

    def _values(self) -> dict[str, float | None]:
        values: dict[str, float | None] = {}
        for mode, name in enumerate(MODES):
            for gas, quantity in enumerate(GASES):
                has = self._has(mode, 1 << gas)
                values[f"{name}_{quantity}"] = self._judged(mode, gas) if has else None
                values[f"{name}_{quantity}_raw"] = self._mean(mode, gas, SCALES[gas]) if has else None
            for quantity, channel, bit in BESIDE:
                mean = self._mean(mode, channel, BESIDE_SCALE[quantity]) if self._has(mode, bit) else None
                values[f"{name}_{quantity}"] = mean
            end = self._machine.end_of(mode)
            values[f"{name}_window_first_row"] = float(end - self._machine.window_s + 1) if end else None
            values[f"{name}_window_last_row"] = float(end) if end else None
        return values

    def _judgements(self, mode: int) -> tuple[Judgement, ...]:
        """Return the comparisons of the mode that decided; what is only recorded is not among them."""
        judgements = []
        for gas, quantity in enumerate(GASES):
            if not self._has(mode, 1 << gas) or (gas == HC and not self._hc_judged):
                continue
            name = f"{MODES[mode]}_{quantity}"
            judged, raw, limit = self._judged(mode, gas), self._mean(mode, gas, SCALES[gas]), self._figures.limit(name)
            judgements.append(Judgement(name, judged, raw, limit, judged <= limit))
        return tuple(judgements)

    def _reasons(self, outcome: str) -> tuple[str, ...]:
        machine = self._machine
        cause = CAUSES[machine.cause]
        found = (
            (cause is not None, cause or ""),
            (outcome == FAIL and cause is None, "over_limit"),
            (self._went_on, "asm5025_failed"),
            (self._rounding_decides(outcome), "rounding_decides"),
            ((machine.saw_gap and cause != "gap_in_window") or self._gap_while_holding, "gap_outside_window"),
            (bool(machine.saw_no_kh), "no_humidity_factor"),
            (bool(machine.saw_missing), "value_missing"),
            (not self._hc_judged, "hc_recorded_only"),
            (self._fuel == "hybrid", "hybrid_as_petrol"),
        )
        return tuple(code for holds, code in found if holds)

    def _rounding_decides(self, outcome: str) -> bool:
        machine = self._machine
        return outcome != INVALID and bool(machine.rounding_matters or (machine.quick_otherwise and outcome == FAIL))

    def _uncertain(self, outcome: str) -> tuple[Uncertain, ...]:
        machine = self._machine
        cause = CAUSES[machine.cause]
        judged_at_end = machine.end_of(0) > 0 or machine.end_of(1) > 0
        judged_at_end = judged_at_end and (cause not in (QUICK_CHECK, IMMEDIATE_FAIL) or self._went_on)
        consulted = (
            (True, "mode_total_s", cause == "too_many_retries"),
            (True, "force_tolerance_fraction", machine.force_restarts > 0),
            (judged_at_end, "deciding_window", bool(machine.deciding_matters)),
            (judged_at_end or outcome != INVALID, "compare", self._rounding_decides(outcome)),
            (True, "immediate_fail_after_preset", bool(machine.preset_matters) and outcome != FAIL),
            (True, "co_plus_co2_low_s", bool(machine.saw_low_gas) and cause != "co_plus_co2_low"),
            (bool(machine.saw_low_flow), "low_flow_s", cause != "low_flow"),
            (self._saw_rpm, "engine_stall_below_rpm", cause == "engine_stall"),
        )
        rules = [
            Uncertain(f"asm.rules.{name}", decisive)
            for used, name, decisive in consulted
            if used and self._figures.is_uncertain(name)
        ]
        if self._figures.limits_are_uncertain() and outcome != INVALID:
            rules.append(Uncertain(f"asm.sets.{self.limit_set}", outcome == FAIL and self._passes_under("a")))
        return tuple(rules)

    def _passes_under(self, limit_set: str) -> bool:
        """Tell whether a judged mode would have passed under another limit set."""
        other = Figures(self.method, self._section, limit_set)
        for mode in range(2):
            gases = [gas for gas in range(3) if gas != HC or self._hc_judged]
            if self._machine.end_of(mode) and all(
                self._judged(mode, gas) <= other.limit(f"{MODES[mode]}_{GASES[gas]}") for gas in gases
            ):
                return True
        return False
