"""OBD check of petrol and diesel vehicles: from what the control unit and the operator say to a decision.

Knows findings, and from which date on they bind. Knows no bus, no tool, and no way of asking.
Not binding means: everything is recorded, nothing fails. With the vehicle at hand, and limits data that lists its
monitors, it knows more: what this fuel's control unit reports, what it left unsaid, and models with a known trouble.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lanectl.core.figures import LimitsMissing, Rules
from lanectl.core.verdict import FAIL, INVALID, PASS, Judgement, Uncertain, Verdict

METHOD = "obd_check"
UNREACHED = ("connector_missing", "connector_damaged", "no_communication")
"""Findings that a model with a known trouble of communication is excused from."""
FAILING = (*UNREACHED, "mil_on", "stored_codes", "lamp_does_not_light", "lamp_differs")
UNTOLD = ("mil_unknown", "codes_unknown", "lamp_not_asked")
"""What was not told or not asked: without it a check that binds is no check."""
KEEPING = ("readiness_incomplete", "drive_and_come_back", "pending_codes")
REMARKS = (
    "known_problem_model",
    "other_monitors_open",
    "no_monitors_told",
    "engine_type_differs",
    "connector_not_asked",
    "before_obd_in_use",
    "cal_id_missing",
    "cvn_missing",
    "not_binding",
)
CONNECTOR = ("ok", "missing", "damaged")
IGNITION = {"compression": ("diesel",), "spark": ("petrol", "hybrid", "cng", "lpg")}
MODELS = "known_problem_models"


@dataclass(frozen=True, slots=True)
class _Check:
    """What one check stands on. Without a vehicle it is judged by the findings alone."""

    facts: Mapping[str, object]
    answers: Mapping[str, object]
    rules: Rules
    listed: tuple[str, ...] | None = None
    """The monitors that readiness is counted over, or None: all that were told."""
    fuel: str | None = None
    known_problem: str | None = None

    def flag(self, name: str) -> bool | None:
        value = self.facts.get(name)
        return value if isinstance(value, bool) else None

    def monitors(self) -> Mapping[str, object]:
        readiness = self.facts.get("readiness")
        return readiness if isinstance(readiness, Mapping) else {}

    def open_monitors(self) -> list[str]:
        """Return the monitors that readiness is counted over and that have not completed."""
        return [name for name in self._open() if self.listed is None or name in self.listed]

    def other_open(self) -> list[str]:
        return [name for name in self._open() if self.listed is not None and name not in self.listed]

    def _open(self) -> list[str]:
        return [name for name, complete in self.monitors().items() if complete is False]

    def stored(self) -> int:
        """Return how many trouble codes are confirmed: those told, or the control unit's count where it is higher."""
        told, counted = len(_codes(self.facts, "stored_codes")), _count(self.facts.get("dtc_count"))
        return told if self.listed is None or counted is None else max(told, counted)

    def codes_told(self) -> bool:
        """Tell whether the codes came as a list of texts, and their count, where there is one, as a whole number."""
        codes, counted = self.facts.get("stored_codes"), self.facts.get("dtc_count")
        listed = isinstance(codes, list | tuple) and all(isinstance(code, str) for code in codes)
        return listed and (counted is None or _count(counted) is not None)

    def told_by_units(self, kind: str) -> int:
        """Return how many calibration ids (``cal_ids``) or verification numbers (``cvns``) all control units told."""
        units = self.facts.get("ecus")
        found = [unit.get(kind) for unit in _list(units) if isinstance(unit, Mapping)]
        return sum(len(_list(told)) for told in found)


