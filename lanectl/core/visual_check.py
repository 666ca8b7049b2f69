"""Visual inspection: seventeen marks that an inspector answers, and the smoke that the eye sees.

Knows the marks, the fuels that each belongs to, and how answers become a decision; what a mark that is not in order
does stands in the limits data. Knows no screen and no picture. A question that was not asked, or not answered, is
missing: then there may be a fail, but never a pass.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lanectl.core.figures import Figures, Rules
from lanectl.core.trial import fuel_of
from lanectl.core.verdict import FAIL, INVALID, PASS, Judgement, Uncertain, Verdict

METHOD = "visual_check"
SMOKE = "visible_smoke"
YES, NO, NOT_APPLICABLE = "yes", "no", "not_applicable"
EFFECTS = ("fail", "stop", "note")
"""A mark that is not in order fails the vehicle, or must be put right before any test, or is only recorded."""
SPARK = ("petrol", "hybrid", "cng", "lpg")
DIESEL = ("diesel",)
ALL = (*SPARK, *DIESEL)
FIT_FOR_LOADED_TEST = "fit_for_loaded_test"
MISSING = "visual_mark_missing"
UNFIT = "not_fit_for_loaded_test"
SMOKE_CODES = ("ringelmann_missing", "ringelmann_implausible")


@dataclass(frozen=True, slots=True)
class Mark:
    """One question; "yes" always means: in order. ``finding`` is the reason code of a "no"."""

    name: str
    finding: str
    fuels: tuple[str, ...] = ALL
    may_not_apply: tuple[str, ...] = ()
    """Fuels of vehicles that need not have the thing at all."""
    on_rollers: bool = False
    """Whether it matters only where the vehicle is tested on the rollers; elsewhere it need not apply."""
    is_fact: bool = False
    """Whether "no" is merely how the vehicle is."""


MARKS = (
    Mark("mechanical_state_good", "mechanical_state_bad"),
    Mark("emission_controls_complete", "emission_controls_tampered"),
    Mark("no_oil_burning_or_black_smoke", "oil_burning_or_black_smoke"),
    Mark("crankcase_ventilation_normal", "crankcase_ventilation_bad", fuels=SPARK),
    Mark("evaporative_system_normal", "evaporative_system_bad", fuels=SPARK, may_not_apply=("cng", "lpg")),
    Mark("gauges_working", "gauges_not_working"),
    Mark("no_unsafe_or_biasing_fault", "unsafe_or_biasing_fault"),
    Mark("no_intake_or_exhaust_leak", "intake_or_exhaust_leak"),
    Mark("no_fluid_leak", "fluid_leak"),
    Mark("obd_fitted", "obd_not_fitted", is_fact=True),
    Mark("tyre_pressure_normal", "tyre_pressure_off", on_rollers=True),
    Mark("tyres_dry_and_clean", "tyres_wet_or_dirty", on_rollers=True),
    Mark("accessories_off", "accessories_on", may_not_apply=ALL),
    Mark("traction_functions_off", "traction_functions_on", may_not_apply=ALL, on_rollers=True),
    Mark("tank_and_fuel_normal", "tank_or_fuel_not_normal"),
    Mark(FIT_FOR_LOADED_TEST, UNFIT, is_fact=True),
    Mark("electronic_fuel_pump", "mechanical_fuel_pump", fuels=DIESEL, is_fact=True),
)


def marks_for(fuel: str) -> tuple[Mark, ...]:
    """Return the marks that are asked of a vehicle of this fuel, in the order of the inspection."""
    return tuple(mark for mark in MARKS if fuel in mark.fuels)


def decide_visual(fuel: str, answers: Mapping[str, object], section: Mapping[str, object]) -> Verdict:
    """Decide one visual inspection.

    answers: mark name -> yes | no | not_applicable; "yes" is in order. ``section`` is visual_check of the limits data
    of this fuel. A vehicle that is not fit for the loaded test changes its method (``unloaded_method``), not the
    outcome. Raises VehicleFactMissing for a fuel that has no marks, LimitsMissing where the data lacks an effect.
    """
    rules = Rules(METHOD, section)
    marks = marks_for(fuel_of({"fuel": fuel}, ALL))
    loaded = answers.get(FIT_FOR_LOADED_TEST) != NO
    ruled = [mark for mark in marks if not mark.is_fact and (loaded or not mark.on_rollers)]
    effects = {mark.name: rules.switch(mark.name, EFFECTS) if mark in ruled else "note" for mark in marks}
    missing = [mark for mark in marks if not _answered(mark, answers, fuel, loaded)]
    found = [mark for mark in marks if answers.get(mark.name) == NO]
    values = {mark.name: _value(answers.get(mark.name)) for mark in marks}
    values |= {"marks_asked": float(len(marks)), "marks_missing": float(len(missing))}
    reasons = [mark.finding for mark in found] + ([MISSING] if missing else [])
    return Verdict(
        _outcome(found, missing, effects),
        METHOD,
        "diesel" if fuel in DIESEL else "petrol",
        values,
        tuple(_judgement(mark, values, mark in missing) for mark in marks if _judged(mark, values, missing, effects)),
        tuple(reasons),
        _uncertain([mark for mark in found if mark in ruled], found, missing, effects, rules),
    )


def unloaded_method(fuel: str) -> str:
    """Return the exhaust method of a vehicle that is not fit for the rollers."""
    return "free_acceleration" if fuel in DIESEL else "two_speed_idle"


def decide_visible_smoke(observed: Mapping[str, object], section: Mapping[str, object], limit_set: str) -> Verdict:
    """Decide what the eye sees of a diesel's exhaust.

    observed: ``smoke_seen`` yes | no, ``ringelmann_grade`` 0 .. 5. No smoke seen and no grade is grade 0; smoke without
    a grade is no observation. ``section`` is visible_smoke of the diesel limits data.
    """
    figures = Figures(SMOKE, section, limit_set)
    limit = figures.limit("ringelmann_grade")
    grade, trouble = _grade(observed, figures.rule("highest_grade"))
    values = {"ringelmann_grade": grade}
    if grade is None:
        return Verdict(INVALID, SMOKE, limit_set, values, reasons=(trouble,))
    ok = grade <= limit
    judged = (Judgement("ringelmann_grade", grade, grade, limit, ok),)
    uncertain = (Uncertain(f"{SMOKE}.sets.{limit_set}", not ok),) if figures.limits_are_uncertain() else ()
    return Verdict(PASS if ok else FAIL, SMOKE, limit_set, values, judged, () if ok else ("over_limit",), uncertain)


def _grade(observed: Mapping[str, object], highest: float) -> tuple[float | None, str]:
    grade, seen = observed.get("ringelmann_grade"), observed.get("smoke_seen")
    if grade is None:
        return (0.0, "") if seen == NO else (None, "ringelmann_missing")
    if isinstance(grade, bool) or not isinstance(grade, int | float) or not 0 <= grade <= highest:
        return None, "ringelmann_implausible"
    if seen == NO and grade > 0:
        return None, "ringelmann_implausible"
    return float(grade), ""


def _answered(mark: Mark, answers: Mapping[str, object], fuel: str, loaded: bool) -> bool:
    answer = answers.get(mark.name)
    if answer == NOT_APPLICABLE:
        return fuel in mark.may_not_apply or (mark.on_rollers and not loaded)
    return answer in (YES, NO)


def _value(answer: object) -> float | None:
    return {YES: 1.0, NO: 0.0}.get(answer) if isinstance(answer, str) else None


def _outcome(found: list[Mark], missing: list[Mark], effects: Mapping[str, str]) -> str:
    told = {effects[mark.name] for mark in found}
    if "fail" in told:
        return FAIL
    return INVALID if missing or "stop" in told else PASS


def _judged(mark: Mark, values: Mapping[str, float | None], missing: list[Mark], effects: Mapping[str, str]) -> bool:
    return mark in missing or (effects[mark.name] != "note" and values[mark.name] is not None)


def _judgement(mark: Mark, values: Mapping[str, float | None], is_missing: bool) -> Judgement:
    """Compare an answer with 1, in order; that is a minimum. A missing one has no value and does not hold."""
    value = None if is_missing else values[mark.name]
    return Judgement(mark.name, value, value, 1.0, ok=value == 1.0, limit_min=1.0)


def _uncertain(
    consulted: list[Mark], found: list[Mark], missing: list[Mark], effects: Mapping[str, str], rules: Rules
) -> tuple[Uncertain, ...]:
    """Name the [C] effects that were consulted; decisive where another effect of that one mark ends otherwise."""
    decided = _outcome(found, missing, effects)
    return tuple(
        Uncertain(
            f"{METHOD}.rules.{mark.name}",
            any(_outcome(found, missing, {**effects, mark.name: other}) != decided for other in EFFECTS),
        )
        for mark in consulted
        if rules.is_uncertain(mark.name)
    )
