r"""The ASM on the rollers: which speed, which load, when, and when it is over (GB 18285-2018, ASM5025 and ASM2540).

    reach 25 under load -> (core: hold, preset, quick check, rest) -> decided -> over
                                                       \\-> reach 40 under load -> (core again) -> decided -> over

Knows speeds, prompts and the order of loads. Timers, windows and verdicts are core.asm; their status arrives as an
event.
"""

from dataclasses import dataclass

from lanectl.procedures.commands import BeginMeasure, Command, Finish, HoldLoad, Prompt, ReleaseLoad
from lanectl.procedures.events import Beat, Event, MethodStatus
from lanectl.procedures.stage import Commands, Plan, StageOver


@dataclass(frozen=True, slots=True)
class Mode:
    """One of the two steady states, as the limits data names it; its force is the core's business."""

    name: str
    target_kmh: float
    tolerance_kmh: float

    @property
    def load_from_kmh(self) -> float:
        """Speed from which the brake pulls: below it a constant force could stall the engine."""
        return self.target_kmh - 2.5 * self.tolerance_kmh


@dataclass(frozen=True, slots=True)
class AsmPlan:
    """The modes, in their order."""

    modes: tuple[Mode, ...]


@dataclass(frozen=True, slots=True)
class Approaching:
    """The driver goes to the band; the load comes on near it."""

    mode: int
    until_ms: int
    loaded: bool = False


@dataclass(frozen=True, slots=True)
class Holding:
    """The core's clock of this mode runs; ``phase`` is the core's word for where it stands."""

    mode: int
    phase: str


AsmState = Approaching | Holding | StageOver


def begin(t_ms: int, plan: Plan, modes: tuple[Mode, ...]) -> tuple[AsmState, Commands]:
    """Begin to measure; every second from now on goes to the core."""
    approaching = Approaching(0, t_ms + plan.reach_band_within_s * 1000)
    return approaching, (BeginMeasure(f"{modes[0].name}_hold"), _drive("accelerate_to", modes[0]))


def step(state: AsmState, event: Event, plan: Plan, modes: tuple[Mode, ...]) -> tuple[AsmState, Commands]:
    """Say what comes next. Pure."""
    match state, event:
        case ((Approaching() | Holding()), MethodStatus(decided=True)):
            return StageOver(), (ReleaseLoad(), Finish())
        case Approaching(number, until_ms, loaded), Beat(t_ms, speed_kmh):
            return _approach(Approaching(number, until_ms, loaded), t_ms, speed_kmh, modes[number])
        case Approaching(number, until_ms, True), MethodStatus(phase=phase) as status if _timed(phase, modes[number]):
            return Holding(number, phase), (_follow(status, modes[number]),)
        case Holding(number), MethodStatus(t_ms=t_ms, phase=phase) as status:
            following = number + 1
            if following < len(modes) and phase.startswith(modes[following].name):
                approaching = Approaching(following, t_ms + plan.reach_band_within_s * 1000)
                return approaching, (ReleaseLoad(), _drive("accelerate_to", modes[following]))
            return Holding(number, phase), (_follow(status, modes[number]),)
    return state, ()


def _approach(state: Approaching, t_ms: int, speed_kmh: float | None, mode: Mode) -> tuple[AsmState, Commands]:
    if t_ms >= state.until_ms:
        detail = f"{mode.target_kmh:.0f} km/h not held within the time"
        return StageOver(), (ReleaseLoad(), Finish(reason="speed_not_reached", detail=detail))
    if not state.loaded and speed_kmh is not None and speed_kmh >= mode.load_from_kmh:
        return Approaching(state.mode, state.until_ms, loaded=True), (HoldLoad(),)
    return state, ()


def _timed(phase: str, mode: Mode) -> bool:
    return phase.startswith(mode.name) and not phase.endswith("_hold")


def _drive(code: str, mode: Mode, remaining_s: int | None = None) -> Prompt:
    facts = {"target": f"{mode.target_kmh:.0f}"}
    return Prompt(code, mode.target_kmh, mode.tolerance_kmh, remaining_s=remaining_s, facts=facts)


def _follow(status: MethodStatus, mode: Mode) -> Command:
    return _drive("hold_speed", mode, status.remaining_s)
