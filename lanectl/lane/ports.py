"""Where the faces meet the lane. The lane defines these ports; terminal and uplink plug into them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from lanectl.model.camera import CameraReport
from lanectl.model.case import Failure, MStation, Repair
from lanectl.model.view import AcceptForm, LaneView, RefusalView, TicketView


class BureauUnreachableError(Exception):
    """The bureau gave no signed answer in time. The gate decides what may be done without it."""


@dataclass(frozen=True, slots=True)
class VehicleHistory:
    """The bureau's signed answer about one vehicle."""

    failures: tuple[Failure, ...]
    repairs: tuple[Repair, ...]
    m_stations: tuple[MStation, ...]


@dataclass(frozen=True, slots=True)
class UplinkState:
    """How the line to the bureau stands."""

    connected: bool
    outbox: int
    oldest_s: int | None


class BureauPort(Protocol):
    """What the lane asks of the bureau."""

    async def ask_vehicle(self, plate: str, vin: str) -> VehicleHistory:
        """Return the bureau's signed history of this vehicle, or raise BureauUnreachableError."""

    def state(self) -> UplinkState:
        """Return the state of the line as of now."""

    def wake(self) -> None:
        """Say that there is something new in the outbox."""


class CameraPort(Protocol):
    """What the lane, its screens and the uplink ask of the cameras."""

    def cameras(self) -> tuple[CameraReport, ...]:
        """Return how each camera stands; never waits."""


class NoCameras:
    """A lane without cameras."""

    def cameras(self) -> tuple[CameraReport, ...]:
        """Return nothing."""
        return ()


class RefusedError(Exception):
    """The lane says no; carries the message for the screen."""

    def __init__(self, refusal: RefusalView) -> None:
        super().__init__(refusal.message.en)
        self.refusal = refusal


class DeskPort(Protocol):
    """What a screen may ask of the lane. Every method raises RefusedError when the lane says no."""

    def view(self) -> LaneView:
        """Return the whole screen as of now."""

    def changes(self) -> AsyncIterator[LaneView]:
        """Yield the screen now and after each change; many quick changes may come as one."""

    def live(self) -> AsyncIterator[dict[str, float | int | None]]:
        """Yield the live readings of each beat while a test runs (trace names, ``t_ms``, 10 Hz at most)."""

    async def accept(self, form: AcceptForm) -> TicketView:
        """Put a vehicle into the queue after asking the gate."""

    async def start(self, ticket: str, operator: str) -> str:
        """Start the test of a waiting vehicle; returns the test id."""

    async def answer(self, question: str, choice: str, operator: str) -> None:
        """Answer the question that the running test asks."""

    async def stop(self, operator: str, why: str) -> None:
        """Stop the running test: load off, outcome aborted."""

    async def dismiss(self, ticket: str, operator: str) -> None:
        """Take a waiting or refused vehicle out of the queue."""
