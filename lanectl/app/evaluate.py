"""Judge a recorded trace with the core alone: no device, no database.

Knows how vehicle file, trace and limits come together, and what each fault is called. Knows no rule of any method.
"""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TextIO

from pydantic import ValidationError

from lanectl.app.identity import core_digest
from lanectl.app.row_table import DIESEL_METHODS, Comparison, RowMath, RowTable, diesel_rows, petrol_rows, vmas_rows
from lanectl.app.trace_file import TraceError, TraceFile
from lanectl.core.figures import LimitsMissing, as_of, with_rule
from lanectl.core.methods import (
    METHODS,
    StartPhaseError,
    Trial,
    VehicleFactMissing,
    VmasTrial,
    open_trial,
)
from lanectl.core.second import LegalSecond, SecondMaker, TimeError
from lanectl.core.verdict import Verdict
from lanectl.model.vehicle import Vehicle
from lanectl.settings.data_files import DataError, DataFile, load_signed

LARGEST_VEHICLE_FILE = 65_536
LIMITS_OF = {
    "asm": "gb18285-2018",
    "two_speed_idle": "gb18285-2018",
    "vmas": "gb18285-2018",
    "free_acceleration": "gb3847-2018",
    "lug_down": "gb3847-2018",
}


class EvaluateError(Exception):
    """The trace cannot be judged: what and where, and what to do about it."""

    def __init__(self, message: str, remedy: str, error_class: str = "InputError") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.error_class = error_class


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be judged, and how."""

    method: str
    vehicle: Path
    trace: Path
    limit_set: str | None = None
    at: date | None = None
    start_phase: str | None = None
    rows: Path | None = None
    allow_slow_opacity: bool = False


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The verdict, with what it stands on."""

    verdict: Verdict
    core_digest: str
    limits_file: DataFile
    seconds: int
    warnings: tuple[str, ...]
    comparisons: Mapping[str, Comparison] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return the answer as it is published."""
        file = self.limits_file
        return {
            **self.verdict.as_json(),
            "core_digest": self.core_digest,
            "limits_file": {"name": file.name, "sha256": file.sha256, "signed_by": file.signed_by},
            "seconds": self.seconds,
            "warnings": list(self.warnings),
            "comparisons": {
                name: {"rows": c.rows, "largest_difference": c.largest}
                for name, c in self.comparisons.items()
                if c.rows
            },
        }


def evaluate(question: Question) -> Evaluation:
    """Judge one recorded trace. Raises EvaluateError for whatever cannot be read or used."""
    if question.method not in METHODS:
        told = f"unknown method {question.method!r}"
        raise EvaluateError(told, f"choose one of {', '.join(METHODS)}", "MethodError")
    vehicle = read_vehicle(question.vehicle)
    limits = _limits(question)
    trial = _open(question, vehicle, limits)
    try:
        with ExitStack() as stack:
            trace = stack.enter_context(TraceFile(question.trace))
            trace.need(trial.needs, trial.instead)
            stream = stack.enter_context(_create(question.rows, question)) if question.rows else None
            table = RowTable(_row_math(question, vehicle, limits), stream)
            seconds = _feed(trial, trace, table)
            warnings = tuple(trace.warnings)
    except TraceError as error:
        raise EvaluateError(error.message, error.remedy, "TraceError") from None
    verdict = trial.verdict()
    if verdict is None:
        raise AssertionError("an ended trial has a verdict")
    return Evaluation(verdict, core_digest(limits.raw), limits, seconds, warnings, table.comparisons)


def read_vehicle(path: Path) -> dict[str, object]:
    """Read a vehicle file; what is not given is absent."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_VEHICLE_FILE + 1)
        if len(raw) > LARGEST_VEHICLE_FILE:
            raise EvaluateError(f"{path}: too large for a vehicle file", "name the vehicle file (TOML)", "VehicleError")
        vehicle = Vehicle.model_validate(tomllib.loads(raw.decode("utf-8")))
    except OSError as error:
        raise EvaluateError(f"{path}: {error.strerror or error}", "name a readable vehicle file (TOML)") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise EvaluateError(
            f"{path}: {place}: {first['msg']}",
            f"mend the line; known keys: {', '.join(Vehicle.model_fields)}",
            "VehicleError",
        ) from None
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, endless digits or brackets
        why = "nested too deeply" if isinstance(error, RecursionError) else error
        raise EvaluateError(f"{path}: no TOML: {why}", 'write lines such as: fuel = "petrol"', "VehicleError") from None
    return vehicle.model_dump(exclude_none=True)


