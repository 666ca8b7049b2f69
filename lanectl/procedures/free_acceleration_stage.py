r"""Free acceleration: when to tread, when to let go, when to wait, and when it is over (GB 3847-2018, 自由加速法).

    wait at idle -> pedal to the floor -> governed speed held -> let go -> back at idle -> wait ... -> decided -> over
                                                          after the blow-outs: probe in?

Knows what to tell the driver, by engine speed and time. Which snap counts or has to be repeated, peaks and verdict are
core.free_acceleration's; it counts blow-outs and snaps by the same engine speeds.
"""

from dataclasses import dataclass, replace

from lanectl.procedures.commands import Ask, BeginMeasure, Finish, Mark, Prompt
from lanectl.procedures.events import Answer, Beat, Event, MethodStatus
from lanectl.procedures.stage import Commands, Plan, StageOver

START = "blow_outs"
QUESTION = "opacity_probe_in"
MARGIN_MS = 500
"""Handling time on top of what the method asks for: the driver is told a little late rather than early."""
FIRST_WAIT_MS = 3_000
PRESSED_AT_MOST_MS = 8_000
"""An engine that has not come to its governed speed by then will not; the core judges what that means."""


@dataclass(frozen=True, slots=True)
class SnapPlan:
    """Figures of the method that the driver is guided by, from the limits data."""

    idle_up_to_rpm: float
    governed_rpm: float | None
    """Engine speed from which the pedal is held on for ``hold_ms``; None where the rated speed is not known."""
    hold_ms: int
    idle_ms: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """At idle until the next time; ``from_ms`` is when the driver may tread."""

    from_ms: int
    reach_by_ms: int


@dataclass(frozen=True, slots=True)
class Pressing:
    """The pedal is on the floor since ``since_ms``; ``held_ms`` is when the governed speed was reached."""

    since_ms: int
    held_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Falling:
    """The engine comes back to idle."""

    reach_by_ms: int


@dataclass(frozen=True, slots=True)
class Asking:
    """At idle, the probe goes in."""

    until_ms: int


Foot = Waiting | Pressing | Falling | Asking


@dataclass(frozen=True, slots=True)
class Snapping:
    """Where the driver is, and what the core last said."""

    foot: Foot
    over_by_ms: int
    phase: str = "blow_out_idle"
    settled: bool = False
    counted: int = 0
    asked: bool = False
    """Whether the question for the probe was put."""


SnapState = Snapping | StageOver


def begin(t_ms: int, plan: Plan) -> tuple[SnapState, Commands]:
    """Begin to measure with the blow-outs; every sample from now on goes to the core."""
    waiting = Waiting(t_ms + FIRST_WAIT_MS, t_ms + plan.reach_rpm_within_s * 1000)
    return Snapping(waiting, t_ms + plan.whole_within_s * 1000), (BeginMeasure(START), Prompt("snap_wait"))


def step(state: SnapState, event: Event, plan: Plan, snaps: SnapPlan) -> tuple[SnapState, Commands]:
    """Say what comes next. Pure."""
    match state, event:
        case Snapping(), MethodStatus(decided=True):
            return StageOver(), (Finish(),)
        case Snapping(_, over_by_ms, asked=False) as snapping, MethodStatus(t_ms, "probe"):
            allowed_ms = plan.answer_within_s * 1000
            over_by_ms += allowed_ms
            asking = replace(snapping, foot=Asking(t_ms + allowed_ms), over_by_ms=over_by_ms, phase="probe", asked=True)
            return asking, (Prompt("insert_opacity_probe"), Ask(QUESTION, ("yes",)))
        case Snapping(Asking()) as snapping, Answer(t_ms, answered) if answered == QUESTION:
            waiting = Waiting(t_ms + snaps.idle_ms, t_ms + plan.reach_rpm_within_s * 1000)
            return replace(snapping, foot=waiting), (Mark("probe_in"), Prompt("snap_wait"))
        case Snapping(Asking(until_ms)), Beat(t_ms) if t_ms >= until_ms:
            return StageOver(), (Finish(reason="no_answer_from_operator", detail=QUESTION),)
        case Snapping() as snapping, MethodStatus(phase=phase, guide=guide):
            return replace(snapping, phase=phase, settled=guide.settled, counted=guide.counted), ()
        case Snapping(foot, over_by_ms, phase, settled) as snapping, Beat(t_ms) as beat:
            if t_ms >= over_by_ms:
                return StageOver(), (Finish(reason="too_many_retries", detail=phase),)
            if isinstance(foot, Waiting | Falling) and t_ms >= foot.reach_by_ms:
                why = "engine_speed_not_reached" if isinstance(foot, Falling) or settled else "opacity_stays_high"
                return StageOver(), (Finish(reason=why, detail=phase),)
            return _guide(snapping, beat, plan, snaps)
    return state, ()


def _guide(state: Snapping, beat: Beat, plan: Plan, snaps: SnapPlan) -> tuple[SnapState, Commands]:
    t_ms, rpm = beat.t_ms, beat.engine_rpm
    match state.foot:
        case Waiting(from_ms) if t_ms >= from_ms and rpm is not None and rpm <= snaps.idle_up_to_rpm:
            if not (state.phase.endswith("_idle") and (state.settled or state.phase == "blow_out_idle")):
                return state, ()
            if state.phase == "blow_out_idle":
                return _now(state, Pressing(t_ms)), (Prompt("blow_out"),)
            return _now(state, Pressing(t_ms)), (Prompt("snap_now", facts={"number": state.counted + 1}),)
        case Pressing(since_ms, held_ms):
            if held_ms is None and rpm is not None and snaps.governed_rpm is not None and rpm >= snaps.governed_rpm:
                return _now(state, Pressing(since_ms, t_ms)), ()
            enough = held_ms is not None and t_ms >= held_ms + snaps.hold_ms + MARGIN_MS
            if enough or t_ms >= since_ms + PRESSED_AT_MOST_MS:
                return _now(state, Falling(t_ms + plan.reach_rpm_within_s * 1000)), (Prompt("snap_let_go"),)
        case Falling() if rpm is not None and rpm <= snaps.idle_up_to_rpm:
            waiting = Waiting(t_ms + snaps.idle_ms + MARGIN_MS, t_ms + plan.reach_rpm_within_s * 1000)
            return _now(state, waiting), (Prompt("snap_wait"),)
    return state, ()


def _now(state: Snapping, foot: Foot) -> Snapping:
    return replace(state, foot=foot)
