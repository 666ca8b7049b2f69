"""One wire: a device's face, what disturbs it, and the bytes on their way to the host.

Knows faces and faults. Does not know what kind of end is attached (ends.py) or what the device is.
"""

from simulators.face import Face
from simulators.faults import FaultChain

LONGEST_BACKLOG = 16384
"""A host that does not listen loses the oldest bytes, as behind a real UART."""

BOOT_S = 3.0


class Wire:
    """The device's side of one line. Somebody calls ``receive``, ``step`` and ``take``."""

    def __init__(self, face: Face) -> None:
        self.face = face
        self.faults = FaultChain()
        self.plugged = True
        """False while the adapter is pulled out of the computer."""
        self.deaf = False
        """True when nothing of what the host sends reaches the device."""
        self._outgoing = bytearray()
        self._frozen: dict[bytes, bytes] | None = None
        self._booting_s = 0.0

    def receive(self, data: bytes) -> None:
        """Take bytes of the host."""
        if self.plugged and not self.deaf and data and not self._booting_s:
            self._send(self._as_before(data, self.face.feed(data)))

    def step(self, dt_s: float) -> None:
        """Let time pass for the device and for what disturbs it."""
        said = self.face.step(dt_s)
        late = self.faults.step(dt_s)
        booting, self._booting_s = self._booting_s, max(0.0, self._booting_s - dt_s)
        if not self.plugged or booting:
            return
        self._outgoing += late
        self._send(self._as_before(b"", said))

    def freeze(self, on: bool) -> None:
        """Let the device answer each question as it answered it first, and say unasked what it said first."""
        self._frozen = {} if on else None

    def reboot(self, boot_s: float = BOOT_S) -> None:
        """Let the device start anew: meanwhile it neither hears nor speaks, and what was under way is lost."""
        self._booting_s = boot_s
        self._outgoing.clear()

    @property
    def booting(self) -> bool:
        """Whether the device starts anew."""
        return self._booting_s > 0.0

    def _as_before(self, asked: bytes, said: bytes) -> bytes:
        return said if self._frozen is None or not said else self._frozen.setdefault(asked, said)

    def take(self) -> bytes:
        """Return what is to go to the host now."""
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def unplug(self) -> None:
        """Pull the adapter: what was under way is lost."""
        self.plugged = False
        self._outgoing.clear()

    def plug(self) -> None:
        """Put the adapter back."""
        self.plugged = True

    def _send(self, data: bytes) -> None:
        if data:
            self._outgoing += self.faults.bend(data)
            del self._outgoing[:-LONGEST_BACKLOG]
