"""The channels of a trace and the fine decimal counts in which they are kept.

Knows names, their order and their counts: 1e-9 of a per cent, 1e-6 of every other unit. Knows no device and no method.
A count is exact; value = count / 10**decimals gives the same double on every machine.
"""

TRACE_ORDER: tuple[str, ...] = (
    "speed_kmh",
    "force_n",
    "power_total_kw",
    "power_parasitic_kw",
    "engine_rpm",
    "oil_temp_c",
    "hc_ppm",
    "co_pct",
    "co2_pct",
    "o2_pct",
    "no_ppm",
    "no2_ppm",
    "nox_ppm",
    "lambda",
    "opacity_n_pct",
    "opacity_k_per_m",
    "snap_no",
    "flow_l_s",
    "flow_temp_c",
    "flow_pressure_kpa",
    "dilute_o2_pct",
    "ambient_o2_pct",
    "ambient_temp_c",
    "humidity_pct",
    "pressure_kpa",
    "phase_code",
    "low_flow",
    "probe_in",
)
"""Every numeric channel that a trace may hold after its time, in the order of its columns; obd_* follow by name."""

PERCENT_DECIMALS = 9
OTHER_DECIMALS = 6
PERCENT_SCALE: int = 10**PERCENT_DECIMALS
OTHER_SCALE: int = 10**OTHER_DECIMALS
LARGEST_COUNT = 10**15


def decimals_of(name: str) -> int:
    """Return how many decimals of this channel are kept."""
    return PERCENT_DECIMALS if name.endswith("_pct") else OTHER_DECIMALS


def scale_of(name: str) -> int:
    """Return how many counts one unit of this channel is."""
    return PERCENT_SCALE if name.endswith("_pct") else OTHER_SCALE


DECIMALS: dict[str, int] = {name: decimals_of(name) for name in TRACE_ORDER}


def is_channel(name: str) -> bool:
    """Tell whether a trace may hold a channel of this name."""
    return name in DECIMALS or name.startswith("obd_")


def fits(name: str, value: float) -> bool:
    """Tell whether this is a number that a trace can hold."""
    return value - value == 0.0 and abs(value) * scale_of(name) < LARGEST_COUNT


def to_count(name: str, value: float) -> int:
    """Return the value as a whole number of fine counts; ValueError for what is no number or too large."""
    if not fits(name, value):
        raise ValueError(f"{name}: {value!r} cannot be kept in a trace")
    return round(value * scale_of(name))


def from_count(name: str, count: int) -> float:
    """Return the double that is nearest to this count."""
    return count / scale_of(name)
