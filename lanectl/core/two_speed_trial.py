"""The two-speed idle method as the lane, the audit and `evaluate` use it: figures in, verdict out.

Knows how the limits data becomes counts for the state machine, and how its codes become words and values.
Knows no formula and no timer: those are two_speed_idle.py's.
"""

from collections.abc import Mapping

from lanectl.core.columns import Columns
from lanectl.core.figures import Figures
from lanectl.core.formulas import half_even, to_nearest
from lanectl.core.second import LegalSecond
from lanectl.core.trial import Guidance, VehicleFactMissing, fuel_of, number_of
from lanectl.core.two_speed_idle import TwoSpeedIdle
from lanectl.core.verdict import FAIL, INVALID, PASS, Judgement, Status, Uncertain, Verdict
from lanectl.core.warmth import TOLD_BY

PHASES = (
    "precondition",
    "probe",
    "high_idle_settle",  # waiting for the engine speed after the precondition
    "high_idle_settle",
    "high_idle",
    "drop_to_idle",
    "idle_settle",
    "idle",
    "done",
)
START = {"high_idle_settle": 3, "precondition": 0, "high_idle": 4, "idle_settle": 6, "idle": 7}
DURATIONS = {0: "precondition_s", 3: "high_idle_settle_s", 4: "high_idle_s", 6: "idle_settle_s", 7: "idle_s"}
CAUSES = {
    1: "incomplete",
    2: "too_many_retries",
    3: "co_plus_co2_low",
    4: "engine_stall",
    6: "gap_in_window",
    7: "low_flow",
    10: "value_missing_in_window",
    11: "no_engine_speed",
    12: "engine_speed_implausible",
}
OPEN, JUDGED = 0, 1
POINTS = ("high_idle", "idle")
QUANTITIES = (
    ("co_pct", 0, 10**9),
    ("hc_ppm", 1, 10**6),
    ("lambda", 2, 10**9),
    ("co2_pct", 3, 10**9),
    ("o2_pct", 4, 10**9),
    ("rpm", 5, 10**6),
    ("no_ppm", 6, 10**6),
)
CHANNELS = (
    "hc_ppm", "co_pct", "co2_pct", "o2_pct", "no_ppm", "engine_rpm", "low_flow", "probe_in", "obd_rpm", *TOLD_BY,
)  # fmt: skip
"""What the state machine takes of a second, in its order."""
PLACE = {name: (channel, scale) for name, channel, scale in QUANTITIES}
ROUNDED = ("co_pct", "hc_ppm", "lambda")
DISCARDED = ("co_pct", "hc_ppm")
OFF_OBD = ("engine_speed_off_obd_share", "engine_speed_off_obd", "obd_speed_known_s")
FUELS = ("petrol", "hybrid", "cng", "lpg")


