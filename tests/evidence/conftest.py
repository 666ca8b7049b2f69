"""A petrol car on the rollers, its samples, and a lane that has sealed the test."""

import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from importlib import resources
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from typer.testing import CliRunner

from lanectl.app.evidence import take_out
from lanectl.cli import audit as command
from lanectl.cli.output import UsageError
from lanectl.core.methods import open_trial
from lanectl.core.obd_check import decide_obd
from lanectl.core.second import SecondMaker
from lanectl.ledger.bundle import bundle_bytes
from lanectl.ledger.canonical import canonical_bytes, parse_object
from lanectl.ledger.keys import Signer, TrustStore, new_key, write_private_key, write_public_key
from lanectl.ledger.store import Ledger
from lanectl.ledger.values import SealedRecord, TestOpening
from lanectl.model.record import LaneIdentity, SecondRow
from lanectl.model.sample import Channel, LaneEvent, Sample

AT = datetime(2026, 3, 1, 9, 0, tzinfo=timezone(timedelta(hours=8)))
VEHICLE: dict[str, object] = {
    "plate": "粤A12345",
    "vin": "LSVAA4182E2184847",
    "fuel": "petrol",
    "reference_mass_kg": 1020.0,
}
LANE = LaneIdentity("440106", "44010625", "01", "training")
BEGIN_MS = 3000
STEADY = {
    "speed_kmh": 25.1,
    "force_n": 995.3,
    "power_total_kw": 6.94,
    "engine_rpm": 1690.0,
    "co_pct": 0.043,
    "co2_pct": 14.01,
    "o2_pct": 0.9,
    "hc_ppm": 11.4,
    "no_ppm": 171.3,
    "ambient_temp_c": 3.8,
    "humidity_pct": 45.0,
    "pressure_kpa": 101.3,
}
OBD_FACTS = {"communication": True, "mil_on": False, "stored_codes": [], "pending_codes": [], "readiness": {}}
OBD_ANSWERS = {"connector": "ok", "lamp_key_on": "lit", "lamp_running": "dark"}


DIESEL: dict[str, object] = {"plate": "粤A12345", "vin": "LSVAA4182E2184847", "fuel": "diesel", "rated_rpm": 2600.0}
HOW = {
    "asm": (VEHICLE, "gb18285-2018", "asm5025"),
    "free_acceleration": (DIESEL, "gb3847-2018", "snaps"),
}


def limits(name: str = "gb18285-2018") -> dict[str, object]:
    return tomllib.loads((resources.files("config") / "limits" / f"{name}.toml").read_text("utf-8"))


def puffs(peak_n: float) -> list[Sample]:
    """Four accelerations at 10 Hz, each with a peak that is one sample."""
    made = []
    for number in range(4 * 140):
        place = number % 140
        up = max(0.0, min(1.0, (place - 60) / 10, (110 - place) / 10))
        n = peak_n if place == 75 else 1.0 + 15.0 * up + (number * 7919 % 101) / 500
        values = {"engine_rpm": 760.0 + 1940.0 * up, "opacity_n_pct": n}
        channels = {name: Channel(value, 40) for name, value in values.items()}
        made.append(Sample(number, number * 100, number * 100, 1_795_400_000_000 + number * 100, channels))
    return made


def beats(count: int, **changes: float) -> list[Sample]:
    """Samples at 10 Hz with a little unrest, from the start of the test."""
    made = []
    for number in range(count):
        unrest = (number * 7919 % 101 - 50) / 5000
        values = {name: value * (1 + unrest / 10) for name, value in {**STEADY, **changes}.items()}
        channels = {name: Channel(value, 40) for name, value in values.items()}
        made.append(Sample(number, number * 100, number * 100, 1_795_400_000_000 + number * 100, channels))
    return made


