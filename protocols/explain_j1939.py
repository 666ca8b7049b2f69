"""Explains captured J1939 frames: who said what, in one frame or in a whole message that was put together.

Knows how each group that an inspection reads becomes named values. Does not know ports, drivers or limits.
"""

from collections.abc import Callable

from protocols import j1939, j1939_dm, j1939_signals, j1939_tp
from protocols.captured import Captured, Explained
from protocols.errors import FrameLengthError, UnknownFrameError
from protocols.j1939_codes import Code

_FAULTS = {
    j1939.DM1: "active",
    j1939.DM2: "previous",
    j1939.DM6: "pending",
    j1939.DM12: "stored",
    j1939.DM28: "permanent",
}


def explain_j1939(captured: Captured) -> Explained:
    """Explain one frame or one whole message; the identifier says what it is."""
    if captured.can_id is None:
        raise UnknownFrameError("a J1939 frame cannot be told without its identifier")
    header = j1939.decode_id(captured.can_id)
    found = _explain(header.pgn, captured.frame)
    texts = {"source": f"{header.source:02X}", "pgn": f"{header.pgn:05X}"}
    if header.destination != j1939.GLOBAL:
        texts["destination"] = f"{header.destination:02X}"
    return Explained(found.kind, found.values, found.flags, {**texts, **found.texts})


def _explain(pgn: int, data: bytes) -> Explained:
    if pgn in _FAULTS:
        return _explain_faults(pgn, data)
    if pgn in j1939_signals.GROUPS:
        return Explained(j1939.NAMES[pgn], j1939_signals.decode(pgn, data))
    if pgn not in _OTHERS:
        raise UnknownFrameError(f"group {pgn:05X} is not explained here")
    return _OTHERS[pgn](data)


def _explain_faults(pgn: int, data: bytes) -> Explained:
    told = j1939_dm.decode_faults(data)
    flags = [f"{name}_on" for name, on in told.lamps.items() if on]
    flags += [f"{name}_not_told" for name, on in told.lamps.items() if on is None]
    counts = {f"{code} count": _count(code) for code in told.codes}
    values: dict[str, float | None] = {"dtc_count": float(len(told.codes)), **counts}
    texts = {"codes": ", ".join(str(code) for code in told.codes)}
    return Explained(f"{j1939.NAMES[pgn]}_{_FAULTS[pgn]}", values, tuple(flags), texts)


def _count(code: Code) -> float | None:
    return None if code.count is None else float(code.count)


def _explain_request(data: bytes) -> Explained:
    pgn = j1939.decode_request(data)
    return Explained("request", {"asked_pgn": float(pgn)}, texts={"asked": j1939.NAMES.get(pgn, f"{pgn:05X}")})


def _explain_acknowledgement(data: bytes) -> Explained:
    told = j1939.decode_acknowledgement(data)
    asked = j1939.NAMES.get(told.pgn, f"{told.pgn:05X}")
    return Explained("acknowledgement", {"asked_pgn": float(told.pgn)}, (told.word,), {"asked": asked})


def _explain_readiness(data: bytes) -> Explained:
    told = j1939_dm.decode_readiness(data)
    values: dict[str, float | None] = {
        "active": float(told.active),
        "previous": float(told.previous),
        "obd_type": float(told.compliance),
    }
    flags = [f"{name}_incomplete" for name, complete in told.monitors.items() if not complete]
    return Explained("dm5", values, tuple(flags), {"supported": " ".join(told.monitors)})


def _explain_calibrations(data: bytes) -> Explained:
    told = j1939_dm.decode_calibrations(data)
    texts = {"cal_id": " ".join(c.cal_id for c in told), "cvn": " ".join(c.cvn for c in told)}
    return Explained("dm19", {"count": float(len(told))}, texts=texts)


def _explain_performance(data: bytes) -> Explained:
    told = j1939_dm.decode_performance(data)
    return Explained("dm20", {name: float(count) for name, count in told.counts.items()})


def _explain_since(data: bytes) -> Explained:
    told = j1939_dm.decode_since(data)
    values = {"distance_with_mil_km": told.km_with_mil, "distance_since_clear_km": told.km_since_clear}
    values |= {"time_with_mil_min": told.min_with_mil, "time_since_clear_min": told.min_since_clear}
    return Explained("dm21", values)


def _explain_vin(data: bytes) -> Explained:
    return Explained("vin", texts={"vin": j1939_dm.decode_vin(data)})


def _explain_control(data: bytes) -> Explained:
    match j1939_tp.decode_control(data):
        case j1939_tp.Announcement(kind, size, pgn, _) as told:
            values: dict[str, float | None] = {"length": float(size), "packets": float(told.packets)}
            word = "to_all" if kind == j1939_tp.BAM else "to_one"
            return Explained("transfer_begins", values, (word,), {"asked": j1939.NAMES.get(pgn, f"{pgn:05X}")})
        case j1939_tp.Leave(count, first, _):
            return Explained("leave", {"packets": float(count), "first": float(first)})
        case j1939_tp.Ended(size, count, _):
            return Explained("transfer_ended", {"length": float(size), "packets": float(count)})
        case j1939_tp.Aborted(reason, _):
            return Explained("transfer_aborted", {"reason": float(reason)}, ("aborted",))


def _explain_packet(data: bytes) -> Explained:
    if len(data) != j1939_tp.PACKET + 1 or not data[0]:
        raise FrameLengthError("a packet has its number, from 1 on, and seven bytes")
    return Explained("packet", {"number": float(data[0])}, texts={"data": data[1:].hex(" ").upper()})


_OTHERS: dict[int, Callable[[bytes], Explained]] = {
    j1939.REQUEST: _explain_request,
    j1939.ACKNOWLEDGEMENT: _explain_acknowledgement,
    j1939.DM5: _explain_readiness,
    j1939.DM19: _explain_calibrations,
    j1939.DM20: _explain_performance,
    j1939.DM21: _explain_since,
    j1939.VIN: _explain_vin,
    j1939.TRANSPORT: _explain_control,
    j1939.TRANSPORT_DATA: _explain_packet,
}
