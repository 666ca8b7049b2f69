"""The ASM method as the lane, the audit and `evaluate` use it: a vehicle in, seconds in, verdict out.

Knows where a test stands and what the driver is told. Knows no formula and no timer (asm.py), no figure (asm_law.py)
and no comparison (asm_verdict.py).
"""

from array import array
from collections.abc import Mapping

from lanectl.core.asm_law import METHOD, AsmLaw
from lanectl.core.asm_verdict import OUTCOMES, TOLD, AsmVerdict
from lanectl.core.columns import Columns
from lanectl.core.second import LegalSecond
from lanectl.core.trial import Guidance, number_of
from lanectl.core.verdict import Status, Verdict

PHASES = ("asm5025_hold", "asm5025", "asm2540_hold", "asm2540", "done")
STARTS = ("asm5025", "asm5025_hold", "asm2540_hold", "asm2540")
CHANNELS = (
    "speed_kmh", "force_n", "hc_ppm", "co_pct", "co2_pct", "o2_pct", "no_ppm", "engine_rpm", "ambient_temp_c",
    "humidity_pct", "pressure_kpa", "low_flow",
)  # fmt: skip
"""What the state machine takes of a second, in its order."""
NEEDS = tuple(name for name in CHANNELS if name not in ("o2_pct", "engine_rpm", "low_flow"))


class AsmTrial:
    """One vehicle under ASM."""

    method = METHOD
    start_phases: tuple[str, ...] = STARTS
    needs: tuple[str, ...] = NEEDS
    instead: Mapping[str, tuple[str, ...]] = {}

    def __init__(
        self, vehicle: Mapping[str, object], section: Mapping[str, object], limit_set: str, start_phase: str | None
    ) -> None:
        self.limit_set = limit_set
        self._law = AsmLaw(vehicle, section, limit_set)
        self._mass = number_of(vehicle, "reference_mass_kg")
        self._machine = self._law.machine(PHASES.index(start_phase or STARTS[0]))
        for mode in range(2):
            self._machine.set_force(mode, *self._law.force_counts(mode, self._mass))

    def push(self, second: LegalSecond) -> Status:
        """Take the next legal second."""
        self._machine.push(int(second.rows > 0), *(second.number(name) for name in CHANNELS))
        return self.status()

    def feed(self, seconds: Columns, samples: Columns) -> None:
        """Take a whole trace at once."""
        if seconds.rows:
            self._machine.feed(seconds.rows, seconds.block(CHANNELS))

    def status(self) -> Status:
        """Return where the test stands; in a hold, elapsed are the seconds inside the band so far."""
        machine = self._machine
        if PHASES[machine.phase].endswith("_hold"):
            elapsed, whole = machine.held_s, machine.hold_s
        else:
            elapsed, whole = machine.timer_s, machine.mode_s
        decided = self._is_decided()
        return Status(PHASES[machine.phase], elapsed, 0 if decided else whole - elapsed, machine.restarts, decided)

    def end(self) -> None:
        """Say that the trace is over."""
        self._machine.end()

    def total_force_n(self) -> float | None:
        """Return the total roller force of the mode under way."""
        return None if self._is_decided() else self._law.force_n(self._machine.mode, self._mass)

    def target_kmh(self) -> tuple[float, float] | None:
        """Return the speed of the mode under way and its tolerance."""
        if self._is_decided():
            return None
        return self._law.speed_kmh(self._machine.mode), self._law.figures.rule("speed_tolerance_kmh")

    def guidance(self) -> Guidance:
        """Return the speed to hold."""
        return Guidance(*(self.target_kmh() or (None, None)))

    def verdict(self) -> Verdict | None:
        """Return the verdict once there is one."""
        if not self._is_decided():
            return None
        told = array("q", bytes(8 * TOLD))
        self._machine.tell(told, 0)
        return AsmVerdict(self._law, told).verdict()

    def _is_decided(self) -> bool:
        return OUTCOMES[self._machine.outcome] is not None
