"""SAE J1979 services 01, 03, 07, 09 and 0A: what a tester asks and a control unit answers, as message bytes.

Knows supported-item masks, monitor status, trouble codes, vehicle information and refusals, both directions.
Does not know how messages travel (ISO-TP, ELM327 text), time, or what an inspection concludes from them. Service 04,
which clears codes, is never asked for and has no encoder.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from protocols.errors import FrameLengthError, UnknownFrameError, ValueRangeError
from protocols.pids_j1979 import ITEMS

LIVE, STORED, PENDING, INFORMATION, PERMANENT = 0x01, 0x03, 0x07, 0x09, 0x0A
CODE_SERVICES = (STORED, PENDING, PERMANENT)
MASK_PIDS = tuple(range(0x00, 0x100, 0x20))
PID_MONITORS = 0x01
INFO_VIN, INFO_CAL_ID, INFO_CVN, INFO_IUPR_SPARK, INFO_ECU_NAME, INFO_IUPR_COMPRESSION = (
    0x02,
    0x04,
    0x06,
    0x08,
    0x0A,
    0x0B,
)
RESPONSE_PENDING = 0x78
_REFUSAL, _ANSWER = 0x7F, 0x40
VIN_LENGTH, CAL_ID_LENGTH, CVN_LENGTH, ECU_NAME_LENGTH = 17, 16, 4, 20
INFORMATION_LENGTHS = {
    INFO_VIN: VIN_LENGTH,
    INFO_CAL_ID: CAL_ID_LENGTH,
    INFO_CVN: CVN_LENGTH,
    INFO_ECU_NAME: ECU_NAME_LENGTH,
    INFO_IUPR_SPARK: 2,
    INFO_IUPR_COMPRESSION: 2,
}
"""How many bytes one of each has; what is longer is several of them."""

CONTINUOUS = ("misfire", "fuel_system", "components")
SPARK = ("catalyst", "heated_catalyst", "evap", "secondary_air", "ac_refrigerant", "o2_sensor", "o2_heater", "egr_vvt")
COMPRESSION = ("nmhc_catalyst", "nox_scr", None, "boost_pressure", None, "exhaust_gas_sensor", "pm_filter", "egr_vvt")
IUPR_SPARK = (
    "obdcond", "igncntr", "catcomp1", "catcond1", "catcomp2", "catcond2", "o2scomp1", "o2scond1", "o2scomp2",
    "o2scond2", "egrcomp", "egrcond", "aircomp", "aircond", "evapcomp", "evapcond", "so2scomp1", "so2scond1",
    "so2scomp2", "so2scond2", "africomp1", "africond1", "africomp2", "africond2", "pfcomp1", "pfcond1", "pfcomp2",
    "pfcond2",
)  # fmt: skip
IUPR_COMPRESSION = (
    "obdcond", "igncntr", "hccatcomp", "hccatcond", "ncatcomp", "ncatcond", "nadscomp", "nadscond", "pmcomp",
    "pmcond", "egscomp", "egscond", "egrcomp", "egrcond", "bpcomp", "bpcond", "fuelcomp", "fuelcond",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """What a tester asks: a service, and its items (PIDs or InfoTypes)."""

    service: int
    items: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A control unit's no. Code 78 means: wait, the answer follows."""

    service: int
    code: int


@dataclass(frozen=True, slots=True)
class Supported:
    """Which items exist behind a mask: ``first`` + 1 to ``first`` + 32."""

    service: int
    first: int
    items: frozenset[int]

    @property
    def mask(self) -> int:
        """The 32 bits as they travel."""
        return sum(1 << 32 - (item - self.first) for item in self.items)


@dataclass(frozen=True, slots=True)
class Live:
    """Numbers of live data, by name."""

    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class MonitorStatus:
    """PID 01. ``monitors`` holds the supported ones: name -> complete."""

    mil_on: bool
    dtc_count: int
    ignition: str
    """``spark`` or ``compression``."""
    monitors: Mapping[str, bool]

    @property
    def incomplete(self) -> tuple[str, ...]:
        """The supported monitors that have not completed."""
        return tuple(name for name, complete in self.monitors.items() if not complete)


@dataclass(frozen=True, slots=True)
class Codes:
    """Trouble codes: stored, pending or permanent."""

    service: int
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Information:
    """Texts of vehicle information: VIN, calibration identifications, verification numbers (hex), unit name."""

    info: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counters:
    """In-use performance counters by name."""

    info: int
    counts: Mapping[str, int]


Response = Refusal | Supported | Live | MonitorStatus | Codes | Information | Counters


# --- requests ---------------------------------------------------------------------------------------------------


def encode_request(request: Request) -> bytes:
    """Encode one request message."""
    if request.service not in (LIVE, INFORMATION, *CODE_SERVICES):
        raise UnknownFrameError(f"service {request.service:02X} is not asked for in an inspection")
    if (request.service in CODE_SERVICES and request.items) or len(request.items) > 6:
        raise ValueRangeError("codes are asked for without items, live data with six at most")
    if request.service in (LIVE, INFORMATION) and not request.items:
        raise ValueRangeError("live data and vehicle information are asked for by item")
    return bytes([request.service, *request.items])


