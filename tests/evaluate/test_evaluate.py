"""`lanectl evaluate` as published: exit codes, keys, options, and one clear message for whatever cannot be read."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
KEYS = {"outcome", "method", "limits", "values", "judgements", "reasons", "uncertain", "core_digest"}


def test_a_pass_leaves_with_zero_and_the_published_keys(desk: Any) -> None:
    answer = desk.ask_json(desk.trace())
    assert answer.code == 0
    assert set(answer.json) >= KEYS
    assert (answer.json["outcome"], answer.json["limits"], answer.json["method"]) == ("pass", "a", "asm")
    assert set(answer.json["judgements"][0]) >= {"quantity", "value", "limit", "ok"}
    assert set(answer.json["uncertain"][0]) == {"figure", "decisive"}
    assert len(answer.json["core_digest"]) == 64
    for mode in ("asm5025", "asm2540"):
        for quantity in ("co_pct", "hc_ppm", "no_ppm"):
            assert {f"{mode}_{quantity}", f"{mode}_{quantity}_raw"} <= set(answer.json["values"])
    assert answer.json["values"]["asm2540_co_pct"] is None


@pytest.mark.parametrize(("changes", "seconds", "outcome"), [({"no_ppm": 5000}, 30, "fail"), ({}, 15, "invalid")])
def test_fail_and_invalid_leave_with_one(desk: Any, changes: dict[str, object], seconds: int, outcome: str) -> None:
    answer = desk.ask_json(desk.trace(seconds, **changes))
    assert (answer.code, answer.json["outcome"]) == (1, outcome)


def test_without_json_a_person_reads_outcome_values_and_what_to_do(desk: Any) -> None:
    answer = desk.ask(desk.trace(15))
    assert answer.code == 1
    assert "INVALID" in answer.out
    assert "incomplete" in answer.out


@pytest.mark.parametrize("encoding", ["ascii", "gbk"])
def test_a_terminal_that_knows_no_utf8_gets_its_answer_too(desk: Any, encoding: str) -> None:
    def ask(vehicle: Path, *more: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-c", "from lanectl.cli import main; main()", "evaluate", "--method", "asm", *more]
        surroundings = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
        files = ["--vehicle", str(vehicle), str(desk.trace(15))]
        return subprocess.run([*command, *files], capture_output=True, env=surroundings, check=False)

    told = ask(desk.write("粤A00001.toml", 'fuel = "petrol"\nreference_mass_kg = 1480\n'))
    assert (told.returncode, told.stderr) == (1, b"")
    assert b"INVALID" in told.stdout
    refused = ask(desk.folder / "粤A00002.toml", "--json")
    assert (refused.returncode, b"Traceback" in refused.stderr) == (2, False)
    assert "粤A00002.toml" in json.loads(refused.stdout.decode("ascii"))["error"]["message"]


def test_ten_rows_a_second_and_one_row_a_second_give_the_same(desk: Any) -> None:
    slow = desk.ask_json(desk.trace(20)).json
    fast = desk.ask_json(desk.trace(20, step=0.1)).json
    assert fast["values"] == slow["values"]


def test_a_trace_may_begin_at_any_time(desk: Any) -> None:
    first = desk.ask_json(desk.trace(20)).json
    assert desk.ask_json(desk.trace(20, t0=123456.7)).json == first


def test_the_limit_set_can_be_chosen(desk: Any) -> None:
    trace = desk.trace(90, no_ppm=500)
    assert desk.ask_json(trace).json["outcome"] == "pass"
    stricter = desk.ask_json(trace, "--limits", "b").json
    assert (stricter["limits"], stricter["reasons"]) == ("b", ["incomplete", "asm5025_failed"])


def test_a_trace_may_begin_in_another_phase(desk: Any) -> None:
    trace = desk.trace(25)
    assert desk.ask_json(trace, "--start-phase", "asm5025_hold").json["outcome"] == "pass"
    assert desk.ask_json(desk.trace(24), "--start-phase", "asm5025_hold").json["reasons"] == ["incomplete"]


def test_the_corrected_rows_can_be_written(desk: Any) -> None:
    out = desk.folder / "rows.csv"
    desk.ask_json(desk.trace(20), "--rows", str(out))
    rows = desk.read(out)
    assert len(rows) == 20
    assert (rows[0]["phase"], rows[0]["kh"]) == ("asm5025", "0.972962")
    assert float(rows[0]["no_ppm_corrected"]) == pytest.approx(300 * float(rows[0]["df"]) * 0.972962, abs=1e-3)


def test_recorded_lambda_and_power_are_compared_and_never_used(desk: Any) -> None:
    plain = desk.ask_json(desk.trace(20)).json
    lying = desk.ask_json(desk.trace(20, **{"lambda": 3.0, "power_total_kw": 99.0})).json
    assert lying["values"] == plain["values"]
    assert lying["comparisons"]["lambda"]["largest_difference"] > 1.9
    assert lying["comparisons"]["power_total_kw"] == {"rows": 20, "largest_difference": pytest.approx(89.0)}


def test_unknown_columns_are_ignored_with_a_warning(desk: Any) -> None:
    answer = desk.ask_json(desk.trace(20, colour="red", phase_code="??"))
    assert answer.json["outcome"] == "pass"
    assert answer.json["warnings"] == ["unknown columns ignored: colour"]


def test_the_digest_names_core_and_limits_and_stays_the_same(desk: Any) -> None:
    assert desk.ask_json(desk.trace()).json["core_digest"] == desk.ask_json(desk.trace(15)).json["core_digest"]


def test_two_speed_idle_is_judged_too(desk: Any) -> None:
    low = {"hc_ppm": 30, "co_pct": 0.1, "co2_pct": 15.0, "o2_pct": 0.3, "no_ppm": 40}
    rows = [{"t_s": i, "engine_rpm": 2500 if i < 45 else 800, **low} for i in range(90)]
    answer = desk.ask_json(desk.table(rows), method="two_speed_idle")
    assert (answer.code, answer.json["outcome"]) == (0, "pass")
    for quantity in ("idle_co_pct", "idle_hc_ppm", "high_idle_co_pct", "high_idle_hc_ppm", "high_idle_lambda"):
        assert {quantity, f"{quantity}_raw"} <= set(answer.json["values"])


# -- what cannot be used: exit 2, one message with what, where and what to do


def refused(answer: Any) -> str:
    assert answer.code == 2
    assert set(answer.json) == {"error"}
    error = answer.json["error"]
    assert set(error) == {"class", "message", "remedy"}
    assert error["remedy"]
    assert "Traceback" not in answer.err
    return str(error["message"])


def test_an_unknown_method_phase_set_or_date_is_refused(desk: Any) -> None:
    trace = desk.trace()
    assert "emission" in refused(desk.ask_json(trace, method="emission"))
    assert "idle_settle" in refused(desk.ask_json(trace, "--start-phase", "idle_settle"))
    assert "c" in refused(desk.ask_json(trace, "--limits", "c"))
    assert "yesterday" in refused(desk.ask_json(trace, "--at", "yesterday"))


def test_limits_are_not_applied_before_their_day(desk: Any) -> None:
    assert desk.ask_json(desk.trace(), "--at", "2019-05-01").code == 0
    assert "2019-05-01" in refused(desk.ask_json(desk.trace(), "--at", "2019-04-30"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"\xff\xfe\x00\x01binary", "UTF-8"),
        (b"\x00\x01\x02\x03", "no CSV"),
        (b"a" * 200_000, "no CSV"),
        (b"speed_kmh,hc_ppm\n25,1\n", "t_s"),
        (b"t_s;speed_kmh\n0;25\n", "t_s"),
        (b't_s,"speed_kmh\n', ""),
        (b"t_s,speed_kmh,speed_kmh\n0,25,25\n", "twice"),
        (b"t_s,speed_kmh\n0,25\n", "missing column force_n"),
    ],
)
def test_what_is_no_trace_is_said_to_be_none(desk: Any, content: bytes, told: str) -> None:
    assert told in refused(desk.ask_json(desk.write("trace.csv", content)))


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("nan", "no measured value"),
        ("inf", "no measured value"),
        ("-Infinity", "no measured value"),
        ("abc", "no number"),
        ("1_000", "no number"),
        ("１", "no number"),
        ("12ppm", "no number"),
        ("1,5", "cells"),
        ("1e300", "larger"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column(desk: Any, cell: str, told: str) -> None:
    lines = desk.trace(5).read_text().splitlines()
    cells = lines[3].split(",")
    cells[lines[0].split(",").index("hc_ppm")] = cell
    lines[3] = ",".join(cells)
    message = refused(desk.ask_json(desk.write("trace.csv", "\n".join(lines))))
    assert "row 3 (line 4)" in message
    assert told in message
    assert ("column hc_ppm" in message) == (cell != "1,5")


@pytest.mark.parametrize("time", ["1", "0.5", "", "1e15"])
def test_time_must_increase_and_be_there(desk: Any, time: str) -> None:
    lines = desk.trace(4).read_text().splitlines()
    lines[3] = time + lines[3][lines[3].index(",") :]
    message = refused(desk.ask_json(desk.write("trace.csv", "\n".join(lines))))
    assert "row 3 (line 4), column t_s" in message


def test_a_hole_of_hours_is_a_wrong_unit_and_not_a_gap(desk: Any) -> None:
    rows = desk.read(desk.trace(5))
    rows[3]["t_s"] = "90000"
    rows[4]["t_s"] = "90001"
    assert "jumps" in refused(desk.ask_json(desk.table(rows)))


def test_a_fault_behind_the_decision_is_still_told(desk: Any) -> None:
    path = desk.trace(25)
    path.write_text(path.read_text().rstrip("\r\n") + "x\r\n")
    assert "row 25" in refused(desk.ask_json(path))


def test_an_empty_cell_is_a_value_that_was_not_given(desk: Any) -> None:
    rows = desk.read(desk.trace(21))
    rows[0]["o2_pct"] = ""
    rows[3]["hc_ppm"] = ""
    assert desk.ask_json(desk.table(rows)).json["outcome"] == "pass"


def test_files_that_are_not_there_are_named(desk: Any) -> None:
    assert "none.csv" in refused(desk.ask_json(desk.folder / "none.csv"))
    assert "none.toml" in refused(desk.ask_json(desk.trace(), vehicle=desk.folder / "none.toml"))
    assert str(desk.folder) in refused(desk.ask_json(desk.folder))
    assert "rows" in refused(desk.ask_json(desk.trace(), "--rows", str(desk.folder / "none" / "rows.csv")))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "fuel"),
        (b'fuel = "petrol"\n', "reference_mass_kg"),
        (b'fuel = "diesel"\nreference_mass_kg = 1480\n', "fuel"),
        (b'fuel = "coal"\nreference_mass_kg = 1480\n', "fuel"),
        (b'fuel = "petrol"\nreference_mass_kg = -1\n', "reference_mass_kg"),
        (b'fuel = "petrol"\nreference_mass_kg = nan\n', "reference_mass_kg"),
        (b'fuel = "petrol"\nmass = 1480\n', "mass"),
        (b"fuel = petrol\n", "no TOML"),
        (b"\xff\xff", "no TOML"),
    ],
)
def test_a_vehicle_file_that_does_not_suit_is_refused_by_name(desk: Any, content: bytes, told: str) -> None:
    message = refused(desk.ask_json(desk.trace(), vehicle=desk.write("bad.toml", content)))
    assert told in message
    assert "bad.toml" in message


def test_a_missing_argument_is_one_message_too(desk: Any) -> None:
    answer = desk.ask(desk.trace(), "--no-such-option")
    assert answer.code == 2
    assert "no-such-option" in answer.err
    assert answer.out == ""


def test_a_long_trace_is_read_row_by_row(desk: Any) -> None:
    trace = desk.trace(20)
    line = trace.read_text().splitlines()[-1]
    rest = line[line.index(",") :]
    with trace.open("a", newline="") as stream:
        stream.writelines(f"{second}{rest}\r\n" for second in range(20, 20_000))
    answer = desk.ask_json(trace)
    assert (answer.json["outcome"], answer.json["seconds"]) == ("pass", 20_000)


# -- documented examples, and a record of a real lane


@pytest.mark.parametrize(
    ("method", "trace", "outcome"),
    [
        ("asm", "asm_quick_pass.csv", "pass"),
        ("asm", "asm_fail.csv", "fail"),
        ("two_speed_idle", "two_speed_idle.csv", "pass"),
        ("free_acceleration", "free_acceleration.csv", "pass"),
        ("lug_down", "lug_down_pass.csv", "pass"),
        ("lug_down", "lug_down_fail.csv", "fail"),
    ],
)
def test_the_documented_examples_come_out_as_documented(desk: Any, method: str, trace: str, outcome: str) -> None:
    vehicle = "car.toml" if method in ("asm", "two_speed_idle") else "diesel.toml"
    answer = desk.ask_json(EXAMPLES / trace, method=method, vehicle=EXAMPLES / vehicle)
    assert answer.json["outcome"] == outcome
    told = (EXAMPLES.parent / "methods.md").read_text(encoding="utf-8")
    assert f"--method {method} --vehicle docs/examples/{vehicle} docs/examples/{trace}" in told


@pytest.mark.skipif("LANECTL_RECORDS" not in os.environ, reason="LANECTL_RECORDS names no folder with lane records")
def test_the_asm_record_of_2022_comes_out_as_that_lane_printed_it(desk: Any) -> None:
    record = Path(os.environ["LANECTL_RECORDS"]) / "asm_2022.csv"
    rows = desk.folder / "rows.csv"
    car = desk.write("car.toml", 'fuel = "petrol"\nreference_mass_kg = 1020\n')
    answer = desk.ask_json(record, "--limits", "a", "--rows", str(rows), vehicle=car)
    values = answer.json["values"]
    assert (answer.code, answer.json["outcome"]) == (0, "pass")
    assert (values["asm5025_window_first_row"], values["asm5025_window_last_row"]) == (73, 82)
    assert values["asm5025_co_pct_raw"] == pytest.approx(0.0438, abs=5e-5)
    assert values["asm5025_hc_ppm_raw"] == pytest.approx(11.42, abs=5e-3)
    assert values["asm5025_no_ppm_raw"] == pytest.approx(171.49, abs=5e-3)
    assert (values["asm5025_o2_pct"], values["asm5025_co2_pct"]) == (pytest.approx(1.137), pytest.approx(15.003))
    assert values["asm5025_rpm"] == pytest.approx(1637.8)
    assert all(values[f"asm2540_{quantity}"] is None for quantity in ("co_pct", "hc_ppm", "no_ppm"))

    printed = desk.read(record)
    ours = desk.read(rows)
    assert len(ours) == len(printed) == 90
    for row, theirs in zip(ours, printed, strict=True):
        assert float(row["kh"]) == pytest.approx(float(theirs["kh_printed"]), abs=0.006)
        assert float(row["df"]) == pytest.approx(float(theirs["df_printed"]), abs=0.006)
        assert float(row["lambda"]) == pytest.approx(float(theirs["lambda"]), abs=0.006)
