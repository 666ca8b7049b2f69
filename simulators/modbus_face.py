"""What every simulated Modbus device does with a request: hear it whole, answer it if it is meant, else be silent.

Knows frames, units and refusals. Does not know what the registers mean: each device says what stands where.
"""

from collections.abc import Sequence

from protocols.errors import SequenceError
from protocols.modbus import (
    OF_BITS,
    READS_BITS,
    READS_REGISTERS,
    REFUSALS,
    Asked,
    Function,
    Refusal,
    Reply,
    Request,
    RtuRequestFramer,
    TcpRequestFramer,
    Values,
    echo_of,
    encode_reply,
    wrap_rtu,
    wrap_tcp,
)

CODES = {word: code for code, word in REFUSALS.items()}
SILENCE_ENDS_S = 0.04
"""On a serial line a silence ends a frame; two steps of the simulated lane are certainly one."""


class ModbusFace:
    """A device with one unit number. A subclass says what can be read and written."""

    def __init__(self, unit: int, framing: str) -> None:
        self.unit = unit
        self.refuse: str | None = None
        """While set (``device_failure``, ``busy``), every request is refused with this."""
        self._silent_s = 0.0
        self.speak(framing)

    def speak(self, framing: str) -> None:
        """Speak ``rtu`` (a serial line) or ``tcp`` (a connection) from now on, with nothing half heard."""
        self._rtu = framing == "rtu"
        self._framer = RtuRequestFramer() if self._rtu else TcpRequestFramer()

    def feed(self, data: bytes) -> bytes:
        """Answer each request that these bytes complete; other units' requests are none of ours."""
        self._silent_s = 0.0
        try:
            heard = self._framer.feed(data)
        except SequenceError:
            return b""
        return b"".join(self._frame(asked, self._answer(asked)) for asked in heard if asked.unit == self.unit)

    def step(self, dt_s: float) -> bytes:
        """Let time pass; a Modbus device never speaks by itself."""
        self._silent_s += dt_s
        if self._silent_s >= SILENCE_ENDS_S:
            self._framer.hush()
        return b""

    def read_bits(self, function: Function, address: int, count: int) -> Sequence[bool] | None:
        """Return the bits that stand there; None where there are none."""
        return None

    def read_registers(self, function: Function, address: int, count: int) -> Sequence[int] | None:
        """Return the registers that stand there; None where there are none."""
        return None

    def write(self, request: Request) -> str | None:
        """Take what is written; return the word of a refusal, or None."""
        return "illegal_address"

    def _answer(self, asked: Asked) -> Reply:
        if self.refuse is not None:
            return Refusal(asked.function, CODES[self.refuse])
        if asked.request is None:
            known = asked.function in set(Function)
            return Refusal(asked.function, CODES["illegal_value" if known else "illegal_function"])
        request = asked.request
        found: Sequence[int] | None
        if request.function in READS_BITS:
            found = self.read_bits(request.function, request.address, request.count)
        elif request.function in READS_REGISTERS:
            found = self.read_registers(request.function, request.address, request.count)
        else:
            refused = self.write(request)
            return echo_of(request) if refused is None else Refusal(request.function, CODES[refused])
        if found is None:
            return Refusal(request.function, CODES["illegal_address"])
        return Values(request.function, tuple(int(value) for value in found))

    def _frame(self, asked: Asked, reply: Reply) -> bytes:
        pdu = encode_reply(reply)
        return wrap_rtu(self.unit, pdu) if self._rtu else wrap_tcp(asked.transaction, self.unit, pdu)


def bits_at(known: dict[int, bool], address: int, count: int) -> list[bool] | None:
    """Return bits from a table of those that exist; gaps between them read as off, beyond them is nothing."""
    if not known or address < min(known) or address + count > max(known) + 1:
        return None
    return [known.get(place, False) for place in range(address, address + count)]


def words_at(known: dict[int, int], address: int, count: int) -> list[int] | None:
    """Return registers from a table of those that exist; gaps read as 0, beyond them is nothing."""
    if not known or address < min(known) or address + count > max(known) + 1:
        return None
    return [known.get(place, 0) for place in range(address, address + count)]


def is_of_bits(request: Request) -> bool:
    """Tell whether a request writes coils."""
    return request.function in OF_BITS
