"""What drivers of AK racks have in common: commands, refusals, remote control, and channels in the lane file's order.

Knows AK's words for "no", that orders are taken in remote mode alone, and how the order of the channels is held against
what the rack tells: its configuration (AKFG) or its identification (AKEN) where they list components, and in any case
how many concentrations come (AKON). Does not know what any channel means (the lane file says it), roles, or tests.
"""

import contextlib
from collections.abc import Sequence
from typing import Literal

from drivers.errors import DeviceError, GarbledReplyError, NotReadyError, RefusedError, WrongDeviceError
from drivers.exchange import Exchange
from drivers.modbus_settings import AnyPort, Baud, end_at
from drivers.pace import Pace
from drivers.readings import AmbientReading, AnalyzerStatus
from drivers.roles import Identity
from drivers.settings import Strict
from drivers.transports.base import Transport
from protocols.ak import Answer, AnswerFramer, Command, components, encode_command, numbers
from protocols.errors import FrameError

REPLY_TIMEOUT_S = 1.0
REPEATS = 1
POLL_S = 1.0
LEAST_ZERO_S = 5.0
LONGEST_ZERO_S = 300.0
STATES = (
    ("SATK", "zeroing"),
    ("SLEC", "leak_check"),
    ("SNGA", "measuring"),
    ("SEGA", "measuring"),
    ("SMGA", "measuring"),
    ("SSPL", "busy"),
    ("SINT", "measuring"),
    ("STBY", "ready"),
    ("SPAU", "ready"),
)
"""Word of a status -> state; the first that is there counts."""
PER_PCT = {"pct": 1.0, "ppm": 10_000.0}
OTHER = "other"
IN_ERROR = "analyzer_error"
"""Flag of every reading while the rack tells an error status."""


class AkSettings(Strict):
    """Where a rack is, and what AK leaves to the installation. ``baud`` and 8N1 hold for serial ports alone."""

    port: AnyPort
    baud: Baud = 9600
    ambient_air: Literal["zero_gas_inlet", "none"]
    """Whether its inlet for zero gas (SNGA) is open to the air of the hall; ``none``: it cannot draw that air."""
    zero_by: Literal["SATK", "SNGA", "none"]
    """What sets zero: its own calibration (SATK, which takes bottles where it has any), or SNGA where that is a whole
    procedure that ends by itself; ``none``: zero is set at the rack."""


