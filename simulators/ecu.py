"""The control units of a car on its diagnostic bus: requests of SAE J1979, or of ISO 27145, in; messages out.

Knows what each unit supports and how its numbers are written. Does not know CAN frames, scan tools or wires.
Written from the tables of the standard and not from the codec the host uses, so that a slip there meets resistance.
"""

from collections.abc import Callable
from dataclasses import dataclass

from simulators import engine_sensors as sensors
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
DIESEL_ONLY = frozenset({0x23, 0x2C, 0x5E, 0x61, 0x62, 0x63, 0x78, 0x7A, 0x83, 0x85})
FUEL_CODES = {"petrol": 0x01, "diesel": 0x04}
GEARBOX_MONITORS = b"\x00\x04\x00\x00"
"""No lamp, no code; components watched and complete."""
CODE_LETTERS = "PCBU"
CONDITIONS_MET, IGNITION_CYCLES = 412, 1530
COMPLETIONS = (388, 402, 0, 0, 375, 402, 0, 0, 366, 402, 0, 0, 120, 201, 0, 0, 351, 402)
"""In-use performance: completions and conditions of cat 1, cat 2, O2 1, O2 2, EGR, air, EVAP, second O2 1 and 2."""
WAIT_NRC, OUT_OF_RANGE = 0x78, 0x31
KIND_OF_FAILURE = b"\x13"
"""Third byte of a code in ISO 27145: an open circuit."""
DIESEL_COMPLETIONS = (388, 402, 120, 201, 0, 0, 366, 402, 351, 402, 375, 402, 290, 402, 0, 0)
"""Completions and conditions of NMHC and NOx catalyst, NOx adsorber, particle filter, exhaust sensor, EGR, boost,
fuel."""


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
    def dialect(self) -> str:
        """What they speak: ``j1979``, ``iso27145`` or ``j1939``."""
        return self._vehicle.data.diagnosis.dialect

    @property
    def vehicle(self) -> Vehicle:
        """The car that they are in."""
        return self._vehicle

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
        answers = {"j1979": self._answers, "iso27145": self._answers_uds}.get(self.dialect)
        return [answer for each in asked for answer in answers(each, request)] if answers is not None else []

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

    def _answers_uds(self, unit: ControlUnit, request: bytes) -> list[Answer]:
        """ISO 27145: identifiers F4xx and F8xx bear what J1979 has under xx, vehicle information without its count."""
        service, rest = request[0], request[1:]
        if service == 0x19:
            data = self._codes_uds(unit, rest)
            return [Answer(unit, data)] if data else []
        if service != 0x22 or len(rest) != 2:
            return []
        if rest == b"\xf8\x10":
            return [Answer(unit, b"\x62\xf8\x10\x01")]
        number = rest[1]
        if rest[0] == 0xF4:
            content = self._parameter(unit, number)[1:]
        else:
            content = self._information(unit, number)[1 if number else 0 :] if rest[0] == 0xF8 else b""
        if not content:
            return [Answer(unit, bytes([0x7F, 0x22, OUT_OF_RANGE]))] if unit.engine else []
        message = b"\x62" + rest + content
        if rest == b"\xf8\x06" and unit.cvn_delay_s > 0.0:
            return [Answer(unit, bytes([0x7F, 0x22, WAIT_NRC])), Answer(unit, message, unit.cvn_delay_s)]
        return [Answer(unit, message)]

    def _codes_uds(self, unit: ControlUnit, rest: bytes) -> bytes:
        diagnosis = self._vehicle.data.diagnosis
        if rest == b"\x55\x33":
            head, codes, severity, status = b"\x59\x55\x33\xff\x04", diagnosis.permanent, b"", 0x08
        elif len(rest) == 4 and rest[:2] == b"\x42\x33" and rest[2] in (0x04, 0x08):
            head, severity, status = b"\x59\x42\x33\xff\x1e\x04", b"\x02", rest[2]
            codes = diagnosis.stored if status == 0x08 else diagnosis.pending
        else:
            return b""
        found = codes if unit.engine else ()
        return head + b"".join(severity + encode_code(code) + KIND_OF_FAILURE + bytes([status]) for code in found)

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
            diesel_counters = (CONDITIONS_MET, IGNITION_CYCLES, *DIESEL_COMPLETIONS)
            info_type, told = (0x08, counters) if self._vehicle.diesel is None else (0x0B, diesel_counters)
            items[info_type] = [counter.to_bytes(2, "big") for counter in told]
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
        0x0B: lambda: _byte(sensors.manifold_kpa(car)),
        0x0C: lambda: _word(car.engine_rpm * 4.0),
        0x0D: lambda: _byte(car.speed_kmh),
        0x0E: lambda: b"\x92",
        0x0F: lambda: _byte(car.ambient_c + 8.0 + 40.0),
        0x10: lambda: _word(sensors.air_g_s(car) * 100.0),
        0x11: lambda: _byte((0.13 + 0.75 * car.throttle) * 255.0),
        0x13: lambda: b"\x03",
        0x15: lambda: b"\x8c\xff",
        0x1C: lambda: bytes([diagnosis.obd_type]),
        0x1F: lambda: _word(car.run_time_s),
        0x21: lambda: _word(diagnosis.distance_with_mil_km),
        0x23: lambda: _word(sensors.rail_kpa(car) / 10.0),
        0x2C: lambda: _byte(sensors.egr_pct(car) * 2.55),
        0x2F: lambda: b"\x8f",
        0x30: lambda: _byte(diagnosis.warm_ups_since_clear),
        0x31: lambda: _word(diagnosis.distance_since_clear_km),
        0x33: lambda: b"\x65",
        0x34: lambda: _word(sensors.mixture(car) * 32768.0) + b"\x80\x00",
        0x42: lambda: _word(sensors.battery_v(car) * 1000.0),
        0x44: lambda: _word(sensors.mixture(car) * 32768.0),
        0x49: lambda: _byte((car.throttle if diesel else 0.15 + 0.6 * car.throttle) * 255.0),
        0x4D: lambda: _word(diagnosis.distance_with_mil_km * 1.6),
        0x51: lambda: bytes([FUEL_CODES[car.data.fuel]]),
        0x5E: lambda: _word(sensors.fuel_l_h(car) * 20.0),
        0x61: lambda: _byte(sensors.torque_pct(car) + 125.0),
        0x62: lambda: _byte(sensors.torque_pct(car) + 125.0),
        0x63: lambda: _word(sensors.reference_torque_nm(car)),
        0x78: lambda: b"\x01" + _word((sensors.exhaust_c(car) + 40.0) * 10.0) + bytes(6),
        0x7A: lambda: b"\x01" + _word(sensors.filter_kpa(car) * 100.0) + bytes(4),
        0x83: lambda: b"\x01" + _word(car.nox_ppm) + bytes(6),  # one sensor of four is fitted
        0x85: lambda: b"\x01" + _word(sensors.reagent_l_h(car) * 200.0) + bytes(7),
    }
