r"""Lug-down on the rollers: how the driver and the brake are led (GB 3847-2018, 加载减速法).

    rev to the maximum in neutral -> full throttle, no load -> rollers slowed down evenly (scan)
      -> held at the speed of the highest power -> held at the second point -> decided -> over

Knows prompts, set-points and their order. Highest power, points, means and verdict are core.lug_down's; it says where
the test stands, and the speed of a point, in an event.
"""

from dataclasses import dataclass

from lanectl.procedures.commands import BeginMeasure, Finish, HoldSpeed, Prompt, ReleaseLoad
from lanectl.procedures.events import Beat, Event, MethodStatus
from lanectl.procedures.stage import Commands, Plan, StageOver

START = "max_rpm"
REV_MS = 4_000
SCAN_SHARE = 0.75
"""Share of the fastest allowed slowing that the set-point uses: the rollers never follow it evenly."""
SCAN_DOWN_TO_KMH = 15.0


@dataclass(frozen=True, slots=True)
class LugDownPlan:
    """Figures of the method that driver and brake are led by, from the limits data."""

    idle_up_to_rpm: float
    scan_rate_kmh_per_s: float


@dataclass(frozen=True, slots=True)
class Revving:
    """In neutral, pedal on the floor; ``up_ms`` is when the engine left idle."""

    reach_by_ms: int
    up_ms: int | None = None
    let_go: bool = False


@dataclass(frozen=True, slots=True)
class Accelerating:
    """Up to the highest speed, without load."""

    reach_by_ms: int
    speed_kmh: float | None = None


@dataclass(frozen=True, slots=True)
class Scanning:
    """The set-point goes down evenly from where the rollers were."""

    from_kmh: float
    since_ms: int


@dataclass(frozen=True, slots=True)
class AtPoint:
    """The rollers are held at the speed of a point."""

    target_kmh: float
    reach_by_ms: int


LugDownState = Revving | Accelerating | Scanning | AtPoint | StageOver


def begin(t_ms: int, plan: Plan) -> tuple[LugDownState, Commands]:
    """Begin to measure with the engine's highest speed; every second from now on goes to the core."""
    return Revving(t_ms + plan.reach_rpm_within_s * 1000), (BeginMeasure(START), Prompt("rev_to_maximum"))


def step(state: LugDownState, event: Event, plan: Plan, lug_down: LugDownPlan) -> tuple[LugDownState, Commands]:
    """Say what comes next. Pure."""
    match state, event:
        case StageOver(), _:
            return state, ()
        case _, MethodStatus(decided=True):
            return StageOver(), (ReleaseLoad(), Prompt("release_pedal"), Finish())
        case (Revving() | Accelerating() | AtPoint()) as timed, Beat(t_ms) if t_ms >= timed.reach_by_ms:
            reason = "engine_speed_not_reached" if isinstance(timed, Revving) else "speed_not_reached"
            return StageOver(), (ReleaseLoad(), Finish(reason=reason, detail=type(timed).__name__.lower()))
        case Revving() as revving, _:
            return _rev(revving, event, plan, lug_down)
        case Accelerating() as accelerating, _:
            return _accelerate(accelerating, event)
        case Scanning() as scanning, _:
            return _scan(scanning, event, plan, lug_down)
        case AtPoint() as point, MethodStatus() as status:
            return _hold(point, status, plan)
    return state, ()


def _rev(state: Revving, event: Event, plan: Plan, lug_down: LugDownPlan) -> tuple[LugDownState, Commands]:
    match event:
        case MethodStatus(t_ms, "accelerate"):
            return Accelerating(t_ms + plan.reach_band_within_s * 1000), (Prompt("full_throttle"),)
        case Beat(t_ms, _, rpm) if rpm is not None and rpm > lug_down.idle_up_to_rpm and state.up_ms is None:
            return Revving(state.reach_by_ms, t_ms), ()
        case Beat(t_ms) if not state.let_go and state.up_ms is not None and t_ms >= state.up_ms + REV_MS:
            return Revving(state.reach_by_ms, state.up_ms, let_go=True), (Prompt("let_idle"),)
    return state, ()


def _accelerate(state: Accelerating, event: Event) -> tuple[LugDownState, Commands]:
    match event:
        case Beat(_, speed_kmh) if speed_kmh is not None:
            return Accelerating(state.reach_by_ms, speed_kmh), ()
        case MethodStatus(t_ms, "scan") if state.speed_kmh is not None:
            return Scanning(state.speed_kmh, t_ms), (HoldSpeed(state.speed_kmh), Prompt("keep_full_throttle"))
    return state, ()


def _scan(state: Scanning, event: Event, plan: Plan, lug_down: LugDownPlan) -> tuple[LugDownState, Commands]:
    match event:
        case MethodStatus(guide=guide) as status if guide.target_kmh is not None:
            return _hold(AtPoint(-1.0, 0), status, plan)
        case Beat(t_ms):
            slowed = (t_ms - state.since_ms) / 1000.0 * SCAN_SHARE * lug_down.scan_rate_kmh_per_s
            if state.from_kmh - slowed < SCAN_DOWN_TO_KMH:
                return StageOver(), (ReleaseLoad(), Finish(reason="no_power_maximum", detail="scan"))
            return state, (HoldSpeed(state.from_kmh - slowed),)
    return state, ()


def _hold(state: AtPoint, status: MethodStatus, plan: Plan) -> tuple[LugDownState, Commands]:
    guide = status.guide
    if guide.target_kmh is None:
        return state, ()
    facts = {"target": f"{guide.target_kmh:.1f}"}
    prompt = Prompt(
        "keep_full_throttle_at", guide.target_kmh, guide.tolerance_kmh, remaining_s=status.remaining_s, facts=facts
    )
    if guide.target_kmh == state.target_kmh:
        return state, (prompt,)
    return AtPoint(guide.target_kmh, status.t_ms + plan.reach_band_within_s * 1000), (
        HoldSpeed(guide.target_kmh),
        prompt,
    )
