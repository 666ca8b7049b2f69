"""The lane file: everything in which one lane differs from another, strict and whole.

Knows its tables, which of their values exclude each other, and where a mistake stands. Does not know drivers: the
tables under ``[devices]`` travel as they are and are checked against the registry by the composition root.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError, ValidationInfo

from lanectl.model.words.settings import HINTS
from lanectl.settings.problems import FaultyFileError, Problem, TomlSource, model_problems, read_toml
from lanectl.settings.toml_places import Path as KeyPath

INSTALLED = Path("/etc/lanectl/lane.toml")
"""Where an installed lane has its lane file."""
MOST_HIDDEN = 0.4
"""Share of a picture that may be left out of the judgement as on-screen clock."""
NUMBERED = re.compile(r"/dev/tty(USB|ACM|XRUSB)[0-9]+")
"""Names that the kernel deals out in the order in which adapters are found; those on the board (ttyS0) stay theirs."""
FASTEST = 5.0
"""In training the lane's clock may run up to this many times faster than real time."""


def _beside_lane_file(value: object, info: ValidationInfo) -> object:
    """Read a path relative to the lane file."""
    if isinstance(value, Path):
        value = str(value)
    if not isinstance(value, str):
        raise ValueError("a path is text in quotes")
    if not value.strip() or "\0" in value:
        raise ValueError("a path may not be empty")
    folder = info.context.get("folder") if isinstance(info.context, Mapping) else None
    return Path(os.path.normpath(folder / value)) if isinstance(folder, Path) else Path(value)


LanePath = Annotated[Path, BeforeValidator(_beside_lane_file)]
Port = Annotated[int, Field(ge=1, le=65535)]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^\S(.*\S)?$")]
Code = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9_-]+$")]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
DeviceName = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[a-z][a-z0-9_]*$")]


class Table(BaseModel):
    """Frozen, strict about types, and fatal on unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_default=True)


class LaneTable(Table):
    """Who this lane is."""

    region: Annotated[str, Field(pattern=r"^[0-9]{6}$")]
    """Division code, six digits."""
    station: Code
    lane: Code
    name: Name
    mode: Literal["official", "training"]
    clock_factor: Annotated[float, Field(ge=1.0, le=FASTEST)] = 1.0


class DataTable(Table):
    """Which regional rules apply. The limits and their set are the signed profile's to say, not this file's."""

    profile: Annotated[str, Field(min_length=1)] = "default"
    folder: LanePath | None = None
    """Folder with data files that go before the packaged ones."""


class KeysTable(Table):
    """The lane's own key and the keys that it trusts."""

    signing: LanePath = Path("lane.key.pem")
    trust: LanePath = Path("trust")


class LedgerTable(Table):
    """Where the lane keeps its memory."""

    file: LanePath = Path("ledger.db")


class UplinkTable(Table):
    """The line to the bureau: MQTT over TLS with the lane's own certificate."""

    host: Name
    port: Port = 8883
    ca: LanePath = Path("uplink/ca.pem")
    cert: LanePath = Path("uplink/lane.cert.pem")
    key: LanePath = Path("uplink/lane.key.pem")


class TerminalTable(Table):
    """The operator's page on this machine."""

    port: Port = 8460


class CalibrationTable(Table):
    """Signed data from this lane's equipment checks."""

    parasitic_loss: LanePath = Path("parasitic_loss.toml")


class CameraTable(Table):
    """One camera that watches this lane."""

    id: Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[a-z][a-z0-9_-]*$")]
    name: Name
    url: Annotated[str, Field(pattern=r"^(rtsps?|https?)://[^\s/]+")]
    required: bool = True
    """No test starts while a required camera has been bad for more than 30 s."""
    clock_region: Annotated[tuple[Fraction, Fraction, Fraction, Fraction], Field(strict=False)] | None = None
    """Where the on-screen clock is: x, y, width, height as fractions of the picture."""
    reference: LanePath | None = None
    """A picture of what the camera shall see; without it nobody notices that it was turned."""


class Operator(Table):
    """Somebody who may run tests here."""

    id: Code
    name: Name


class LaneFile(Table):
    """The whole lane file. Paths are absolute; ``devices`` holds each device's table as it was written."""

    lane: LaneTable
    data: DataTable = Field(default_factory=DataTable)
    keys: KeysTable = Field(default_factory=KeysTable)
    ledger: LedgerTable = Field(default_factory=LedgerTable)
    uplink: UplinkTable | None = None
    terminal: TerminalTable = Field(default_factory=TerminalTable)
    calibration: CalibrationTable = Field(default_factory=CalibrationTable)
    operators: Annotated[tuple[Operator, ...], Field(strict=False, min_length=1)]
    cameras: Annotated[tuple[CameraTable, ...], Field(strict=False)] = ()
    devices: Annotated[Mapping[DeviceName, Mapping[str, Any]], Field(min_length=1)]
    _folder: Path | None = PrivateAttr(default=None)

    def model_post_init(self, context: Any, /) -> None:
        """Remember where the file stands: paths in the tables of devices start there, too."""
        self._folder = context.get("folder") if isinstance(context, Mapping) else None

    @property
    def folder(self) -> Path | None:
        """The folder of the lane file; None for one that came from no file."""
        return self._folder


@dataclass(frozen=True)
class CheckedLaneFile:
    """A lane file as far as it could be read: None where it could not, with every problem that was found."""

    lane_file: LaneFile | None
    source: TomlSource | None
    problems: tuple[Problem, ...]


