"""Interlocks: checked on every beat before any procedure sees it. The second line; the first is wired.

Pure: looks at one sample and says which interlock trips, if any. Knows no device and no law.
"""

from dataclasses import dataclass

from lanectl.lane.doubts import DOUBTS, JUMPED, STOOD_STILL
from lanectl.lane.second_look import UNCONFIRMED
from lanectl.model.sample import Channel, Sample

OVERSPEED_KMH = 130.0
"""No test of GB 18285 or GB 3847 drives faster than 100 km/h; above this the rollers are out of control."""
SETTLE_MS = 500
"""The stream of the dynamometer is given this long at the start of a test before silence counts."""
AWAKE_AGAIN_MS = 300
"""After a late beat the dynamometer is given this long to be heard again; it may have spoken while we slept."""
SILENT_AT_MOST_MS = 1_000
"""However late our beats are, a longer silence counts."""
FRESH_MS = 300
"""What was heard longer ago keeps no load enabled: with a beat and a write, the circuit is open within 500 ms."""
UNCONFIRMED_AT_MOST_MS = 3_000
"""A device whose looks do not bear each other out for longer cannot be believed."""
MISSING = ("not_given", "not_a_number", "no_new_value", JUMPED)
"""Why a device that speaks may have no value at one look; the core decides what that costs."""
BARRIERS = ("barrier_front", "barrier_rear")
LIFT_SAFE_BELOW_KMH = 1.0
"""Above this roller speed the lift must not move (dynamometer dossier: wait for speed below about 1 km/h)."""


@dataclass(frozen=True, slots=True)
class Tripped:
    """An interlock that tripped; ``unsafe`` separates danger (aborted) from lost data (invalid)."""

    name: str
    device: str
    evidence: str
    unsafe: bool


def dyno_interlock(sample: Sample) -> Tripped | None:
    """Trip on a silent dynamometer, on one that cannot be believed, or on overspeed."""
    speed = sample.channels.get("speed_kmh")
    if speed is None or speed.value is None:
        why = speed.why if speed is not None else "not_asked"
        name = "dyno_implausible" if why in (*DOUBTS, UNCONFIRMED) else "dyno_lost"
        return Tripped(name, "dyno", f"no roller speed ({why})", unsafe=False)
    if speed.value > OVERSPEED_KMH:
        return Tripped("overspeed", "dyno", f"{speed.value:.1f} km/h > {OVERSPEED_KMH:.0f} km/h", unsafe=True)
    return None


def barrier_interlock(sample: Sample) -> Tripped | None:
    """Trip when somebody walks, or the car moves, into a light barrier while the rollers are driven."""
    for name in BARRIERS:
        found = sample.channels.get(name)
        if found is not None and found.value:
            return Tripped("barrier_cut", "io", f"{name} interrupted", unsafe=True)
    return None


@dataclass(frozen=True, slots=True)
class Enable:
    """What decides over the dynamometer's enable circuit. None: not known."""

    dyno_age_ms: int | None
    dyno_idle: bool
    inputs_age_ms: int | None
    estop: bool
    closed: bool


def may_enable(now: Enable) -> tuple[str, str, str] | None:
    """Return why the enable circuit must be open (reason, device, evidence), or None when it may be closed.

    Once open, it closes again only over a dynamometer that holds no load: nothing may take hold by itself.
    """
    if now.estop:
        return "estop", "io", "the emergency stop is pressed"
    if now.inputs_age_ms is None or now.inputs_age_ms > FRESH_MS:
        return "io_lost", "io", f"inputs known {_ago(now.inputs_age_ms)}"
    if now.dyno_age_ms is None or now.dyno_age_ms > FRESH_MS:
        return "dyno_lost", "dyno", f"heard {_ago(now.dyno_age_ms)}"
    if not now.closed and not now.dyno_idle:
        return "enable_open", "dyno", "it holds a load; the circuit closes when it is idle"
    return None


def _ago(age_ms: int | None) -> str:
    return "never" if age_ms is None else f"{age_ms} ms ago"


def may_be_our_own_sleep(sample: Sample, late_ms: int | None) -> bool:
    """Return whether a silent dynamometer may be a host that slept: a late beat just now, and not too long ago."""
    speed = sample.channels.get("speed_kmh")
    if late_ms is None or speed is None or speed.age_ms is None:
        return False
    return sample.t_ms - late_ms <= AWAKE_AGAIN_MS and speed.age_ms <= SILENT_AT_MOST_MS


def source_interlock(sample: Sample, channel: str, device: str) -> Tripped | None:
    """Trip when a device that the running phase needs has fallen silent."""
    found = sample.channels.get(channel)
    if found is not None and (found.value is not None or found.why in MISSING or _may_settle(found)):
        return None
    why = found.why if found is not None else "not_asked"
    name = f"{device}_implausible" if why in (STOOD_STILL, UNCONFIRMED) else f"{device}_lost"
    return Tripped(name, device, f"no {channel} ({why})", unsafe=False)


def _may_settle(found: Channel) -> bool:
    return found.why == UNCONFIRMED and (found.age_ms or 0) <= UNCONFIRMED_AT_MOST_MS


def may_move_lift(speed_kmh: float | None) -> bool:
    """Return whether the lift may move: only when the rollers are known to stand."""
    return speed_kmh is not None and abs(speed_kmh) < LIFT_SAFE_BELOW_KMH
