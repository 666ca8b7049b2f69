"""What drivers of gas analyzers have in common whose dialects share a vocabulary, in the role GasAnalyzer.

Knows how a question is asked, that an answer belongs to it, and that what a make has no command for is refused by name.
Does not know frames, tests, limits, averaging, or how often it is read.
"""

from typing import TypeVar

from drivers.errors import GarbledReplyError, RefusedError
from drivers.exchange import Exchange
from drivers.gas_analyzer.plausible import FLOW_NOT_TOLD, sift, sift_air
from drivers.pace import Pace
from drivers.pumped import PumpedAnalyzer
from drivers.readings import AmbientReading, AnalyzerStatus, GasReading
from protocols.gas import Action, Dialect, Done, Gases, Refused, Reply

ReplyT = TypeVar("ReplyT")

REPLY_TIMEOUT_S = 1.0
REPEATS = 1


class DialectGasAnalyzer(PumpedAnalyzer):
    """A gas analyzer, by its dialect. A make says what its verbs are made of; what it does not say is refused."""

    presence = Action.READ
    """The harmless question whose answer only this make gives."""
    tells_warming = False

    def __init__(self, dialect: Dialect, exchange: Exchange, pace: Pace) -> None:
        super().__init__(exchange, pace)
        self._dialect = dialect

    @property
    def _kind(self) -> str:
        return f"a {self._dialect.name}"

    async def _greet(self) -> Reply:
        return await self._reply(self.presence, "identify")

    async def status(self) -> AnalyzerStatus:
        """Return what it is doing now; RefusedError where it has no question for that."""
        raise self._lacks("read status")

    async def read(self) -> GasReading:
        """Take one look at the gas in the cell."""
        return reading_of(await self._ask(Action.READ, Gases, "read gases"))

    async def read_ambient(self) -> AmbientReading:
        """Read its own weather sensor; no values where it has none."""
        return AmbientReading(None, None, None)

    async def draw_ambient(self) -> None:
        """Pump ambient air."""
        await self._order(Action.DRAW_AMBIENT, "draw ambient air")

    async def draw_sample(self) -> None:
        """Pump from the probe."""
        await self._order(Action.DRAW_SAMPLE, "draw sample")

    async def purge(self) -> None:
        """Blow the sample line backwards."""
        await self._order(Action.PURGE, "purge")

    async def stop_pump(self) -> None:
        """Stop pump and purge."""
        await self._order(Action.STOP, "stop pump")

    async def zero(self) -> None:
        """Set zero; returns when it is done."""
        raise self._lacks("set zero")

    async def check_leak(self) -> bool:
        """Run the leak check; RefusedError where no result is published: no leak may pass for tight."""
        raise self._lacks("check leak")

    def _lacks(self, doing: str) -> RefusedError:
        return RefusedError(self.device, doing, f"a {self._dialect.name} has no known command for this")

    async def _order(self, action: Action, doing: str) -> None:
        await self._ask(action, Done, doing)

    async def _ask(self, action: Action, kind: type[ReplyT], doing: str) -> ReplyT:
        reply = await self._reply(action, doing)
        if not isinstance(reply, kind):
            raise GarbledReplyError(self.device, doing, f"answered {reply}")
        return reply

    async def _reply(self, action: Action, doing: str) -> Reply:
        if action not in self._dialect.actions:
            raise self._lacks(doing)
        reply = await self.exchange.ask(
            self._dialect.encode_request(action),
            lambda: self._dialect.reply_framer(action),
            doing,
            timeout_s=REPLY_TIMEOUT_S,
            repeats=REPEATS,
        )
        if isinstance(reply, Refused):
            code = "" if reply.code is None else f" ({reply.code:02X})"
            raise RefusedError(self.device, doing, f"the device said no{code}: not now, or not known to this model")
        return reply


def reading_of(gases: Gases, *flags: str, fitted: frozenset[str] | None = None, tells_flow: bool = False) -> GasReading:
    """Return the reading of one look.

    ``fitted``: the optional channels that this unit has, where it tells. ``tells_flow``: whether it has a word for low
    flow, so that its silence is good flow.
    """
    values = {
        "hc_ppm": gases.hc_ppm,
        "co_pct": gases.co_pct,
        "co2_pct": gases.co2_pct,
        "o2_pct": gases.o2_pct,
        "no_ppm": gases.no_ppm,
        "engine_rpm": gases.engine_rpm,
        "oil_temp_c": gases.oil_temp_c,
        "lambda_": gases.lambda_,
    }
    optional = ("o2_pct", "no_ppm", "engine_rpm", "oil_temp_c")
    missing = {name for name in optional if fitted is not None and name not in fitted}
    told = flags if tells_flow else (FLOW_NOT_TOLD, *flags)
    return sift({name: None if name in missing else value for name, value in values.items()}, told)


def air_of(gases: Gases) -> AmbientReading:
    """Return the weather that came with one look; no values where none came."""
    air = gases.weather
    if air is None:
        return AmbientReading(None, None, None)
    return sift_air(air.ambient_temp_c, air.humidity_pct, air.pressure_kpa)
