"""The bytes of every wire are kept with the test, in its evidence, and nothing but the oldest is ever left out."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import pytest

from drivers.registry import DECODERS
from lanectl.lane.raw_ring import HEADER, RawRing
from lanectl.ledger.gz import gunzip_bytes
from protocols.captured import Captured
from tests.conftest import ManualClock
from tests.lane.conftest import lay_out, run_lock_step


def said(members: dict[str, bytes], device: str) -> list[tuple[int, str, bytes]]:
    """Return what a device and the lane said to each other, as the evidence tells it."""
    header, *lines = gunzip_bytes(members[f"raw/{device}.txt.gz"]).decode().splitlines(keepends=True)
    assert header == HEADER
    parts = [line.split() for line in lines]
    return [(int(mono_ms), way, bytes.fromhex(data)) for mono_ms, way, data in parts]


@dataclass(frozen=True)
class Sealed:
    """What a ledger keeps of one test."""

    record: dict[str, Any]
    members: dict[str, bytes]


@pytest.fixture(scope="module")
def two_tests(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sealed, Sealed]:
    """Test a clean car twice on one lane; return both tests, as they are kept."""

    async def played() -> tuple[Sealed, Sealed]:
        async with run_lock_step(lay_out(tmp_path_factory.mktemp("lane")), ManualClock()) as lane:
            first = await one(lane)
            assert await lane.run_for(60.0, lambda: lane.view().locks == () and lane.desk._run is None)
            return first, await one(lane)

    async def one(lane: Any) -> Sealed:
        test_id = await lane.start("clean_petrol")
        await lane.until_done()
        ledger = lane.lane.parts.ledger.ledger
        return Sealed(json.loads(ledger.results(1)[0].sealed.record), ledger.members(test_id))

    return asyncio.run(played())


def test_the_bytes_of_a_test_stand_in_its_evidence_for_each_device(two_tests: tuple[Sealed, Sealed]) -> None:
    members, record = two_tests[0].members, two_tests[0].record
    devices = json.loads(members["devices.json"])

    assert {name for name in members if name.startswith("raw/")} == {f"raw/{name}.txt.gz" for name in devices}
    assert set(members) == set(record["members"])
    for name in devices:
        moments = [mono_ms for mono_ms, _, _ in said(members, name)]
        assert moments == sorted(moments)
    assert sum(map(len, members.values())) < 600_000


def test_a_support_person_reads_from_the_bytes_what_the_analyzer_was_asked_and_said(
    two_tests: tuple[Sealed, Sealed],
) -> None:
    wire = said(two_tests[0].members, "gas")
    explain = DECODERS["nanhua-nha-506i"].explain
    asked = [explain(Captured(data, to_device=True)).kind for _, way, data in wire if way == ">"]

    assert {"zero", "pump_sample", "read_data"} <= {kind.removeprefix("request_") for kind in asked}, set(asked)
    assert any(way == "<" for _, way, _ in wire)


def test_each_test_has_its_own_bytes_only(two_tests: tuple[Sealed, Sealed]) -> None:
    first, second = two_tests
    ended = said(first.members, "dyno")[-1][0]

    assert first.record["test_id"] != second.record["test_id"]
    assert said(second.members, "dyno")[0][0] > ended


def test_a_full_ring_lets_the_oldest_go_and_says_so() -> None:
    ring = RawRing(largest=10)
    for number in range(5):
        ring.note("from_device", bytes([number] * 4), number)

    assert list(ring.lines())[1:] == [
        "# the oldest 12 bytes are not here: only 10 are kept\n",
        "3 < 03030303\n",
        "4 < 04040404\n",
    ]


def test_one_arrival_larger_than_the_ring_is_kept_whole() -> None:
    ring = RawRing(largest=3)
    ring.note("to_device", b"1234567", 1)

    assert list(ring.lines())[1:] == ["1 > 31323334353637\n"]
