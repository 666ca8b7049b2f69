"""What the lane asks of a device, whatever its maker. Verbs of the trade; every one may raise DeviceError."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from drivers.readings import (
    AmbientReading,
    AnalyzerStatus,
    DynoReading,
    FlowReading,
    GasReading,
    IoReading,
    NoxReading,
    ObdFacts,
    ObdLive,
    OpacityMaxima,
    OpacityReading,
    TachometerReading,
)


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
class NoxAnalyzer(Device, Protocol):
    """An analyzer of a diesel's nitrogen oxides: no petrol gases, and CO2 only where the maker built it in."""

    channels: frozenset[str]
    """Which of ``nox_ppm``, ``no_ppm``, ``no2_ppm`` and ``co2_pct`` this device measures at all."""

    async def status(self) -> AnalyzerStatus:
        """Return what it is doing now."""

    async def read(self) -> NoxReading:
        """One look at the gas in the cell."""

    async def read_ambient(self) -> AmbientReading:
        """Read its own weather sensor; None for each value that it has no sensor for."""

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

    holds_speed: bool
    """Whether it can hold a speed, as lug-down needs it."""

    def latest(self) -> DynoReading | None:
        """Return the last status that arrived, None before the first. Raises the error that ended the stream."""

    async def hold_force(self, brake_force_n: float) -> None:
        """Brake with a constant force at the load cell."""

    async def hold_speed(self, speed_kmh: float) -> None:
        """Hold the rollers at a speed: brake with whatever force that needs; it never drives them faster."""

    async def release(self) -> None:
        """Zero load, now. Idempotent; the first thing that make_safe does."""

    async def lift_up(self) -> None:
        """Raise the lift (wheels off the rollers)."""

    async def lift_down(self) -> None:
        """Lower the lift (wheels on the rollers)."""


@runtime_checkable
class RollerMotor(Device, Protocol):
    """The motor that turns the bare rollers: for their warm-up and for coasting down, never under a vehicle."""

    most_kmh: float
    """The highest roller speed that it may be told."""

    async def drive(self, speed_kmh: float) -> None:
        """Turn the rollers at this speed. Said again at least once a second: a motor that nobody keeps is stopped."""

    async def stop(self) -> None:
        """Let the rollers run out, now; waits for nothing. Idempotent."""

    def driven_kmh(self) -> float | None:
        """Return the speed that the motor has been told and has confirmed: 0 once its stop is, None between.

        Raises what ended the conversation. How fast the rollers really turn is the dynamometer's to say.
        """


@runtime_checkable
class WeatherStation(Device, Protocol):
    """A station that measures the air around the lane."""

    async def read(self) -> AmbientReading:
        """Temperature, humidity and pressure now."""


@runtime_checkable
class LaneIo(Device, Protocol):
    """A module with the lane's own inputs and outputs. Its watchdog output closes the dynamometer's enable circuit."""

    outputs: frozenset[str]
    """What can be switched besides the watchdog: ``lift`` (on raises), ``fan``."""
    watchdog_ms: int
    """How long the module keeps the watchdog output without a refresh."""

    async def read_inputs(self) -> IoReading:
        """One look at the inputs."""

    async def set_output(self, name: str, *, on: bool) -> None:
        """Switch one of ``outputs``; RefusedError for one that the module does not have."""

    async def kick_watchdog(self) -> None:
        """Close the enable circuit, or keep it closed, until the module's time is over."""

    async def drop_watchdog(self) -> None:
        """Open the enable circuit, now. Idempotent."""


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


@runtime_checkable
class Opacimeter(Device, Protocol):
    """A partial-flow opacimeter. It may be read twenty times a second."""

    async def status(self) -> AnalyzerStatus:
        """Return what it is doing now."""

    async def start_measuring(self) -> None:
        """Go to real-time measuring; NotReadyError while it warms up."""

    async def read(self) -> OpacityReading:
        """One look at the smoke."""

    async def read_alarms(self) -> int:
        """Return its alarm bits; 0 when all is well."""

    async def read_maxima(self) -> OpacityMaxima:
        """Return the highest values since they were cleared."""

    async def clear_maxima(self) -> None:
        """Forget the highest values."""

    async def zero(self) -> None:
        """Set zero with a clear beam; returns when the device says it is done."""


@runtime_checkable
class Tachometer(Device, Protocol):
    """A tachometer that counts an engine's revolutions by itself and reports them unasked."""

    def latest(self) -> TachometerReading | None:
        """Return the last count that arrived, None before the first. Raises the error that ended the stream."""


@runtime_checkable
class DriverDisplay(Device, Protocol):
    """A panel that tells the driver what to do: two lines of text."""

    async def show(self, first: str, second: str = "") -> None:
        """Show two lines, and only these, until told otherwise."""

    async def clear(self) -> None:
        """Show nothing."""


@runtime_checkable
class FlowMeter(Device, Protocol):
    """A meter of the diluted exhaust behind the tail pipe, as VMAS needs it."""

    has_blower: bool
    """Whether its blower can be switched; where not, it has none or runs by itself."""

    async def status(self) -> AnalyzerStatus:
        """Return what it is doing now: ``warming``, ``ready`` or ``fault``."""

    async def read(self) -> FlowReading:
        """One look at the diluted exhaust; NotReadyError while it warms up."""

    async def set_blower(self, *, on: bool) -> None:
        """Switch the blower; RefusedError where it cannot be switched."""
