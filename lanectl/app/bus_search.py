"""What answers on a CAN bus: the search behind ``lanectl probe`` where the port is a CAN interface, not a serial port.

Knows that a bus is listened to before anything is said, and that each reader of such a bus looks for the vehicle by
itself, with questions that only read (which items there are, who is ready). Does not know what is asked, command lines,
or how anything is shown.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from drivers.errors import DeviceError, NoReplyError, NotReadyError
from drivers.exchange import Direction
from drivers.info import DriverInfo
from drivers.listening import listening_bus
from drivers.obd.can_reader import CanReader
from drivers.obd.can_settings import SOCKETCAN, SOCKETCAND, UDP_MULTICAST, CanSettings, Iso15765Settings, make_link
from drivers.pace import Pace
from drivers.probe import Probe
from drivers.registry import all_drivers
from drivers.search import Candidate
from drivers.transports.can_link import CanLine
from lanectl.app.catalogue import known_device
from lanectl.app.port_search import Found, PortUnusableError, snippet
from lanectl.lane.clock import RealClock

LISTEN_S = 2.0
Tell = Callable[[Direction, str], None]
"""Hears of each frame, written as in a bus log."""


@dataclass(frozen=True, slots=True)
class BusReport:
    """What was heard and found on a bus."""

    port: str
    listened_s: float
    frames: int
    identifiers: tuple[str, ...]
    """Of the frames that were heard before anything was asked."""
    found: tuple[tuple[Found, str], ...]
    """Each reader that found a vehicle here, and what it found that the vehicle speaks."""
    trouble: str = ""
    """What the interface has against the bus."""


def is_bus(port: str) -> bool:
    """Tell whether this names a CAN bus of the kernel, of a server, or of UDP packets."""
    return any(form.fullmatch(port) for form in (SOCKETCAN, SOCKETCAND, UDP_MULTICAST))


def search_bus(port: str, tell: Tell, *, only: Sequence[str] = ()) -> BusReport:
    """Listen to a bus, then let its readers look for a vehicle; PortUnusableError, UnknownDeviceError (``only``)."""
    infos: Mapping[str, DriverInfo] = all_drivers()
    wanted = [infos[known_device(name)] for name in only or infos]
    readers = [info for info in wanted if issubclass(info.settings, CanSettings)]
    if not readers:
        raise PortUnusableError(f"{', '.join(only)} is not read over a CAN bus")
    try:
        return asyncio.run(_search(port, tell, readers, RealClock()))
    except DeviceError as error:
        raise PortUnusableError(error.evidence) from None


async def _search(port: str, tell: Tell, readers: Sequence[DriverInfo], pace: Pace) -> BusReport:
    heard = await _listen(port, tell, pace)
    found, trouble = [], ""
    for info in readers:
        try:
            protocol = await _look(info, port, tell, pace)
        except NoReplyError:
            continue
        except NotReadyError as error:
            trouble = error.evidence
            continue
        candidate = Candidate(info.id, Probe(), None, ())
        found.append((Found(info, candidate, snippet(info, port, candidate)), protocol))
    return BusReport(port, LISTEN_S, len(heard), tuple(sorted(set(heard))), tuple(found), trouble)


async def _listen(port: str, tell: Tell, pace: Pace) -> list[str]:
    """Return the identifier of each frame that goes over the bus by itself."""
    usual = Iso15765Settings(driver="iso15765-can", port=port)
    link = listening_bus(port) or make_link(port, usual, None, pace)
    line, heard = CanLine(port, link, pace), []
    end_ms = pace.now_ms() + LISTEN_S * 1000
    await link.open()
    try:
        while (left_s := (end_ms - pace.now_ms()) / 1000) > 0:
            if (frame := await line.receive(left_s)) is not None:
                tell("from_device", str(frame))
                heard.append(str(frame).partition("#")[0])
    finally:
        await link.close()
    return heard


async def _look(info: DriverInfo, port: str, tell: Tell, pace: Pace) -> str:
    """Let a reader find the vehicle; returns what that speaks. NoReplyError, or NotReadyError on a disturbed bus."""
    settings: Any = info.settings.model_validate({"driver": info.id, "port": port})
    reader = cast(CanReader, info.build(port, settings, None, pace))
    reader.exchange.tap = lambda way, text, _: tell(way, text.decode("ascii"))
    await reader.open()
    try:
        return await reader.connect()
    finally:
        await reader.close()
