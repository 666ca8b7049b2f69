"""Checks of a gas analyser with bottles: zero, low, high and five points, each channel absolute or relative.

HC is read as hexane and bottled as propane: HC label = C3H8 * PEF. Knows tolerances as data and what follows a failed
check. Knows no analyser and how gas is let in.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from lanectl.core.equipment.content import Asked, asked_of
from lanectl.core.equipment.result import CheckResult, NominalsMissing, Tolerance, compared, is_number
from lanectl.core.equipment.sheet import Findings, Sheet, judge

LOADED, IDLE = "loaded", "two_speed_idle"
"""The classes of accuracy: analysers for ASM and VMAS, and those for two-speed idle alone."""
WHOLE, EXACT = "whole", "exact"
CHANNELS = ("hc_ppm", "co_pct", "co2_pct", "no_ppm", "no2_ppm", "o2_pct")
REQUIRED = {LOADED: ("hc_ppm", "co_pct", "co2_pct", "no_ppm"), IDLE: ("hc_ppm", "co_pct", "co2_pct")}
"""What a bottle has to hold by class: the gases that the method judges or corrects by. Oxygen is checked in air."""
ZERO = "zero"
POINTS = ("zero", "low", "mid_low", "mid_high", "high")
Reading = Mapping[str, float | None]
"""What the analyser shows, by channel."""
CALIBRATE, CHECK_HIGH, CHECK_LOW, PASSED, LOCK = "calibrate_high", "check_high", "check_low", "passed", "lock"


@dataclass(frozen=True, slots=True)
class Bottle:
    """What the certificate of a bottle says, by channel; propane in 1e-6 under ``c3h8_ppm``, never HC as hexane.

    A gas that is not in it is left out. Zero gas says 0 for what it is checked with.
    """

    number: str
    gases: Mapping[str, float] = field(default_factory=dict)


def hc_label_ppm(c3h8_ppm: float, pef: float, stated: str = WHOLE) -> float | None:
    """Return the hexane label of a propane bottle, C3H8 * PEF; None unless PEF is a positive number.

    ``whole``: rounded to 1e-6, ties to the even one, as labels are stated; ``exact``: as it comes.
    """
    label = c3h8_ppm * pef
    if not (c3h8_ppm >= 0.0 and pef > 0.0 and is_number(label)):
        return None
    return label if stated == EXACT else float(round(label))


def labels_of(bottle: Bottle, pef: float | None, stated: str) -> dict[str, float]:
    """Return the nominal value of each channel; NominalsMissing for propane without PEF, or no gas at all."""
    labels = {name: bottle.gases[name] for name in CHANNELS if name in bottle.gases}
    if "hc_ppm" in labels:
        raise NominalsMissing(
            "hc_ppm", f"bottle {bottle.number}: HC comes as propane, c3h8_ppm, with the analyser's PEF"
        )
    if "c3h8_ppm" in bottle.gases:
        label = None if pef is None else hc_label_ppm(bottle.gases["c3h8_ppm"], pef, stated)
        if label is None:
            raise NominalsMissing("hc_ppm", f"bottle {bottle.number}: no hexane label from PEF {pef}")
        labels["hc_ppm"] = label
    if not labels:
        raise NominalsMissing("gas", f"bottle {bottle.number} names no gas")
    return labels


def check_gas(
    point: str,
    accuracy: str,
    bottle: Bottle,
    pef: float | None,
    reading: Reading,
    equipment: Mapping[str, object],
    channels: Collection[str] | None = None,
) -> CheckResult:
    """Judge what an analyser reads of one bottle: ``point`` is one of POINTS, ``accuracy`` loaded or two_speed_idle.

    A channel holds when its absolute or its relative error is inside. A channel without a reading fails. The bottle has
    to hold each gas of REQUIRED (``gas_missing``); for an analyser with others, ``channels`` names those that it has
    (without oxygen, unless the bottle is for it), and what is then left out stands in ``not_checked``.
    """
    asked, sheet = _asked(accuracy, channels), Sheet.of(equipment, "gas")
    return judge(
        f"{_known(point)}_gas", sheet, lambda figures: _find(point, accuracy, bottle, pef, reading, figures, asked)
    )


def check_five_points(
    accuracy: str,
    taken: Mapping[str, tuple[Bottle, Reading]],
    pef: float | None,
    equipment: Mapping[str, object],
    channels: Collection[str] | None = None,
) -> CheckResult:
    """Judge a five-point check: bottle and reading by point. All five have to be there, each label above the last.

    Each of the five has to hold what check_gas asks for; ``channels`` as there.
    """
    asked = _asked(accuracy, channels)

    def find(sheet: Sheet) -> Findings:
        parts = {
            _known(point): _find(point, accuracy, bottle, pef, reading, sheet, asked)
            for point, (bottle, reading) in taken.items()
        }
        quantities = tuple(
            replace(quantity, name=f"{point}_{quantity.name}")
            for point, part in parts.items()
            for quantity in part.quantities
        )
        notes = tuple(dict.fromkeys(note for part in parts.values() for note in part.notes))
        values = {f"{point}_{name}": value for point, part in parts.items() for name, value in part.values.items()}
        reasons = [reason for part in parts.values() for reason in part.reasons]
        reasons += [] if set(taken) == set(POINTS) else ["point_missing"]
        reasons += [] if _rises(parts) else ["points_not_rising"]
        lacking = [name for part in parts.values() for name in part.not_checked]
        return Findings(quantities, "gas_off", _once(reasons), notes, values, _once(lacking))

    return judge("five_point_gas", Sheet.of(equipment, "gas"), find)


def next_step(done: Sequence[tuple[str, bool]]) -> str:
    """Say what follows: steps done since the check began, each with whether it was good.

    A check with low gas that fails is followed by calibration with the high gas, then by checks with the high and the
    low gas [A]. What fails then locks the lane.
    """
    plan: tuple[str, ...] = (CHECK_LOW,)
    if done and done[0] == (CHECK_LOW, False):
        plan = (CHECK_LOW, CALIBRATE, CHECK_HIGH, CHECK_LOW)
    for place, (step, good) in enumerate(done):
        if place >= len(plan) or step != plan[place]:
            raise ValueError(f"{step} is not the step that follows")
        if not good and place > 0:
            return LOCK
    return PASSED if len(done) == len(plan) else plan[len(done)]


def tolerance_of(name: str, label: float, accuracy: str, sheet: Sheet) -> Tolerance:
    """Return the tolerance of a channel at a label; above the upper range's beginning another share holds."""
    if accuracy not in (LOADED, IDLE):
        raise ValueError(f"{accuracy!r} is neither {LOADED} nor {IDLE}")
    if sheet.has(f"high_range_from_{name}") and label > sheet.number(f"high_range_from_{name}"):
        return sheet.tolerance(f"high_range_{name}")
    return sheet.tolerance(f"{accuracy}_{name}")