def decide_obd(
    facts: Mapping[str, object],
    answers: Mapping[str, object],
    binding: bool,
    rules: Mapping[str, object],
    vehicle: Mapping[str, object] | None = None,
    at: str | None = None,
) -> Verdict:
    """Decide one OBD check.

    facts (from the control unit): ``communication`` bool, ``mil_on`` bool or None, ``stored_codes`` and
    ``pending_codes`` lists, ``readiness`` {monitor: True complete, False open, None not fitted}.
    answers (from the operator): ``connector`` ok|missing|damaged, ``lamp_key_on`` and ``lamp_running`` lit|dark.
    What was not asked may be absent. ``rules`` is the obd_check section of the limits data.

    With ``vehicle``, and a section that lists the monitors of its fuel, more is read of the facts: ``ignition``
    spark|compression, ``dtc_count``, ``ecus`` [{``cal_ids``, ``cvns``}]; and what a control unit did not tell, or the
    operator was not asked, makes a binding check invalid. ``at``, the day of the test as is_binding takes it, lets the
    verdict say that only that day keeps the check from binding (``before_obd_in_use``).
    """
    check = _check(facts, answers, rules, vehicle)
    found = _found(check)
    excused = UNREACHED if check.known_problem is not None else ()
    failing = [code for code in found if code in FAILING and code not in excused]
    untold = [code for code in found if code in UNTOLD]
    open_monitors = check.open_monitors()
    readiness_fails = _readiness_fails(check.rules) and bool(open_monitors)
    outcome = _outcome(binding, bool(failing) or readiness_fails, bool(untold))
    judgements = tuple(Judgement(code, 1.0, 1.0, 0.0, ok=not binding) for code in failing)
    reasons = (*found, *_not_binding(check, binding, vehicle, rules, at))
    uncertain = _uncertain(check, outcome, binding, bool(failing), bool(untold))
    return Verdict(
        outcome, METHOD, "binding" if binding else "not_binding", _values(check), judgements, reasons, uncertain
    )


def is_binding(vehicle: Mapping[str, object], rules: Mapping[str, object], at: str | None = None) -> bool:
    """Tell whether a failed OBD check fails this vehicle: by its build date (or first registration) and gross mass.

    Without any date the check binds: a vehicle of unknown age is not let off. ``at``, the day of the test (YYYY-MM-DD),
    lets nothing bind before the day from which vehicles in use are judged, where the section names it.
    """
    known = Rules(METHOD, rules)
    if _too_early(known, at):
        return False
    built = vehicle.get("built") or vehicle.get("first_registered")
    if built is None:
        return True
    mass = vehicle.get("gross_mass_kg")
    heavy = isinstance(mass, int | float) and mass > known.rule("light_up_to_kg")
    return str(built)[:10] >= known.day("binding_from_heavy" if heavy else "binding_from_light")


def _too_early(rules: Rules, at: str | None) -> bool:
    return at is not None and rules.has("enforced_from") and at[:10] < rules.day("enforced_from")


def _not_binding(
    check: _Check,
    binding: bool,
    vehicle: Mapping[str, object] | None,
    section: Mapping[str, object],
    at: str | None,
) -> tuple[str, ...]:
    """Return that the check does not bind, and whether it is the day of the test alone that keeps it from binding."""
    if binding:
        return ()
    early = check.listed is not None and vehicle is not None and _too_early(check.rules, at)
    by_day = early and vehicle is not None and is_binding(vehicle, section)
    return ("before_obd_in_use", "not_binding") if by_day else ("not_binding",)


def known_problem(vehicle: Mapping[str, object], rules: Mapping[str, object]) -> str | None:
    """Return the id under which the signed data lists the vehicle's model as one that does not communicate.

    ``known_problem_models`` of the section: id -> {``vin_begins``: list of beginnings of VINs, ``source``}. A model is
    known by its VIN alone: no operator can claim it.
    """
    models, vin = rules.get(MODELS, {}), vehicle.get("vin")
    if not isinstance(models, Mapping):
        raise LimitsMissing(f"{METHOD}.{MODELS}", "it is a table of ids")
    for name, model in sorted(models.items()):
        beginnings = model.get("vin_begins") if isinstance(model, Mapping) else None
        # Fewer than the eight places of maker and type would excuse more than a model.
        if not _list(beginnings) or not all(isinstance(b, str) and 8 <= len(b) <= 17 for b in _list(beginnings)):
            raise LimitsMissing(f"{METHOD}.{MODELS}.{name}", "vin_begins lists beginnings of 8 to 17 places")
        if isinstance(vin, str) and any(vin.startswith(str(beginning)) for beginning in _list(beginnings)):
            return str(name)
    return None


def _check(
    facts: Mapping[str, object],
    answers: Mapping[str, object],
    section: Mapping[str, object],
    vehicle: Mapping[str, object] | None,
) -> _Check:
    rules = Rules(METHOD, section)
    if vehicle is None or not rules.has("readiness_monitors"):
        return _Check(facts, answers, rules)
    fuel = vehicle.get("fuel")
    return _Check(
        facts,
        answers,
        rules,
        rules.names("readiness_monitors"),
        fuel if isinstance(fuel, str) else None,
        known_problem(vehicle, section),
    )


