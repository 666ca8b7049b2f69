"""What cannot be judged ends in exit 2: one message with file, row, column and remedy, in memory that stays flat."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
OF = {
    "asm": ("car.toml", "asm_quick_pass.csv", "hc_ppm"),
    "two_speed_idle": ("car.toml", "two_speed_idle.csv", "co2_pct"),
    "free_acceleration": ("diesel.toml", "free_acceleration.csv", "opacity_n_pct"),
    "lug_down": ("diesel.toml", "lug_down_pass.csv", "force_n"),
    "vmas": ("car.toml", "vmas.csv", "flow_l_s"),
}
METHODS = tuple(OF)
GIB = 2**30
FLAT_MB = 24
"""How much more memory a long trace may take than a short one: buffers, no rows."""


def told(desk: Any, trace: Path, method: str, *options: str, vehicle: Path | None = None) -> tuple[str, str]:
    """Ask in both ways, see that both refuse in the same words, and return message and remedy."""
    how = {"method": method, "vehicle": vehicle or EXAMPLES / OF[method][0]}
    answer = desk.ask_json(trace, *options, **how)
    error = answer.json["error"]
    assert (answer.code, set(answer.json), set(error)) == (2, {"error"}, {"class", "message", "remedy"})
    plain = desk.ask(trace, *options, **how)
    assert (plain.code, plain.out) == (2, "")
    assert plain.err == answer.err == f"lanectl: {error['message']}\n  -> {error['remedy']}\n"
    assert error["message"]
    assert error["remedy"]
    return error["message"], error["remedy"]


def changed(desk: Any, method: str, change: Callable[[list[list[str]]], None]) -> Path:
    """Return the method's example with its cells changed; the header is row 0."""
    rows = [line.split(",") for line in (EXAMPLES / OF[method][1]).read_text(encoding="utf-8").splitlines()]
    change(rows)
    path: Path = desk.write("trace.csv", "\n".join(",".join(row) for row in rows) + "\n")
    return path


@pytest.mark.parametrize("method", METHODS)
def test_a_missing_column_is_named_with_its_file(desk: Any, method: str) -> None:
    column = OF[method][2]

    def drop(rows: list[list[str]]) -> None:
        place = rows[0].index(column)
        for row in rows:
            del row[place]

    message, remedy = told(desk, changed(desk, method, drop), method)
    assert message == f"{desk.folder / 'trace.csv'}: missing column {column}"
    assert "add the columns" in remedy


@pytest.mark.parametrize(
    ("method", "cell", "words", "remedy"),
    [
        *((method, "NaN", "no measured value", "leave the cell empty") for method in METHODS),
        *((method, "n/a", "no number", "plain decimal numbers") for method in METHODS),
        ("asm", "-inf", "no measured value", "leave the cell empty"),
        ("lug_down", "0x10", "no number", "plain decimal numbers"),
        ("vmas", "1e200", "larger than any measured value", "unit"),
    ],
)
def test_a_cell_that_is_no_value_is_named_by_row_and_column(
    desk: Any, method: str, cell: str, words: str, remedy: str
) -> None:
    column = OF[method][2]

    def spoil(rows: list[list[str]]) -> None:
        rows[7][rows[0].index(column)] = cell

    message, what_to_do = told(desk, changed(desk, method, spoil), method)
    assert f"trace.csv, row 7 (line 8), column {column}" in message
    assert words in message
    assert remedy in what_to_do


@pytest.mark.parametrize(("method", "back"), [(method, i) for i, method in zip((0, 1, 3, 0, 1), METHODS, strict=True)])
def test_time_that_stands_or_goes_back_is_named_by_its_row(desk: Any, method: str, back: int) -> None:
    def turn(rows: list[list[str]]) -> None:
        rows[9][0] = rows[8 - back][0]

    message, remedy = told(desk, changed(desk, method, turn), method)
    assert "trace.csv, row 9 (line 10), column t_s: time does not increase" in message
    assert "sort" in remedy


@pytest.mark.parametrize("method", METHODS)
def test_a_wrong_fuel_is_named_with_the_vehicle_file(desk: Any, method: str) -> None:
    other = "diesel" if OF[method][0] == "car.toml" else "petrol"
    vehicle = desk.write("other.toml", f'fuel = "{other}"\nreference_mass_kg = 1480\ngross_mass_kg = 1900\n')
    message, remedy = told(desk, EXAMPLES / OF[method][1], method, vehicle=vehicle)
    assert f"{vehicle}: vehicle fuel: '{other}' is not tested by this method" in message
    assert "give fuel" in remedy


