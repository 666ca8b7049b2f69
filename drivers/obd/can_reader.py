"""Scan tool made of a CAN interface alone, in the role ObdReader: it finds out what the vehicle speaks.

Knows in which order a vehicle is looked for (bit rates, then what may be spoken), and that a vehicle's silence is not
an adapter's. Does not know adapters, what is said to the vehicle (iso15765, j1939), or how often it is read.
"""

import contextlib
from collections.abc import Awaitable, Callable, Sequence

from drivers.errors import DeviceError, NoReplyError, NotReadyError
from drivers.obd import iso15765, j1939
from drivers.obd.can_settings import CanSettings, make_link
from drivers.obd.reader import ConnectedReads, Vehicle
from drivers.pace import Pace
from drivers.roles import Device, Identity
from drivers.transports.base import Transport
from drivers.transports.can_link import CanLine, CanLink

DOING = "find the vehicle's protocol"
Find = Callable[[CanLine, Pace, int], Awaitable[Vehicle | None]]
"""Looks for a vehicle on the bus that the line has joined at this bit rate (kbit/s)."""


class CanReader(ConnectedReads):
    """A CAN interface on the vehicle's diagnostic connector."""

    def __init__(self, device: str, link: CanLink, pace: Pace, finds: Sequence[Find]) -> None:
        super().__init__(device)
        self.exchange = CanLine(device, link, pace)
        self._link = link
        self._pace = pace
        self._finds = finds

    async def open(self) -> None:
        """Open the adapter. It stays off the bus until a vehicle is to be found."""
        await self._link.open()

    async def identify(self) -> Identity:
        """Return what the adapter said about itself when it was opened."""
        return Identity(None, None, self._link.firmware)

    async def close(self) -> None:
        """Leave the vehicle's bus if the adapter is still there, and close it."""
        if self._vehicle is not None:
            with contextlib.suppress(DeviceError):
                await self.disconnect()
        await self._link.close()

    async def connect(self) -> str:
        """Find the vehicle's protocol; NoReplyError when no control unit answers."""
        self._vehicle = None
        errors: list[str] = []
        for bitrate_kbit in self._link.bitrates:
            await self._link.join(bitrate_kbit)
            for find in self._finds:
                self._vehicle = await find(self.exchange, self._pace, bitrate_kbit)
                if self._vehicle is not None:
                    return self._vehicle.protocol
            state = await self._link.check(DOING)
            if state.disturbed:
                raise NotReadyError(self.device, DOING, f"the bus is disturbed ({state.errors}): bit rate or wiring")
            errors += [f" ({state.errors})"] if state.errors else []
        await self._link.leave()
        silent = "no control unit answers; is the ignition on and the plug seated?"
        raise NoReplyError(self.device, DOING, silent + "".join(dict.fromkeys(errors)))

    async def disconnect(self) -> None:
        """Leave the vehicle's bus."""
        self._vehicle = None
        await self._link.leave()


def build(device: str, settings: CanSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a CAN interface that takes whatever a vehicle speaks."""
    return CanReader(device, make_link(device, settings, transport, pace), pace, (iso15765.find, j1939.find))


def build_wwh(device: str, settings: CanSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a CAN interface for vehicles of ISO 27145 alone."""
    return CanReader(device, make_link(device, settings, transport, pace), pace, (iso15765.find_wwh,))


def build_j1939(device: str, settings: CanSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a CAN interface for heavy diesels of SAE J1939 alone."""
    return CanReader(device, make_link(device, settings, transport, pace), pace, (j1939.find,))