class TwoSpeedTrial:
    """One vehicle under two-speed idle."""

    method = "two_speed_idle"
    start_phases: tuple[str, ...] = tuple(START)
    instead: Mapping[str, tuple[str, ...]] = {}

    def __init__(
        self, vehicle: Mapping[str, object], section: Mapping[str, object], limit_set: str, start_phase: str | None
    ) -> None:
        self.limit_set = limit_set
        self._section = section
        self._figures = Figures(self.method, section, limit_set)
        self._fuel = fuel_of(vehicle, FUELS)
        self._light = number_of(vehicle, "gross_mass_kg") <= self._figures.rule("light_up_to_kg")
        self._lambda_judged = self._closed_loop(vehicle)
        self._hc_judged = self._fuel != "cng" or self._figures.switch("natural_gas_hc_judged", ("no", "yes")) == "yes"
        self._start = start_phase or "high_idle_settle"
        self.needs = ("engine_rpm", "hc_ppm", "co_pct", "co2_pct", *(("o2_pct",) if self._lambda_judged else ()))
        self._machine = self._build(vehicle)

    def push(self, second: LegalSecond) -> Status:
        """Take the next legal second."""
        self._machine.push(int(second.rows > 0), *(second.number(name) for name in CHANNELS))
        return self.status()

    def feed(self, seconds: Columns, samples: Columns) -> None:
        """Take a whole trace at once."""
        if seconds.rows:
            self._machine.feed(seconds.rows, seconds.block(CHANNELS))

    def status(self) -> Status:
        """Return where the test stands."""
        machine = self._machine
        lasting = DURATIONS.get(machine.phase)
        remaining = self._figures.whole(lasting) - machine.timer_s if lasting else None
        decided = machine.outcome != OPEN
        return Status(PHASES[machine.phase], machine.timer_s, 0 if decided else remaining, machine.restarts, decided)

    def end(self) -> None:
        """Say that the trace is over."""
        self._machine.end()

    def total_force_n(self) -> float | None:
        """There is no load in this method."""
        return None

    def target_kmh(self) -> tuple[float, float] | None:
        """There is no road speed in this method."""
        return None

    def target_rpm(self) -> tuple[float, float] | None:
        """Return the engine speed of the phase under way and its tolerance, where there is one."""
        phase, tolerance = PHASES[self._machine.phase], self._figures.rule("speed_tolerance_rpm")
        if phase == "precondition" and self._rated_rpm is not None:
            return self._rated_rpm * self._figures.rule("precondition_fraction_of_rated"), tolerance
        return (self._high_idle_rpm(), tolerance) if phase in ("high_idle_settle", "high_idle") else None

    def guidance(self) -> Guidance:
        """Return the engine speed to hold."""
        target, tolerance = self.target_rpm() or (None, None)
        return Guidance(target_rpm=target, tolerance_rpm=tolerance)

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
        reasons = self._reasons(outcome, rounding)
        uncertain = self._uncertain(outcome, rounding)
        return Verdict(outcome, self.method, self.limit_set, self._values(), judgements, reasons, uncertain)

    # -- figures in

    def _closed_loop(self, vehicle: Mapping[str, object]) -> bool:
        closed = vehicle.get("closed_loop")
        if closed is not None and not isinstance(closed, bool):
            raise VehicleFactMissing("closed_loop", f"{closed!r} is neither true nor false")
        self._closed_loop_unknown = closed is None
        return closed is True

    def _high_idle_rpm(self) -> float:
        return self._figures.rule("light_high_idle_rpm" if self._light else "heavy_high_idle_rpm")

    def _build(self, vehicle: Mapping[str, object]) -> TwoSpeedIdle:
        f = self._figures
        for quantity in ROUNDED:
            f.unit(f"round_{quantity.split('_')[0]}_decimals", PLACE[quantity][1])
        high, tolerance = self._high_idle_rpm(), f.rule("speed_tolerance_rpm")
        precondition_from = 0.0
        self._rated_rpm: float | None = None
        if self._start == "precondition":
            rated = self._rated_rpm = number_of(vehicle, "rated_rpm")
            precondition_from = rated * f.rule("precondition_fraction_of_rated") - tolerance
        restarts = ("high_idle", "high_idle_settle")
        figures = {name: f.whole(name) for name in DURATIONS.values()} | {
            "precondition_from": to_nearest(precondition_from * 1e6),
            "high_from": to_nearest((high - tolerance) * 1e6),
            "high_to": to_nearest((high + tolerance) * 1e6),
            "idle_to": to_nearest(f.rule("idle_settle_from_rpm") * 1e6),
            "restart_settle": restarts.index(f.switch("band_exit_restarts", restarts)),
            "lambda_judged": int(self._lambda_judged),
            "hc_judged": int(self._hc_judged),
            "co_plus_co2_min": to_nearest(f.rule("min_co_plus_co2_pct") * 1e9),
            "co_plus_co2_s": f.whole("co_plus_co2_low_s"),
            "low_flow_s": f.whole("low_flow_s"),
            "stall_below": to_nearest(f.rule("engine_stall_below_rpm") * 1e6),
            "restarts_at_most": f.whole("sampling_restarts_at_most"),
            "off_told_millionths": to_nearest(f.rule("engine_speed_off_obd_share") * 1e6),
            "voids_off_told": int(f.switch("engine_speed_off_obd", ("void", "note")) == "void"),
            "told_s": f.whole("obd_speed_known_s"),
        }
        family = "petrol" if self._fuel == "hybrid" else self._fuel
        hcv, ocv = f.rule(f"lambda_hcv_{family}"), f.rule(f"lambda_ocv_{family}")
        return TwoSpeedIdle(figures, hcv, ocv, f.rule("warm_from_c"), START[self._start])

    # -- verdict out

    def _raw(self, point: int, quantity: str) -> float | None:
        channel, scale = PLACE[quantity]
        count = self._machine.count_of(point, channel)
        if count == 0 or count < self._sampled_s(point):
            return None
        return self._machine.sum_of(point, channel) / (scale * count)

    def _sampled_s(self, point: int) -> int:
        return self._figures.whole("idle_s" if point else "high_idle_s")

    def _judged(self, point: int, quantity: str) -> float | None:
        raw = self._raw(point, quantity)
        if raw is None or self._compares_full():
            return raw
        channel, scale = PLACE[quantity]
        unit = self._figures.unit(f"round_{quantity.split('_')[0]}_decimals", scale)
        count = self._machine.count_of(point, channel)
        return half_even(self._machine.sum_of(point, channel), unit * count) * unit / scale

    def _compares_full(self) -> bool:
        return self._figures.switch("compare", ("rounded", "full")) == "full"

    def _values(self) -> dict[str, float | None]:
        values: dict[str, float | None] = {}
        for point, name in enumerate(POINTS):
            for quantity, _channel, _scale in QUANTITIES:
                raw = self._raw(point, quantity)
                if quantity in ROUNDED:
                    values[f"{name}_{quantity}"] = self._judged(point, quantity)
                    values[f"{name}_{quantity}_raw"] = raw
                else:
                    values[f"{name}_{quantity}"] = raw
            values |= self._values_beside(point, name)
        return values | {
            "sampling_restarts": float(self._machine.sampling_restarts),
            "engine_temp_c": self._machine.warmth.engine_temp_c,
        }

    def _values_beside(self, point: int, name: str) -> dict[str, float | None]:
        """Return what the verdict does not rest on: the control unit's engine speed, and what was thrown away."""
        pairs = self._machine.pairs_of(point)
        values: dict[str, float | None] = {
            f"{name}_obd_rpm": self._machine.told_of(point) / (10**6 * pairs) if pairs else None
        }
        for quantity in DISCARDED:
            values[f"highest_discarded_{name}_{quantity}"] = self._discarded(point, quantity)
        return values

    def _discarded(self, point: int, quantity: str) -> float | None:
        """Return the highest mean of the samplings that were broken off, rounded as it would have been judged."""
        channel, scale = PLACE[quantity]
        if not self._machine.has_discarded_of(point, channel):
            return None
        mean = self._machine.discarded_of(point, channel)
        if self._compares_full():
            return mean / scale
        unit = self._figures.unit(f"round_{quantity.split('_')[0]}_decimals", scale)
        return half_even(mean, unit) * unit / scale

    def _discarded_over_limit(self) -> bool:
        wanted = [(point, quantity) for point in range(2) for quantity in DISCARDED]
        found = [
            (self._discarded(point, quantity), self._figures.limit(f"{POINTS[point]}_{quantity}"))
            for point, quantity in wanted
            if quantity != "hc_ppm" or self._hc_judged
        ]
        return any(value is not None and value > limit for value, limit in found)

    def _is_confirmed(self) -> bool:
        """Tell whether the control unit told the engine's speed for long enough at each point that was sampled."""
        least = max(1, self._figures.whole("obd_speed_known_s"))
        return all(self._machine.pairs_of(point) >= least for point in range(2) if self._was_sampled(point))

    def _judgements(self) -> tuple[Judgement, ...]:
        hc = ("hc_ppm",) if self._hc_judged else ()
        wanted = [(point, quantity) for point in range(2) for quantity in ("co_pct", *hc)]
        judgements = [self._judge(point, quantity) for point, quantity in wanted if self._was_sampled(point)]
        if self._lambda_judged and self._was_sampled(0):
            judgements.append(self._judge_lambda())
        return tuple(judgements)

    def _was_sampled(self, point: int) -> bool:
        return self._machine.count_of(point, 0) > 0

    def _judge(self, point: int, quantity: str) -> Judgement:
        name = f"{POINTS[point]}_{quantity}"
        value, limit = self._judged(point, quantity), self._figures.limit(name)
        return Judgement(name, value, self._raw(point, quantity), limit, value is not None and value <= limit)

    def _judge_lambda(self) -> Judgement:
        low, high = self._figures.limit("high_idle_lambda_min"), self._figures.limit("high_idle_lambda_max")
        value = self._judged(0, "lambda")
        ok = value is not None and low <= value <= high
        return Judgement("high_idle_lambda", value, self._raw(0, "lambda"), high, ok, low)

    def _holds(self, judgement: Judgement) -> bool:
        """Tell whether a comparison holds under the other way of rounding."""
        raw = judgement.value_raw
        if raw is None:
            return judgement.ok
        if self._compares_full():
            decimals = self._figures.whole(f"round_{_short(judgement.quantity)}_decimals")
            raw = round(raw, decimals)
        return raw <= judgement.limit and (judgement.limit_min is None or raw >= judgement.limit_min)

    def _reasons(self, outcome: str, rounding: bool) -> tuple[str, ...]:
        machine = self._machine
        cause = CAUSES.get(machine.cause)
        started_late = START[self._start] > START["high_idle"]
        found = (
            (cause is not None, cause or ""),
            (outcome == FAIL, "over_limit"),
            (rounding, "rounding_decides"),
            (bool(machine.saw_gap), "gap_outside_window"),
            (machine.sampling_restarts > 0, "sampling_restarted"),
            (self._discarded_over_limit(), "discarded_over_limit"),
            (started_late, "high_idle_not_in_trace"),
            (bool(machine.without_no) and self._lambda_judged, "lambda_without_no"),
            (not self._lambda_judged, "lambda_not_judged"),
            (self._closed_loop_unknown, "closed_loop_unknown"),
            (not self._hc_judged, "hc_recorded_only"),
            (self._fuel == "hybrid", "hybrid_as_petrol"),
            (bool(machine.probe_unasked), "probe_unconfirmed"),
            (bool(machine.probe_early), "probe_in_early"),
            (bool(machine.is_off_told) and outcome != INVALID, "engine_speed_implausible"),
            (outcome != INVALID and not self._is_confirmed(), "engine_speed_unconfirmed"),
            (self._machine.warmth.is_cold, "engine_cold"),
            (outcome != INVALID and self._machine.warmth.engine_temp_c is None, "temperature_unknown"),
        )
        return tuple(code for holds, code in found if holds)

    def _uncertain(self, outcome: str, rounding: bool) -> tuple[Uncertain, ...]:
        machine = self._machine
        cause = CAUSES.get(machine.cause)
        consulted = (
            (machine.phase > START["high_idle"], "idle_settle_from_rpm", False),
            (True, "band_exit_restarts", machine.left_band > 0),
            (machine.sampling_restarts > 0, "sampling_restarts_at_most", cause == "too_many_retries"),
            *((any(machine.pairs_of(p) for p in range(2)), name, bool(machine.is_off_told)) for name in OFF_OBD),
            (self._machine.warmth.engine_temp_c is not None, "warm_from_c", False),
            (outcome != INVALID, "compare", rounding),
            (True, "co_plus_co2_low_s", bool(machine.saw_low_gas) and cause != "co_plus_co2_low"),
            (bool(machine.saw_low_flow), "low_flow_s", cause != "low_flow"),
            (bool(machine.saw_rpm), "engine_stall_below_rpm", cause in ("engine_stall", "no_engine_speed")),
        )
        rules = [
            Uncertain(f"{self.method}.rules.{name}", decisive)
            for used, name, decisive in consulted
            if used and self._figures.is_uncertain(name)
        ]
        if self._figures.limits_are_uncertain() and outcome != INVALID:
            rules.append(Uncertain(f"{self.method}.sets.{self.limit_set}", outcome == FAIL and self._passes_under("a")))
        return tuple(rules)

    def _passes_under(self, limit_set: str) -> bool:
        other = Figures(self.method, self._section, limit_set)
        for judgement in self._judgements():
            limit = judgement.limit if judgement.limit_min is not None else other.limit(judgement.quantity)
            if (
                judgement.value is None
                or judgement.value > limit
                or (judgement.limit_min is not None and not judgement.ok)
            ):
                return False
        return True


def _short(quantity: str) -> str:
    return "lambda" if quantity.endswith("lambda") else quantity.split("_")[-2]
