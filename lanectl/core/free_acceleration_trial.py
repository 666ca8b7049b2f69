"""The free acceleration method as the lane, the audit and `evaluate` use it: figures in, verdict out.

Knows how the limits data becomes counts for the state machine, and how its codes become words and values. It reads the
samples that a second was made from, because a peak is a sample; a second without them counts as one sample.
Knows no formula and no timer: those are free_acceleration.py's.
"""

from collections.abc import Mapping

from lanectl.core.columns import Columns
from lanectl.core.figures import Figures
from lanectl.core.formulas import half_even, to_nearest
from lanectl.core.free_acceleration import FreeAcceleration
from lanectl.core.second import NO_VALUE, LegalSecond
from lanectl.core.trial import Guidance, fuel_of, number_of
from lanectl.core.verdict import FAIL, INVALID, PASS, Judgement, Status, Uncertain, Verdict
from lanectl.core.warmth import TOLD_BY, Warmth

PHASES = ("blow_out_idle", "blow_out", "probe", "snap_idle", "snap", "snap_settle", "done")
START = {"snaps": 3, "blow_outs": 0}
OPEN, JUDGED = 0, 1
CAUSES = {1: "incomplete", 2: "too_many_retries", 4: "engine_stall", 11: "no_engine_speed"}
K_SCALE, SPEED_SCALE = 10**9, 10**6
SNAPS = 3
LIMIT = "opacity_k_per_m"
PEDAL = "obd_pedal_d_pct"
IMPLAUSIBLE = "engine_speed_implausible"
WHOLE_SECOND_MS = 1999
"""The longest time between samples of one a second, of which none is missing."""

VOIDING = {1: "opacity_below_10_hz", 2: "gap_in_window", 4: "opacity_full_scale", 1024: "value_missing_in_window"}
NOTES = {
    8: "short_hold", 16: "slow_pedal", 32: "short_idle", 128: "snap_short_of_speed", 256: "opacity_not_settled",
}  # fmt: skip
REPEATS = {**NOTES, 512: "snap_not_from_idle"}
SWITCHES = {"short_hold": 8, "slow_pedal": 16, "short_idle": 32, "short_of_speed": 128, "not_settled": 256}
FIGURES_OF = {
    8: ("hold_s", "short_hold"),
    16: ("pedal_up_pct", "pedal_down_pct", "slow_pedal"),
    32: ("idle_between_s", "short_idle"),
    128: ("governed_fraction_of_rated",),
    256: ("settled_k_per_m", "settled_look_back_s", "not_settled"),
    2048: ("settled_look_back_s",),
}
OFF_OBD = ("engine_speed_off_obd_share", "engine_speed_off_obd", "obd_speed_after_idle_s", "obd_speed_after_top_s")
NOT_FROM_IDLE, FLAT, SLOW = 512, 64, 1
WITHOUT_PEAK = 4 | 1024


