"""The doctor names what is wrong and what to do about it, in both languages, and changes and sends nothing."""

import json
import os
import re
import select
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from lanectl.app.doctor import diagnose, files, machine, ports
from lanectl.app.doctor.line import certificate
from lanectl.app.doctor.machine import service_finding
from lanectl.app.doctor.person import READ, WRITE, Person, holders_of
from lanectl.app.doctor.program import wrong_package
from lanectl.cli import main
from lanectl.ledger.database import open_for_writing
from lanectl.model.words.doctor import ADVICE
from simulators.demo.layout import Layout, lay_out
from simulators.demo.stage import free_port

GOOD, SAYS_NO, UNUSABLE = 0, 1, 2


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return lay_out(tmp_path_factory.mktemp("station"), 1, {"01": 2}, 1.0, ("01",))


@dataclass
class Home:
    """A lane whose every device is a pseudo-terminal that nobody serves."""

    folder: Path
    broker_port: int
    near: list[int]
    """The ends of the pseudo-terminals at which devices would listen."""

    @property
    def lane_file(self) -> Path:
        return self.folder / "lane-01" / "lane.toml"

    @property
    def ledger(self) -> Path:
        return self.folder / "lane-01" / "ledger.db"

    def edit(self, old: str, new: str) -> None:
        text = self.lane_file.read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        self.lane_file.write_text(text.replace(old, new), "utf-8")

    def found(self) -> dict[str, str]:
        """Code by name of check; where a check says several things, the gravest."""
        order = ("ok", "warn", "fail")
        findings = sorted(diagnose(self.lane_file), key=lambda finding: order.index(finding.state))
        return {finding.name: finding.code for finding in findings}


@pytest.fixture
def home(pattern: Layout, tmp_path: Path) -> Iterator[Home]:
    folder = tmp_path / "s"
    shutil.copytree(pattern.folder, folder)
    pairs = [os.openpty() for _ in range(3)]
    made = Home(folder, free_port(), [near for near, _ in pairs])
    text = made.lane_file.read_text("utf-8").replace(str(pattern.folder), str(folder))
    text = text.replace("port = 2\n", f"port = {free_port()}\n").replace("port = 1\n", f"port = {made.broker_port}\n")
    made.lane_file.write_text(text, "utf-8")
    for name, (_, far) in zip(("gas", "dyno", "obd"), pairs, strict=True):
        (folder / "lane-01" / "dev" / name).symlink_to(os.ttyname(far))
    yield made
    for pair in pairs:
        for end in pair:
            os.close(end)


