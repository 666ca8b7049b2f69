"""Devices that report by themselves, and those that are asked again and again as if they did.

Knows that one task listens, that the last report is kept with its time of arrival, and which error tells of silence,
of noise, of a lost port, and of a stranger on the line. Does not know protocols, roles, or what a report is used for.
"""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from drivers.errors import DeviceError, GarbledReplyError, NoReplyError, WrongDeviceError
from drivers.exchange import Exchange
from drivers.pace import Pace

ItemT = TypeVar("ItemT")
_LISTENING = "listen to the stream"


class StreamFramer(Protocol[ItemT]):
    """Cuts a stream into reports."""

    skipped: int
    """Bytes that belonged to no report so far."""

    def feed(self, chunk: bytes) -> list[ItemT]:
        """Return each report that this chunk completes."""


@dataclass(frozen=True, slots=True)
class Reports:
    """What is to be expected of a device: what a report is called, what it looks like, and when silence is a fault."""

    one: str
    look: str
    first_within_s: float = 1.5
    lost_after_ms: int = 1000


@dataclass(frozen=True, slots=True)
class Heard(Generic[ItemT]):
    """A report and its lane time of arrival."""

    item: ItemT
    arrived_ms: int


class Reporter(ABC, Generic[ItemT]):
    """A device of which the last report counts. One task hears it."""

    unit: str
    """What is counted when nothing in it can be read."""

    def __init__(self, exchange: Exchange, pace: Pace, reports: Reports) -> None:
        self.device = exchange.device
        self.exchange = exchange
        self._pace = pace
        self._reports = reports
        self._listener: asyncio.Task[None] | None = None
        self._latest: Heard[ItemT] | None = None
        self._first = asyncio.Event()
        self._failure: DeviceError | None = None
        self._skipped = self._skipped_before = 0

    async def open(self) -> None:
        """Open the port and wait for the first report."""
        await self.close()
        self._latest, self._failure, self._skipped, self._skipped_before = None, None, 0, 0
        self._first = asyncio.Event()
        self._begin()
        await self.exchange.open()
        self._listener = asyncio.create_task(self._listen(), name=f"{self.device} stream")
        try:
            await self._await_first()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the port; idempotent."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        listener.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listener
        await self.exchange.close()

    def latest(self) -> Heard[ItemT] | None:
        """Return the last report; raises PortLostError, or NoReply- or GarbledReplyError when none comes any more."""
        self._check()
        if self._latest is not None:
            age_ms = self._pace.now_ms() - self._latest.arrived_ms
            if age_ms > self._reports.lost_after_ms:
                raise self._silence(age_ms)
        return self._latest

    def _silence(self, age_ms: int) -> DeviceError:
        unread = self._skipped - self._skipped_before
        if unread:
            evidence = f"no {self._reports.one} for {age_ms} ms in {unread} {self.unit}"
            return GarbledReplyError(self.device, _LISTENING, evidence)
        return NoReplyError(self.device, _LISTENING, f"silence for {age_ms} ms")

    async def _await_first(self) -> None:
        doing, reports = f"wait for the first {self._reports.one}", self._reports
        try:
            async with self._pace.timeout(reports.first_within_s):
                await self._first.wait()
        except TimeoutError:
            if self._skipped:
                evidence = f"{self._skipped} {self.unit} came, none of them {reports.look}"
                raise WrongDeviceError(self.device, doing, evidence) from None
            raise NoReplyError(self.device, doing, f"silence for {reports.first_within_s:g} s") from None
        self._check()

    def _check(self) -> None:
        """Raise the error that ended the stream; a fresh one each time, so that no traceback grows for ever."""
        if self._failure is not None:
            raise type(self._failure)(self.device, self._failure.doing, self._failure.evidence)

    async def _listen(self) -> None:
        try:
            while True:
                await self._hear()
        except DeviceError as error:
            self._failure = error
            self._first.set()

    def _take(self, item: ItemT) -> None:
        self._latest = Heard(item, self._pace.now_ms())
        self._skipped_before = self._skipped
        self._first.set()

    @abstractmethod
    def _begin(self) -> None:
        """Forget what was begun before the port was opened."""

    @abstractmethod
    async def _hear(self) -> None:
        """Wait for something, and take the last report in it."""


class Stream(Reporter[ItemT]):
    """A device that only speaks; nothing is ever written."""

    unit = "bytes"

    def __init__(
        self, exchange: Exchange, pace: Pace, framer: Callable[[], StreamFramer[ItemT]], reports: Reports
    ) -> None:
        super().__init__(exchange, pace, reports)
        self._make_framer = framer
        self._begin()

    def _begin(self) -> None:
        self._framer = self._make_framer()

    async def _hear(self) -> None:
        items = self._framer.feed(await self.exchange.listen())
        self._skipped = self._framer.skipped
        if items:
            self._take(items[-1])


class Polled(Reporter[ItemT]):
    """A device that is asked again and again, for a role whose devices report by themselves.

    A missed or damaged answer is asked for again; when none comes for too long, ``latest`` says which of the two it is.
    Every other error ends the asking.
    """

    unit = "answers"

    def __init__(
        self, exchange: Exchange, pace: Pace, ask: Callable[[], Awaitable[ItemT]], reports: Reports, period_s: float
    ) -> None:
        super().__init__(exchange, pace, reports)
        self._ask = ask
        self._period_s = period_s

    def _begin(self) -> None:
        """Each question begins anew by itself."""

    async def _hear(self) -> None:
        due_ms = self._pace.now_ms() + self._period_s * 1000
        try:
            self._take(await self._ask())
        except NoReplyError:
            pass
        except GarbledReplyError:
            self._skipped += 1
        await self._pace.sleep((due_ms - self._pace.now_ms()) / 1000)
