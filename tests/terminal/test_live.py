"""The live feed and the server around it: slow pages, silent lanes, taken ports, and an end without leftovers."""

import asyncio
import json
import signal
import socket
import urllib.request
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest
import websockets.asyncio.client as ws
from websockets.exceptions import InvalidStatus

from lanectl.terminal.errors import NotLoopbackError
from lanectl.terminal.live import Mailbox
from lanectl.terminal.server import create_app, serve

if TYPE_CHECKING:
    from tests.terminal.conftest import FakeDesk


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not reached():  # noqa: ASYNC110 - another task's progress, seen from outside
            await asyncio.sleep(0.005)


async def with_server(desk: "FakeDesk", visit: Callable[[str], Awaitable[None]]) -> None:
    """Serve the desk on a free port while the visitor is there."""
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(desk, "127.0.0.1", 0, ready=address.set_result))
    try:
        await visit(await address)
    finally:
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving


async def hear(page: ws.ClientConnection, kind: str) -> dict[str, Any]:
    """The next message of this kind."""
    async with asyncio.timeout(5):
        while True:
            message: dict[str, Any] = json.loads(await page.recv())
            if message["type"] == kind:
                return message


async def test_a_slow_page_loses_samples_but_never_the_newest_screen(desk: "FakeDesk") -> None:
    mailbox = Mailbox()
    for beat in range(100):
        mailbox.put_sample({"t_ms": beat * 100, "speed_kmh": 25.0})
        if beat == 50:
            mailbox.put_view(desk.now)
    view, sample = [json.loads(message) for message in await mailbox.take()]

    assert view["type"] == "view"
    assert view["view"]["seq"] == desk.now.seq
    assert sample == {"type": "sample", "t_ms": 9_900, "speed_kmh": 25.0}
    assert mailbox.dropped == 99


async def test_a_page_that_does_not_read_holds_nobody_up(desk: "FakeDesk") -> None:
    """The send of the first page never returns; the lane goes on and the page's share stays at one of each."""
    sent: list[str] = []
    stuck = asyncio.Event()
    incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    incoming.put_nowait({"type": "websocket.connect"})

    async def send(message: Any) -> None:
        sent.append(message["type"])
        if message.get("text", "").startswith('{"type":"view"'):
            await stuck.wait()

    scope = {
        "type": "websocket",
        "path": "/api/live",
        "raw_path": b"/api/live",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:8460")],
        "server": ("127.0.0.1", 8460),
        "client": ("127.0.0.1", 1),
        "subprotocols": [],
    }
    serving = asyncio.create_task(create_app(desk)(scope, incoming.get, send))
    await until(lambda: desk.pages == 1 and sent.count("websocket.send") == 2)
    for beat in range(1_000):
        desk.push({"t_ms": beat * 100})
    await until(lambda: desk.samples_taken())
    incoming.put_nowait({"type": "websocket.disconnect", "code": 1001})
    async with asyncio.timeout(5):
        await serving

    assert sent.count("websocket.send") == 2
    assert desk.pages == 0


async def test_a_page_hears_hello_then_the_screen_then_each_change(desk: "FakeDesk") -> None:
    async def visit(url: str) -> None:
        async with ws.connect(url.replace("http", "ws") + "api/live", origin=None) as page:
            hello = json.loads(await page.recv())
            first = await hear(page, "view")
            desk.show(name="二号检测线")
            second = await hear(page, "view")
            desk.push({"t_ms": 100, "speed_kmh": None, "co_pct": 0.04})
            sample = await hear(page, "sample")

        assert set(hello) == {"type", "page"}
        assert first["view"]["name"] == "一号检测线"
        assert second["view"]["name"] == "二号检测线"
        assert sample == {"type": "sample", "t_ms": 100, "speed_kmh": None, "co_pct": 0.04}
        await until(lambda: desk.pages == 0)

    await with_server(desk, visit)


async def test_a_silent_lane_still_beats(desk: "FakeDesk") -> None:
    async def visit(url: str) -> None:
        async with ws.connect(url.replace("http", "ws") + "api/live") as page:
            await hear(page, "beat")
            await hear(page, "beat")

    await with_server(desk, visit)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1"])
async def test_a_foreign_page_hears_nothing(desk: "FakeDesk", origin: Any) -> None:
    async def visit(url: str) -> None:
        with pytest.raises(InvalidStatus, match="403"):
            await ws.connect(url.replace("http", "ws") + "api/live", origin=origin)
        assert desk.pages == 0

    await with_server(desk, visit)


async def test_the_end_of_the_server_ends_its_pages(desk: "FakeDesk") -> None:
    pages: list[ws.ClientConnection] = []

    async def visit(url: str) -> None:
        pages.append(await ws.connect(url.replace("http", "ws") + "api/live"))
        await hear(pages[0], "view")

    await with_server(desk, visit)
    await pages[0].wait_closed()

    assert desk.pages == 0


async def test_signals_stay_with_the_daemon(desk: "FakeDesk") -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)

    async def visit(url: str) -> None:
        status = await asyncio.to_thread(lambda: urllib.request.urlopen(url + "api/view").status)
        assert status == 200
        assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before

    await with_server(desk, visit)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "lane.example", ""])
async def test_a_host_that_others_could_reach_is_refused(desk: "FakeDesk", host: str) -> None:
    with pytest.raises(NotLoopbackError):
        await serve(desk, host, 0)


async def test_a_taken_port_is_an_error_and_not_the_end_of_the_daemon(desk: "FakeDesk") -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(OSError, match="in use"):
        await serve(desk, "127.0.0.1", other.getsockname()[1])
