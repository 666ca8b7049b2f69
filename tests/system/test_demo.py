"""`lanectl demo` as somebody runs it: a whole shift, a shift with something broken, and a station that stays up."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]
FULL = os.environ.get("FULL") == "1"
SAYS_NO, UNUSABLE = 1, 2


@pytest.fixture
def temp(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for everything temporary, so that what is left behind can be seen."""
    monkeypatch.setenv("TMPDIR", str(short_folder))
    return short_folder


def processes_of(folder: Path) -> list[str]:
    """Return the command lines of all processes that were started with something in this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = process.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:  # it has ended meanwhile
            continue
        if str(folder) in words:
            found.append(words)
    return found


def nothing_left(folder: Path) -> bool:
    return not list(folder.iterdir()) and not processes_of(folder)


def test_a_shift_holds_and_ends_with_six_verified_records(temp: Path, lanectl: Callable[..., Any]) -> None:
    done = lanectl("demo", "--once", within_s=540.0)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    table = done.stdout[done.stdout.index("What the bureau received") :]
    rows = [re.split(r"\s{2,}", line.strip()) for line in table.splitlines() if line.startswith("  440106/")]
    judged = [row for row in rows if row[3] != "invalid"]  # a busy machine may have had a test done again
    assert [(row[0][-2:], row[3]) for row in judged] == [
        *(("01", "pass"), ("01", "fail"), ("01", "pass")),
        *(("02", "pass"), ("02", "fail"), ("02", "pass")),
    ]
    assert {row[-1] for row in rows} == {"verified"}
    methods = re.findall(r"judged by (\w+):", done.stdout)
    assert sorted(methods) == ["asm2540", "asm5025", "asm5025", "free_acceleration", "lug_down", "two_speed_idle"]
    assert "camera front: no test starts after half a minute: locked" in done.stdout
    assert "Everything held" in done.stdout
    assert nothing_left(temp)


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
def test_a_sabotage_is_caught_and_named(temp: Path, lanectl: Callable[..., Any], sabotage: str, caught: str) -> None:
    if not FULL and sabotage != "camera":
        pytest.skip("the quickest is played always, the others with FULL=1")

    done = lanectl("demo", "--once", "--sabotage", sabotage, within_s=330.0)

    assert done.returncode == SAYS_NO, done.stdout + done.stderr
    assert done.stderr == ""
    ending = done.stdout[done.stdout.index(f"sabotage '{sabotage}' was caught:") :]
    assert re.search(caught, ending), ending
    assert nothing_left(temp)


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["--sabotage", "gate"], "add --once"),
        (["--once", "--folder", "{folder}"], "choose a new --folder"),
        (["--once", "--folder", "{folder}/" + 100 * "x"], "choose a shorter --folder"),
    ],
)
def test_what_cannot_be_played_is_said_with_a_remedy(
    tmp_path: Path, lanectl: Callable[..., Any], arguments: list[str], remedy: str
) -> None:
    (tmp_path / "something").touch()

    done = lanectl("demo", *(argument.format(folder=tmp_path) for argument in arguments))

    assert (done.returncode, done.stderr) == (UNUSABLE, ""), done.stderr
    assert remedy in done.stdout
    assert len(done.stdout.splitlines()) == 2


@pytest.fixture
def playing(temp: Path, program: list[str]) -> Iterator["subprocess.Popen[str]"]:
    """An interactive demo."""
    demo = subprocess.Popen(
        [*program, "demo"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        yield demo
    finally:
        if demo.poll() is None:
            demo.kill()
        demo.communicate()


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
