"""`lanectl evaluate` for the two diesel methods: values, needed columns, options, and records of real lanes."""

import csv
import os
from pathlib import Path
from typing import Any

import pytest

from lanectl.core.diesel import power_correction, smoke_density_per_m
from lanectl.core.formulas import power_from_force
from lanectl.core.methods import open_trial
from lanectl.core.second import LegalSecond
from lanectl.settings.data_files import load_signed

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
RECORDS = Path(os.environ.get("LANECTL_RECORDS", "no records"))
needs_records = pytest.mark.skipif(not RECORDS.is_dir(), reason="LANECTL_RECORDS names no folder with lane records")
DIESEL = 'fuel = "diesel"\nrated_power_kw = 118\nrated_rpm = 2600\naspiration = "turbo"\n'
LUG, SNAPS = "lug_down", "free_acceleration"


@pytest.fixture
def truck(desk: Any) -> Path:
    path: Path = desk.write("truck.toml", DIESEL)
    return path


def changed(desk: Any, example: str, **changes: str | None) -> Path:
    """Return an example with columns set to a value, or without them."""
    with (EXAMPLES / example).open(encoding="utf-8", newline="") as stream:
        rows: list[dict[str, object]] = list(csv.DictReader(stream))
    gone = {name for name, value in changes.items() if value is None}
    kept = {name: value for name, value in changes.items() if value is not None}
    path: Path = desk.table([{k: v for k, v in {**row, **kept}.items() if k not in gone} for row in rows])
    return path


@pytest.mark.parametrize(
    ("method", "trace", "keys"),
    [
        (SNAPS, "free_acceleration.csv", "opacity_k_per_m snap1_k_per_m snap2_k_per_m snap3_k_per_m"),
        (LUG, "lug_down_pass.csv", "k100_per_m k80_per_m nox80_ppm max_power_kw corrected_max_power_kw vel_max_hp_kmh"),
    ],
)
def test_the_published_values_are_there_rounded_and_not(desk: Any, method: str, trace: str, keys: str) -> None:
    answer = desk.ask_json(EXAMPLES / trace, method=method, vehicle=EXAMPLES / "diesel.toml")
    assert answer.code == 0
    assert answer.json["limits_file"]["name"] == "gb3847-2018"
    for key in keys.split():
        assert answer.json["values"][key] == pytest.approx(answer.json["values"][f"{key}_raw"], abs=0.5)


@pytest.mark.parametrize(
    ("method", "example", "column"),
    [
        (SNAPS, "free_acceleration.csv", "opacity_n_pct"),
        (SNAPS, "free_acceleration.csv", "engine_rpm"),
        (LUG, "lug_down_pass.csv", "speed_kmh"),
        (LUG, "lug_down_pass.csv", "force_n"),
        (LUG, "lug_down_pass.csv", "opacity_n_pct"),
        (LUG, "lug_down_pass.csv", "pressure_kpa"),
    ],
)
def test_a_missing_needed_column_is_named(desk: Any, truck: Path, method: str, example: str, column: str) -> None:
    answer = desk.ask_json(changed(desk, example, **{column: None}), method=method, vehicle=truck)
    assert answer.code == 2
    assert f"missing column {column}" in answer.json["error"]["message"]


def test_nox_is_needed_unless_both_its_parts_are_there(desk: Any, truck: Path) -> None:
    assert desk.ask_json(EXAMPLES / "lug_down_pass.csv", method=LUG, vehicle=truck).code == 0
    half = desk.ask_json(changed(desk, "lug_down_pass.csv", no2_ppm=None), method=LUG, vehicle=truck)
    assert (half.code, "missing column nox_ppm" in half.json["error"]["message"]) == (2, True)
    whole = changed(desk, "lug_down_pass.csv", no_ppm=None, no2_ppm=None, nox_ppm="700")
    assert desk.ask_json(whole, method=LUG, vehicle=truck).json["values"]["nox80_ppm"] == 700


