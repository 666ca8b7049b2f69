"""Comparison of an instrument with a better one: tachometer, weather station.

Both read the same thing at the same moment. Knows tolerances as data. Knows no device.
"""

from collections.abc import Collection, Mapping, Sequence

from lanectl.core.equipment.content import asked_of, different
from lanectl.core.equipment.result import CheckResult, Tolerance, compared
from lanectl.core.equipment.sheet import Findings, Sheet, judge

TACHOMETER, TACHOMETER_IDLE, WEATHER = "tachometer", "tachometer_idle", "weather"
WEATHER_CHANNELS = ("ambient_temp_c", "humidity_pct", "pressure_kpa")


def check_tachometer(points: Sequence[tuple[float, float | None]], equipment: Mapping[str, object]) -> CheckResult:
    """Judge engine speeds in r/min against a reference: (reference, reading), each 10 r/min or 1 %.

    Engine speeds that differ have to be among them, as many as the data asks for (``points_missing``).
    """

    def find(sheet: Sheet) -> Findings:
        tolerance = sheet.tolerance("engine_rpm")
        quantities = tuple(
            compared(f"engine_rpm_{number}", reference, reading, tolerance)
            for number, (reference, reading) in enumerate(points, start=1)
        )
        running = [reference for reference, _ in points if reference > 0.0]
        enough = different(running, tolerance) >= sheet.number("engine_rpm_points")
        return Findings(quantities, "tachometer_off", () if enough else ("points_missing",))

    return judge(TACHOMETER, Sheet.of(equipment, "tachometer"), find)


def check_idle_speed(idle_rpm: float | None, equipment: Mapping[str, object]) -> CheckResult:
    """Judge what a tachometer shows at an idling engine: 400 to 1000 r/min."""

    def find(sheet: Sheet) -> Findings:
        low, high = sheet.pairs("idle_rpm")[0]
        middle, half = (low + high) / 2.0, (high - low) / 2.0
        return Findings((compared("idle_rpm", middle, idle_rpm, Tolerance(absolute=half)),), "tachometer_off")

    return judge(TACHOMETER_IDLE, Sheet.of(equipment, "tachometer"), find)


def check_weather(
    reference: Mapping[str, float],
    reading: Mapping[str, float | None],
    equipment: Mapping[str, object],
    channels: Collection[str] | None = None,
) -> CheckResult:
    """Judge temperature (degC), relative humidity (%) and pressure (kPa) against references.

    All three have to be there (``channel_missing``), or the ``channels`` that the caller says the station has.
    """
    asked = asked_of(WEATHER_CHANNELS, channels, WEATHER_CHANNELS)
    missing = tuple(name for name in asked.channels if name not in reference)

    def find(sheet: Sheet) -> Findings:
        quantities = tuple(
            compared(name, reference[name], reading.get(name), sheet.tolerance(name))
            for name in asked.channels
            if name in reference
        )
        reasons = ("channel_missing",) if missing else ()
        return Findings(quantities, "weather_off", reasons, asked.notes, not_checked=(*missing, *asked.lacking))

    return judge(WEATHER, Sheet.of(equipment, "weather"), find)
