"""The real unit under a systemd of its own: sandboxed, ready, watched, stopped; and what systemd says of its files.

The inner systemd needs root and namespaces (unshare, mount); where a machine forbids them, those tests say so and skip.
"""

import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from simulators.demo.layout import lay_out, python_command
from simulators.demo.stage import free_port

pytestmark = pytest.mark.system
ROOT = Path(__file__).parents[2]
UNIT = ROOT / "systemd" / "lanectl.service"
STUBS = ("sysinit", "basic", "shutdown", "network-online", "time-sync")
"""Targets that the unit leans on; inside there is nothing behind them."""
SPACES = ("--fork", "--pid", "--mount", "--uts", "--ipc", "--cgroup", "--kill-child=SIGKILL")
LANE_TARGET = """\
[Unit]
Description=The lane and its journal
Requires=lanectl.service systemd-journald.socket
After=systemd-journald.socket
"""
SIMULATED = """\
[Unit]
After=systemd-journald.socket
[Service]
# Sources that are not installed, and the pseudo-terminals of simulated devices; a real lane has neither.
Environment=PYTHONPATH=/opt/lanectl/source LD_LIBRARY_PATH=/opt/lanectl/python/lib
DeviceAllow=char-pts rw
"""
T = TypeVar("T")


def until(look: Callable[[], T], holds: Callable[[T], object], within_s: float) -> T:
    """Look again and again until what is seen holds."""
    ends = time.monotonic() + within_s
    while True:
        seen = look()
        if holds(seen):
            return seen
        assert time.monotonic() < ends, f"not within {within_s} s; last seen: {seen}"
        time.sleep(0.1)


needs_systemd_analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed (package systemd)"
)


@needs_systemd_analyze
def test_systemd_finds_nothing_to_say_about_the_unit() -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", str(UNIT)], capture_output=True, text=True, timeout=30.0, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_systemd_analyze
def test_the_sandbox_leaves_little_exposed() -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(UNIT)],
        capture_output=True, text=True, timeout=30.0, check=False,
    )  # fmt: skip

    found = re.search(r"Overall exposure level for lanectl.service: ([\d.]+)", done.stdout)
    assert found is not None, done.stderr
    assert (done.returncode, float(found[1]) <= 2.0) == (0, True), done.stdout


@dataclass
class Inner:
    """The inner systemd with the lane in it."""

    pid: int
    page: str
    devices: Path

    def run(self, *command: str) -> str:
        where = ("nsenter", "--target", str(self.pid), "--mount", "--pid", "--cgroup", "--root", "--wd")
        done = subprocess.run([*where, *command], capture_output=True, text=True, timeout=70.0, check=False)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    def service(self) -> dict[str, str]:
        lines = self.run("systemctl", "show", "lanectl.service").splitlines()
        return {name: value for name, _, value in (line.partition("=") for line in lines)}

    def journal(self, *matches: str) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.run("journalctl", "-o", "json", "--all", *matches).splitlines()]

    def view(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.page}api/view", timeout=5.0) as answer:
            return dict(json.load(answer))

    def until_ready(self) -> dict[str, str]:
        return until(self.service, lambda now: now["ActiveState"] == "active", 20.0)

    def main_process(self) -> dict[str, str]:
        """What the kernel says of the daemon, seen from inside."""
        text = self.run("cat", f"/proc/{self.service()['MainPID']}/status")
        return {name: value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}


@pytest.fixture(scope="module")
def inner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inner]:
    _skip_unless_spaces()
    home = tmp_path_factory.mktemp("service")
    with ExitStack() as stack:
        devices = stack.enter_context(_simulated("lane", home / "d", "control.sock"))
        for name in ("gas", "dyno", "obd"):
            (devices / name).chmod(0o666)  # inside, the lane is nobody whom these pseudo-terminals know
        camera_port = free_port()
        stack.enter_context(_simulated("camera", home / "c", "control.sock", "--port", str(camera_port)))
        page_port = free_port()
        _write_lane(home / "lane", page_port, f"rtsp://127.0.0.1:{camera_port}/hall")
        _write_units(home / "units")
        pid = stack.enter_context(_booted(home))
        yield Inner(pid, f"http://127.0.0.1:{page_port}/", devices)


