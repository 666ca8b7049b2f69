"""What a lane costs that waits for cars: start to READY, share of one core, memory. Real daemon, simulated devices.

The simulated devices and a page that is open would cost too; they are processes of their own and are not counted. No
verdict: docs/performance.md holds a run with the machine it was made on.

The daemon finds what it finds on a lane: its bytecode, as installing has made it (here a first start, not counted), and
no NumPy, which only those who test have, and which sqlite-utils loads where it is.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulators.demo.layout import LaneLayout, lanectl_command, lay_out, python_command
from simulators.demo.stage import free_port

MORE_DEVICES = {
    "opacity": ("nanhua-nht-6", ""),
    "rpm": ("nanhua-rpm-5300", ""),
    "led": ("nanhua-led", ""),
    "weather": ("rz-1", ""),
    "io": ("generic-modbus-io", 'map = "example-io"\n'),
}
"""Beside gas analyzer, dynamometer and OBD reader: name to driver and what else its table holds."""
DEVICE_IDS = ("nanhua-nha-506i", "xincheng-bntd", "elm327", *(driver for driver, _ in MORE_DEVICES.values()))
READY_WITHIN_S, DEVICES_WITHIN_S = 60.0, 60.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Start:
    """One start until READY. Time on a busy machine is the machine's, computing time the program's."""

    took_s: float
    cpu_s: float

    def __str__(self) -> str:
        return f"{self.took_s:.2f} s ({self.cpu_s:.2f} s computing)"


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=60.0, help="How long the idle lane is watched.")
    options.add_argument("--starts", type=int, default=3, help="How often the start is measured.")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="l", dir="/tmp") as name:
        lane = _laid_out(Path(name) / "s")
        with _devices(lane):
            _start(lane)  # makes the bytecode
            starts = [_start(lane) for _ in range(chosen.starts - 1)]
            last, used, devices = _watch(lane, chosen.seconds)
    lines = (
        ("devices", ", ".join(devices)),
        ("start to READY", " / ".join(str(each) for each in (*starts, last))),
        (f"CPU over {chosen.seconds:g} s", f"{used['cpu_pct']:.1f} % of one core"),
        ("memory", f"{used['rss_mb']:.0f} MB RSS at the end, {used['peak_mb']:.0f} MB at most"),
        ("threads", f"{used['threads']:.0f}"),
    )
    sys.stdout.writelines(f"{name:<20} {value}\n" for name, value in lines)


def _laid_out(folder: Path) -> LaneLayout:
    lane = lay_out(folder, free_port(), {"01": free_port()}, 1.0, ("01",)).lanes["01"]
    tables = [
        f'\n[devices.{name}]\ndriver = "{driver}"\nport = "{lane.devices}/{name}"\n{rest}'
        for name, (driver, rest) in MORE_DEVICES.items()
    ]
    with lane.lane_file.open("a", encoding="utf-8") as file:
        file.writelines(tables)
    return lane


@contextmanager
def _devices(lane: LaneLayout) -> Iterator[None]:
    options = [part for device in DEVICE_IDS for part in ("--device", device)]
    program = python_command("from simulators.cli import main; main()")
    process = subprocess.Popen([*program, "lane", "--folder", str(lane.devices), *options], stdout=subprocess.DEVNULL)
    try:
        _until(lambda: (lane.devices / "control.sock").exists(), READY_WITHIN_S)
        yield
    finally:
        process.terminate()
        process.wait()


def _start(lane: LaneLayout) -> Start:
    with _running(lane) as (_, start):
        return start


def _watch(lane: LaneLayout, seconds: float) -> tuple[Start, dict[str, float], list[str]]:
    with _running(lane) as (process, start):
        _until(lambda: all(device["state"] == "ready" for device in _view(lane)["devices"]), DEVICES_WITHIN_S)
        before_s, began_s = _cpu_s(process.pid), time.monotonic()
        time.sleep(seconds)
        cpu_pct = 100.0 * (_cpu_s(process.pid) - before_s) / (time.monotonic() - began_s)
        status = _status(process.pid)
        used = {
            "cpu_pct": cpu_pct,
            "rss_mb": int(status["VmRSS"].split()[0]) / 1024,
            "peak_mb": int(status["VmHWM"].split()[0]) / 1024,
            "threads": int(status["Threads"]),
        }
        return start, used, [f"{device['name']} {device['state']}" for device in _view(lane)["devices"]]


@contextmanager
def _running(lane: LaneLayout) -> Iterator[tuple["subprocess.Popen[bytes]", Start]]:
    """Start the daemon as a service manager does; gives it with what it took until READY."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"{folder}/notify")
        manager.settimeout(READY_WITHIN_S)
        path = os.pathsep.join((_without_numpy(Path(folder)), os.environ.get("PYTHONPATH", "")))
        told = {
            "PYTHONPATH": path,
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(lane.folder / "bytecode"),
            "NOTIFY_SOCKET": f"{folder}/notify",
            "WATCHDOG_USEC": "10000000",
        }
        log = lane.folder / "lanectl.log"
        with log.open("wb") as output:
            began_s = time.monotonic()
            command = lanectl_command("run", "--config", str(lane.lane_file))
            process = subprocess.Popen(command, env={**os.environ, **told}, stdout=output, stderr=output)
        try:
            while b"READY=1" not in manager.recv(4096):
                pass
            yield process, Start(time.monotonic() - began_s, _cpu_s(process.pid))
        except TimeoutError:
            sys.exit(f"the lane did not get ready:\n{log.read_text('utf-8')}")
        finally:
            process.terminate()
            process.wait()


def _without_numpy(folder: Path) -> str:
    """Return a folder for the front of the path in which NumPy is not to be had."""
    (folder / "numpy.py").write_text("raise ImportError('a lane has no numpy')\n")
    return str(folder)


def _view(lane: LaneLayout) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{lane.terminal_port}/api/view", timeout=5.0) as answer:
        return dict(json.load(answer))


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _until(holds: Any, within_s: float) -> None:
    ends_s = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > ends_s:
            sys.exit(f"not within {within_s:g} s: {holds.__qualname__}")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
