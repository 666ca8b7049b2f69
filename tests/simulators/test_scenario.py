"""Scenarios: read whole or refused with the place, played by lane time; and every fault that a command can call."""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from simulators.cli import app
from simulators.control import ControlDesk
from simulators.lane_faults import CannotDoError
from simulators.runner import on_ptys
from simulators.scenario import Player, make_lane, read
from simulators.scenario_trouble import ScenarioError
from simulators.station import DIESEL_LANE, SimulatedLane

WHOLE = """
schema = "lanectl/scenario/1"
devices = ["nanhua-nha-506i", "nanhua-nht-6"]
seed = 3
preset = "clean_petrol"
end_s = 20.0

[[at]]
at_s = 1.0
do = "fault"
device = "gas"
kind = "late"
delay_s = 1.5
for_s = 2.0

[[at]]
at_s = 5.0
every_s = 5.0
do = "fault"
device = "opacity"
kind = "reboot"

[[at]]
at_s = 6.0
do = "probe"
in = true

[[at]]
at_s = 7.0
do = "target"
speed_kmh = 25
"""
EVERY = ("silence", "late", "truncated", "flipped", "babble", "wrong_length", "stuck", "unplug", "reboot")
"""What can go wrong on any wire; busy, sentinel and drift belong to devices that have a word for them."""
READ_AIR = b"\x02"


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def written(folder: Path, text: str) -> Path:
    (folder / "scenario.toml").write_text(text, "utf-8")
    return folder / "scenario.toml"


def test_commands_are_given_when_they_are_due_and_again(folder: Path) -> None:
    scenario = read(written(folder, WHOLE))
    lane = make_lane(scenario)
    player = Player(scenario, lane)
    wrong = {}
    while not player.over:
        lane.step()
        if 1.5 < lane.time_s < 2.5 or 3.5 < lane.time_s < 4.5:
            wrong[round(lane.time_s)] = dict(lane.state()["faults"])  # type: ignore[call-overload]
    assert wrong == {2: {"gas": ["delay"]}, 4: {}}
    given = [(round(time_s), command["do"]) for time_s, command, _ in player.said]
    assert given == [
        (1, "fault"),
        (5, "fault"),
        (6, "probe"),
        (7, "target"),
        (10, "fault"),
        (15, "fault"),
        (20, "fault"),
    ]
    assert lane.line.probe_in
    assert round(lane.time_s) == 20
    assert [trouble for _, _, trouble in player.said] == [""] * 7


def test_what_cannot_be_done_at_its_moment_is_noted_and_the_rest_goes_on(folder: Path) -> None:
    text = WHOLE.replace('preset = "clean_petrol"\n', "")
    player = Player(read(written(folder, text)), lane := SimulatedLane(devices=("nanhua-nha-506i", "nanhua-nht-6")))
    for _ in range(500):
        lane.step()
    assert ["no car" in trouble for _, _, trouble in player.said][:5] == [False, False, False, True, False]


