"""The control units of a car on its diagnostic bus: SAE J1979 requests in, messages out.

Knows what each unit supports and how its numbers are written. Does not know CAN frames, scan tools or wires.
Written from the tables of the standard and not from the codec the host uses, so that a slip there meets resistance.
"""

from collections.abc import Callable
from dataclasses import dataclass

from simulators.presets import ControlUnit, Diagnosis
from simulators.vehicle import Vehicle

SUPPORTED_MONITORS = {"catalyst": 0x01, "evap": 0x04, "o2_sensor": 0x20, "o2_heater": 0x40, "egr_vvt": 0x80}
DIESEL_MONITORS = {
    "nmhc_catalyst": 0x01,
    "nox_scr": 0x02,
    "boost_pressure": 0x08,
    "exhaust_gas_sensor": 0x20,
    "pm_filter": 0x40,
    "egr_vvt": 0x80,
}
CONTINUOUS_SUPPORTED = 0x07
COMPRESSION = 0x08
"""Set where the monitors are those of a compression ignition engine."""
SPARK_ONLY = frozenset({0x03, 0x06, 0x07, 0x0E, 0x13, 0x15, 0x34, 0x44})
DIESEL_ONLY = frozenset({0x83})
FUEL_CODES = {"petrol": 0x01, "diesel": 0x04}
BOOST_KPA = 85.0
GEARBOX_MONITORS = b"\x00\x04\x00\x00"
"""No lamp, no code; components watched and complete."""
CODE_LETTERS = "PCBU"
CONDITIONS_MET, IGNITION_CYCLES = 412, 1530
COMPLETIONS = (388, 402, 0, 0, 375, 402, 0, 0, 366, 402, 0, 0, 120, 201, 0, 0, 351, 402)
"""In-use performance: completions and conditions of cat 1, cat 2, O2 1, O2 2, EGR, air, EVAP, second O2 1 and 2."""
WAIT_NRC = 0x78


@dataclass(frozen=True, slots=True)
class Answer:
    """One message of one control unit, after this long."""

    unit: ControlUnit
    message: bytes
    delay_s: float = 0.0


class ControlUnits:
    """Everything that answers on the bus of one car."""

    def __init__(self, vehicle: Vehicle) -> None:
        self._vehicle = vehicle
        self._live = _live_values(vehicle)

    @property
    def awake(self) -> bool:
        """Whether anybody is there to answer: the key must be on."""
        return self._vehicle.ignition != "off"

    @property
    def protocol(self) -> str:
        """The bus they are on, as an ELM327 counts them."""
        return self._vehicle.data.diagnosis.protocol

    @property
    def units(self) -> tuple[ControlUnit, ...]:
        """Who is there to answer."""
        return self._vehicle.data.diagnosis.units

    def ask(self, request: bytes, target: int | None = None) -> list[Answer]:
        """Return the answers to a request, of all units or of one (its address or source); silence is an empty list."""
        if not self.awake or not request:
            return []
        asked = [each for each in self.units if target in (None, each.address, each.source)]
        return [answer for each in asked for answer in self._answers(each, request)]

    def _answers(self, unit: ControlUnit, request: bytes) -> list[Answer]:
        service, rest = request[0], request[1:]
        match service:
            case 0x01:
                data = self._service_01(unit, rest)
            case 0x03 | 0x07 | 0x0A:
                data = self._codes(unit, service)
            case 0x09:
                return self._service_09(unit, rest)
            case _:
                data = b""
        return [Answer(unit, bytes([service + 0x40]) + data)] if data else []

    def _service_01(self, unit: ControlUnit, pids: bytes) -> bytes:
        """Several parameters may be asked at once; those a unit does not have it leaves out."""
        parts = (self._parameter(unit, pid) for pid in pids[:6])
        return b"".join(part for part in parts if part)

    def _parameter(self, unit: ControlUnit, pid: int) -> bytes:
        known = self._known_pids(unit)
        if pid % 0x20 == 0:
            mask = _mask(known, pid)
            return bytes([pid]) + mask if any(mask) or pid == 0 else b""
        if pid == 0x01 and not unit.engine:
            return bytes([pid]) + GEARBOX_MONITORS
        return bytes([pid]) + self._live[pid]() if pid in known else b""

    def _known_pids(self, unit: ControlUnit) -> frozenset[int]:
        return frozenset(self._live) if unit.engine else frozenset({0x01, 0x0D, 0x1C})

    def _codes(self, unit: ControlUnit, service: int) -> bytes:
        diagnosis = self._vehicle.data.diagnosis
        codes = {0x03: diagnosis.stored, 0x07: diagnosis.pending, 0x0A: diagnosis.permanent}[service]
        if not unit.engine:
            codes = ()
        return bytes([len(codes)]) + b"".join(encode_code(code) for code in codes)

    def _service_09(self, unit: ControlUnit, rest: bytes) -> list[Answer]:
        info = rest[0] if rest else 0
        data = self._information(unit, info)
        if not data:
            return []
        message = bytes([0x49, info]) + data
        if info == 0x06 and unit.cvn_delay_s > 0.0:
            return [Answer(unit, bytes([0x7F, 0x09, WAIT_NRC])), Answer(unit, message, unit.cvn_delay_s)]
        return [Answer(unit, message)]

    def _information(self, unit: ControlUnit, info: int) -> bytes:
        items = {
            0x04: [cal_id.encode().ljust(16, b"\0") for cal_id in unit.cal_ids],
            0x06: list(unit.cvns),
            0x0A: [unit.name.encode().ljust(20, b"\0")],
        }
        if unit.engine:
            counters = (CONDITIONS_MET, IGNITION_CYCLES, *COMPLETIONS)
            items[0x02] = [self._vehicle.data.vin.encode().rjust(17, b"\0")]
            if self._vehicle.diesel is None:
                items[0x08] = [counter.to_bytes(2, "big") for counter in counters]
        if info == 0:
            return _mask(frozenset(items), 0)
        return bytes([len(items[info])]) + b"".join(items[info]) if items.get(info) else b""