@pytest.mark.parametrize(
    ("method", "vehicle", "told"),
    [
        (LUG, 'fuel = "diesel"\n', "rated_power_kw"),
        (LUG, 'fuel = "diesel"\nrated_power_kw = 90\n', "rated_rpm"),
        (LUG, 'fuel = "diesel"\nrated_power_kw = 90\nrated_rpm = 2500\n', "aspiration"),
        (LUG, DIESEL.replace("turbo", "steam"), "aspiration"),
        (LUG, DIESEL.replace("diesel", "petrol"), "petrol"),
        (SNAPS, 'fuel = "petrol"\n', "petrol"),
        (SNAPS, "", "fuel"),
    ],
)
def test_a_vehicle_that_does_not_suit_is_refused_by_name(desk: Any, method: str, vehicle: str, told: str) -> None:
    trace = EXAMPLES / ("lug_down_pass.csv" if method == LUG else "free_acceleration.csv")
    answer = desk.ask_json(trace, method=method, vehicle=desk.write("bad.toml", vehicle))
    assert answer.code == 2
    assert told in answer.json["error"]["message"]


def test_free_acceleration_needs_nothing_of_the_vehicle_but_its_fuel(desk: Any) -> None:
    only = desk.write("only.toml", 'fuel = "diesel"\n')
    answer = desk.ask_json(EXAMPLES / "free_acceleration.csv", method=SNAPS, vehicle=only)
    assert (answer.code, answer.json["reasons"]) == (
        0,
        ["governed_speed_unknown", "engine_speed_unconfirmed", "temperature_unknown"],
    )


def test_opacity_of_one_row_a_second_is_judged_only_where_it_is_allowed(desk: Any) -> None:
    only = desk.write("only.toml", 'fuel = "diesel"\n')
    rows = desk.read(EXAMPLES / "free_acceleration.csv")[::10]
    slow = desk.table(rows)
    refused = desk.ask_json(slow, method=SNAPS, vehicle=only)
    assert (refused.code, refused.json["outcome"], refused.json["reasons"][0]) == (1, "invalid", "opacity_below_10_hz")
    allowed = desk.ask_json(slow, "--allow-slow-opacity", method=SNAPS, vehicle=only)
    assert (allowed.code, allowed.json["reasons"][0]) == (0, "slow_opacity_allowed")


def test_the_limit_of_set_b_for_nox_depends_on_the_day(desk: Any, truck: Path) -> None:
    trace = EXAMPLES / "lug_down_pass.csv"
    for day, limit in (("2020-06-30", 1200), ("2020-07-01", 900)):
        answer = desk.ask_json(trace, "--limits", "b", "--at", day, method=LUG, vehicle=truck)
        assert [j["limit"] for j in answer.json["judgements"] if j["quantity"] == "nox80_ppm"] == [limit]


def test_recorded_smoke_density_is_compared_and_never_used(desk: Any, truck: Path) -> None:
    trace = changed(desk, "lug_down_pass.csv", opacity_k_per_m="9.0")
    answer = desk.ask_json(trace, method=LUG, vehicle=truck)
    assert answer.json["outcome"] == "pass"
    assert answer.json["comparisons"]["opacity_k_per_m"]["largest_difference"] > 8


def test_smoke_density_and_power_of_each_second_can_be_written(desk: Any, truck: Path) -> None:
    out = desk.folder / "rows.csv"
    desk.ask_json(EXAMPLES / "lug_down_pass.csv", "--rows", str(out), method=LUG, vehicle=truck)
    rows = desk.read(out)
    assert len(rows) == len(desk.read(EXAMPLES / "lug_down_pass.csv"))
    assert list(rows[0]) == ["t_s", "phase", "elapsed_s", "k_per_m", "power_kw", "kh"]
    assert {row["phase"] for row in rows} >= {"scan", "sample_100", "sample_80"}


def test_a_start_phase_of_another_method_is_refused(desk: Any, truck: Path) -> None:
    answer = desk.ask_json(EXAMPLES / "lug_down_pass.csv", "--start-phase", "snaps", method=LUG, vehicle=truck)
    assert answer.code == 2
    assert "scan" in answer.json["error"]["message"]
    again = desk.ask_json(EXAMPLES / "lug_down_pass.csv", "--start-phase", "scan", method=LUG, vehicle=truck)
    assert again.code == 0


