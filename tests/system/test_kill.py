"""kill -9 of the daemon at random moments of a test, with broker and bureau: nothing is lost, nothing doubled."""

import asyncio
import csv
import gzip
import io
import json
import os
import random
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from simulators.demo.story import form, machine_was_busy

FULL = os.environ.get("FULL") == "1"
pytestmark = [pytest.mark.system, pytest.mark.timeout(600 if FULL else 240)]
KILLS = 20 if FULL else 5
SEED = 7
WHOLE_TEST_S = 73.0
"""Lane seconds that the clean car takes to its sealed record."""
JOURNAL_S = 3.0
"""Samples go to the ledger once a lane second; two more for the way to the page and back."""
ZERO_WITHIN_S = 5.0
CLOSED_WITHIN_S = 10.0


@dataclass
class Books:
    """What the ledger holds, compared from one look to the next."""

    file: Path
    known: dict[int, bytes] = field(default_factory=dict)

    def look(self) -> list[dict[str, Any]]:
        """Return all records; whatever was there before is there still, byte for byte."""
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as db:
            rows = dict(db.execute("select sequence, record from records order by sequence").fetchall())
        assert {sequence: rows.get(sequence) for sequence in self.known} == self.known
        self.known = rows
        return [json.loads(record) for record in rows.values()]

    def last_sample_ms(self, sequence: int) -> int:
        """Return when the last sample was taken that a record has."""
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as db:
            query = "select body from members where sequence = ? and name = 'samples.csv.gz'"
            body = db.execute(query, (sequence,)).fetchone()[0]
        rows = list(csv.DictReader(io.StringIO(gzip.decompress(body).decode())))
        return int(rows[-1]["t_ms"]) if rows else 0


class Lane:
    """The station's one lane, with the verbs of these tests."""

    def __init__(self, running: Any) -> None:
        self.running = running
        self.cast = running.cast
        self.books = Books(self.cast.first_lane.ledger)

    def begin_test(self) -> "tuple[str, Future[Any]]":
        """Drive a clean car on, accept it and start; somebody then does as the screen says."""
        do, cast = self.running.do, self.cast
        do(self._stand_still())
        cast.wheel.new_car()
        do(cast.wheel.say(do="vehicle", preset="clean_petrol"))
        ticket = do(cast.operator.accept(form("clean_petrol")))
        assert ticket["status"] == "waiting", ticket
        test_id = do(cast.operator.start(ticket["ticket"]))
        return test_id, self.running.begin(cast.operator.follow(test_id, 60.0))

    async def _stand_still(self) -> None:
        wheel = self.cast.wheel
        state = await wheel.say(do="state")
        if state["vehicle"] is None:
            return
        await wheel.say(do="target", speed_kmh=0)
        async with asyncio.timeout(10.0):
            while float(str(state["speed_kmh"])) > 0.1:
                await asyncio.sleep(0.05)
                state = await wheel.say(do="state")

    def brake(self) -> str:
        """Return what the dynamometer's brake does now."""
        return str(self.running.do(self.cast.wheel.say(do="state"))["brake"])

    def kill_and_restart(self) -> float:
        """Kill the daemon, start it again, wait until it may test; return how long the load stayed on."""
        cast, do = self.cast, self.running.do
        do(cast.children.kill("lane-01"))
        killed = time.monotonic()
        do(cast.children.start_lane(cast.first_lane))
        while self.brake() != "off":
            assert time.monotonic() - killed < ZERO_WITHIN_S, "the load is still on"
            time.sleep(0.02)
        off_after = time.monotonic() - killed
        do(cast.lane_ready("01"))
        return off_after

    def record_of(self, test_id: str, within_s: float = CLOSED_WITHIN_S) -> dict[str, Any]:
        """Return the one record of a test, waiting for it."""
        deadline = time.monotonic() + within_s
        while True:
            found = [record for record in self.books.look() if record["test_id"] == test_id]
            assert len(found) < 2, f"{test_id} is there twice"
            if found:
                return dict(found[0])
            assert time.monotonic() < deadline, f"{test_id} has no record"
            time.sleep(0.05)

    def bureau_agrees(self) -> None:
        """The bureau has what the ledger has, verified, each once, and the outbox empties."""
        records = [(record["sequence"], record["test_id"], record["outcome"]) for record in self.books.look()]

        def same(bureau: Any) -> bool:
            rows = bureau.received()
            return [(row.sequence, row.test_id, row.outcome) for row in rows] == records and all(
                row.verified for row in rows
            )

        assert self.cast.bureau.wait_until(same, 20.0), (self.cast.bureau.received(), records)
        assert self.cast.bureau.refused() == []
        assert self.cast.bureau.notices() == []
        kept = [message["id"] for message in self.cast.bureau.messages() if message["kind"] in ("record", "trace")]
        assert len(kept) == len(set(kept)) == 2 * len(records)
        emptied = self.cast.operator.until(lambda view: view["uplink"]["outbox"] == 0, "outbox not empty", 20.0)
        self.running.do(emptied)