@pytest.mark.parametrize(
    ("old", "new", "line", "said", "remedy"),
    [
        ("scenario/1", "scenario/9", 2, "schema cannot have the value", "did you mean lanectl/scenario/1?"),
        ("seed = 3", "sead = 3", 4, "unknown key sead", "did you mean seed?"),
        ("seed = 3", "seed = 'three'", 4, "seed cannot have the value 'three'", "write a number, without quotes"),
        ("end_s = 20.0", "end_s = 0", 6, "end_s cannot have the value 0", "write more than 0.0"),
        ("nanhua-nht-6", "nanhua-nth-6", 3, "devices[2] cannot have the value", "did you mean nanhua-nht-6?"),
        ("nanhua-nht-6", "nanhua-nha-503", 3, "devices: two devices in one place", "keep one of them"),
        ("clean_petrol", "clean_petrel", 5, "preset cannot have the value", "did you mean clean_petrol?"),
        ('do = "probe"', 'do = "dance"', 25, "at[3].do cannot have the value 'dance'", "known here: vehicle, leave,"),
        ('do = "probe"', "", 23, "the key at[3].do is missing", "add do"),
        ('kind = "late"', 'kind = "lat"', 12, "at[1].kind cannot have the value 'lat'", "did you mean late?"),
        ('kind = "late"', 'knid = "late"', 12, "unknown key at[1].knid", "did you mean kind?"),
        ('kind = "late"', "", 8, "the key at[1].kind is missing", "add kind"),
        ("delay_s = 1.5", "dealy_s = 1.5", 13, "unknown key at[1].dealy_s", "did you mean delay_s?"),
        ("delay_s = 1.5", "delay_s = '1.5'", 13, "at[1].delay_s cannot have the value", "write a number"),
        ('device = "opacity"', 'device = "opac"', 20, "at[2].device cannot have the value", "did you mean opacity?"),
        ("in = true", "inn = true", 26, "unknown key at[3].inn", "did you mean in?"),
        ("in = true", "in = 1", 26, "at[3].in cannot have the value 1", "write true or false"),
        ("in = true", 'in = true\nwhich = "gass"', 27, "at[3].which cannot have the value 'gass'", "did you mean gas?"),
        ("at_s = 5.0", "at_s = -5.0", 17, "at[2].at_s cannot have the value -5.0", "write at least 0.0"),
        ("[[at]]", "[ports]\nga = 'x'\n[[at]]", 9, "unknown key ports.ga", "did you mean gas?"),
        ("end_s = 20.0", "end_s = 20,0", 6, "this is not TOML: ", "text values stand in quotes"),
        ("schema", "[schema", 2, "this is not TOML: ", "correct this line"),
    ],
)  # fmt: skip
def test_a_scenario_that_cannot_be_played_is_refused_with_its_line_its_key_and_what_to_do(
    folder: Path, old: str, new: str, line: int, said: str, remedy: str
) -> None:
    with pytest.raises(ScenarioError) as refused:
        read(written(folder, WHOLE.replace(old, new, 1)))

    chinese, english = str(refused.value).split("\n")
    assert chinese.startswith(f"{folder / 'scenario.toml'}:{line}: ")
    assert "；" in chinese
    assert said in english
    assert remedy in english


def test_a_file_that_is_not_there_or_no_text_is_refused_with_what_to_do(folder: Path) -> None:
    (folder / "latin.toml").write_bytes('name = "\xe9"'.encode("latin-1"))
    refused = {
        folder / "none.toml": "no such file; correct the path",
        folder: "cannot be read: Is a directory",
        folder / "latin.toml": "not UTF-8; save the file again",
    }
    for file, said in refused.items():
        for rest in (["--check"], ["--folder", str(folder)]):
            ended = CliRunner().invoke(app, ["scenario", str(file), *rest])
            assert ended.exit_code == 2
            chinese, english = ended.stderr.strip().split("\n")
            assert chinese.startswith(f"{file}: ")
            assert "；" in chinese
            assert said in english


def test_a_scenario_without_a_folder_says_which_option_is_missing(folder: Path) -> None:
    ended = CliRunner().invoke(app, ["scenario", str(written(folder, WHOLE))])
    assert ended.exit_code == 2
    assert "add --folder" in ended.stderr


@pytest.mark.parametrize("wire", ["gas", "dyno", "obd", "opacity", "nox", "rpm", "led"])
@pytest.mark.parametrize("kind", EVERY)
def test_every_wire_knows_every_fault_of_a_wire(wire: str, kind: str) -> None:
    lane = SimulatedLane(devices=DIESEL_LANE)
    desk = ControlDesk(lane)
    assert desk.handle({"do": "fault", "device": wire, "kind": kind, "for_s": 0.5})["ok"]
    for _ in range(300):
        lane.step()
    assert lane.state()["faults"] == {}
    desk.handle({"do": "clear", "device": wire})