@pytest.mark.parametrize("cell", ["nan", "inf", "abc", "1e300"])
def test_a_bad_opacity_is_named_by_row_and_column(desk: Any, truck: Path, cell: str) -> None:
    rows = desk.read(EXAMPLES / "lug_down_pass.csv")
    rows[4]["opacity_n_pct"] = cell
    answer = desk.ask_json(desk.table(rows), method=LUG, vehicle=truck)
    assert answer.code == 2
    assert "row 5 (line 6), column opacity_n_pct" in answer.json["error"]["message"]


@needs_records
def test_the_free_acceleration_record_of_2019_is_judged_where_slow_opacity_is_allowed(desk: Any) -> None:
    only = desk.write("only.toml", 'fuel = "diesel"\n')
    record = RECORDS / "free_acceleration_2019.csv"
    answer = desk.ask_json(record, "--allow-slow-opacity", method=SNAPS, vehicle=only)
    assert (answer.code, answer.json["outcome"]) == (0, "pass")
    assert {"slow_opacity_allowed", "last_three_snaps", "flat_opacity"} <= set(answer.json["reasons"])
    assert [answer.json["values"][f"snap{i}_no"] for i in (1, 2, 3)] == [5, 6, 7]
    assert [answer.json["values"][f"snap{i}_k_per_m"] for i in (1, 2, 3)] == [0.05, 0.06, 0.06]
    assert answer.json["comparisons"]["opacity_k_per_m"]["largest_difference"] < 0.012
    assert desk.ask_json(record, method=SNAPS, vehicle=only).json["outcome"] == "invalid"


@needs_records
def test_the_lug_down_record_of_2018_names_the_nox_that_it_lacks(desk: Any, truck: Path) -> None:
    answer = desk.ask_json(RECORDS / "lug_down_2018.csv", method=LUG, vehicle=truck)
    assert answer.code == 2
    assert "missing column nox_ppm" in answer.json["error"]["message"]


@needs_records
def test_the_arithmetic_of_the_lug_down_record_of_2018_is_the_cores(desk: Any) -> None:
    rows = [{name: float(cell) for name, cell in row.items()} for row in desk.read(RECORDS / "lug_down_2018.csv")]
    assert len(rows) == 131
    for row in rows:
        assert smoke_density_per_m(row["opacity_n_pct"], 0.430) == pytest.approx(row["opacity_k_per_m"], abs=0.006)
        factor = power_correction(1, row["ambient_temp_c"], row["pressure_kpa"], 1.2)
        assert round(factor, 2) == row["power_factor_printed"]
    off = [abs(power_from_force(row["force_n"], row["speed_kmh"]) - row["power_total_kw"]) for row in rows]
    assert sum(difference <= 0.1 for difference in off) >= 119


@needs_records
def test_the_lug_down_record_of_2018_holds_the_power_that_its_fast_scan_lets_expect(desk: Any) -> None:
    rows = [{name: float(cell) for name, cell in row.items()} for row in desk.read(RECORDS / "lug_down_2018.csv")]
    section = load_signed("gb3847-2018", "limits").data[LUG]
    assert isinstance(section, dict)
    vehicle = {"fuel": "diesel", "rated_power_kw": 118, "rated_rpm": 2600, "aspiration": "turbo"}
    trial = open_trial(LUG, vehicle, section, "a")
    for i, row in enumerate(rows[:25]):
        trial.push(LegalSecond(i * 1000, row))
    trial.end()
    verdict = trial.verdict()
    assert verdict is not None
    held = [sum(row["power_total_kw"] for row in rows[i:j]) / (j - i) for i, j in ((32, 40), (58, 68))]
    assert verdict.values["max_power_kw"] == pytest.approx(72.99, abs=0.01)
    assert verdict.values["expected_power100_kw"] == pytest.approx(held[0], rel=0.01)
    assert verdict.values["expected_power80_kw"] == pytest.approx(held[1], rel=0.06)
