"""Judge a sealed test again: samples to legal seconds, seconds to a verdict, and compare to the last bit.

Needs nothing but the record and its members: the limits that were judged against are in the record. Asks no key whether
the record is genuine; verify does that.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lanectl.core.figures import LimitsMissing
from lanectl.core.methods import StartPhaseError, VehicleFactMissing, open_trial
from lanectl.core.obd_check import decide_obd, is_binding
from lanectl.core.second import LegalSecond, SecondMaker, TimeError
from lanectl.core.verdict import FAIL, Verdict
from lanectl.ledger.canonical import NotCanonicalError, canonical_bytes, sha256_hex
from lanectl.ledger.gz import NotCanonicalGzipError, gunzip_bytes
from lanectl.ledger.members import RECORD, SAMPLES, TRACE
from lanectl.ledger.tables import TableError, read_samples, read_trace
from lanectl.model.outcome import Outcome
from lanectl.model.record import Record, SecondRow
from lanectl.model.sample import Sample

JUDGED = ("outcome", "method", "limits", "values", "judgements", "reasons", "uncertain")
NUMBERS = ("values", "judgements", "uncertain")


class ReplayDamageError(Exception):
    """The evidence cannot be judged again: it is damaged, or its method is not known here."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What was recorded, what comes out now, and in what they differ."""

    recorded: Mapping[str, object]
    recomputed: Mapping[str, object]
    differences: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    def as_json(self) -> dict[str, object]:
        """Return the keys of the contract, with the differences named."""
        return {
            "same": self.same,
            "recorded": dict(self.recorded),
            "recomputed": dict(self.recomputed),
            "differences": list(self.differences),
        }


def replay(members: Mapping[str, bytes]) -> Replay:
    """Judge the test in these bundle members again."""
    record = _record(members)
    try:
        samples = read_samples(gunzip_bytes(members[SAMPLES]))
        trace = read_trace(gunzip_bytes(members[TRACE]))
    except (NotCanonicalGzipError, TableError) as error:
        raise ReplayDamageError(str(error)) from None
    made = _made(record, samples)
    differences = _trace_differences(record, made, trace)
    core, obd = _core_verdict(record, made, trace), _obd_verdict(record)
    decided = core
    if core is None and record.outcome is Outcome.FAIL and obd is not None and obd.outcome == FAIL:
        decided = obd  # the car failed before sampling began
    recorded, recomputed = _recorded(record), _recomputed(record, decided)
    differences += _verdict_differences(record, recorded, recomputed, decided) + _obd_differences(record, obd)
    return Replay(recorded, recomputed, tuple(differences))


def _record(members: Mapping[str, bytes]) -> Record:
    try:
        record = Record.model_validate_json(members[RECORD])
    except (KeyError, ValueError) as error:
        raise ReplayDamageError(f"record.json does not read as a record: {str(error).partition(chr(10))[0]}") from None
    for name, digest in record.members.items():
        if sha256_hex(members.get(name, b"")) != digest:
            raise ReplayDamageError(f"the member {name} is missing or was changed")
    if not {SAMPLES, TRACE} <= record.members.keys():
        raise ReplayDamageError("the record names no samples or no trace")
    return record


def _made(record: Record, samples: Sequence[Sample]) -> list[LegalSecond]:
    """Make the seconds again, from where sampling began."""
    begin = record.measure_from_ms
    return [] if begin is None else _seconds([sample for sample in samples if sample.t_ms >= begin], begin)


def _trace_differences(record: Record, made: Sequence[LegalSecond], trace: Sequence[SecondRow]) -> list[str]:
    """Say where the samples do not give the kept seconds; ``t_ms`` of a trace counts from where sampling began."""
    if record.measure_from_ms is None:
        if trace and record.outcome in (Outcome.PASS, Outcome.FAIL):
            return ["trace: there are seconds, but the record says that sampling never began"]
        return []
    if len(trace) > len(made):
        return [f"trace: {len(trace)} seconds are kept, the samples give {len(made)}"]
    for kept, again in zip(trace, made, strict=False):
        if not _same_second(kept, again):
            return [f"trace: second {kept.t_ms // 1000} is not what its samples give"]
    return []