def _feed(trial: Trial, trace: TraceFile, table: RowTable) -> int:
    """Judge the whole trace and return how many seconds it has."""
    seconds = 0
    for second in _seconds(trace):
        phase = trial.status()
        status = trial.push(second)
        seconds += 1
        table.add(second, phase.phase, status.elapsed_s)
    trial.end()
    return seconds


def _seconds(trace: TraceFile) -> Iterator[LegalSecond]:
    maker = SecondMaker(0)
    for row in trace.rows():
        try:
            yield from maker.push(row.t_ms, row.values)
        except TimeError as error:
            told = f"{trace.path}, row {row.number}, column t_s: {error}"
            raise TraceError(told, "give t_s in seconds; a trace has no hole of an hour") from None
    yield from maker.close()


def _limits(question: Question) -> DataFile:
    name = LIMITS_OF[question.method]
    try:
        limits = load_signed(name, "limits")
    except DataError as error:
        raise EvaluateError(
            f"limits {name}: {error}", "install lanectl again, its data is incomplete", "LimitsError"
        ) from None
    begins = _meta(limits, "effective_from")
    if question.at is not None and question.at.isoformat() < begins:
        told = f"{name} is in force from {begins} on, not on {question.at.isoformat()}"
        raise EvaluateError(told, "leave --at away to judge by these limits all the same", "LimitsError")
    return limits


def _open(question: Question, vehicle: Mapping[str, object], limits: DataFile) -> Trial:
    try:
        section = _judged_section(question, limits)
        return open_trial(question.method, vehicle, section, _limit_set(question, limits), question.start_phase)
    except VehicleFactMissing as error:
        remedy = f"give {error.field} in the vehicle file, as {question.method} needs it"
        raise EvaluateError(f"{question.vehicle}: {error}", remedy, "VehicleError") from None
    except StartPhaseError as error:
        raise EvaluateError(str(error), "choose one of these with --start-phase", "StartPhaseError") from None
    except LimitsMissing as error:
        raise EvaluateError(
            f"limits {limits.name}: {error}", "mend the limits data, or choose set a or b", "LimitsError"
        ) from None


def _limit_set(question: Question, limits: DataFile) -> str:
    return question.limit_set or _meta(limits, "default_set")


def _judged_section(question: Question, limits: DataFile) -> Mapping[str, object]:
    """Return the method's figures as they stood on the day, and with what the asker allows."""
    section = _section(limits, question.method)
    if question.at is not None:
        section = as_of(section, question.at.isoformat())
    if question.allow_slow_opacity and question.method == "free_acceleration":
        section = with_rule(section, "slow_opacity", "judge")
    return section


def _row_math(question: Question, vehicle: Mapping[str, object], limits: DataFile) -> RowMath:
    if question.method in DIESEL_METHODS:
        return diesel_rows(question.method, _section(limits, question.method), _limit_set(question, limits))
    if question.method == VmasTrial.method:
        section = _judged_section(question, limits)
        return vmas_rows(VmasTrial(vehicle, section, _limit_set(question, limits), question.start_phase))
    return petrol_rows(str(vehicle["fuel"]), _section(limits, "asm"))


def _create(path: Path, question: Question) -> TextIO:
    if path.exists() and any(path.samefile(given) for given in (question.trace, question.vehicle)):
        raise EvaluateError(f"--rows {path}: this file is being judged", "name another file to write with --rows")
    try:
        return path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise EvaluateError(
            f"{path}: {error.strerror or error}", "name a file that can be written with --rows"
        ) from None


def _section(limits: DataFile, name: str) -> Mapping[str, object]:
    section = limits.data.get(name)
    if not isinstance(section, Mapping):
        raise EvaluateError(f"limits {limits.name}: no section {name}", "install lanectl again, its data is incomplete")
    return section


def _meta(limits: DataFile, name: str) -> str:
    return str(_section(limits, "meta").get(name))
