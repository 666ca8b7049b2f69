"""can-isotp, an independent implementation of ISO-TP, against ours: the same frames, both ways, as car and tester."""

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import can
import isotp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.obd.can_reader import build
from drivers.obd.can_settings import Iso15765Settings
from drivers.roles import ObdReader
from lanectl.lane.clock import RealClock
from protocols import iso_tp, j1979
from simulators.can_ends import WireOnUdp
from simulators.runner import ports_alive
from simulators.station import SimulatedLane

pytestmark = pytest.mark.peer
GROUP, LIMIT_S = "239.74.163.3", 10.0
VIN, CAL_IDS = "LSVAA4182E2123456", ("CAL-ENGINE-000001", "CAL-ENGINE-000002")
PADDING = 0xAA

messages = st.binary(min_size=1, max_size=700)
blocks = st.sampled_from([0, 1, 3, 8])


class Peer:
    """can-isotp's protocol without a thread: frames in, frames out."""

    def __init__(self, block_size: int = 0, *, tester: bool) -> None:
        self.inbox: deque[isotp.CanMessage] = deque()
        self.said: list[bytes] = []
        ids = (0x7E0, 0x7E8) if tester else (0x7E8, 0x7E0)
        self._ids = ids
        self.logic = isotp.TransportLayerLogic(
            rxfn=lambda _: self.inbox.popleft() if self.inbox else None,
            txfn=lambda sent: self.said.append(bytes(sent.data)),
            address=isotp.Address(isotp.AddressingMode.Normal_11bits, txid=ids[0], rxid=ids[1]),
            params={"stmin": 0, "blocksize": block_size, "tx_padding": PADDING, "tx_data_min_length": 8},
            error_handler=self._fail,
        )

    def hear(self, data: bytes) -> None:
        self.inbox.append(isotp.CanMessage(arbitration_id=self._ids[1], dlc=len(data), data=data, extended_id=False))

    def work(self) -> list[bytes]:
        """Let it do what it can do now; return the frames that it sent."""
        self.logic.process()
        said, self.said = self.said, []
        return said

    @staticmethod
    def _fail(error: Exception) -> None:
        raise AssertionError(f"can-isotp: {error!r}")


@given(messages, blocks)
@settings(deadline=None)
def test_what_we_send_can_isotp_receives_and_our_frames_are_those_it_would_send(message: bytes, block: int) -> None:
    receiver, sending, sent = Peer(block, tester=True), iso_tp.Sending(message, 0.0, PADDING), []
    while not sending.done:
        for data in sending.take(0.0):
            sent.append(data)
            receiver.hear(data)
        for answer in receiver.work():
            flow = iso_tp.decode_frame(answer)
            assert isinstance(flow, iso_tp.FlowControl)
            sending.give_leave(flow, 0.0)
    assert sending.failed is None
    assert bytes(receiver.logic.recv() or b"") == message

    mirror = Peer(tester=False)
    assert sent == everything_it_sends(mirror, message, 0)


def everything_it_sends(peer: Peer, message: bytes, block: int) -> list[bytes]:
    """Let can-isotp send a message to us; we give leave by blocks."""
    assembler, sent, got = iso_tp.Assembler(), [], None
    peer.logic.send(bytearray(message))
    patience = 10 * len(message) + 100
    while got is None and patience:
        patience -= 1
        for data in peer.work():
            sent.append(data)
            got = assembler.feed(data)
            parts = len(sent) - 1
            if assembler.busy and (parts == 0 or (block and parts % block == 0)):
                peer.hear(iso_tp.encode_frame(iso_tp.FlowControl(iso_tp.CONTINUE, block)))
    assert got == message
    return sent


@given(messages, blocks)
@settings(deadline=None)
def test_what_can_isotp_sends_we_receive_and_its_frames_are_those_we_would_send(message: bytes, block: int) -> None:
    sent = everything_it_sends(Peer(tester=False), message, block)
    assert sent == iso_tp.segment(message, PADDING)


# --- over a bus, with its own threads -----------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def open_bus(port: int) -> can.BusABC:
    return can.Bus(interface="udp_multicast", channel=GROUP, port=port, hop_limit=0, fd=False)


@contextmanager
def stack_on(port: int, address: isotp.Address) -> Iterator[isotp.NotifierBasedCanStack]:
    """Run can-isotp's own stack on the bus; taken down in its documented order."""
    with open_bus(port) as bus:
        notifier = can.Notifier(bus, [], timeout=0.05)
        stack = isotp.NotifierBasedCanStack(
            bus, notifier, address=address, params={"blocking_send": True, "stmin": 0, "tx_padding": PADDING}
        )
        stack.start()
        try:
            yield stack
        finally:
            stack.stop()
            notifier.stop()


