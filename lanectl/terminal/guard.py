"""Who may ask: pages of this machine and nobody else.

A browser on the lane's computer also visits foreign pages, and a foreign page may point a name of its own at
127.0.0.1. So the Host must be a loopback name, and an Origin, where one is sent, must be exactly that host.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lanectl.terminal.errors import ApiError

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
POLICY_VIOLATION = 1008

SAFETY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def is_local(headers: Headers) -> bool:
    """Say whether a request comes from this machine's own page (or from a program without an Origin)."""
    hosts = headers.getlist("host")
    if len(hosts) != 1 or _name(hosts[0]) not in LOOPBACK_NAMES:
        return False
    return all(origin == f"http://{hosts[0]}" for origin in headers.getlist("origin"))


def _name(host: str) -> str:
    """Return a Host header without its port."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


class LocalOnly:
    """Turn away foreign requests, and send the safety headers with every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass local requests on (ASGI)."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif is_local(Headers(scope=scope)):
            await self._app(scope, receive, _with_safety_headers(send))
        elif scope["type"] == "http":
            answer = JSONResponse(ApiError(403, "foreign_page").as_json(), 403)
            await answer(scope, receive, _with_safety_headers(send))
        else:
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})


def _with_safety_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SAFETY_HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return send_with_headers
