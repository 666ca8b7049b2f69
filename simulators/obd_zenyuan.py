"""Wire face of a ZenYuan VCI box in a car's diagnostic socket: packets in, packets out.

Knows what the box tells of the car that it is plugged into, and how long it looks for one. Does not know ports, time of
day, or what a host wants with the data. Bytes that no reader looks at are filled with zeros.
"""

from collections import deque
from collections.abc import Callable

from simulators import engine_sensors as sensors
from simulators.ecu import ControlUnits, encode_code
from simulators.vehicle import Vehicle

FIRMWARE = b"ZY-VCI V2.17 20180611"
SEARCH_S, ANSWER_S = 2.0, 0.06
LONGEST = 256
BOX_PROTOCOLS = {"3": 3, "4": 2, "5": 1, "6": 4, "8": 4, "7": 5, "9": 5}
SAE_J1939 = 8
ONLINE, OFFLINE, DIESEL = 2, 1, 2
ORDER = (
    "catalyst", "heated_catalyst", "evap", "secondary_air", "o2_sensor", "o2_heater", "egr_vvt", "nmhc_catalyst",
    "nox_scr", "pm_filter", "boost_pressure",
)  # fmt: skip
FITTED = {
    "petrol": frozenset({"catalyst", "evap", "o2_sensor", "o2_heater", "egr_vvt"}),
    "diesel": frozenset({"nmhc_catalyst", "nox_scr", "boost_pressure", "pm_filter", "egr_vvt"}),
}


class ZenYuanFace:
    """A box on a serial cable. ``socket`` returns the control units it is plugged into now, or None."""

    def __init__(self, socket: Callable[[], ControlUnits | None]) -> None:
        self.sees_adapter = True
        """False as a fault: the part in the vehicle's socket is out of reach."""
        self.hears_damage = False
        """A fault: every question reaches it damaged."""
        self._socket = socket
        self._pending = bytearray()
        self._queue: deque[tuple[float, bytes]] = deque()
        self._found: ControlUnits | None = None
        self._fuel = 1

    def switches(self) -> dict[str, Callable[[bool], None]]:
        """Return what can go wrong inside, and how it is switched on and off."""
        return {
            "no_adapter": lambda on: setattr(self, "sees_adapter", not on),
            "hears_damage": lambda on: setattr(self, "hears_damage", on),
        }

    def feed(self, data: bytes) -> bytes:
        """Take what the host wrote, in any chunking."""
        self._pending += data
        while (begin := self._pending.find(b"\xaa\x55")) >= 0 and len(self._pending) >= begin + 4:
            del self._pending[:begin]
            length = int.from_bytes(self._pending[2:4], "big") + 3
            if not 7 <= length <= LONGEST:
                del self._pending[:2]
                continue
            if len(self._pending) < length:
                break
            frame = bytes(self._pending[:length])
            del self._pending[:length]
            self._take(frame)
        del self._pending[:-LONGEST]
        return b""

    def step(self, dt_s: float) -> bytes:
        """Let time pass; return the answer that falls due."""
        if not self._queue:
            return b""
        left_s, answer = self._queue[0]
        if left_s > dt_s + 1e-9:
            self._queue[0] = (left_s - dt_s, answer)
            return b""
        self._queue.popleft()
        return answer

    def _take(self, frame: bytes) -> None:
        if self.hears_damage or sum(frame[2:-1]) & 0xFF != frame[-1]:
            self._queue.append((ANSWER_S, _packet(0x7F, 0x21, b"")))
            return
        group, function, data = frame[4], frame[5], frame[6:-1]
        told, after_s = self._answer(group, function, data), ANSWER_S
        if (group, function) == (0x33, 0x00):
            after_s = SEARCH_S
        if told is not None:
            self._queue.append((after_s, _packet(group, function, told)))

    def _answer(self, group: int, function: int, data: bytes) -> bytes | None:
        if group == 0xA1:
            return {0x01: bytes([ONLINE if self.sees_adapter else OFFLINE]), 0x08: FIRMWARE}.get(function)
        if group != 0x33:
            return None
        if function == 0x00:
            return bytes([self._search(data)])
        car = self._found
        if car is None or self._socket() is not car or not car.awake:
            return b""  # it has nothing to tell
        return self._tell(car, function, data)

    def _search(self, data: bytes) -> int:
        car = self._socket()
        self._found, self._fuel = None, data[1] if len(data) > 1 else 1
        if car is None or not car.awake or not self.sees_adapter:
            return 0
        self._found = car
        return SAE_J1939 if car.dialect == "j1939" else BOX_PROTOCOLS[car.protocol]

    def _tell(self, car: ControlUnits, function: int, data: bytes) -> bytes | None:
        diagnosis, vehicle, engine = car.vehicle.data.diagnosis, car.vehicle, car.units[0]
        match function:
            case 0x01:
                return bytes([len(diagnosis.stored)]) + b"".join(encode_code(code) for code in diagnosis.stored)
            case 0x02:
                return diagnosis.distance_with_mil_km.to_bytes(2, "big")
            case 0x03:
                fitted = FITTED["petrol" if vehicle.diesel is None else "diesel"]
                states = (0 if name not in fitted else 2 if name in diagnosis.incomplete else 1 for name in ORDER)
                return bytes([diagnosis.mil_on, 1, 1, 1, *states])
            case 0x05:
                return vehicle.data.vin.encode()
            case 0x06:
                return _word(vehicle.engine_rpm * 4.0) + bytes(
                    [round(vehicle.speed_kmh), round(vehicle.coolant_c + 40)]
                )
            case 0x07 if data == b"\x02":
                return engine.cal_ids[0].encode().ljust(16, b"\0")
            case 0x07 if data == b"\x03":
                return bytes([len(engine.cvns)]) + b"".join(engine.cvns)
            case 0x08:
                return bytes([diagnosis.obd_type])
            case 0x09:
                pairs = 7 if self._fuel == DIESEL else 9
                return bytes(2) + b"".join(_word(300 + n) + _word(400 + n) for n in range(pairs))
            case 0x0B:
                return _diesel_list(vehicle) if self._fuel == DIESEL else _petrol_list(vehicle)
        return b""


def _petrol_list(car: Vehicle) -> bytes:
    data = bytearray(10)
    data[0], data[1] = round((0.13 + 0.75 * car.throttle) * 255), round(car.engine_load * 255)
    data[4], data[5:7] = round(car.speed_kmh), _word(car.engine_rpm * 4.0)
    return bytes(data)


def _diesel_list(car: Vehicle) -> bytes:
    data = bytearray(25)
    data[0], data[1], data[20] = round(car.throttle * 255), round(car.speed_kmh), round(sensors.egr_pct(car))
    return bytes(data)


def _word(value: float) -> bytes:
    return min(0xFFFF, max(0, round(value))).to_bytes(2, "big")


def _packet(group: int, function: int, data: bytes) -> bytes:
    body = (len(data) + 4).to_bytes(2, "big") + bytes([group, function]) + data
    return b"\xaa\x55" + body + bytes([sum(body) & 0xFF])