ANSWERS = {
    b"\x01\x00": j1979.encode_response(j1979.Supported(1, 0, frozenset({1, 0x0C}))),
    b"\x01\x01": j1979.encode_response(j1979.MonitorStatus(True, 5, "compression", {"pm_filter": False})),
    b"\x01\x0c": j1979.encode_live(0x0C, {"engine_rpm": 801.0}),
    b"\x03": j1979.encode_response(j1979.Codes(3, ("P0420", "P2002", "P20EE", "C0035", "U0100"))),
    b"\x07": j1979.encode_response(j1979.Codes(7, ())),
    b"\x09\x02": j1979.encode_response(j1979.Information(2, (VIN,))),
    b"\x09\x04": j1979.encode_response(j1979.Information(4, tuple(text[:16] for text in CAL_IDS))),
    b"\x09\x06": j1979.encode_response(j1979.Information(6, ("0A0B0C0D", "01020304"))),
}


@contextmanager
def car_on_can_isotp(port: int) -> Iterator[None]:
    """A control unit whose messages travel by can-isotp; questions to everybody come by a stack of their own."""
    over = threading.Event()
    normal = isotp.AddressingMode.Normal_11bits
    with (
        stack_on(port, isotp.Address(normal, txid=0x7E8, rxid=0x7DF)) as everybody,
        stack_on(port, isotp.Address(normal, txid=0x7E8, rxid=0x7E0)) as alone,
    ):

        def answer() -> None:
            while not over.is_set():
                request = everybody.recv(block=True, timeout=0.05)
                if request is not None and bytes(request) in ANSWERS:
                    alone.send(ANSWERS[bytes(request)], send_timeout=2.0)

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


async def test_our_driver_reads_a_car_that_speaks_through_can_isotp() -> None:
    port = free_port()
    name = f"udp_multicast:{GROUP}:{port}"
    reader = build("obd", Iso15765Settings(driver="iso15765-can", port=name), None, RealClock())
    assert isinstance(reader, ObdReader)
    with car_on_can_isotp(port):
        await reader.open()
        try:
            assert await reader.connect() == "ISO 15765-4 CAN 11/500"
            facts = await reader.read_check()
            live = await reader.read_live()
        finally:
            await reader.close()
    assert (facts.vin, facts.ignition, facts.mil_on, facts.dtc_count) == (VIN, "compression", True, 5)
    assert facts.stored_codes == ("P0420", "P2002", "P20EE", "C0035", "U0100")
    assert facts.monitors == {"pm_filter": "incomplete"}
    assert facts.ecus[0].cal_ids == tuple(text[:16] for text in CAL_IDS)
    assert facts.ecus[0].cvns == ("0A0B0C0D", "01020304")
    assert live.values["obd_rpm"] == 801.0


@pytest.mark.parametrize(
    ("preset", "address", "cal_ids"),
    [
        ("mil_on", isotp.Address(isotp.AddressingMode.Normal_11bits, txid=0x7E0, rxid=0x7E8), 1),
        (
            "two_units",
            isotp.Address(isotp.AddressingMode.NormalFixed_29bits, target_address=0x10, source_address=0xF1),
            2,
        ),
    ],
)
async def test_can_isotp_asks_the_car_that_we_simulate(preset: str, address: isotp.Address, cal_ids: int) -> None:
    lane, port = SimulatedLane(seed=4, devices=("iso15765-can",)), free_port()
    lane.drive_on(preset)

    def ask() -> list[j1979.Response]:
        told = []
        with stack_on(port, address) as stack:
            for request in (b"\x09\x02", b"\x09\x04", b"\x03"):
                stack.send(request, send_timeout=2.0)
                answer = stack.recv(block=True, timeout=5.0)
                assert answer is not None, request.hex()
                told.append(j1979.decode_response(bytes(answer)))
        return told

    async with asyncio.timeout(LIMIT_S), ports_alive(lane, [WireOnUdp(lane.wires["obd"], GROUP, port)], 1.0):
        vin, calibrations, codes = await asyncio.to_thread(ask)
    car = lane.vehicle
    assert car is not None
    assert vin == j1979.Information(2, (car.data.vin,))
    assert isinstance(calibrations, j1979.Information)
    assert len(calibrations.texts) == cal_ids
    assert codes == j1979.Codes(3, car.data.diagnosis.stored)
