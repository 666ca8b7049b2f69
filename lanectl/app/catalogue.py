"""What this program can drive and explain: the catalogue behind ``devices`` and ``decode``.

Knows the registry and turns its answers into plain values. Does not know command lines or how anything is printed.
"""

import difflib
from collections.abc import Collection, Mapping

from drivers.registry import DECODERS, DriverInfo, all_drivers
from protocols.captured import Captured, Explain
from protocols.errors import FrameError


class UnknownDeviceError(Exception):
    """Nobody here knows this device id; carries the nearest one, if any is near."""

    def __init__(self, device: str, nearest: str | None) -> None:
        super().__init__(f"unknown device {device!r}")
        self.nearest = nearest


class DamagedFrameError(Exception):
    """The bytes are no frame of this device; carries what is wrong with them, by name."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def catalogue() -> list[dict[str, str]]:
    """Return every driver, ours and third parties', sorted by role and id."""
    infos = sorted(all_drivers().values(), key=lambda info: (info.role, info.id))
    return [_entry(info) for info in infos]


def decode(
    device: str, frame: bytes, *, to_device: bool = False, request: bytes | None = None, can_id: int | None = None
) -> dict[str, object]:
    """Explain one captured frame of this device."""
    explain = _explainer(device)
    try:
        explained = explain(Captured(frame, to_device, request, can_id))
    except FrameError as error:
        raise DamagedFrameError(type(error).__name__, str(error)) from None
    return {
        "device": device,
        "kind": explained.kind,
        "values": _plain(explained.values),
        "flags": list(explained.flags),
        "texts": dict(explained.texts),
    }


def decodable() -> list[str]:
    """Return every device id whose frames can be explained."""
    return sorted({*DECODERS, *all_drivers()})


def _explainer(device: str) -> Explain:
    if device in DECODERS:
        return DECODERS[device].explain
    return all_drivers()[known_device(device, decodable())].codec.explain


def known_device(device: str, known: Collection[str] | None = None) -> str:
    """Return the id of a device that is known, by default one with a driver; UnknownDeviceError names the nearest."""
    ids = all_drivers() if known is None else known
    if device in ids:
        return device
    nearest = difflib.get_close_matches(device, ids, n=1, cutoff=0.5)
    raise UnknownDeviceError(device, nearest[0] if nearest else None)


def _entry(info: DriverInfo) -> dict[str, str]:
    names = ("id", "name", "role", "maker", "protocol", "grade", "simulator")
    return {**{name: getattr(info, name) for name in names}, "tells": " ".join(sorted(info.tells))}


def _plain(values: Mapping[str, float | None]) -> dict[str, int | float | None]:
    """Whole numbers are written as such: 850, not 850.0."""
    return {
        name: int(value) if isinstance(value, float) and value.is_integer() else value for name, value in values.items()
    }
