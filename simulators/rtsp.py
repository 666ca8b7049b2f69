"""A small RTSP server: one H.264 stream over TCP, RTP and RTCP interleaved (RFC 2326, RFC 6184).

Knows requests, packets and viewers. Does not know what the stream shows, nor the time of day: it is told.
"""

import asyncio
import contextlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

RTP_CLOCK = 90_000
PAYLOAD_TYPE = 96
LARGEST_PAYLOAD = 1_400
NTP_BEFORE_UNIX_S = 2_208_988_800
SSRC = 0x1A2E_CA3E
MOST_UNSENT = 1_000_000
"""A viewer that lets this much pile up is dropped."""
LONGEST_REQUEST = 16_384


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One encoded picture in Annex B form."""

    data: bytes
    is_key: bool
    at_s: float
    """Seconds since the stream began."""

    @property
    def rtp_time(self) -> int:
        """The RTP timestamp."""
        return round(self.at_s * RTP_CLOCK) & 0xFFFF_FFFF


def nal_units(annex_b: bytes) -> list[bytes]:
    """Cut an Annex B picture at its start codes."""
    parts = annex_b.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")
    return [part for part in parts if part]


def payloads(unit: bytes) -> Iterator[tuple[bytes, bool]]:
    """Yield (RTP payload, whether it ends the unit): the unit itself, or its fragments (FU-A)."""
    if len(unit) <= LARGEST_PAYLOAD + 1:  # a fragment must not be first and last at once
        yield unit, True
        return
    indicator, kind = (unit[0] & 0xE0) | 28, unit[0] & 0x1F
    chunks = [unit[start : start + LARGEST_PAYLOAD] for start in range(1, len(unit), LARGEST_PAYLOAD)]
    for number, chunk in enumerate(chunks):
        last = number == len(chunks) - 1
        header = kind | (0x80 if number == 0 else 0) | (0x40 if last else 0)
        yield bytes((indicator, header)) + chunk, last


def interleaved(channel: int, packet: bytes) -> bytes:
    """Put a packet between the requests of a connection."""
    return struct.pack(">cBH", b"$", channel, len(packet)) + packet


@dataclass
class RtpSender:
    """Numbers packets for one viewer and counts them for the sender report."""

    sequence: int = 0
    packets: int = 0
    octets: int = 0

    def picture(self, unit: AccessUnit) -> bytes:
        """Return a picture as interleaved RTP."""
        sent, nals = [], nal_units(unit.data)
        for number, nal in enumerate(nals):
            for payload, ends in payloads(nal):
                marker = 0x80 if ends and number == len(nals) - 1 else 0
                head = struct.pack(">BBHII", 0x80, PAYLOAD_TYPE | marker, self.sequence, unit.rtp_time, SSRC)
                sent.append(interleaved(0, head + payload))
                self.sequence = (self.sequence + 1) & 0xFFFF
                self.packets += 1
                self.octets += len(payload)
        return b"".join(sent)

    def report(self, wall_s: float, rtp_time: int) -> bytes:
        """Return a sender report: this RTP time was this time of day."""
        ntp = round((wall_s + NTP_BEFORE_UNIX_S) * 2**32)
        report = struct.pack(">BBHIQIII", 0x80, 200, 6, SSRC, ntp, rtp_time, self.packets, self.octets)
        return interleaved(1, report)


@dataclass(eq=False)
class Viewer:
    """One connection."""

    writer: asyncio.StreamWriter
    sender: RtpSender = field(default_factory=RtpSender)
    playing: bool = False
    waits_for_key: bool = True

    def show(self, unit: AccessUnit, wall_s: float, report_due: bool) -> None:
        """Send a picture, from the first whole one on; a viewer that does not keep up is dropped."""
        if not self.playing or (self.waits_for_key and not unit.is_key):
            return
        if self.waits_for_key or report_due:
            self.writer.write(self.sender.report(wall_s, unit.rtp_time))
        self.waits_for_key = False
        self.writer.write(self.sender.picture(unit))
        if self.writer.transport.get_write_buffer_size() > MOST_UNSENT:
            self.writer.transport.abort()


class RtspServer:
    """Serves one stream at ``rtsp://127.0.0.1:port/{name}`` to any number of viewers."""

    host = "127.0.0.1"

    def __init__(self, name: str, port: int = 0) -> None:
        self.name = name
        self.port = port
        self._server: asyncio.Server | None = None
        self._viewers: dict[Viewer, asyncio.Task[None]] = {}

    @property
    def url(self) -> str:
        """The address of the stream."""
        return f"rtsp://{self.host}:{self.port}/{self.name}"

    async def open(self) -> None:
        """Listen; the first time chooses the port, where it was 0."""
        self._server = await asyncio.start_server(self._serve, self.host, self.port, limit=LONGEST_REQUEST)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and drop every viewer. Idempotent."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        tasks = list(self._viewers.values())
        for viewer in list(self._viewers):
            viewer.writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)

    def show(self, unit: AccessUnit, wall_s: float, report_due: bool) -> None:
        """Send a picture to everybody who plays; ``wall_s`` is the camera's own time of day."""
        for viewer in list(self._viewers):
            viewer.show(unit, wall_s, report_due)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        viewer, task = Viewer(writer), asyncio.current_task()
        assert task is not None
        self._viewers[viewer] = task
        try:
            while (request := await _read_request(reader)) is not None:
                writer.write(self._answer(viewer, *request))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass  # gone, or talks something else
        finally:
            del self._viewers[viewer]
            writer.close()

    def _answer(self, viewer: Viewer, method: str, url: str, headers: dict[str, str]) -> bytes:
        extra: dict[str, str] = {}
        body = ""
        status = "200 OK"
        if url.rstrip("/").rsplit("/", 1)[-1] not in (self.name, "track1") and method != "OPTIONS":
            status = "404 Not Found"
        elif method == "OPTIONS":
            extra["Public"] = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"
        elif method == "DESCRIBE":
            extra = {"Content-Base": f"{self.url}/", "Content-Type": "application/sdp"}
            body = _description(self.host, self.name)
        elif method == "SETUP":
            if "RTP/AVP/TCP" in headers.get("transport", ""):
                extra = {"Transport": f"RTP/AVP/TCP;unicast;interleaved=0-1;ssrc={SSRC:08X}", "Session": "1;timeout=60"}
            else:
                status = "461 Unsupported Transport"
        elif method == "PLAY":
            viewer.playing, extra = True, {"Session": "1", "Range": "npt=now-"}
        elif method == "TEARDOWN":
            viewer.playing = False
        elif method != "GET_PARAMETER":
            status = "501 Not Implemented"
        extra["Content-Length"] = str(len(body))
        head = "".join(f"{name}: {value}\r\n" for name, value in {"CSeq": headers.get("cseq", "0"), **extra}.items())
        return f"RTSP/1.0 {status}\r\n{head}\r\n{body}".encode()


async def _read_request(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str]] | None:
    """Return the next request (method, address, headers); receiver reports in between are passed over."""
    while (first := await reader.read(1)) == b"$":
        _, length = struct.unpack(">BH", await reader.readexactly(3))
        await reader.readexactly(length)
    if not first:
        return None
    lines = (first + await reader.readuntil(b"\r\n\r\n")).decode("utf-8").split("\r\n")
    method, url, _ = lines[0].split(" ")
    pairs = (line.partition(":") for line in lines[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    with contextlib.suppress(KeyError):
        await reader.readexactly(int(headers["content-length"]))
    return method, url, headers


def _description(host: str, name: str) -> str:
    return (
        f"v=0\r\no=- 0 0 IN IP4 {host}\r\ns={name}\r\nc=IN IP4 {host}\r\nt=0 0\r\na=control:*\r\n"
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}\r\na=rtpmap:{PAYLOAD_TYPE} H264/{RTP_CLOCK}\r\n"
        f"a=fmtp:{PAYLOAD_TYPE} packetization-mode=1\r\na=control:track1\r\n"
    )
