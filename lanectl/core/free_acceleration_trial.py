"""The free acceleration method as the lane, the audit and `evaluate` use it: seconds in, verdict out.

Knows which channels the state machine takes, and what a lane may know of a test under way. It reads the samples that a
second was made from, because a peak is a sample; a second without them counts as one sample. Knows no formula, no timer
and no limit: those are in free_acceleration.py, free_acceleration_figures.py and free_acceleration_verdict.py.
"""

from array import array
from collections.abc import Mapping

from lanectl.core.columns import Columns
from lanectl.core.free_acceleration_figures import METHOD, FreeAccelerationFigures
from lanectl.core.free_acceleration_verdict import verdict_of
from lanectl.core.second import NO_VALUE, LegalSecond
from lanectl.core.trial import Guidance
from lanectl.core.verdict import Status, Verdict
from lanectl.core.warmth import TOLD_BY

PHASES = ("blow_out_idle", "blow_out", "probe", "snap_idle", "snap", "snap_settle", "done")
START = {"snaps": 3, "blow_outs": 0}
OPEN = 0
CHANNELS = ("opacity_n_pct", "engine_rpm", "snap_no", "obd_pedal_d_pct", "probe_in", "obd_rpm", *TOLD_BY)
"""What the state machine takes of a sample, in its order."""


class FreeAccelerationTrial:
    """One vehicle under free acceleration."""

    method = METHOD
    start_phases: tuple[str, ...] = tuple(START)
    needs: tuple[str, ...] = ("engine_rpm", "opacity_n_pct")
    instead: Mapping[str, tuple[str, ...]] = {}

    def __init__(
        self, vehicle: Mapping[str, object], section: Mapping[str, object], limit_set: str, start_phase: str | None
    ) -> None:
        self.limit_set = limit_set
        self._figures = FreeAccelerationFigures(vehicle, section, limit_set)
        self._machine = self._figures.machine(START[start_phase or "snaps"])

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
        if not seconds.rows:
            return
        means = seconds.block(CHANNELS)
        # A block has at least one row: without a sample, the seconds' block stands there and is not read.
        times, block = (samples.t_ms, samples.block(CHANNELS)) if samples.t_ms else (array("q"), means)
        self._machine.feed(seconds.t_ms, seconds.rows, means, times, block)

    def status(self) -> Status:
        """Return where the test stands; restarts are the snaps that had to be repeated."""
        machine = self._machine
        elapsed = 0 if machine.t_last < 0 else (machine.t_last - machine.t_phase) // 1000
        return Status(PHASES[machine.phase], elapsed, None, machine.kept.repeats, machine.outcome != OPEN)

    def end(self) -> None:
        """Say that the trace is over: where the trace numbers its snaps, only now the last three are known."""
        self._machine.end()

    def verdict(self) -> Verdict | None:
        """Return the verdict once there is one."""
        return None if self._machine.outcome == OPEN else verdict_of(self._machine, self._figures)

    def total_force_n(self) -> float | None:
        """There is no load in this method."""
        return None

    def target_kmh(self) -> tuple[float, float] | None:
        """There is no road speed in this method."""
        return None

    def snaps_counted(self) -> int:
        """Return how many snaps count so far."""
        return self._machine.kept.counted

    def is_settled(self) -> bool:
        """Tell whether the opacimeter is back near zero, so that the next snap may begin."""
        return bool(self._machine.k_known) and self._machine.k_last <= self._machine.settled_k

    def guidance(self) -> Guidance:
        """Return whether the next snap may begin, and how many count."""
        return Guidance(settled=self.is_settled(), counted=self.snaps_counted())

    def _take(self, t_ms: int, values: Mapping[str, float | None]) -> None:
        found = (values.get(name) for name in CHANNELS)
        self._machine.push(t_ms, *(NO_VALUE if value is None else value for value in found))
