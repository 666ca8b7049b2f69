"""The ways onto a CAN bus: what the kernel's interface, a server and a serial adapter say, and what is made of it."""

import asyncio
import socket
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import can
import pytest
from pydantic import ValidationError

from drivers.errors import NoReplyError, NotReadyError, PortLostError, RefusedError, WrongDeviceError
from drivers.obd.can_reader import CanReader
from drivers.obd.can_settings import Iso15765Settings, make_link
from drivers.obd.iso15765 import find
from drivers.transports.can_bus import WHAT_IS_READ, BusLink
from drivers.transports.memory import MemoryPipe
from drivers.transports.slcan_link import SlcanLink
from drivers.transports.socketcand_link import SocketcandLink
from protocols.can_frame import CanFrame

ASKED = CanFrame(0x7DF, bytes.fromhex("0201000000000000"))
TOLD = CanFrame(0x7E8, bytes.fromhex("064100BE3FA81300"))


# --- names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("port", "kind", "bitrates"),
    [
        ("/dev/serial/by-id/usb-can", SlcanLink, (500, 250)),
        ("socketcan:can0", BusLink, (500,)),
        ("udp_multicast:239.74.163.2:43113", BusLink, (500,)),
        ("socketcand://192.0.2.7:29536/can0", SocketcandLink, (500,)),
        ("socketcand://[2001:db8::7]:29536/can0", SocketcandLink, (500,)),
    ],
)
def test_the_name_of_a_port_says_which_link(
    port: str, kind: type, bitrates: tuple[int, ...], manual_clock: Any
) -> None:
    link = make_link("obd", Iso15765Settings(driver="iso15765-can", port=port), None, manual_clock)
    assert isinstance(link, kind)
    assert link.bitrates == bitrates
    fixed = make_link("obd", Iso15765Settings(driver="iso15765-can", port=port, bitrate_kbit=250), None, manual_clock)
    assert fixed.bitrates == (250,)


@pytest.mark.parametrize(
    "port",
    ["can0", "slcan:/dev/ttyACM0", "socketcan:", "socketcan:a/b", "socketcan:sixteen-letters-",
     "udp_multicast:10.0.0.1:1", "udp_multicast:239.74.163.2", "socketcand://host/can0", "socketcand://host:1/",
     "virtual:1"],
)  # fmt: skip
def test_a_name_that_means_no_link_is_told_the_forms(port: str) -> None:
    with pytest.raises(ValidationError, match="socketcan:can0"):
        Iso15765Settings(driver="iso15765-can", port=port)


# --- the kernel's interfaces --------------------------------------------------------------------------------------


class FakeBus(can.BusABC):
    """A python-can bus with a file descriptor that becomes readable when something is put in."""

    def __init__(self) -> None:
        super().__init__(channel="can0")
        self.near, self.far = socket.socketpair()
        self.waiting: deque[can.Message | Exception] = deque()
        self.sent: list[can.Message] = []
        self.full = False

    def put(self, *found: can.Message | Exception) -> None:
        self.waiting.extend(found)
        self.far.send(b"x")

    def _recv_internal(self, timeout: float | None) -> tuple[can.Message | None, bool]:
        if not self.waiting:
            self.near.recv(64)
            return None, False
        found = self.waiting.popleft()
        if isinstance(found, Exception):
            raise found
        return found, True

    def send(self, msg: can.Message, timeout: float | None = None) -> None:
        if self.full:
            raise can.CanOperationError("Transmit buffer full")
        self.sent.append(msg)

    def fileno(self) -> int:
        return self.near.fileno()

    def shutdown(self) -> None:
        super().shutdown()
        self.near.close()
        self.far.close()


def message(frame: CanFrame) -> can.Message:
    return can.Message(arbitration_id=frame.can_id, data=frame.data, is_extended_id=frame.extended)


def error_frame(kind: int, data: bytes = bytes(8)) -> can.Message:
    return can.Message(arbitration_id=kind, data=data, is_extended_id=True, is_error_frame=True)


@pytest.fixture
async def bus() -> AsyncIterator[FakeBus]:
    made = FakeBus()
    yield made
    made.shutdown()


