"""The terminal's server: a small web server inside the daemon's own loop, for this machine alone.

Knows sockets and uvicorn. Does not know the lane (that is behind the desk) and takes no signal from the daemon.
"""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Callable, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from lanectl.lane.ports import DeskPort
from lanectl.terminal.api import LocalApi, on_api_error, on_breakdown, on_http_error
from lanectl.terminal.errors import ApiError, NotLoopbackError
from lanectl.terminal.guard import LocalOnly
from lanectl.terminal.page import Page

SEND_BUFFER = 65_536
"""Small on purpose: what waits in the kernel for a page that does not read is old news."""
LEAVE_WITHIN_S = 2


def create_app(desk: DeskPort, page: Page | None = None) -> Starlette:
    """Return the terminal of this desk as an ASGI application."""
    return Starlette(
        routes=LocalApi(desk, page or Page()).routes(),
        middleware=[Middleware(LocalOnly)],
        exception_handlers={ApiError: on_api_error, HTTPException: on_http_error, Exception: on_breakdown},
    )


async def serve(
    desk: DeskPort,
    host: str = "127.0.0.1",
    port: int = 8460,
    *,
    page: Page | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until cancelled. ``ready`` gets the page's address; port 0 takes a free one.

    Raises NotLoopbackError for a host that others could reach, OSError when the port is taken.
    """
    listener = _listen(host, port)
    server = _Server(_config(desk, page))
    running = asyncio.ensure_future(server.serve(sockets=[listener]))
    try:
        if ready is not None:
            ready(_address(listener))
        await asyncio.shield(running)
    except asyncio.CancelledError:
        server.should_exit = True
        await running
        raise
    finally:
        listener.close()


class _Server(uvicorn.Server):
    """uvicorn as a guest: signals belong to the daemon."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(desk: DeskPort, page: Page | None) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(desk, page),
        loop="none",
        lifespan="off",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=1_024,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=LEAVE_WITHIN_S,
    )


def _listen(host: str, port: int) -> socket.socket:
    """Open the listening socket ourselves: a taken port is then an OSError and not the end of the daemon."""
    address = "127.0.0.1" if host == "localhost" else host
    try:
        ip = ipaddress.ip_address(address)
    except ValueError as error:
        raise NotLoopbackError(host) from error
    if not ip.is_loopback:
        raise NotLoopbackError(host)
    listener = socket.socket(socket.AF_INET if ip.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        listener.bind((address, port))
        listener.listen(64)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
