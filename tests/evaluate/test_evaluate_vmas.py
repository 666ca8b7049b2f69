"""`lanectl evaluate --method vmas`: the examples, its table of seconds, and what it asks of a trace."""

import csv
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
CAR = EXAMPLES / "car.toml"


def example(name: str) -> list[dict[str, object]]:
    with (EXAMPLES / name).open(encoding="utf-8", newline="") as stream:
        return [dict(row) for row in csv.DictReader(stream)]


@pytest.mark.parametrize(
    ("name", "outcome", "over"), [("vmas.csv", "pass", []), ("vmas_fail.csv", "fail", ["co_g_per_km", "nox_g_per_km"])]
)
def test_the_examples_are_judged_as_documented(desk: Any, name: str, outcome: str, over: list[str]) -> None:
    answer = desk.ask_json(EXAMPLES / name, method="vmas", vehicle=CAR)
    assert (answer.code, answer.json["outcome"]) == (0 if outcome == "pass" else 1, outcome)
    assert [row["quantity"] for row in answer.json["judgements"] if not row["ok"]] == over
    for quantity in ("co_g_per_km", "hc_g_per_km", "nox_g_per_km", "distance_km"):
        assert {quantity, f"{quantity}_raw"} <= set(answer.json["values"])
    assert answer.json["values"]["distance_km"] == pytest.approx(1.013, abs=0.01)
    assert answer.json["warnings"] == []
    assert answer.json["limits_file"]["name"] == "gb18285-2018"


def test_what_passes_under_b_passes_under_a(desk: Any) -> None:
    assert desk.ask_json(EXAMPLES / "vmas.csv", "--limits", "b", method="vmas", vehicle=CAR).json["outcome"] == "pass"


def test_a_person_reads_why(desk: Any) -> None:
    answer = desk.ask(EXAMPLES / "vmas_fail.csv", method="vmas", vehicle=CAR)
    assert answer.code == 1
    assert "NO  nox_g_per_km = 1.75 (limit 1.3; unrounded 1.75" in answer.out
    assert "nox_is_no_alone" in answer.out


def test_the_table_of_seconds_adds_up_to_the_result(desk: Any) -> None:
    out = desk.folder / "rows.csv"
    values = desk.ask_json(EXAMPLES / "vmas.csv", "--rows", str(out), method="vmas", vehicle=CAR).json["values"]
    rows = desk.read(out)
    assert (len(rows), float(rows[194]["cycle_s"]), rows[195]["co_g"]) == (196, 194.0, "")
    for gas in ("co", "hc", "nox"):
        assert sum(float(row[f"{gas}_g"] or 0) for row in rows) == pytest.approx(values[f"{gas}_g"], abs=1e-4)
    row = rows[70]
    share, flow = float(row["dilution_ratio"]), float(row["flow_std_l_s"])
    assert float(row["exhaust_l_s"]) == pytest.approx(share * flow, abs=1e-4)
    assert float(row["reference_kmh"]) == 32.0
    assert float(row["df"]) > 1.0
    assert 0.9 < float(row["kh"]) < 0.93


def test_the_second_that_voids_a_test_is_not_in_the_table(desk: Any) -> None:
    rows = example("vmas.csv")
    rows[50]["dilute_o2_pct"] = 20.9
    out = desk.folder / "rows.csv"
    answer = desk.ask_json(desk.table(rows), "--rows", str(out), method="vmas", vehicle=CAR)
    assert (answer.json["outcome"], answer.json["reasons"]) == (
        "invalid",
        ["dilution_ratio_outside", "nox_is_no_alone"],
    )
    table = desk.read(out)
    assert (table[49]["cycle_s"], table[50]["cycle_s"], table[51]["cycle_s"]) == ("49.000000", "", "")


def test_a_trace_may_begin_with_idling(desk: Any) -> None:
    rows = example("vmas.csv")
    idle = [{**rows[0], "t_s": second} for second in range(40)]
    late = [{**row, "t_s": second + 40} for second, row in enumerate(rows)]
    answer = desk.ask_json(desk.table([*idle, *late]), "--start-phase", "idle", method="vmas", vehicle=CAR)
    plain = desk.ask_json(EXAMPLES / "vmas.csv", method="vmas", vehicle=CAR)
    assert answer.json["values"] == plain.json["values"]


def test_ten_rows_a_second_give_the_same(desk: Any) -> None:
    fast = [
        {**row, "t_s": second + tenth / 10} for second, row in enumerate(example("vmas.csv")) for tenth in range(10)
    ]
    plain = desk.ask_json(EXAMPLES / "vmas.csv", method="vmas", vehicle=CAR)
    assert desk.ask_json(desk.table(fast), method="vmas", vehicle=CAR).json["values"] == plain.json["values"]


@pytest.mark.parametrize(
    ("missing", "named"), [("flow_l_s", "flow_l_s"), ("dilute_o2_pct", "dilute_o2_pct"), ("no_ppm", "nox_ppm")]
)
def test_a_column_that_is_needed_and_missing_is_named(desk: Any, missing: str, named: str) -> None:
    rows = [{name: cell for name, cell in row.items() if name != missing} for row in example("vmas.csv")]
    answer = desk.ask_json(desk.table(rows), method="vmas", vehicle=CAR)
    assert (answer.code, f"missing column {named}" in answer.json["error"]["message"]) == (2, True)


def test_the_vehicle_has_to_say_its_fuel_and_its_mass(desk: Any) -> None:
    for text, field in (('fuel = "petrol"\n', "reference_mass_kg"), ('fuel = "diesel"\n', "fuel")):
        vehicle = desk.write("other.toml", text)
        answer = desk.ask_json(EXAMPLES / "vmas.csv", method="vmas", vehicle=vehicle)
        assert (answer.code, field in answer.json["error"]["message"]) == (2, True)
