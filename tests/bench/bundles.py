"""An archive as a bureau has it: bundles of whole tests at 10 Hz, with the channels of a fully equipped lane.

Petrol cars on ASM (90 s and 190 s), and two diesels: free acceleration and lug-down. Values are as devices give them,
in steps of their resolution; what a lane computes has all its digits. A lane's records form a chain.
"""

import random
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from importlib import resources
from pathlib import Path

from lanectl.core.methods import open_trial
from lanectl.core.second import SecondMaker
from lanectl.ledger.bundle import SUFFIX, write_bundle
from lanectl.ledger.canonical import canonical_bytes, sha256_hex
from lanectl.ledger.keys import Signer
from lanectl.ledger.members import RECORD, SIGNATURE, make_members
from lanectl.ledger.values import Kept
from lanectl.model.record import NO_RECORD, RECORD_SCHEMA, Record, SecondRow
from lanectl.model.sample import Channel, LaneEvent, Sample

AT = datetime(2026, 3, 1, 9, 0, tzinfo=timezone(timedelta(hours=8)))
BEGIN_MS = 12_000
"""Checks before the test take their time, and are kept too."""
PETROL = {"fuel": "petrol", "reference_mass_kg": 1480.0, "gross_mass_kg": 1900.0, "closed_loop": True}
DIESEL = {"fuel": "diesel", "rated_power_kw": 110.0, "rated_rpm": 2600.0, "aspiration": "turbo"}
AIR = {"ambient_temp_c": (25.0, 0.05, 1), "humidity_pct": (50.0, 0.1, 1), "pressure_kpa": (101.3, 0.02, 2)}
FLOW = {"flow_l_s": (110.0, 0.5, 1), "flow_temp_c": (31.0, 0.1, 1), "flow_pressure_kpa": (100.9, 0.02, 2)}
OBD = {"obd_coolant_c": (88.0, 0.4, 0), "obd_load_pct": (42.0, 2.0, 1), "obd_pedal_d_pct": (23.0, 1.0, 1)}
GAS = {"co_pct": (0.42, 0.004, 3), "co2_pct": (14.5, 0.03, 2), "hc_ppm": (78.0, 1.2, 0), "no_ppm": (620.0, 9.0, 0)}
MORE = {"o2_pct": (0.6, 0.02, 2), "no2_ppm": (4.0, 0.6, 0), "oil_temp_c": (92.0, 0.3, 1), "probe_in": (1.0, 0.0, 0)}

