"""Where logs go: with their fields into the systemd journal when it listens, else as text to stderr.

Knows the journal's native protocol (fields in one datagram, large ones in a sealed memory file). Does not know who
logs; test, device and lane come from lane.log_fields and from what a record carries itself.
"""

import array
import errno
import fcntl
import logging
import os
import socket
import struct
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from lanectl.lane.log_fields import noted

SOCKET = Path("/run/systemd/journal/socket")
PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
"""syslog's numbers, from which level on; what is below is debug (7)."""
OWN_FIELDS = ("test_id", "device", "lane")
"""What a record may carry itself: ``log.info(..., extra={"device": name})``."""
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL


def fields_of(record: logging.LogRecord) -> dict[str, str]:
    """Return the fields of a record: those of its task, and over them its own."""
    own = {name: str(getattr(record, name)) for name in OWN_FIELDS if getattr(record, name, None) is not None}
    return {**noted(), **own}


def journal_listens(stream: TextIO, named: str | None) -> bool:
    """Say whether this stream is the connection to the journal that ``$JOURNAL_STREAM`` (device:inode) names."""
    device, _, inode = (named or "").partition(":")
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):  # no descriptor: somebody has replaced the stream
        return False
    return (str(found.st_dev), str(found.st_ino)) == (device, inode)


class JournalHandler(logging.Handler):
    """Sends each record as one entry. ``always`` are fields of every entry."""

    def __init__(self, path: Path = SOCKET, always: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(message)s"))  # all else is a field
        self.always = dict(always or {})
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record; a journal that does not take it is reported as any handler's trouble is."""
        try:
            self._send(b"".join(_encoded(name, value) for name, value in self._entry(record)))
        except (OSError, ValueError, TypeError, KeyError):  # what logging does with any line that cannot be written
            self.handleError(record)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
        super().close()

    def _entry(self, record: logging.LogRecord) -> Iterator[tuple[str, str]]:
        yield "MESSAGE", self.format(record)
        yield "PRIORITY", str(next((number for level, number in PRIORITIES if record.levelno >= level), 7))
        yield "SYSLOG_IDENTIFIER", "lanectl"
        yield "LOGGER", record.name
        yield "CODE_FILE", record.pathname
        yield "CODE_LINE", str(record.lineno)
        yield "CODE_FUNC", record.funcName or ""
        for name, value in {**self.always, **fields_of(record)}.items():
            yield name.upper(), value

    def _send(self, entry: bytes) -> None:
        try:
            self._socket.send(entry)
        except OSError as error:
            if error.errno not in (errno.EMSGSIZE, errno.ENOBUFS):
                raise
            self._send_as_file(entry)

    def _send_as_file(self, entry: bytes) -> None:
        """Hand an entry over as a sealed memory file, which the journal takes in any size."""
        file = os.memfd_create("journal-entry", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            with open(file, "wb", closefd=False) as writer:
                writer.write(entry)
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, _SEALS)
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [file]).tobytes())
            self._socket.sendmsg([], [rights])
        finally:
            os.close(file)


class TextFormatter(logging.Formatter):
    """One line a record, with test and device at its end where they are known."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        """Return the line without its traceback."""
        fields = [f"{name}={value}" for name, value in fields_of(record).items() if name != "lane"]
        return super().formatMessage(record) + (f" [{' '.join(fields)}]" if fields else "")


def set_up(level: str) -> None:
    """Send the whole program's logs to the journal if it listens at stderr, else to stderr as text."""
    logging.basicConfig(level=level, handlers=[_handler()])


def name_lane(path: str) -> None:
    """Let every journal entry carry the lane it comes from (``region/station/lane``)."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, JournalHandler):
            handler.always["lane"] = path


def _handler() -> logging.Handler:
    if journal_listens(sys.stderr, os.environ.get("JOURNAL_STREAM")):
        try:
            return JournalHandler()
        except OSError:
            pass  # the journal restarts, or is away: its stderr connection still takes lines
    handler = logging.StreamHandler()
    handler.setFormatter(TextFormatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    return handler


def _encoded(name: str, value: str) -> bytes:
    """Return one field; a value with line ends is preceded by its length."""
    data = value.encode("utf-8", "backslashreplace")
    if b"\n" not in data:
        return name.encode("ascii") + b"=" + data + b"\n"
    return name.encode("ascii") + b"\n" + struct.pack("<Q", len(data)) + data + b"\n"
