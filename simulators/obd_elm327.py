"""Wire face of an ELM327 scan tool in a car's diagnostic socket: text commands in, text answers out.

Knows the ELM327's settings, its texts for trouble, and how it prints CAN frames and messages of a K line.
Does not know ports, time of day, or what a host wants with the data.
"""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import zip_longest

from protocols import iso_tp
from simulators import k_line
from simulators.ecu import Answer, ControlUnits
from simulators.elm327_settings import PROTOCOL_NAMES, ElmSettings

IDENTITY = "ELM327 v1.5"
DESCRIPTION = "OBDII to RS232 Interpreter"
LONGEST_LINE = 64
ANSWER_S = 0.03
SEARCH_S = 0.4
FRUITLESS_SEARCH_S = 2.5
RESET_S = 0.3
CAN_BITRATES = {"6": 500, "7": 500, "8": 250, "9": 250}
HEX = frozenset("0123456789ABCDEF")
TROUBLES = {
    "can_error": "CAN ERROR",
    "buffer_full": "BUFFER FULL",
    "data_error": "<DATA ERROR",
    "low_voltage": "LV RESET",
    "low_power": "LP ALERT",
    "bus_busy": "BUS BUSY",
    "bus_error": "BUS ERROR",
    "feedback_error": "FB ERROR",
    "receive_error": "<RX ERROR",
    "stopped": "STOPPED",
    "tool_reset": "ERR94",
    "no_data": "NO DATA",
    "no_car": "UNABLE TO CONNECT",
}
"""Fault -> what the tool says instead of data."""


