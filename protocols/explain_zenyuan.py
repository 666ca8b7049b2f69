"""Explains captured packets of the ZenYuan VCI box.

Knows how each answer reads as named values. Does not know ports, drivers or limits.
"""

from protocols import zenyuan
from protocols.captured import Captured, Explained
from protocols.errors import FrameError, UnknownFrameError
from protocols.pids_j1979 import OBD_TYPES


def explain_zenyuan(captured: Captured) -> Explained:
    """Explain one packet."""
    packet = zenyuan.decode(captured.frame)
    kind = zenyuan.NAMES.get(packet.function)
    if kind is None:
        raise UnknownFrameError(f"the box has no function {packet.function:04X}")
    if captured.to_device:
        texts = {"data": packet.data.hex(" ").upper()} if packet.data else {}
        return Explained(f"ask_{kind}", texts=texts)
    return _explain_answer(kind, packet)


def _explain_answer(kind: str, packet: zenyuan.Packet) -> Explained:
    data = packet.data
    match packet.function:
        case zenyuan.CONNECT:
            number = zenyuan.decode_connect(data)
            name = zenyuan.PROTOCOLS.get(number)
            return Explained(kind, {"protocol": float(number)}, () if number else ("no_vehicle",), _named(name))
        case zenyuan.STORED:
            codes = zenyuan.decode_codes(data)
            return Explained(kind, {"dtc_count": float(len(codes))}, codes, {"codes": " ".join(codes)})
        case zenyuan.READINESS:
            ready = zenyuan.decode_readiness(data)
            flags = ["mil_on"] if ready.mil_on else ["mil_not_told"] if ready.mil_on is None else []
            flags += [f"{name}_incomplete" for name, complete in ready.monitors.items() if not complete]
            return Explained(kind, {}, tuple(flags), {"supported": " ".join(ready.monitors)})
        case zenyuan.DISTANCE:
            return Explained(kind, {"distance_with_mil_km": zenyuan.decode_distance(data)})
        case zenyuan.VIN:
            return Explained(kind, texts={"vin": zenyuan.decode_vin(data)})
        case zenyuan.ENGINE:
            return Explained(kind, dict(zenyuan.decode_engine(data)))
        case zenyuan.LIVE:
            return _explain_live(kind, data)
        case zenyuan.ONLINE:
            return Explained(kind, flags=("online",) if data == bytes([zenyuan.ADAPTER_ONLINE]) else ("offline",))
        case zenyuan.OBD_TYPE if len(data) == 1:
            return Explained(kind, {"obd_type": float(data[0])}, texts=_named(OBD_TYPES.get(data[0])))
        case zenyuan.FIRMWARE:
            return Explained(kind, texts={"firmware": zenyuan.decode_text(data)})
        case zenyuan.DAMAGED:
            return Explained(kind, flags=("damaged_question",))
    return Explained(kind, texts={"data": data.hex(" ").upper()})


def _explain_live(kind: str, data: bytes) -> Explained:
    fuel = "diesel" if len(data) >= 25 else "petrol"
    try:
        values = dict(zenyuan.decode_live(data, fuel))
    except FrameError:
        return Explained(kind, flags=("disputed_word",), texts={"data": data.hex(" ").upper()})
    return Explained(kind, values, ("disputed_word", fuel), {"data": data.hex(" ").upper()})


def _named(name: str | None) -> dict[str, str]:
    return {"name": name} if name else {}
