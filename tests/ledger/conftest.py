"""A lane's ledger in a temporary folder, and what a test writes into it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from lanectl.ledger.keys import Signer, TrustedKey, TrustStore, new_key
from lanectl.ledger.store import Ledger
from lanectl.ledger.values import SealedRecord, TestOpening
from lanectl.model.record import LaneIdentity, SecondRow
from lanectl.model.sample import Channel, LaneEvent, Sample

BEIJING = timezone(timedelta(hours=8))
LANE = LaneIdentity("440106", "44010625", "01", "training")


@dataclass
class Bench:
    """A ledger with everything needed to fill it."""

    path: Path
    signer: Signer
    at: datetime = datetime(2026, 3, 1, 9, 0, tzinfo=BEIJING)
    lane: LaneIdentity = LANE
    opened: list[Ledger] = field(default_factory=list)

    @property
    def keys(self) -> TrustStore:
        return TrustStore([TrustedKey(self.signer.key_id, self.signer.public, "lane")])

    def open(self) -> Ledger:
        self.opened.append(Ledger.open(self.path, self.lane, self.signer))
        return self.opened[-1]

    def close(self) -> None:
        for ledger in self.opened:
            ledger.close()
        self.opened.clear()

    def body(self, test_id: str, **changes: object) -> dict[str, object]:
        known: dict[str, object] = {
            "test_id": test_id,
            "mode": self.lane.mode,
            "method": "asm",
            "vehicle": {"plate": "粤A12345", "vin": "LSVAA4182E2184847", "fuel": "petrol", "reference_mass_kg": 1020.0},
            "operator": "op1",
            "started_at": self.at.isoformat(),
            "clock": {"source": "system", "factor": 1},
            "limits": {"name": "gb18285-2018", "set": "a", "sha256": "0" * 64, "data": {}},
            "gate": {"decision": "allow", "code": "FIRST_TEST", "bureau": "reachable"},
            "profile": {"name": "default", "sha256": "0" * 64},
            "software": {"version": "0", "core_digest": "x", "compiled": False, "binaries": {}},
            "calibration": {},
        }
        return {**known, **changes}

    def closing(self, test: str, **changes: object) -> dict[str, object]:
        told = {"outcome": "fail", "values": {"asm5025_co_pct": 0.61}, "ended_at": self.at.isoformat()}
        return {**self.body(test), **told, **changes}

    def begin(self, ledger: Ledger, test_id: str) -> None:
        ledger.begin_test(TestOpening(test_id, self.at, self.body(test_id), {"gas": {"serial_number": "7"}}))

    def seal(self, ledger: Ledger, test_id: str, **changes: object) -> SealedRecord:
        self.begin(ledger, test_id)
        ledger.append(test_id, samples(0, 20), [second(0), second(1)], [LaneEvent(5, 5, "prompt", {"code": "go"})])
        return ledger.seal(test_id, self.closing(test_id, **changes), self.at, raw={"obd.bin": b"\x41\x0c"})


def sample(number: int) -> Sample:
    channels = {"hc_ppm": Channel(11.25, 40), "co_pct": Channel(None, None, "no_reply"), "obd_rpm": Channel(1690, 9)}
    return Sample(number, number * 100, 5_000 + number * 100, 1_795_400_000_000 + number * 100, channels)


def samples(first: int, count: int) -> list[Sample]:
    return [sample(number) for number in range(first, first + count)]


def second(number: int) -> SecondRow:
    values = {"hc_ppm": 11.25, "co_pct": None, "obd_rpm": 1690.0}
    return SecondRow(number * 1000, values, 10, "asm5025", {"co_pct": "no_reply"})


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "ledger.db", Signer(new_key()))
    yield made
    made.close()
