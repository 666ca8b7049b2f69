"""What a service says to the manager that started it: ready, how it stands, alive, stopping (sd_notify).

Knows the notification socket and its variables. Does not know what makes a lane ready or alive (app.heart).
"""

import contextlib
import os
import socket
from collections.abc import Mapping

NO_WATCHDOG_S = 10.0
"""The rhythm of a heart that nobody watches is that of one watched this closely."""


class Manager:
    """The service manager, where there is one; telling it something never fails."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self.watchdog_s = _watchdog_s(environment)
        """Time after which a service that has not said ``WATCHDOG=1`` is killed; None: nobody watches."""
        self._status = ""

    def tell(self, message: str) -> None:
        """Send one message, such as ``READY=1``."""
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.connect(address)
            channel.sendall(message.encode())

    def status(self, text: str) -> None:
        """Say how the service stands, in one line; the same line is said once."""
        if text != self._status:
            self._status = text
            self.tell(f"STATUS={text}")


def _watchdog_s(environment: Mapping[str, str]) -> float | None:
    asked, whose = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not asked.isdigit() or whose not in ("", str(os.getpid())):
        return None
    return int(asked) / 1_000_000 or None