@pytest.mark.parametrize(
    ("method", "fact"),
    [
        ("asm", "fuel"),
        ("asm", "reference_mass_kg"),
        ("vmas", "reference_mass_kg"),
        ("two_speed_idle", "gross_mass_kg"),
        ("lug_down", "rated_power_kw"),
        ("lug_down", "rated_rpm"),
        ("lug_down", "aspiration"),
        ("free_acceleration", "fuel"),
    ],
)
def test_a_fact_that_the_method_needs_is_named(desk: Any, method: str, fact: str) -> None:
    lines = (EXAMPLES / OF[method][0]).read_text(encoding="utf-8").splitlines()
    vehicle = desk.write("poor.toml", "\n".join(line for line in lines if not line.startswith(fact)))
    message, remedy = told(desk, EXAMPLES / OF[method][1], method, vehicle=vehicle)
    assert f"{vehicle}: vehicle {fact}: missing" in message
    assert f"give {fact}" in remedy


def text_of(method: str) -> str:
    return (EXAMPLES / OF[method][1]).read_text(encoding="utf-8")


@pytest.mark.parametrize("method", ["asm", "free_acceleration"])
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda text: b"", "the file is empty"),
        (lambda text: text.splitlines()[0].encode(), "no rows below the header"),
        (lambda text: text.encode("utf-16"), "not UTF-8"),
        (lambda text: text.encode("utf-16-le"), "no CSV"),
        (lambda text: b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 64, "not UTF-8"),
        (lambda text: b"\x89PNG\r\n\x1a\n\xff\xfe" * 99, "not UTF-8"),
        (lambda text: text.encode() + b"\xff\xfe\xff", "not UTF-8"),
        (lambda text: text.encode() + b"\0" * 999, "no CSV"),
        (lambda text: text.replace(",", ";").encode(), "missing column t_s"),
        (lambda text: text.replace("\n", '\n"', 1).encode(), ""),
    ],
)
def test_what_is_no_trace_is_refused_by_name(desk: Any, method: str, make: Callable[[str], bytes], words: str) -> None:
    message, _ = told(desk, desk.write("trace.csv", make(text_of(method))), method)
    assert "trace.csv" in message
    assert words in message


def test_a_folder_and_a_file_that_is_not_there_are_named(desk: Any) -> None:
    for path in (desk.folder, desk.folder / "none.csv", desk.folder / "car.toml" / "x.csv"):
        message, remedy = told(desk, path, "asm")
        assert message.startswith(f"{path}: ")
        assert "readable trace" in remedy
        message, remedy = told(desk, EXAMPLES / "asm_quick_pass.csv", "asm", vehicle=path)
        assert message.startswith(f"{path}: ")
        assert "vehicle file" in remedy


@pytest.mark.parametrize(
    "content",
    [
        b"fuel = ",
        b'fuel = "petrol"\nfuel = "petrol"\n',
        b"\xff\xfef\x00",
        b"a = " + b"[" * 60_000,
        b"reference_mass_kg = " + b"9" * 5_000,
        b"x" * 70_000,
        b'fuel = "petrol"\nreference_mass_kg = "heavy"\n',
        b"[fuel]\nkind = 1\n",
    ],
)
def test_a_broken_vehicle_file_is_named_with_a_remedy(desk: Any, content: bytes) -> None:
    vehicle = desk.write("broken.toml", content)
    message, remedy = told(desk, EXAMPLES / "asm_quick_pass.csv", "asm", vehicle=vehicle)
    assert str(vehicle) in message
    assert len(message) < 400
    assert remedy


@pytest.mark.parametrize("method", ["two_speed_idle", "lug_down"])
@pytest.mark.parametrize(
    ("options", "words", "remedy"),
    [
        (("--limits", "c"), "--limits c", "a or b"),
        (("--limits", ""), "--limits", "a or b"),
        (("--at", "yesterday"), "--at yesterday", "YYYY-MM-DD"),
        (("--at", "2020-02-30"), "--at 2020-02-30", "YYYY-MM-DD"),
        (("--at", "2019-04-30"), "in force from 2019-05-01", "--at"),
        (("--start-phase", "take_off"), "take_off", "--start-phase"),
        (("--start-phase", ""), "''", "--start-phase"),
    ],
)
def test_a_wrong_option_is_named_with_a_remedy(
    desk: Any, method: str, options: tuple[str, str], words: str, remedy: str
) -> None:
    message, what_to_do = told(desk, EXAMPLES / OF[method][1], method, *options)
    assert words in message
    assert remedy in what_to_do


def test_the_rows_are_never_written_over_what_is_judged(desk: Any) -> None:
    trace, vehicle = desk.trace(), desk.vehicle
    for judged in (trace, vehicle):
        before = judged.read_bytes()
        message, remedy = told(desk, trace, "asm", "--rows", str(judged), vehicle=vehicle)
        assert (str(judged) in message, "another file" in remedy) == (True, True)
        assert judged.read_bytes() == before


