"""The control units of a heavy diesel on its J1939 bus: broadcasts, diagnostic messages, answers to requests.

Knows what each unit tells and how its bytes are laid out. Does not know adapters, ports, or what a host wants with it.
Written from the tables of the standard and not from the codec the host uses; only the transport of longer messages is
shared.
"""

import heapq
from collections import deque
from collections.abc import Callable
from itertools import count

from protocols import j1939_tp
from protocols.can_frame import CanFrame
from protocols.errors import FrameError
from simulators import engine_sensors as sensors
from simulators.ecu import ControlUnits
from simulators.presets import ControlUnit, Diagnosis
from simulators.vehicle import Vehicle

GLOBAL = 0xFF
REQUEST, ACKNOWLEDGEMENT, CONTROL, PACKET = 0xEA, 0xE8, 0xEC, 0xEB
THINKING_S = 0.02
BUSY, NO = 3, 1
HD_OBD, NO_PART = 0x14, 0xFF
NOT_TOLD = b"\xff\xff"
CONTINUOUS = 0x07
LOW_BITS = {"exhaust_gas_sensor": 0x20, "egr_vvt": 0x80}
HIGH_BITS = {"boost_pressure": 0x02, "pm_filter": 0x04, "nox_scr": 0x08, "nmhc_catalyst": 0x10}
"""Where readiness has which monitor; supported bytes 4 and 5, open ones 6 and 7."""
RATIOS = ((5322, 388, 402), (4792, 120, 201), (4364, 366, 402), (3058, 375, 402), (3064, 351, 402))
"""Of each monitor: its parameter, how often it ran, how often it could have."""
CONDITIONS_MET, IGNITION_CYCLES = 412, 1530
REAGENT_G_PER_L = 1090.0
ENGINE_CONFIGURATION_LENGTH, TORQUE_AT = 39, 19


