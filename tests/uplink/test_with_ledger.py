"""The real ledger, the real uplink, and the simulated bureau, which checks everything with code of its own."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lanectl.ledger.keys import Signer
from lanectl.ledger.store import Ledger
from lanectl.ledger.values import TestOpening
from lanectl.ledger.writer import LedgerThread
from lanectl.uplink.bureau_port import MqttBureau
from simulators.bureau import Bureau, Misdeeds, enrolled

PLATE, VIN = "粤A12345", "LSVAA4182E2123456"
NOON = datetime.fromisoformat("2026-11-21T12:00:00+08:00")


def _body(test_id: str, outcome: str, minutes: int = 0, repair: str | None = None) -> dict[str, object]:
    digest = "0" * 64
    ended = NOON + timedelta(minutes=minutes)
    return {
        "test_id": test_id,
        "mode": "training",
        "method": "asm",
        "outcome": outcome,
        "vehicle": {"plate": PLATE, "vin": VIN, "fuel": "petrol"},
        "operator": "op1",
        "started_at": (ended - timedelta(minutes=3)).isoformat(),
        "ended_at": ended.isoformat(),
        "clock": {},
        "values": {"asm5025_co_pct": 0.04},
        "limits": {"name": "gb18285-2018", "set": "a", "sha256": digest, "data": {}},
        "gate": {
            "decision": "allow",
            "code": "SYSTEM_RECORD" if repair else "FIRST_TEST",
            "repair": repair,
            "bureau": "reachable",
        },
        "profile": {"name": "default", "sha256": digest},
        "software": {"version": "0", "core_digest": digest, "compiled": False, "binaries": {}},
        "calibration": {},
    }


class Scene:
    """One lane with its ledger, and a bureau that can be replaced by a worse one."""

    def __init__(self, bench: Any, say: Any, station: Any, folder: Path) -> None:
        self.bench, self.say, self.station = bench, say, station
        signer = Signer.load(station.lanes[say.lane].signing.private)
        self.ledger = LedgerThread(Ledger.open(folder / "ledger.db", say.identity, signer))
        self.uplink: MqttBureau = bench.uplink(self.ledger.ledger, on_ledger=self.ledger.call)
        self._bureau_file = folder / "bureau.db"
        self.bureau: Bureau | None = None

    async def open_bureau(self, misdeeds: Misdeeds | None = None) -> Bureau:
        await self.close_bureau()
        key = self.station.bureau_signing.private
        self.bureau = Bureau(self._bureau_file, key, enrolled(self.station.trust), misdeeds=misdeeds, patience_s=1.0)
        await asyncio.to_thread(self.bureau.start, self.bench.broker.host, self.bench.broker.port, self.station.bureau)
        return self.bureau

    async def close_bureau(self) -> None:
        if self.bureau is not None:
            await asyncio.to_thread(self.bureau.stop)
        self.bureau = None

    async def test(self, number: int, outcome: str, **facts: Any) -> None:
        test_id = f"T{number}"
        body = _body(test_id, outcome, number, **facts)
        await self.ledger.call(self.ledger.ledger.begin_test, TestOpening(test_id, NOON, body))
        await self.ledger.call(self.ledger.ledger.seal, test_id, body, NOON)
        self.uplink.wake()

    async def drained(self) -> None:
        async with asyncio.timeout(15):
            while (await self.ledger.call(self.ledger.ledger.outbox_state)).waiting:  # noqa: ASYNC110 - another thread settles
                await asyncio.sleep(0.02)


@pytest.fixture
async def scene(bench: Any, say: Any, station: Any, tmp_path: Path) -> AsyncIterator[Scene]:
    made = Scene(bench, say, station, tmp_path)
    yield made
    await made.close_bureau()
    await bench.end_all()
    await made.ledger.close()


async def test_sealed_records_arrive_verified_and_get_their_report_numbers(scene: Scene) -> None:
    bureau = await scene.open_bureau()
    scene.bench.run(scene.uplink)
    for number in range(1, 4):
        await scene.test(number, "pass")
    await scene.drained()
    rows = bureau.received()
    assert [(row.sequence, row.outcome, row.verified) for row in rows] == [(n, "pass", True) for n in (1, 2, 3)]
    results = await scene.ledger.call(scene.ledger.ledger.results, 10)
    reports = [result.receipt["report"] for result in results if result.receipt]
    assert reports == [row.report for row in reversed(rows)]


async def test_a_fail_opens_a_case_that_any_lane_hears_of(scene: Scene) -> None:
    await scene.open_bureau()
    scene.bench.run(scene.uplink)
    await scene.test(1, "fail")
    await scene.drained()
    history = await scene.uplink.ask_vehicle(PLATE, "")
    assert [(failure.station, failure.closed_by) for failure in history.failures] == [("44010625", None)]


async def test_lost_receipts_have_one_effect_each(scene: Scene) -> None:
    bureau = await scene.open_bureau(Misdeeds(loses_receipts=6))
    scene.bench.run(scene.uplink)
    for number in range(1, 5):
        await scene.test(number, "pass")
    await scene.drained()
    assert len(bureau.received()) == 4
    assert sum(int(str(message["times"])) for message in bureau.messages()) > len(bureau.messages())


async def test_neither_a_dead_broker_nor_a_dead_bureau_loses_or_doubles_anything(scene: Scene) -> None:
    await scene.open_bureau()
    scene.bench.run(scene.uplink)
    for number in range(1, 13):
        await scene.test(number, "pass")
        if number == 4:
            await scene.bench.broker.restart()
        if number == 8:
            await scene.close_bureau()
    bureau = await scene.open_bureau()
    await scene.drained()
    assert [(row.sequence, row.verified) for row in bureau.received()] == [(n, True) for n in range(1, 13)]
    assert bureau.refused() == []


async def test_a_poison_record_is_set_aside_with_its_trace_and_the_next_ones_arrive(scene: Scene) -> None:
    bureau = await scene.open_bureau(Misdeeds(refuses=lambda facts: "no" if facts.test_id == "T2" else None))
    scene.bench.run(scene.uplink)
    for number in range(1, 4):
        await scene.test(number, "pass")
    await scene.drained()
    assert [(row.test_id, row.problems) for row in bureau.received()] == [("T1", ()), ("T3", ("gap_before",))]
    state = await scene.ledger.call(scene.ledger.ledger.outbox_state)
    assert state.quarantined == 2
    await scene.say.eventually(lambda: len(bureau.events()) == 2)
    reasons = {event["detail"]["reason"] for _, event in bureau.events()}  # type: ignore[index]
    assert reasons == {"no", "no_record"}


async def test_a_bureau_with_a_wrong_key_settles_nothing(scene: Scene, forger: Any) -> None:
    bureau = await scene.open_bureau(Misdeeds(seals_receipts_with=forger.private))
    scene.bench.run(scene.uplink)
    await scene.test(1, "pass")
    await scene.say.eventually(bureau.received)
    await asyncio.sleep(0.5)
    state = await scene.ledger.call(scene.ledger.ledger.outbox_state)
    assert state.waiting >= 2
