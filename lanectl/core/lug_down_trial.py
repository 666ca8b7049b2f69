"""The lug-down method as the lane, the audit and `evaluate` use it: seconds in, verdict out.

Knows which channels the state machine takes, and what a lane may know of a test under way. Knows no formula, no timer
and no limit: those are in lug_down.py, lug_down_figures.py and lug_down_verdict.py.
"""

from collections.abc import Mapping

from lanectl.core.columns import Columns
from lanectl.core.lug_down_figures import FINE, METHOD, LugDownFigures
from lanectl.core.lug_down_values import calculated_vel_max_hp_kmh
from lanectl.core.lug_down_verdict import verdict_of
from lanectl.core.second import LegalSecond
from lanectl.core.trial import Guidance
from lanectl.core.verdict import Status, Verdict
from lanectl.core.warmth import TOLD_BY

PHASES = (
    "max_rpm",
    "accelerate",
    "scan",
    "to_100",
    "settle_100",
    "sample_100",
    "to_80",
    "settle_80",
    "sample_80",
    "done",
)
START = {"scan": 2, "max_rpm": 0, "accelerate": 1}
OPEN = 0

NEEDS = (
    "speed_kmh",
    "force_n",
    "engine_rpm",
    "opacity_n_pct",
    "nox_ppm",
    "ambient_temp_c",
    "pressure_kpa",
)
CHANNELS = (
    "speed_kmh", "force_n", "opacity_n_pct", "engine_rpm", "nox_ppm", "no_ppm", "no2_ppm", "co2_pct", "ambient_temp_c",
    "humidity_pct", "pressure_kpa", "low_flow", "obd_rpm", "obd_pedal_d_pct", *TOLD_BY,
)  # fmt: skip
"""What the state machine takes of a second, in its order."""


class LugDownTrial:
    """One vehicle under lug-down."""

    method = METHOD
    start_phases: tuple[str, ...] = tuple(START)
    instead: Mapping[str, tuple[str, ...]] = {"nox_ppm": ("no_ppm", "no2_ppm")}

    def __init__(
        self, vehicle: Mapping[str, object], section: Mapping[str, object], limit_set: str, start_phase: str | None
    ) -> None:
        self.limit_set = limit_set
        self._figures = LugDownFigures(vehicle, section, limit_set)
        self.needs: tuple[str, ...] = (*NEEDS, "humidity_pct") if self._figures.corrects_nox else NEEDS
        self._machine = self._figures.machine(START[start_phase or "scan"])

    def push(self, second: LegalSecond) -> Status:
        """Take the next legal second."""
        self._machine.push(int(second.rows > 0), *(second.number(name) for name in CHANNELS))
        return self.status()

    def feed(self, seconds: Columns, samples: Columns) -> None:
        """Take a whole trace at once."""
        if seconds.rows:
            self._machine.feed(seconds.rows, seconds.block(CHANNELS))

    def status(self) -> Status:
        """Return where the test stands; in the scan, elapsed is the time with the pedal on the floor."""
        machine = self._machine
        phase, elapsed, remaining = PHASES[machine.phase], machine.timer_s, None
        if phase.startswith(("settle", "to_")):
            remaining = self._figures.settle_s - elapsed
        elif phase.startswith("sample"):
            remaining = self._figures.sample_s - elapsed
        else:
            elapsed = machine.floored_s
        decided = machine.outcome != OPEN
        return Status(phase, elapsed, 0 if decided else remaining, machine.restarts, decided)

    def end(self) -> None:
        """Say that the trace is over."""
        self._machine.end()

    def verdict(self) -> Verdict | None:
        """Return the verdict once there is one."""
        return None if self._machine.outcome == OPEN else verdict_of(self._machine, self._figures)

    def total_force_n(self) -> float | None:
        """Return nothing: the rollers are held at a speed, not at a force."""
        return None

    def target_kmh(self) -> tuple[float, float] | None:
        """Return the speed of the point under way and its tolerance; in the scan there is none."""
        if self._machine.target <= 0 or self._machine.outcome != OPEN:
            return None
        return self._machine.target / FINE, self._figures.tolerance_kmh

    def guidance(self) -> Guidance:
        """Return the speed to hold."""
        return Guidance(*(self.target_kmh() or (None, None)))

    def scan_rate_kmh_per_s(self) -> float:
        """Return how fast the rollers may slow down in the scan."""
        return self._figures.of.rule("scan_rate_kmh_per_s")

    def calculated_vel_max_hp_kmh(self) -> float | None:
        """Return where the power maximum is to be expected: the rated engine speed in the gear that is driven."""
        return calculated_vel_max_hp_kmh(self._machine, self._figures)