class J1939Units:
    """Everybody on the bus of one vehicle."""

    def __init__(self, car: ControlUnits) -> None:
        self.busy_for_ever = False
        """A fault: units say "not now" to every request."""
        self.loses_packets = False
        """A fault: the second packet of a longer message is never sent."""
        self._car = car
        self._now_s = 0.0
        self._numbers = count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._said: list[CanFrame] = []
        self._sending: dict[int, deque[j1939_tp.Sending]] = {}
        for period_s, broadcast in _broadcasts(car.vehicle):
            self._repeat(period_s, broadcast)
        for unit in car.units:
            self._repeat(1.0, self._dm1(unit))

    def hear(self, frame: CanFrame) -> None:
        """Take a frame that a tool sent."""
        group, destination, tool = frame.can_id >> 16 & 0xFF, frame.can_id >> 8 & 0xFF, frame.can_id & 0xFF
        if group == REQUEST and len(frame.data) >= 3:
            pgn = int.from_bytes(frame.data[:3], "little")
            for unit in self._car.units:
                if destination in (GLOBAL, unit.source):
                    self._later(THINKING_S, self._answers(unit, pgn, tool if destination != GLOBAL else GLOBAL))
        elif group == CONTROL and self._sending.get(destination):
            try:
                self._sending[destination][0].hear(j1939_tp.decode_control(frame.data), self._now_s * 1000.0)
            except FrameError:
                return

    def step(self, dt_s: float) -> list[CanFrame]:
        """Let time pass; return the frames that appear on the bus."""
        self._now_s += dt_s
        while self._due and self._due[0][0] <= self._now_s + 1e-9:
            heapq.heappop(self._due)[2]()
        for queue in self._sending.values():
            self._send_on(queue)
        said, self._said = self._said, []
        return said

    def _send_on(self, queue: deque[j1939_tp.Sending]) -> None:
        while queue:
            for frame in queue[0].take(self._now_s * 1000.0):
                packet = frame.can_id >> 16 & 0xFF == PACKET
                if not (self.loses_packets and packet and frame.data[0] == 2):
                    self._said.append(frame)
            if not queue[0].done:
                return
            queue.popleft()

    def _answers(self, unit: ControlUnit, pgn: int, to: int) -> Callable[[], None]:
        def answer() -> None:
            told = None if self.busy_for_ever else self._content(unit, pgn)
            if told is not None:
                self._tell(unit, pgn, told, to)
            elif to != GLOBAL:
                no = bytes([BUSY if self.busy_for_ever else NO, 0xFF, 0xFF, 0xFF, to]) + pgn.to_bytes(3, "little")
                self._said.append(_frame(ACKNOWLEDGEMENT << 8, no, unit.source, GLOBAL))

        return answer

    def _tell(self, unit: ControlUnit, pgn: int, told: bytes, to: int) -> None:
        if len(told) <= 8:
            self._said.append(_frame(pgn, told, unit.source, to))
            return
        sending = j1939_tp.Sending(pgn, told, unit.source, to, self._now_s * 1000.0)
        self._sending.setdefault(unit.source, deque()).append(sending)

    def _dm1(self, unit: ControlUnit) -> Callable[[], tuple[int, bytes, int]]:
        def active() -> tuple[int, bytes, int]:
            diagnosis = self._car.vehicle.data.diagnosis
            return 0xFECA, _faults(diagnosis, diagnosis.stored if unit.engine else ()), unit.source

        return active

    def _content(self, unit: ControlUnit, pgn: int) -> bytes | None:
        diagnosis = self._car.vehicle.data.diagnosis
        if pgn == 0xFECE:
            return _readiness(diagnosis) if unit.engine else bytes([0, 0, NO_PART, 0, 0, 0, 0, 0])
        if pgn == 0xD300:
            pairs = zip(unit.cvns, unit.cal_ids, strict=True)
            return b"".join(cvn[::-1] + cal_id.encode().ljust(16) for cvn, cal_id in pairs)
        return self._engine_content(pgn, diagnosis) if unit.engine else None

    def _engine_content(self, pgn: int, diagnosis: Diagnosis) -> bytes | None:
        car = self._car.vehicle
        match pgn:
            case 0xFECA | 0xFED4:
                return _faults(diagnosis, diagnosis.stored)
            case 0xFECB:
                return _faults(diagnosis, ())
            case 0xFECF:
                return _faults(diagnosis, diagnosis.pending)
            case 0xFD80:
                return _faults(diagnosis, diagnosis.permanent)
            case 0xFEEC:
                return car.data.vin.encode() + b"*"
            case 0xFEE3:
                data = bytearray(b"\xff" * ENGINE_CONFIGURATION_LENGTH)
                data[TORQUE_AT : TORQUE_AT + 2] = _word(sensors.reference_torque_nm(car))
                return bytes(data)
            case 0xC100:
                minutes = diagnosis.distance_with_mil_km * 1.6
                km = _word(diagnosis.distance_with_mil_km) + _word(diagnosis.distance_since_clear_km)
                return km + _word(minutes) + NOT_TOLD
            case 0xC200:
                ratios = b"".join(_spn(spn, 0x1F) + _word(ran) + _word(could) for spn, ran, could in RATIOS)
                return _word(IGNITION_CYCLES) + _word(CONDITIONS_MET) + ratios
        return None

    # --- time -----------------------------------------------------------------------------------------------------

    def _repeat(self, period_s: float, broadcast: Callable[[], tuple[int, bytes, int]]) -> None:
        def again() -> None:
            pgn, data, source = broadcast()
            if len(data) <= 8:
                self._said.append(_frame(pgn, data, source, GLOBAL))
            else:
                sending = j1939_tp.Sending(pgn, data, source, GLOBAL, self._now_s * 1000.0)
                self._sending.setdefault(source, deque()).append(sending)
            self._later(period_s, again)

        self._later(period_s, again)

    def _later(self, after_s: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self._now_s + after_s, next(self._numbers), action))