@contextmanager
def broker(home: Home, *, asks_certificate_of: Path | None = None, name: str = "broker") -> Iterator[None]:
    """A TLS end that accepts and then waits for us to speak, as a broker does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls = home.folder / "tls"
    context.load_cert_chain(tls / f"{name}.pem", tls / f"{name}.key.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(asks_certificate_of or tls / "ca.pem")
    over = threading.Event()
    with socket.create_server(("127.0.0.1", home.broker_port)) as listener:
        listener.settimeout(0.05)

        def serve() -> None:
            while not over.is_set():
                try:
                    raw, _ = listener.accept()
                except TimeoutError:
                    continue
                raw.settimeout(2.0)
                try:
                    with context.wrap_socket(raw, server_side=True) as line:
                        heard.append(line.recv(1))
                except OSError:
                    raw.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


heard: list[bytes] = []
"""What the broker was told beyond the handshake."""


def test_a_sound_lane_has_no_failing_check(home: Home) -> None:
    heard.clear()
    with broker(home):
        findings = diagnose(home.lane_file)

    assert [finding for finding in findings if finding.state == "fail"] == []
    assert {finding.name for finding in findings} >= {
        "lane_file", "python", "packages", "core", "clock", "service", "devices", "keys", "signed_data", "mode", "disk",
        "ledger", "port gas", "port dyno", "port obd", "certificates", "broker", "page",
    }  # fmt: skip
    assert heard == [b""], "the broker was spoken to"
    assert select.select(home.near, [], [], 0.0)[0] == [], "a device was spoken to"


def no_trust(home: Home) -> None:
    shutil.rmtree(home.folder / "trust" / "lane")


def open_key(home: Home) -> None:
    (home.folder / "lane-01" / "lane.key.pem").chmod(0o644)


def open_line_key(home: Home) -> None:
    next((home.folder / "tls").glob("lane-*.key.pem")).chmod(0o644)


def unsigned(home: Home) -> None:
    (home.folder / "data/limits/gb18285-2018.toml.sig").unlink()


def official(home: Home) -> None:
    home.edit('mode = "training"', 'mode = "official"')
    home.edit("clock_factor = 1.0\n", "")


def no_device(home: Home) -> None:
    text = home.lane_file.read_text("utf-8")
    home.lane_file.write_text(text[: text.index("[devices.gas]")] + text[text.index("[devices.obd]") :], "utf-8")


def misspelt(home: Home) -> None:
    home.edit('name = "一号线"', 'naem = "一号线"')


def unplugged(home: Home) -> None:
    (home.folder / "lane-01" / "dev" / "gas").unlink()


def no_port(home: Home) -> None:
    unplugged(home)
    (home.folder / "lane-01" / "dev" / "gas").write_bytes(b"")


def no_network_device(home: Home) -> None:
    text = home.lane_file.read_text("utf-8")
    table = (
        f'\n[devices.io]\ndriver = "generic-modbus-io"\nport = "tcp://127.0.0.1:{free_port()}"\nmap = "example-io"\n'
    )
    home.lane_file.write_text(text + table, "utf-8")


def no_ledger(home: Home) -> None:
    home.ledger.write_bytes(b"not a ledger" * 500)


def other_ledger(home: Home) -> None:
    with closing(open_for_writing(home.ledger)) as db:
        db.execute("insert into meta values ('region', '440106'), ('station', '44010625'), ('lane', '02')")
        db.execute("insert into meta values ('mode', 'training')")


def no_ledger_folder(home: Home) -> None:
    text = home.lane_file.read_text("utf-8")
    home.lane_file.write_text(text + '\n[ledger]\nfile = "/proc/none/ledger.db"\n', "utf-8")


def camera_away(home: Home) -> None:
    text = home.lane_file.read_text("utf-8")
    table = f'\n[[cameras]]\nid = "hall"\nname = "hall"\nurl = "rtsp://127.0.0.1:{free_port()}/hall"\n'
    home.lane_file.write_text(text + table, "utf-8")


def old_certificate(home: Home) -> None:
    next(path for path in (home.folder / "tls").glob("lane-*.pem") if "key" not in path.name).write_text("old")


@pytest.mark.parametrize(
    ("spoil", "check", "code"),
    [
        (misspelt, "lane_file", "lane_file_wrong"),
        (no_device, "devices", "devices_lacking"),
        (open_key, "keys", "key_refused"),
        (open_line_key, "keys", "key_open"),
        (no_trust, "keys", "key_not_trusted"),
        (unsigned, "signed_data", "data_refused"),
        (official, "mode", "mode_refused"),
        (unplugged, "port gas", "port_missing"),
        (no_port, "port gas", "port_no_device"),
        (no_network_device, "port io", "tcp_port_unreachable"),
        (no_ledger, "ledger", "ledger_damaged"),
        (other_ledger, "ledger", "ledger_other"),
        (no_ledger_folder, "lane_file", "lane_file_wrong"),
        (camera_away, "camera hall", "camera_unreachable"),
        (old_certificate, "certificates", "certificate_unusable"),
        (lambda home: None, "broker", "broker_unreachable"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_each_fault_is_named(home: Home, spoil: Callable[[Home], object], check: str, code: str) -> None:
    spoil(home)

    assert home.found()[check] == code


def test_a_broker_of_another_authority_is_not_trusted(home: Home, pattern: Layout, tmp_path: Path) -> None:
    lay_out(tmp_path / "other", 1, {"01": 2}, 1.0, ("01",))
    for name in ("broker.pem", "broker.key.pem"):
        shutil.copy(tmp_path / "other" / "tls" / name, home.folder / "tls" / name)

    with broker(home):
        assert home.found()["broker"] == "broker_not_trusted"


def test_a_broker_that_does_not_know_our_certificate_refuses_it(home: Home, tmp_path: Path) -> None:
    lay_out(tmp_path / "other", 1, {"01": 2}, 1.0, ("01",))

    with broker(home, asks_certificate_of=tmp_path / "other" / "tls" / "ca.pem"):
        assert home.found()["broker"] == "broker_refuses"


@pytest.mark.parametrize(
    ("days", "code"),
    [(-400, "certificate_early"), (0, "certificate"), (10_000, "certificate_over")],
)
def test_a_certificate_is_valid_for_its_time(pattern: Layout, days: int, code: str) -> None:
    assert certificate(pattern.folder / "tls" / "ca.pem", datetime.now(UTC) + timedelta(days=days)).code == code


def test_a_certificate_that_ends_soon_is_a_warning(pattern: Layout) -> None:
    file = pattern.folder / "tls" / "ca.pem"
    ends = x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc

    assert certificate(file, ends - timedelta(days=29)).code == "certificate_soon"
    assert certificate(file, ends - timedelta(days=31)).code == "certificate"


HOLDER = """
import fcntl, os, sys
for name in sys.argv[1:]:
    held = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOCTTY)
    if name.endswith(".lock"):
        fcntl.flock(held, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(*paths: Path) -> Iterator[int]:
    """Another process that has these files open (and the lock locked); its id."""
    command = [sys.executable, "-c", HOLDER, *map(str, paths)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process.pid
        process.stdin.close()


def test_the_lane_itself_may_hold_its_ports_and_its_page(home: Home) -> None:
    with held(home.ledger.with_name("ledger.db.lock"), home.folder / "lane-01" / "dev" / "gas"):
        found = home.found()

    assert (found["port gas"], found["port dyno"]) == ("port_in_use", "port")


def test_another_program_may_not(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_pseudo_terminal", lambda port: False)
    gas = home.folder / "lane-01" / "dev" / "gas"
    with held(gas) as pid:
        found = list(ports.check_port("gas", str(gas), Person("somebody", 0, frozenset()), ()))

    assert [finding.code for finding in found] == ["port_held"]
    assert f"({pid})" in found[0].message.en


def test_a_network_device_is_left_alone_while_the_lane_runs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as device:
        port = f"tcp://127.0.0.1:{device.getsockname()[1]}"
        found = list(ports.check_port("io", port, Person("lanectl", 0, frozenset()), (4711,)))
        device.settimeout(0.0)
        with pytest.raises(BlockingIOError):
            device.accept()

    assert [finding.code for finding in found] == ["port_in_use"]


def test_a_port_of_another_group_names_the_group_to_join(home: Home) -> None:
    gas = home.folder / "lane-01" / "dev" / "gas"
    os.chmod(gas, 0o620)
    stranger = Person("stranger", 54_321, frozenset())

    (found,) = ports.check_port("gas", str(gas), stranger, ())

    group = gas.resolve().group()
    assert found.code == "port_refused"
    assert f"sudo usermod -aG {group} stranger" in found.remedy.en


def test_a_kernel_name_is_answered_with_the_stable_one(tmp_path: Path) -> None:
    for folder in ("by-id", "by-path"):
        (tmp_path / folder).mkdir()
    (tmp_path / "ttyUSB0").touch()
    (tmp_path / "by-path" / "pci-0-usb-1").symlink_to("../ttyUSB0")
    assert ports.stable_name(tmp_path / "ttyUSB0", tmp_path) == tmp_path / "by-path" / "pci-0-usb-1"

    (tmp_path / "by-id" / "usb-FTDI_A1").symlink_to("../ttyUSB0")

    assert ports.stable_name(tmp_path / "ttyUSB0", tmp_path) == tmp_path / "by-id" / "usb-FTDI_A1"
    assert ports.stable_name(tmp_path / "ttyUSB1", tmp_path) is None


def test_a_page_port_of_another_program_is_named(home: Home) -> None:
    port = int(home.lane_file.read_text("utf-8").partition("[terminal]\nport = ")[2].split()[0])
    with socket.create_server(("127.0.0.1", port)):
        assert home.found()["page"] == "page_taken"


def test_permissions_are_those_of_the_user_who_runs_the_lane(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.touch()
    owner, group = file.stat().st_uid, file.stat().st_gid
    for folder in (tmp_path, *tmp_path.parents):
        assert Person("root", 0, frozenset()).may(folder, WRITE)
    for mode, uid, groups, want, may in (
        (0o600, 54_321, {group}, READ, False),
        (0o640, 54_321, {group}, READ, True),
        (0o640, 54_321, {group}, READ | WRITE, False),
        (0o604, 54_321, {54_321}, READ, True),
    ):
        file.chmod(mode)
        person = Person("somebody", uid, frozenset(groups))
        assert person._allowed(file, want) is may, oct(mode)
    assert owner != 54_321


def test_a_locked_file_names_who_locks_it(tmp_path: Path) -> None:
    lock = tmp_path / "ledger.db.lock"
    with held(lock) as pid:
        assert list(holders_of(lock)) == [pid]

    assert holders_of(lock) == {}


def test_a_ledger_too_large_for_a_look_is_read_and_left_to_verify(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(open_for_writing(home.ledger)) as db:
        db.execute("insert into meta values ('region', '440106'), ('station', '44010625'), ('lane', '01')")
        db.execute("insert into meta values ('mode', 'training')")
        db.execute(
            "create table filler as with recursive n(i) as (select 1 union all select i + 1 from n limit 99999) "
            "select i from n"
        )
    assert home.found()["ledger"] == "ledger"

    monkeypatch.setattr(files, "LOOK_S", -1.0)

    assert home.found()["ledger"] == "ledger_partly"


def test_a_ledger_is_looked_at_without_a_trace(home: Home) -> None:
    with closing(open_for_writing(home.ledger)) as db:
        db.execute("insert into meta values ('region', '440106'), ('station', '44010625'), ('lane', '01')")
        db.execute("insert into meta values ('mode', 'training')")
    before = {path.name: path.stat().st_mtime_ns for path in home.ledger.parent.glob("ledger*")}

    diagnose(home.lane_file)

    after = {path.name: path.stat().st_mtime_ns for path in home.ledger.parent.glob("ledger*")}
    assert after["ledger.db"] == before["ledger.db"]
    assert set(after) - set(before) <= {"ledger.db-shm", "ledger.db-wal"}


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        ("LoadState=not-found\nActiveState=inactive\n", "service_not_installed"),
        ("LoadState=loaded\nActiveState=active\nNRestarts=0\nStatusText=x=y\n", "service"),
        ("LoadState=loaded\nActiveState=inactive\n", "service_stopped"),
        ("LoadState=loaded\nActiveState=failed\nResult=watchdog\n", "service_failed"),
        ("LoadState=loaded\nActiveState=activating\nSubState=auto-restart\n", "service_starting"),
    ],
)
def test_the_services_state_is_told_as_systemd_tells_it(shown: str, code: str) -> None:
    assert service_finding(shown).code == code


def test_a_clock_before_this_program_was_made_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.check_clock().code in ("clock", "clock_free", "clock_unknown")

    monkeypatch.setattr(machine, "MADE", datetime.now(UTC) + timedelta(days=1))

    assert machine.check_clock().code == "clock_wrong"


@pytest.mark.parametrize(
    ("requirement", "wrong"),
    [
        ("pyserial>=3.5", False),
        ("pydantic>=2.12,<3", False),
        ("pydantic>=2.12,<2.13", True),
        ("pydantic>=99", True),
        ("no-such-package-here", True),
    ],
)
def test_packages_are_held_to_what_is_required(requirement: str, wrong: bool) -> None:
    assert (wrong_package(requirement) is not None) is wrong


def test_everything_that_is_not_well_says_what_to_do_in_both_languages() -> None:
    for code, advice in ADVICE.items():
        for text in (advice.message, advice.remedy):
            assert sorted(re.findall(r"{(\w+)}", text.zh)) == sorted(re.findall(r"{(\w+)}", text.en)), code
        assert all(advice.message), code
        assert all(advice.remedy) is any(advice.remedy) is (advice.state != "ok"), code


def test_as_json_it_is_one_object_with_every_check(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    with broker(home), pytest.raises(SystemExit) as left:
        main(["doctor", str(home.lane_file), "--json"])

    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert left.value.code == GOOD
    assert said["ok"] is True
    for check in said["checks"]:
        assert set(check) >= {"name", "state", "message", "remedy", "message_zh", "remedy_zh"}
        assert check["state"] in ("ok", "warn", "fail")


def test_as_text_a_fault_comes_with_its_remedy_in_both_languages(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    open_key(home)
    with pytest.raises(SystemExit) as left:
        main(["doctor", str(home.lane_file)])

    said = capsys.readouterr().out
    assert left.value.code == SAYS_NO
    assert " FAIL  keys: 密钥不能使用" in said
    assert "run: chmod 600" in said
    assert "→ 按说明改正密钥文件\n       → put the key file right as described\n" in said


def test_a_named_lane_file_that_is_not_there_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["doctor", str(tmp_path / "lane.toml"), "--json"])

    said = capsys.readouterr()
    assert left.value.code == UNUSABLE
    assert "lane.toml: No such file" in json.loads(said.out)["error"]["message"]


def test_a_machine_without_a_lane_is_told_so_and_looked_at_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lanectl.app.doctor.INSTALLED", tmp_path / "lane.toml")

    codes = [finding.code for finding in diagnose(None)]

    assert codes[0] == "lane_file_missing"
    assert len(codes) >= 5
