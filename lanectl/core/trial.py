"""What every method looks like from outside, and what it needs of a vehicle.

Knows the shape of a trial. Knows no single method.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from lanectl.core.columns import Columns
from lanectl.core.second import LegalSecond
from lanectl.core.verdict import Status, Verdict


class VehicleFactMissing(ValueError):  # noqa: N818 - named by what is wrong
    """A fact of the vehicle that the method needs is missing or does not suit it."""

    def __init__(self, field: str, why: str = "missing") -> None:
        super().__init__(f"vehicle {field}: {why}")
        self.field = field
        self.why = why


@dataclass(frozen=True, slots=True)
class Guidance:
    """What whoever guides the driver may know of the phase under way. It never says how the test will end."""

    target_kmh: float | None = None
    tolerance_kmh: float | None = None
    target_rpm: float | None = None
    tolerance_rpm: float | None = None
    settled: bool = True
    """Whether the exhaust is back where the driver's next action may begin."""
    counted: int = 0
    """How many of the driver's actions count so far, where the method counts them."""


class Trial(Protocol):
    """One method judging one vehicle, second by second."""

    method: str
    limit_set: str
    start_phases: tuple[str, ...]
    """Phases in which a trace may begin; the first is the usual one."""
    needs: tuple[str, ...]
    """Channels without which the method cannot judge."""
    instead: Mapping[str, tuple[str, ...]]
    """Channels of ``needs`` that these others, all together, can stand for."""

    def push(self, second: LegalSecond) -> Status:
        """Take the next legal second. After the decision nothing changes any more."""

    def feed(self, seconds: Columns, samples: Columns) -> None:
        """Take a whole trace at once: the same as pushing every second of it, with the samples each was made from."""

    def status(self) -> Status:
        """Return where the method stands, without taking a second."""

    def end(self) -> None:
        """Say that the trace is over: undecided so far means invalid, ``incomplete``."""

    def verdict(self) -> Verdict | None:
        """Return the verdict, or None while it is open."""

    def total_force_n(self) -> float | None:
        """Return the total roller force that the phase under way asks for, or None where there is none."""

    def target_kmh(self) -> tuple[float, float] | None:
        """Return target speed and tolerance of the phase under way, or None where there is none."""

    def guidance(self) -> Guidance:
        """Return what the driver may be told about the phase under way."""


def number_of(vehicle: Mapping[str, object], field: str) -> float:
    """Return a positive number that the method needs of the vehicle."""
    value = vehicle.get(field)
    if value is None:
        raise VehicleFactMissing(field)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1_000_000:
        raise VehicleFactMissing(field, f"{value!r} is no positive number")
    return float(value)


def fuel_of(vehicle: Mapping[str, object], suited: tuple[str, ...]) -> str:
    """Return the vehicle's fuel if the method suits it."""
    fuel = vehicle.get("fuel")
    if fuel is None:
        raise VehicleFactMissing("fuel")
    if fuel not in suited:
        raise VehicleFactMissing("fuel", f"{fuel!r} is not tested by this method, only {', '.join(suited)}")
    return str(fuel)
