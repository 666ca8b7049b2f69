"""How scan tools and serial CAN adapters are found on a port, without a word to the vehicle behind them.

Knows which commands only tell. Does not know ports, time, or other families.
"""

from drivers.probe import Probe, Question, obeys
from protocols import elm327, slcan, zenyuan
from protocols.can_frame import CanFrame
from protocols.errors import FrameError

TELLING = ("I", "@1", "@2", "RV", "DP", "DPN", "IGN", "CS", "BD")
ADAPTER_ORDERS = frozenset("SsOLlCZMmXxWwQU")
"""Letters by which a CAN adapter is set, joins the bus or leaves it."""
ANSWER_S = 1.0


def _elm_order(line: bytes) -> str | None:
    try:
        command = elm327.decode_command(line)
    except FrameError:
        return None
    if command.message is not None:
        return f"ask the vehicle {command.text}"
    return None if command.at in TELLING else command.text


def _says_elm(answer: bytes) -> bool:
    return any("ELM327" in line.upper() for line in elm327.decode_lines(answer, "ATI"))


ELM327 = Probe(
    bauds=(38400, 115200, 9600),
    questions=(Question("ATI", elm327.encode_command("ATI"), elm327.AnswerFramer, _says_elm, ANSWER_S),),
    obeys=obeys(elm327.CommandFramer, _elm_order),
)


class AdapterReply:
    """Finds what an adapter tells; frames and words between are passed over, since its channel may be open."""

    def __init__(self) -> None:
        self.surplus = 0
        self._framer = slcan.LineFramer()

    def feed(self, chunk: bytes) -> list[slcan.Told]:
        """Return what is told, once it is whole."""
        told = []
        for line in self._framer.feed(chunk):
            try:
                word = slcan.decode_line(line)
            except FrameError:
                continue
            if isinstance(word, slcan.Told):
                told.append(word)
        return told


def _slcan_order(line: bytes) -> str | None:
    try:
        command = slcan.decode_command(line)
    except FrameError:
        return None
    if isinstance(command, CanFrame | slcan.Remote):
        return "send a frame"
    return f"command {command.letter}" if command.letter in ADAPTER_ORDERS else None


def _version(told: slcan.Told) -> bool:
    return told.letter == slcan.VERSION


SLCAN = Probe(
    bauds=(115200,),
    questions=(
        Question("version of the adapter", slcan.encode_command(slcan.VERSION), AdapterReply, _version, ANSWER_S),
    ),
    obeys=obeys(slcan.LineFramer, _slcan_order),
)
"""A serial CAN adapter, whoever uses it: what the vehicle behind it speaks is not asked."""


def _box_order(packet: zenyuan.Packet) -> str | None:
    if packet.function >> 8 == zenyuan.VEHICLE:
        return f"ask the vehicle: {zenyuan.NAMES.get(packet.function, f'{packet.function:04X}')}"
    return None


def _firmware(packet: zenyuan.Packet) -> bool | None:
    return None if packet.function == zenyuan.DAMAGED else packet.function == zenyuan.FIRMWARE and bool(packet.data)


ZENYUAN = Probe(
    bauds=(115200,),
    questions=(
        Question(
            "firmware", zenyuan.encode(zenyuan.Packet(zenyuan.FIRMWARE)), zenyuan.AnswerFramer, _firmware, ANSWER_S
        ),
    ),
    obeys=obeys(zenyuan.PacketFramer, _box_order),
)