@pytest.fixture
async def link(bus: FakeBus) -> AsyncIterator[BusLink]:
    made = BusLink("obd", "socketcan:can0", lambda: bus, 500)
    await made.open()
    yield made
    await made.close()


async def test_frames_go_both_ways_and_only_frames(link: BusLink, bus: FakeBus) -> None:
    await link.join(500)
    await link.send(ASKED)
    assert [(one.arbitration_id, bytes(one.data), one.is_extended_id) for one in bus.sent] == [
        (0x7DF, ASKED.data, False)
    ]
    bus.put(
        can.Message(arbitration_id=0x7E8, is_remote_frame=True, is_extended_id=False),
        can.Message(arbitration_id=0x7E8, is_fd=True, data=bytes(12), is_extended_id=False),
        message(TOLD),
        message(CanFrame(0x18DAF110, b"\x01", extended=True)),
    )
    assert await link.receive() == TOLD
    assert await link.receive() == CanFrame(0x18DAF110, b"\x01", extended=True)


async def test_an_interface_that_goes_away_wakes_its_reader_and_names_the_port(link: BusLink, bus: FakeBus) -> None:
    receiving = asyncio.create_task(link.receive())
    await asyncio.sleep(0)
    bus.put(can.CanOperationError("Error receiving: No such device [Error Code 19]"))
    with pytest.raises(PortLostError, match="socketcan:can0: Error receiving: No such device"):
        await receiving
    with pytest.raises(PortLostError):
        await link.send(ASKED)
    with pytest.raises(PortLostError):
        await link.check("read")


async def test_closing_wakes_the_reader_and_a_closed_bus_is_named(link: BusLink, bus: FakeBus) -> None:
    receiving = asyncio.create_task(link.receive())
    await asyncio.sleep(0)
    await link.close()
    with pytest.raises(PortLostError, match="closed"):
        await receiving
    with pytest.raises(PortLostError, match="closed"):
        await link.send(ASKED)
    await link.close()


async def test_a_full_queue_is_named(link: BusLink, bus: FakeBus) -> None:
    bus.full = True
    with pytest.raises(PortLostError, match="Transmit buffer full"):
        await link.send(ASKED)


@pytest.mark.parametrize(
    "failure", [OSError(19, "No such device"), can.CanInitializationError("msgpack not installed"), ValueError("no")]
)
async def test_a_bus_that_cannot_be_opened_is_named(failure: Exception) -> None:
    def refuse() -> can.BusABC:
        raise failure

    with pytest.raises(PortLostError, match="socketcan:can7"):
        await BusLink("obd", "socketcan:can7", refuse, 500).open()


async def test_the_kernels_own_refusal_names_the_interface(manual_clock: Any) -> None:
    settings = Iso15765Settings(driver="iso15765-can", port="socketcan:surely-absent")
    with pytest.raises(PortLostError, match="socketcan:surely-absent"):
        await make_link("obd", settings, None, manual_clock).open()


async def arrived(link: BusLink, bus: FakeBus, *errors: can.Message) -> Any:
    bus.put(*errors, message(TOLD))
    await link.receive()
    return await link.check("look")


async def test_nobody_who_acknowledges_is_no_disturbance(link: BusLink, bus: FakeBus) -> None:
    state = await arrived(link, bus, error_frame(0x20), error_frame(0x88, bytes.fromhex("0000801900000000")))
    assert (state.errors, state.disturbed) == ("nobody acknowledges", False)


async def test_spoilt_frames_are_a_disturbance_until_the_bus_is_joined_anew(link: BusLink, bus: FakeBus) -> None:
    state = await arrived(link, bus, error_frame(0x48, bytes.fromhex("0000040200000000")))
    assert (state.errors, state.disturbed) == ("bus off, spoilt frames", True)
    await link.join(500)
    assert not (await link.check("look")).disturbed


async def test_a_vehicle_on_another_bit_rate_than_the_interface_is_not_called_silent(
    link: BusLink, bus: FakeBus, manual_clock: Any
) -> None:
    reader = CanReader("obd", link, manual_clock, (find,))
    connecting = asyncio.create_task(reader.connect())
    await manual_clock.settle()
    bus.put(error_frame(0x08, bytes.fromhex("0000040200000000")))
    await asyncio.sleep(0.01)
    await manual_clock.advance(5.0)
    with pytest.raises(NotReadyError, match="bit rate or wiring"):
        await connecting