def _broadcasts(car: Vehicle) -> list[tuple[float, Callable[[], tuple[int, bytes, int]]]]:
    """Return what the engine tells all the time: how often, and group, data and source."""

    def tells(pgn: int, data: Callable[[], bytes], source: int = 0x00) -> Callable[[], tuple[int, bytes, int]]:
        return lambda: (pgn, data().ljust(8, b"\xff"), source)

    def eec1() -> bytes:
        return b"\xff\xff" + _byte(sensors.torque_pct(car) + 125.0) + _word(car.engine_rpm / 0.125)

    def ic1() -> bytes:
        boost = max(0.0, sensors.manifold_kpa(car) - sensors.OUTSIDE_KPA)
        hot = _word((sensors.exhaust_c(car) + 273.0) / 0.03125)
        return b"\xff" + _byte(boost / 2.0) + _byte(car.ambient_c + 20.0 + 40.0) + NOT_TOLD + hot

    return [
        (0.02, tells(0xF004, eec1)),
        (0.06, tells(0xF003, lambda: b"\xff" + _byte(car.throttle * 250.0) + _byte(car.engine_load * 100.0))),
        (0.1, tells(0xFEF1, lambda: b"\xff" + _word(car.speed_kmh * 256.0))),
        (0.1, tells(0xFEF2, lambda: _word(sensors.fuel_l_h(car) * 20.0))),
        (0.1, tells(0xF00E, lambda: _word((car.nox_ppm + 200.0) * 20.0), 0x51)),
        (0.1, tells(0xF00F, lambda: _word((0.1 * car.nox_ppm + 200.0) * 20.0), 0x52)),
        (0.5, tells(0xFEF6, ic1)),
        (0.5, tells(0xFDB2, lambda: _word(sensors.filter_kpa(car) * 10.0))),
        (0.5, tells(0xF023, lambda: _word(sensors.reagent_l_h(car) * REAGENT_G_PER_L / 0.3), 0x3D)),
        (1.0, tells(0xFEEE, lambda: _byte(car.coolant_c + 40.0))),
        (1.0, tells(0xFEF5, lambda: _byte(sensors.OUTSIDE_KPA * 2.0))),
    ]


def _readiness(diagnosis: Diagnosis) -> bytes:
    low_open = sum(bit for name, bit in LOW_BITS.items() if name in diagnosis.incomplete)
    high_open = sum(bit for name, bit in HIGH_BITS.items() if name in diagnosis.incomplete)
    watched = bytes([CONTINUOUS, sum(LOW_BITS.values()), sum(HIGH_BITS.values()), low_open, high_open])
    return bytes([len(diagnosis.stored), 0, HD_OBD]) + watched


def _faults(diagnosis: Diagnosis, codes: tuple[str, ...]) -> bytes:
    lamps = bytes([0x40 if diagnosis.mil_on else 0x00, 0xFF])
    body = b"".join(_spn(*_parts(code)) + b"\x01" for code in codes) or bytes(4)
    return (lamps + body).ljust(8, b"\xff")


def _parts(code: str) -> tuple[int, int]:
    spn, fmi = code.split()
    return int(spn.removeprefix("SPN")), int(fmi.removeprefix("FMI"))


def _spn(spn: int, fmi: int) -> bytes:
    return bytes([spn & 0xFF, spn >> 8 & 0xFF, (spn >> 16 & 7) << 5 | fmi])


def _frame(pgn: int, data: bytes, source: int, to: int) -> CanFrame:
    destination = to if pgn >> 8 & 0xFF < 0xF0 else 0
    return CanFrame(6 << 26 | pgn << 8 | destination << 8 | source, data, extended=True)


def _byte(value: float) -> bytes:
    return bytes([min(250, max(0, round(value)))])


def _word(value: float) -> bytes:
    return min(0xFAFF, max(0, round(value))).to_bytes(2, "little")
