"""The program: what it says, and with which exit code."""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simulators.cli import app
from simulators.runner import on_ptys
from simulators.station import SimulatedLane


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("lane", "--folder", "x", "--preset", "tank"), "clean_petrol"),
        (("device", "toaster", "--port", "x"), "nanhua-nha-506i"),
        (("lane", "--folder", "x", "--device", "toaster"), "nanhua-nht-6"),
        (("lane", "--folder", "x", "--device", "nanhua-nht-6", "--device", "nanhua-nht-1"), "same place"),
        (("say", "nowhere", '{"do": "state"}'), "lanectl-sim lane"),
    ],
)
def test_wrong_usage_is_exit_code_two_and_a_line_that_helps(arguments: tuple[str, ...], named: str) -> None:
    code, said, complained = run(*arguments)
    assert (code, said) == (2, "")
    assert named in complained


async def test_say_carries_a_command_to_a_living_lane_and_its_reply_back(folder: Path) -> None:
    async with on_ptys(SimulatedLane(), folder, clock_factor=5.0):
        code, said, _ = await asyncio.to_thread(run, "say", str(folder), '{"do": "state"}')
        assert code == 0
        assert json.loads(said)["lift"] == "up"
        code, said, _ = await asyncio.to_thread(run, "say", str(folder), '{"do": "target", "speed_kmh": 25}')
        assert code == 1
        assert "no car" in json.loads(said)["error"]
