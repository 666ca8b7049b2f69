"""`lanectl demo` as somebody runs it: a whole shift, and what cannot be played."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.system.conftest import nothing_left

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]
UNUSABLE = 2


def test_a_shift_holds_and_ends_with_six_verified_records(temp: Path, lanectl: Callable[..., Any]) -> None:
    done = lanectl("demo", "--once", within_s=540.0)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    table = done.stdout[done.stdout.index("What the bureau received") :]
    rows = [re.split(r"\s{2,}", line.strip()) for line in table.splitlines() if line.startswith("  440106/")]
    judged = [row for row in rows if row[3] != "invalid"]  # a busy machine may have had a test done again
    assert [(row[0][-2:], row[3]) for row in judged] == [
        *(("01", "pass"), ("01", "fail"), ("01", "pass")),
        *(("02", "pass"), ("02", "fail"), ("02", "pass")),
    ]
    assert {row[-1] for row in rows} == {"verified"}
    methods = re.findall(r"judged by (\w+):", done.stdout)
    assert sorted(methods) == ["asm2540", "asm5025", "asm5025", "free_acceleration", "lug_down", "two_speed_idle"]
    assert "camera front: no test starts after half a minute: locked" in done.stdout
    assert "Everything held" in done.stdout
    assert nothing_left(temp)


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["--sabotage", "gate"], "add --once"),
        (["--once", "--folder", "{folder}"], "choose a new --folder"),
        (["--once", "--folder", "{folder}/" + 100 * "x"], "choose a shorter --folder"),
    ],
)
def test_what_cannot_be_played_is_said_with_a_remedy(
    tmp_path: Path, lanectl: Callable[..., Any], arguments: list[str], remedy: str
) -> None:
    (tmp_path / "something").touch()

    done = lanectl("demo", *(argument.format(folder=tmp_path) for argument in arguments))

    assert (done.returncode, done.stderr) == (UNUSABLE, ""), done.stderr
    assert remedy in done.stdout
    assert len(done.stdout.splitlines()) == 2
