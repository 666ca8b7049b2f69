"""Repair cases, worked out anew from the records each time they are asked for.

Pure: the order in which records arrived makes no difference, so neither do duplicates, delays or outages.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from simulators.bureau.checks import RecordFacts
from simulators.bureau.seals import Json

WITHOUT_RECORD = ("TRANSITION_DOCUMENTS", "PAPER_WITH_PERMIT")
"""Gate codes under which a retest may start although no repair record was used."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A record with the report number that the bureau gave it."""

    facts: RecordFacts
    report: str


def in_order(records: Iterable[Filed]) -> list[Filed]:
    """Return records as the tests happened."""
    return sorted(records, key=lambda filed: (filed.facts.ended, filed.facts.lane, filed.facts.sequence))


def failures(records: Iterable[Filed]) -> list[Json]:
    """Return every failure, each with the report that closed it: a pass at the station where it failed."""
    found: list[Json] = []
    for filed in in_order(records):
        facts = filed.facts
        if facts.outcome == "fail":
            found.append(_opened(filed))
        elif facts.outcome == "pass":
            for failure in found:
                at_home = failure["station"] == facts.station
                if at_home and failure["closed_by"] is None and _same_vehicle(failure, facts):
                    failure["closed_by"] = filed.report
    return found


def used_repairs(records: Iterable[Filed]) -> dict[str, str]:
    """Return each repair record with the report that used it; a test that reached no verdict uses nothing."""
    used: dict[str, str] = {}
    for filed in in_order(records):
        if filed.facts.repair is not None and filed.facts.outcome in ("pass", "fail"):
            used.setdefault(filed.facts.repair, filed.report)
    return used


def irregularities(records: Iterable[Filed], repairs: Mapping[str, Json]) -> list[tuple[str, str]]:
    """Return (report, code) of retests that the rules did not allow, whatever the lane's own gate said."""
    found: list[tuple[str, str]] = []
    used: dict[str, str] = {}
    past: list[Filed] = []
    for filed in in_order(records):
        if filed.facts.outcome in ("pass", "fail"):
            is_open = [failure for failure in failures(past) if failure["closed_by"] is None]
            ours = [failure for failure in is_open if _same_vehicle(failure, filed.facts)]
            found += [(filed.report, code) for code in _wrongs(filed, ours, repairs, used)]
            if filed.facts.repair is not None:
                used.setdefault(filed.facts.repair, filed.report)
        past.append(filed)
    return found


def _wrongs(filed: Filed, ours: list[Json], repairs: Mapping[str, Json], used: Mapping[str, str]) -> list[str]:
    facts = filed.facts
    codes = []
    if ours and all(failure["station"] != facts.station for failure in ours):
        codes.append("retest_elsewhere")
    if ours and facts.repair is None and facts.gate_code not in WITHOUT_RECORD:
        codes.append("retest_without_repair")
    if facts.repair is not None and facts.repair in used:
        codes.append("repair_used_twice")
    if facts.repair is not None and not repairs.get(facts.repair, {}).get("uploaded"):
        codes.append("repair_not_uploaded")
    return codes


def _opened(filed: Filed) -> Json:
    facts = filed.facts
    return {
        "report": filed.report,
        "station": facts.station,
        "failed_on": facts.ended_at,
        "cycle": facts.cycle,
        "plate": facts.plate,
        "vin": facts.vin,
        "closed_by": None,
        "unrepairable": False,
    }


def _same_vehicle(failure: Json, facts: RecordFacts) -> bool:
    if failure["vin"] and facts.vin:
        return failure["vin"] == facts.vin
    return failure["plate"] == facts.plate
