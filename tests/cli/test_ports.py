"""``lanectl probe`` on pseudo-terminals: what it says to people and to programs."""

import asyncio
import inspect
import json
import os
import select
import socket
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from drivers import search
from drivers.registry import DRIVERS
from drivers.search import Candidate, Exchanged
from lanectl.app import bus_search
from lanectl.app.port_search import snippet
from lanectl.cli import main, ports
from lanectl.model.words.ports import GRADES, PROBE, ROLES, SNIFF
from simulators.can_ends import WireOnUdp
from simulators.devices import DEVICE_IDS
from simulators.runner import ports_alive
from simulators.station import SimulatedLane


@contextmanager
def simulated(device: str) -> Iterator[str]:
    """Play a device on a pseudo-terminal; yields the name of its port."""
    near, far = os.openpty()
    tty.setraw(far)
    wire = SimulatedLane(0, (device,)).wires[DEVICE_IDS[device]]
    over = threading.Event()

    def play() -> None:
        while not over.is_set():
            if select.select([near], [], [], 0.01)[0]:
                wire.receive(os.read(near, 4096))
            wire.step(0.02)
            if data := wire.take():
                os.write(near, data)

    player = threading.Thread(target=play)
    player.start()
    try:
        yield os.ttyname(far)
    finally:
        over.set()
        player.join()
        os.close(far)
        os.close(near)


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """Run a command; returns exit code, output, errors."""
    monkeypatch.setattr(search, "LISTEN_S", 0.2)

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return run


def test_a_found_device_is_named_with_evidence_and_lines_for_the_lane_file(say: Any) -> None:
    with simulated("nanhua-nha-506i") as port:
        code, said, _ = say("probe", port)
    assert code == 0
    assert "nanhua-nha-506i" in said
    assert "02 -> 06" in said
    assert f'[devices.gas]\n      driver = "nanhua-nha-506i"\n      port = "{port}"' in said


def test_a_program_gets_one_object(say: Any) -> None:
    with simulated("fuli-vmt-2000") as port:
        code, said, _ = say("probe", port, "--baud", "19200", "--json")
    told = json.loads(said)
    assert (code, told["sure"]) == (0, True)
    (found,) = told["found"]
    assert (found["device"], found["baud"], found["role"]) == ("fuli-vmt-2000", 19200, "tachometer")
    assert found["evidence"][0]["meaning"].startswith("revolutions")


def test_devices_that_speak_alike_are_all_named(say: Any) -> None:
    with simulated("mingquan-mqz-3") as port:
        code, said, _ = say("probe", port)
    assert code == 0
    assert PROBE["alike"].fill(count=2).zh in said
    assert {"nanhua-rpm-5300", "mingquan-mqz-3"} <= set(said.split())


def test_nobody_there_is_told_and_left_with_1(say: Any) -> None:
    with simulated("nanhua-led") as port:
        code, said, _ = say("probe", port, "--only", "fuli-fth-2")
    assert code == 1
    assert PROBE["nothing"].zh in said
    assert PROBE["nothing"].en in said


def test_what_is_not_understood_is_shown(say: Any) -> None:
    with simulated("nanhua-rpm-5300") as port:
        code, said, _ = say("probe", port, "--only", "fuli-fth-2")
    assert code == 1
    assert PROBE["unread"].en in said
    assert "0D" in said


def test_a_question_that_is_an_order_to_another_is_told_and_not_asked(say: Any) -> None:
    with simulated("nanhua-led") as port:
        code, said, _ = say("probe", port, "--careful", "--only", "fuli-fth-2", "--only", "nanhua-nha-506i")
    assert code == 1
    assert PROBE["withheld"].fill(count=2).en in said
    assert "nanhua-nha-506i: pump ambient" in said
    assert "4E 54 33 33" not in said.split(PROBE["withheld"].fill(count=2).en)[0]


@pytest.mark.parametrize(
    ("arguments", "means"),
    [(("/dev/there/is/none",), "PortUnusableError"), (("/dev/null", "--only", "nanhua-nha-506ii"), "nanhua-nha-506i")],
)
def test_what_cannot_be_looked_for_is_told_as_wrong_use(say: Any, arguments: tuple[str, ...], means: str) -> None:
    code, said, errors = say("probe", *arguments, "--json")
    assert code == 2
    assert means in said + errors


