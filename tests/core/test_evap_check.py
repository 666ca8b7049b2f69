"""The evaporative check: filler neck and cap."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanectl.core.evap_check import VOIDING, decide_evap
from lanectl.core.figures import LimitsMissing

TIGHT: dict[str, object] = {
    "neck_start_kpa": 3.5,
    "neck_hold_s": 120,
    "neck_loss_kpa": 0.4,
    "neck_quick_pass": False,
    "cap_leak_at_kpa": 7.5,
    "cap_leak_ml_per_min": 20,
}
CAP_BY_LOSS = {"cap_start_kpa": 7.5, "cap_hold_s": 10, "cap_loss_kpa": 0.3}
NO_LEAK = {"cap_leak_at_kpa": None, "cap_leak_ml_per_min": None}


@pytest.fixture(scope="module")
def section(papers: Any) -> Any:
    return papers["gb18285-2018"]["evap_check"]


def decide(section: Any, *, required: Any = True, **changes: Any) -> Any:
    return decide_evap({**TIGHT, **changes}, section, required)


def named(verdict: Any) -> dict[str, bool]:
    return {figure.figure.split(".")[-1]: figure.decisive for figure in verdict.uncertain}


def test_a_tight_tank_passes_and_says_which_figures_wait_for_the_print(section: Any) -> None:
    verdict = decide(section)
    assert (verdict.outcome, verdict.reasons, verdict.limits) == ("pass", (), "required")
    assert [(j.quantity, j.value, j.limit, j.ok) for j in verdict.judgements] == [
        ("neck_loss_kpa", 0.4, 1.5, True),
        ("cap_leak_ml_per_min", 20.0, 60.0, True),
    ]
    assert verdict.values["neck_hold_s"] == 120.0
    assert verdict.values["cap_loss_kpa"] is None
    assert named(verdict) == dict.fromkeys(
        ("neck_start_kpa", "start_tolerance_kpa", "neck_loss_at_most_kpa", "cap_leak_at_most_ml_per_min"), False
    )


@pytest.mark.parametrize(("loss", "outcome"), [(1.5, "pass"), (1.5004, "pass"), (1.501, "fail"), (3.5, "fail")])
def test_the_neck_may_lose_as_much_as_the_limit_in_whole_pascals(section: Any, loss: float, outcome: str) -> None:
    verdict = decide(section, neck_loss_kpa=loss)
    assert verdict.outcome == outcome
    assert verdict.reasons == (() if outcome == "pass" else ("neck_over_limit",))
    assert named(verdict)["neck_loss_at_most_kpa"] is (outcome == "fail")
    assert verdict.judgements[0].value_raw == loss


@pytest.mark.parametrize(
    ("cap", "outcome"),
    [
        ({**NO_LEAK, **CAP_BY_LOSS}, "pass"),
        ({**NO_LEAK, **CAP_BY_LOSS, "cap_loss_kpa": 1.5}, "pass"),
        ({**NO_LEAK, **CAP_BY_LOSS, "cap_loss_kpa": 1.6}, "fail"),
        ({"cap_leak_ml_per_min": 60}, "pass"),
        ({"cap_leak_ml_per_min": 60.1}, "fail"),
        ({**CAP_BY_LOSS}, "pass"),
        ({**CAP_BY_LOSS, "cap_loss_kpa": 1.6}, "fail"),
        ({**CAP_BY_LOSS, "cap_leak_ml_per_min": 61}, "fail"),
    ],
)
def test_the_cap_is_judged_by_loss_or_by_leak_flow_and_by_both_where_both_are_there(
    section: Any, cap: dict[str, object], outcome: str
) -> None:
    verdict = decide(section, **cap)
    assert (verdict.outcome, verdict.reasons) == (outcome, () if outcome == "pass" else ("cap_over_limit",))


def test_a_cap_that_fails_both_ways_is_said_once_and_hangs_on_no_single_figure(section: Any) -> None:
    verdict = decide(section, **{**CAP_BY_LOSS, "cap_loss_kpa": 2.0, "cap_leak_ml_per_min": 90})
    assert verdict.reasons == ("cap_over_limit",)
    assert not any(named(verdict).values())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"neck_start_kpa": None}, "neck_missing"),
        ({"neck_hold_s": None}, "neck_missing"),
        ({"neck_loss_kpa": None}, "neck_missing"),
        ({"neck_loss_kpa": float("nan")}, "neck_missing"),
        ({"neck_loss_kpa": "0.4"}, "neck_missing"),
        ({"neck_loss_kpa": True}, "neck_missing"),
        ({"neck_start_kpa": 3.29}, "neck_start_off"),
        ({"neck_start_kpa": 3.71}, "neck_start_off"),
        ({"neck_hold_s": 119}, "neck_hold_short"),
        ({"neck_loss_kpa": -0.11}, "neck_loss_implausible"),
        ({"neck_loss_kpa": 3.7}, "neck_loss_implausible"),
        (NO_LEAK, "cap_missing"),
        ({"cap_leak_at_kpa": None}, "cap_missing"),
        ({"cap_leak_at_kpa": 5.0}, "cap_start_off"),
        ({"cap_leak_ml_per_min": -1}, "cap_loss_implausible"),
        ({**NO_LEAK, **CAP_BY_LOSS, "cap_start_kpa": 7.0}, "cap_start_off"),
        ({**NO_LEAK, **CAP_BY_LOSS, "cap_hold_s": 9}, "cap_hold_short"),
        ({**NO_LEAK, **CAP_BY_LOSS, "cap_loss_kpa": 8.0}, "cap_loss_implausible"),
    ],
)
def test_what_was_not_measured_properly_is_invalid_and_never_a_pass(
    section: Any, changes: dict[str, object], reason: str
) -> None:
    verdict = decide(section, **changes)
    assert (verdict.outcome, verdict.reasons) == ("invalid", (reason,))
    assert reason in VOIDING


@pytest.mark.parametrize(
    "half",
    [
        {**CAP_BY_LOSS, "cap_loss_kpa": None},
        {**CAP_BY_LOSS, "cap_hold_s": None},
        {**CAP_BY_LOSS, "cap_start_kpa": None, "cap_loss_kpa": 6.0},
        {"cap_loss_kpa": 6.0},
        {**CAP_BY_LOSS, "cap_leak_at_kpa": None, "cap_leak_ml_per_min": 90},
        {**CAP_BY_LOSS, "cap_leak_ml_per_min": None},
    ],
)
def test_a_way_of_the_cap_that_was_measured_in_part_is_not_made_up_for_by_the_other(
    section: Any, half: dict[str, object]
) -> None:
    verdict = decide(section, **half)
    assert (verdict.outcome, verdict.reasons) == ("invalid", ("cap_incomplete",))
    assert "cap_incomplete" in VOIDING
    assert decide(section, required=False, **half).outcome == "pass"


def test_a_loss_over_the_limit_fails_without_its_time_and_beside_a_tight_leak_test(section: Any) -> None:
    lost = {**CAP_BY_LOSS, "cap_hold_s": None, "cap_loss_kpa": 6.0}
    for leak in ({"cap_leak_ml_per_min": 5}, NO_LEAK):
        verdict = decide(section, **{**lost, **leak})
        assert (verdict.outcome, verdict.reasons) == ("fail", ("cap_over_limit",))


@pytest.mark.parametrize("start", [3.3, 3.7])
def test_a_start_at_the_edge_of_its_tolerance_counts(section: Any, start: float) -> None:
    assert decide(section, neck_start_kpa=start).outcome == "pass"


def test_the_figure_that_voids_alone_is_decisive(section: Any) -> None:
    assert named(decide(section, neck_start_kpa=3.0))["start_tolerance_kpa"] is True
    assert named(decide(section, neck_loss_kpa=-0.2))["rise_tolerance_kpa"] is True
    # Two troubles: neither alone decides.
    both = decide(section, neck_start_kpa=3.0, cap_leak_at_kpa=5.0)
    assert not any(named(both).values())


def test_more_time_would_only_lose_more_so_a_short_hold_can_fail(section: Any) -> None:
    assert decide(section, neck_hold_s=60, neck_loss_kpa=1.8).outcome == "fail"
    assert decide(section, **{**NO_LEAK, **CAP_BY_LOSS, "cap_hold_s": 4, "cap_loss_kpa": 2.0}).outcome == "fail"


def test_a_fail_stands_beside_what_is_missing(section: Any) -> None:
    verdict = decide(section, neck_loss_kpa=2.0, **NO_LEAK)
    assert (verdict.outcome, verdict.reasons) == ("fail", ("neck_over_limit", "cap_missing"))


def test_the_testers_own_word_is_recorded_and_counts_only_by_a_switch(section: Any) -> None:
    whole = decide(section, neck_quick_pass=True)
    assert (whole.outcome, whole.reasons, whole.values["neck_quick_pass"]) == ("pass", ("neck_quick_pass",), 1.0)
    broken_off = decide(section, neck_quick_pass=True, neck_hold_s=30)
    assert (broken_off.outcome, broken_off.reasons) == ("invalid", ("neck_hold_short", "neck_quick_pass"))
    assert named(broken_off)["neck_quick_pass"] is True
    trusting = copy.deepcopy(section)
    trusting["rules"]["neck_quick_pass"]["value"] = "accept"
    believed = decide(trusting, neck_quick_pass=True, neck_hold_s=30)
    assert (believed.outcome, believed.reasons) == ("pass", ("neck_quick_pass",))
    assert named(believed)["neck_quick_pass"] is True
    assert decide(trusting, neck_hold_s=30).outcome == "invalid"
    assert decide(trusting, neck_quick_pass=True, neck_hold_s=30, neck_loss_kpa=1.6).outcome == "fail"


@pytest.mark.parametrize("changes", [{}, {"neck_loss_kpa": 3.0}, {"neck_loss_kpa": None, **NO_LEAK}])
def test_where_it_is_not_required_all_is_recorded_and_nothing_fails(section: Any, changes: dict[str, object]) -> None:
    free = decide(section, required=False, **changes)
    assert (free.outcome, free.limits, free.reasons[-1]) == ("pass", "not_required", "evap_not_required")
    assert free.values == decide(section, **changes).values
    assert all(judgement.ok for judgement in free.judgements)
    assert not any(named(free).values())


def test_missing_figures_are_named(section: Any) -> None:
    poor = copy.deepcopy(section)
    del poor["rules"]["neck_loss_at_most_kpa"]
    with pytest.raises(LimitsMissing, match=r"evap_check\.rules\.neck_loss_at_most_kpa"):
        decide(poor)
    poor["rules"]["neck_loss_at_most_kpa"] = {"value": "much", "conf": "C"}
    with pytest.raises(LimitsMissing, match="no number"):
        decide(poor)


@given(st.floats(-1, 8), st.floats(0, 2), st.floats(0, 100), st.floats(0, 50))
def test_losing_more_never_turns_a_fail_into_a_pass(
    section: Any, loss: float, more: float, leak: float, more_leak: float
) -> None:
    tight = decide(section, neck_loss_kpa=loss, cap_leak_ml_per_min=leak)
    leaky = decide(section, neck_loss_kpa=loss + more, cap_leak_ml_per_min=leak + more_leak)
    if tight.outcome == "fail":
        assert leaky.outcome != "pass"


@pytest.mark.parametrize(
    ("leak", "told", "outcome"), [(0.0, 0.0, "pass"), (60.04, 60.0, "pass"), (60.06, 60.1, "fail")]
)
def test_a_leak_is_compared_in_whole_tenths_and_none_at_all_is_a_leak_of_nothing(
    section: Any, leak: float, told: float, outcome: str
) -> None:
    verdict = decide(section, cap_leak_ml_per_min=leak)
    assert (verdict.outcome, verdict.judgements[1].value) == (outcome, told)
    assert decide(section, cap_leak_ml_per_min=-0.1).reasons == ("cap_loss_implausible",)


def test_the_check_is_required_unless_it_is_said_not_to_be(section: Any) -> None:
    verdict = decide_evap({**TIGHT, "neck_loss_kpa": 3.0}, section)
    assert (verdict.outcome, verdict.limits) == ("fail", "required")
