"""Check of the flow analyser of a VMAS lane against references: flow, temperature, pressure, oxygen and its response.

Knows tolerances as data, and the means over which readings are taken. Knows no device.
"""

from collections.abc import Collection, Mapping, Sequence

from lanectl.core.equipment.content import asked_of
from lanectl.core.equipment.response import Step, response_s
from lanectl.core.equipment.result import AT_MOST, CheckResult, Quantity, Tolerance, compared
from lanectl.core.equipment.sheet import Findings, Sheet, judge
from lanectl.core.figures import LimitsMissing

FLOW, FLOW_O2 = "flow_meter", "flow_meter_oxygen"
QUANTITIES = ("flow_l_s", "flow_temp_c", "flow_pressure_kpa")
Reading = Mapping[str, float | None]


def mean_of_last(times_s: Sequence[float], values: Sequence[float | None], span_s: float) -> float | None:
    """Return the mean of the readings of the last ``span_s`` seconds; None where the record does not cover them whole.

    The span is that of the law: 20 s of flow, 10 s of the flow analyser's oxygen. A row stands for the time from the
    row before it to its own.
    """
    if len(times_s) < 2 or len(times_s) != len(values):
        return None
    from_s = times_s[-1] - span_s
    if times_s[0] > from_s + 1e-9 * span_s:
        return None
    taken = [value for time, value in zip(times_s, values, strict=True) if time > from_s + 1e-9 * span_s]
    known = [value for value in taken if value is not None]
    return sum(known) / len(known) if known and len(known) == len(taken) else None


def check_flow_meter(
    reference: Mapping[str, float],
    reading: Reading,
    equipment: Mapping[str, object],
    channels: Collection[str] | None = None,
) -> CheckResult:
    """Judge flow (l/s), temperature (degC) and pressure (kPa) against references of the same moment.

    A reading that is missing fails, and so does a reference that is (``channel_missing``): of all three, or of the
    ``channels`` that the caller says the device has.
    """
    asked = asked_of(QUANTITIES, channels, QUANTITIES)
    missing = tuple(name for name in asked.channels if name not in reference)
    sheet = Sheet.of(equipment, "flow")

    def find(figures: Sheet) -> Findings:
        quantities = tuple(
            compared(name, reference[name], reading.get(name), figures.tolerance(name))
            for name in asked.channels
            if name in reference
        )
        reasons = ("channel_missing",) if missing else ()
        return Findings(quantities, "flow_meter_off", reasons, asked.notes, not_checked=(*missing, *asked.lacking))

    return judge(FLOW, sheet, find)


def check_flow_oxygen(
    ambient_o2_pct: float | None,
    equipment: Mapping[str, object],
    reference: tuple[float, float | None] | None = None,
    response: Step | None = None,
) -> CheckResult:
    """Judge the oxygen of the flow analyser in ambient air; with a bottle (label, reading) and a step these as well.

    In air: 20.8 % and a window on which sources differ [C]. Bottle: a share of full scale. Response: at most 12 s.
    """

    def find(figures: Sheet) -> Findings:
        nominal, tolerance = figures.number("ambient_o2_pct"), figures.tolerance("ambient_o2")
        quantities = [compared("ambient_o2_pct", nominal, ambient_o2_pct, tolerance)]
        if reference is not None:
            quantities.append(compared("bottle_o2_pct", reference[0], reference[1], _of_full_scale(figures)))
        if response is not None:
            quantities.append(_response(response, figures))
        return Findings(tuple(quantities), "oxygen_off")

    return judge(FLOW_O2, Sheet.of(equipment, "flow"), find)


def _of_full_scale(sheet: Sheet) -> Tolerance:
    """Return the tolerance of oxygen in %: a share of the device's full scale."""
    share = sheet.tolerance("o2_of_full_scale").relative
    if share is None:
        raise LimitsMissing(sheet.path("o2_of_full_scale"), "it is relative to full scale")
    return Tolerance(absolute=share * sheet.number("o2_full_scale_pct"))


def _response(step: Step, sheet: Sheet) -> Quantity:
    found = response_s(step, sheet.number("longest_step_s"))
    limit = sheet.number("o2_response_s")
    return compared("o2_response_s", limit, found.at_s, kind=AT_MOST, why=found.why or "no_reading")
