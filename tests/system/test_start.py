"""A lane that may not start says why in one message, and never with a traceback.

What is found before anything runs is looked at in this process, which is quick; the rest as processes.
"""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lanectl.cli import main
from lanectl.ledger.database import open_for_writing
from simulators.demo.layout import Layout, lay_out
from simulators.demo.stage import free_port

pytestmark = pytest.mark.system
SAYS_NO, UNUSABLE = 1, 2


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return lay_out(tmp_path_factory.mktemp("station"), 1, {"01": 2}, 1.0, ("01",))


@dataclass
class Home:
    """The files of one lane, free to be spoilt."""

    folder: Path
    far: int
    """A pseudo-terminal, for those who need one."""

    @property
    def lane_file(self) -> Path:
        return self.folder / "lane-01" / "lane.toml"

    def edit(self, old: str, new: str) -> None:
        text = self.lane_file.read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        self.lane_file.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def home(pattern: Layout, tmp_path: Path) -> Iterator[Home]:
    folder = tmp_path / "s"
    shutil.copytree(pattern.folder, folder)
    near, far = os.openpty()
    made = Home(folder, far)
    text = made.lane_file.read_text("utf-8").replace(str(pattern.folder), str(folder))
    made.lane_file.write_text(text.replace("port = 2\n", f"port = {free_port()}\n"), "utf-8")
    yield made
    os.close(near)
    os.close(far)


def gone(home: Home) -> None:
    home.lane_file.unlink()


def no_toml(home: Home) -> None:
    home.lane_file.write_text("[lane\n", "utf-8")


def unknown_table(home: Home) -> None:
    home.edit("[data]", "[date]")


def no_driver(home: Home) -> None:
    home.edit('driver = "elm327"', 'driver = "elm328"')


def no_device(home: Home) -> None:
    text = home.lane_file.read_text("utf-8")
    home.lane_file.write_text(text[: text.index("[devices.obd]")], "utf-8")


def two_analyzers(home: Home) -> None:
    text = home.lane_file.read_text("utf-8")
    home.lane_file.write_text(
        f'{text}\n[devices.spare]\ndriver = "nanhua-nha-506i"\nport = "{home.folder}/spare"\n', "utf-8"
    )


def unsigned(home: Home) -> None:
    (home.folder / "data/limits/gb18285-2018.toml.sig").unlink()


def tampered(home: Home) -> None:
    limits = home.folder / "data/limits/gb18285-2018.toml"
    limits.write_bytes(limits.read_bytes() + b"\n")


def open_key(home: Home) -> None:
    (home.lane_file.parent / "lane.key.pem").chmod(0o644)


def strange_key(home: Home) -> None:
    for file in (home.folder / "trust" / "lane").iterdir():
        file.unlink()


def no_trust(home: Home) -> None:
    home.edit('trust = "../trust"', 'trust = "../nobody"')


def official(home: Home) -> None:
    (home.lane_file.parent / "dev" / "gas").symlink_to(os.ttyname(home.far))
    home.edit('mode = "training"', 'mode = "official"')
    home.edit("clock_factor = 1.0", "")


def no_ledger(home: Home) -> None:
    (home.lane_file.parent / "ledger.db").write_bytes(b"not a ledger" * 500)