def _found(check: _Check) -> list[str]:
    answers, facts, mil_on = check.answers, check.facts, check.facts.get("mil_on")
    connector, running = answers.get("connector"), answers.get("lamp_running")
    open_monitors = check.open_monitors()
    checks = (
        (connector == "missing", "connector_missing"),
        (connector == "damaged", "connector_damaged"),
        (facts.get("communication") is not True, "no_communication"),
        (mil_on is True, "mil_on"),
        (check.stored() > 0, "stored_codes"),
        (answers.get("lamp_key_on") == "dark", "lamp_does_not_light"),
        (running in ("lit", "dark") and mil_on is not None and (running == "lit") != (mil_on is True), "lamp_differs"),
        (bool(open_monitors), "readiness_incomplete"),
        (len(open_monitors) > check.rules.rule("open_monitors_to_drive"), "drive_and_come_back"),
        (bool(_codes(facts, "pending_codes")), "pending_codes"),
        *(_with_vehicle(check) if check.listed is not None else ()),
    )
    return [code for holds, code in checks if holds]


def _with_vehicle(check: _Check) -> tuple[tuple[bool, str], ...]:
    """Return what is known only with the vehicle at hand."""
    talks = check.facts.get("communication") is True
    ignition = check.facts.get("ignition")
    suited = IGNITION.get(ignition) if isinstance(ignition, str) else None
    asked = [check.answers.get(name) in ("lit", "dark") for name in ("lamp_key_on", "lamp_running")]
    told = [name for name in check.listed or () if check.monitors().get(name) is not None]
    return (
        (talks and check.flag("mil_on") is None, "mil_unknown"),
        (talks and not check.codes_told(), "codes_unknown"),
        (not all(asked), "lamp_not_asked"),
        (check.answers.get("connector") not in CONNECTOR, "connector_not_asked"),
        (not talks and check.known_problem is not None, "known_problem_model"),
        (bool(check.other_open()), "other_monitors_open"),
        (talks and not told, "no_monitors_told"),
        (suited is not None and check.fuel is not None and check.fuel not in suited, "engine_type_differs"),
        (talks and check.told_by_units("cal_ids") == 0, "cal_id_missing"),
        (talks and check.told_by_units("cvns") == 0, "cvn_missing"),
    )


def _values(check: _Check) -> dict[str, float | None]:
    values: dict[str, float | None] = {
        "communication": _number(check.flag("communication")),
        "mil_on": _number(check.flag("mil_on")),
        "stored_codes": float(check.stored()),
        "pending_codes": float(len(_codes(check.facts, "pending_codes"))),
        "open_monitors": float(len(check.open_monitors())),
    }
    if check.listed is not None:
        values |= {
            "other_open_monitors": float(len(check.other_open())),
            "monitors_told": float(sum(state is not None for state in check.monitors().values())),
            "control_units": float(len(_list(check.facts.get("ecus")))),
            "cal_ids": float(check.told_by_units("cal_ids")),
            "cvns": float(check.told_by_units("cvns")),
        }
    return values


def _outcome(binding: bool, fails: bool, untold: bool) -> str:
    if not binding:
        return PASS
    if fails:
        return FAIL
    return INVALID if untold else PASS


def _readiness_fails(rules: Rules) -> bool:
    return rules.switch("readiness_incomplete_fails", ("no", "yes")) == "yes"


def _uncertain(check: _Check, outcome: str, binding: bool, failing: bool, untold: bool) -> tuple[Uncertain, ...]:
    if not check.open_monitors() or not check.rules.is_uncertain("readiness_incomplete_fails"):
        return ()
    if check.listed is None:  # as it has always been said, without a vehicle
        decisive = outcome == (FAIL if _readiness_fails(check.rules) else PASS)
    else:
        decisive = outcome != _outcome(binding, failing or not _readiness_fails(check.rules), untold)
    return (Uncertain(f"{METHOD}.rules.readiness_incomplete_fails", binding and decisive),)


def _codes(facts: Mapping[str, object], name: str) -> Sequence[object]:
    return _list(facts.get(name))


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _count(value: object) -> int | None:
    """Return a count: a whole number from 0 on, whether it came as 3 or as 3.0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1 or value < 0:
        return None
    return int(value)


def _number(value: bool | None) -> float | None:
    return None if value is None else float(value)
