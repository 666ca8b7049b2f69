"""The ZenYuan VCI box (广州正原): a reader that speaks to the vehicle by itself and hands over what it heard.

Knows its packets (AA 55, length, group, function, data, sum) and what each answer holds. Does not know ports, time, or
which questions a check asks. Grade B: one public lane program attests all of it, with slips of its own. Where that
program reads a word in two ways, or in an order that no other word of the box has, the word is left alone (DISPUTED),
not guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from protocols.errors import ChecksumError, FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.framing import FrameCutter, OneReply, begins_like
from protocols.j1979 import VIN_LENGTH, decode_code, encode_code

MARK = b"\xaa\x55"
LONGEST = 1024
_LENGTH_AT, _DATA_AT, _HEAD = 2, 6, 4
"""The length counts itself, group, function and data."""
VEHICLE, BOX, NOTICE = 0x33, 0xA1, 0x7F
CONNECT, STORED, DISTANCE, READINESS, VIN, ENGINE = (VEHICLE << 8 | n for n in (0x00, 0x01, 0x02, 0x03, 0x05, 0x06))
CALIBRATION, OBD_TYPE, PERFORMANCE, ODOMETER, LIVE = (VEHICLE << 8 | n for n in (0x07, 0x08, 0x09, 0x0A, 0x0B))
ONLINE, FIRMWARE = BOX << 8 | 0x01, BOX << 8 | 0x08
DAMAGED = NOTICE << 8 | 0x21
"""The box says that a packet came damaged."""
NAMES = {
    CONNECT: "connect", STORED: "stored_codes", DISTANCE: "distance", READINESS: "readiness", VIN: "vin",
    ENGINE: "engine", CALIBRATION: "calibration", OBD_TYPE: "obd_type", PERFORMANCE: "performance_counters",
    ODOMETER: "odometer", LIVE: "live_data", ONLINE: "online", FIRMWARE: "firmware", DAMAGED: "damaged",
}  # fmt: skip
ADAPTER_ONLINE = 0x02
FUELS = {"petrol": 1, "diesel": 2}
UNIT_NAME, CAL_ID, CVN = 1, 2, 3
"""What CALIBRATION is asked for."""
PROTOCOLS = {
    1: "ISO 14230-4 KWP fast", 2: "ISO 14230-4 KWP 5-baud", 3: "ISO 9141-2", 4: "ISO 15765-4 CAN 11",
    5: "ISO 15765-4 CAN 29", 6: "SAE J1850 VPW", 7: "SAE J1850 PWM", 8: "SAE J1939", 9: "KWP1281",
}  # fmt: skip
SAE_J1939 = 8
MONITORS = (
    "misfire", "fuel_system", "components", "catalyst", "heated_catalyst", "evap", "secondary_air", "o2_sensor",
    "o2_heater", "egr_vvt", "nmhc_catalyst", "nox_scr", "pm_filter", "boost_pressure",
)  # fmt: skip
"""Bytes 1 to 14 of READINESS: 0 not there, 1 complete, 2 incomplete. Byte 0 is the lamp."""
RAN = {
    "petrol": ("cat", "1", "cat", "2", "o2s", "1", "o2s", "2", "evap", "", "egr", "", "pf", "1", "pf", "2", "air", ""),
    "diesel": ("hccat", "", "ncat", "", "nads", "", "pm", "", "egs", "", "egr", "", "bp", ""),
}
"""Order of the counters behind the two bytes that nobody has described: monitor and bank, each with ran and could."""
_LEAST_LIVE = {"petrol": 10, "diesel": 25}
DISPUTED = ("front O2 signal", "manifold pressure", "air flow", "every word of the diesel block", "odometer")


@dataclass(frozen=True, slots=True)
class Packet:
    """One question, or one answer: group and function in one number, and data."""

    function: int
    data: bytes = b""


def encode(packet: Packet) -> bytes:
    """Write one packet."""
    if len(packet.data) > LONGEST or not 0 <= packet.function <= 0xFFFF:
        raise ValueRangeError(f"{len(packet.data)} bytes do not go into a packet")
    body = (len(packet.data) + _HEAD).to_bytes(2, "big") + packet.function.to_bytes(2, "big") + packet.data
    return MARK + body + bytes([sum(body) & 0xFF])


def decode(frame: bytes) -> Packet:
    """Read one packet."""
    length = packet_length(frame)
    if not length or length != len(frame):
        raise FrameLengthError(f"{frame.hex(' ')} is no packet of {length} bytes")
    if sum(frame[_LENGTH_AT:-1]) & 0xFF != frame[-1]:
        raise ChecksumError(f"the sum of {frame.hex(' ')} does not close")
    return Packet(int.from_bytes(frame[4:6], "big"), frame[_DATA_AT:-1])


def packet_length(begun: bytes) -> int | None:
    """Return how long the packet is that begins like this: 0 for none, None while that cannot be told."""
    if not begins_like(begun, MARK):
        return 0
    if len(begun) < _DATA_AT - 2:
        return None
    told = int.from_bytes(begun[_LENGTH_AT : _LENGTH_AT + 2], "big")
    return told + 3 if _HEAD <= told <= LONGEST + _HEAD else 0


class PacketFramer(FrameCutter[Packet]):
    """Cuts a stream into packets (the box's side of the wire)."""

    length = staticmethod(packet_length)
    decode = staticmethod(decode)


class AnswerFramer(OneReply[Packet]):
    """Finds the one answer to one question."""

    length = staticmethod(packet_length)
    decode = staticmethod(decode)


# --- what answers hold ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ready:
    """The lamp (None: not told) and the monitors that are there: name -> complete."""

    mil_on: bool | None
    monitors: Mapping[str, bool]


def encode_connect(fuel: str, protocol: int = 0) -> Packet:
    """Ask the box to find the vehicle; protocol 0 lets it look for itself."""
    return Packet(CONNECT, bytes([protocol, FUELS[fuel]]))


def decode_connect(data: bytes) -> int:
    """Return the protocol in use; 0 when no vehicle answered."""
    return _exactly(data, 1, "the protocol in use")[0]


def decode_codes(data: bytes) -> tuple[str, ...]:
    """Read stored codes: their number, then two bytes each; 0000 is none."""
    if not data or len(data) != 1 + 2 * data[0]:
        raise FrameLengthError(f"{data[:1].hex()} codes do not come in {len(data)} bytes")
    words = (data[at : at + 2] for at in range(1, len(data), 2))
    return tuple(decode_code(word) for word in words if any(word))


def encode_codes(codes: tuple[str, ...]) -> bytes:
    """Write stored codes."""
    return bytes([len(codes)]) + b"".join(encode_code(code) for code in codes)


def decode_readiness(data: bytes) -> Ready:
    """Read lamp and monitors; a shorter answer has no later monitors."""
    if not 1 <= len(data) <= 1 + len(MONITORS):
        raise FrameLengthError(f"lamp and monitors come in 1 to {1 + len(MONITORS)} bytes, not {len(data)}")
    strange = [state for state in data[1:] if state > 2]
    if strange:
        raise UnknownFrameError(f"no monitor is in state {strange[0]}")
    monitors = {name: state == 1 for name, state in zip(MONITORS, data[1:], strict=False) if state}
    return Ready({0: False, 1: True}.get(data[0]), monitors)


def encode_readiness(ready: Ready) -> bytes:
    """Write lamp and monitors."""
    states = (0 if name not in ready.monitors else 1 if ready.monitors[name] else 2 for name in MONITORS)
    return bytes([{False: 0, True: 1, None: 0xFF}[ready.mil_on], *states])


def decode_distance(data: bytes) -> float:
    """Return how far it was driven with the lamp on."""
    return float(int.from_bytes(_exactly(data, 2, "the distance"), "big"))


def decode_vin(data: bytes) -> str:
    """Read the vehicle's identification."""
    return decode_text(_exactly(data, VIN_LENGTH, "the VIN"))


def decode_engine(data: bytes) -> dict[str, float]:
    """Read engine speed, speed and coolant."""
    _exactly(data, 4, "engine speed, speed and coolant")
    return {"engine_rpm": int.from_bytes(data[:2], "big") / 4, "speed_kmh": float(data[2]), "coolant_c": data[3] - 40.0}


def decode_live(data: bytes, fuel: str) -> dict[str, float]:
    """Read what is not disputed of the data list. Its bytes do not tell whose it is: the box was told the fuel."""
    if len(data) < _LEAST_LIVE[fuel] or (fuel == "petrol" and len(data) >= _LEAST_LIVE["diesel"]):
        raise FrameLengthError(f"{len(data)} bytes are no data list of a {fuel} vehicle; is the fuel set right?")
    if fuel == "petrol":
        shares = {"throttle_pct": data[0] * 100 / 255, "engine_load_pct": data[1] * 100 / 255}
        return {**shares, "speed_kmh": float(data[4]), "engine_rpm": int.from_bytes(data[5:7], "big") / 4}
    return {"pedal_d_pct": data[0] * 100 / 255, "speed_kmh": float(data[1]), "egr_pct": float(data[20])}


def decode_cvns(data: bytes) -> tuple[str, ...]:
    """Read verification numbers: how many, then four bytes each."""
    if not data or len(data) < 1 + 4 * data[0]:
        raise FrameLengthError(f"{data[:1].hex()} numbers do not come in {len(data)} bytes")
    return tuple(data[at : at + 4].hex().upper() for at in range(1, 1 + 4 * data[0], 4))


def decode_performance(data: bytes, fuel: str) -> dict[str, int]:
    """Read counters of in-use performance."""
    order = RAN[fuel]
    if len(data) < 2 + 2 * len(order):
        raise FrameLengthError(f"{len(data)} bytes are no counters of a {fuel} vehicle")
    counts = {}
    for n in range(len(order) // 2):
        name, bank = order[2 * n : 2 * n + 2]
        at = 2 + 4 * n
        counts[f"{name}comp{bank}"] = int.from_bytes(data[at : at + 2], "big")
        counts[f"{name}cond{bank}"] = int.from_bytes(data[at + 2 : at + 4], "big")
    return counts


def decode_text(data: bytes) -> str:
    """Read a text, filled up with zeros or blanks."""
    plain = data.strip(b"\x00 ")
    if not all(0x20 <= byte < 0x7F for byte in plain):
        raise UnknownFrameError(f"{data.hex(' ')} is no text")
    return plain.decode("ascii")


def _exactly(data: bytes, length: int, what: str) -> bytes:
    if len(data) != length:
        raise FrameLengthError(f"{what} has {length} bytes, here are {len(data)}")
    return data
