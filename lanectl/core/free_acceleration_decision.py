"""The decision of free acceleration: what voids a test, the mean of three peaks, and how it compares with the limit.

Knows the comparison, and how it would come out under the other way of rounding or another set. Knows no sample and no
timer: those are free_acceleration.py's.
"""

from lanectl.core.figures import Figures
from lanectl.core.free_acceleration import FreeAcceleration
from lanectl.core.free_acceleration_figures import K_SCALE, LIMIT, METHOD, SNAPS, FreeAccelerationFigures
from lanectl.core.verdict import FAIL, INVALID, PASS, Judgement

CAUSES = {1: "incomplete", 2: "too_many_retries", 4: "engine_stall", 11: "no_engine_speed"}
VOIDING = {1: "opacity_below_10_hz", 2: "gap_in_window", 4: "opacity_full_scale", 1024: "value_missing_in_window"}
IMPLAUSIBLE = "engine_speed_implausible"
SLOW = 1


class Decision:
    """What a test that is over comes to. ``void`` says why it was not judged; ``total`` is the sum of three peaks."""

    def __init__(self, machine: FreeAcceleration, figures: FreeAccelerationFigures) -> None:
        self.machine = machine
        self.figures = figures
        self.places = range(SNAPS - min(machine.kept.counted, SNAPS), SNAPS)
        """Where the snaps that count stand; the newest is always the last."""
        self.marks = _marks_of(machine, self.places)
        self.is_implausible = _is_implausible(machine, figures.deviation)
        self.void = self._void()
        self.total = self._total()
        self.judgements: tuple[Judgement, ...] = ()
        self.rounding = False
        """Whether the other way of rounding would turn the comparison."""
        if self.total is not None:
            judgement = self._judge(self.total)
            self.judgements = (judgement,)
            self.rounding = judgement.ok != self._holds_otherwise(self.total)

    @property
    def outcome(self) -> str:
        """Return pass, fail or invalid."""
        if self.void is not None:
            return INVALID
        return PASS if all(judgement.ok for judgement in self.judgements) else FAIL

    def passes_under(self, limit_set: str) -> bool:
        """Tell whether the comparison would hold under another set."""
        limit = Figures(METHOD, self.figures.section, limit_set).limit(LIMIT)
        return all(judgement.value is not None and judgement.value <= limit for judgement in self.judgements)

    def _void(self) -> str | None:
        cause = CAUSES.get(self.machine.cause)
        if cause is not None:
            return cause
        for bit, code in VOIDING.items():
            if self.marks & bit and not (bit == SLOW and self.figures.judges_slow):
                return code
        return IMPLAUSIBLE if self.figures.voids_deviation and self.is_implausible else None

    def _total(self) -> int | None:
        kept = self.machine.kept
        if self.void is not None or kept.counted < SNAPS:
            return None
        return sum(kept.peak_of(snap) for snap in range(SNAPS))

    def _judge(self, total: int) -> Judgement:
        value, limit = self.figures.judged(total, SNAPS), self.figures.limit
        return Judgement(LIMIT, value, total / (SNAPS * K_SCALE), limit, value <= limit)

    def _holds_otherwise(self, total: int) -> bool:
        """Tell whether the comparison holds under the other way of rounding."""
        other = self.figures.rounded(total, SNAPS) if self.figures.compares_full else total / (SNAPS * K_SCALE)
        return other <= self.figures.limit


def _marks_of(machine: FreeAcceleration, places: range) -> int:
    marks = 0
    for snap in places:
        marks |= machine.kept.marks_of(snap)
    return marks


def _is_implausible(machine: FreeAcceleration, deviation: float) -> bool:
    """Tell whether the counted engine speed is not the control unit's: at idle, or held at the top."""
    watch = machine.watch
    pairs = ((watch.idle_counted, watch.idle_told), (watch.top_counted, watch.top_told))
    return any(abs(counted - told) > deviation * told for counted, told in pairs)