Values = dict[str, float]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of test: its method, vehicle, the phase that its trace begins in, and what each beat gives."""

    name: str
    method: str
    limits: str
    vehicle: dict[str, object]
    start: str
    beats: Callable[[random.Random], Iterator[Values]]


def _drawn(chance: random.Random, what: dict[str, tuple[float, float, int]]) -> Values:
    return {name: round(chance.gauss(mean, by), decimals) for name, (mean, by, decimals) in what.items()}


def _asm(gross: float, seconds: int) -> Callable[[random.Random], Iterator[Values]]:
    def beats(chance: random.Random) -> Iterator[Values]:
        for tenth in range(seconds * 10):
            at_25 = tenth < 900
            speed = round((25.0 if at_25 else 40.0) + chance.gauss(0, 0.08), 1)
            force = round((1440.0 if at_25 else 720.0) * (1 + chance.gauss(0, 0.002)), 0)
            gas = {**_drawn(chance, GAS), **_drawn(chance, MORE)}
            dirty = {"co_pct": round(gas["co_pct"] * gross, 3), "no_ppm": round(gas["no_ppm"] * gross, 0)}
            rpm = round(chance.gauss(1750.0, 9.0), 0)
            yield {
                "speed_kmh": speed, "force_n": force, "power_total_kw": force * speed / 3600.0,
                "power_parasitic_kw": 0.21 + 0.004 * speed, "engine_rpm": rpm, **gas, **dirty, **_drawn(chance, AIR),
                **_drawn(chance, FLOW), **_drawn(chance, OBD), "obd_rpm": rpm + 2.0, "obd_speed_kmh": round(speed, 0),
            }  # fmt: skip

    return beats


def _snaps(chance: random.Random) -> Iterator[Values]:
    for tenth in range(4 * 140):
        place = tenth % 140
        up = max(0.0, min(1.0, (place - 60) / 10, (110 - place) / 10))
        rpm = round(760.0 + 1940.0 * up, 0)
        yield {
            "engine_rpm": rpm, "opacity_n_pct": round(1.0 + 24.0 * up + chance.gauss(0, 0.2), 1), "obd_rpm": rpm + 3.0,
            **_drawn(chance, AIR), **_drawn(chance, OBD), "oil_temp_c": 91.0, "probe_in": 1.0,
        }  # fmt: skip


def _scan(chance: random.Random) -> Iterator[Values]:
    nominal = [80.0 - 0.11 * tenth for tenth in range(260)] + [66.0] * 160 + [52.8] * 220
    for target in nominal:
        speed = round(target + chance.gauss(0, 0.05), 2)
        power = 70.0 - 0.05 * (speed - 66.0) ** 2
        yield {
            "speed_kmh": speed, "force_n": round(power * 3600.0 / speed, 0), "engine_rpm": round(speed * 39.0, 0),
            "opacity_n_pct": round(chance.gauss(21.0, 0.4), 1), "nox_ppm": round(chance.gauss(600.0, 6.0), 0),
            "no_ppm": round(chance.gauss(580.0, 6.0), 0), "no2_ppm": 21.0, "co2_pct": round(chance.gauss(9.0, 0.05), 2),
            **_drawn(chance, AIR), "obd_rpm": round(speed * 39.0, 0), "obd_pedal_d_pct": 99.0, "obd_coolant_c": 85.0,
        }  # fmt: skip


KINDS = (
    Kind("ASM, 90 s", "asm", "gb18285-2018", dict(PETROL), "asm5025", _asm(1.0, 93)),
    Kind("ASM, 190 s", "asm", "gb18285-2018", dict(PETROL), "asm5025", _asm(1.6, 200)),
    Kind("ASM, 90 s", "asm", "gb18285-2018", dict(PETROL), "asm5025", _asm(0.9, 93)),
    Kind("ASM, 190 s", "asm", "gb18285-2018", dict(PETROL), "asm5025", _asm(1.5, 200)),
    Kind("free acceleration", "free_acceleration", "gb3847-2018", dict(DIESEL), "snaps", _snaps),
    Kind("ASM, 90 s", "asm", "gb18285-2018", dict(PETROL), "asm5025", _asm(0.8, 93)),
    Kind("ASM, 190 s", "asm", "gb18285-2018", dict(PETROL), "asm5025", _asm(1.7, 200)),
    Kind("lug-down", "lug_down", "gb3847-2018", dict(DIESEL), "scan", _scan),
)


class Archive:
    """A folder of bundles of one lane, each following the one before."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self.folder = folder
        self._signer = signer
        self._sequence = 0
        self._previous = NO_RECORD
        self._law = {kind.limits: _limits(kind.limits) for kind in KINDS}

    def write(self, tests: int, distinct: int) -> dict[str, list[int]]:
        """Write so many bundles; return which of them, in the order of their names, are of which kind.

        Beyond ``distinct`` tests the tables come again, each time in a record of its own.
        """
        made = [self._test(KINDS[number % len(KINDS)], random.Random(number)) for number in range(min(tests, distinct))]
        for number in range(tests):
            body, members = made[number % len(made)]
            self._seal({**body, "test_id": f"bench-{number:06}"}, members)
        kinds: dict[str, list[int]] = {}
        for number in range(tests):
            kinds.setdefault(KINDS[number % len(made) % len(KINDS)].name, []).append(number)
        return kinds

    def _test(self, kind: Kind, chance: random.Random) -> tuple[dict[str, object], dict[str, bytes]]:
        samples = [_sample(number, values) for number, values in enumerate(kind.beats(chance))]
        trial = open_trial(kind.method, kind.vehicle, self._law[kind.limits][kind.method], "a", kind.start)
        maker, rows = SecondMaker(), []
        for sample in samples:
            values = {name: channel.value for name, channel in sample.channels.items()}
            for second in maker.push(sample.t_ms - BEGIN_MS, values):
                if not trial.status().decided:
                    trial.push(second)
                    rows.append(SecondRow(second.t_ms, second.values, second.rows, trial.status().phase))
        verdict = trial.verdict()
        if verdict is None or verdict.outcome == "invalid":
            raise SystemExit(f"a test of {kind.method} that was to be measured came to {verdict}")
        said = verdict.as_json()
        told = {name: said[name] for name in ("outcome", "values", "judgements", "reasons", "uncertain")}
        events = (LaneEvent(BEGIN_MS, 1, "begin_measure", {"phase": kind.start}),)
        kept = Kept(tuple(samples), tuple(rows), events)
        return {**self._body(kind), **told}, make_members(kept, {"gas": {"serial_number": "7"}}, {})

    def _body(self, kind: Kind) -> dict[str, object]:
        law = {"name": kind.limits, "set": "a", "sha256": "0" * 64, "data": self._law[kind.limits][kind.method]}
        vehicle = {name: value for name, value in kind.vehicle.items() if name != "closed_loop"}
        return {
            "mode": "training", "method": kind.method, "operator": "op1", "started_at": AT.isoformat(),
            "ended_at": AT.isoformat(), "vehicle": {"plate": "粤A12345", "vin": "LSVAA4182E2184847", **vehicle},
            "clock": {"factor": 1}, "limits": law, "start_phase": kind.start, "measure_from_ms": BEGIN_MS,
            "gate": {"decision": "allow", "code": "FIRST_TEST", "bureau": "reachable"},
            "profile": {"name": "default", "sha256": "0" * 64}, "calibration": {},
            "software": {"version": "0", "core_digest": "x", "compiled": True, "binaries": {}},
        }  # fmt: skip

    def _seal(self, body: dict[str, object], members: dict[str, bytes]) -> None:
        self._sequence += 1
        whole = {
            **body, "schema": RECORD_SCHEMA, "lane": {"region": "440106", "station": "44010625", "lane": "01"},
            "sequence": self._sequence, "previous": self._previous,
            "members": {name: sha256_hex(data) for name, data in members.items()},
        }  # fmt: skip
        read = Record.model_validate_json(canonical_bytes(whole))
        record = canonical_bytes(read.model_dump(mode="json", by_alias=True))
        signature = canonical_bytes(
            {
                "suite": self._signer.suite, "key_id": self._signer.key_id, "signature": self._signer.sign(record),
                "previous": self._previous, "sequence": self._sequence,
            }
        )  # fmt: skip
        self._previous = sha256_hex(record)
        folder = self.folder / f"{self._sequence // 100:04}"
        folder.mkdir(parents=True, exist_ok=True)
        write_bundle(folder / f"{body['test_id']}{SUFFIX}", {**members, RECORD: record, SIGNATURE: signature})


def _sample(number: int, values: Values) -> Sample:
    channels = {name: Channel(value, 40 + number % 7 * 10) for name, value in values.items()}
    t_ms = BEGIN_MS + number * 100
    return Sample(number, t_ms, 5_000_000 + t_ms, 1_795_400_000_000 + t_ms, channels)


def _limits(name: str) -> dict[str, dict[str, object]]:
    return tomllib.loads((resources.files("config") / "limits" / f"{name}.toml").read_text("utf-8"))
