"""The vocabulary of the one-byte "503 dialect": what can be asked, and what can be answered.

Knows common command bytes, reply words and the values that blocks carry. Does not know how models differ (see
models_503), how a block is laid out in bytes (see dialect_503), nor ports, time, or what a reading is used for.
"""

from dataclasses import dataclass
from enum import Enum


class Action(Enum):
    """What the host can ask for; the value is the command byte unless the model says otherwise (see Model)."""

    READ_DATA = 0x01
    READ_AMBIENT = 0x02
    PUMP_AMBIENT = 0x03
    PUMP_SAMPLE = 0x04
    BACK_PURGE = 0x05
    STOP_PUMP = 0x06
    LEAK_CHECK = 0x07
    ZERO = 0x08
    WRITE_CALIBRATION_GAS = 0x09
    CALIBRATE = 0x0A
    WRITE_CHECK_GAS = 0x0B
    CHECK = 0x0C
    READ_PEF = 0x0D
    CLEAR_NO_AGED = 0x0E
    ZERO_WITH_AMBIENT_AIR = 0x0F
    ZERO_WITH_ZERO_AIR = 0x10
    FOUR_STROKE = 0x11
    TWO_STROKE = 0x12
    SINGLE_IGNITION = 0x13
    DOUBLE_IGNITION = 0x14
    AUTO_ZERO_ON = 0x15
    AUTO_ZERO_OFF = 0x16
    KEYBOARD_UNLOCK = 0x17
    KEYBOARD_LOCK = 0x18
    DISPLAY_ON = 0x19
    DISPLAY_OFF = 0x1A
    CALIBRATE_AMBIENT_TEMP = 0x1B
    CALIBRATE_OIL_TEMP = 0x1D
    CALIBRATE_HUMIDITY = 0x1E
    CALIBRATE_PRESSURE = 0x1F
    OPEN_CHECK_VALVE = 0x20
    CLOSE_CHECK_VALVE = 0x21
    READ_STATUS = 0x26
    READ_WARM_UP_LEFT = 0x27
    FUEL_PETROL = 0x28
    FUEL_LPG = 0x29
    FUEL_NATURAL_GAS = 0x2A
    FUEL_GASOHOL = 0x2B
    READ_DATA_WITH_TRAP = 0x2C
    # Without a byte that models share: each that knows them has its own.
    START_TEST = 0x100
    PREPARE_TEST = 0x101
    OPEN_CALIBRATION_VALVE = 0x102
    CLOSE_CALIBRATION_VALVE = 0x103
    OPEN_ZERO_VALVE = 0x104
    CLOSE_ZERO_VALVE = 0x105


LONG_RUNNING = frozenset({Action.LEAK_CHECK, Action.ZERO, Action.CALIBRATE, Action.CHECK})
"""Polled with the same byte until it answers something else than RUNNING, unless the model says otherwise."""
GAS_WRITES = frozenset({Action.WRITE_CALIBRATION_GAS, Action.WRITE_CHECK_GAS})
SENSOR_WRITES = frozenset(
    {
        Action.CALIBRATE_AMBIENT_TEMP,
        Action.CALIBRATE_OIL_TEMP,
        Action.CALIBRATE_HUMIDITY,
        Action.CALIBRATE_PRESSURE,
    }
)


class Word(Enum):
    """A one-byte reply."""

    DONE = 0x00
    FAILED = 0x01
    BAD_CHECKSUM = 0x02
    RUNNING = 0x05
    ACCEPTED = 0x06
    REFUSED = 0x15


@dataclass(frozen=True, slots=True)
class CalibrationGas:
    """Bottle values for calibration or check."""

    c3h8_ppm: float
    co_pct: float
    co2_pct: float
    no_ppm: float


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``action`` is None for a byte that the model does not know."""

    action: Action | None
    code: int
    gas: CalibrationGas | None = None
    sensor_value: float | None = None


@dataclass(frozen=True, slots=True)
class Data:
    """The data block. ``lambda_`` and ``water_trap_full`` are None in the blocks that do not carry them."""

    hc_ppm: float
    co_pct: float
    co2_pct: float
    o2_pct: float
    no_ppm: float
    engine_rpm: float
    oil_temp_c: float
    flow_word: int
    status_byte: int
    lambda_: float | None
    water_trap_full: bool | None = None


@dataclass(frozen=True, slots=True)
class Ambient:
    """The ambient block."""

    ambient_temp_c: float
    pressure_kpa: float
    humidity_pct: float


@dataclass(frozen=True, slots=True)
class Status:
    """What the analyzer is doing: ``ready``, ``measuring``, ``warming``, ``leak_check``."""

    state: str


@dataclass(frozen=True, slots=True)
class WarmUpLeft:
    """Seconds of warm-up still to go."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Pef:
    """Propane equivalence factor."""

    pef: float


@dataclass(frozen=True, slots=True)
class CalibrationProgress:
    """What a running calibration shows."""

    hc_ppm: float
    co_pct: float
    co2_pct: float
    o2_pct: float
    no_ppm: float
    pef: float


Reply = Word | Data | Ambient | Status | WarmUpLeft | Pef | CalibrationProgress

STATES = {0x00: "ready", 0x01: "measuring", 0x02: "warming", 0x03: "leak_check", 0xF0: "ready", 0xF1: "measuring"}
"""Status byte -> state; the F0 and F1 come from new firmware."""