def moments(chance: random.Random) -> list[tuple[str, float]]:
    """Return when to strike: anywhere in a test, under load, around sealing; a whole test's sealing comes last."""
    kinds = ["anywhere", "under_load", "sealing_stopped"]
    kinds += [chance.choice(("anywhere", "anywhere", "under_load", "sealing_stopped")) for _ in range(KILLS - 4)]
    kinds += ["sealing_whole"]
    spans = {
        "anywhere": (0.5, 46.0),
        "under_load": (52.0, WHOLE_TEST_S - 2.0),
        "sealing_stopped": (0.0, 1.0),
        "sealing_whole": (0.0, 0.8),
    }
    return [(kind, chance.uniform(*spans[kind])) for kind in kinds]


def wait_for_sealing(lane: Lane, test_id: str) -> None:
    async def sealing() -> None:
        async with asyncio.timeout(60.0):
            while True:
                now = (await lane.cast.operator.view())["running"]
                if now is None or now["test_id"] != test_id or now["stage"] in ("sealing", "making_safe"):
                    return
                await asyncio.sleep(0.005)

    lane.running.do(sealing())


@pytest.fixture
def lane(running: Any) -> Lane:
    return Lane(running)


@dataclass
class Blow:
    """One kill, and what was seen of it."""

    kind: str
    lane_s: float
    test_id: str
    acknowledged: set[str]
    """Tests whose records the bureau had before the kill."""
    lived_ms: float
    loaded: bool
    off_after_s: float
    record: dict[str, Any]

    def __str__(self) -> str:
        found = f"{self.record['outcome']} {self.record['reasons']}"
        return f"{self.kind} {self.lane_s:.1f}: {found}, load off after {self.off_after_s:.2f} s"

    @property
    def void(self) -> bool:
        """Whether the test was over before the kill because this machine was too busy to play it."""
        reasons = [{"en": reason} for reason in self.record["reasons"]]
        return machine_was_busy({"outcome": self.record["outcome"], "reasons": reasons})


def strike(lane: Lane, kind: str, lane_s: float) -> Blow:
    """Begin a test, kill the daemon at the chosen moment, start it again, and find the test's record."""
    test_id, following = lane.begin_test()
    began = time.monotonic()
    if kind == "sealing_stopped":
        time.sleep(0.3)
        lane.running.do(lane.cast.operator.stop("the test wants to see it sealed"))
    elif kind == "sealing_whole":
        wait_for_sealing(lane, test_id)
    time.sleep(lane_s / lane.cast.clock_factor)
    lived_ms = (time.monotonic() - began) * 1000.0 * lane.cast.clock_factor
    acknowledged = {row.test_id for row in lane.cast.bureau.received()}
    following.cancel()
    loaded = lane.brake() != "off"
    off_after_s = lane.kill_and_restart()
    return Blow(kind, lane_s, test_id, acknowledged, lived_ms, loaded, off_after_s, lane.record_of(test_id))


def strike_home(lane: Lane, kind: str, lane_s: float) -> Blow:
    """Strike; once more where the machine was too busy to play the test up to that moment."""
    for _ in range(3):
        blow = strike(lane, kind, lane_s)
        if not blow.void:
            return blow
    raise AssertionError(f"this machine is too busy to play a test: {blow}")


def check_record(lane: Lane, blow: Blow) -> None:
    ended = (blow.record["outcome"], blow.record["cause"])
    if blow.kind.startswith("sealing"):
        sealed_before = {"sealing_stopped": ("aborted", "operator"), "sealing_whole": ("pass", None)}[blow.kind]
        assert ended in (("aborted", "crash"), sealed_before), blow
        assert ended == sealed_before or blow.test_id not in blow.acknowledged, blow
        return
    assert ended == ("aborted", "crash"), blow
    assert (blow.record["judgements"], blow.record["values"]) == ([], {}), blow
    kept_ms = lane.books.last_sample_ms(blow.record["sequence"])
    assert kept_ms >= blow.lived_ms - JOURNAL_S * 1000.0, f"{blow}: {kept_ms} of {blow.lived_ms:.0f} ms are kept"


def test_a_killed_lane_loses_and_doubles_nothing(lane: Lane, lanectl: Callable[..., Any]) -> None:
    blows = []
    for kind, lane_s in moments(random.Random(SEED)):
        blow = strike_home(lane, kind, lane_s)
        blows.append(blow)
        check_record(lane, blow)
        assert blow.acknowledged <= {record["test_id"] for record in lane.books.look()}, blow
        lane.bureau_agrees()
        verified = lanectl("verify", "--config", str(lane.cast.first_lane.lane_file))
        assert verified.returncode == 0, f"{blow} {verified.stdout}"
    assert any(blow.loaded for blow in blows), "no kill struck while the brake was on"

    test_id, following = lane.begin_test()
    lane.running.do(lane.cast.operator.stop("the next car can be tested; that is enough"))
    assert following.result(20.0)["test_id"] == test_id
    assert lane.record_of(test_id)["cause"] == "operator"
    lane.bureau_agrees()
    assert "Traceback" not in (lane.cast.layout.folder / "lane-01.log").read_text("utf-8")
