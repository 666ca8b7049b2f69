"""Judge a sealed test again: samples to legal seconds, seconds to a verdict, and compare to the last bit.

Needs nothing but the record and its members: the limits that were judged against are in the record. Asks no key whether
the record is genuine; verify does that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from lanectl.core.columns import Columns
from lanectl.core.figures import LimitsMissing
from lanectl.core.methods import StartPhaseError, VehicleFactMissing, open_trial
from lanectl.core.obd_check import decide_obd, is_binding
from lanectl.core.second import SECOND_MS, TimeError
from lanectl.core.verdict import FAIL, INVALID, Judgement, Uncertain, Verdict
from lanectl.ledger.canonical import NotCanonicalError, canonical_bytes, sha256_hex
from lanectl.ledger.columns import sample_columns, trace_columns
from lanectl.ledger.gz import NotCanonicalGzipError, gunzip_bytes
from lanectl.ledger.members import RECORD, SAMPLES, TRACE
from lanectl.ledger.tables import TableError
from lanectl.model.outcome import Outcome
from lanectl.model.record import Record

JUDGED = ("outcome", "method", "limits", "values", "judgements", "reasons", "uncertain")
JUDGEMENT = tuple(field.name for field in fields(Judgement))
UNCERTAIN = tuple(field.name for field in fields(Uncertain))


class ReplayDamageError(Exception):
    """The evidence cannot be judged again: it is damaged, or its method is not known here."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A record, what comes out of its trace now, and in what the two differ."""

    record: Record
    decided: Verdict | None
    differences: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    @property
    def recorded(self) -> dict[str, object]:
        """What the record says of the verdict."""
        told = self.record.model_dump(mode="json", by_alias=True, include={*JUDGED, "cause"})
        return {**told, "limits": self.record.limits.set}

    @property
    def recomputed(self) -> dict[str, object]:
        """What the trace says; without an outcome where it ends before a decision."""
        record = self.record
        if self.decided is None:
            told = {"outcome": None, "method": record.method, "limits": record.limits.set}
            return {**told, "values": {}, "judgements": []}
        return self.decided.as_json()

    def as_json(self) -> dict[str, object]:
        """Return the keys of the contract, with the differences named."""
        return {
            "same": self.same,
            "recorded": self.recorded,
            "recomputed": self.recomputed,
            "differences": list(self.differences),
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a sealed test is judged again from. Samples count their time from where sampling began, like the trace."""

    record: Record
    samples: Columns
    trace: Columns


def replay(members: Mapping[str, bytes]) -> Replay:
    """Judge the test in these bundle members again."""
    record = _record(members)
    try:
        plain = {name: gunzip_bytes(members[name]) for name in (SAMPLES, TRACE)}
    except NotCanonicalGzipError as error:
        raise ReplayDamageError(str(error)) from None
    return judge(read_evidence(record, plain))


def read_record(data: bytes) -> Record:
    """Read ``record.json``."""
    try:
        return Record.model_validate_json(data)
    except ValueError as error:
        raise ReplayDamageError(f"record.json does not read as a record: {str(error).partition(chr(10))[0]}") from None


def read_evidence(record: Record, plain: Mapping[str, bytes]) -> Evidence:
    """Read the unpacked tables of a record; ``plain`` holds them by the name of their member."""
    try:
        samples, trace = sample_columns(plain[SAMPLES]), trace_columns(plain[TRACE])
        begin = record.measure_from_ms
        return Evidence(record, Columns() if begin is None else samples.since(begin), trace)
    except TableError as error:
        raise ReplayDamageError(str(error)) from None
    except TimeError as error:
        raise ReplayDamageError(f"the samples give no seconds: {error}") from None


def judge(evidence: Evidence) -> Replay:
    """Make the seconds again, judge them again, and say what differs from the record."""
    record = evidence.record
    differences = _trace_differences(evidence)
    obd = _obd_verdict(record)
    decided = decide_again(evidence, record.limits.set)
    differences += _verdict_differences(record, decided) + _obd_differences(record, obd)
    return Replay(record, decided, tuple(differences))


def decide_again(evidence: Evidence, limit_set: str) -> Verdict | None:
    """Return the verdict on the kept seconds under a limit set of the record; None: they end before a decision."""
    record = evidence.record
    core = _core_verdict(evidence, limit_set)
    if core is None and record.outcome is Outcome.FAIL:
        obd = _obd_verdict(record)
        if obd is not None and obd.outcome == FAIL:
            return obd  # the car failed before sampling began
    return core


def _record(members: Mapping[str, bytes]) -> Record:
    record = read_record(members.get(RECORD, b""))
    for name, digest in record.members.items():
        if sha256_hex(members.get(name, b"")) != digest:
            raise ReplayDamageError(f"the member {name} is missing or was changed")
    if not {SAMPLES, TRACE} <= record.members.keys():
        raise ReplayDamageError("the record names no samples or no trace")
    return record


def _trace_differences(evidence: Evidence) -> list[str]:
    """Say where the samples do not give the kept seconds; ``t_ms`` of a trace counts from where sampling began."""
    record, trace = evidence.record, evidence.trace
    if record.measure_from_ms is None:
        if trace.t_ms and record.outcome in (Outcome.PASS, Outcome.FAIL):
            return ["trace: there are seconds, but the record says that sampling never began"]
        return []
    try:
        made = evidence.samples.legal_seconds()
    except (TimeError, ValueError) as error:
        raise ReplayDamageError(f"the samples give no seconds: {error}") from None
    if len(trace.t_ms) > len(made.t_ms):
        return [f"trace: {len(trace.t_ms)} seconds are kept, the samples give {len(made.t_ms)}"]
    row = trace.first_difference(made)
    if row is not None:
        return [f"trace: second {trace.t_ms[row] // SECOND_MS} is not what its samples give"]
    return []


def _core_verdict(evidence: Evidence, limit_set: str) -> Verdict | None:
    record = evidence.record
    vehicle = record.vehicle.model_dump(mode="json")
    try:
        trial = open_trial(record.method, vehicle, record.limits.data, limit_set, record.start_phase)
    except (VehicleFactMissing, LimitsMissing, StartPhaseError, KeyError) as error:
        raise ReplayDamageError(f"the method {record.method} cannot be opened: {error}") from None
    try:
        if evidence.trace.t_ms:
            trial.feed(evidence.trace, evidence.samples)
        return trial.verdict()
    except LimitsMissing as error:  # a figure that only some traces come to need
        raise ReplayDamageError(f"the method {record.method} cannot be judged: {error}") from None


def _obd_verdict(record: Record) -> Verdict | None:
    obd = record.obd
    if obd is None or obd.rules is None or obd.binding is None:
        return None
    try:
        vehicle, day = record.vehicle.model_dump(mode="json"), record.started_at.date().isoformat()
        return decide_obd(obd.facts, obd.answers, obd.binding, obd.rules, vehicle, day)
    except LimitsMissing as error:
        raise ReplayDamageError(f"the OBD check cannot be decided: {error}") from None


def _verdict_differences(record: Record, decided: Verdict | None) -> list[str]:
    stopped = record.outcome in (Outcome.ABORTED, Outcome.INVALID)
    if decided is None:
        return [] if stopped else ["outcome: recorded as decided, but the trace ends before a decision"]
    if record.outcome is Outcome.ABORTED and f"decided_before:{decided.outcome}" in record.reasons:
        return []  # a crash after the decision: the record says both, openly
    if decided.outcome != record.outcome:
        return [f"outcome: recorded {record.outcome.value}, recomputed {decided.outcome}"]
    if stopped and not set(decided.reasons) <= set(record.reasons):
        return []  # stopped for a reason of the lane's own, with the same outcome that the core had come to
    recorded, recomputed = _numbers(record), _numbers(decided)
    differences = [name for name, now in recomputed.items() if not _same_bits(recorded[name], now)]
    if not set(decided.reasons) <= set(record.reasons):
        differences.append("reasons")
    return [f"{name}: recorded and recomputed differ" for name in differences]


def _numbers(judged: Record | Verdict) -> dict[str, object]:
    """Return what has to come out the same to the bit, as JSON would carry it."""
    return {
        "values": dict(judged.values),
        "judgements": [{name: getattr(one, name) for name in JUDGEMENT} for one in judged.judgements],
        "uncertain": [{name: getattr(one, name) for name in UNCERTAIN} for one in judged.uncertain],
    }


def _obd_differences(record: Record, obd: Verdict | None) -> list[str]:
    if obd is None or record.obd is None:
        return []
    differences = [] if _same_bits(record.obd.verdict, obd.as_json()) else ["obd: recorded and recomputed differ"]
    if record.obd.rules is not None and record.obd.binding != _binds(record, record.obd.rules):
        differences.append("obd: whether the check binds is not what the vehicle's dates say")
    if record.outcome is Outcome.PASS and obd.outcome == FAIL:
        differences.append("outcome: recorded pass, the OBD check fails")
    if record.outcome is Outcome.PASS and obd.outcome == INVALID:
        differences.append("outcome: recorded pass, the OBD check is not whole")
    return differences


def _binds(record: Record, rules: Mapping[str, object]) -> bool:
    try:
        return is_binding(record.vehicle.model_dump(mode="json"), rules, record.started_at.date().isoformat())
    except LimitsMissing as error:
        raise ReplayDamageError(f"whether the OBD check binds cannot be said: {error}") from None


def _same_bits(recorded: object, recomputed: object) -> bool:
    """Compare two values as they would be kept; equal numbers are kept alike, so bytes are made only of others."""
    if recorded == recomputed:
        return True
    try:
        return canonical_bytes(recorded) == canonical_bytes(recomputed)
    except NotCanonicalError as error:
        raise ReplayDamageError(str(error)) from None