class FreeAccelerationTrial:
    """One vehicle under free acceleration."""

    method = "free_acceleration"
    start_phases: tuple[str, ...] = tuple(START)
    needs: tuple[str, ...] = ("engine_rpm", "opacity_n_pct")
    instead: Mapping[str, tuple[str, ...]] = {}

    def __init__(
        self, vehicle: Mapping[str, object], section: Mapping[str, object], limit_set: str, start_phase: str | None
    ) -> None:
        self.limit_set = limit_set
        self._section = section
        self._figures = Figures(self.method, section, limit_set)
        fuel_of(vehicle, ("diesel",))
        self._rated = None if vehicle.get("rated_rpm") is None else number_of(vehicle, "rated_rpm")
        self._judges_slow = self._figures.switch("slow_opacity", ("void", "judge")) == "judge"
        self._saw_pedal = False
        self._deviation = self._figures.rule("engine_speed_off_obd_share")
        self._voids_deviation = self._figures.switch("engine_speed_off_obd", ("void", "note")) == "void"
        self._warmth = Warmth(self._figures.rule("warm_from_c"))
        self._machine = self._build(START[start_phase or "snaps"])

    def push(self, second: LegalSecond) -> Status:
        """Take the next legal second, sample by sample."""
        if second.rows == 0:
            self._machine.gap()
        elif not second.samples:
            self._take(second.t_ms, second.values)
        for t_ms, values in second.samples:
            self._take(t_ms, values)
        return self.status()

    def feed(self, seconds: Columns, samples: Columns) -> None:
        """Take a whole trace at once."""
        for second in seconds.seconds(samples):
            self.push(second)

    def status(self) -> Status:
        """Return where the test stands; restarts are the snaps that had to be repeated."""
        machine = self._machine
        elapsed = 0 if machine.t_last < 0 else (machine.t_last - machine.t_phase) // 1000
        return Status(PHASES[machine.phase], elapsed, None, machine.repeats, machine.outcome != OPEN)

    def end(self) -> None:
        """Say that the trace is over: where the trace numbers its snaps, only now the last three are known."""
        self._machine.end()

    def total_force_n(self) -> float | None:
        """There is no load in this method."""
        return None

    def target_kmh(self) -> tuple[float, float] | None:
        """There is no road speed in this method."""
        return None

    def snaps_counted(self) -> int:
        """Return how many snaps count so far."""
        return self._machine.counted

    def is_settled(self) -> bool:
        """Tell whether the opacimeter is back near zero, so that the next snap may begin."""
        return bool(self._machine.k_known) and self._machine.k_last <= self._machine.settled_k

    def guidance(self) -> Guidance:
        """Return whether the next snap may begin, and how many count."""
        return Guidance(settled=self.is_settled(), counted=self._machine.counted)

    def verdict(self) -> Verdict | None:
        """Return the verdict once there is one."""
        machine = self._machine
        if machine.outcome == OPEN:
            return None
        void = self._void()
        judgements = self._judgements() if void is None else ()
        outcome = INVALID
        if void is None:
            outcome = PASS if all(judgement.ok for judgement in judgements) else FAIL
        rounding = any(judgement.ok != self._holds(judgement) for judgement in judgements)
        reasons = self._reasons(outcome, void, rounding)
        uncertain = self._uncertain(outcome, void, rounding)
        return Verdict(outcome, self.method, self.limit_set, self._values(), judgements, reasons, uncertain)

    # -- figures in

    def _take(self, t_ms: int, values: Mapping[str, float | None]) -> None:
        if self._machine.outcome != OPEN:
            return
        pedal = values.get(PEDAL)
        self._saw_pedal |= pedal is not None
        names = ("opacity_n_pct", "engine_rpm", "snap_no", PEDAL, "probe_in", "obd_rpm", *TOLD_BY)
        found = (values.get(name) for name in names)
        n, rpm, number, pressed, probe, told, oil, coolant = (NO_VALUE if value is None else value for value in found)
        self._machine.push(t_ms, n, rpm, number, pressed, probe, told)
        self._warmth.take(oil, coolant)

    def _build(self, phase: int) -> FreeAcceleration:
        f = self._figures
        f.unit("round_k_decimals", K_SCALE)
        governed = 0.0 if self._rated is None else self._rated * f.rule("governed_fraction_of_rated")
        hole_ms = _ms(f.rule("opacity_hole_s"))
        repeated = [mark for name, mark in SWITCHES.items() if f.switch(name, ("repeat", "note")) == "repeat"]
        figures = {
            "blow_outs": f.whole("blow_outs"),
            "snaps": SNAPS,
            "idle_to": to_nearest(f.rule("idle_up_to_rpm") * SPEED_SCALE),
            "governed_from": to_nearest(governed * SPEED_SCALE),
            "stall_below": to_nearest(f.rule("engine_stall_below_rpm") * SPEED_SCALE),
            "settled_k": to_nearest(f.rule("settled_k_per_m") * K_SCALE),
            "look_back_ms": _ms(f.rule("settled_look_back_s")),
            "flat_k": to_nearest(f.rule("flat_rise_k_per_m") * K_SCALE),
            "settle_ms": _ms(f.rule("settle_s")),
            "idle_ms": _ms(f.rule("idle_between_s")),
            "hold_ms": _ms(f.rule("hold_s")),
            "pedal_ms": _ms(f.rule("pedal_within_s")),
            "pedal_up": to_nearest(f.rule("pedal_up_pct") * SPEED_SCALE),
            "pedal_down": to_nearest(f.rule("pedal_down_pct") * SPEED_SCALE),
            "hole_ms": max(hole_ms, WHOLE_SECOND_MS) if self._judges_slow else hole_ms,
            "fewest_per_10_s": to_nearest(f.rule("opacity_rate_hz") * f.rule("opacity_rate_share") * 10),
            "repeated_marks": sum(repeated) + NOT_FROM_IDLE,
            "repeats_at_most": f.whole("repeats_at_most"),
            "repeats_blow_outs": int(f.switch("blow_out_short_of_speed", ("repeat", "note")) == "repeat"),
            "told_idle_ms": _ms(f.rule("obd_speed_after_idle_s")),
            "told_top_ms": _ms(f.rule("obd_speed_after_top_s")),
        }
        return FreeAcceleration(figures, f.rule("path_m"), phase)

    # -- verdict out

    def _all_marks(self) -> int:
        marks = 0
        for snap in self._places():
            marks |= self._machine.marks_of(snap)
        return marks

    def _places(self) -> range:
        """Return the places of the snaps that count; the newest is always the last."""
        return range(SNAPS - min(self._machine.counted, SNAPS), SNAPS)

    def _void(self) -> str | None:
        cause = CAUSES.get(self._machine.cause)
        if cause is not None:
            return cause
        marks = self._all_marks()
        for bit, code in VOIDING.items():
            if marks & bit and not (bit == SLOW and self._judges_slow):
                return code
        return IMPLAUSIBLE if self._voids_deviation and self._is_implausible() else None

    def _is_implausible(self) -> bool:
        """Tell whether the counted engine speed is not the control unit's: at idle, or held at the top."""
        machine = self._machine
        pairs = ((machine.idle_counted, machine.idle_told), (machine.top_counted, machine.top_told))
        return any(abs(counted - told) > self._deviation * told for counted, told in pairs)

    def _is_confirmed(self) -> bool:
        machine = self._machine
        return machine.idle_pairs > 0 and (machine.top_pairs > 0 or self._rated is None)

    def _total(self) -> int | None:
        """Return the sum of the three peaks, in counts."""
        if self._machine.counted < SNAPS or self._void() is not None:
            return None
        return sum(self._machine.peak_of(snap) for snap in range(SNAPS))

    def _rounded(self, total: int, parts: int) -> float:
        unit = self._figures.unit("round_k_decimals", K_SCALE)
        return half_even(total, unit * parts) * unit / K_SCALE

    def _compares_full(self) -> bool:
        return self._figures.switch("compare", ("rounded", "full")) == "full"

    def _values(self) -> dict[str, float | None]:
        total = self._total()
        full = self._compares_full()
        raw = None if total is None else total / (SNAPS * K_SCALE)
        values: dict[str, float | None] = {
            LIMIT: raw if full or total is None else self._rounded(total, SNAPS),
            f"{LIMIT}_raw": raw,
        }
        places = self._places()
        for number in range(1, SNAPS + 1):
            place = places[number - 1] if number <= len(places) else None
            values |= self._values_of(number, place, full)
        values |= {"snaps_counted": float(self._machine.counted), "snaps_repeated": float(self._machine.repeats)}
        return values | self._values_beside(full)

    def _values_beside(self, full: bool) -> dict[str, float | None]:
        """Return what the verdict does not rest on: the highest peak that did not count, and how the engine was."""
        machine = self._machine
        discarded = machine.discarded_k if machine.has_discarded else None
        raw = None if discarded is None else discarded / K_SCALE
        return {
            "highest_discarded_k_per_m": raw if full or discarded is None else self._rounded(discarded, 1),
            "highest_discarded_k_per_m_raw": raw,
            "idle_rpm": _mean(machine.idle_counted, machine.idle_pairs),
            "idle_obd_rpm": _mean(machine.idle_told, machine.idle_pairs),
            "top_rpm": _mean(machine.top_counted, machine.top_pairs),
            "top_obd_rpm": _mean(machine.top_told, machine.top_pairs),
            "engine_temp_c": self._warmth.engine_temp_c,
        }

    def _discarded_over_limit(self) -> bool:
        machine = self._machine
        peak = machine.discarded_k / K_SCALE if self._compares_full() else self._rounded(machine.discarded_k, 1)
        over = bool(machine.has_discarded) and peak > self._figures.limit(LIMIT)
        return over or bool(machine.discarded_full)

    def _values_of(self, number: int, place: int | None, full: bool) -> dict[str, float | None]:
        peak = speed = told = None
        if place is not None:
            machine = self._machine
            speed = machine.speed_of(place) / SPEED_SCALE
            told = float(machine.number_of(place)) or None
            peak = None if machine.marks_of(place) & WITHOUT_PEAK else machine.peak_of(place)
        raw = None if peak is None else peak / K_SCALE
        return {
            f"snap{number}_k_per_m": raw if full or peak is None else self._rounded(peak, 1),
            f"snap{number}_k_per_m_raw": raw,
            f"snap{number}_rpm": speed,
            f"snap{number}_no": told,
        }

    def _judgements(self) -> tuple[Judgement, ...]:
        total, limit = self._total(), self._figures.limit(LIMIT)
        if total is None:
            return ()
        raw = total / (SNAPS * K_SCALE)
        value = raw if self._compares_full() else self._rounded(total, SNAPS)
        return (Judgement(LIMIT, value, raw, limit, value <= limit),)

    def _holds(self, judgement: Judgement) -> bool:
        """Tell whether the comparison holds under the other way of rounding."""
        total = self._total()
        if total is None or judgement.value_raw is None:
            return judgement.ok
        other = self._rounded(total, SNAPS) if self._compares_full() else judgement.value_raw
        return other <= judgement.limit

    def _reasons(self, outcome: str, void: str | None, rounding: bool) -> tuple[str, ...]:
        machine, marks = self._machine, self._all_marks()
        flat = machine.counted >= SNAPS and all(machine.marks_of(snap) & FLAT for snap in range(SNAPS))
        found = [
            (void is not None, void or ""),
            (outcome == FAIL, "over_limit"),
            (rounding, "rounding_decides"),
            (void is None and bool(marks & SLOW), "slow_opacity_allowed"),
            (machine.repeats > 0, "snap_repeated"),
            *((bool(machine.repeat_marks & bit), code) for bit, code in REPEATS.items()),
            *((bool(marks & ~machine.repeat_marks & bit), code) for bit, code in NOTES.items()),
            (flat, "flat_opacity"),
            (machine.counted > SNAPS, "last_three_snaps"),
            (self._discarded_over_limit(), "discarded_over_limit"),
            (machine.blow_outs_short > 0, "blow_out_short_of_speed"),
            (bool(machine.saw_gap) and void != "gap_in_window", "gap_outside_window"),
            (self._rated is None, "governed_speed_unknown"),
            (bool(machine.probe_unasked), "probe_unconfirmed"),
            (bool(machine.probe_early), "probe_in_early"),
            (self._is_implausible(), IMPLAUSIBLE),
            (outcome != INVALID and not self._is_confirmed(), "engine_speed_unconfirmed"),
            (self._warmth.is_cold, "engine_cold"),
            (outcome != INVALID and self._warmth.engine_temp_c is None, "temperature_unknown"),
        ]
        return tuple(dict.fromkeys(code for holds, code in found if holds))

    def _uncertain(self, outcome: str, void: str | None, rounding: bool) -> tuple[Uncertain, ...]:
        machine, marks = self._machine, self._all_marks() | self._machine.repeat_marks
        repeated = machine.repeat_marks
        consulted = [
            ("idle_up_to_rpm", bool(repeated & NOT_FROM_IDLE)),
            ("settle_s", False),
            ("opacity_rate_share", void == "opacity_below_10_hz"),
            ("opacity_hole_s", void == "gap_in_window"),
            ("engine_stall_below_rpm", void in ("engine_stall", "no_engine_speed")),
            *((name, self._is_implausible()) for name in OFF_OBD if machine.idle_pairs + machine.top_pairs > 0),
        ]
        if machine.repeats > 0:
            consulted.append(("repeats_at_most", void == "too_many_retries"))
        if machine.blow_outs_done + machine.blow_outs_short > 0 and self._rated is not None:
            consulted.append(("blow_out_short_of_speed", machine.blow_outs_short > 0))
        if self._warmth.engine_temp_c is not None:
            consulted.append(("warm_from_c", False))
        if outcome != INVALID:
            consulted.append(("compare", rounding))
        for bit, names in FIGURES_OF.items():
            looked_at = (bit != 16 or self._saw_pedal) and (bit not in (8, 128) or self._rated is not None)
            consulted += [(name, bool(marks & bit)) for name in names if looked_at]
        named: dict[str, bool] = {}
        for name, decisive in consulted:
            named[name] = named.get(name, False) or decisive
        rules = [
            Uncertain(f"{self.method}.rules.{name}", decisive)
            for name, decisive in named.items()
            if self._figures.is_uncertain(name)
        ]
        if self._figures.limits_are_uncertain() and outcome != INVALID:
            rules.append(Uncertain(f"{self.method}.sets.{self.limit_set}", outcome == FAIL and self._passes_under("a")))
        return tuple(rules)

    def _passes_under(self, limit_set: str) -> bool:
        limit = Figures(self.method, self._section, limit_set).limit(LIMIT)
        return all(judgement.value is not None and judgement.value <= limit for judgement in self._judgements())


def _mean(total: int, pairs: int) -> float | None:
    return total / (SPEED_SCALE * pairs) if pairs else None


def _ms(seconds: float) -> int:
    return to_nearest(seconds * 1000)
