"""Where M-stations hand in repair records: HTTPS with client certificates.

The certificate says which M-station it is; what the message claims about that does not count.
"""

import json
import ssl
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from simulators.bureau.seals import Json, read_object
from simulators.pki import LineFiles

LARGEST = 100_000
TakeRepair = Callable[[str, str, Json], str]
"""(M-station, record number, body) to the answer's code: ``uploaded``, ``announced``; ValueError says what is wrong."""


class Door:
    """Serves ``PUT /repairs/{record}`` on loopback until closed."""

    host = "127.0.0.1"

    def __init__(self, line: LineFiles, take: TakeRepair, port: int = 0) -> None:
        self._server = ThreadingHTTPServer((self.host, port), _handler(take))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(line.cert, line.key)
        context.load_verify_locations(line.ca)
        context.verify_mode = ssl.CERT_REQUIRED
        plain = self._server.socket
        self._server.socket = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="bureau-door", daemon=True
        )

    def start(self) -> None:
        """Open."""
        self._thread.start()

    def stop(self) -> None:
        """Close."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(take: TakeRepair) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_PUT(self) -> None:
            try:
                code = take(self._who(), self._record(), self._body())
            except PermissionError as error:
                self._reply(HTTPStatus.FORBIDDEN, {"accepted": False, "reason": str(error)})
            except (ValueError, TypeError) as error:
                self._reply(HTTPStatus.UNPROCESSABLE_ENTITY, {"accepted": False, "reason": str(error)})
            else:
                self._reply(HTTPStatus.OK, {"accepted": True, "state": code})

        def _who(self) -> str:
            certificate = self.connection.getpeercert() if isinstance(self.connection, ssl.SSLSocket) else None
            subject: Any = (certificate or {}).get("subject", ())
            names = {name: value for part in subject for name, value in part}
            kind, _, code = str(names.get("commonName")).partition("/")
            if kind == "m-station" and code:
                return code
            raise PermissionError("this certificate is not an M-station's")

        def _record(self) -> str:
            start, _, record = self.path.rpartition("/")
            if start != "/repairs" or not record:
                raise ValueError("there is only /repairs/{record}")
            return record

        def _body(self) -> Json:
            length = int(self.headers.get("Content-Length", "0"))
            if not 0 < length <= LARGEST:
                raise ValueError("no body, or too large")
            return read_object(self.rfile.read(length))

        def _reply(self, status: HTTPStatus, body: Json) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            """Say nothing: the notices tell what matters."""

    return Handler