def encode_code(code: str) -> bytes:
    """Write a trouble code such as P0420 as its two bytes."""
    return (CODE_LETTERS.index(code[0]) << 14 | int(code[1:], 16)).to_bytes(2, "big")


def _mask(known: frozenset[int], base: int) -> bytes:
    """Bit by bit, first bit first: which of the 32 numbers after the base there are; the last says that more follow."""
    bits = sum(1 << (32 - (number - base)) for number in known if base < number < base + 0x20)
    if any(number > base + 0x20 for number in known):
        bits |= 1
    return bits.to_bytes(4, "big")


def _monitor_status(diagnosis: Diagnosis, *, diesel: bool) -> bytes:
    monitors = DIESEL_MONITORS if diesel else SUPPORTED_MONITORS
    supported = sum(monitors.values())
    incomplete = sum(monitors[name] for name in diagnosis.incomplete)
    lamp_and_count = (0x80 if diagnosis.mil_on else 0) | len(diagnosis.stored)
    return bytes([lamp_and_count, CONTINUOUS_SUPPORTED | (COMPRESSION if diesel else 0), supported, incomplete])


def _byte(value: float) -> bytes:
    return bytes([min(255, max(0, round(value)))])


def _word(value: float) -> bytes:
    return min(65535, max(0, round(value))).to_bytes(2, "big")


def _live_values(car: Vehicle) -> dict[int, Callable[[], bytes]]:
    """Every live parameter of an engine's control unit, as it is now."""
    diesel = car.diesel is not None
    values = _all_live_values(car, diesel=diesel)
    return {pid: value for pid, value in values.items() if pid not in (SPARK_ONLY if diesel else DIESEL_ONLY)}


def _all_live_values(car: Vehicle, *, diesel: bool) -> dict[int, Callable[[], bytes]]:
    diagnosis = car.data.diagnosis
    return {
        0x01: lambda: _monitor_status(diagnosis, diesel=diesel),
        0x03: lambda: b"\x02\x00" if car.running else b"\x00\x00",
        0x04: lambda: _byte(car.engine_load * 255.0),
        0x05: lambda: _byte(car.coolant_c + 40.0),
        0x06: lambda: b"\x80",
        0x07: lambda: b"\x82",
        0x0B: lambda: _byte(manifold_kpa(car)),
        0x0C: lambda: _word(car.engine_rpm * 4.0),
        0x0D: lambda: _byte(car.speed_kmh),
        0x0E: lambda: b"\x92",
        0x0F: lambda: _byte(car.ambient_c + 8.0 + 40.0),
        0x10: lambda: _word(air_g_s(car) * 100.0),
        0x11: lambda: _byte((0.13 + 0.75 * car.throttle) * 255.0),
        0x13: lambda: b"\x03",
        0x15: lambda: b"\x8c\xff",
        0x1C: lambda: bytes([diagnosis.obd_type]),
        0x1F: lambda: _word(car.run_time_s),
        0x21: lambda: _word(diagnosis.distance_with_mil_km),
        0x2F: lambda: b"\x8f",
        0x30: lambda: _byte(diagnosis.warm_ups_since_clear),
        0x31: lambda: _word(diagnosis.distance_since_clear_km),
        0x33: lambda: b"\x65",
        0x34: lambda: _word(mixture(car) * 32768.0) + b"\x80\x00",
        0x42: lambda: _word(battery_v(car) * 1000.0),
        0x44: lambda: _word(mixture(car) * 32768.0),
        0x49: lambda: _byte((car.throttle if diesel else 0.15 + 0.6 * car.throttle) * 255.0),
        0x4D: lambda: _word(diagnosis.distance_with_mil_km * 1.6),
        0x51: lambda: bytes([FUEL_CODES[car.data.fuel]]),
        0x83: lambda: b"\x01" + _word(car.nox_ppm) + bytes(6),  # one sensor of four is fitted
    }


def mixture(car: Vehicle) -> float:
    """Lambda before the catalyst: closed loop holds 1, a fault may not."""
    if not car.running:
        return 1.0
    return 1.0 if car.data.condition.air_ratio > 0.97 else car.data.condition.air_ratio


def manifold_kpa(car: Vehicle) -> float:
    """Pressure in the intake."""
    if not car.running:
        return 101.0
    return 20.0 + 80.0 * car.engine_load if car.diesel is None else 100.0 + BOOST_KPA * car.diesel.boost


def air_g_s(car: Vehicle) -> float:
    """Air that the engine breathes."""
    filled = 1.18 * 0.85 * manifold_kpa(car) / 101.0
    return car.data.displacement_l * car.engine_rpm / 120.0 * filled if car.running else 0.0


def battery_v(car: Vehicle) -> float:
    """Voltage at the diagnostic connector."""
    return 14.1 if car.running else 12.4
