"""A decision in sentences: why, with which facts, and what to do next.

Knows the words of each code and which facts of the case belong to it.
"""

from collections.abc import Iterator

from lanectl.gate.check import open_failures, original_station
from lanectl.gate.moments import day_of
from lanectl.model.case import GateCase, GateDecision, Moment
from lanectl.model.rules import GateRules
from lanectl.model.words.gate import CODES, DOCUMENTS, FACTS, FLAGS
from lanectl.model.words.text import Text


def headline(decision: GateDecision) -> Text:
    """Return the sentence of the decision's code."""
    return CODES[decision.code]


def explain(decision: GateDecision, case: GateCase, rules: GateRules, at: Moment) -> tuple[Text, ...]:
    """Return what else there is to say: the other reasons, the facts, the papers, the term, the flags."""
    return tuple(_details(decision, case, rules, at))


def _details(decision: GateDecision, case: GateCase, rules: GateRules, at: Moment) -> Iterator[Text]:
    yield from (CODES[code] for code in decision.missing if code != decision.code)
    failures = open_failures(case, rules, at)
    if "GO_BACK_TO_ORIGINAL" in decision.missing:
        station = original_station(failures)
        first = next(failure for failure in failures if failure.station == station)
        yield FACTS["original"].fill(station=station, failed_on=day_of(first.failed_on))
    if failures:
        last = failures[-1]
        yield FACTS["last_failure"].fill(failed_on=day_of(last.failed_on), report=last.report)
    if decision.missing_documents:
        yield _papers(decision, case, rules)
    if decision.due:
        yield FACTS["due"].fill(due=decision.due)
    yield from (FLAGS[flag] for flag in decision.flags)


def _papers(decision: GateDecision, case: GateCase, rules: GateRules) -> Text:
    """Name the papers; under a permit one of them is enough."""
    names = [DOCUMENTS[name] for name in decision.missing_documents]
    by_permit = case.permit is not None and case.bureau != "reachable" and "PERMIT_INVALID" not in decision.missing
    template = FACTS["any_document"] if by_permit and rules.permit.accepted else FACTS["documents"]
    zh, en = "、".join(name.zh for name in names), ", ".join(name.en for name in names)
    return Text(template.zh.format(names=zh), template.en.format(names=en))
