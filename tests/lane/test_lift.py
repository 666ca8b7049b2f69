"""The lift moves only over rollers that are known to stand."""

from typing import Any

import pytest

from lanectl.lane.safety import may_move_lift


@pytest.mark.parametrize(("speed_kmh", "may"), [(0.0, True), (0.9, True), (1.0, False), (-30.0, False), (None, False)])
def test_the_lift_may_move_only_over_standing_rollers(speed_kmh: float | None, may: bool) -> None:
    assert may_move_lift(speed_kmh) is may


async def test_a_lift_is_not_lowered_onto_rollers_that_turn(lane: Any) -> None:
    await lane.start("clean_petrol")
    await lane.until_stage("obd_check")

    def pretend_turning() -> None:
        lane.lane.parts.board.put("dyno", {"speed_kmh": 12.0}, lane.clock.now_ms())

    turning, lane.lane.parts.acquisition.look_at_dyno = lane.lane.parts.acquisition.look_at_dyno, pretend_turning
    await lane.run_for(200.0, lambda: len(lane.lane.parts.ledger.ledger.results(1)) == 1)

    body = lane.lane.parts.ledger.ledger.results(1)[0].sealed.body
    assert (body["outcome"], body["reasons"][0]) == ("invalid", "rollers_turning")
    assert lane.world.bench.lift == "up"
    lane.lane.parts.acquisition.look_at_dyno = turning
    await lane.until_done()