def decode_request(message: bytes) -> Request:
    """Decode one request message."""
    if not message or len(message) > 7:
        raise FrameLengthError(f"a request has 1 to 7 bytes, here are {len(message)}")
    request = Request(message[0], tuple(message[1:]))
    encode_request(request)  # the same rules both ways
    return request


# --- responses --------------------------------------------------------------------------------------------------


def encode_response(response: Response) -> bytes:
    """Encode one response message (live data: one item per message, see encode_live)."""
    match response:
        case Refusal(service, code):
            return bytes([_REFUSAL, service, code])
        case Supported(service, first):
            return bytes([service + _ANSWER, first]) + response.mask.to_bytes(4, "big")
        case MonitorStatus():
            return bytes([LIVE + _ANSWER, PID_MONITORS]) + _encode_monitors(response)
        case Codes(service, codes):
            return bytes([service + _ANSWER, len(codes)]) + b"".join(encode_code(code) for code in codes)
        case Information(info, texts):
            return bytes([INFORMATION + _ANSWER, info, len(texts)]) + b"".join(_encode_text(info, t) for t in texts)
        case Counters(info, counts):
            words = b"".join(count.to_bytes(2, "big") for count in counts.values())
            return bytes([INFORMATION + _ANSWER, info, len(counts)]) + words
        case Live(values):
            pids = [pid for pid, item in ITEMS.items() if all(field.name in values for field in item.fields)]
            return bytes([LIVE + _ANSWER]) + b"".join(bytes([pid]) + ITEMS[pid].encode(values) for pid in pids)


def encode_live(pid: int, values: Mapping[str, float]) -> bytes:
    """Encode the answer to one live-data item."""
    return bytes([LIVE + _ANSWER, pid]) + ITEMS[pid].encode(values)


def decode_response(message: bytes) -> Response:
    """Decode one response message as it comes over CAN."""
    if len(message) < 2:
        raise FrameLengthError("a response has at least two bytes")
    service = message[0] - _ANSWER
    if message[0] == _REFUSAL:
        if len(message) != 3:
            raise FrameLengthError("a refusal has three bytes")
        return Refusal(message[1], message[2])
    if service == LIVE:
        return _decode_live(message[1:])
    if service in CODE_SERVICES:
        # Some control units leave the count out; then, and only then, the number of bytes is odd.
        return decode_uncounted_codes(message) if len(message) % 2 else _decode_codes(service, message[1:])
    if service == INFORMATION:
        return _decode_information(message[1], message[2:])
    raise UnknownFrameError(f"no response begins with {message[0]:02X}")


def decode_code(word: bytes) -> str:
    """Decode one trouble code of two bytes: 0420 -> P0420."""
    return "PCBU"[word[0] >> 6] + f"{word[0] >> 4 & 3:X}{word[0] & 0xF:X}{word[1]:02X}"


def encode_code(code: str) -> bytes:
    """Encode one trouble code."""
    if len(code) != 5 or code[0] not in "PCBU" or code[1] not in "0123" or not code.isalnum():
        raise ValueRangeError(f"{code!r} is no trouble code")
    try:
        return ("PCBU".index(code[0]) << 14 | int(code[1:], 16)).to_bytes(2, "big")
    except ValueError:
        raise ValueRangeError(f"{code!r} is no trouble code") from None


# --- layouts ----------------------------------------------------------------------------------------------------


def _decode_live(data: bytes) -> Response:
    pid = data[0]
    if pid in MASK_PIDS:
        return _decode_mask(LIVE, pid, data[1:5])
    if pid == PID_MONITORS:
        return _decode_monitors(data[1:5])
    values: dict[str, float] = {}
    at = 0
    while at < len(data):
        item = ITEMS.get(data[at])
        if item is None:
            raise UnknownFrameError(f"no scale is known for live-data item {data[at]:02X}")
        content = data[at + 1 : at + 1 + item.length]
        if len(content) < (item.shortest or item.length):
            raise FrameLengthError(f"live-data item {item.pid:02X} has {item.length} bytes, here are {len(content)}")
        values |= item.decode(content)
        at += 1 + item.length
    return Live(values)


def _decode_mask(service: int, first: int, data: bytes) -> Supported:
    if len(data) != 4:
        raise FrameLengthError(f"a mask has four bytes, here are {len(data)}")
    bits = int.from_bytes(data, "big")
    return Supported(service, first, frozenset(first + n for n in range(1, 33) if bits >> 32 - n & 1))


def _decode_monitors(data: bytes) -> MonitorStatus:
    if len(data) != 4:
        raise FrameLengthError(f"the monitor status has four bytes, here are {len(data)}")
    head, continuous, supported, incomplete = data
    ignition = "compression" if continuous & 0x08 else "spark"
    names = COMPRESSION if continuous & 0x08 else SPARK
    monitors = {name: not continuous >> bit + 4 & 1 for bit, name in enumerate(CONTINUOUS) if continuous >> bit & 1}
    monitors |= {name: not incomplete >> bit & 1 for bit, name in enumerate(names) if name and supported >> bit & 1}
    return MonitorStatus(bool(head & 0x80), head & 0x7F, ignition, monitors)


