"""What every flow meter's driver does, whatever its dialect, in the role FlowMeter.

Knows which question does what, how the flow of 20 degrees becomes that of the tube, and which numbers no such sensor
can give. Does not know frames, tests, what is dilution and what is exhaust, or how often it is read.
"""

from typing import TypeVar

from drivers.errors import GarbledReplyError, NotReadyError, RefusedError, WrongDeviceError
from drivers.exchange import Exchange
from drivers.pace import Pace
from drivers.readings import AnalyzerStatus, FlowReading
from drivers.roles import Device, Identity
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols.flow import Action, Dialect, Done, Flow, Refused, Reply, Status

ReplyT = TypeVar("ReplyT")

BAUD = 9600
REPLY_TIMEOUT_S = 0.5
REPEATS = 1
FAULTS = frozenset({"pressure_fault", "temperature_fault"})
PLAUSIBLE = {
    "flow_l_s": (-5.0, 400.0),
    "flow_temp_c": (-40.0, 250.0),
    "flow_pressure_kpa": (50.0, 110.0),
    "dilute_o2_pct": (0.0, 25.0),
}
KELVIN, STANDARD_C, STANDARD_KPA = 273.15, 20.0, 101.325


class DialectFlowMeter:
    """A flow meter, by its dialect. ``of_20_c`` where it tells the flow of 20 degrees C and 101.325 kPa."""

    def __init__(self, dialect: Dialect, exchange: Exchange, *, of_20_c: bool) -> None:
        self.device = exchange.device
        self.exchange = exchange
        self.has_blower = Action.BLOWER_ON in dialect.actions
        self._dialect = dialect
        self._of_20_c = of_20_c

    async def open(self) -> None:
        """Open the port and make sure that this model answers."""
        await self.exchange.open()
        await self.identify()

    async def identify(self) -> Identity:
        """Check that the dialect is spoken. None has a question for model or serial number."""
        try:
            await self.status()
        except (RefusedError, GarbledReplyError) as error:
            evidence = f"does not answer like a {self._dialect.name}"
            raise WrongDeviceError(self.device, "identify", evidence) from error
        return Identity(None, None, None)

    async def close(self) -> None:
        """Close the port. The device goes on by itself, its blower too."""
        await self.exchange.close()

    async def status(self) -> AnalyzerStatus:
        """Return what it is doing now. It does not say how long it still warms up."""
        words = (await self._ask(Action.READ_STATUS, Status, "read status")).words
        if "warming" in words:
            return AnalyzerStatus("warming")
        return AnalyzerStatus("fault" if words & FAULTS else "ready")

    async def read(self) -> FlowReading:
        """Take one look at the diluted exhaust; None for what no such sensor can mean."""
        flow = await self._ask(Action.READ, Flow, "read flow")
        values: dict[str, float] = {name: getattr(flow, name) for name in PLAUSIBLE}
        if self._of_20_c:
            values["flow_l_s"] *= _expansion(flow)
        outside = {name for name, value in values.items() if not PLAUSIBLE[name][0] <= value <= PLAUSIBLE[name][1]}
        flags = frozenset(f"{name}_out_of_range" for name in outside)
        return FlowReading(flags=flags, **{name: None if name in outside else values[name] for name in values})

    async def set_blower(self, *, on: bool) -> None:
        """Switch the blower; RefusedError where it cannot be switched."""
        doing = f"switch the blower {'on' if on else 'off'}"
        if not self.has_blower:
            raise RefusedError(self.device, doing, f"a {self._dialect.name} has no command for this")
        await self._ask(Action.BLOWER_ON if on else Action.BLOWER_OFF, Done, doing)

    async def _ask(self, action: Action, kind: type[ReplyT], doing: str) -> ReplyT:
        reply: Reply = await self.exchange.ask(
            self._dialect.encode_request(action),
            lambda: self._dialect.reply_framer(action),
            doing,
            timeout_s=REPLY_TIMEOUT_S,
            repeats=REPEATS,
        )
        if isinstance(reply, Refused):
            if reply.busy:
                raise NotReadyError(self.device, doing, "the device is busy")
            raise RefusedError(self.device, doing, f"the device said no ({reply.code:02X})")
        if not isinstance(reply, kind):
            raise GarbledReplyError(self.device, doing, f"answered {reply}")
        return reply


def _expansion(flow: Flow) -> float:
    """Return how much larger the gas is in the tube than at 20 degrees C and 101.325 kPa; 0 where that has no sense."""
    if flow.flow_pressure_kpa <= 0.0:
        return 0.0
    return (flow.flow_temp_c + KELVIN) / (STANDARD_C + KELVIN) * STANDARD_KPA / flow.flow_pressure_kpa


def build_meter(
    device: str, port: str, dialect: Dialect, transport: Transport | None, pace: Pace, *, of_20_c: bool = False
) -> Device:
    """Make the driver of a flow meter on a serial port, 9600 8N1."""
    line = transport or SerialPort(port, BAUD, device=device)
    return DialectFlowMeter(dialect, Exchange(device, line, pace), of_20_c=of_20_c)
