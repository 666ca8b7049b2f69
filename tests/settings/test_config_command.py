"""`lanectl config check` and its exit codes, through the whole program."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lanectl.cli import main

Write = Callable[..., Path]


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(["config", "check", *(str(argument) for argument in arguments)])
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, err


def test_a_good_file_is_good(written: Write, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, written(), "--json")
    assert (code, json.loads(out)["ok"], json.loads(out)["problems"]) == (0, True, [])


def test_a_problem_has_place_key_message_and_hint(written: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = written('profile = "default"', 'profil = "default"')
    code, out, _ = run(capsys, path, "--json")
    [problem] = json.loads(out)["problems"]
    assert code == 1
    assert (problem["file"], problem["column"], problem["key"]) == (str(path), 1, "data.profil")
    assert path.read_text(encoding="utf-8").split("\n")[problem["line"] - 1].startswith("profil =")
    assert problem["hint"] == "did you mean profile?"
    assert problem["message"] == "unknown key data.profil"


def test_for_people_each_problem_begins_with_its_place(written: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = written("port = 8883", "port = 0")
    code, out, _ = run(capsys, path)
    assert code == 1
    assert out.startswith(f"{path}:26:8: uplink.port 的值 0 不对：不能小于 1")
    assert "at least 1" in out


def test_a_file_that_is_not_there_ends_in_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, tmp_path / "gone.toml")
    assert (code, out) == (2, "")
    assert "gone.toml" in err
    assert run(capsys, tmp_path, "--json")[0] == 2
