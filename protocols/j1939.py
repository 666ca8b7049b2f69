"""SAE J1939 on CAN: who speaks about what to whom, requests, and the acknowledgements that answer some of them.

Knows the 29-bit identifier (priority, parameter group, destination, source), the groups that an inspection reads, and
requests for them. Does not know longer messages (j1939_tp), what a group says (j1939_dm, j1939_signals), or time.
"""

from dataclasses import dataclass

from protocols.can_frame import CanFrame
from protocols.errors import FrameLengthError, UnknownFrameError, ValueRangeError

GLOBAL = 0xFF
"""The address of everybody."""
TOOL = 0xF9
"""The address of an off-board diagnostic tool."""
DM20, DM21, DM19 = 0xC200, 0xC100, 0xD300
ACKNOWLEDGEMENT, REQUEST, TRANSPORT_DATA, TRANSPORT = 0xE800, 0xEA00, 0xEB00, 0xEC00
EEC2, EEC1, AT_NOX_OUT, AT_NOX_IN = 0xF003, 0xF004, 0xF00F, 0xF00E
AT_REAGENT = 0xF023
DM28, AT_FILTER = 0xFD80, 0xFDB2
DM1, DM2, DM5, DM6, DM12 = 0xFECA, 0xFECB, 0xFECE, 0xFECF, 0xFED4
ENGINE_CONFIGURATION, ENGINE_HOURS, VEHICLE_DISTANCE = 0xFEE3, 0xFEE5, 0xFEE0
VIN, ET1, CCVS, LFE, IC1, AMBIENT = 0xFEEC, 0xFEEE, 0xFEF1, 0xFEF2, 0xFEF6, 0xFEF5
NAMES = {
    ACKNOWLEDGEMENT: "acknowledgement", REQUEST: "request", TRANSPORT_DATA: "transport_data", TRANSPORT: "transport",
    EEC1: "eec1", EEC2: "eec2", AT_NOX_IN: "nox_before_scr", AT_NOX_OUT: "nox_after_scr", AT_REAGENT: "reagent_dosing",
    AT_FILTER: "particle_filter", DM1: "dm1", DM2: "dm2", DM5: "dm5", DM6: "dm6", DM12: "dm12", DM19: "dm19",
    DM20: "dm20", DM21: "dm21", DM28: "dm28", ENGINE_CONFIGURATION: "engine_configuration", ENGINE_HOURS: "hours",
    VEHICLE_DISTANCE: "distance", VIN: "vin", ET1: "et1", CCVS: "ccvs", LFE: "lfe", IC1: "ic1", AMBIENT: "amb",
}  # fmt: skip
"""Parameter group -> what it is called here."""
ACKNOWLEDGED, REFUSED, DENIED, BUSY = 0, 1, 2, 3
_FIRST_BROADCAST = 240
"""PDU formats from here on are for everybody; below, the next byte is whom a message is for."""
_LARGEST_PGN = 0x3FFFF
"""With both page bits."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the identifier of a frame says."""

    pgn: int
    source: int
    destination: int = GLOBAL
    priority: int = 6

    @property
    def can_id(self) -> int:
        """The 29 bits."""
        if not (0 <= self.pgn <= _LARGEST_PGN and 0 <= self.source <= 0xFF and 0 <= self.destination <= 0xFF):
            raise ValueRangeError(f"{self} fits no identifier")
        to_one = self.pgn >> 8 & 0xFF < _FIRST_BROADCAST
        if to_one and self.pgn & 0xFF:
            raise ValueRangeError(f"group {self.pgn:X} has a destination, so it ends in 00")
        return self.priority << 26 | self.pgn << 8 | (self.destination << 8 if to_one else 0) | self.source


def decode_id(can_id: int) -> Header:
    """Return what an identifier says."""
    pgn, source, priority = can_id >> 8 & _LARGEST_PGN, can_id & 0xFF, can_id >> 26 & 7
    if pgn >> 8 & 0xFF < _FIRST_BROADCAST:
        return Header(pgn & 0x3FF00, source, pgn & 0xFF, priority)
    return Header(pgn, source, GLOBAL, priority)


def group_mask(pgn: int) -> int:
    """Return which bits of an identifier tell this parameter group, whatever its priority, source and destination."""
    return 0x03FF0000 if pgn >> 8 & 0xFF < _FIRST_BROADCAST else 0x03FFFF00


def frame(pgn: int, data: bytes, source: int, to: int = GLOBAL, priority: int = 6) -> CanFrame:
    """Return one frame of a parameter group."""
    return CanFrame(Header(pgn, source, to, priority).can_id, data, extended=True)


def pgn_bytes(pgn: int) -> bytes:
    """Return a parameter group's number as messages write it."""
    return pgn.to_bytes(3, "little")


# --- requests and acknowledgements ------------------------------------------------------------------------------


def request_frame(pgn: int, to: int = GLOBAL, source: int = TOOL) -> CanFrame:
    """Return the frame that asks one address, or everybody, for a parameter group."""
    return frame(REQUEST, pgn_bytes(pgn), source, to)


def decode_request(data: bytes) -> int:
    """Return which parameter group is asked for. Some tools fill the frame up."""
    if len(data) < 3:
        raise FrameLengthError(f"a request has three bytes, here are {len(data)}")
    return int.from_bytes(data[:3], "little")


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Yes, no, not you, or not now, to a request for ``pgn`` from ``address`` (FF: from everybody)."""

    kind: int
    pgn: int
    address: int = GLOBAL

    @property
    def word(self) -> str:
        """What it says."""
        return ("acknowledged", "refused", "access_denied", "busy")[self.kind]


def encode_acknowledgement(answer: Acknowledgement) -> bytes:
    """Write one acknowledgement."""
    return bytes([answer.kind, 0xFF, 0xFF, 0xFF, answer.address]) + pgn_bytes(answer.pgn)


def decode_acknowledgement(data: bytes) -> Acknowledgement:
    """Read one acknowledgement."""
    if len(data) != 8:
        raise FrameLengthError(f"an acknowledgement has eight bytes, here are {len(data)}")
    if data[0] > BUSY:
        raise UnknownFrameError(f"no acknowledgement is {data[0]:02X}")
    return Acknowledgement(data[0], int.from_bytes(data[5:8], "little"), data[4])
