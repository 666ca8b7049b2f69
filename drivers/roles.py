"""What the lane asks of a device, whatever its maker. Verbs of the trade; every one may raise DeviceError."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from drivers.readings import AmbientReading, AnalyzerStatus, DynoReading, GasReading, ObdFacts, ObdLive


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a device says it is; None where its protocol has no question for that."""

    model: str | None
    serial_number: str | None
    firmware: str | None


@runtime_checkable
class Device(Protocol):
    """Every device: opened once, asked who it is, closed once."""

    device: str
    """The lane's name of this device (key in the lane file)."""

    async def open(self) -> None:
        """Open the port and bring the device into a known, harmless state."""

    async def identify(self) -> Identity:
        """Ask who it is; WrongDeviceError when the answer belongs to another model."""

    async def close(self) -> None:
        """Leave the device harmless and close the port; idempotent."""


@runtime_checkable
class GasAnalyzer(Device, Protocol):
    """An exhaust gas analyzer."""

    async def status(self) -> AnalyzerStatus:
        """Return what it is doing now."""

    async def read(self) -> GasReading:
        """One look at the gas in the cell."""

    async def read_ambient(self) -> AmbientReading:
        """Temperature, humidity and pressure of its own weather sensor."""

    async def draw_ambient(self) -> None:
        """Pump ambient air."""

    async def draw_sample(self) -> None:
        """Pump from the probe."""

    async def purge(self) -> None:
        """Blow the sample line backwards."""

    async def stop_pump(self) -> None:
        """Stop pump and purge."""

    async def zero(self) -> None:
        """Set zero; returns when the device says it is done."""

    async def check_leak(self) -> bool:
        """Run the leak check; True when tight."""


@runtime_checkable
class Dynamometer(Device, Protocol):
    """A chassis dynamometer controller. Its load must be able to go to zero at any moment."""

    def latest(self) -> DynoReading | None:
        """Return the last status that arrived, None before the first. Raises the error that ended the stream."""

    async def hold_force(self, brake_force_n: float) -> None:
        """Brake with a constant force at the load cell."""

    async def release(self) -> None:
        """Zero load, now. Idempotent; the first thing that make_safe does."""

    async def lift_up(self) -> None:
        """Raise the lift (wheels off the rollers)."""

    async def lift_down(self) -> None:
        """Lower the lift (wheels on the rollers)."""


@runtime_checkable
class ObdReader(Device, Protocol):
    """A scan tool on the vehicle's diagnostic connector."""

    async def connect(self) -> str:
        """Find the vehicle's protocol and return its name; NoReplyError when no control unit answers."""

    async def read_check(self) -> ObdFacts:
        """Read everything the OBD check needs."""

    async def read_live(self) -> ObdLive:
        """One look at the live data stream."""

    async def disconnect(self) -> None:
        """Leave the vehicle's bus."""