class Elm327Face:
    """An ELM327 on USB. ``socket`` returns the control units it is plugged into now, or None."""

    def __init__(self, socket: Callable[[], ControlUnits | None], battery_v: Callable[[], float]) -> None:
        self.trouble: str | None = None
        """What it says instead of data, such as CAN ERROR, BUFFER FULL or <DATA ERROR."""
        self._socket = socket
        self._battery_v = battery_v
        self._settings = ElmSettings()
        self._typed = bytearray()
        self._last_line = ""
        self._found: str | None = None
        self._plugged: ControlUnits | None = None
        self._queue: deque[tuple[float, bytes]] = deque()
        self._waited_s = 0.0

    def switches(self) -> dict[str, Callable[[bool], None]]:
        """Return what can go wrong inside, and how it is switched on and off."""

        def say(text: str) -> Callable[[bool], None]:
            return lambda on: setattr(self, "trouble", text if on else None)

        return {kind: say(text) for kind, text in TROUBLES.items()}

    def feed(self, data: bytes) -> bytes:
        """Take typed characters. Whatever comes while it is at work stops it."""
        out = bytearray()
        for byte in data:
            if self._queue:
                self._queue.clear()
                out += self._text("STOPPED", "")
                continue
            if self._settings.echo:
                out.append(byte)
            if byte == 0x0D:
                line, self._typed = self._typed.decode("latin-1"), bytearray()
                self._take_line(line)
                out += self.step(0.0)
            elif byte not in b"\n\0":
                self._typed = (self._typed + bytes([byte]))[-LONGEST_LINE:]
        return bytes(out)

    def step(self, dt_s: float) -> bytes:
        """Print what falls due."""
        out = bytearray()
        self._waited_s = self._waited_s + dt_s if self._queue else 0.0
        while self._queue and self._queue[0][0] <= self._waited_s + 1e-9:
            due_s, text = self._queue.popleft()
            self._waited_s -= due_s
            out += text
        return bytes(out)

    def _say(self, after_s: float, *lines: str, prompt: bool = True) -> None:
        ending = ("",) if prompt else ()
        self._queue.append((after_s, self._text(*lines, *ending, prompt=prompt)))

    def _text(self, *lines: str, prompt: bool = True) -> bytes:
        end = "\r\n" if self._settings.linefeeds else "\r"
        return ("".join(line + end for line in lines) + (">" if prompt else "")).encode("latin-1")

    def _take_line(self, line: str) -> None:
        command = "".join(line.upper().split()) or self._last_line
        self._last_line = command
        if command.startswith("AT"):
            self._configure(command[2:])
        elif command and HEX.issuperset(command):
            self._ask(command)
        else:
            self._say(0.0, "?")

    # --- settings ---------------------------------------------------------------------------------------------

    def _configure(self, command: str) -> None:
        if command in ("Z", "WS", "D"):
            self._reset(command)
            return
        told = {
            "I": IDENTITY,
            "@1": DESCRIPTION,
            "RV": f"{self._battery_v():.1f}V",
            "DP": self._protocol_name(),
            "DPN": ("A" if self._settings.automatic else "") + (self._found or self._settings.protocol),
            "PC": "OK",
            "IGN": "ON" if self._awake() else "OFF",
        }
        if command in told:
            if command == "PC":
                self._found = None
            self._say(0.0, told[command])
            return
        if command[:2] in ("SP", "TP"):
            self._found = None
        self._say(0.0, "OK" if self._settings.set(command) else "?")

    def _reset(self, command: str) -> None:
        self._settings, self._found = ElmSettings(), None
        if command == "D":
            self._say(0.0, "OK")
        else:
            self._say(RESET_S if command == "Z" else 0.0, "", "", IDENTITY)

    def _protocol_name(self) -> str:
        name = PROTOCOL_NAMES[self._found or self._settings.protocol]
        return f"AUTO, {name}" if self._settings.automatic and self._found else name

    # --- the bus ----------------------------------------------------------------------------------------------

    def _awake(self) -> bool:
        units = self._socket()
        if units is not self._plugged:  # another car
            self._plugged, self._found = units, None
        return units is not None and units.awake

    def _ask(self, command: str) -> None:
        """Send a request; an odd last digit is how many answers to wait for."""
        limit = int(command[-1], 16) if len(command) % 2 else 0
        request = bytes.fromhex(command[: len(command) // 2 * 2])
        awake = self._awake()
        if self.trouble:
            self._say(ANSWER_S, self.trouble)
            return
        if not self._join(awake):
            return
        target = self._settings.target(self._found or "6")
        answers = self._plugged.ask(request, target) if self._plugged is not None else []
        self._print(answers[:limit] if limit else answers, hurried=bool(limit))

    def _join(self, awake: bool) -> bool:
        """Make sure of the car's protocol; say why not and return False."""
        settings = self._settings
        spoken = self._plugged.protocol if self._plugged is not None and awake else None
        if self._plugged is not None and self._plugged.dialect == "j1939":
            spoken = None  # this tool's own way of reading it is not simulated
        if self._found is not None:
            return True
        if settings.automatic:
            self._say(0.0, "SEARCHING...", prompt=False)
            if spoken is None or not self._plugged_answers():
                self._say(FRUITLESS_SEARCH_S, "UNABLE TO CONNECT")
                return False
            self._say(SEARCH_S, prompt=False)
        elif spoken != settings.protocol:
            self._say(settings.timeout_s, *self._wrong_protocol(spoken))
            return False
        elif spoken in k_line.PROTOCOLS:
            self._say(SEARCH_S, "BUS INIT: ...OK", prompt=False)
        self._found = spoken
        return True

    def _plugged_answers(self) -> bool:
        """Whether the question with which it searches by itself gets an answer."""
        return self._plugged is not None and bool(self._plugged.ask(b"\x01\x00"))

    def _wrong_protocol(self, spoken: str | None) -> Sequence[str]:
        chosen = self._settings.protocol
        if chosen in k_line.PROTOCOLS:
            return ("BUS INIT: ...ERROR",)
        rate, real = CAN_BITRATES.get(chosen), CAN_BITRATES.get(spoken or "")
        return ("CAN ERROR",) if rate and real and rate != real else ("NO DATA",)

    # --- printing ---------------------------------------------------------------------------------------------

    def _print(self, answers: Sequence[Answer], *, hurried: bool) -> None:
        if not answers:
            self._say(self._settings.timeout_s, "NO DATA")
            return
        pause = ANSWER_S / 2.0 if hurried else ANSWER_S
        for delay_s in sorted({each.delay_s for each in answers}):
            together = [self._lines(each) for each in answers if each.delay_s == delay_s]
            mixed = [line for turn in zip_longest(*together) for line in turn if line is not None]
            self._say(delay_s, *mixed, prompt=False)
        self._say(pause)

    def _lines(self, answer: Answer) -> list[str]:
        """Print the frames of one message as the present settings show them."""
        settings = self._settings
        if self._found in k_line.PROTOCOLS:
            found = k_line.messages(answer, self._found)
            whole = [head + data + k_line.checksum(head + data) if settings.headers else data for head, data in found]
            return [self._bytes(message) for message in whole]
        frames = iso_tp.segment(answer.message)
        if settings.headers:
            sender = self._sender(answer)
            return [sender + self._bytes(self._shown(frame)) for frame in frames]
        if not settings.formatting:
            return [self._bytes(frame) for frame in frames]
        if len(frames) == 1:
            return [self._bytes(answer.message)]
        gap = " " if settings.spaces else ""
        parts = [frames[0][2:], *(frame[1:] for frame in frames[1:])]
        numbered = [f"{number & 0xF:X}:{gap}{self._bytes(part)}" for number, part in enumerate(parts)]
        return [f"{len(answer.message):03X}{gap}", *numbered]

    def _shown(self, frame: bytes) -> bytes:
        """Take the padding off a single frame, unless raw frames are wanted."""
        single = frame[0] >> 4 == 0
        return frame[: 1 + frame[0]] if self._settings.formatting and single else frame

    def _sender(self, answer: Answer) -> str:
        gap = " " if self._settings.spaces else ""
        if self._found in ("7", "9"):
            return self._bytes(bytes([0x18, 0xDA, 0xF1, answer.unit.source]))
        return f"{0x7E8 + answer.unit.address:03X}{gap}"

    def _bytes(self, data: bytes) -> str:
        gap = " " if self._settings.spaces else ""
        return "".join(f"{byte:02X}{gap}" for byte in data)
