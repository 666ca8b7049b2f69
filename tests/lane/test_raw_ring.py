"""The bytes of every wire are kept with the test, in its evidence, and nothing but the oldest is ever left out."""

import json
from typing import Any

from drivers.registry import DECODERS
from lanectl.lane.raw_ring import HEADER, RawRing
from lanectl.ledger.gz import gunzip_bytes
from protocols.captured import Captured


def said(members: dict[str, bytes], device: str) -> list[tuple[int, str, bytes]]:
    """Return what a device and the lane said to each other, as the evidence tells it."""
    header, *lines = gunzip_bytes(members[f"raw/{device}.txt.gz"]).decode().splitlines(keepends=True)
    assert header == HEADER
    parts = [line.split() for line in lines]
    return [(int(mono_ms), way, bytes.fromhex(data)) for mono_ms, way, data in parts]


async def test_the_bytes_of_a_test_stand_in_its_evidence_for_each_device(lane: Any) -> None:
    test_id = await lane.start("clean_petrol")
    await lane.until_done()

    members = lane.lane.parts.ledger.ledger.members(test_id)
    record = json.loads(lane.lane.parts.ledger.ledger.results(1)[0].sealed.record)
    devices = json.loads(members["devices.json"])

    assert {name for name in members if name.startswith("raw/")} == {f"raw/{name}.txt.gz" for name in devices}
    assert set(members) == set(record["members"])
    for name in devices:
        moments = [mono_ms for mono_ms, _, _ in said(members, name)]
        assert moments == sorted(moments)
    assert sum(map(len, members.values())) < 600_000


async def test_a_support_person_reads_from_the_bytes_what_the_analyzer_was_asked_and_said(lane: Any) -> None:
    test_id = await lane.start("clean_petrol")
    await lane.until_done()

    wire = said(lane.lane.parts.ledger.ledger.members(test_id), "gas")
    explain = DECODERS["nanhua-nha-506i"].explain
    asked = [explain(Captured(data, to_device=True)).kind for _, way, data in wire if way == ">"]

    assert {"zero", "pump_sample", "read_data"} <= {kind.removeprefix("request_") for kind in asked}, set(asked)
    assert any(way == "<" for _, way, _ in wire)


async def test_each_test_has_its_own_bytes_only(lane: Any) -> None:
    first = await lane.start("clean_petrol")
    await lane.until_done()
    assert await lane.run_for(60.0, lambda: lane.view().locks == () and lane.desk._run is None)
    second = await lane.start("clean_petrol")
    await lane.until_done()

    ledger = lane.lane.parts.ledger.ledger
    ended = said(ledger.members(first), "dyno")[-1][0]

    assert said(ledger.members(second), "dyno")[0][0] > ended


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