async def test_a_silent_bus_is_the_vehicles_silence(link: BusLink, bus: FakeBus, manual_clock: Any) -> None:
    connecting = asyncio.create_task(CanReader("obd", link, manual_clock, (find,)).connect())
    await manual_clock.settle()
    bus.put(error_frame(0x20))
    await asyncio.sleep(0.01)
    await manual_clock.advance(5.0)
    with pytest.raises(NoReplyError, match="nobody acknowledges"):
        await connecting


# --- a socketcand server ------------------------------------------------------------------------------------------


@pytest.fixture
def server(manual_clock: Any) -> Any:
    near, far = MemoryPipe.pair("obd")
    made = SocketcandLink("obd", near, manual_clock, "can0", 500)
    said = {b"< open can0 >": b"< ok >", b"< rawmode >": b"< ok >", b"< echo >": b"< echo >"}
    far.on_arrival = lambda data: far.send(said[data]) if data in said else None
    made.far, made.near, made.said = far, near, said  # type: ignore[attr-defined]
    return made


async def opened(server: Any, clock: Any) -> None:
    opening = asyncio.create_task(server.open())
    await clock.settle()
    server.far.send(b"< hi >")
    await opening


async def test_a_server_is_greeted_and_frames_go_both_ways(server: Any, manual_clock: Any) -> None:
    await opened(server, manual_clock)
    heard: list[bytes] = []
    server.far.on_arrival = heard.append
    await server.send(ASKED)
    assert heard == [b"< send 7DF 8 2 1 0 0 0 0 0 0 >"]
    server.far.send(b"< frame 7E8 1.5 06 41 ")
    server.far.send(b"00 BE 3F A8 13 00 >< frame spoilt >< frame 18DAF110 1.6 0102 >")
    assert await server.receive() == TOLD
    assert await server.receive() == CanFrame(0x18DAF110, b"\x01\x02", extended=True)


async def test_a_server_that_is_still_there_says_so_and_a_dead_one_is_not_ready(server: Any, manual_clock: Any) -> None:
    await opened(server, manual_clock)
    assert (await server.check("look")).errors is None
    server.said.clear()
    checking = asyncio.create_task(server.check("look"))
    await manual_clock.advance(1.5)
    with pytest.raises(NotReadyError, match="server does not answer"):
        await checking


async def test_a_server_without_the_interface_refuses_by_name(server: Any, manual_clock: Any) -> None:
    server.said[b"< open can0 >"] = b"< error could not open bus >"
    with pytest.raises(RefusedError, match="could not open bus"):
        await opened(server, manual_clock)


async def test_silence_and_strangers_in_place_of_a_server_are_named(server: Any, manual_clock: Any) -> None:
    opening = asyncio.create_task(server.open())
    await manual_clock.advance(1.5)
    with pytest.raises(NoReplyError):
        await opening
    opening = asyncio.create_task(server.open())
    await manual_clock.settle()
    server.far.send(b"<html>")
    with pytest.raises(WrongDeviceError, match="html"):
        await opening


async def test_a_server_that_hangs_up_is_a_lost_port(server: Any, manual_clock: Any) -> None:
    await opened(server, manual_clock)
    receiving = asyncio.create_task(server.receive())
    await manual_clock.settle()
    server.near.unplug()
    with pytest.raises(PortLostError):
        await receiving


@pytest.mark.parametrize(
    ("can_id", "extended", "passes"),
    [
        (0x7E8, False, True),
        (0x2C4, False, False),
        (0x18DAF110, True, True),
        (0x0CF00400, True, True),
        (0x18FECA21, True, True),
        (0x1CEBF900, True, True),
        (0x18D3F900, True, True),
        (0x18FEF700, True, False),
    ],
)
def test_the_kernel_lets_through_what_is_read_and_nothing_else(can_id: int, extended: bool, passes: bool) -> None:
    bus = can.Bus(interface="virtual", channel="filters", can_filters=WHAT_IS_READ)
    with bus:
        assert bus._matches_filters(can.Message(arbitration_id=can_id, is_extended_id=extended)) is passes
