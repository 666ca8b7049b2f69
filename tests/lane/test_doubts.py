"""Readings that arrived whole and are not believed: jumps, and values that stand still. Sound lanes never meet one."""

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanectl.core.channels import TRACE_ORDER
from lanectl.lane.board import UNTRUSTED, Board
from lanectl.lane.doubts import DOUBTS, JUMPED, STOOD_STILL, Doubts
from lanectl.lane.safety import dyno_interlock, source_interlock
from lanectl.model.words.devices import FLAGS
from lanectl.model.words.results import REASONS
from lanectl.settings.data_files import load_signed
from lanectl.settings.plausibility import read_plausibility
from lanectl.settings.problems import FaultyFileError, parse_toml

FIGURES = read_plausibility(load_signed("plausibility", "limits"))
RECORDS = Path(os.environ.get("LANECTL_RECORDS", "no records"))
EXHAUST = {"hc_ppm": 12.0, "co_pct": 0.05, "co2_pct": 15.0, "o2_pct": 1.1, "no_ppm": 171.0}
AIR = {"hc_ppm": 0.0, "co_pct": 0.0, "co2_pct": 0.0, "o2_pct": 20.9, "no_ppm": 0.0}


def new_board() -> Board:
    return Board(Doubts(FIGURES))


@pytest.fixture
def board() -> Board:
    return new_board()


def doubted(board: Board, source: str, values: Mapping[str, float | None], at_ms: int) -> dict[str, str]:
    """Post one reading; return what is not believed of it."""
    board.put(source, values, at_ms)
    found = {name: board.channel(name, at_ms) for name in values}
    assert all((board.channel(UNTRUSTED + name, at_ms).value == values[name]) == (found[name].why in DOUBTS)
               for name in values if values[name] is not None)  # fmt: skip
    return {name: str(channel.why) for name, channel in found.items() if channel.why in DOUBTS}


def until_doubted(board: Board, source: str, values: Mapping[str, float | None], for_s: float) -> float | None:
    """Post the same reading five times a second; return after how many seconds it was doubted."""
    for number in range(round(for_s * 5) + 1):
        if doubted(board, source, values, 10_000 + number * 200):
            return number / 5
    return None


def test_five_gases_that_stand_still_are_doubted_after_fifteen_seconds(board: Board) -> None:
    assert until_doubted(board, "gas", EXHAUST, 60.0) == 15.0


@pytest.mark.parametrize("name", EXHAUST)
def test_four_gases_may_stand_still_while_the_fifth_moves_in_its_last_digit(board: Board, name: str) -> None:
    for number in range(300):
        moving = {**EXHAUST, name: EXHAUST[name] + 0.01 * (number % 2)}
        assert doubted(board, "gas", moving, number * 200) == {}


def test_ambient_air_may_stand_still(board: Board) -> None:
    assert until_doubted(board, "gas", AIR, 60.0) is None


def test_an_analyzer_that_was_not_asked_for_a_while_begins_anew(board: Board) -> None:
    for look in range(20):
        assert doubted(board, "gas", EXHAUST, 10_000 + look * 3_001) == {}


def test_rollers_that_turn_never_show_the_same_speed_and_force_for_five_seconds(board: Board) -> None:
    assert until_doubted(board, "dyno", {"speed_kmh": 25.0, "brake_force_n": 800.0}, 20.0) == 5.0
    assert until_doubted(new_board(), "dyno", {"speed_kmh": 0.0, "brake_force_n": 0.0}, 20.0) is None


@pytest.mark.parametrize(("opacity", "after_s"), [(0.0, None), (1.9, None), (12.4, 10.0)])
def test_opacity_may_stand_still_at_nothing_or_while_the_engine_does(
    board: Board, opacity: float, after_s: float | None
) -> None:
    assert until_doubted(board, "opacity", {"opacity_n_pct": opacity, "engine_rpm": 800.0}, 60.0) is None
    for number in range(20 * 20):
        rpm = 800.0 + 1_500.0 * (number % 40) / 40
        found = doubted(board, "opacity", {"opacity_n_pct": opacity, "engine_rpm": rpm}, 100_000 + number * 50)
        if found:
            assert (found, number / 20) == ({"opacity_n_pct": STOOD_STILL}, after_s)
            return
    assert after_s is None


