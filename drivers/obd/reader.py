"""What every reader in the role ObdReader does once a vehicle is connected, whatever tool it is and whatever is spoken.

Knows that nothing is asked before a vehicle is there, and whose fault a silence or a damaged answer is. Does not know
tools, buses, how a vehicle is found, or which questions there are.
"""

from typing import Protocol

from drivers.errors import GarbledReplyError, NoReplyError, NotReadyError
from drivers.obd.questions import NoAnswerError
from drivers.readings import ObdFacts, ObdLive
from protocols.errors import FrameError


class Vehicle(Protocol):
    """A vehicle that was found. Its verbs raise NoAnswerError, FrameError and DeviceError."""

    protocol: str
    """By the name that scan tools use for it."""

    async def read_check(self) -> ObdFacts:
        """Read everything that the OBD check needs."""

    async def read_live(self) -> ObdLive:
        """Take one look at the data list."""


class ConnectedReads:
    """The two reading verbs of the role."""

    def __init__(self, device: str) -> None:
        self.device = device
        self._vehicle: Vehicle | None = None

    async def read_check(self) -> ObdFacts:
        """Read everything that the OBD check needs."""
        doing = "read OBD facts"
        vehicle = self._connected(doing)
        try:
            return await vehicle.read_check()
        except NoAnswerError as error:
            raise NoReplyError(self.device, doing, str(error)) from error
        except FrameError as error:
            raise GarbledReplyError(self.device, doing, str(error)) from error

    async def read_live(self) -> ObdLive:
        """Take one look at the live data stream."""
        doing = "read live data"
        vehicle = self._connected(doing)
        try:
            return await vehicle.read_live()
        except NoAnswerError as error:
            raise NoReplyError(self.device, doing, str(error)) from error
        except FrameError as error:
            raise GarbledReplyError(self.device, doing, str(error)) from error

    def _connected(self, doing: str) -> Vehicle:
        if self._vehicle is None:
            raise NotReadyError(self.device, doing, "no vehicle is connected")
        return self._vehicle
