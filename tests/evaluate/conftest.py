"""A folder with a vehicle and a trace in it, and the command put to them as a person would."""

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lanectl.cli import main

CAR = 'fuel = "petrol"\nreference_mass_kg = 1480\ngross_mass_kg = 1900\nclosed_loop = true\n'
ROW = {
    "speed_kmh": 25.0, "force_n": 1440.0, "engine_rpm": 1800, "hc_ppm": 30, "co_pct": 0.2, "co2_pct": 14.8,
    "o2_pct": 0.5, "no_ppm": 300, "ambient_temp_c": 25.0, "humidity_pct": 50.0, "pressure_kpa": 101.3,
}  # fmt: skip


@dataclass
class Answer:
    """Exit code and what was said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


class Desk:
    """Writes files and asks `lanectl evaluate` about them."""

    def __init__(self, folder: Path, said: Callable[[], tuple[str, str]]) -> None:
        self.folder = folder
        self._said = said
        self.vehicle = self.write("car.toml", CAR)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def trace(self, seconds: int = 20, step: float = 1.0, t0: float = 0.0, **changes: object) -> Path:
        rows = [{"t_s": round(t0 + i * step, 6), **ROW, **changes} for i in range(int(seconds / step))]
        return self.table(rows)

    def table(self, rows: Iterable[dict[str, object]]) -> Path:
        rows = list(rows)
        path = self.folder / "trace.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return path

    def read(self, path: Path) -> list[dict[str, str]]:
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def ask(self, trace: Path, *options: str, method: str = "asm", vehicle: Path | None = None) -> Answer:
        command = ["evaluate", "--method", method, "--vehicle", str(vehicle or self.vehicle), str(trace), *options]
        with pytest.raises(SystemExit) as end:
            main(command)
        out, err = self._said()
        assert isinstance(end.value.code, int)
        return Answer(end.value.code, out, err)

    def ask_json(self, trace: Path, *options: str, **how: Any) -> Answer:
        return self.ask(trace, "--json", *options, **how)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    def read() -> tuple[str, str]:
        said = capsys.readouterr()
        return said.out, said.err

    return Desk(tmp_path, read)