def test_an_idle_speed_may_stand_still_unless_the_control_unit_counts_another(board: Board) -> None:
    count = {"engine_rpm": 850.0}
    assert until_doubted(board, "tachometer", count, 60.0) is None
    seen = []
    for number in range(100):
        at_ms = 200_000 + number * 100
        board.put("obd", {"obd_rpm": 850.0 + 20.0 * number}, at_ms)
        seen.append(bool(doubted(board, "tachometer", count, at_ms)))
    assert seen.index(True) == 50


@pytest.mark.parametrize(
    ("source", "name", "one", "other"),
    [("tachometer", "engine_rpm", 850.0, 8_500.0), ("dyno", "speed_kmh", 25.0, 57.0), ("gas", "hc_ppm", 20.0, 8_200.0),
     ("gas", "co2_pct", 14.9, 2.1), ("weather", "pressure_kpa", 96.2, 69.2), ("nox", "nox_ppm", 300.0, 4_396.0)],
)  # fmt: skip
def test_one_wild_value_is_doubted_and_the_next_sound_one_is_not(
    board: Board, source: str, name: str, one: float, other: float
) -> None:
    source = {"weather": "ambient"}.get(source, source)
    assert doubted(board, source, {name: one}, 1_000) == {}
    assert doubted(board, source, {name: other}, 1_100) == {name: JUMPED}
    assert doubted(board, source, {name: one}, 1_200) == {}


@pytest.mark.parametrize("name", FIGURES.jumps)
def test_what_really_moved_is_believed_again(board: Board, name: str) -> None:
    figures = FIGURES.jumps[name]
    step = figures.slack + figures.per_s * 2.0
    assert doubted(board, "gas", {name: 0.0}, 0) == {}
    assert doubted(board, "gas", {name: step}, 100) == {name: JUMPED}
    assert doubted(board, "gas", {name: step}, 2_000) == {}


@given(
    st.lists(st.tuples(st.integers(1, 2_000), st.floats(-1e6, 1e6) | st.none() | st.just(float("nan"))), max_size=60)
)
@settings(max_examples=60)
def test_a_doubt_never_changes_a_value(looks: list[tuple[int, float | None]]) -> None:
    board, at_ms = Board(Doubts(FIGURES)), 0
    for pause_ms, value in looks:
        at_ms += pause_ms
        board.put("gas", {"co_pct": value}, at_ms)
        found, beside = board.channel("co_pct", at_ms), board.channel(f"{UNTRUSTED}co_pct", at_ms)
        if found.why in DOUBTS:
            assert (found.value, beside.value) == (None, value)
        else:
            assert beside.value is None
            assert found.value == value or (found.why in ("not_given", "not_a_number") and found.value is None)


