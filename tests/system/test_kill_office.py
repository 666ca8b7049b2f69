"""kill -9 of bureau, of broker and of both, around the sealing of a record: nothing is lost, nothing doubled."""

import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

FULL = os.environ.get("FULL") == "1"
pytestmark = [pytest.mark.system, pytest.mark.timeout(1200 if FULL else 120)]
KILLS = 20 if FULL else 1
SEED = 11
STOPPED_AFTER_S = 0.3
SOONEST_S, LATEST_S = 0.3, 2.3
"""A test that is stopped after 0.3 s has its record at the bureau about a second later: before, amid and after that."""
LONGEST_AWAY_S = 1.5


@dataclass
class Blow:
    """When to strike, counted from the start of a test, and for how long nobody is there."""

    at_s: float
    away_s: float


def blows(chance: random.Random) -> list[Blow]:
    return [Blow(chance.uniform(SOONEST_S, LATEST_S), chance.uniform(0.0, LONGEST_AWAY_S)) for _ in range(KILLS)]


async def start_again(cast: Any, dead: Sequence[str]) -> None:
    if "broker" in dead:
        await cast.children.start_broker(cast.layout)
    if "bureau" in dead:
        await cast.children.start_bureau(cast.layout)


def strike(lane: Any, dead: Sequence[str], blow: Blow) -> str:
    """Begin a test and stop it, kill somebody at the chosen moment, start them again; return the test's id."""
    do, cast = lane.running.do, lane.cast
    do(cast.lane_ready("01"))
    test_id, following = lane.begin_test()
    began = time.monotonic()
    time.sleep(STOPPED_AFTER_S)
    do(cast.operator.stop("the test wants a record"))
    time.sleep(max(0.0, began + blow.at_s - time.monotonic()))
    for name in dead:
        do(cast.children.kill(name))
    time.sleep(blow.away_s)
    do(start_again(cast, dead))
    assert following.result(20.0)["test_id"] == test_id
    return str(test_id)


@pytest.mark.parametrize("dead", [("bureau",), ("broker",), ("broker", "bureau")], ids=" and ".join)
def test_a_killed_office_loses_and_doubles_nothing(lane: Any, lanectl: Callable[..., Any], dead: Sequence[str]) -> None:
    for blow in blows(random.Random(f"{SEED} {dead}")):
        lane.office.look()
        test_id = strike(lane, dead, blow)

        record = lane.record_of(test_id)
        assert (record["outcome"], record["cause"]) == ("aborted", "operator"), blow
        lane.bureau_agrees()
    verified = lanectl("verify", "--config", str(lane.cast.first_lane.lane_file))
    assert verified.returncode == 0, verified.stdout
    lane.running.do(lane.cast.lane_ready("01"))
