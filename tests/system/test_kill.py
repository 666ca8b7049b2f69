"""kill -9 of the daemon at random moments of a test, with broker and bureau: nothing is lost, nothing doubled."""

import asyncio
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from simulators.demo.story import machine_was_busy

FULL = os.environ.get("FULL") == "1"
pytestmark = [pytest.mark.system, pytest.mark.timeout(2400 if FULL else 240)]
KILLS = 50 if FULL else 5
SEED = 39
WHOLE_TEST_S = 73.0
"""Lane seconds that the clean car takes to its sealed record."""
JOURNAL_S = 3.0
"""Samples go to the ledger once a lane second; two more for the way to the page and back."""


def moments(chance: random.Random) -> list[tuple[str, float]]:
    """Return when to strike: anywhere in a test, under load, around sealing; a whole test's sealing comes last."""
    kinds = ["anywhere", "anywhere", "under_load", "sealing_stopped"]
    kinds += [chance.choice(("anywhere", "anywhere", "under_load", "sealing_stopped")) for _ in range(KILLS - 5)]
    kinds += ["sealing_whole"]
    spans = {
        "anywhere": (0.5, 46.0),
        "under_load": (52.0, WHOLE_TEST_S - 2.0),
        "sealing_stopped": (0.0, 1.0),
        "sealing_whole": (0.0, 0.8),
    }
    return [(kind, chance.uniform(*spans[kind])) for kind in kinds]


def wait_for_sealing(lane: Any, test_id: str) -> None:
    async def sealing() -> None:
        async with asyncio.timeout(60.0):
            while True:
                now = (await lane.cast.operator.view())["running"]
                if now is None or now["test_id"] != test_id or now["stage"] in ("sealing", "making_safe"):
                    return
                await asyncio.sleep(0.005)

    lane.running.do(sealing())


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


def strike(lane: Any, kind: str, lane_s: float) -> Blow:
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


def strike_home(lane: Any, kind: str, lane_s: float) -> Blow:
    """Strike; once more where the machine was too busy to play the test up to that moment."""
    for _ in range(3):
        blow = strike(lane, kind, lane_s)
        if not blow.void:
            return blow
    raise AssertionError(f"this machine is too busy to play a test: {blow}")


def check_record(lane: Any, blow: Blow) -> None:
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


def test_a_killed_lane_loses_and_doubles_nothing(lane: Any, lanectl: Callable[..., Any]) -> None:
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
