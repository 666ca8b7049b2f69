"""Which numbers an analyzer of exhaust gas can mean, and what a reading is without those that it cannot.

Knows measuring ranges, with room for drift below zero. What lies outside is no value but a broken sensor or cable: it
becomes None, with a flag. Does not know any device, limits, or averaging.
"""

from collections.abc import Iterable, Mapping

from drivers.readings import AmbientReading, GasReading

PLAUSIBLE = {
    "hc_ppm": (-50.0, 10_000.0),
    "co_pct": (-0.2, 14.0),
    "co2_pct": (-0.5, 18.0),
    "o2_pct": (-0.5, 25.0),
    "no_ppm": (-50.0, 5_000.0),
    "engine_rpm": (0.0, 12_000.0),
    "oil_temp_c": (-40.0, 200.0),
    "lambda_": (0.0, 10.0),
}
PLAUSIBLE_AIR = {"ambient_temp_c": (-40.0, 85.0), "humidity_pct": (0.0, 100.0), "pressure_kpa": (50.0, 110.0)}
FLOW_NOT_TOLD = "flow_not_told"
"""Flag of every reading of an analyzer that has no word for low flow: its silence is not taken for good flow."""


def sift(values: Mapping[str, float | None], flags: Iterable[str]) -> GasReading:
    """Return a reading of these values, by the names of PLAUSIBLE; one that is not there was not told."""
    outside = {name for name, value in values.items() if value is not None and not within(PLAUSIBLE[name], value)}
    kept = {name: None if name in outside else values.get(name) for name in PLAUSIBLE}
    return GasReading(**kept, flags=frozenset(flags) | {f"{name.rstrip('_')}_out_of_range" for name in outside})


def sift_air(temp_c: float, humidity_pct: float, pressure_kpa: float) -> AmbientReading:
    """Return a reading of an analyzer's own weather sensor."""
    said = zip(PLAUSIBLE_AIR.values(), (temp_c, humidity_pct, pressure_kpa), strict=True)
    temp, humidity, pressure = (value if within(span, value) else None for span, value in said)
    return AmbientReading(temp, humidity, pressure)


def within(span: tuple[float, float], value: float) -> bool:
    """Tell whether a value lies in a span, its ends included."""
    return span[0] <= value <= span[1]