def _asked(accuracy: str, channels: Collection[str] | None) -> Asked:
    if accuracy not in REQUIRED:
        raise ValueError(f"{accuracy!r} is neither {LOADED} nor {IDLE}")
    return asked_of(REQUIRED[accuracy], channels, CHANNELS)


def _find(
    point: str,
    accuracy: str,
    bottle: Bottle,
    pef: float | None,
    reading: Reading,
    sheet: Sheet,
    asked: Asked,
) -> Findings:
    stated = sheet.word("hc_label", (WHOLE, EXACT)) if "c3h8_ppm" in bottle.gases else WHOLE
    labels = {name: label for name, label in labels_of(bottle, pef, stated).items() if name not in asked.lacking}
    quantities = tuple(
        compared(name, label, reading.get(name), tolerance_of(name, label, accuracy, sheet))
        for name, label in labels.items()
    )
    notes = ("bottle_far_from_recipe",) if _far_from_recipe(point, bottle, sheet) else ()
    certified = {f"bottle_{name}": value for name, value in bottle.gases.items()}
    missing = tuple(name for name in asked.channels if not _holds(point, labels.get(name)))
    return Findings(
        quantities,
        "gas_off",
        ("gas_missing",) if missing else (),
        (*notes, *asked.notes),
        {"pef": pef, **certified},
        (*missing, *asked.lacking),
    )


def _holds(point: str, label: float | None) -> bool:
    """Tell whether a bottle is one for this channel: nothing of it in zero gas, and some of it in all others."""
    return label is not None and ((label == 0.0) if point == ZERO else label > 0.0)


def _rises(parts: Mapping[str, Findings]) -> bool:
    """Tell whether the labels of each channel rise from point to point: five times one bottle are no five points."""
    rows = [
        {quantity.name: quantity.nominal for quantity in parts[point].quantities} for point in POINTS if point in parts
    ]
    return all(upper[name] > lower[name] for lower, upper in pairwise(rows) for name in lower if name in upper)


def _once(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _far_from_recipe(point: str, bottle: Bottle, sheet: Sheet) -> bool:
    """Tell whether a low or high gas is far from what such a bottle holds: most likely the wrong bottle."""
    recipe = {gas: f"recipe_{point}_{gas}" for gas in bottle.gases if sheet.has(f"recipe_{point}_{gas}")}
    quantities = [
        compared(gas, sheet.number(name), bottle.gases[gas], sheet.tolerance("recipe")) for gas, name in recipe.items()
    ]
    return not all(quantity.ok for quantity in quantities)


def _known(point: str) -> str:
    if point not in POINTS:
        raise ValueError(f"{point!r} is none of {', '.join(POINTS)}")
    return point