def asked(lane: SimulatedLane, request: bytes = READ_AIR, seconds: float = 0.5) -> bytes:
    lane.wires["gas"].receive(request)
    said = lane.wires["gas"].take()
    for _ in range(round(seconds / 0.02)):
        lane.step()
        said += lane.wires["gas"].take()
    return said


def test_a_wrong_length_is_one_more_or_fewer() -> None:
    lane = SimulatedLane()
    whole = asked(lane)
    lane.fault("gas", "wrong_length")
    assert asked(lane) == whole + whole[-1:]
    lane.fault("gas", "wrong_length", by=-2)
    assert asked(lane) == whole[:-2]


def test_a_stuck_device_answers_as_it_did_first_until_cleared() -> None:
    lane = SimulatedLane(devices=("fuli-fth-2",))
    wire = lane.wires["weather"]
    question = bytes.fromhex("4E 54 33 33 53 03 01 01 FA")
    lane.fault("weather", "stuck")
    answers = []
    for degrees in (20.0, 25.0):
        lane.line.air.temp_c = degrees
        wire.receive(question)
        answers.append(wire.take())
    lane.clear("weather", "stuck")
    wire.receive(question)
    answers.append(wire.take())
    assert answers[0] == answers[1] != answers[2]


def test_a_device_that_starts_anew_is_away_and_comes_back_by_itself() -> None:
    lane = SimulatedLane()
    lane.fault("gas", "reboot", boot_s=2.0)
    assert asked(lane) == b""
    asked(lane, b"", 2.0)
    assert asked(lane) != b""
    assert lane.line.warming, "an analyzer starts from cold"


@pytest.mark.parametrize(("wire", "shown"), [("opacity", "opacity_k_per_m"), ("dyno", "brake_force_n")])
def test_a_drift_walks_away_slowly_and_stops_when_cleared(wire: str, shown: str) -> None:
    lane = SimulatedLane(devices=DIESEL_LANE)
    lane.fault(wire, "drift")
    seen: list[Any] = []
    for seconds in (10.0, 10.0):
        asked(lane, b"", seconds)
        seen.append(lane.state()[shown])
    lane.clear(wire, "drift")
    assert 0.0 < seen[0] < seen[1]


def test_a_fault_that_a_device_does_not_have_is_refused_with_those_it_has() -> None:
    with pytest.raises(CannotDoError, match="wrong_length"):
        SimulatedLane().fault("gas", "on_fire")


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


async def test_faults_are_called_and_cleared_from_the_command_line(folder: Path) -> None:
    lane = SimulatedLane()
    async with on_ptys(lane, folder, clock_factor=5.0):
        code, said, _ = await asyncio.to_thread(run, "fault", str(folder), "gas", "late", "--option", "delay_s=0.7")
        assert (code, json.loads(said)) == (0, {"ok": True})
        assert lane.wires["gas"].faults.names == ["delay"]
        assert (await asyncio.to_thread(run, "fault", str(folder), "gas", "on_fire"))[0] == 1
        assert (await asyncio.to_thread(run, "clear", str(folder), "gas", "late"))[0] == 0
        assert lane.wires["gas"].faults.names == []


def test_a_scenario_is_checked_and_played_from_the_command_line(folder: Path) -> None:
    file = written(folder, WHOLE)
    assert run("scenario", str(file), "--check") == (0, f"{file}: ok, 2 devices, 4 moments\n", "")
    code, said, _ = run("scenario", str(file), "--folder", str(folder), "--clock-factor", "20")
    assert code == 0
    assert f"{folder}/gas {folder}/opacity {folder}/control.sock" in said
    assert '5.00 s  {"do": "fault", "device": "opacity", "kind": "reboot"}' in said
    written(folder, WHOLE.replace("lanectl/scenario/1", "x"))
    code, said, complained = run("scenario", str(file), "--folder", str(folder))
    assert (code, said) == (2, "")
    assert "schema" in complained
