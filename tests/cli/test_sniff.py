"""``lanectl sniff``: what goes over a wire, cut at its silences, explained, timed; and not one byte written to it."""

import fcntl
import json
import os
import select
import threading
import tty
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import can
import pytest

from drivers.listening import ListeningPort
from lanectl.app import sniffing
from lanectl.app.overhearing import Cutter, Interpreter, Utterance, meaning_text
from lanectl.cli import main
from lanectl.model.words.ports import SNIFF

QUESTION, SMOKE = bytes.fromhex("A55B"), bytes.fromhex("A5 01 60 00 65 09 B0 01 66 D0")
SMOKE = SMOKE[:-1] + bytes([-sum(SMOKE[:-1]) & 0xFF])
GAP_S = 0.08


class Tapped:
    """A pseudo-terminal that says these bytes, one utterance after the other, once somebody listens."""

    heard_by: threading.Semaphore

    def __init__(self, said: Sequence[bytes]) -> None:
        self.near, self.far = os.openpty()
        tty.setraw(self.far)
        self.name = os.ttyname(self.far)
        self._said = said
        self._over = threading.Event()
        self._player = threading.Thread(target=self._play)

    def __enter__(self) -> "Tapped":
        self._player.start()
        return self

    def _play(self) -> None:
        self.heard_by.acquire(timeout=5.0)
        for data in self._said:
            self._over.wait(GAP_S)
            os.write(self.near, data)

    def written(self) -> bytes:
        return os.read(self.near, 4096) if select.select([self.near], [], [], 0)[0] else b""

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.heard_by.release()
        self._player.join()
        os.close(self.far)
        os.close(self.near)


@pytest.fixture(autouse=True)
def _listeners(monkeypatch: pytest.MonkeyPatch) -> None:
    Tapped.heard_by = threading.Semaphore(0)

    class Ear(ListeningPort):
        async def open(self) -> None:
            await super().open()
            Tapped.heard_by.release()

    monkeypatch.setattr(sniffing, "ListeningPort", Ear)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str], str]:
    with pytest.raises(SystemExit) as left:
        main(["sniff", *arguments])
    said = capsys.readouterr()
    return int(left.value.code or 0), said.out.splitlines(), said.err


def test_frames_are_logged_with_time_bytes_and_meaning_and_nothing_is_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    log = tmp_path / "smoke.log"
    with Tapped([QUESTION, SMOKE]) as tap:
        code, lines, _ = run(capsys, tap.name, "--device", "nanhua-nht-6", "--for-s", "0.5", "--out", str(log))
        assert tap.written() == b""
    assert code == 0
    assert SNIFF["begin"].zh.split("：")[1][:4] in lines[0]
    question, smoke = lines[2:4]
    assert question.split()[1:4] == [">", "A5", "5B"]
    assert "nanhua-nht-6: read" in question
    assert "opacity_n_pct=35.2" in smoke
    assert 0.03 < float(smoke.split()[0]) - float(question.split()[0]) < 0.3
    assert lines[4] == SNIFF["end"].fill(count=2, data=12).zh
    assert log.read_text("utf-8").splitlines() == lines[:4]


def test_a_program_gets_an_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with Tapped([b"0850\r0851\r"]) as tap:
        code, lines, _ = run(capsys, tap.name, "--device", "nanhua-rpm-5300", "--for-s", "0.3", "--json")
    told = [json.loads(line) for line in lines]
    assert code == 0
    assert [each["meanings"]["nanhua-rpm-5300"]["values"] for each in told] == [
        {"engine_rpm": 850},
        {"engine_rpm": 851},
    ]


def test_two_taps_tell_the_directions(capsys: pytest.CaptureFixture[str]) -> None:
    with Tapped([b"", SMOKE]) as answers, Tapped([QUESTION]) as questions:
        code, lines, _ = run(
            capsys, answers.name, "--to-device", questions.name, "--device", "nanhua-nht-6", "--for-s", "0.6", "--json"
        )
        assert answers.written() == questions.written() == b""
    assert code == 0
    assert [json.loads(line)["to_device"] for line in lines] == [True, False]


def test_a_port_that_is_not_there_or_in_use_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, errors = run(capsys, "/dev/there/is/none")
    assert code == 2
    assert "No such file" in errors
    with Tapped([]) as tap:
        held = os.open(tap.name, os.O_RDWR | os.O_NOCTTY)
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        code, _, errors = run(capsys, tap.name, "--for-s", "0.1")
        os.close(held)
    assert code == 2
    assert "PortUnusable" in errors or "unavailable" in errors
    assert run(capsys, "/dev/null", "--device", "toaster")[0] == 2


class Bus:
    """A bus with two frames that nothing may be sent to."""

    def __init__(self) -> None:
        self.ours, theirs = os.pipe()
        os.write(theirs, b"xx")
        os.close(theirs)
        self._frames = [can.Message(arbitration_id=0x7E8, data=b"\x06\x41\x00\xbe\x3f\xa8\x13", is_extended_id=False)]
        self._frames.append(can.Message(arbitration_id=0x18FECA00, data=b"\0\xff\0\0\0\0\xff\xff", is_extended_id=True))

    def fileno(self) -> int:
        return self.ours

    def recv(self, timeout: float) -> can.Message | None:
        return self._frames.pop(0) if self._frames else None

    def send(self, message: can.Message) -> None:
        raise AssertionError("a sniffer sends nothing")

    def shutdown(self) -> None:
        os.close(self.ours)


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    opened: dict[str, Any] = {}

    def open_bus(**options: Any) -> Bus:
        opened.update(options)
        return Bus()

    monkeypatch.setattr(can, "Bus", open_bus)
    yield
    assert opened == {"interface": "socketcan", "channel": "can0"}, "no filter: every frame is heard"


@pytest.mark.usefixtures("bus")
def test_a_can_bus_is_heard_whole(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines, _ = run(capsys, "socketcan:can0", "--for-s", "0.2")
    assert code == 0
    assert "7E8 06 41 00 BE 3F A8 13" in lines[2]
    assert "iso15765-can" in lines[2]
    assert "18FECA00 00 FF" in lines[3]


def test_utterances_end_with_a_silence_and_never_grow_for_ever() -> None:
    cutter = Cutter(30)
    assert cutter.feed(b"\xa5", 0) == []
    assert cutter.feed(b"\x5b", 10) == []
    assert cutter.silence(20) == []
    assert cutter.silence(40) == [Utterance(0, QUESTION)]
    assert cutter.feed(b"x" * 3000, 50)[0].at_ms == 50
    assert cutter.rest() == []


def test_every_device_that_can_read_an_utterance_is_named_once_for_each_meaning() -> None:
    (line,) = Interpreter().lines(Utterance(0, SMOKE, False))
    assert {"nanhua-nht-6", "nanhua-nht-1", "nanhua-nht-1l"} <= set(line.meanings)
    assert meaning_text(line).count("opacity_n_pct=35.2") < len(line.meanings)
    assert Interpreter().lines(Utterance(0, b"\x26"))[0].meanings == {}, "a single byte means something to too many"


def test_what_cannot_be_read_between_frames_is_shown_by_itself() -> None:
    lines = Interpreter("nanhua-nht-6").lines(Utterance(0, SMOKE + b"\x99\x98" + SMOKE, False))
    assert [(line.data, bool(line.meanings)) for line in lines] == [(SMOKE, True), (b"\x99\x98", False), (SMOKE, True)]


def test_the_usual_speed_is_that_of_the_device() -> None:
    assert sniffing.usual_baud("xincheng-bntd") == 38400
    assert sniffing.usual_baud(None) == 9600
