"""What becomes of one bundle in an audit: verified, judged again, compared; or asked what other limits would say.

Knows one bundle and what was found of it. Does not know the archive, nor who works on it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lanectl.app.audit.law import knows_limits
from lanectl.app.replay import Evidence, Replay, ReplayDamageError, decide_again, judge, read_evidence, read_record
from lanectl.ledger.keys import TrustStore
from lanectl.ledger.verify import open_bundle
from lanectl.model.words.evidence import PROBLEMS, problem_text

SAME, DIFFERENT, DAMAGED, UNDECIDABLE = STATES = ("same", "different", "damaged", "undecidable")
PASSING = ("unreadable", "program_died")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a bundle is not the same: a code of the evidence words, and its detail."""

    code: str
    detail: str = ""

    def as_json(self) -> dict[str, str]:
        """Return code and message in both languages."""
        text = problem_text(self.code, self.detail)
        return {"code": self.code, "reason": f"{self.code}: {text.en}", "reason_zh": text.zh}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one bundle; what it does not say, or what is not known since it is damaged, is None."""

    state: str
    test_id: str | None = None
    sequence: int | None = None
    method: str | None = None
    recorded: str | None = None
    recomputed: str | None = None
    reasons: tuple[Reason, ...] = ()
    compared_with: str | None = None
    """What the recomputed outcome was compared with: the recorded one, or what its own limits make of the trace."""
    limits_known: bool | None = None
    """Whether this program has the limits that the record brings along."""

    @property
    def lasts(self) -> bool:
        """Whether the same file would be found so again: not when reading it or the program failed."""
        return not any(reason.code in PASSING for reason in self.reasons)

    def as_json(self, path: str) -> dict[str, object]:
        """Return one line of a report."""
        told = {name: getattr(self, name) for name in ("state", "test_id", "sequence", "method")}
        told |= {name: getattr(self, name) for name in ("recorded", "recomputed", "compared_with", "limits_known")}
        return {"path": path, **told, "reasons": [reason.as_json() for reason in self.reasons]}

    def kept(self) -> dict[str, object]:
        """Return what a state file keeps of it."""
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Finding":
        """Return the finding that a state file kept; ValueError: that is none."""
        try:
            told = {**kept, "reasons": tuple(Reason(**reason) for reason in kept["reasons"])}
            finding = cls(**told)
        except (TypeError, KeyError) as error:
            raise ValueError(f"no finding: {error}") from None
        finding.check()
        return finding

    def check(self) -> None:
        """Raise ValueError unless this is something that an audit can have found."""
        told: dict[str, object] = asdict(self)
        texts = ("test_id", "method", "recorded", "recomputed", "compared_with")
        sound = [isinstance(told[name], str | None) for name in texts]
        sound += [isinstance(told["sequence"], int | None), isinstance(told["limits_known"], bool | None)]
        sound += [one.code in PROBLEMS and isinstance(one.detail, str) for one in self.reasons]
        if self.state not in STATES or not all(sound):
            raise ValueError("no finding that an audit makes")


def audit_bundle(path: Path, keys: TrustStore, limit_set: str | None = None) -> Finding:
    """Verify one bundle, judge it again and compare; with a limit set: say what that set makes of its trace."""
    try:
        evidence = open_evidence(path, keys)
        if isinstance(evidence, Finding):
            return evidence
        result = judge(evidence)
        return _compared(result) if limit_set is None else _what_if(evidence, result, limit_set)
    except ReplayDamageError as error:
        return damaged("not_judged", str(error))


def open_evidence(path: Path, keys: TrustStore) -> Evidence | Finding:
    """Read, check and unpack one bundle and read its tables: all that comes before judging."""
    try:
        opened = open_bundle(path, keys)
    except OSError as error:
        return damaged("unreadable", error.strerror or str(error))
    if opened.problems:
        return Finding(DAMAGED, reasons=tuple(Reason(problem.code, problem.detail) for problem in opened.problems))
    return read_evidence(read_record(opened.record), opened.plain)


def damaged(code: str, detail: str) -> Finding:
    """Return the finding of a bundle that cannot be judged."""
    return Finding(DAMAGED, reasons=(Reason(code, detail),))


def _compared(result: Replay) -> Finding:
    reasons = tuple(Reason("differs", difference) for difference in result.differences)
    state = SAME if result.same else DIFFERENT
    return _finding(result, state, _recomputed(result), reasons, result.record.outcome.value)


def _what_if(evidence: Evidence, result: Replay, limit_set: str) -> Finding:
    """Compare outcomes alone. Nothing follows from a record that does not come out under its own limits.

    A test that was stopped before its own limits decided stays stopped, even where other limits (a quick check that is
    easier to pass) would have decided within the seconds that there are.
    """
    was = _recomputed(result)
    if not result.same:
        reasons = tuple(Reason("does_not_replay", difference) for difference in result.differences)
        return _finding(result, DAMAGED, None, reasons)
    if result.decided is None:
        return _finding(result, SAME, was, (), was)
    try:
        again = decide_again(evidence, limit_set)
    except ReplayDamageError as error:
        return _finding(result, UNDECIDABLE, None, (Reason("limits_lack_the_set", str(error)),))
    if again is None:
        return _finding(result, UNDECIDABLE, None, (Reason("trace_too_short", limit_set),), was)
    if again.outcome == was:
        return _finding(result, SAME, was, (), was)
    return _finding(result, DIFFERENT, again.outcome, (Reason("changes", limit_set),), was)


def _recomputed(result: Replay) -> str | None:
    """Return the outcome that the evidence gives; a test that was stopped before a decision keeps its own."""
    if result.decided is not None:
        return result.decided.outcome
    return result.record.outcome.value if result.same else None


def _finding(
    result: Replay, state: str, recomputed: str | None, reasons: tuple[Reason, ...], compared_with: str | None = None
) -> Finding:
    record = result.record
    outcomes = (record.outcome.value, recomputed)
    told = (record.test_id, record.sequence, record.method, *outcomes)
    return Finding(state, *told, reasons, compared_with, knows_limits(record))