class AkAnalyzer:
    """An AK rack, whatever its role. ``channels`` are the concentrations in the order in which they come."""

    def __init__(self, settings: AkSettings, order: Sequence[str], exchange: Exchange, pace: Pace) -> None:
        self.device = exchange.device
        self.exchange = exchange
        self._settings = settings
        self._order = tuple(order)
        self._pace = pace

    async def open(self) -> None:
        """Open the port, make sure that the rack has these channels, take it over, and let it stand by."""
        await self.exchange.open()
        await self.identify()
        await self._order_to("SREM", "take over")
        await self.stop_pump()

    async def identify(self) -> Identity:
        """Ask who it is; WrongDeviceError when its channels are others than the lane file's, or in another order."""
        doing = "identify"
        try:
            own = await self._ask("AKEN", doing)
            await self._compare_order(own, doing)
            await self._values(doing)
        except (RefusedError, GarbledReplyError) as error:
            raise WrongDeviceError(self.device, doing, f"does not answer like an AK rack: {error.evidence}") from error
        return Identity(" ".join(own.fields) or None, None, None)

    async def close(self) -> None:
        """Let it stand by if it still listens, and close the port."""
        with contextlib.suppress(DeviceError):
            await self.stop_pump()
        await self.exchange.close()

    async def status(self) -> AnalyzerStatus:
        """Return what it is doing now. AK has no word for warming up: an error status is a fault."""
        answer = await self._ask("ASTZ", "read status")
        state = next((state for word, state in STATES if word in answer.fields), "busy")
        return AnalyzerStatus("fault" if answer.error and state in ("ready", "measuring") else state)

    async def read_ambient(self) -> AmbientReading:
        """Return no value: AK has no word for the weather."""
        return AmbientReading(None, None, None)

    async def draw_ambient(self) -> None:
        """Draw the air of the hall through the inlet for zero gas; RefusedError where it is not open to that air."""
        if self._settings.ambient_air == "none":
            raise RefusedError(self.device, "draw ambient air", "the lane file says that the rack cannot do this")
        await self._order_to("SNGA", "draw ambient air")

    async def draw_sample(self) -> None:
        """Draw from the probe."""
        await self._order_to("SMGA", "draw sample")

    async def purge(self) -> None:
        """Purge the sample line."""
        await self._order_to("SSPL", "purge")

    async def stop_pump(self) -> None:
        """Stand by."""
        await self._order_to("STBY", "stop pump")

    async def zero(self) -> None:
        """Set zero; done when the status no longer names it, RefusedError when that leaves an error."""
        doing, code = "set zero", self._settings.zero_by
        if code == "none":
            raise RefusedError(self.device, doing, "the lane file says that zero is set at the rack")
        await self.stop_pump()
        before = (await self._ask("ASTZ", doing)).error
        await self._order_to(code, doing)
        began_ms = self._pace.now_ms()
        while True:
            passed_s = (self._pace.now_ms() - began_ms) / 1000
            status = await self._ask("ASTZ", doing)
            if code not in status.fields and passed_s >= LEAST_ZERO_S:
                break
            if passed_s >= LONGEST_ZERO_S:
                raise NotReadyError(self.device, doing, f"still at it after {LONGEST_ZERO_S:g} s")
            await self._pace.sleep(POLL_S)
        if status.error not in (0, before):
            errors = await self._ask("ASTF", doing)
            raise RefusedError(self.device, doing, f"the rack tells errors afterwards: {' '.join(errors.fields)}")

    async def check_leak(self) -> bool:
        """Raise RefusedError: AK has no common word for the result, and no leak may pass for tight."""
        raise RefusedError(self.device, "check leak", "AK has no common word for how a leak check ended")

    async def _values(self, doing: str) -> tuple[dict[str, float | None], bool]:
        """Return the concentrations by the names of the trace, and whether the rack is in error.

        Nothing but its end says that an answer came whole: one that makes no sense is asked for once more.
        """
        try:
            return await self._values_once(doing)
        except (GarbledReplyError, WrongDeviceError):
            return await self._values_once(doing)

    async def _values_once(self, doing: str) -> tuple[dict[str, float | None], bool]:
        answer = await self._ask("AKON", doing)
        try:
            told = numbers(answer.fields)
        except FrameError as error:
            raise GarbledReplyError(self.device, doing, str(error)) from None
        if len(told) != len(self._order):
            evidence = f"{len(told)} concentrations came, the lane file names {len(self._order)}"
            raise WrongDeviceError(self.device, doing, evidence)
        return dict(_named(name, value) for name, value in zip(self._order, told, strict=True)), answer.error != 0

    async def _compare_order(self, own: Answer, doing: str) -> None:
        """Hold the lane file's order against what the rack lists. Where it lists nothing, only their number is told."""
        try:
            listed = components((await self._ask("AKFG", doing)).fields)
        except RefusedError:
            listed = None
        listed = listed or components(own.fields)
        named = tuple(name.rsplit("_", 1)[0] for name in self._order if name != OTHER)
        if listed is not None and listed != named:
            evidence = f"its channels are {' '.join(listed)}, the lane file says {' '.join(named)}"
            raise WrongDeviceError(self.device, doing, evidence)

    async def _order_to(self, code: str, doing: str) -> None:
        """Give an order; a rack that went back to manual mode is taken over once."""
        try:
            await self._ask(code, doing)
        except _OfflineError:
            await self._ask("SREM", doing)
            await self._ask(code, doing)

    async def _ask(self, code: str, doing: str) -> Answer:
        answer: Answer = await self.exchange.ask(
            encode_command(Command(code)),
            lambda: AnswerFramer(code),
            doing,
            timeout_s=REPLY_TIMEOUT_S,
            repeats=REPEATS,
        )
        word = answer.refusal
        if word == "busy":
            raise NotReadyError(self.device, doing, "the rack is busy")
        if word is not None:
            kind = _OfflineError if word == "offline" else RefusedError
            raise kind(self.device, doing, f"the rack answered {code} with {word.replace('_', ' ')}")
        return answer


class _OfflineError(RefusedError):
    """The rack is in manual mode."""


def _named(name: str, value: float | None) -> tuple[str, float | None]:
    """Return a concentration in the unit of the trace, by its name there."""
    if name == OTHER:
        return name, value
    component, unit = name.rsplit("_", 1)
    if component in ("co", "co2", "o2"):
        return f"{component}_pct", None if value is None else value / PER_PCT[unit]
    return name, value


def check_channels(names: list[str]) -> list[str]:
    """Return the names when each quantity is there once, and any at all (for settings)."""
    parts = [name.rsplit("_", 1)[0] for name in names if name != OTHER]
    if not parts or len(set(parts)) != len(parts):
        raise ValueError("each component once, and one at least; what is not used here is called other")
    return names


def line_of(device: str, settings: AkSettings, transport: Transport | None, pace: Pace) -> Exchange:
    """Make the line to a rack: over the given end, or the port that its settings name."""
    return Exchange(device, transport or end_at(device, settings.port, settings.baud), pace)
