"""Frequency converters of roller motors (AMB, AMB100, SB60, X11) on Modbus: which registers start, stop and turn them.

Knows what public lane programs write: one of them writes all four, and reads nothing back; the checksums of two of its
literal frames are right. The word 37h that goes with a frequency to an SB60 has the bits of 07h, which starts it; what
its others mean is not published. Does not know frames (modbus), ports, time, how fast a roller turns at which
frequency, or when it may turn.
"""

from dataclasses import dataclass

from protocols.captured import Captured, Explain, Explained
from protocols.errors import UnknownFrameError, ValueRangeError
from protocols.modbus import Function, Refusal, Request, Written, decode_reply, decode_request, unwrap_rtu

X11_FULL, X11_FULL_HZ = 30_000, 80.0
"""An X11 is told parts of 80 Hz."""


@dataclass(frozen=True, slots=True)
class Drive:
    """One model: where it is told what."""

    name: str
    function: Function
    """How it is written to."""
    control: int
    frequency: int
    """Address of the frequency; where it follows the control word, both are written together."""
    per_hz: float
    stop_word: int
    run_word: int
    with_frequency: int | None = None
    """Control word that goes before a frequency, where both are written together. It starts the motor."""
    before_run: tuple[int, ...] = ()
    """Control words that go before the one that starts."""
    reset: tuple[int, int] | None = None
    """Address and word that clear a fault; explained, never written."""
    largest: int = 0xFFFF
    """The highest frequency that its register may be told."""

    def stop(self) -> Request:
        """Return what stops the motor."""
        return self._write(self.control, self.stop_word)

    def set_frequency(self, hz: float) -> Request:
        """Return what tells a frequency; ValueRangeError for one that does not fit."""
        if not 0.0 < hz < float("inf"):
            raise ValueRangeError(f"{self.name}: {hz} Hz turns no motor")
        word = round(hz * self.per_hz)
        if not 0 < word <= self.largest:
            raise ValueRangeError(f"{self.name}: {hz} Hz does not fit into its register")
        if self.with_frequency is None:
            return self._write(self.frequency, word)
        return self._write(self.control, self.with_frequency, word)

    def start(self, hz: float) -> tuple[Request, ...]:
        """Return what starts the motor at this frequency, in the order in which it is written."""
        words = () if self.run_word == self.with_frequency else (*self.before_run, self.run_word)
        return (self.set_frequency(hz), *(self._write(self.control, word) for word in words))

    def runs(self, request: Request) -> bool | None:
        """Tell whether this write starts the motor (True) or stops it (False); None where it does neither."""
        if request.address != self.control or not request.values:
            return None
        word = request.values[0]
        return False if word == self.stop_word else True if word in (self.run_word, self.with_frequency) else None

    def hz(self, request: Request) -> float | None:
        """Return the frequency that this write tells, if any."""
        at = self.frequency - request.address
        return request.values[at] / self.per_hz if 0 <= at < len(request.values) else None

    def _write(self, address: int, *words: int) -> Request:
        return Request(self.function, address, len(words), words)


AMB = Drive("AMB", Function.WRITE_REGISTER, 0x2000, 0x2001, 10.0, stop_word=0x01, run_word=0x12, reset=(0x2002, 0x02))
AMB100 = Drive("AMB100", Function.WRITE_REGISTER, 0x1000, 0x2000, 100.0, stop_word=6, run_word=1)
SB60 = Drive(
    "SB60",
    Function.WRITE_REGISTERS,
    0x3200,
    0x3201,
    100.0,
    stop_word=6,
    run_word=7,
    with_frequency=0x37,
    before_run=(6,),
)
X11 = Drive(
    "X11",
    Function.WRITE_REGISTERS,
    0x0000,
    0x0001,
    X11_FULL / X11_FULL_HZ,
    stop_word=0,
    run_word=1,
    with_frequency=1,
    largest=X11_FULL,
)


def explainer(drive: Drive) -> Explain:
    """Return what explains frames of this drive."""

    def explain(captured: Captured) -> Explained:
        _, pdu = unwrap_rtu(captured.frame)
        if captured.to_device:
            return _request(drive, decode_request(pdu))
        reply = decode_reply(pdu)
        match reply:
            case Refusal(function, code):
                return Explained("refusal", {"function": float(function), "exception": float(code)}, (reply.word,))
            case Written(_, address, count, _):
                return Explained("written", {"address": float(address), "count": float(count)})
        raise UnknownFrameError("a drive is only written to")

    return explain


def _request(drive: Drive, request: Request) -> Explained:
    hz, runs = drive.hz(request), drive.runs(request)
    values: dict[str, float | None] = {"address": float(request.address)}
    if hz is not None:
        values["frequency_hz"] = round(hz, 3)
    if (request.address, *request.values) == drive.reset:
        return Explained("reset", values)
    if runs is None and hz is None:
        return Explained(request.function.name.lower(), values)
    return Explained("drive", values, () if runs is None else ("run",) if runs else ("stop",))
