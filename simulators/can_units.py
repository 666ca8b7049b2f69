"""The control units of a car as a CAN bus hears them: frames in, frames out, by ISO 15765-4 or SAE J1939.

Knows identifiers, ISO-TP towards a tester, and how long units think. Does not know adapters, ports, or what is asked.
"""

import heapq
from collections.abc import Callable
from itertools import count

from protocols import iso_tp
from protocols.can_frame import CanFrame
from protocols.errors import FrameError
from simulators.ecu import Answer, ControlUnits
from simulators.j1939_units import J1939Units
from simulators.presets import ControlUnit

THINKING_S, STAGGER_S = 0.012, 0.004
"""How long the first unit thinks, and how much longer each further one."""
BUSES = {"6": (500, False), "7": (500, True), "8": (250, False), "9": (250, True)}
"""Protocol -> bit rate in kbit/s and whether identifiers have 29 bits."""
WAIT_EVERY_S = 2.0
PADDINGS = (0x00, 0x55, 0xAA, 0xCC)
"""Every maker fills frames with something else."""
WAIT_NRC = 0x78


class CanUnits:
    """Everybody on the diagnostic bus of the car that is plugged in. ``socket`` returns its control units, or None."""

    def __init__(self, socket: Callable[[], ControlUnits | None]) -> None:
        self.waits_for_ever = False
        """A fault: units say "wait" instead of answering."""
        self.loses_parts = False
        """A fault: the second part of a longer message is never sent."""
        self._socket = socket
        self._car: ControlUnits | None = None
        self._now_s = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._sending: dict[int, iso_tp.Sending] = {}
        self._said: list[CanFrame] = []
        self.j1939: J1939Units | None = None
        """Those of the vehicle that is plugged in, where it speaks J1939."""

    def acknowledges(self, bitrate_kbit: int | None) -> bool:
        """Say whether anybody on the bus takes a frame of this bit rate (None: of whatever rate the bus has)."""
        car = self._present()
        return car is not None and car.protocol in BUSES and bitrate_kbit in (None, BUSES[car.protocol][0])

    def hear(self, frame: CanFrame, bitrate_kbit: int | None) -> None:
        """Take a frame that a tester sent."""
        car = self._present()
        if car is None or not self.acknowledges(bitrate_kbit) or BUSES[car.protocol][1] != frame.extended:
            return
        if self.j1939 is not None:
            self.j1939.hear(frame)
            return
        try:
            kind = iso_tp.decode_frame(frame.data)
        except FrameError:
            return
        functional = frame.can_id == (iso_tp.FUNCTIONAL_29 if frame.extended else iso_tp.FUNCTIONAL_11)
        if isinstance(kind, iso_tp.FlowControl):
            self._take_leave(frame.can_id, kind)
        elif isinstance(kind, iso_tp.SingleFrame):
            for place, unit in enumerate(car.units):
                if functional or frame.can_id == _request_id(unit, frame.extended):
                    self._ask(car, unit, kind.data, THINKING_S + place * STAGGER_S, frame.extended)

    def step(self, dt_s: float) -> list[CanFrame]:
        """Let time pass; return the frames that appear on the bus."""
        self._now_s += dt_s
        self._present()
        if self.j1939 is not None:
            self.j1939.busy_for_ever, self.j1939.loses_packets = self.waits_for_ever, self.loses_parts
            return self.j1939.step(dt_s)
        while self._due and self._due[0][0] <= self._now_s + 1e-9:
            heapq.heappop(self._due)[2]()
        for answer_id in list(self._sending):
            self._send_on(answer_id)
        said, self._said = self._said, []
        return said

    def _present(self) -> ControlUnits | None:
        """Return who is there now; what was under way from somebody who is not any more is gone."""
        car = self._socket()
        car = car if car is not None and car.awake else None
        if car is not self._car:
            self._car = car
            self.j1939 = J1939Units(car) if car is not None and car.dialect == "j1939" else None
            self._due.clear()
            self._sending.clear()
        return car

    def _ask(self, car: ControlUnits, unit: ControlUnit, request: bytes, thinking_s: float, extended: bool) -> None:
        if self.waits_for_ever:
            self._wait_for_ever(Answer(unit, bytes([0x7F, request[0], WAIT_NRC])), thinking_s, extended)
            return
        for answer in car.ask(request, unit.address):
            self._later(thinking_s + answer.delay_s, self._begins(answer, extended))

    def _wait_for_ever(self, answer: Answer, after_s: float, extended: bool) -> None:
        def again() -> None:
            self._begins(answer, extended)()
            if self.waits_for_ever:
                self._wait_for_ever(answer, WAIT_EVERY_S, extended)

        self._later(after_s, again)

    def _begins(self, answer: Answer, extended: bool) -> Callable[[], None]:
        answer_id = _answer_id(answer.unit, extended)
        padding = PADDINGS[answer.unit.address % len(PADDINGS)]

        def begin() -> None:
            self._sending[answer_id] = iso_tp.Sending(answer.message, self._now_s * 1000.0, padding)
            self._send_on(answer_id)

        return begin

    def _take_leave(self, request_id: int, flow: iso_tp.FlowControl) -> None:
        try:
            answer_id = iso_tp.answer_id_of(request_id)
        except FrameError:
            return
        if answer_id in self._sending:
            self._sending[answer_id].give_leave(flow, self._now_s * 1000.0)
            self._send_on(answer_id)

    def _send_on(self, answer_id: int) -> None:
        sending = self._sending[answer_id]
        for data in sending.take(self._now_s * 1000.0):
            if not (self.loses_parts and data[0] == 0x22):
                self._said.append(CanFrame(answer_id, data, extended=answer_id > 0x7FF))
        if sending.done:
            del self._sending[answer_id]

    def _later(self, after_s: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self._now_s + after_s, next(self._numbers), action))


def _request_id(unit: ControlUnit, extended: bool) -> int:
    return 0x18DA00F1 | unit.source << 8 if extended else 0x7E0 + unit.address


def _answer_id(unit: ControlUnit, extended: bool) -> int:
    return 0x18DAF100 | unit.source if extended else 0x7E8 + unit.address
