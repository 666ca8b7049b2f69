"""`lanectl demo` with something broken, ended while it plays, and left alone: it says what it saw, and nothing stays.

Beside the whole shift of test_demo.py: each takes whatever ports are free.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.system.conftest import nothing_left, processes_of

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]
FULL = os.environ.get("FULL") == "1"
SAYS_NO = 1
DEMO = "import simulators.demo; simulators.demo.TERMINAL_PORTS = {}; from lanectl.cli import main; main()"


@pytest.fixture
def demo() -> list[str]:
    """The command line of a demo that wants no port in particular."""
    return [sys.executable, "-c", DEMO, "demo"]


@pytest.mark.parametrize(
    ("sabotage", "caught"),
    [
        ("camera", r"the bureau shows it too, and never anything else: (covered, )?online"),
        ("receipt", r"outboxes empty, by signed receipts alone: [1-9]\d* messages wait; the lane refused receipts"),
        ("gate", r"retest refused on the second lane: accepted"),
        ("signature", r"lanectl verify, lane 01: chain, signatures, traces: .*\"ok\": false.*\"sequence\": 1"),
        ("verdict", r"lanectl replay \S+: same verdict: .*\"same\": false"),
    ],
)
def test_a_sabotage_is_caught_and_named(temp: Path, demo: list[str], sabotage: str, caught: str) -> None:
    if not FULL and sabotage != "camera":
        pytest.skip("the quickest is played always, the others with FULL=1")

    command = [*demo, "--once", "--sabotage", sabotage]
    done = subprocess.run(command, capture_output=True, text=True, timeout=330.0, check=False)

    assert done.returncode == SAYS_NO, done.stdout + done.stderr
    assert done.stderr == ""
    ending = done.stdout[done.stdout.index(f"sabotage '{sabotage}' was caught:") :]
    assert re.search(caught, ending), ending
    assert nothing_left(temp)


@pytest.fixture
def playing(temp: Path, demo: list[str]) -> Iterator["subprocess.Popen[str]"]:
    """An interactive demo."""
    played = subprocess.Popen(demo, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    try:
        yield played
    finally:
        if played.poll() is None:
            played.kill()
        played.communicate()


def lines_until(demo: "subprocess.Popen[str]", wanted: str) -> list[str]:
    assert demo.stdout is not None
    seen: list[str] = []
    for line in demo.stdout:
        seen.append(line)
        if wanted in line:
            return seen
    raise AssertionError(f"{wanted!r} never came:\n{''.join(seen)}")


def page_works(said: str) -> dict[str, Any]:
    """Look at the terminal page whose address is said; return what its screen shows."""
    address = re.search(r"http://[0-9.:]+", said)
    assert address is not None, said
    page = httpx.get(address[0] + "/", timeout=10.0)
    assert page.status_code == httpx.codes.OK
    assert "<html" in page.text
    return dict(httpx.get(address[0] + "/api/view", timeout=10.0).json())


@pytest.mark.skipif(not FULL, reason="plays the whole shift once more; with FULL=1")
def test_an_interactive_demo_stays_up_with_its_page_until_ctrl_c(temp: Path, playing: "subprocess.Popen[str]") -> None:
    view = page_works(lines_until(playing, "The station stays up")[-1])

    assert (view["lane"], view["locks"], view["running"]) == ("01", [], None)
    outcomes = [result["outcome"] for result in view["results"] if result["outcome"] != "invalid"]
    assert outcomes == ["pass", "fail", "pass"]
    os.killpg(playing.pid, signal.SIGINT)  # as a terminal does: to everybody in the foreground
    rest, _ = playing.communicate(timeout=8.0)
    assert (playing.returncode, "Traceback" in rest) == (0, False), rest
    assert nothing_left(temp)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_demo_that_is_ended_while_it_plays_leaves_no_process(
    temp: Path, playing: "subprocess.Popen[str]", number: signal.Signals
) -> None:
    view = page_works(lines_until(playing, "terminal of lane 01")[-1])
    assert view["lane"] == "01"
    assert processes_of(temp)

    if number == signal.SIGINT:
        os.killpg(playing.pid, number)  # as a terminal does: to everybody in the foreground
    else:
        playing.send_signal(number)
    rest, _ = playing.communicate(timeout=10.0)

    assert "Traceback" not in rest
    if number == signal.SIGKILL:  # nobody could tidy up; the programs still end by themselves
        deadline = time.monotonic() + 10.0
        while processes_of(temp) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert processes_of(temp) == []
    else:
        assert (playing.returncode, "Told to end" in rest) == (0, True), rest
        assert nothing_left(temp)