@pytest.mark.parametrize(
    ("spoil", "code", "said"),
    [
        (gone, UNUSABLE, ["lane.toml: No such file", "--config"]),
        (no_toml, UNUSABLE, ["lane.toml:1:", "lanectl config check"]),
        (unknown_table, UNUSABLE, ["date", "data"]),
        (no_driver, UNUSABLE, ["elm328", "did you mean elm327"]),
        (no_device, SAYS_NO, ["device_missing: no method is possible", "asm: obd_reader"]),
        (two_analyzers, UNUSABLE, ["lane.toml:", "is a second gas_analyzer beside devices.gas"]),
        (unsigned, SAYS_NO, ["gb18285-2018.toml", "sign"]),
        (tampered, SAYS_NO, ["gb18285-2018.toml"]),
        (open_key, SAYS_NO, ["lane.key.pem", "chmod 600"]),
        (strange_key, SAYS_NO, ["lane_key_not_trusted"]),
        (no_trust, UNUSABLE, ["nobody"]),
        (official, SAYS_NO, ["official mode", "simulated_end: gas (pseudo_terminal)", "key_of_other_realm: training"]),
        (no_ledger, SAYS_NO, ["not a sound ledger file"]),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_lane_that_may_not_start_says_why(
    home: Home,
    spoil: Callable[[Home], object],
    code: int,
    said: list[str],
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    spoil(home)

    with pytest.raises(SystemExit) as left:
        main(["run", "--config", str(home.lane_file)])

    heard = "".join(capsys.readouterr()) + caplog.text
    assert left.value.code == code, heard
    assert all(text in heard for text in said), heard
    assert len(heard.splitlines()) <= 2, heard


def test_a_log_level_that_there_is_not_is_wrong_usage(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["run", "--config", str(home.lane_file), "--log-level", "loud"])

    assert left.value.code == UNUSABLE
    assert "loud" in capsys.readouterr().err


def test_a_damaged_memory_of_the_line_keeps_the_lane_from_starting(home: Home, lanectl: Callable[..., Any]) -> None:
    (home.lane_file.parent / "line_memory.json").write_text("{", "utf-8")

    done = lanectl("run", "--config", str(home.lane_file))

    assert (done.returncode, len(done.stderr.splitlines())) == (SAYS_NO, 1), done.stderr
    assert "line_memory.json" in done.stderr


def test_a_damaged_journal_keeps_the_lane_from_starting_and_says_which_test(
    home: Home, lanectl: Callable[..., Any]
) -> None:
    ledger = home.lane_file.parent / "ledger.db"
    with closing(open_for_writing(ledger)) as db:
        db.execute("insert into meta values ('region', '440106'), ('station', '44010625'), ('lane', '01')")
        db.execute("insert into meta values ('mode', 'training')")
        db.execute("insert into tests values ('t-1', x'7b', 'no digest')")

    done = lanectl("run", "--config", str(home.lane_file))

    assert (done.returncode, len(done.stderr.splitlines())) == (SAYS_NO, 1), done.stderr
    assert "the opening of test t-1" in done.stderr


def test_a_taken_port_ends_the_lane_with_the_port_in_the_message(home: Home, lanectl: Callable[..., Any]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        text = home.lane_file.read_text("utf-8").replace("[terminal]\nport = ", f"[terminal]\nport = {taken} # ")
        home.lane_file.write_text(text, "utf-8")

        done = lanectl("run", "--config", str(home.lane_file))

    assert (done.returncode, "Traceback" in done.stderr) == (SAYS_NO, False), done.stderr
    assert f"port {taken} is taken" in done.stderr


@pytest.fixture
def at_work(home: Home, program: list[str]) -> Iterator["subprocess.Popen[str]"]:
    """A lane at work, all of its devices away."""
    lane = subprocess.Popen(
        [*program, "run", "--config", str(home.lane_file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert lane.stdout is not None
    try:
        assert lane.stdout.readline().startswith("ready http://127.0.0.1:")
        yield lane
    finally:
        if lane.poll() is None:
            lane.kill()
        lane.communicate()


def test_a_second_lanectl_on_the_same_ledger_is_refused_and_the_first_goes_on(
    home: Home, lanectl: Callable[..., Any], at_work: "subprocess.Popen[str]"
) -> None:
    done = lanectl("run", "--config", str(home.lane_file))

    assert (done.returncode, "Traceback" in done.stderr) == (SAYS_NO, False), done.stderr
    assert "another lanectl runs this lane" in done.stderr
    assert at_work.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_lane_that_is_told_to_end_ends_well_without_devices_and_bureau(
    at_work: "subprocess.Popen[str]", number: signal.Signals
) -> None:
    at_work.send_signal(number)

    _, log = at_work.communicate(timeout=10.0)

    assert at_work.returncode == 0, log
    assert "Traceback" not in log
