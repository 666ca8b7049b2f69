"""OBD check of petrol vehicles: from what the control unit and the operator say to a decision.

Knows findings, and from which date on they bind. Knows no bus, no tool, and no way of asking.
Not binding means: everything is recorded, nothing fails.
"""

from collections.abc import Mapping, Sequence

from lanectl.core.figures import LimitsMissing
from lanectl.core.verdict import FAIL, PASS, Judgement, Uncertain, Verdict

METHOD = "obd_check"
FAILING = (
    "connector_missing",
    "connector_damaged",
    "no_communication",
    "mil_on",
    "stored_codes",
    "lamp_does_not_light",
    "lamp_differs",
)
KEEPING = ("readiness_incomplete", "drive_and_come_back", "pending_codes")


def decide_obd(
    facts: Mapping[str, object], answers: Mapping[str, object], binding: bool, rules: Mapping[str, object]
) -> Verdict:
    """Decide one OBD check.

    facts (from the control unit): ``communication`` bool, ``mil_on`` bool or None, ``stored_codes`` and
    ``pending_codes`` lists, ``readiness`` {monitor: True complete, False open, None not fitted}.
    answers (from the operator): ``connector`` ok|missing|damaged, ``lamp_key_on`` and ``lamp_running`` lit|dark.
    What was not asked may be absent. ``rules`` is the obd_check section of the limits data.
    """
    open_monitors = [name for name, complete in _readiness(facts).items() if complete is False]
    found = _found(facts, answers, open_monitors, rules)
    failing = [code for code in found if code in FAILING]
    readiness_fails = _word(rules, "readiness_incomplete_fails") == "yes" and bool(open_monitors)
    outcome = FAIL if binding and (failing or readiness_fails) else PASS
    judgements = tuple(Judgement(code, 1.0, 1.0, 0.0, ok=not binding) for code in failing)
    values = {
        "communication": _flag(facts.get("communication")),
        "mil_on": _flag(facts.get("mil_on")),
        "stored_codes": float(len(_codes(facts, "stored_codes"))),
        "pending_codes": float(len(_codes(facts, "pending_codes"))),
        "open_monitors": float(len(open_monitors)),
    }
    reasons = (*found, *(() if binding else ("not_binding",)))
    uncertain = _uncertain(open_monitors, outcome, binding, rules)
    return Verdict(outcome, METHOD, "binding" if binding else "not_binding", values, judgements, reasons, uncertain)


def is_binding(vehicle: Mapping[str, object], rules: Mapping[str, object]) -> bool:
    """Tell whether a failed OBD check fails this vehicle: by its build date (or first registration) and gross mass.

    Without any date the check binds: a vehicle of unknown age is not let off.
    """
    built = vehicle.get("built") or vehicle.get("first_registered")
    if built is None:
        return True
    mass = vehicle.get("gross_mass_kg")
    heavy = isinstance(mass, int | float) and mass > _number(rules, "light_up_to_kg")
    return str(built)[:10] >= _word(rules, "binding_from_heavy" if heavy else "binding_from_light")


def _found(
    facts: Mapping[str, object],
    answers: Mapping[str, object],
    open_monitors: Sequence[str],
    rules: Mapping[str, object],
) -> list[str]:
    connector = answers.get("connector")
    silent = facts.get("communication") is not True
    running, mil_on = answers.get("lamp_running"), facts.get("mil_on")
    checks = (
        (connector == "missing", "connector_missing"),
        (connector == "damaged", "connector_damaged"),
        (silent, "no_communication"),
        (mil_on is True, "mil_on"),
        (bool(_codes(facts, "stored_codes")), "stored_codes"),
        (answers.get("lamp_key_on") == "dark", "lamp_does_not_light"),
        (running in ("lit", "dark") and mil_on is not None and (running == "lit") != (mil_on is True), "lamp_differs"),
        (bool(open_monitors), "readiness_incomplete"),
        (len(open_monitors) > _number(rules, "open_monitors_to_drive"), "drive_and_come_back"),
        (bool(_codes(facts, "pending_codes")), "pending_codes"),
    )
    return [code for holds, code in checks if holds]


def _uncertain(
    open_monitors: Sequence[str], outcome: str, binding: bool, rules: Mapping[str, object]
) -> tuple[Uncertain, ...]:
    if not open_monitors or _entry(rules, "readiness_incomplete_fails").get("conf") != "C":
        return ()
    other_way = outcome == PASS if _word(rules, "readiness_incomplete_fails") == "no" else outcome == FAIL
    return (Uncertain("obd_check.rules.readiness_incomplete_fails", binding and other_way),)


def _readiness(facts: Mapping[str, object]) -> Mapping[str, object]:
    readiness = facts.get("readiness")
    return readiness if isinstance(readiness, Mapping) else {}


def _codes(facts: Mapping[str, object], name: str) -> Sequence[object]:
    codes = facts.get(name)
    return codes if isinstance(codes, Sequence) and not isinstance(codes, str) else ()


def _flag(value: object) -> float | None:
    return float(value) if isinstance(value, bool) else None


def _entry(rules: Mapping[str, object], name: str) -> Mapping[str, object]:
    table = rules.get("rules")
    entry = table.get(name) if isinstance(table, Mapping) else None
    if not isinstance(entry, Mapping) or "value" not in entry:
        raise LimitsMissing(f"{METHOD}.rules.{name}", "missing; it needs value, conf and clause")
    return entry


def _word(rules: Mapping[str, object], name: str) -> str:
    return str(_entry(rules, name)["value"])


def _number(rules: Mapping[str, object], name: str) -> float:
    value = _entry(rules, name)["value"]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LimitsMissing(f"{METHOD}.rules.{name}", f"{value!r} is no number")
    return float(value)
