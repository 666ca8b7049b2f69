"""The figures of free acceleration for one vehicle, under one limit set: read once, as counts for the state machine.

Knows how the limits data becomes counts, which marks repeat a snap, and how a peak is rounded. Knows no sample and no
verdict.
"""

from collections.abc import Mapping

from lanectl.core.figures import Figures
from lanectl.core.formulas import half_even, to_nearest
from lanectl.core.free_acceleration import FreeAcceleration
from lanectl.core.trial import fuel_of, number_of

METHOD = "free_acceleration"
K_SCALE, SPEED_SCALE = 10**9, 10**6
SNAPS = 3
LIMIT = "opacity_k_per_m"
WHOLE_SECOND_MS = 1999
"""The longest time between samples of one a second, of which none is missing."""

SWITCHES = {"short_hold": 8, "slow_pedal": 16, "short_idle": 32, "short_of_speed": 128, "not_settled": 256}
NOT_FROM_IDLE = 512
REPEAT_OR_NOTE = ("repeat", "note")


class FreeAccelerationFigures:
    """What the limits data asks of one vehicle. Raises LimitsMissing and VehicleFactMissing."""

    def __init__(self, vehicle: Mapping[str, object], section: Mapping[str, object], limit_set: str) -> None:
        self.limit_set = limit_set
        self.section = section
        self.of = f = Figures(METHOD, section, limit_set)
        fuel_of(vehicle, ("diesel",))
        self.rated_rpm = None if vehicle.get("rated_rpm") is None else number_of(vehicle, "rated_rpm")
        self.judges_slow = f.switch("slow_opacity", ("void", "judge")) == "judge"
        self.deviation = f.rule("engine_speed_off_obd_share")
        self.voids_deviation = f.switch("engine_speed_off_obd", ("void", "note")) == "void"
        self.compares_full = f.switch("compare", ("rounded", "full")) == "full"
        self.limit = f.limit(LIMIT)
        self._unit = f.unit("round_k_decimals", K_SCALE)

    def machine(self, phase: int) -> FreeAcceleration:
        """Return the state machine that judges by these figures, beginning in this phase."""
        f = self.of
        counts = self._counts_of_snaps() | self._counts_of_engine()
        return FreeAcceleration(counts, f.rule("path_m"), f.rule("warm_from_c"), phase)

    def rounded(self, total: int, parts: int) -> float:
        """Return the mean of so many peaks as it is rounded for the comparison."""
        return half_even(total, self._unit * parts) * self._unit / K_SCALE

    def judged(self, total: int, parts: int) -> float:
        """Return the mean of so many peaks as it is compared."""
        return total / (parts * K_SCALE) if self.compares_full else self.rounded(total, parts)

    def _counts_of_snaps(self) -> dict[str, int]:
        f = self.of
        hole_ms = _ms(f.rule("opacity_hole_s"))
        repeated = [mark for name, mark in SWITCHES.items() if f.switch(name, REPEAT_OR_NOTE) == "repeat"]
        return {
            "snaps": SNAPS,
            "settled_k": to_nearest(f.rule("settled_k_per_m") * K_SCALE),
            "look_back_ms": _ms(f.rule("settled_look_back_s")),
            "flat_k": to_nearest(f.rule("flat_rise_k_per_m") * K_SCALE),
            "settle_ms": _ms(f.rule("settle_s")),
            "idle_ms": _ms(f.rule("idle_between_s")),
            "hold_ms": _ms(f.rule("hold_s")),
            "hole_ms": max(hole_ms, WHOLE_SECOND_MS) if self.judges_slow else hole_ms,
            "fewest_per_10_s": to_nearest(f.rule("opacity_rate_hz") * f.rule("opacity_rate_share") * 10),
            "repeated_marks": sum(repeated) + NOT_FROM_IDLE,
            "repeats_at_most": f.whole("repeats_at_most"),
        }

    def _counts_of_engine(self) -> dict[str, int]:
        f = self.of
        governed = 0.0 if self.rated_rpm is None else self.rated_rpm * f.rule("governed_fraction_of_rated")
        return {
            "blow_outs": f.whole("blow_outs"),
            "repeats_blow_outs": int(f.switch("blow_out_short_of_speed", REPEAT_OR_NOTE) == "repeat"),
            "idle_to": to_nearest(f.rule("idle_up_to_rpm") * SPEED_SCALE),
            "governed_from": to_nearest(governed * SPEED_SCALE),
            "stall_below": to_nearest(f.rule("engine_stall_below_rpm") * SPEED_SCALE),
            "pedal_ms": _ms(f.rule("pedal_within_s")),
            "pedal_up": to_nearest(f.rule("pedal_up_pct") * SPEED_SCALE),
            "pedal_down": to_nearest(f.rule("pedal_down_pct") * SPEED_SCALE),
            "told_idle_ms": _ms(f.rule("obd_speed_after_idle_s")),
            "told_top_ms": _ms(f.rule("obd_speed_after_top_s")),
        }


def _ms(seconds: float) -> int:
    return to_nearest(seconds * 1000)
