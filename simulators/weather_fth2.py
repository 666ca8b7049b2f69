"""Wire face of the weather station FTH-2: one request, one answer in Fuli's NT frame.

Knows that other commands are refused; of the refusal's code only its existence is published, 01 stands here.
Does not know ports, rain, or what the weather is needed for.
"""

from protocols.fth2 import ADDRESS, READ, Reading, Refused, frame_of
from protocols.nt_frame import ERROR, NtFrame, NtRequests, encode
from protocols.weather import Weather
from simulators.patience import Patience
from simulators.sample_line import Air
from simulators.weather import WeatherSensors

UNKNOWN = Refused(0x01)


class Fth2Face(WeatherSensors):
    """A station that answers when asked."""

    full_scale = Weather(3276.7, 6553.5, 6553.5)

    def __init__(self, air: Air) -> None:
        super().__init__(air)
        self._patience = Patience(NtRequests)

    def feed(self, data: bytes) -> bytes:
        """Answer each request to this address that these bytes complete."""
        requests = self._patience.feed(data)
        return b"".join(encode(self._answer(each)) for each in requests if each.address == ADDRESS)

    def step(self, dt_s: float) -> bytes:
        """Forget half a request after a while; this station never speaks unasked."""
        self._patience.step(dt_s)
        return b""

    def _answer(self, request: NtFrame) -> NtFrame:
        if request == READ:
            return frame_of(Reading(0, self.weather()))
        return NtFrame(ADDRESS, ERROR, request.command, bytes([UNKNOWN.code]))
