"""One page's live feed: the screen whenever it changes, the readings of the running test, and a beat.

A page that reads slowly loses samples, never the newest screen: a mailbox holds at most one of each. The beat lets a
page notice within seconds that the lane has fallen silent although the connection still stands.
"""

import asyncio
import json
import logging
from collections.abc import Coroutine, Mapping

from starlette.websockets import WebSocket, WebSocketDisconnect

from lanectl.lane.ports import DeskPort
from lanectl.model.view import LaneView

BEAT_S = 1.0
REOPEN_S = 0.2
"""Pause before asking again for readings when the lane has ended their stream."""
INTERNAL_ERROR = 1011
GOING_AWAY = 1012

log = logging.getLogger(__name__)


class Mailbox:
    """What still has to go to the page. The newest view waits until it is taken; an untaken sample is overtaken."""

    def __init__(self) -> None:
        self._view: LaneView | None = None
        self._sample: Mapping[str, float | int | None] | None = None
        self._beat = False
        self._filled = asyncio.Event()
        self.dropped = 0

    def put_view(self, view: LaneView) -> None:
        """Put the whole screen; it replaces an older one, which it contains."""
        self._view = view
        self._filled.set()

    def put_sample(self, sample: Mapping[str, float | int | None]) -> None:
        """Put the readings of one beat; an older one that was not taken is dropped."""
        self.dropped += self._sample is not None
        self._sample = sample
        self._filled.set()

    def put_beat(self) -> None:
        """Put a sign of life."""
        self._beat = True
        self._filled.set()

    async def take(self) -> list[str]:
        """Wait for something and return the messages as text, the screen first."""
        await self._filled.wait()
        self._filled.clear()
        view, sample, beat = self._view, self._sample, self._beat
        self._view, self._sample, self._beat = None, None, False
        messages: list[str] = []
        if view is not None:
            messages.append('{"type":"view","view":' + view.model_dump_json() + "}")
        if sample is not None:
            messages.append(json.dumps({**sample, "type": "sample"}, separators=(",", ":")))
        if beat:
            messages.append('{"type":"beat"}')
        return messages


async def feed(websocket: WebSocket, desk: DeskPort, page_version: str) -> None:
    """Serve one page until it goes away."""
    await websocket.accept()
    await websocket.send_json({"type": "hello", "page": page_version})
    mailbox = Mailbox()
    await _until_first(
        _listen(websocket), _send(websocket, mailbox), _views(desk, mailbox), _samples(desk, mailbox), _beats(mailbox)
    )
    await _close(websocket)


async def _until_first(*jobs: Coroutine[object, object, None]) -> None:
    """Run the jobs until one of them ends, then end the others and wait for them."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect):
                log.error("live feed of a page broke off", exc_info=outcome)


async def _listen(websocket: WebSocket) -> None:
    """End when the page goes; what it may say is not needed."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        continue


async def _send(websocket: WebSocket, mailbox: Mailbox) -> None:
    while True:
        for message in await mailbox.take():
            await websocket.send_text(message)


async def _views(desk: DeskPort, mailbox: Mailbox) -> None:
    async for view in desk.changes():
        mailbox.put_view(view)


async def _samples(desk: DeskPort, mailbox: Mailbox) -> None:
    while True:
        async for sample in desk.live():
            mailbox.put_sample(sample)
        await asyncio.sleep(REOPEN_S)


async def _beats(mailbox: Mailbox) -> None:
    while True:
        mailbox.put_beat()
        await asyncio.sleep(BEAT_S)


async def _close(websocket: WebSocket) -> None:
    try:
        await websocket.close(GOING_AWAY)
    except (RuntimeError, WebSocketDisconnect):
        log.debug("the page had gone already")