# -- files of a gigabyte: memory stays flat, and a file that is none is left at once


def ask_child(trace: Path, vehicle: Path, *options: str) -> tuple[int, dict[str, Any], int]:
    """Ask in a process of its own; returns exit code, answer, and its peak memory in MB."""
    program = (
        "import resource, sys\n"
        "from lanectl.cli import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    sys.stderr.write(f'\\npeak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}')\n"
    )
    command = ["evaluate", "--method", "asm", "--vehicle", str(vehicle), str(trace), "--json", *options]
    done = subprocess.run([sys.executable, "-c", program, *command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout), int(done.stderr.rpartition("peak ")[2])


@pytest.fixture(scope="module")
def small_mb(tmp_path_factory: pytest.TempPathFactory) -> int:
    """The memory that judging a small trace takes."""
    return ask_child(EXAMPLES / "asm_quick_pass.csv", EXAMPLES / "car.toml")[2]


@pytest.mark.parametrize("head", [b"", b"t_s,speed_kmh\n", (EXAMPLES / "asm_quick_pass.csv").read_bytes()])
def test_a_gigabyte_of_nothing_is_refused_at_once(desk: Any, small_mb: int, head: bytes) -> None:
    hole = desk.write("hole.csv", head)
    with hole.open("r+b") as file:
        file.truncate(GIB)  # a sparse file: nothing is written
    code, said, peak_mb = ask_child(hole, EXAMPLES / "car.toml")
    assert code == 2
    assert "hole.csv" in said["error"]["message"]
    assert peak_mb < small_mb + FLAT_MB


def test_a_gigabyte_given_as_a_vehicle_is_refused_at_once(desk: Any, small_mb: int) -> None:
    hole = desk.write("hole.toml", b"")
    with hole.open("r+b") as file:
        file.truncate(GIB)
    for path in (hole, Path("/dev/zero")):
        code, said, peak_mb = ask_child(EXAMPLES / "asm_quick_pass.csv", path)
        assert (code, "too large" in said["error"]["message"]) == (2, True)
        assert peak_mb < small_mb + FLAT_MB


def through_pipe(desk: Any, lines: Iterator[bytes]) -> tuple[int, dict[str, Any], int]:
    """Judge a trace that exists only in a pipe, however long it is."""
    pipe = desk.folder / "pipe.csv"
    os.mkfifo(pipe)

    def pour() -> None:
        try:
            with pipe.open("wb") as stream:
                stream.writelines(lines)
        except BrokenPipeError:
            pass  # the reader has refused it and gone

    writer = threading.Thread(target=pour)
    writer.start()
    try:
        return ask_child(pipe, EXAMPLES / "car.toml")
    finally:
        writer.join(timeout=60)


def long_trace(rows: int, padding: int = 0) -> Iterator[bytes]:
    """Yield the lines of a trace that goes on after its decision."""
    header, first = (EXAMPLES / "asm_quick_pass.csv").read_bytes().splitlines()[:2]
    rest = first[first.index(b",") :] + b"," + b"x" * padding + b"\n"
    yield header + b",remark\n"
    for second in range(rows):
        yield b"%d%s" % (second, rest)


def test_memory_stays_flat_over_a_long_trace(desk: Any, small_mb: int) -> None:
    code, said, peak_mb = through_pipe(desk, long_trace(20_000, padding=3_000))  # 60 MB
    assert (code, said["outcome"], said["seconds"]) == (0, "pass", 20_000)
    assert peak_mb < small_mb + FLAT_MB


@pytest.mark.parametrize(
    "line", [b'"an open quote, ', b'a","b\n', b"no line ever ends ", b"\n"], ids=["open", "cells", "line", "blank"]
)
def test_a_long_file_that_is_no_trace_is_left_early_or_in_flat_memory(desk: Any, small_mb: int, line: bytes) -> None:
    def junk() -> Iterator[bytes]:
        yield b't_s,"'
        yield from (line for _ in range(32 * 2**20 // len(line) if line != b"\n" else 200_000))

    code, said, peak_mb = through_pipe(desk, junk())
    assert code == 2
    assert "pipe.csv" in said["error"]["message"]
    assert peak_mb < small_mb + FLAT_MB


@pytest.mark.skipif(os.environ.get("FULL") != "1", reason="a whole gigabyte takes a minute; FULL=1 pours it")
def test_a_gigabyte_of_a_trace_is_judged_in_flat_memory(desk: Any, small_mb: int) -> None:
    code, said, peak_mb = through_pipe(desk, long_trace(36_000, padding=30_000))
    assert (code, said["outcome"], said["seconds"]) == (0, "pass", 36_000)
    assert peak_mb < small_mb + FLAT_MB
