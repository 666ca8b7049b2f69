"""What records of working lanes are said to show, and what the core makes of it; needs LANECTL_RECORDS."""

import os
from pathlib import Path
from typing import Any

import pytest

from lanectl.core.formulas import air_ratio_lambda, asm_total_power_kw, dilution_factor, no_humidity_factor
from lanectl.core.methods import open_trial
from lanectl.settings.data_files import load_signed

RECORDS = Path(os.environ.get("LANECTL_RECORDS", "no records"))
pytestmark = pytest.mark.skipif(not RECORDS.is_dir(), reason="LANECTL_RECORDS names no folder with lane records")
CAR = 'fuel = "petrol"\nreference_mass_kg = 1020\n'
LAST_STEADY = slice(72, 82)
"""Rows 73 to 82, counted from 0."""


def numbers(desk: Any, name: str) -> list[dict[str, float]]:
    rows = desk.read(RECORDS / name)
    return [{key: float(cell) for key, cell in row.items() if cell} for row in rows]


def section(method: str) -> Any:
    return load_signed("gb18285-2018", "limits").data[method]


def test_the_asm_record_runs_as_the_method_does(desk: Any) -> None:
    rows = numbers(desk, "asm_2022.csv")
    assert [row["phase_code"] for row in rows] == [4.0] * 10 + [5.0] * 10 + [6.0] * 70
    assert [row["row"] for row in rows] == [float(i) for i in range(1, 91)]
    assert all(23.0 <= row["speed_kmh"] <= 27.0 for row in rows)


def test_the_load_of_the_asm_record_is_that_of_its_reference_mass(desk: Any) -> None:
    rules = section("asm")["rules"]
    powers = [asm_total_power_kw(1020, rules[f"power_divisor_{mode}"]["value"]) for mode in ("5025", "2540")]
    assert [round(power, 2) for power in powers] == [6.89, 5.51]
    trial = open_trial("asm", {"fuel": "petrol", "reference_mass_kg": 1020.0}, section("asm"), "a")
    wanted = trial.total_force_n()
    assert wanted is not None
    for row in numbers(desk, "asm_2022.csv"):
        assert row["force_n"] == pytest.approx(wanted, rel=0.003)
        assert row["power_indicated_kw"] + row["power_parasitic_kw"] == pytest.approx(row["power_total_kw"], abs=0.02)


def test_the_quick_check_of_the_asm_record_does_not_pass(desk: Any) -> None:
    quick = desk.table(desk.read(RECORDS / "asm_2022.csv")[:20])
    answer = desk.ask_json(quick, vehicle=desk.write("car.toml", CAR))
    assert (answer.json["outcome"], answer.json["reasons"]) == ("invalid", ["incomplete"])


def test_the_asm_record_comes_out_as_it_was_printed(desk: Any) -> None:
    answer = desk.ask_json(RECORDS / "asm_2022.csv", vehicle=desk.write("car.toml", CAR))
    values = answer.json["values"]
    assert (answer.json["outcome"], answer.json["limits"]) == ("pass", "a")
    assert (values["asm5025_co_pct"], values["asm5025_hc_ppm"]) == (0.04, 11)
    assert round(values["asm5025_o2_pct"], 2) == 1.14
    assert round(values["asm5025_co2_pct"], 2) == 15.00
    assert round(values["asm5025_lambda"], 2) == 1.05
    assert round(values["asm5025_rpm"]) == 1638
    assert values["asm2540_window_last_row"] is None


def test_the_window_of_the_asm_record_is_its_last_steady_one(desk: Any) -> None:
    speeds = [row["speed_kmh"] for row in numbers(desk, "asm_2022.csv")]
    drift = {last: abs(speeds[last - 1] - speeds[last - 10]) for last in range(20, 91)}
    assert drift[82] == pytest.approx(0.94)
    assert all(drift[last] >= 1.0 for last in range(83, 91))


def test_the_nox_that_the_lane_printed_comes_of_cutting_each_second_to_whole_numbers(desk: Any) -> None:
    rows = numbers(desk, "asm_2022.csv")[LAST_STEADY]
    cut = []
    for row in rows:
        df = round(dilution_factor(row["co_pct"], row["co2_pct"], 4.644, 3.0), 2)
        kh = round(no_humidity_factor(row["ambient_temp_c"], row["humidity_pct"], row["pressure_kpa"]), 2)
        assert (df, kh) == (row["df_printed"], row["kh_printed"])
        cut.append(int(row["no_ppm"] * df * kh))
    assert round(sum(cut) / 10) == 170
    answer = desk.ask_json(RECORDS / "asm_2022.csv", vehicle=desk.write("car.toml", CAR))
    assert answer.json["values"]["asm5025_no_ppm_raw"] == pytest.approx(171.49, abs=5e-3)


def test_lambda_of_the_first_second_is_the_one_that_was_printed(desk: Any) -> None:
    first = numbers(desk, "asm_2022.csv")[0]
    co, co2, o2, hc, no = (first[name] for name in ("co_pct", "co2_pct", "o2_pct", "hc_ppm", "no_ppm"))
    assert round(air_ratio_lambda(co, co2, o2, hc, no, 1.7261, 0.0176), 2) == first["lambda"] == 1.09


def test_the_lug_down_record_holds_a_scan_and_the_three_points_of_its_time(desk: Any) -> None:
    rows = numbers(desk, "lug_down_2018.csv")
    assert {row["phase_code"] for row in rows} == {2.0, 3.0, 4.0, 5.0, 6.0}
    assert {row["power_factor_printed"] for row in rows} == {0.95}
    assert {(row["ambient_temp_c"], row["pressure_kpa"]) for row in rows} == {(12.3, 95.8)}
    for row in rows:
        parts = row["power_indicated_kw"] + row["power_parasitic_kw"]
        assert parts == pytest.approx(row["power_total_kw"], abs=0.021)


def test_the_flat_peaks_of_the_free_acceleration_record_are_flagged_and_judge_nothing(desk: Any) -> None:
    rows = numbers(desk, "free_acceleration_2019.csv")
    snaps = range(1, 8)
    assert {row["snap_no"] for row in rows} == {float(snap) for snap in snaps}
    of_snap = {snap: [row for row in rows if row["snap_no"] == snap] for snap in snaps}
    tops = [max(row["engine_rpm"] for row in found) for found in of_snap.values()]
    peaks = [max(row["opacity_k_per_m"] for row in found) for found in of_snap.values()]
    assert (min(tops), max(tops)) == (2735.0, 3559.0)
    assert (min(peaks), max(peaks)) == (0.05, 0.07)
    only = desk.write("only.toml", 'fuel = "diesel"\n')
    answer = desk.ask_json(
        RECORDS / "free_acceleration_2019.csv", "--allow-slow-opacity", method="free_acceleration", vehicle=only
    )
    assert (answer.json["outcome"], "flat_opacity" in answer.json["reasons"]) == ("pass", True)