def _skip_unless_spaces() -> None:
    for tool in ("unshare", "nsenter", "systemd-sysusers"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed (packages util-linux, systemd)")
    if not Path("/lib/systemd/systemd").exists():
        pytest.skip("systemd is not installed")
    tried = subprocess.run(["unshare", *SPACES, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"this machine allows no new namespaces: {tried.stderr.strip()}")


class _simulated:  # noqa: N801 - read as a verb where it is used
    """A simulator in a process of its own for as long as the block lasts; gives its folder."""

    def __init__(self, what: str, folder: Path, sign: str, *options: str) -> None:
        self.folder, self._sign = folder, sign
        program = python_command("from simulators.cli import main; main()")
        self._command = [*program, what, "--folder", str(folder), *options]

    def __enter__(self) -> Path:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        until((self.folder / self._sign).exists, lambda there: there, 20.0)
        return self.folder

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10.0)


class _booted:  # noqa: N801
    """The inner systemd for as long as the block lasts; gives its process id out here."""

    def __init__(self, home: Path) -> None:
        scratch = home / "scratch"
        scratch.mkdir()
        self._environment = {
            "PATH": os.environ["PATH"],
            "SCRATCH": str(scratch),
            "REPO": str(ROOT),
            "PREFIX": sys.base_prefix,
            "SITE": next(path for path in sys.path if path.startswith(sys.prefix) and path.endswith("site-packages")),
            "VERSION": f"{sys.version_info.major}.{sys.version_info.minor}",
            "DEVICES": str(home / "d"),
            "LANE": str(home / "lane"),
            "UNITS": str(home / "units"),
        }
        self._log = home / "boot.log"

    def __enter__(self) -> int:
        command = ["unshare", *SPACES, "sh", str(Path(__file__).with_name("private_systemd.sh"))]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            return self._up()
        except BaseException:
            self.__exit__()
            raise

    def _up(self) -> int:
        def look() -> tuple[str, int | None]:
            return self._log.read_text("utf-8"), self._process.poll()

        said, code = until(look, lambda seen: "mounted" in seen[0] or seen[1] is not None, 20.0)
        if "mounted" not in said:
            pytest.skip(f"this machine allows no private file systems: {said.strip()} ({code})")
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        pid = int(until(children.read_text, lambda text: text.strip(), 5.0).split()[0])
        until(lambda: Path(f"/proc/{pid}/comm").read_text().strip(), lambda name: name == "systemd", 10.0)
        socket = Path(f"/proc/{pid}/root/run/systemd/private")
        until(socket.exists, lambda there: there, 10.0)
        return pid

    def __exit__(self, *_: object) -> None:
        self._process.kill()  # and with it, by --kill-child, all that runs inside
        self._process.wait(10.0)


def _write_units(folder: Path) -> None:
    (folder / "lanectl.service.d").mkdir(parents=True)
    (folder / "lanectl.service.d" / "simulated.conf").write_text(SIMULATED)
    (folder / "lane.target").write_text(LANE_TARGET)
    for name in STUBS:
        (folder / f"{name}.target").write_text(f"[Unit]\nDescription={name}\n")


def _write_lane(folder: Path, page_port: int, camera: str) -> None:
    """Lay a training lane out the way docs/service.md has it: lane file and keys in /etc, the ledger in /var/lib."""
    lane = lay_out(folder / "station", free_port(), {"01": page_port}, 1.0, ("01",)).lanes["01"]
    text = lane.lane_file.read_text("utf-8")
    text = text.replace('"../', '"station/').replace(str(lane.devices), "/srv/devices")
    text = text.replace(str(folder), "/etc/lanectl")
    text += '\n[ledger]\nfile = "/var/lib/lanectl/ledger.db"\n'
    text += f'\n[[cameras]]\nid = "hall"\nname = "hall"\nurl = "{camera}"\n'
    (folder / "lane.toml").write_text(text, "utf-8")
    shutil.copy(lane.signing_key, folder / "lane.key.pem")


def test_the_lane_gets_ready_inside_the_sandbox_with_every_device_and_camera(inner: Inner) -> None:
    service = inner.until_ready()
    view = until(inner.view, _all_there, 20.0)

    assert (service["SubState"], service["NRestarts"]) == ("running", "0")
    assert {device["state"] for device in view["devices"]} == {"ready"}
    status = until(inner.service, lambda now: "all devices ready" in now["StatusText"], 10.0)["StatusText"]
    assert f"440106/44010625/01 (training): all devices ready; bureau not connected, 0 messages wait; {inner.page}" in (
        status
    )


def _all_there(view: dict[str, Any]) -> bool:
    states = {device["state"] for device in view["devices"]} | {camera["state"] for camera in view["cameras"]}
    return states == {"ready", "online"}


def test_it_runs_as_its_own_user_without_any_right_beyond_serial_ports(inner: Inner) -> None:
    inner.until_ready()
    process = inner.main_process()
    user = inner.run("id", "-u", "lanectl").strip()
    groups = {inner.run("getent", "group", name).split(":")[2] for name in ("lanectl", "dialout")}

    assert set(process["Uid"].split()) == {user} != {str(pwd.getpwnam("root").pw_uid)}
    assert set(process["Groups"].split()) == groups
    assert {process[name] for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {"0" * 16}
    assert (process["NoNewPrivs"], process["Seccomp"]) == ("1", "2")


def test_its_memory_is_its_own_and_its_configuration_is_not(inner: Inner) -> None:
    inner.until_ready()

    def kept(path: str) -> str:
        return inner.run("stat", "--format", "%U %a", path).strip()

    assert kept("/var/lib/lanectl") == "lanectl 700"
    assert kept("/var/lib/lanectl/ledger.db") == "lanectl 600"
    assert kept("/etc/lanectl") == "root 750"


def test_its_log_stands_in_the_journal_with_fields(inner: Inner) -> None:
    inner.until_ready()

    def entries() -> list[dict[str, str]]:
        return inner.journal("_SYSTEMD_UNIT=lanectl.service", "LANE=440106/44010625/01")

    entry = until(entries, lambda found: found, 10.0)[0]

    assert entry["SYSLOG_IDENTIFIER"] == "lanectl"
    assert entry["LOGGER"].startswith("lanectl.")
    assert entry["PRIORITY"] in "23456"
    assert not re.match(r"[A-Z]+:|\d{4}-", entry["MESSAGE"]), "level and time are fields, not text"


def test_the_doctor_looks_at_the_installed_lane_while_it_runs(inner: Inner) -> None:
    inner.until_ready()
    until(inner.view, _all_there, 20.0)
    sources = "PYTHONPATH=/opt/lanectl/source LD_LIBRARY_PATH=/opt/lanectl/python/lib"
    said = json.loads(inner.run("sh", "-c", f"{sources} /opt/lanectl/venv/bin/lanectl doctor --json || test $? = 1"))

    codes = {check["name"]: check["code"] for check in said["checks"]}
    failed = [check["name"] for check in said["checks"] if check["state"] == "fail"]
    assert failed == ["broker"], said
    assert (codes["service"], codes["page"], codes["ledger"], codes["keys"]) == (
        "service",
        "page_ours",
        "ledger",
        "keys",
    )
    assert {codes[f"port {name}"] for name in ("gas", "dyno", "obd")} == {"port_in_use"}
    assert codes["camera hall"] == "camera"
    assert {device["state"] for device in inner.view()["devices"]} == {"ready"}, "looking has disturbed a device"


def test_a_missed_watchdog_restarts_it_and_the_journal_says_where_it_hung(inner: Inner) -> None:
    before = inner.until_ready()
    restarts = int(before["NRestarts"])
    inner.run("kill", f"-{int(signal.SIGSTOP)}", before["MainPID"])

    after = until(inner.service, lambda now: int(now["NRestarts"]) > restarts and now["ActiveState"] == "active", 30.0)

    assert after["MainPID"] != before["MainPID"]
    said = [entry["MESSAGE"] for entry in inner.journal("_SYSTEMD_UNIT=lanectl.service", "+", "UNIT=lanectl.service")]
    assert any("Watchdog timeout" in line for line in said), said
    assert any("Fatal Python error: Aborted" in line for line in said), said
    until(inner.view, _all_there, 20.0)


def test_it_stops_when_asked_and_comes_back(inner: Inner) -> None:
    inner.until_ready()
    inner.run("systemctl", "stop", "lanectl.service")

    stopped = inner.service()
    assert (stopped["ActiveState"], stopped["Result"], stopped["ExecMainStatus"]) == ("inactive", "success", "0")
    inner.run("systemctl", "start", "lanectl.service")
    assert inner.service()["SubState"] == "running"
