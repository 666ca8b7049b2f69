"""The child process that decodes one camera. Run as ``python -m lanectl.cameras.decode``.

Reads one JSON object from stdin (url, clock_region, reference), writes one JSON line for each picture that it
measured, and a last one with the reason when the stream ends. A decoder that crashes takes only this process with it;
when stdin closes, the daemon is gone and the child ends. The address is never printed: it may hold a password.
"""

import json
import os
import struct
import sys
import threading
import time
from collections.abc import Iterator

import av
from av.error import FFmpegError, InvalidDataError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from lanectl.cameras.picture import HEIGHT, WIDTH, Eye

OPEN_LIMIT_S = 5.0
READ_LIMIT_S = 5.0
LOOK_EVERY_S = 0.4
KEYS_OFTEN_S = 1.2
"""When whole pictures come at least this often, the ones between them are not decoded."""
OPTIONS = {
    "rtsp_transport": "tcp",
    "analyzeduration": "200000",
    "probesize": "100000",
    "fflags": "nobuffer",
    # A playlist or redirect must not lead the decoder into this machine's files.
    "protocol_whitelist": "rtsp,rtsps,rtp,srtp,tcp,udp,tls,http,https,crypto",
}
LOW_DELAY = 1 << 19
"""AV_CODEC_FLAG_LOW_DELAY: a picture comes out as soon as it went in."""
NICENESS = 10
TROUBLES: dict[str, str] = {
    "ConnectionRefusedError": "no_server",
    "HTTPNotFoundError": "no_stream",
    "HTTPUnauthorizedError": "not_let_in",
    "HTTPForbiddenError": "not_let_in",
    "TimeoutError": "silent",
    "ExitError": "silent",
    "EOFError": "ended",
    "InvalidDataError": "unreadable",
}
"""Names of the decoder's errors to trouble codes; any other is ``broken_off``."""


class Chooser:
    """Chooses the packets that are worth decoding and the pictures that are worth measuring."""

    def __init__(self) -> None:
        self._key_s: float | None = None
        self._keys_only = False
        self._looked_s: float | None = None

    def decodes(self, is_key: bool, now_s: float) -> bool:
        """Say whether to decode a packet. Pictures between whole ones need all that went before them."""
        if not is_key:
            return not self._keys_only
        self._keys_only = self._key_s is not None and now_s - self._key_s <= KEYS_OFTEN_S
        self._key_s = now_s
        return not self._keys_only or self._due(now_s)

    def measures(self, now_s: float) -> bool:
        """Say whether to measure a decoded picture."""
        if not self._due(now_s):
            return False
        self._looked_s = now_s
        return True

    def _due(self, now_s: float) -> bool:
        return self._looked_s is None or now_s - self._looked_s >= LOOK_EVERY_S


def looks(url: str, eye: Eye) -> Iterator[dict[str, object]]:
    """Yield the figures of one picture after another until the stream ends (FFmpegError)."""
    options = OPTIONS if url.startswith("rtsp") else {k: v for k, v in OPTIONS.items() if k != "rtsp_transport"}
    with av.open(url, options=options, timeout=(OPEN_LIMIT_S, READ_LIMIT_S)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        stream.codec_context.flags |= LOW_DELAY
        chooser = Chooser()
        for packet in container.demux(stream):
            offset_s = clock_offset_s(packet)
            if not chooser.decodes(packet.is_keyframe, time.monotonic()):
                continue
            for frame in frames(packet):
                if chooser.measures(time.monotonic()):
                    yield {**eye.look(grey(frame)), "clock_offset_s": offset_s}


def frames(packet: "Packet[VideoStream]") -> list[VideoFrame]:
    """Return the pictures of a packet; none of one that is damaged, for the next whole picture mends it."""
    try:
        return list(packet.decode())
    except InvalidDataError:
        return []


def grey(frame: VideoFrame) -> bytes:
    """Return a picture as WIDTH x HEIGHT grey levels."""
    plane = frame.reformat(width=WIDTH, height=HEIGHT, format="gray").planes[0]
    row, data = plane.line_size, bytes(plane)
    return b"".join(data[start : start + WIDTH] for start in range(0, HEIGHT * row, row))


def clock_offset_s(packet: "Packet[VideoStream]") -> float | None:
    """Return the stream's wall clock minus ours, from the sender reports of RTCP; None where there are none."""
    if not packet.has_sidedata("prft"):
        return None
    wall_us: int = struct.unpack_from("<q", bytes(packet.get_sidedata("prft")))[0]
    return round(wall_us / 1e6 - time.time(), 3)


def read_picture(path: str) -> bytes:
    """Return a picture file as grey levels."""
    with av.open(path) as container:
        return grey(next(container.decode(video=0)))


def trouble(error: BaseException) -> str:
    """Return the trouble code of a decoder's error."""
    for kind in type(error).__mro__:
        if kind.__name__ in TROUBLES:
            return TROUBLES[kind.__name__]
    return "broken_off"


def run(order: dict[str, object]) -> str:
    """Watch one stream to its end; returns the trouble code."""
    region, reference = order.get("clock_region"), order.get("reference")
    try:
        picture = read_picture(str(reference)) if reference else None
    except (FFmpegError, OSError, StopIteration):
        return "bad_reference"
    eye = Eye(region if isinstance(region, list) else None, picture)
    try:
        for look in looks(str(order["url"]), eye):
            say(look)
    except (FFmpegError, OSError, EOFError) as error:
        return trouble(error)
    except IndexError:  # a stream without video
        return "unreadable"
    return "ended"


def say(line: dict[str, object]) -> None:
    """Write one line to the daemon."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _end_with_the_daemon() -> None:
    sys.stdin.read()
    os._exit(0)


def main() -> None:
    """Read the order, watch, and say why it ended."""
    os.nice(NICENESS)
    order = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_daemon, daemon=True).start()
    say({"trouble": run(order)})
    sys.stdout.flush()
    os._exit(0)  # the reader thread still waits for stdin


if __name__ == "__main__":
    main()
