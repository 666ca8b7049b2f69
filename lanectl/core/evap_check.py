"""Evaporative check of petrol vehicles: does the tank hold its pressure, at the filler neck and at the cap.

Knows both parts, and that the cap may be judged by its loss of pressure or by its leak flow. Compares whole pascals and
whole tenths of mL/min. Knows no tester. Where the authority does not require the check all is recorded, nothing fails.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lanectl.core.figures import Rules
from lanectl.core.formulas import to_nearest
from lanectl.core.verdict import FAIL, INVALID, PASS, Judgement, Uncertain, Verdict

METHOD = "evap_check"
NECK_LOSS, CAP_LOSS, CAP_LEAK = "neck_loss_kpa", "cap_loss_kpa", "cap_leak_ml_per_min"
NECK = ("neck_start_kpa", "neck_hold_s", NECK_LOSS)
CAP_BY_LOSS = ("cap_start_kpa", "cap_hold_s", CAP_LOSS)
CAP_BY_LEAK = ("cap_leak_at_kpa", CAP_LEAK)
QUICK = "neck_quick_pass"
QUANTITIES = (*NECK, QUICK, *CAP_BY_LOSS, *CAP_BY_LEAK)
LIMITS = {NECK_LOSS: "neck_loss_at_most_kpa", CAP_LOSS: "cap_loss_at_most_kpa", CAP_LEAK: "cap_leak_at_most_ml_per_min"}
COUNTS = {NECK_LOSS: 1000.0, CAP_LOSS: 1000.0, CAP_LEAK: 10.0}
VOIDING = (
    "neck_missing",
    "neck_start_off",
    "neck_hold_short",
    "neck_loss_implausible",
    "cap_missing",
    "cap_incomplete",
    "cap_start_off",
    "cap_hold_short",
    "cap_loss_implausible",
)
NOTES = ("neck_over_limit", "cap_over_limit", "neck_quick_pass", "evap_not_required")
_Values = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class _Part:
    """What one measurement comes to: a comparison, or why there is none; and the figures that were consulted."""

    trouble: str | None = None
    judgement: Judgement | None = None
    consulted: tuple[str, ...] = ()
    decisive: str | None = None
    """The figure by which the measurement is void, or is not."""


def decide_evap(measured: Mapping[str, object], section: Mapping[str, object], required: bool = True) -> Verdict:
    """Decide one evaporative check.

    measured: ``neck_start_kpa``, ``neck_hold_s``, ``neck_loss_kpa`` (start less end) and ``neck_quick_pass`` (bool, the
    tester's own word); of the cap ``cap_start_kpa``, ``cap_hold_s``, ``cap_loss_kpa``, or else ``cap_leak_at_kpa`` and
    ``cap_leak_ml_per_min``; where both are given both must hold, and one that is given in part is trouble of its own:
    the other does not make up for it. What is absent or None was not measured. ``section``
    is evap_check of the limits data; ``required`` says whether the authority requires the check.
    """
    rules = Rules(METHOD, section)
    values = {name: _number(name, measured.get(name)) for name in QUANTITIES}
    parts = [_neck(values, rules), *_cap(values, rules)]
    judgements = [part.judgement for part in parts if part.judgement is not None]
    outcome = _outcome(parts) if required else PASS
    return Verdict(
        outcome,
        METHOD,
        "required" if required else "not_required",
        values,
        tuple(judgement if required else replace(judgement, ok=True) for judgement in judgements),
        _reasons(parts, values, required),
        _uncertain(parts, rules, required),
    )


def _neck(values: _Values, rules: Rules) -> _Part:
    start, hold, loss = (values[name] for name in NECK)
    if start is None or hold is None or loss is None:
        return _Part("neck_missing")
    found = _loss(start, loss, "neck", rules)
    quick = values[QUICK] == 1.0
    if found.judgement is None or not found.judgement.ok or hold >= rules.rule("neck_hold_s"):
        return found
    # The tester broke off before its time: whether its own word is enough is a switch of the data.
    consulted = (*found.consulted, "neck_hold_s", *((QUICK,) if quick else ()))
    if quick and rules.switch(QUICK, ("record", "accept")) == "accept":
        return replace(found, consulted=consulted, decisive=QUICK)
    return _Part("neck_hold_short", None, consulted, QUICK if quick else "neck_hold_s")


def _cap(values: _Values, rules: Rules) -> list[_Part]:
    """Judge the cap by whichever of the two ways was measured, or by both; one measured in part is no way."""
    ways = ((CAP_BY_LOSS, _cap_by_loss), (CAP_BY_LEAK, _cap_by_leak))
    given = [judged(values, rules) for names, judged in ways if any(values[name] is not None for name in names)]
    made = [part for part in given if part is not None]
    if not made:
        return [_Part("cap_missing")]
    return made if len(made) == len(given) else [*made, _Part("cap_incomplete")]


def _cap_by_loss(values: _Values, rules: Rules) -> _Part | None:
    """Judge the cap's loss; None where it was not measured whole. A loss over the limit needs no time to fail."""
    start, hold, loss = (values[name] for name in CAP_BY_LOSS)
    if start is None or loss is None:
        return None
    found = _loss(start, loss, "cap", rules)
    if found.judgement is not None and not found.judgement.ok:
        return found
    if hold is None:
        return None
    if found.judgement is not None and hold < rules.rule("cap_hold_s"):
        return _Part("cap_hold_short", None, (*found.consulted, "cap_hold_s"), "cap_hold_s")
    return found


def _cap_by_leak(values: _Values, rules: Rules) -> _Part | None:
    at, leak = (values[name] for name in CAP_BY_LEAK)
    return None if at is None or leak is None else _leak(at, leak, rules)


def _loss(start: float, loss: float, part: str, rules: Rules) -> _Part:
    """Compare a loss of pressure; it takes a start where the standard has it, and a loss that physics allows."""
    consulted = (f"{part}_start_kpa", "start_tolerance_kpa")
    if not _near(start, rules.rule(consulted[0]), rules):
        return _Part(f"{part}_start_off", None, consulted, "start_tolerance_kpa")
    rise = rules.rule("rise_tolerance_kpa")
    if loss < -rise or loss > start + rise:
        return _Part(f"{part}_loss_implausible", None, (*consulted, "rise_tolerance_kpa"), "rise_tolerance_kpa")
    return _compared(f"{part}_loss_kpa", loss, rules, consulted)


def _leak(at_kpa: float, leak: float, rules: Rules) -> _Part:
    consulted = ("cap_leak_at_kpa", "start_tolerance_kpa")
    if not _near(at_kpa, rules.rule("cap_leak_at_kpa"), rules):
        return _Part("cap_start_off", None, consulted, "start_tolerance_kpa")
    if leak < 0:
        return _Part("cap_loss_implausible", None, consulted)
    return _compared(CAP_LEAK, leak, rules, consulted)


def _compared(quantity: str, value: float, rules: Rules, consulted: tuple[str, ...]) -> _Part:
    limit, counts = rules.rule(LIMITS[quantity]), COUNTS[quantity]
    count = to_nearest(value * counts)
    ok = count <= to_nearest(limit * counts)
    return _Part(None, Judgement(quantity, count / counts, value, limit, ok), (*consulted, LIMITS[quantity]))


def _near(start: float, nominal: float, rules: Rules) -> bool:
    pa = COUNTS[NECK_LOSS]
    return abs(to_nearest((start - nominal) * pa)) <= to_nearest(rules.rule("start_tolerance_kpa") * pa)


def _outcome(parts: list[_Part]) -> str:
    if any(part.judgement is not None and not part.judgement.ok for part in parts):
        return FAIL
    return INVALID if any(part.trouble for part in parts) else PASS


def _reasons(parts: list[_Part], values: _Values, required: bool) -> tuple[str, ...]:
    over = [part.judgement.quantity for part in parts if part.judgement is not None and not part.judgement.ok]
    found = (
        (NECK_LOSS in over, "neck_over_limit"),
        (CAP_LOSS in over or CAP_LEAK in over, "cap_over_limit"),
        *((True, part.trouble) for part in parts if part.trouble is not None),
        (values[QUICK] == 1.0, "neck_quick_pass"),
        (not required, "evap_not_required"),
    )
    return tuple(dict.fromkeys(code for holds, code in found if holds))


def _uncertain(parts: list[_Part], rules: Rules, required: bool) -> tuple[Uncertain, ...]:
    """Name the [C] figures that were consulted; decisive where the outcome hangs on that one alone."""
    over = [part.judgement.quantity for part in parts if part.judgement is not None and not part.judgement.ok]
    troubled = [part for part in parts if part.trouble is not None]
    if over:
        alone = [LIMITS[over[0]]] if len(over) == 1 else []
    else:
        alone = [part.decisive for part in troubled or parts if part.decisive] if len(troubled) <= 1 else []
    consulted = dict.fromkeys(name for part in parts for name in part.consulted)
    return tuple(
        Uncertain(f"{METHOD}.rules.{name}", required and name in alone)
        for name in consulted
        if rules.is_uncertain(name)
    )


def _number(name: str, value: object) -> float | None:
    """Return a measured value; a NaN, an infinity or anything that is no number was not measured."""
    if isinstance(value, bool):
        return float(value) if name == QUICK else None
    return float(value) if isinstance(value, int | float) and value - value == 0 else None
