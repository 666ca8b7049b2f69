"""The routes of the local API: each is a short translation between HTTP and the desk.

Knows addresses, bodies and status codes. Does not know how the lane decides; a refusal goes to the page as it comes.
"""

import hashlib
from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from lanectl.lane.ports import DeskPort, RefusedError
from lanectl.model.view import AcceptForm, View
from lanectl.terminal.errors import ApiError, Json
from lanectl.terminal.forms import AnswerForm, OperatorForm, StopForm, check_accept, parse, read_body
from lanectl.terminal.live import feed
from lanectl.terminal.once import Answer, Once
from lanectl.terminal.page import Page

Action = Callable[[], Awaitable[Answer]]


class LocalApi:
    """The desk over HTTP."""

    def __init__(self, desk: DeskPort, page: Page) -> None:
        self._desk = desk
        self._page = page
        self._once = Once()

    def routes(self) -> list[BaseRoute]:
        """Return every address that this server knows."""
        return [
            Route("/", self._show_page),
            Route("/assets/{name:path}", self._show_asset),
            Route("/api/view", self._show_view),
            WebSocketRoute("/api/live", self._live),
            Route("/api/tickets", self._accept, methods=["POST"]),
            Route("/api/tickets/{ticket}/start", self._start, methods=["POST"]),
            Route("/api/tickets/{ticket}/dismiss", self._dismiss, methods=["POST"]),
            Route("/api/answer", self._answer, methods=["POST"]),
            Route("/api/stop", self._stop, methods=["POST"]),
        ]

    async def _show_page(self, _request: Request) -> Response:
        return self._page.index()

    async def _show_asset(self, request: Request) -> Response:
        found = self._page.asset(request.path_params["name"])
        if found is None:
            raise ApiError(404, "unknown_path", path=request.url.path)
        return found

    async def _show_view(self, _request: Request) -> Response:
        return JSONResponse(_json(self._desk.view()))

    async def _live(self, websocket: WebSocket) -> None:
        await feed(websocket, self._desk, self._page.version())

    async def _accept(self, request: Request) -> Response:
        body = await read_body(request)
        form = check_accept(parse(AcceptForm, body))

        async def action() -> Answer:
            return Answer(201, _json(await self._desk.accept(form)))

        return await self._act(request, body, action)

    async def _start(self, request: Request) -> Response:
        body = await read_body(request)
        form, ticket = parse(OperatorForm, body), str(request.path_params["ticket"])

        async def action() -> Answer:
            return Answer(200, {"test_id": await self._desk.start(ticket, form.operator)})

        return await self._act(request, body, action)

    async def _dismiss(self, request: Request) -> Response:
        body = await read_body(request)
        form, ticket = parse(OperatorForm, body), str(request.path_params["ticket"])
        return await self._act(request, body, _nothing(lambda: self._desk.dismiss(ticket, form.operator)))

    async def _answer(self, request: Request) -> Response:
        body = await read_body(request)
        form = parse(AnswerForm, body)
        return await self._act(
            request, body, _nothing(lambda: self._desk.answer(form.question, form.choice, form.operator))
        )

    async def _stop(self, request: Request) -> Response:
        body = await read_body(request)
        form = parse(StopForm, body)
        return await self._act(request, body, _nothing(lambda: self._desk.stop(form.operator, form.why)))

    async def _act(self, request: Request, body: bytes, action: Action) -> Response:
        """Carry out an action once per Idempotency-Key (each time, where none is given)."""
        key = request.headers.get("idempotency-key")
        if key is None:
            return _respond(await _refusable(action), repeated=False)
        fingerprint = hashlib.sha256(f"{request.url.path}\n".encode() + body).digest()
        answer, repeated = await self._once.run(key, fingerprint, lambda: _refusable(action))
        return _respond(answer, repeated=repeated)


async def _refusable(action: Action) -> Answer:
    try:
        return await action()
    except RefusedError as refused:
        return Answer(409, _json(refused.refusal))


def _nothing(act: Callable[[], Awaitable[None]]) -> Action:
    async def action() -> Answer:
        await act()
        return Answer(200, {})

    return action


def _respond(answer: Answer, *, repeated: bool) -> Response:
    headers = {"Idempotent-Replay": "true"} if repeated else None
    return JSONResponse(answer.body, answer.status, headers=headers)


def _json(view: View) -> Json:
    return view.model_dump(mode="json")


async def on_api_error(_request: Request, error: Exception) -> Response:
    """Answer a request that cannot be taken."""
    assert isinstance(error, ApiError)
    return JSONResponse(error.as_json(), error.status)


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer an unknown address or method in the same shape."""
    assert isinstance(error, HTTPException)
    code = "wrong_method" if error.status_code == 405 else "unknown_path"
    answer = ApiError(error.status_code, code, path=request.url.path, method=request.method)
    return JSONResponse(answer.as_json(), answer.status, headers=error.headers)


async def on_breakdown(_request: Request, _error: Exception) -> Response:
    """Answer for a fault of ours; the server writes the details into the journal."""
    return JSONResponse(ApiError(500, "broken").as_json(), 500)
