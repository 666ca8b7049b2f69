"""The line itself, on a real broker: certificates, states, last will, restarts."""

import asyncio
import contextlib
from typing import Any

import pytest

from lanectl.uplink.client import TAKEN_OVER, Face, Incoming, Line, LineSettings, Retained, pause_s


class Recorder:
    """What a line told its face."""

    def __init__(self) -> None:
        self.ups = 0
        self.downs: list[str] = []
        self.heard: list[Incoming] = []

    def face(self) -> Face:
        async def will() -> Retained:
            return Retained("lanectl/v1/440106/44010625/01/state", b"gone")

        return Face(
            will,
            lambda: Retained("lanectl/v1/440106/44010625/01/state", b"bye"),
            self._up,
            self.downs.append,
            self.heard.append,
        )

    def _up(self) -> None:
        self.ups += 1


@contextlib.asynccontextmanager
async def running(line: Line) -> Any:
    task = asyncio.create_task(line.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _line(bench: Any, files: Any, recorder: Recorder, say: Any) -> Line:
    topics = (f"lanectl/v1/{say.lane}/receipt",)
    return Line(bench.settings(files), "lane-1", topics, _Impatient(), recorder.face(), jitter=lambda: 0.0)


class _Impatient:
    def now_ms(self) -> int:
        return 0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.05))


async def test_a_lane_with_its_certificate_connects_and_hears_its_own_topics(
    bench: Any, station: Any, peer: Any, say: Any
) -> None:
    recorder = Recorder()
    line = _line(bench, station.lanes[say.lane].line, recorder, say)
    bureau = await peer()
    async with running(line):
        await say.eventually(lambda: line.connected)
        bureau.say(f"lanectl/v1/{say.other_lane}/receipt", b"not ours")
        bureau.say(f"lanectl/v1/{say.lane}/receipt", b"ours")
        await say.eventually(lambda: recorder.heard)
    assert [message.payload for message in recorder.heard] == [b"ours"]
    assert not line.connected


async def test_a_certificate_of_another_authority_is_refused(bench: Any, stranger: Any, station: Any, say: Any) -> None:
    recorder = Recorder()
    theirs = stranger.lanes[say.lane].line
    settings = LineSettings(bench.broker.host, bench.broker.port, station.broker.ca, theirs.cert, theirs.key)
    line = Line(settings, "lane-1", (), _Impatient(), recorder.face())
    async with running(line):
        await say.eventually(lambda: len(recorder.downs) >= 2)
    assert recorder.ups == 0


async def test_a_broker_of_another_authority_is_refused(bench: Any, stranger: Any, station: Any, say: Any) -> None:
    recorder = Recorder()
    ours = station.lanes[say.lane].line
    settings = LineSettings(bench.broker.host, bench.broker.port, stranger.broker.ca, ours.cert, ours.key)
    line = Line(settings, "lane-1", (), _Impatient(), recorder.face())
    async with running(line):
        await say.eventually(lambda: recorder.downs)
    assert "CERTIFICATE_VERIFY_FAILED" in recorder.downs[0]
    assert recorder.ups == 0


async def test_a_missing_certificate_file_is_a_reason_and_not_a_crash(
    bench: Any, station: Any, say: Any, tmp_path: Any
) -> None:
    recorder = Recorder()
    ours = station.lanes[say.lane].line
    settings = LineSettings(bench.broker.host, bench.broker.port, ours.ca, tmp_path / "none.pem", ours.key)
    async with running(Line(settings, "lane-1", (), _Impatient(), recorder.face())):
        await say.eventually(lambda: recorder.downs)
    assert "No such file" in recorder.downs[0]


async def test_the_line_comes_back_after_the_broker_was_restarted(bench: Any, station: Any, say: Any) -> None:
    recorder = Recorder()
    line = _line(bench, station.lanes[say.lane].line, recorder, say)
    async with running(line):
        await say.eventually(lambda: line.connected)
        await bench.broker.restart()
        await say.eventually(lambda: recorder.ups == 2)
    assert len(recorder.downs) >= 1


async def test_the_last_will_speaks_when_the_lane_dies_and_the_farewell_when_it_leaves(
    bench: Any, station: Any, peer: Any, say: Any
) -> None:
    watcher = await peer("lanectl/v1/+/+/+/state")
    recorder = Recorder()
    line = _line(bench, station.lanes[say.lane].line, recorder, say)
    async with running(line):
        await say.eventually(lambda: line.connected)
        say.cut(line)
        await say.eventually(lambda: watcher.heard)
        await say.eventually(lambda: recorder.ups == 2)
    await say.eventually(lambda: len(watcher.heard) >= 2)
    assert [message.payload for message in watcher.heard] == [b"gone", b"bye"]


async def test_a_line_that_swallows_everything_is_noticed_and_left(bench: Any, station: Any, say: Any) -> None:
    async with _BlackHole(bench.broker) as hole:
        recorder, files = Recorder(), station.lanes[say.lane].line
        settings = LineSettings(hole.host, hole.port, files.ca, files.cert, files.key, keepalive_s=1)
        line = Line(settings, "lane-1", (), _Impatient(), recorder.face())
        async with running(line):
            await say.eventually(lambda: recorder.ups == 1)
            hole.swallow()
            await say.eventually(lambda: recorder.ups == 2)
    assert len(recorder.downs) >= 1


class _BlackHole:
    """A relay that can keep its present connections open and pass nothing on, with no FIN and no RST."""

    host = "127.0.0.1"

    def __init__(self, broker: Any) -> None:
        self._broker = broker
        self._pumps: list[asyncio.Task[None]] = []
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> "_BlackHole":
        self._server = await asyncio.start_server(self._serve, self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.swallow()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        for writer in self._writers:
            writer.close()
            writer.transport.abort()
        await self._server.wait_closed()

    def swallow(self) -> None:
        for pump in self._pumps:
            pump.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._broker.host, self._broker.port)
        self._writers += [writer, far_writer]
        self._pumps += [asyncio.create_task(_pump(reader, far_writer)), asyncio.create_task(_pump(far_reader, writer))]


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)


async def test_a_line_without_connection_says_so_instead_of_queueing(bench: Any, station: Any, say: Any) -> None:
    line = _line(bench, station.lanes[say.lane].line, Recorder(), say)
    assert not line.publish("lanectl/v1/x", b"lost")


@pytest.mark.parametrize(("failures", "least", "most"), [(0, 0.25, 0.5), (1, 0.5, 1.0), (3, 2.0, 4.0), (50, 4.0, 8.0)])
def test_pauses_grow_to_a_limit_and_are_spread(failures: int, least: float, most: float) -> None:
    assert pause_s(failures, "gone", 0.0) == least
    assert pause_s(failures, "gone", 1.0) == most


def test_a_clone_does_not_start_a_fight() -> None:
    assert pause_s(0, TAKEN_OVER, 0.0) >= 30.0