@dataclass
class Station:
    """A lane's files in one folder."""

    folder: Path
    lane: LaneIdentity = LANE
    at: datetime = AT

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.db"

    @property
    def trust(self) -> Path:
        return self.folder / "trust"

    @property
    def public_key(self) -> Path:
        return self.trust / "lane" / "lane.pem"

    def beats(self, count: int, **changes: float) -> list[Sample]:
        return beats(count, **changes)

    def open(self) -> Ledger:
        return Ledger.open(self.ledger, self.lane, Signer.load(self.folder / "lane.key.pem"))

    def puffs(self, peak_n: float) -> list[Sample]:
        return puffs(peak_n)

    def opening(self, test_id: str, method: str = "asm", limit_set: str = "a") -> dict[str, object]:
        vehicle, name, _start = HOW[method]
        law = {"name": name, "set": limit_set, "sha256": "0" * 64, "data": limits(name)[method]}
        return {
            "test_id": test_id, "mode": self.lane.mode, "method": method, "vehicle": vehicle, "operator": "op1",
            "started_at": AT.isoformat(), "clock": {"factor": 1}, "limits": law,
            "gate": {"decision": "allow", "code": "FIRST_TEST", "bureau": "reachable"},
            "profile": {"name": "default", "sha256": "0" * 64}, "calibration": {},
            "software": {"version": "0", "core_digest": "x", "compiled": False, "binaries": {}},
        }  # fmt: skip

    def seal(
        self,
        test_id: str,
        samples: list[Sample],
        measured_until: int | None = None,
        method: str = "asm",
        limit_set: str = "a",
        **changes: object,
    ) -> SealedRecord:
        """Run a test as a lane does: samples to seconds to the core, and seal what came of it."""
        body = self.opening(test_id, method, limit_set)
        vehicle, name, start = HOW[method]
        section, rules = limits(name)[method], limits(name)["obd_check"]
        assert isinstance(section, dict)
        assert isinstance(rules, dict)
        trial, maker, rows = open_trial(method, vehicle, section, limit_set, start), SecondMaker(), []
        for sample in samples[:measured_until]:
            if sample.t_ms < BEGIN_MS:
                continue
            values = {name: channel.value for name, channel in sample.channels.items()}
            for second in maker.push(sample.t_ms - BEGIN_MS, values):
                trial.push(second)
                rows.append(SecondRow(second.t_ms, second.values, second.rows, trial.status().phase))
        verdict = trial.verdict()
        told: dict[str, object] = {"outcome": "aborted", "cause": "operator", "reasons": ["operator"]}
        if verdict is not None:
            said = verdict.as_json()
            told = {name: said[name] for name in ("outcome", "values", "judgements", "reasons", "uncertain")}
        obd = {"facts": OBD_FACTS, "answers": OBD_ANSWERS, "binding": True, "rules": rules}
        obd["verdict"] = decide_obd(OBD_FACTS, OBD_ANSWERS, True, rules, vehicle).as_json()
        closing = {"ended_at": AT.isoformat(), "start_phase": start, "measure_from_ms": BEGIN_MS, "obd": obd}
        ledger = self.open()
        ledger.begin_test(TestOpening(test_id, AT, body, {"gas": {"serial_number": "7"}}))
        ledger.append(test_id, samples, rows, [LaneEvent(BEGIN_MS, 1, "begin_measure", {"phase": start})])
        sealed = ledger.seal(test_id, {**body, **told, **closing, **changes}, AT)
        ledger.close()
        return sealed


@pytest.fixture
def station(tmp_path: Path) -> Station:
    private = new_key()
    write_private_key(tmp_path / "lane.key.pem", private)
    (tmp_path / "trust" / "lane").mkdir(parents=True)
    write_public_key(tmp_path / "trust" / "lane" / "lane.pem", private.public_key(), "training")
    return Station(tmp_path)


@pytest.fixture
def archive(station: Any) -> Path:
    folder: Path = station.folder / "archive"
    (folder / "2026" / "03").mkdir(parents=True)
    return folder


@pytest.fixture
def put(station: Any, archive: Path) -> Callable[..., Path]:
    """Seal a test, change its record as somebody with the lane's key could, and lay the bundle into the archive."""

    def lay(
        test_id: str, samples: Any, until: int | None = None, method: str = "asm", under: str = "a", **changes: Any
    ) -> Path:
        station.seal(test_id, samples, until, method, under)
        members = take_out(station.ledger, test_id)
        if changes:
            record = canonical_bytes({**parse_object(members["record.json"]), **changes})
            signer = Signer.load(station.folder / "lane.key.pem")
            said = {**parse_object(members["signature.json"]), "signature": signer.sign(record)}
            members |= {"record.json": record, "signature.json": canonical_bytes(said)}
        path = archive / "2026" / "03" / f"{test_id}.lane"
        path.write_bytes(bundle_bytes(members))
        return path

    return lay


@pytest.fixture
def keys(station: Any) -> TrustStore:
    return TrustStore.files([station.public_key])


@pytest.fixture
def lanectl(station: Any) -> Callable[..., tuple[int, Any]]:
    app = typer.Typer()
    command.register(app)

    def run(*arguments: object) -> tuple[int, Any]:
        done = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if isinstance(done.exception, UsageError):
            return 2, done.exception
        assert isinstance(done.exception, click.ClickException | SystemExit | None), done.exception
        return done.exit_code, json.loads(done.stdout) if "--json" in arguments else done.output

    return run
