"""Which device is on a port: the search behind ``lanectl probe``, and what goes into the lane file.

Knows ports by name, the registry's probes, and how settings are written. Does not know command lines, or how anything
is shown. Opens the port for itself alone: one that the lane uses is refused by the kernel.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic_core import PydanticUndefined

from drivers.errors import DeviceError
from drivers.modbus_settings import TCP
from drivers.probe import Probe
from drivers.registry import DriverInfo, all_drivers
from drivers.search import Candidate, Exchanged, Findings, Search
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from drivers.transports.tcp_port import TcpPort
from lanectl.app.catalogue import known_device
from lanectl.app.doctor.ports import stable_name
from lanectl.lane.clock import RealClock
from protocols.captured import Captured
from protocols.errors import FrameError

__all__ = ["Exchanged", "Found", "PortUnusableError", "Report", "explained", "report", "search_port", "snippet"]

TABLES = {
    "gas_analyzer": "gas",
    "nox_analyzer": "nox",
    "opacimeter": "opacity",
    "dynamometer": "dyno",
    "obd_reader": "obd",
    "flow_meter": "flow",
    "weather_station": "weather",
    "tachometer": "rpm",
    "driver_display": "led",
    "lane_io": "io",
    "roller_motor": "motor",
}
"""What the lane file calls a device of this role, as a rule."""
Tell = Callable[[Exchanged], None]


class PortUnusableError(Exception):
    """The port cannot be opened, or was lost; the text says why."""


@dataclass(frozen=True, slots=True)
class Found:
    """A device that this may be."""

    info: DriverInfo
    candidate: Candidate
    snippet: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a search found. Several devices: they answer alike."""

    port: str
    found: tuple[Found, ...]
    findings: Findings


def search_port(
    port: str, tell: Tell, *, careful: bool = False, only: Sequence[str] = (), baud: int | None = None
) -> Report:
    """Search a serial port or tcp://host:port; PortUnusableError, or UnknownDeviceError for a name in ``only``."""
    infos = all_drivers()
    probes = {name: _at(infos[known_device(name)].probes, baud) for name in only or infos}
    tcp = TCP.fullmatch(port)
    open_at: Callable[[int | None], Transport]
    if tcp:
        address = tcp[1].strip("[]"), int(tcp[2])
        open_at = lambda _: TcpPort(*address, device=port)  # noqa: E731 - two ways to open, side by side
    else:
        open_at = lambda speed: SerialPort(port, speed or 9600, device=port)  # noqa: E731
    search = Search(probes, open_at, RealClock(), over="tcp" if tcp else "serial", careful=careful, tell=tell)
    try:
        return report(port, asyncio.run(search.run()), infos)
    except DeviceError as error:
        raise PortUnusableError(error.evidence) from None


def report(port: str, findings: Findings, infos: Mapping[str, DriverInfo]) -> Report:
    """Say of each candidate what the lane file needs; the same device twice (two ways) counts once."""
    candidates = {candidate.device: candidate for candidate in reversed(findings.candidates)}
    found = [
        Found(infos[device], candidate, snippet(infos[device], port, candidate))
        for device, candidate in reversed(candidates.items())
    ]
    return Report(port, tuple(found), findings)


def _at(probes: Sequence[Probe], baud: int | None) -> list[Probe]:
    return [probe for probe in probes if baud is None or probe.over != "serial" or baud in probe.bauds]


def snippet(info: DriverInfo, port: str, candidate: Candidate) -> str:
    """Write the device's table of the lane file; what nothing on the wire tells stands there as a question."""
    known = {"driver": info.id, "port": _stable(port), **candidate.probe.settings}
    if "baud" in info.settings.model_fields and candidate.baud is not None:
        known["baud"] = candidate.baud
    lines = [f"[devices.{TABLES.get(info.role, info.role)}]"]
    lines += [f"{name} = {_toml(value)}" for name, value in known.items()]
    for name, field in info.settings.model_fields.items():
        if name not in known and field.default is PydanticUndefined and field.default_factory is None:
            lines.append(f"{name} = ?   # {_choices(field.annotation)}")
    return "\n".join(lines)


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _choices(annotation: object) -> str:
    if get_origin(annotation) is Literal:
        return " | ".join(_toml(choice) for choice in get_args(annotation))
    return getattr(annotation, "__name__", str(annotation))


def _stable(port: str) -> str:
    stable = stable_name(Path(port)) if port.startswith("/dev/tty") else None
    return port if stable is None else str(stable)


def explained(info: DriverInfo, exchanged: Exchanged) -> str:
    """Say in a few words what an answer means to this device; empty where it cannot be read alone."""
    answer = exchanged.answer
    if exchanged.request and answer.startswith(exchanged.request):
        answer = answer.removeprefix(exchanged.request) or answer
    for frame in (exchanged.answer, answer):
        try:
            said = info.codec.explain(Captured(frame, request=exchanged.request or None))
        except FrameError:
            continue
        words = [
            said.kind,
            *said.flags,
            *(f"{name}={value:g}" for name, value in said.values.items() if value is not None),
        ]
        return " ".join([*words, *said.texts.values()])
    return ""
