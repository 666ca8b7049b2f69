"""Diagnostic messages of SAE J1939-73 that an inspection reads: lamps and codes, readiness, calibrations, performance.

Knows DM1, 2, 6, 12 and 28 (one layout), DM5, DM19, DM20, DM21, and the vehicle's identification. Does not know how they
travel, who must have which, or what is concluded. Monitors bear the names that J1979 has for the same (j1979).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from protocols import j1939_codes
from protocols.errors import FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.j1939_codes import Code

CONTINUOUS = ("misfire", "fuel_system", "components")
LOW_MONITORS = (
    "catalyst", "heated_catalyst", "evap", "secondary_air", "ac_refrigerant", "exhaust_gas_sensor",
    "exhaust_gas_sensor_heater", "egr_vvt",
)  # fmt: skip
HIGH_MONITORS = ("cold_start_aid", "boost_pressure", "pm_filter", "nox_scr", "nmhc_catalyst")
"""Bits 0 upwards of the bytes for monitors that run once a trip. Their order is not that of J1979."""
NO_OBD = frozenset({0x00, 0x05})
"""Compliance of units that have no part in on-board diagnosis; so have all from FB on."""
_LAST_COMPLIANCE = 0xFA
_LAMPS = ("mil", "red", "amber", "protect")
VIN_END = b"*"
_CALIBRATION, _RATIO_HEAD, _RATIO = 20, 4, 7


@dataclass(frozen=True, slots=True)
class Faults:
    """DM1, 2, 6, 12 or 28. Of each lamp: on, off, or (None) not told."""

    lamps: Mapping[str, bool | None]
    codes: tuple[Code, ...]

    @property
    def mil_on(self) -> bool | None:
        """The malfunction indicator."""
        return self.lamps["mil"]


@dataclass(frozen=True, slots=True)
class Readiness:
    """DM5. ``monitors`` holds the supported ones: name -> complete."""

    active: int
    previous: int
    compliance: int
    monitors: Mapping[str, bool]

    @property
    def takes_part(self) -> bool:
        """Whether this unit says that it has on-board diagnosis."""
        return self.compliance not in NO_OBD and self.compliance <= _LAST_COMPLIANCE


@dataclass(frozen=True, slots=True)
class Calibration:
    """One calibration: its identification and its verification number in hex."""

    cal_id: str
    cvn: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """How often one monitor has run, of how often it could have."""

    spn: int
    completed: int
    conditions: int


@dataclass(frozen=True, slots=True)
class Performance:
    """DM20."""

    ignition_cycles: int
    conditions: int
    ratios: tuple[Ratio, ...]

    @property
    def counts(self) -> dict[str, int]:
        """The counters by name."""
        named = {"obdcond": self.conditions, "igncntr": self.ignition_cycles}
        for ratio in self.ratios:
            named |= {f"spn{ratio.spn}_comp": ratio.completed, f"spn{ratio.spn}_cond": ratio.conditions}
        return named


@dataclass(frozen=True, slots=True)
class Since:
    """DM21: kilometres and minutes with the lamp on, and since codes were cleared; None where it does not tell."""

    km_with_mil: float | None
    km_since_clear: float | None
    min_with_mil: float | None
    min_since_clear: float | None


# --- lamps and codes --------------------------------------------------------------------------------------------


def decode_faults(data: bytes) -> Faults:
    """Read lamps and codes. What fills a short message up to eight bytes holds no code."""
    if len(data) < 6:
        raise FrameLengthError(f"lamps and a code have at least six bytes, here are {len(data)}")
    words = [data[at : at + 4] for at in range(2, len(data), 4)]
    if len(words[-1]) < 4 and words[-1].strip(b"\xff"):
        raise FrameLengthError(f"{words[-1].hex(' ')} is the beginning of a code")
    codes = (j1939_codes.decode(word) for word in words if len(word) == 4)
    return Faults(_lamps(data[0]), tuple(code for code in codes if code is not None))


def encode_faults(faults: Faults) -> bytes:
    """Write lamps and codes; their flashing is not told."""
    states = [{True: 1, False: 0, None: 3}[faults.lamps[name]] for name in _LAMPS]
    head = bytes([states[0] << 6 | states[1] << 4 | states[2] << 2 | states[3], 0xFF])
    body = b"".join(j1939_codes.encode(code) for code in faults.codes) or bytes(4)
    return (head + body).ljust(8, b"\xff")


def _lamps(byte: int) -> dict[str, bool | None]:
    states = (byte >> 6 & 3, byte >> 4 & 3, byte >> 2 & 3, byte & 3)
    return {name: {0: False, 1: True}.get(state) for name, state in zip(_LAMPS, states, strict=True)}


# --- readiness --------------------------------------------------------------------------------------------------


def decode_readiness(data: bytes) -> Readiness:
    """Read DM5."""
    if len(data) != 8:
        raise FrameLengthError(f"DM5 has eight bytes, here are {len(data)}")
    monitors = _monitors(CONTINUOUS, data[3] & 0x07, data[3] >> 4 & 0x07)
    monitors |= _monitors(LOW_MONITORS, data[4], data[6]) | _monitors(HIGH_MONITORS, data[5], data[7])
    return Readiness(data[0], data[1], data[2], monitors)


def encode_readiness(ready: Readiness) -> bytes:
    """Write DM5."""
    strange = set(ready.monitors) - {*CONTINUOUS, *LOW_MONITORS, *HIGH_MONITORS}
    if strange:
        raise ValueRangeError(f"J1939 has no monitor {', '.join(sorted(strange))}")
    groups = [_bits(names, ready.monitors) for names in (CONTINUOUS, LOW_MONITORS, HIGH_MONITORS)]
    (watched, unready), (low, low_open), (high, high_open) = groups
    head = bytes([ready.active, ready.previous, ready.compliance, watched | unready << 4])
    return head + bytes([low, high, low_open, high_open])


def _monitors(names: tuple[str, ...], supported: int, unready: int) -> dict[str, bool]:
    return {name: not unready >> bit & 1 for bit, name in enumerate(names) if supported >> bit & 1}


def _bits(names: tuple[str, ...], monitors: Mapping[str, bool]) -> tuple[int, int]:
    supported = sum(1 << bit for bit, name in enumerate(names) if name in monitors)
    return supported, sum(1 << bit for bit, name in enumerate(names) if not monitors.get(name, True))


# --- calibrations, performance, distances, identification -------------------------------------------------------


def decode_calibrations(data: bytes) -> tuple[Calibration, ...]:
    """Read DM19."""
    if not data or len(data) % _CALIBRATION:
        raise FrameLengthError(f"a calibration has {_CALIBRATION} bytes, here are {len(data)}")
    parts = [data[at : at + _CALIBRATION] for at in range(0, len(data), _CALIBRATION)]
    return tuple(Calibration(_text(part[4:]), part[3::-1].hex().upper()) for part in parts)


def encode_calibrations(calibrations: tuple[Calibration, ...]) -> bytes:
    """Write DM19."""
    return b"".join(bytes.fromhex(c.cvn)[::-1] + c.cal_id.encode("ascii").ljust(16) for c in calibrations)


def decode_performance(data: bytes) -> Performance:
    """Read DM20; a short one is filled up to eight bytes."""
    if len(data) < _RATIO_HEAD or ((len(data) - _RATIO_HEAD) % _RATIO and data[_RATIO_HEAD:].strip(b"\xff")):
        raise FrameLengthError(f"{len(data)} bytes are no whole number of ratios")
    whole = range(_RATIO_HEAD, len(data) - _RATIO + 1, _RATIO)
    ratios = (_ratio(data[at : at + _RATIO]) for at in whole)
    return Performance(_word(data), _word(data[2:]), tuple(ratio for ratio in ratios if ratio is not None))


def encode_performance(told: Performance) -> bytes:
    """Write DM20."""
    body = b"".join(
        bytes([r.spn & 0xFF, r.spn >> 8 & 0xFF, r.spn >> 11 & 0xE0 | 0x1F])
        + r.completed.to_bytes(2, "little")
        + r.conditions.to_bytes(2, "little")
        for r in told.ratios
    )
    head = told.ignition_cycles.to_bytes(2, "little") + told.conditions.to_bytes(2, "little")
    return (head + body).ljust(8, b"\xff")


def decode_since(data: bytes) -> Since:
    """Read DM21; newer ones are longer."""
    if len(data) < 8:
        raise FrameLengthError(f"DM21 has at least eight bytes, here are {len(data)}")
    words = [_word(data[at:]) for at in range(0, 8, 2)]
    return Since(*(None if word > 0xFAFF else float(word) for word in words))


def encode_since(since: Since) -> bytes:
    """Write DM21."""
    values = (since.km_with_mil, since.km_since_clear, since.min_with_mil, since.min_since_clear)
    return b"".join((0xFFFF if value is None else round(value)).to_bytes(2, "little") for value in values)


def decode_vin(data: bytes) -> str:
    """Read the vehicle's identification, which ends with a star."""
    return _text(data.split(VIN_END)[0].rstrip(b"\xff"))


def encode_vin(vin: str) -> bytes:
    """Write the vehicle's identification."""
    return vin.encode("ascii") + VIN_END


def _ratio(part: bytes) -> Ratio | None:
    spn = j1939_codes.spn_and_fmi(part)[0]
    no_monitor = spn in (0, j1939_codes.LARGEST_SPN)
    return None if no_monitor else Ratio(spn, _word(part[3:]), _word(part[5:]))


def _word(data: bytes) -> int:
    return int.from_bytes(data[:2], "little")


def _text(data: bytes) -> str:
    plain = data.strip(b"\x00 \xff")
    if not all(0x20 <= byte < 0x7F for byte in plain):
        raise UnknownFrameError(f"{data.hex(' ')} is no text")
    return plain.decode("ascii")
