"""A Modbus line to one device: pymodbus builds and reads the frames, our exchange carries them.

Knows which reply belongs to which question, what a refusal means to people, and the silence between two RTU frames.
Does not know registers' meanings, roles, or ports.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain, repeat

from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerBase, FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU, ReadCoilsRequest, ReadHoldingRegistersRequest
from pymodbus.pdu.bit_message import ReadDiscreteInputsRequest, WriteSingleCoilRequest
from pymodbus.pdu.register_message import (
    ReadInputRegistersRequest,
    WriteMultipleRegistersRequest,
    WriteSingleRegisterRequest,
)

from drivers.errors import GarbledReplyError, NotReadyError, RefusedError
from drivers.exchange import Exchange
from drivers.pace import Pace

TIMEOUT_S = 0.3
REPEATS = 1
RTU_GAP_S = 0.005
"""At least 3.5 characters at 9600 baud; a shorter silence joins two frames into one for the device."""
READERS: dict[int, type[ModbusPDU]] = {
    1: ReadCoilsRequest,
    2: ReadDiscreteInputsRequest,
    3: ReadHoldingRegistersRequest,
    4: ReadInputRegistersRequest,
}
REASONS = {1: "function", 2: "address", 3: "value", 4: "device failure", 5: "working on it", 6: "busy"}
COME_AGAIN = (5, 6)
LONGEST_REPLY = 260

logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # it dumps whole frame histories for each missed answer


class _Reply:
    """Finds the reply to one request in what arrives (a Framer of drivers.exchange)."""

    def __init__(self, framer: FramerBase, request: ModbusPDU) -> None:
        self.surplus = 0
        self._framer = framer
        self._request = request
        self._held = b""
        self._found = False

    def feed(self, chunk: bytes) -> list[ModbusPDU]:
        """Return the reply when this chunk completes it; what follows it is surplus."""
        if self._found:
            self.surplus += len(chunk)
            return []
        self._held = (self._held + chunk)[-LONGEST_REPLY:]
        reply = self._next()
        if reply is None:
            return []
        self._found = True
        self.surplus = len(self._held.partition(self._framer.buildFrame(reply))[2])
        return [reply]

    def _next(self) -> ModbusPDU | None:
        """Return the reply if it is whole; answers to other questions before it are passed over."""
        while self._held:
            try:
                used, reply = self._framer.handleFrame(self._held, self._request.dev_id, self._request.transaction_id)
            except ModbusException:
                self._held = b""
                return None
            if reply is not None or not used:
                return reply
            self._held = self._held[used:]
        return None


class ModbusLine:
    """One unit on one line. ``framing`` is ``rtu`` or ``tcp``."""

    def __init__(self, exchange: Exchange, pace: Pace, framing: str, unit: int) -> None:
        self.exchange = exchange
        self._pace = pace
        self._unit = unit
        self._rtu = self.takes_turns = framing == "rtu"
        """Whether bytes that are written into an answer are lost, and the answer with them."""
        self._framer: FramerBase = (FramerRTU if self._rtu else FramerSocket)(DecodePDU(False))
        self._transactions = chain.from_iterable(repeat(range(1, 0x10000)))

    async def read_registers(
        self,
        function: int,
        address: int,
        count: int,
        doing: str,
        *,
        timeout_s: float = TIMEOUT_S,
        repeats: int = REPEATS,
    ) -> tuple[int, ...]:
        """Read registers with function 3 or 4."""
        request = READERS[function](address=address, count=count, dev_id=self._unit)
        reply = await self._ask(request, doing, timeout_s, repeats)
        if len(reply.registers) != count:
            raise GarbledReplyError(self.exchange.device, doing, f"{len(reply.registers)} registers, {count} asked for")
        return tuple(reply.registers)

    async def read_bits(
        self,
        function: int,
        address: int,
        count: int,
        doing: str,
        *,
        timeout_s: float = TIMEOUT_S,
        repeats: int = REPEATS,
    ) -> tuple[bool, ...]:
        """Read bits with function 1 or 2."""
        request = READERS[function](address=address, count=count, dev_id=self._unit)
        reply = await self._ask(request, doing, timeout_s, repeats)
        if len(reply.bits) != (count + 7) // 8 * 8:
            raise GarbledReplyError(self.exchange.device, doing, f"{len(reply.bits)} bits, {count} asked for")
        return tuple(bool(bit) for bit in reply.bits[:count])

    async def write_registers(
        self,
        address: int,
        registers: Sequence[int],
        doing: str,
        *,
        single_function: int = 6,
        timeout_s: float = TIMEOUT_S,
        still: Callable[[], None] | None = None,
    ) -> None:
        """Write registers; the device confirms with where and what, or how many.

        ``still`` is called when the bytes are about to leave, and may raise instead: the order is not wanted any more.
        """
        request = self._writing(address, registers, single_function)
        reply = await self._ask(request, doing, timeout_s, REPEATS, still)
        if request.function_code == WriteSingleRegisterRequest.function_code:
            sound = list(reply.registers) == list(registers)
        else:
            sound = reply.count == len(registers)
        self._confirmed(sound and reply.address == address, reply, doing)

    async def say_registers(self, address: int, registers: Sequence[int], *, single_function: int = 6) -> None:
        """Write registers without waiting for anything, for a device that does not answer any more."""
        request = self._writing(address, registers, single_function)
        self._number(request)
        await self.exchange.say(self._framer.buildFrame(request))

    def _writing(self, address: int, registers: Sequence[int], single_function: int) -> ModbusPDU:
        one = len(registers) == 1 and single_function == WriteSingleRegisterRequest.function_code
        kind = WriteSingleRegisterRequest if one else WriteMultipleRegistersRequest
        return kind(address=address, registers=list(registers), dev_id=self._unit)

    def _number(self, request: ModbusPDU) -> None:
        if not self._rtu:
            request.transaction_id = next(self._transactions)

    async def write_coil(
        self, address: int, on: bool, doing: str, *, timeout_s: float = TIMEOUT_S, repeats: int = REPEATS
    ) -> None:
        """Switch one coil; the device confirms with where and what."""
        request = WriteSingleCoilRequest(address=address, bits=[on], dev_id=self._unit)
        reply = await self._ask(request, doing, timeout_s, repeats)
        self._confirmed(reply.address == address and list(reply.bits[:1]) == [on], reply, doing)

    def _confirmed(self, sound: bool, reply: ModbusPDU, doing: str) -> None:
        if not sound:
            raise GarbledReplyError(self.exchange.device, doing, f"the device confirms something else: {reply}")

    async def _ask(
        self,
        request: ModbusPDU,
        doing: str,
        timeout_s: float,
        repeats: int,
        still: Callable[[], None] | None = None,
    ) -> ModbusPDU:
        if self._rtu:
            await self._pace.sleep(RTU_GAP_S)
        self._number(request)
        frame: bytes = self._framer.buildFrame(request)
        reply = await self.exchange.ask(
            frame if still is None else partial(_still_wanted, still, frame),
            lambda: _Reply(self._framer, request),
            doing,
            timeout_s=timeout_s,
            repeats=repeats,
        )
        device = self.exchange.device
        if reply.isError():
            code = reply.exception_code
            said = f"exception {code} ({REASONS.get(code, 'unknown')}) to function {request.function_code}"
            raise (NotReadyError if code in COME_AGAIN else RefusedError)(device, doing, said)
        if reply.function_code != request.function_code:
            raise GarbledReplyError(device, doing, f"function {reply.function_code} answers {request.function_code}")
        return reply


def _still_wanted(still: Callable[[], None], frame: bytes) -> bytes:
    still()
    return frame
