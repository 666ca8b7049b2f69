"""A beat that comes late cannot tell a silent dynamometer from its own sleep; a silence that goes on counts."""

import pytest

from lanectl.lane.safety import AWAKE_AGAIN_MS, SILENT_AT_MOST_MS, may_be_our_own_sleep
from lanectl.model.sample import Channel, Sample


def silent(t_ms: int, for_ms: int | None) -> Sample:
    return Sample(1, t_ms, t_ms, t_ms, {"speed_kmh": Channel(None, for_ms, "stale")}, 0)


@pytest.mark.parametrize(
    ("late_ms", "for_ms", "ours"),
    [
        (None, 400, False),
        (5_000, 400, True),
        (5_000 - AWAKE_AGAIN_MS, 400, True),
        (5_000 - AWAKE_AGAIN_MS - 1, 400, False),
        (5_000, SILENT_AT_MOST_MS, True),
        (5_000, SILENT_AT_MOST_MS + 1, False),
        (5_000, None, False),
    ],
)
def test_silence_is_doubted_only_right_after_a_late_beat(late_ms: int | None, for_ms: int | None, ours: bool) -> None:
    assert may_be_our_own_sleep(silent(5_000, for_ms), late_ms) is ours


def test_a_dynamometer_that_was_never_heard_is_not_doubted() -> None:
    assert not may_be_our_own_sleep(Sample(1, 5_000, 5_000, 5_000, {}, 0), 5_000)