def _encode_monitors(status: MonitorStatus) -> bytes:
    names = SPARK if status.ignition == "spark" else COMPRESSION
    continuous, supported, incomplete = (0 if status.ignition == "spark" else 0x08), 0, 0
    for name, complete in status.monitors.items():
        if name in CONTINUOUS:
            bit = CONTINUOUS.index(name)
            continuous |= 1 << bit | (0 if complete else 1 << bit + 4)
        elif name in names:
            supported |= 1 << names.index(name)
            incomplete |= 0 if complete else 1 << names.index(name)
        else:
            raise ValueRangeError(f"a {status.ignition} engine has no monitor {name!r}")
    return bytes([(0x80 if status.mil_on else 0) | status.dtc_count & 0x7F, continuous, supported, incomplete])


def _decode_codes(service: int, data: bytes) -> Codes:
    count, words = data[0], data[1:]
    if len(words) < 2 * count:
        raise FrameLengthError(f"{count} codes are announced, bytes for {len(words) // 2} came")
    if any(words[2 * count :]):
        raise FrameLengthError(f"{count} codes are announced, more came: {words.hex(' ')}")
    return Codes(service, tuple(decode_code(words[at : at + 2]) for at in range(0, 2 * count, 2)))


def _decode_information(info: int, data: bytes) -> Response:
    if info in MASK_PIDS:
        return _decode_mask(INFORMATION, info, data[1:] if len(data) == 5 else data)  # older buses count lines
    if not data:
        raise FrameLengthError("vehicle information without a count")
    count, content = data[0], data[1:]
    if info in (INFO_IUPR_SPARK, INFO_IUPR_COMPRESSION):
        return _decode_counters(info, count, content)
    size = INFORMATION_LENGTHS.get(info)
    if size is None:
        raise UnknownFrameError(f"no layout is known for vehicle information {info:02X}")
    if len(content) < count * size:
        raise FrameLengthError(f"{count} x {size} bytes are announced, {len(content)} came")
    parts = [content[at : at + size] for at in range(0, count * size, size)]
    return Information(info, tuple(p.hex().upper() if info == INFO_CVN else _text(p) for p in parts))


def _decode_counters(info: int, count: int, content: bytes) -> Counters:
    names = IUPR_SPARK if info == INFO_IUPR_SPARK else IUPR_COMPRESSION
    if len(content) < 2 * count or count > len(names):
        raise FrameLengthError(f"{count} counters are announced, bytes for {len(content) // 2} came")
    words = (int.from_bytes(content[2 * n : 2 * n + 2], "big") for n in range(count))
    return Counters(info, dict(zip(names, words, strict=False)))


def _text(data: bytes) -> str:
    plain = data.strip(b"\x00 ")
    if not all(0x20 <= byte < 0x7F for byte in plain):
        raise UnknownFrameError(f"{data.hex(' ')} is no text")
    return plain.decode("ascii")


def _encode_text(info: int, text: str) -> bytes:
    try:
        if info == INFO_CVN:
            content, size = bytes.fromhex(text), CVN_LENGTH
        else:
            content = text.encode("ascii")
            size = {INFO_VIN: VIN_LENGTH, INFO_ECU_NAME: ECU_NAME_LENGTH}.get(info, CAL_ID_LENGTH)
    except ValueError:
        raise ValueRangeError(f"{text!r} cannot be sent as vehicle information {info:02X}") from None
    if len(content) > size:
        raise ValueRangeError(f"{text!r} is longer than {size} bytes")
    return content.rjust(size, b"\x00") if info in (INFO_VIN, INFO_CVN) else content.ljust(size, b"\x00")


def join_lines(messages: Sequence[bytes]) -> bytes:
    """Join the numbered lines with which a pre-CAN control unit gives vehicle information (49 it n + 4 bytes each)."""
    parts = sorted(messages, key=lambda message: message[2] if len(message) > 2 else 0)
    if not parts or any(len(part) < 3 or part[:2] != parts[0][:2] for part in parts):
        raise FrameLengthError("these lines do not belong together")
    content = b"".join(part[3:] for part in parts)
    if parts[0][1] == INFO_VIN:
        content = content[-VIN_LENGTH:]
    count = len(content) // INFORMATION_LENGTHS.get(parts[0][1], len(content) or 1)
    return parts[0][:2] + bytes([count & 0xFF]) + content


def decode_uncounted_codes(message: bytes) -> Codes:
    """Decode a pre-CAN line of trouble codes: three words without a count, 0000 where there is none."""
    service = message[0] - _ANSWER if message else 0
    if service not in CODE_SERVICES or len(message) % 2 == 0:
        raise FrameLengthError("no line of trouble codes")
    words = (message[at : at + 2] for at in range(1, len(message), 2))
    return Codes(service, tuple(decode_code(word) for word in words if any(word)))
