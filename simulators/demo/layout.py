"""The files of a simulated station: keys, certificates, signed data, and a lane file for each lane.

Knows where everything lies. Data are signed with ``lanectl sign-data``, as an authority would; no key leaves the
folder.
"""

import importlib.resources
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simulators.bench import parasitic_kw
from simulators.demo.lane_files import DIESEL_LANE, HEAD, PETROL_LANE, CameraPlace, Devices, device_tables
from simulators.pki import StationFiles, make_station

REGION, STATION = "440106", "44010625"
M_STATION = "MX-0017"
LANES = ("01", "02")
LANE_NAMES = {"01": "一号线", "02": "二号线"}
LANE_DEVICES = {"01": PETROL_LANE, "02": DIESEL_LANE}
PACES = {"01": 1.0, "02": 1.0}
"""Shares of the station's clock factor, by lane."""
LIMITS, PROFILE = ("gb18285-2018", "gb3847-2018", "plausibility"), "default"
LOSS_SPEEDS_KMH = (15.0, 25.0, 40.0, 50.0, 70.0, 100.0)


@dataclass(frozen=True, slots=True)
class LaneLayout:
    """Where one lane's things are."""

    lane: str
    folder: Path
    devices: Path
    lane_file: Path
    ledger: Path
    signing_key: Path
    terminal_port: int
    device_tables: Devices
    camera: CameraPlace | None

    @property
    def device_ids(self) -> list[str]:
        """Return which devices it has."""
        return [facts["driver"] for facts in self.device_tables.values()]

    def pace(self, clock_factor: float) -> float:
        """Return how fast this lane's clock runs where the station's runs so fast."""
        return clock_factor * PACES[self.lane]

    @property
    def path(self) -> str:
        """``region/station/lane``."""
        return f"{REGION}/{STATION}/{self.lane}"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the station's things are."""

    folder: Path
    files: StationFiles
    broker_port: int
    door_port: int
    lanes: dict[str, LaneLayout]


def lanectl_command(*arguments: str) -> list[str]:
    """Return the command line of the lanectl that runs this demo."""
    return [*python_command("from lanectl.cli import main; main()"), *arguments]


def python_command(code: str) -> list[str]:
    """Return the command line of a program of ours; the kernel ends it when the demo dies without a word."""
    return [sys.executable, "-c", f"import ctypes; ctypes.CDLL(None).prctl(1, {int(signal.SIGTERM)}); {code}"]


def lay_out(
    folder: Path,
    broker_port: int,
    terminal_ports: Mapping[str, int],
    clock_factor: float,
    names: Sequence[str] = LANES,
    camera_ports: Mapping[str, int] | None = None,
    door_port: int = 0,
) -> Layout:
    """Make everything a station needs before its first start. A lane has a camera where a port is named for one."""
    files = make_station(folder, [f"{REGION}/{STATION}/{lane}" for lane in names], [M_STATION])
    sign_data(folder / "data", files.authority_signing.private)
    lanes = {}
    for lane in names:
        layout = _lane(folder, lane, files, terminal_ports[lane], (camera_ports or {}).get(lane))
        _write_lane_file(layout, files, broker_port, layout.pace(clock_factor))
        lanes[lane] = layout
    return Layout(folder, files, broker_port, door_port, lanes)


def sign_data(folder: Path, key: Path) -> None:
    """Copy limits and profile, write the loss check of the simulated bench, and have all of it signed."""
    packaged = importlib.resources.files("config")
    chosen = []
    for kind, name in (*(("limits", limits) for limits in LIMITS), ("profiles", PROFILE)):
        target = folder / kind / f"{name}.toml"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((packaged / kind / f"{name}.toml").read_bytes())
        chosen.append(target)
    loss = folder / "calibration" / "parasitic_loss.toml"
    loss.parent.mkdir()
    loss.write_text(loss_check(), "utf-8")
    command = lanectl_command("sign-data", *(str(path) for path in (*chosen, loss)), "--key", str(key))
    subprocess.run(command, check=True, capture_output=True)


def loss_check() -> str:
    """Return what a parasitic loss check of the simulated bench finds."""
    points = "\n".join(
        f"[[points]]\nspeed_kmh = {speed}\npower_kw = {parasitic_kw(speed):.4f}\n" for speed in LOSS_SPEEDS_KMH
    )
    return f'schema = "lanectl/parasitic-loss/1"\nchecked_on = "2026-11-02"\nbase_inertia_kg = 907.2\n\n{points}'


def _lane(folder: Path, lane: str, files: StationFiles, terminal_port: int, camera_port: int | None) -> LaneLayout:
    home = folder / f"lane-{lane}"
    devices = home / "dev"
    devices.mkdir(parents=True)
    signing = files.lanes[f"{REGION}/{STATION}/{lane}"].signing.private
    own = home / "lane.key.pem"
    shutil.copyfile(signing, own)
    own.chmod(0o600)
    camera = None
    if camera_port is not None:
        camera = CameraPlace(camera_port, home / "cam", seed=int(lane))
        camera.take_reference()
    lane_file, ledger = home / "lane.toml", home / "ledger.db"
    return LaneLayout(lane, home, devices, lane_file, ledger, own, terminal_port, LANE_DEVICES[lane], camera)


def _write_lane_file(layout: LaneLayout, files: StationFiles, broker_port: int, clock_factor: float) -> None:
    line = files.lanes[layout.path].line
    text = HEAD.format(
        region=REGION,
        station=STATION,
        lane=layout.lane,
        name=LANE_NAMES[layout.lane],
        clock_factor=clock_factor,
        profile=PROFILE,
        signing=layout.signing_key.name,
        broker_port=broker_port,
        ca=line.ca,
        cert=line.cert,
        key=line.key,
        terminal_port=layout.terminal_port,
    )
    text += device_tables(layout.device_tables, layout.devices)
    if layout.camera is not None:
        text += layout.camera.table()
    layout.lane_file.write_text(text, "utf-8")