def load_lane_file(path: Path) -> LaneFile:
    """Read a lane file that must be right. Raises OSError, or FaultyFileError with all its problems.

    Files that it names are opened by those who need them; ``check_lane_file`` also says whether they exist.
    """
    checked = _read(path)
    if checked.lane_file is None or checked.problems:
        raise FaultyFileError(checked.problems)
    return checked.lane_file


def check_lane_file(path: Path) -> CheckedLaneFile:
    """Read a lane file and say everything that is wrong with it, files included that it names and that do not exist."""
    checked = _read(path)
    if checked.lane_file is None or checked.source is None:
        return checked
    missing = tuple(_missing_files(checked.source, checked.lane_file))
    return CheckedLaneFile(checked.lane_file, checked.source, in_order((*checked.problems, *missing)))


def in_order(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Sort problems the way one reads a file."""
    return tuple(sorted(problems, key=lambda problem: (problem.line, problem.column)))


def _read(path: Path) -> CheckedLaneFile:
    try:
        source = read_toml(path)
    except FaultyFileError as error:
        return CheckedLaneFile(None, None, error.problems)
    folder = Path(os.path.abspath(path)).parent
    # Tables that are left out get their defaults in the same way as tables that are empty: beside the lane file.
    filled = {**{name: {} for name in ("data", "keys", "ledger", "terminal", "calibration")}, **source.data}
    try:
        lane_file = LaneFile.model_validate(filled, context={"folder": folder})
    except ValidationError as error:
        return CheckedLaneFile(None, source, tuple(model_problems(source, error, LaneFile)))
    return CheckedLaneFile(lane_file, source, in_order(tuple(_contradictions(source, lane_file))))


def _contradictions(source: TomlSource, lane_file: LaneFile) -> Iterator[Problem]:
    if lane_file.lane.mode == "official":
        if lane_file.lane.clock_factor != 1.0:
            yield source.problem("clock_in_official", ("lane", "clock_factor"), HINTS["clock_in_official"])
        if lane_file.uplink is None:
            yield source.problem("uplink_in_official", ("lane", "mode"), HINTS["uplink_in_official"])
        yield from _unstable_ports(source, lane_file)
    yield from _shared_ports(source, lane_file)
    seen: set[str] = set()
    for index, operator in enumerate(lane_file.operators):
        if operator.id in seen:
            yield source.problem("same_id", ("operators", index, "id"), HINTS["same_id"], value=operator.id)
        seen.add(operator.id)
    yield from _cameras(source, lane_file)


def _cameras(source: TomlSource, lane_file: LaneFile) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, camera in enumerate(lane_file.cameras):
        if camera.id in seen:
            path: KeyPath = ("cameras", index, "id")
            yield source.problem("same_camera", path, HINTS["same_camera"], value=camera.id)
        seen.add(camera.id)
        if camera.clock_region is not None:
            x, y, width, height = camera.clock_region
            if x + width > 1.0 or y + height > 1.0 or not 0.0 < width * height <= MOST_HIDDEN:
                yield source.problem("clock_region", ("cameras", index, "clock_region"), HINTS["clock_region"])


def _unstable_ports(source: TomlSource, lane_file: LaneFile) -> Iterator[Problem]:
    """Name each port that is called by its number: after the next start or replugging, another may have it."""
    for name, table in lane_file.devices.items():
        if isinstance(port := table.get("port"), str) and NUMBERED.fullmatch(port):
            path: KeyPath = ("devices", name, "port")
            yield source.problem("unstable_port", path, HINTS["unstable_port"], value=port)


def _shared_ports(source: TomlSource, lane_file: LaneFile) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    for name, table in lane_file.devices.items():
        port = table.get("port")
        if not isinstance(port, str):
            continue
        real = os.path.realpath(port) if port.startswith("/") else port
        if other := owners.get(real):
            path: KeyPath = ("devices", name, "port")
            yield source.problem("same_port", path, HINTS["same_port"], other=other, value=port)
        owners.setdefault(real, f"devices.{name}.port")
    uplink = lane_file.uplink
    if uplink and uplink.host in ("localhost", "127.0.0.1", "::1") and uplink.port == lane_file.terminal.port:
        path = ("terminal", "port") if ("terminal", "port") in source.places.keys else ("uplink", "port")
        other = "uplink.port" if path[0] == "terminal" else "terminal.port"
        yield source.problem("same_port", path, HINTS["same_port"], other=other, value=uplink.port)


def _missing_files(source: TomlSource, lane_file: LaneFile) -> Iterator[Problem]:
    """Look for what the file names itself. What is left at its default is asked for when the lane starts."""
    uplink = lane_file.uplink
    named: list[tuple[KeyPath, Path | None, bool]] = [
        (("data", "folder"), lane_file.data.folder, True),
        (("keys", "signing"), lane_file.keys.signing, False),
        (("keys", "trust"), lane_file.keys.trust, True),
        (("ledger", "file"), lane_file.ledger.file.parent, True),
        (("calibration", "parasitic_loss"), lane_file.calibration.parasitic_loss, False),
    ]
    for index, camera in enumerate(lane_file.cameras):
        named.append((("cameras", index, "reference"), camera.reference, False))
    if uplink:
        named += [(("uplink", name), getattr(uplink, name), False) for name in ("ca", "cert", "key")]
    for key, path, is_folder in named:
        if path is None or key not in source.places.values:
            continue
        if not (path.is_dir() if is_folder else path.is_file()):
            yield source.problem("no_folder" if is_folder else "no_file", key, HINTS["no_file"], value=path)
