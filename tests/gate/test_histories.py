"""Random histories against a second, independent reading of the rules: no start without right, none with it refused.

The oracle below is written on plain tuples and minutes and shares no line with the gate.
"""

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from lanectl.gate.check import check
from lanectl.model.case import GateCase, GateDecision
from lanectl.settings.profile import load_profile

EXAMPLES = 10_000 if os.environ.get("FULL") == "1" else 2_000
RULES = load_profile("default").gate
PLATE, VIN, HERE, THERE = "粤A12345", "LSVAA4182E2184847", "44010625", "44010699"
DAY, ZERO = 1440, date(2026, 3, 2)
NOON = 10 * DAY + 720
PERMITS = (
    "none",
    "good",
    "expired",
    "early",
    "reused",
    "forged",
    "other_vin",
    "other_plate",
    "other_station",
    "other_lane",
)


@dataclass(frozen=True)
class When:
    """Minutes since the start of the local day ZERO; ``exact`` says whether the clock time is known."""

    minute: int
    exact: bool

    @property
    def day(self) -> int:
        return self.minute // DAY

    def instant(self) -> datetime:
        return datetime(2026, 3, 1, 16, 0, tzinfo=UTC) + timedelta(minutes=self.minute)

    def text(self, as_utc: bool) -> str:
        if not self.exact:
            return (ZERO + timedelta(days=self.day)).isoformat()
        if as_utc:
            return self.instant().isoformat()
        return (self.instant() + timedelta(hours=8)).replace(tzinfo=None).isoformat()

    def earlier_than(self, other: "When") -> bool:
        return self.minute < other.minute if self.exact and other.exact else self.day < other.day

    def rank(self) -> tuple[int, int]:
        return self.day, self.minute if self.exact else self.day * DAY


@dataclass(frozen=True)
class Fail:
    number: int
    when: When
    plate: str
    vin: str
    station: str
    cycle: str
    closed: bool
    unrepairable: bool


@dataclass(frozen=True)
class Fix:
    record: str
    when: When
    plate: str
    vin: str
    m_station: str
    uploaded: bool
    used: bool
    papers: frozenset[str]


@dataclass(frozen=True)
class World:
    fails: tuple[Fail, ...]
    fixes: tuple[Fix, ...]
    listed: tuple[tuple[str, int, int], ...]
    reachable: bool
    permit: str
    at: When