def rows(name: str) -> Iterator[tuple[int, dict[str, float | None]]]:
    with (RECORDS / name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            values = {key: float(row[key]) if row[key] else None for key in row if key in TRACE_ORDER}
            yield int(float(row["t_s"]) * 1_000), values


@pytest.mark.skipif(not RECORDS.is_dir(), reason="LANECTL_RECORDS names no folder with lane records")
@pytest.mark.parametrize("name", ["asm_2022.csv", "lug_down_2018.csv", "free_acceleration_2019.csv"])
def test_nothing_that_a_working_lane_recorded_is_doubted(board: Board, name: str) -> None:
    sources = {"gas": tuple(EXHAUST), "dyno": ("speed_kmh", "force_n"), "opacity": ("opacity_n_pct", "engine_rpm")}
    for at_ms, values in rows(name):
        board.put("obd", {key: value for key, value in values.items() if key.startswith("obd_")}, at_ms)
        for source, names in sources.items():
            said = {key.replace("force_n", "brake_force_n"): values[key] for key in names if key in values}
            assert doubted(board, source, said, at_ms) == {}, at_ms


async def test_an_analyzer_that_stands_still_ends_the_test_without_a_result(lane: Any) -> None:
    await lane.start("worn_catalyst")
    await lane.until_stage("measure", "asm5025")
    run, began_ms = lane.desk._run, lane.clock.now_ms()
    lane.world.fault("gas", "stuck")

    assert await lane.run_for(20.0, lambda: run._troubled)
    assert (lane.clock.now_ms() - began_ms) / 1000.0 <= 15.6
    assert lane.lane.parts.board.channel(f"{UNTRUSTED}co2_pct", lane.clock.now_ms()).value > 10.0
    body = await lane.until_done()
    assert (body["outcome"], body["reasons"][0], body["judgements"]) == ("invalid", "gas_implausible", [])
    assert body["calibration"]["plausibility"]["sha256"] == load_signed("plausibility", "limits").sha256


async def test_a_dynamometer_that_stands_still_ends_the_test_and_the_load_within_five_seconds(lane: Any) -> None:
    await lane.start("worn_catalyst")
    await lane.until_stage("measure", "asm5025")
    began_ms = lane.clock.now_ms()
    lane.world.fault("dyno", "stuck")

    assert await lane.run_for(10.0, lambda: lane.desk._run._troubled)
    assert (lane.clock.now_ms() - began_ms) / 1000.0 <= 5.3
    body = await lane.until_sealed()
    assert (body["outcome"], body["reasons"][0]) == ("invalid", "dyno_implausible")


def test_every_doubt_that_ends_a_test_has_words(board: Board) -> None:
    doubted(board, "gas", {"co2_pct": 15.0}, 0)
    sample = board.sample(0, 0, 0, 0, 0)
    assert source_interlock(sample, "co2_pct", "gas") is None
    for source, name in (("dyno", "speed_kmh"), ("gas", "co2_pct"), ("nox", "nox_ppm"), ("opacity", "opacity_n_pct")):
        board.put(source, {name: 15.0, "brake_force_n": 1.0}, 0)
        board._entries[name].value, board._entries[name].why = None, STOOD_STILL
        sample = board.sample(0, 0, 0, 0, 0)
        tripped = dyno_interlock(sample) if source == "dyno" else source_interlock(sample, name, source)
        assert tripped is not None
        assert tripped.name == f"{source}_implausible"
        assert tripped.name in REASONS
    assert {"tachometer_implausible"} <= set(REASONS)
    assert set(DOUBTS) <= set(FLAGS)


def test_one_jump_is_a_missing_look_and_no_lost_device(board: Board) -> None:
    doubted(board, "gas", {"co2_pct": 15.0}, 0)
    assert doubted(board, "gas", {"co2_pct": 0.1}, 100) == {"co2_pct": JUMPED}

    assert source_interlock(board.sample(0, 100, 100, 0, 0), "co2_pct", "gas") is None


def test_every_figure_says_where_it_comes_from_and_how_sure_it_is() -> None:
    assert all(figures.clause for figures in (*FIGURES.jumps.values(), *FIGURES.still))
    named = {name for rule in FIGURES.still for name in (*rule.channels, *rule.moved)} | set(FIGURES.jumps)
    assert named - set(TRACE_ORDER) == {"brake_force_n", "obd_rpm"}


def test_a_file_with_a_misspelt_figure_is_refused_with_its_place() -> None:
    file = load_signed("plausibility", "limits")
    raw = file.raw.replace(b"slack = 600.0", b"slck = 600.0")

    with pytest.raises(FaultyFileError, match="slck"):
        read_plausibility(replace(file, raw=raw, data=parse_toml(raw, file.path).data))
