"""Wire face of a serial CAN adapter (LAWICEL's command set) in a car's diagnostic socket.

Knows the adapter's commands, when it refuses, and what it tells about the bus. The control units are behind it
(can_units.py). Does not know ports, time of day, or what a host wants with the frames.
"""

from collections.abc import Callable

from protocols import slcan
from protocols.can_frame import CanFrame
from protocols.errors import FrameError
from simulators.can_units import CanUnits
from simulators.ecu import ControlUnits

VERSION, NUMBER = "1013", "A123"
QUEUE = 16
"""Frames that wait for somebody to take them; a further one is refused."""
ERRORS_UNACKNOWLEDGED, ERRORS_ON_BUS = 0x24, 0xA4
"""State of the bus as F tells it: warning and passive; and bus errors besides."""
TAKEN_11, TAKEN_29 = b"z\r", b"Z\r"


class SlcanFace:
    """A CAN adapter on USB. ``socket`` returns the control units it is plugged into now, or None."""

    def __init__(self, socket: Callable[[], ControlUnits | None]) -> None:
        self.units = CanUnits(socket)
        self.bus_error = False
        """A fault: the bus is short-circuited, no frame passes."""
        self._framer = slcan.LineFramer()
        self._open = False
        self._talkative = True
        self._bitrate_kbit: int | None = None
        self._unsent = 0

    def switches(self) -> dict[str, Callable[[bool], None]]:
        """Return what can go wrong inside and behind it, and how it is switched on and off."""

        def flag(owner: object, name: str) -> Callable[[bool], None]:
            return lambda on: setattr(owner, name, on)

        return {
            "bus_error": flag(self, "bus_error"),
            "wait_for_ever": flag(self.units, "waits_for_ever"),
            "lost_part": flag(self.units, "loses_parts"),
            "power_cut": lambda on: self.power_cut() if on else None,
        }

    def join(self) -> None:
        """Take part in the bus at its own bit rate and say frames only: for ends that are no serial adapter."""
        self._open, self._bitrate_kbit, self._talkative = True, None, False

    def power_cut(self) -> None:
        """Start anew, as an adapter does whose plug was loose: channel closed, bit rate forgotten."""
        self._open, self._bitrate_kbit, self._unsent = False, None, 0

    def feed(self, data: bytes) -> bytes:
        """Take what the host writes, in any chunking."""
        return b"".join(self._obey(line) for line in self._framer.feed(data))

    def step(self, dt_s: float) -> bytes:
        """Let time pass; return the frames that the adapter heard."""
        said = self.units.step(dt_s)
        hears = self._open and not self.bus_error and self.units.acknowledges(self._bitrate_kbit)
        return b"".join(slcan.encode_frame(frame) for frame in said) if hears else b""

    def _obey(self, line: bytes) -> bytes:
        if line in (b"", slcan.BEL):
            return self._say(slcan.Done())
        try:
            command = slcan.decode_command(line)
        except FrameError:
            return self._say(slcan.Refused())
        match command:
            case CanFrame():
                return self._send(command)
            case slcan.Remote():
                return self._say(slcan.Done() if self._open else slcan.Refused())
            case slcan.Command(slcan.VERSION | "v"):
                return self._say(slcan.Told(command.letter, VERSION))
            case slcan.Command(slcan.SERIAL_NUMBER):
                return self._say(slcan.Told(slcan.SERIAL_NUMBER, NUMBER))
            case slcan.Command(slcan.FLAGS) if self._open:
                return self._say(slcan.Told(slcan.FLAGS, f"{self._flags():02X}"))
            case _:
                return self._say(slcan.Done() if self._configure(command) else slcan.Refused())

    def _configure(self, command: slcan.Command) -> bool:
        if command.bitrate_kbit is not None and not self._open:
            self._bitrate_kbit = command.bitrate_kbit
            return True
        if command.letter == slcan.OPEN and not self._open and self._bitrate_kbit is not None:
            self._open, self._unsent = True, 0
            return True
        if command.letter == slcan.CLOSE and self._open:
            self._open = False
            return True
        return False

    def _send(self, frame: CanFrame) -> bytes:
        if not self._open or self._unsent >= QUEUE:
            return self._say(slcan.Refused())
        if self.bus_error or not self.units.acknowledges(self._bitrate_kbit):
            self._unsent += 1  # it tries for ever
        else:
            self._unsent = 0
            self.units.hear(frame, self._bitrate_kbit)
        return (TAKEN_29 if frame.extended else TAKEN_11) if self._talkative else b""

    def _flags(self) -> int:
        if self.bus_error:
            return ERRORS_ON_BUS
        return ERRORS_UNACKNOWLEDGED if self._unsent else 0

    def _say(self, word: slcan.Done | slcan.Refused | slcan.Told) -> bytes:
        return slcan.encode_word(word) if self._talkative else b""