def mostly(value: Any, *others: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from((value,) * 4 + others)


moments = st.builds(
    When,
    st.sampled_from([1 * DAY + 600, 2 * DAY, 4 * DAY + 60, 4 * DAY + 700, 4 * DAY + 1439, 8 * DAY, NOON - 1]),
    st.booleans(),
)
late = st.builds(When, st.sampled_from([4 * DAY + 700, 7 * DAY, 8 * DAY, NOON - 1, NOON + 1, 12 * DAY]), st.booleans())
plates, vins = mostly(PLATE, "粤A12346"), mostly(VIN, "LSVAA4182E2184848")
fails = st.builds(
    Fail,
    st.integers(1, 9),
    moments,
    plates,
    vins,
    mostly(HERE, HERE, HERE, THERE),
    st.sampled_from(("2025", "2026")),
    mostly(False, True),
    mostly(False, False, True),
)
fixes = st.builds(
    Fix,
    st.sampled_from(("W1", "W2", "W3")),
    late,
    plates,
    vins,
    mostly("M1", "M2"),
    mostly(True, False),
    mostly(False, True),
    st.sampled_from(
        [frozenset({"certificate", "settlement_list", "invoice"})] * 4
        + [frozenset({"certificate"}), frozenset({"invoice"}), frozenset()]
    ),
)
worlds = st.builds(
    World,
    st.lists(fails, max_size=2, unique_by=lambda fail: fail.number).map(tuple),
    st.lists(fixes, min_size=1, max_size=3).map(tuple),
    mostly((("M1", 0, 20),), (), (("M1", 0, 5), ("M2", 6, 20))),
    st.booleans(),
    st.sampled_from(("none", "good") * 5 + PERMITS),
    st.builds(When, st.just(NOON), st.booleans()),
)


def may_use(world: World, fix: Fix, still_open: list[Fail], by_paper: bool) -> bool:
    if (fix.plate, fix.vin) != (PLATE, VIN) or world.at.earlier_than(fix.when):
        return False
    if any(fix.when.earlier_than(fail.when) for fail in still_open):
        return False
    if any(other.used for other in world.fixes if other.record == fix.record):
        return False
    listed = any(code == fix.m_station and first <= fix.when.day <= last for code, first, last in world.listed)
    if by_paper:
        return (listed or not world.listed) and bool(fix.papers & {"certificate", "settlement_list"})
    return listed and fix.uploaded and len(fix.papers) == 3


def allowed(world: World) -> bool:
    still_open = [fail for fail in world.fails if not fail.closed and (fail.plate == PLATE or fail.vin == VIN)]
    if not still_open:
        return world.reachable or world.permit == "good"
    if any(fail.unrepairable or (fail.plate, fail.vin) != (PLATE, VIN) for fail in still_open):
        return False
    in_order = sorted(still_open, key=lambda fail: (*fail.when.rank(), fail.number))
    if next(fail.station for fail in in_order if fail.cycle == in_order[-1].cycle) != HERE:
        return False
    if world.reachable:
        return any(may_use(world, fix, still_open, by_paper=False) for fix in world.fixes)
    return world.permit == "good" and any(may_use(world, fix, still_open, by_paper=True) for fix in world.fixes)


def as_case(world: World, token: str | None, as_utc: bool) -> GateCase:
    return GateCase.model_validate(
        {
            "vehicle": {"plate": PLATE, "vin": VIN},
            "station": HERE,
            "failures": [
                {
                    "report": f"R{fail.number}",
                    "station": fail.station,
                    "failed_on": fail.when.text(as_utc),
                    "cycle": fail.cycle,
                    "plate": fail.plate,
                    "vin": fail.vin,
                    "closed_by": "R99" if fail.closed else None,
                    "unrepairable": fail.unrepairable,
                }
                for fail in world.fails
            ],
            "repairs": [
                {
                    "record": fix.record,
                    "m_station": fix.m_station,
                    "settled_on": fix.when.text(as_utc),
                    "uploaded": fix.uploaded,
                    "plate": fix.plate,
                    "vin": fix.vin,
                    "documents": dict.fromkeys(fix.papers, "N-1"),
                    "used_by": "R50" if fix.used else None,
                }
                for fix in world.fixes
            ],
            "m_stations": [
                {"code": code, "valid_from": ZERO + timedelta(days=first), "valid_to": ZERO + timedelta(days=last)}
                for code, first, last in world.listed
            ],
            "bureau": "reachable" if world.reachable else "unreachable",
            "permit": token,
        }
    )


def token_of(world: World, bureau: Any) -> str | None:
    noon = When(NOON, True).instant()
    hours = {"expired": (-72, -48), "early": (48, 72)}.get(world.permit, (-1, 1))
    changes: dict[str, Any] = {
        "issued_at": noon + timedelta(hours=hours[0]),
        "expires_at": noon + timedelta(hours=hours[1]),
        **{
            "reused": {"id": "PERMIT-USED"},
            "other_vin": {"vin": "LSVAA4182E2184848"},
            "other_plate": {"plate": "粤A12346"},
            "other_station": {"station": THERE},
            "other_lane": {"lane": "02"},
        }.get(world.permit, {}),
    }
    if world.permit == "none":
        return None
    token: str = bureau.token(**changes)
    return token[:-9] + token[-9:][::-1] if world.permit == "forged" else token


def decide(world: World, bureau: Any, as_utc: bool) -> GateDecision:
    at = world.at.instant() if world.at.exact else ZERO + timedelta(days=world.at.day)
    case = as_case(world, token_of(world, bureau), as_utc)
    return check(case, RULES, at, bureau.desk("PERMIT-USED", lane="01"))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(worlds, st.booleans())
def test_no_history_starts_without_right_and_none_with_right_is_refused(
    bureau: Any, world: World, as_utc: bool
) -> None:
    decision = decide(world, bureau, as_utc)
    event(decision.code)
    assert (decision.decision == "allow") == allowed(world), (decision, world)
    if decision.decision == "refuse":
        assert decision.code == decision.missing[0]
        assert bool(decision.missing_documents) == ("DOCUMENTS_MISSING" in decision.missing)
    elif decision.repair:
        used = [fix for fix in world.fixes if fix.record == decision.repair]
        assert not any(fix.used for fix in used)
    assert decision.permit in (None, "PERMIT-0001")