def test_what_no_wire_tells_is_left_open_in_the_lines_for_the_lane_file() -> None:
    info = DRIVERS["mingquan-mqw-5102"]
    candidate = Candidate(info.id, info.probes[0], 9600, (Exchanged("read status", b"", b"", 9600),))
    assert snippet(info, "/dev/lane/nox", candidate).splitlines()[-1] == 'measures = ?   # "nox" | "no"'


def test_every_message_and_role_is_there_in_both_languages() -> None:
    assert {info.role for info in DRIVERS.values()} <= set(ROLES)
    assert {info.grade for info in DRIVERS.values()} <= set(GRADES)
    for text in (*PROBE.values(), *SNIFF.values(), *ROLES.values(), *GRADES.values()):
        assert any("\u4e00" <= sign <= "\u9fff" for sign in text.zh)
        assert text.en.isascii()


# --- a CAN bus ----------------------------------------------------------------------------------------------------

GROUP = "239.74.163.2"


@contextmanager
def on_udp(preset: str | None, device: str = "iso15765-can") -> Iterator[str]:
    """Play a car's control units on a bus of UDP packets; yields its name."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    lane = SimulatedLane(0, (device,))
    if preset is not None:
        lane.drive_on(preset)
    begun = threading.Event()
    told: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def play() -> None:
        told.append((asyncio.get_running_loop(), over := asyncio.Event()))
        async with ports_alive(lane, [WireOnUdp(lane.wires["obd"], GROUP, number)], 1.0):
            begun.set()
            await over.wait()

    player = threading.Thread(target=lambda: asyncio.run(play()))
    player.start()
    begun.wait()
    try:
        yield f"udp_multicast:{GROUP}:{number}"
    finally:
        loop, over = told[0]
        loop.call_soon_threadsafe(over.set)
        player.join()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus_search, "LISTEN_S", 0.2)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    ("preset", "only", "reader", "protocol"),
    [
        ("clean_petrol", (), "iso15765-can", "ISO 15765-4 CAN 11/500"),
        ("heavy_diesel_wwh", ("--only", "iso27145-can"), "iso27145-can", "ISO 27145"),
        ("heavy_diesel_mil_on", ("--only", "j1939-can"), "j1939-can", "SAE J1939"),
    ],
)
def test_on_a_can_bus_the_reader_is_named_that_finds_the_vehicle(
    say: Any, preset: str, only: tuple[str, ...], reader: str, protocol: str
) -> None:
    with on_udp(preset, "j1939-can" if reader == "j1939-can" else "iso15765-can") as port:
        code, said, _ = say("probe", port, *only, "--json")
    (found,) = json.loads(said)["found"]
    assert (code, found["device"]) == (0, reader)
    assert found["protocol"].startswith(protocol)
    assert f'port = "{port}"' in found["snippet"]


@pytest.mark.usefixtures("short")
def test_on_a_can_bus_nothing_is_asked_that_does_not_only_read(say: Any) -> None:
    with on_udp("clean_petrol") as port:
        code, said, _ = say("probe", port, "--only", "iso15765-can")
    assert code == 0
    assert "CAN bus: listened to for 0.2 s first" in said
    assert "A vehicle answers" in said
    sent = [line.split()[1] for line in said.splitlines() if line.startswith("  > ")]
    assert sent[0] == "7DF#0201000000000000"
    for frame in sent:
        identifier, data = frame.split("#")
        assert (identifier, data[2:4]) == ("7DF", "01"), "which items there are, and nothing else"


@pytest.mark.usefixtures("short")
def test_a_silent_can_bus_is_told_with_what_to_check(say: Any) -> None:
    with on_udp(None) as port:
        code, said, _ = say("probe", port, "--only", "iso27145-can")
    assert code == 1
    assert "No control unit answers" in said
    code, said, error = say("probe", "socketcan:surely-absent")
    assert code == 2
    assert "socketcan:surely-absent" in error


def test_what_makes_no_sense_on_a_can_bus_is_refused(say: Any) -> None:
    for option, value, what in (("--baud", "9600", "no serial speed"), ("--only", "rz-1", "not read over a CAN bus")):
        code, _, error = say("probe", "socketcan:can0", option, value)
        assert code == 2
        assert what in error


def test_every_text_of_a_search_is_used() -> None:
    program = inspect.getsource(ports).replace("'", '"')
    assert [name for name in PROBE if f'PROBE["{name}"]' not in program] == []