def _seconds(samples: Sequence[Sample], begin_ms: int) -> list[LegalSecond]:
    maker, made = SecondMaker(), []
    try:
        for sample in samples:
            values = {name: channel.value for name, channel in sample.channels.items()}
            made += maker.push(sample.t_ms - begin_ms, values)
    except (TimeError, ValueError) as error:
        raise ReplayDamageError(f"the samples give no seconds: {error}") from None
    return [*made, *maker.close()]


def _same_second(kept: SecondRow, again: LegalSecond) -> bool:
    if (kept.t_ms, kept.rows) != (again.t_ms, again.rows):
        return False
    return all(kept.values.get(name) == again.values.get(name) for name in {*kept.values, *again.values})


def _core_verdict(record: Record, made: Sequence[LegalSecond], trace: Sequence[SecondRow]) -> Verdict | None:
    vehicle = record.vehicle.model_dump(mode="json")
    try:
        trial = open_trial(record.method, vehicle, record.limits.data, record.limits.set, record.start_phase)
    except (VehicleFactMissing, LimitsMissing, StartPhaseError, KeyError) as error:
        raise ReplayDamageError(f"the method {record.method} cannot be opened: {error}") from None
    samples = {second.t_ms: second.samples for second in made}
    for row in trace:
        trial.push(LegalSecond(row.t_ms, row.values, row.rows, samples.get(row.t_ms, ())))
    return trial.verdict()


def _obd_verdict(record: Record) -> Verdict | None:
    obd = record.obd
    if obd is None or obd.rules is None or obd.binding is None:
        return None
    try:
        return decide_obd(obd.facts, obd.answers, obd.binding, obd.rules)
    except LimitsMissing as error:
        raise ReplayDamageError(f"the OBD check cannot be decided: {error}") from None


def _recorded(record: Record) -> dict[str, object]:
    told = record.model_dump(mode="json", by_alias=True, include={*JUDGED, "cause"})
    return {**told, "limits": record.limits.set}


def _recomputed(record: Record, decided: Verdict | None) -> dict[str, object]:
    if decided is None:
        return {"outcome": None, "method": record.method, "limits": record.limits.set, "values": {}, "judgements": []}
    return json.loads(canonical_bytes(decided.as_json()))  # type: ignore[no-any-return]


def _verdict_differences(
    record: Record, recorded: Mapping[str, object], recomputed: Mapping[str, object], decided: Verdict | None
) -> list[str]:
    stopped = record.outcome in (Outcome.ABORTED, Outcome.INVALID)
    if decided is None:
        return [] if stopped else ["outcome: recorded as decided, but the trace ends before a decision"]
    if record.outcome is Outcome.ABORTED and f"decided_before:{decided.outcome}" in record.reasons:
        return []  # a crash after the decision: the record says both, openly
    if decided.outcome != record.outcome:
        return [f"outcome: recorded {record.outcome.value}, recomputed {decided.outcome}"]
    if stopped and not set(decided.reasons) <= set(record.reasons):
        return []  # stopped for a reason of the lane's own, with the same outcome that the core had come to
    differences = [name for name in NUMBERS if _bits(recorded[name]) != _bits(recomputed[name])]
    if not set(decided.reasons) <= set(record.reasons):
        differences.append("reasons")
    return [f"{name}: recorded and recomputed differ" for name in differences]


def _obd_differences(record: Record, obd: Verdict | None) -> list[str]:
    if obd is None or record.obd is None:
        return []
    differences = [] if _bits(record.obd.verdict) == _bits(obd.as_json()) else ["obd: recorded and recomputed differ"]
    if record.obd.rules is not None and record.obd.binding != is_binding(
        record.vehicle.model_dump(mode="json"), record.obd.rules
    ):
        differences.append("obd: whether the check binds is not what the vehicle's dates say")
    if record.outcome is Outcome.PASS and obd.outcome == FAIL:
        differences.append("outcome: recorded pass, the OBD check fails")
    return differences


def _bits(value: object) -> bytes:
    try:
        return canonical_bytes(value)
    except NotCanonicalError as error:
        raise ReplayDamageError(str(error)) from None
