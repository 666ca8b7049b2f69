"""How a Modbus device is found on a port: by a read of the registers that it has, on a serial line or over TCP.

Knows that writing alone is an order. Does not know what registers mean, ports, time, or other families.
"""

from collections.abc import Callable, Sequence

from drivers.modbus_line import TIMEOUT_S
from drivers.probe import Probe, Question
from protocols.errors import FrameError, SequenceError
from protocols.framing import OneReply
from protocols.modbus import (
    OF_BITS,
    WRITES_MANY,
    WRITES_ONE,
    Refusal,
    Reply,
    Request,
    RtuRequestFramer,
    Values,
    decode_reply,
    encode_request,
    unwrap_rtu,
    unwrap_tcp,
    wrap_rtu,
    wrap_tcp,
)

UNIT = 1
_REFUSED = 0x80
_TRANSACTION = 1


class RtuReply(OneReply[Reply]):
    """Finds the one reply to a reading request on a serial line."""

    def __init__(self, unit: int, request: Request) -> None:
        super().__init__()
        self._unit = unit
        self._request = request

    def length(self, begun: bytes) -> int | None:
        """Tell how long a reply is that begins like this."""
        function = int(self._request.function)
        if begun[0] != self._unit or begun[1:2] not in (b"", bytes([function]), bytes([function | _REFUSED])):
            return 0
        if len(begun) < 3:
            return None
        size = _data_bytes(self._request)
        return 5 if begun[1] & _REFUSED else 5 + size if begun[2] == size else 0

    def decode(self, frame: bytes) -> Reply:
        """Read one reply."""
        return decode_reply(unwrap_rtu(frame)[1])


class TcpReply(OneReply[Reply]):
    """Finds the one reply to a reading request on a connection."""

    def __init__(self, head: bytes) -> None:
        super().__init__()
        self._head = head

    def length(self, begun: bytes) -> int | None:
        """Tell how long a reply is that begins like this."""
        if begun[: len(self._head)] != self._head[: len(begun)]:
            return 0
        return 6 + int.from_bytes(begun[4:6], "big") if len(begun) >= 6 else None

    def decode(self, frame: bytes) -> Reply:
        """Read one reply."""
        return decode_reply(unwrap_tcp(frame)[2])


def modbus_probes(
    asks: str,
    request: Request,
    bauds: tuple[int, ...],
    *,
    fits: Callable[[Sequence[int]], bool] = lambda values: True,
    tcp: bool = False,
    unit: int = UNIT,
    **settings: object,
) -> tuple[Probe, ...]:
    """Return the probe of a device that is read so, and a second one where it may stand behind TCP.

    ``fits`` judges the registers or bits that came; a refusal says nothing, for any Modbus device may refuse.
    """

    def judge(reply: Reply) -> bool | None:
        if isinstance(reply, Refusal):
            return None
        return isinstance(reply, Values) and reply.function is request.function and fits(reply.values)

    pdu = encode_request(request)
    on_line = Question(asks, wrap_rtu(unit, pdu), lambda: RtuReply(unit, request), judge, TIMEOUT_S)
    settings = {**settings, **({} if unit == UNIT else {"unit": unit})}
    serial = Probe(bauds, (on_line,), obeys=writes, settings=settings)
    if not tcp:
        return (serial,)
    head = _TRANSACTION.to_bytes(2, "big") + b"\0\0"
    over_tcp = Question(asks, wrap_tcp(_TRANSACTION, unit, pdu), lambda: TcpReply(head), judge, 2 * TIMEOUT_S)
    return serial, Probe((), (over_tcp,), obeys=writes, settings=settings, over="tcp")


def writes(data: bytes) -> tuple[str, ...]:
    """Name every writing request in these bytes, whoever's unit it is for."""
    found = []
    for asked in RtuRequestFramer().feed(data):
        if asked.function in (*WRITES_ONE, *WRITES_MANY):
            found.append(f"write with function {asked.function}")
    try:
        _, _, pdu = unwrap_tcp(data)
    except (FrameError, SequenceError):
        return tuple(found)
    return (*found, f"write with function {pdu[0]}") if pdu[0] in (*WRITES_ONE, *WRITES_MANY) else tuple(found)


def _data_bytes(request: Request) -> int:
    return (request.count + 7) // 8 if request.function in OF_BITS else 2 * request.count
