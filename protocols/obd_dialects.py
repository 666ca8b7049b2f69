"""The two ways in which control units are asked the same things: SAE J1979, and ISO 27145 (WWH-OBD).

Knows how live data, codes and vehicle information are asked for in each, how many items one question may name, and
which answer belongs to which question. Does not know how messages travel, or which questions an inspection asks.
"""

from collections.abc import Sequence
from typing import Protocol

from protocols import j1979, wwh_obd
from protocols.errors import UnknownFrameError

MOST_ITEMS = 6
"""J1979 on CAN takes so many live-data items in one question."""
CODE_KINDS = ("stored", "pending", "permanent")
ECHOED = {j1979.LIVE: 1, j1979.INFORMATION: 1, wwh_obd.READ_IDENTIFIER: 2, wwh_obd.READ_CODES: 2}
"""How many bytes after the service an answer repeats of its question."""


class ObdDialect(Protocol):
    """How to ask, and how to read what comes back."""

    name: str
    most_items: int
    """Of live data, in one question."""

    def live(self, pids: Sequence[int]) -> bytes:
        """Ask for live-data items."""

    def information(self, info: int) -> bytes:
        """Ask for vehicle information."""

    def codes(self, kind: str) -> bytes:
        """Ask for trouble codes (CODE_KINDS)."""

    def decode(self, message: bytes) -> wwh_obd.Response:
        """Read an answer; FrameError for one that is damaged."""

    def decode_codes(self, message: bytes) -> tuple[str, ...]:
        """Read an answer with trouble codes."""


class J1979Dialect:
    """SAE J1979 (ISO 15031-5), on CAN or on an older bus."""

    name = "SAE J1979"

    def __init__(self, *, can: bool) -> None:
        self.most_items = MOST_ITEMS if can else 1
        self._can = can

    def live(self, pids: Sequence[int]) -> bytes:
        """Ask for live-data items."""
        return j1979.encode_request(j1979.Request(j1979.LIVE, tuple(pids)))

    def information(self, info: int) -> bytes:
        """Ask for vehicle information."""
        return j1979.encode_request(j1979.Request(j1979.INFORMATION, (info,)))

    def codes(self, kind: str) -> bytes:
        """Ask for trouble codes."""
        return j1979.encode_request(j1979.Request(j1979.CODE_SERVICES[CODE_KINDS.index(kind)]))

    def decode(self, message: bytes) -> j1979.Response:
        """Read an answer."""
        return j1979.decode_response(message)

    def decode_codes(self, message: bytes) -> tuple[str, ...]:
        """Read an answer with trouble codes; older buses send them without a count."""
        found = j1979.decode_response(message) if self._can else j1979.decode_uncounted_codes(message)
        if not isinstance(found, j1979.Codes):
            raise UnknownFrameError(f"{message.hex(' ')} holds no codes")
        return found.codes


class WwhDialect:
    """ISO 27145."""

    name = "ISO 27145"
    most_items = 1

    def live(self, pids: Sequence[int]) -> bytes:
        """Ask for one live-data item."""
        return wwh_obd.encode_request(wwh_obd.Identifier(wwh_obd.LIVE_BASE + pids[0]))

    def information(self, info: int) -> bytes:
        """Ask for vehicle information."""
        return wwh_obd.encode_request(wwh_obd.Identifier(wwh_obd.INFORMATION_BASE + info))

    def codes(self, kind: str) -> bytes:
        """Ask for trouble codes of emissions."""
        mask = {"stored": wwh_obd.CONFIRMED, "pending": wwh_obd.PENDING}.get(kind)
        return wwh_obd.encode_request(wwh_obd.CodesAsked(mask))

    def decode(self, message: bytes) -> wwh_obd.Response:
        """Read an answer."""
        return wwh_obd.decode_response(message)

    def decode_codes(self, message: bytes) -> tuple[str, ...]:
        """Read an answer with trouble codes."""
        found = wwh_obd.decode_response(message)
        if not isinstance(found, wwh_obd.Codes):
            raise UnknownFrameError(f"{message.hex(' ')} holds no codes")
        return found.codes


J1979_PROBE = bytes([j1979.LIVE, 0x00])
WWH_PROBE = wwh_obd.encode_request(wwh_obd.Identifier(wwh_obd.PROBE))


def live_items(request: bytes) -> tuple[int, ...]:
    """Return the live-data items that a question is for; none for any other question."""
    if request[:1] == bytes([j1979.LIVE]):
        return tuple(request[1:])
    if request[:2] == bytes([wwh_obd.READ_IDENTIFIER, wwh_obd.LIVE_BASE >> 8]) and len(request) == 3:
        return (request[2],)
    return ()


def belongs(message: bytes, request: bytes) -> bool:
    """Say whether this answers the question: its service, and what an answer repeats.

    Asked for several live-data items, a unit gives those that it has, so the first may be any of them.
    """
    if message[:1] != bytes([request[0] + 0x40 & 0xFF]):
        return False
    if request[0] == j1979.LIVE:
        return message[1:2] != b"" and message[1] in request[1:]
    return message[1 : 1 + ECHOED.get(request[0], 0)] == request[1 : 1 + ECHOED.get(request[0], 0)]


def refusal(message: bytes, request: bytes) -> int | None:
    """Return the code with which this refuses the question; None for anything else."""
    return message[2] if len(message) == 3 and message[:2] == bytes([0x7F, request[0]]) else None
