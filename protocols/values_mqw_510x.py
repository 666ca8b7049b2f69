"""The blocks of values inside the frames of Mingquan's MQW-5101 and MQW-5102: words of 16 bits with a sign, and bytes.

Knows the order, the scale and the unit of each value. Does not know frames, codes, status bits or ports.
"""

from dataclasses import dataclass, fields

from protocols.errors import UnknownFrameError, ValueRangeError
from protocols.words16 import word

WITH_SMOKE = b"\x02\x01"
"""Selector of the MQW-5102's data with the words of its smoke meter; the only form whose answer is published."""


@dataclass(frozen=True, slots=True)
class Data5101:
    """One look through an MQW-5101, with its weather sensor and its smoke meter."""

    no_ppm: float
    ambient_temp_c: float
    humidity_pct: float
    pressure_kpa: float
    oil_temp_c: float
    line_pressure_kpa: float
    engine_rpm: float
    opacity_n_pct: float
    opacity_ns_pct: float
    opacity_k_per_m: float
    chamber_temp_c: float
    smoke_temp_c: float


@dataclass(frozen=True, slots=True)
class Data5102:
    """One look through an MQW-5102, with the smoke meter at its side. One reader calls the word of NO NOx."""

    line_pressure_kpa: float
    oil_temp_c: float
    engine_rpm: float
    no_ppm: float
    co2_pct: float
    opacity_n_pct: float
    opacity_ns_pct: float
    opacity_k_per_m: float
    smoke_temp_c: float


@dataclass(frozen=True, slots=True)
class Background:
    """The result of the background test."""

    no_ppm: float


@dataclass(frozen=True, slots=True)
class Ambient:
    """The result of the ambient air test."""

    no_ppm: float
    ambient_temp_c: float
    humidity_pct: float
    pressure_kpa: float
    oil_temp_c: float


@dataclass(frozen=True, slots=True)
class SmokeMaxima:
    """The highest smoke since it was cleared."""

    opacity_n_pct: float
    opacity_ns_pct: float
    opacity_k_per_m: float


_BACKGROUND = (1,)
_AMBIENT = (1, 10, 10, 100, 10)
_DATA_5101 = (*_AMBIENT, 10, 1, 10, 10, 100)
_DATA_5102 = (10, 10, 1, 1, 100, 100, 100, 100)
_SMOKE_MAXIMA = (100, 100, 100)
"""What each 16-bit word of a block is divided by."""


def encode_data_5101(data: Data5101) -> bytes:
    """Encode the data of an MQW-5101."""
    return _words(_fields(data)[:-2], _DATA_5101) + _byte(data.chamber_temp_c) + _byte(data.smoke_temp_c)


def decode_data_5101(block: bytes) -> Data5101:
    """Decode the data of an MQW-5101; its last two bytes are temperatures."""
    return Data5101(*(*_values(block, _DATA_5101), float(block[20]), float(block[21])))


def encode_data_5102(data: Data5102) -> bytes:
    """Encode the data of an MQW-5102. Readers differ on the last byte (unused, or of the temperature); here it is 0."""
    return WITH_SMOKE + _words(_fields(data)[:-1], _DATA_5102) + _byte(data.smoke_temp_c) + b"\x00"


def decode_data_5102(block: bytes) -> Data5102:
    """Decode the data of an MQW-5102, with the words of its smoke meter."""
    if block[:2] != WITH_SMOKE:
        raise UnknownFrameError(f"data of another kind: {block[:2].hex(' ').upper()}")
    return Data5102(*(*_values(block[2:], _DATA_5102), float(block[18])))


def encode_background(result: Background) -> bytes:
    """Encode the result of the background test."""
    return _words(_fields(result), _BACKGROUND)


def decode_background(block: bytes) -> Background:
    """Decode the result of the background test."""
    return Background(*_values(block, _BACKGROUND))


def encode_ambient(result: Ambient) -> bytes:
    """Encode the result of the ambient air test."""
    return _words(_fields(result), _AMBIENT)


def decode_ambient(block: bytes) -> Ambient:
    """Decode the result of the ambient air test."""
    return Ambient(*_values(block, _AMBIENT))


def encode_smoke_maxima(maxima: SmokeMaxima) -> bytes:
    """Encode the highest smoke."""
    return _words(_fields(maxima), _SMOKE_MAXIMA)


def decode_smoke_maxima(block: bytes) -> SmokeMaxima:
    """Decode the highest smoke."""
    return SmokeMaxima(*_values(block, _SMOKE_MAXIMA))


def _fields(block: Background | Ambient | SmokeMaxima | Data5101 | Data5102) -> tuple[float, ...]:
    return tuple(getattr(block, field.name) for field in fields(block))


def _values(block: bytes, divisors: tuple[int, ...]) -> tuple[float, ...]:
    words = (int.from_bytes(block[2 * n : 2 * n + 2], "big", signed=True) for n in range(len(divisors)))
    return tuple(word / divisor for word, divisor in zip(words, divisors, strict=True))


def _words(values: tuple[float, ...], divisors: tuple[int, ...]) -> bytes:
    return b"".join(word(value * divisor, signed=True) for value, divisor in zip(values, divisors, strict=True))


def _byte(value: float) -> bytes:
    try:
        return round(value).to_bytes(1, "big")
    except (OverflowError, ValueError):
        raise ValueRangeError(f"{value} does not fit into a byte") from None
