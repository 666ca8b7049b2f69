"""Which limits a lane judges by, and where a profile holds, is signed data and never the lane file's to say."""

from pathlib import Path
from typing import Any

import pytest

from lanectl.app.compose import NotAllowedError, join
from lanectl.settings.lane_file import load_lane_file
from lanectl.settings.problems import FaultyFileError


def test_the_lane_file_cannot_choose_the_limit_set(lane_file: Path) -> None:
    lane_file.write_text(lane_file.read_text("utf-8").replace("[data]", '[data]\nlimit_set = "b"'), "utf-8")

    with pytest.raises(FaultyFileError, match="limit_set"):
        load_lane_file(lane_file)


def test_a_profile_of_another_region_does_not_start_the_lane(lane_file: Path, sign_data: Any) -> None:
    profile = lane_file.parent / "data" / "profiles" / "default.toml"
    text = profile.read_text("utf-8").replace('region = "CN"', 'region = "Guangxi"\ndivision_codes = ["4502"]')
    sign_data(profile, text)

    with pytest.raises(NotAllowedError, match="profile_of_other_region"):
        join(load_lane_file(lane_file), lambda *_: pytest.fail("no bureau is asked"))


def test_the_signed_profile_chooses_the_limit_set(lane_file: Path, sign_data: Any, manual_clock: Any) -> None:
    profile = lane_file.parent / "data" / "profiles" / "default.toml"
    sign_data(profile, profile.read_text("utf-8").replace('set = "a"', 'set = "b"'))

    lane = join(load_lane_file(lane_file), lambda *_: None, clock=manual_clock)  # type: ignore[arg-type]

    assert lane.parts.law.limit_set == "b"
    lane.parts.ledger.ledger.close()
