"""What drivers of analyzers with a sample pump have in common, whatever they measure, and those of Mingquan besides.

Knows that a device is taken over and left with its pump at rest, that a stranger on the line is named, and how the end
of work is waited for. Does not know frames, what a device measures, tests, or how often it is read.
"""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Set
from typing import Any

from drivers.errors import DeviceError, GarbledReplyError, NotReadyError, RefusedError, WrongDeviceError
from drivers.exchange import Exchange
from drivers.pace import Pace
from drivers.readings import AnalyzerStatus
from drivers.roles import Identity

LONGEST_START_S = 5.0
"""Work that does not show in the status within this has not begun."""
NO_EXHAUST = ("warming", "zeroing", "leak_check")
"""States in which what the cell shows is no exhaust."""


class PumpedAnalyzer(ABC):
    """An analyzer with a pump. ``tells_warming``: its status says that it warms up; its pump is left alone then."""

    tells_warming = True

    def __init__(self, exchange: Exchange, pace: Pace) -> None:
        self.device = exchange.device
        self.exchange = exchange
        self._pace = pace

    @property
    @abstractmethod
    def _kind(self) -> str:
        """What it is, for whoever finds another device in its place ("an MQW-5101")."""

    @abstractmethod
    async def _greet(self) -> object:
        """Ask the harmless question whose answer only this kind gives."""

    @abstractmethod
    async def status(self) -> AnalyzerStatus:
        """Return what it is doing now."""

    @abstractmethod
    async def stop_pump(self) -> None:
        """Stop pump and purge."""

    async def open(self) -> None:
        """Open the port, make sure that this kind answers, and stop its pump unless it is still warming up."""
        await self.exchange.open()
        await self.identify()
        if not self.tells_warming or (await self.status()).state != "warming":
            await self.stop_pump()

    async def identify(self) -> Identity:
        """Check that this kind answers. It has no question for model or serial number."""
        try:
            await self._greet()
        except (RefusedError, GarbledReplyError) as error:
            raise WrongDeviceError(self.device, "identify", f"does not answer like {self._kind}") from error
        return Identity(None, None, None)

    async def close(self) -> None:
        """Stop the pump if it still listens, and close the port."""
        with contextlib.suppress(DeviceError):
            await self.stop_pump()
        await self.exchange.close()

    async def _wait(self, done: Callable[[], Awaitable[bool]], longest_s: float, poll_s: float, doing: str) -> None:
        end_ms = self._pace.now_ms() + round(longest_s * 1000)
        while not await done():
            if self._pace.now_ms() >= end_ms:
                raise NotReadyError(self.device, doing, f"still at it after {longest_s:g} s")
            await self._pace.sleep(poll_s)


class MingquanAnalyzer(PumpedAnalyzer):
    """An analyzer of Mingquan: its status tells why an order was refused, and when work has ended.

    Work must show in the status before its result is believed: an older one would be taken for new.
    """

    @abstractmethod
    async def _tell(self, order: Any, doing: str) -> object:
        """Give an order; RefusedError when it is not taken."""

    @abstractmethod
    async def _words(self, doing: str) -> Set[str]:
        """Return the words of its status."""

    async def _order(self, order: Any, doing: str) -> None:
        """Give an order; NotReadyError where the state tells why it was refused."""
        try:
            await self._tell(order, doing)
        except RefusedError as error:
            await self._explain(error)
            raise

    async def _explain(self, refusal: RefusedError) -> None:
        try:
            state = (await self.status()).state
        except DeviceError:
            return
        if state in NO_EXHAUST:
            raise NotReadyError(self.device, refusal.doing, f"the device is at {state}") from refusal

    async def _work(self, order: Any, word: str, longest_s: float, poll_s: float, doing: str) -> Set[str]:
        """Start work that shows as this word, and return the words of the status after its end."""
        await self._order(order, doing)
        began_ms, begun, words = self._pace.now_ms(), False, frozenset[str]()

        async def done() -> bool:
            nonlocal begun, words
            words = frozenset(await self._words(doing))
            begun = begun or word in words
            if not begun and self._pace.now_ms() - began_ms >= LONGEST_START_S * 1000:
                raise RefusedError(self.device, doing, f"taken on, but not begun within {LONGEST_START_S:g} s")
            return begun and not words & {word, "busy"}

        await self._wait(done, longest_s, poll_s, doing)
        return words
