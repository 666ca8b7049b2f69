"""Wire face of the tachometer VMT-2000: it answers, and counts anew once a second.

Knows both questions and which engines are too slow for it. What it does not do is refused; of the refusal's code only
its existence is published, 01 stands here, as do the status and the frequency that are 0. Does not know engines,
ports, or time of day.
"""

from collections.abc import Callable

from protocols.nt_frame import NtFrame, NtRequests, encode
from protocols.revolutions import Revolutions
from protocols.vmt2000 import EVERYBODY, LOWEST_RPM, OWN, READ, READ_ALL, Everything, Refused, Reply, frame_of
from simulators.patience import Patience
from simulators.tachometer import EngineSensor

COUNT_EVERY_S = 1.0
UNKNOWN = 0x01


class Vmt2000Face(EngineSensor):
    """A tachometer that answers when asked."""

    lowest_rpm = float(LOWEST_RPM)

    def __init__(self, engine_rpm: Callable[[], float], seed: int = 0) -> None:
        super().__init__(engine_rpm, seed)
        self._patience = Patience(NtRequests)
        self._shown = Revolutions(0)
        self._old_s = COUNT_EVERY_S

    def feed(self, data: bytes) -> bytes:
        """Answer each question to it or to everybody that these bytes complete."""
        asked = [each for each in self._patience.feed(data) if each.address in (EVERYBODY, OWN)]
        return b"".join(encode(frame_of(self._answer(each))) for each in asked)

    def step(self, dt_s: float) -> bytes:
        """Count once a second; this device never speaks unasked."""
        self._patience.step(dt_s)
        self._old_s += dt_s
        if self._old_s >= COUNT_EVERY_S:
            self._shown, self._old_s = self.count(), 0.0
        return b""

    def _answer(self, asked: NtFrame) -> Reply:
        if asked == READ:
            return self._shown
        if asked == READ_ALL:
            return Everything(0, self._shown, 0)
        return Refused(asked, UNKNOWN)
