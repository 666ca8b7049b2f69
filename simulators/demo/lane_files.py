"""What stands in a simulated lane's file: who and where it is, its devices, its camera. Knows TOML, starts nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from simulators.scene import CLOCK_REGION, HEIGHT, WIDTH, Scene

HEAD = """\
[lane]
region = "{region}"
station = "{station}"
lane = "{lane}"
name = "{name}"
mode = "training"
clock_factor = {clock_factor}

[data]
profile = "{profile}"
folder = "../data"

[keys]
signing = "{signing}"
trust = "../trust"

[uplink]
host = "127.0.0.1"
port = {broker_port}
ca = "{ca}"
cert = "{cert}"
key = "{key}"

[terminal]
port = {terminal_port}

[calibration]
parasitic_loss = "../data/calibration/parasitic_loss.toml"

[[operators]]
id = "op1"
name = "张三"

[[operators]]
id = "op2"
name = "李四"
"""

CAMERA = """
[[cameras]]
id = "{id}"
name = "{name}"
url = "{url}"
required = true
clock_region = {clock_region}
reference = "{reference}"
"""

Devices = Mapping[str, Mapping[str, str]]
"""Name of a simulated wire, and of its device in the lane file, to what the lane file says besides the port."""
PETROL_LANE: Devices = {
    "gas": {"driver": "nanhua-nha-506i"},
    "dyno": {"driver": "xincheng-bntd"},
    "obd": {"driver": "elm327"},
}
DIESEL_LANE: Devices = {
    **PETROL_LANE,
    "opacity": {"driver": "nanhua-nht-6"},
    "rpm": {"driver": "nanhua-rpm-5300"},
    "nox": {"driver": "mingquan-mqw-5102", "measures": "nox"},
    "weather": {"driver": "rz-1"},
    "led": {"driver": "nanhua-led"},
}
"""For both fuels. Lug-down needs NOx, so the analyzer is the one with a converter."""


@dataclass(frozen=True, slots=True)
class CameraPlace:
    """The camera over a lane: where its stream and its control socket are, and what it shall see."""

    port: int
    folder: Path
    seed: int
    id: str = "front"
    name: str = "前摄像头"

    @property
    def url(self) -> str:
        """The address of its stream."""
        return f"rtsp://127.0.0.1:{self.port}/{self.id}"

    @property
    def reference(self) -> Path:
        """The picture of what it shall see."""
        return self.folder / "reference.pgm"

    def take_reference(self) -> None:
        """Keep what it sees on a good day, as a grey picture that any decoder reads."""
        self.folder.mkdir(parents=True)
        self.reference.write_bytes(b"P5\n%d %d\n255\n" % (WIDTH, HEIGHT) + Scene(self.seed).picture(0.0, 0.0))

    def table(self) -> str:
        """Return its table in the lane file."""
        region, reference = list(CLOCK_REGION), self.reference
        return CAMERA.format(id=self.id, name=self.name, url=self.url, clock_region=region, reference=reference)


def device_tables(devices: Devices, folder: Path) -> str:
    """Return the tables of devices whose ports are in this folder."""
    tables = []
    for name, facts in devices.items():
        rows = "".join(f'{key} = "{value}"\n' for key, value in facts.items())
        tables.append(f'\n[devices.{name}]\n{rows}port = "{folder}/{name}"\n')
    return "".join(tables)
