"""Readings as drivers hand them over. Names carry the unit; None means the device gave no value."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class GasReading:
    """One look at the exhaust."""

    hc_ppm: float | None
    co_pct: float | None
    co2_pct: float | None
    o2_pct: float | None
    no_ppm: float | None
    engine_rpm: float | None
    oil_temp_c: float | None
    lambda_: float | None
    flags: frozenset[str]
    """Status words of the device: ``low_flow`` (``flow_not_told`` where it has no word for it), ``o2_sensor_aged``,
    ``no_sensor_aged``, ``water_trap_full`` ..."""


@dataclass(frozen=True, slots=True)
class NoxReading:
    """One look at a diesel's exhaust. An analyzer with a converter gives NOx as one value, another gives NO and NO2."""

    nox_ppm: float | None
    no_ppm: float | None
    no2_ppm: float | None
    co2_pct: float | None
    """Falls to that of air when the probe is lost; None where the device has no such channel."""
    engine_rpm: float | None
    oil_temp_c: float | None
    flags: frozenset[str]
    """Status words of the device, such as ``low_flow``, and ``..._out_of_range`` for what no such sensor can mean."""


@dataclass(frozen=True, slots=True)
class AmbientReading:
    """The air around the lane."""

    ambient_temp_c: float | None
    humidity_pct: float | None
    pressure_kpa: float | None
    arrived_ms: int | None = field(default=None, compare=False)
    """Lane time of arrival (Pace) where a station speaks unasked; None where this is the answer to a question."""


@dataclass(frozen=True, slots=True)
class AnalyzerStatus:
    """What an analyzer or an opacimeter is doing."""

    state: str
    """``ready``, ``measuring``, ``warming``, ``leak_check``, ``zeroing``; an opacimeter or a NOx analyzer also ``busy``
    (with work of its own) or ``fault``."""
    warm_up_left_s: int | None = None


@dataclass(frozen=True, slots=True)
class OpacityReading:
    """One look at the smoke. The absorption coefficient is the device's own; whoever judges works it out from N."""

    opacity_n_pct: float | None
    opacity_k_per_m: float | None
    engine_rpm: float | None
    oil_temp_c: float | None
    gas_temp_c: float | None
    flags: frozenset[str]
    """``no_oil_probe``, and ``..._out_of_range`` for what no such sensor can mean."""


@dataclass(frozen=True, slots=True)
class OpacityMaxima:
    """The highest values since they were cleared, as the device kept them."""

    opacity_n_pct: float | None
    opacity_k_per_m: float | None
    engine_rpm: float | None
    flags: frozenset[str]


@dataclass(frozen=True, slots=True)
class TachometerReading:
    """One count of an engine's revolutions; no value, and a flag, where no signal comes."""

    engine_rpm: float | None
    flags: frozenset[str]
    """``no_signal``."""
    arrived_ms: int
    """Lane time of arrival (Pace)."""


@dataclass(frozen=True, slots=True)
class FlowReading:
    """One look at the diluted exhaust in a flow meter's tube."""

    flow_l_s: float | None
    """As it flows in the tube, at the temperature and the pressure beside it."""
    flow_temp_c: float | None
    flow_pressure_kpa: float | None
    dilute_o2_pct: float | None
    flags: frozenset[str]
    """``..._out_of_range`` for what no such sensor can mean."""


@dataclass(frozen=True, slots=True)
class DynoReading:
    """One status of the dynamometer. ``brake_force_n`` is what the load cell shows, without parasitic loss."""

    speed_kmh: float | None
    brake_force_n: float | None
    duty_pct: float | None
    state: str
    """``idle``, ``constant_speed``, ``constant_force``, ``constant_power``, ``constant_duty``, ``calibration``;
    ``stopping`` where a bench does not say what it does, and has not yet confirmed a stop."""
    keys: int | None
    arrived_ms: int
    """Lane time of arrival (Pace)."""


@dataclass(frozen=True, slots=True)
class IoReading:
    """The inputs of a lane I/O module; None where the module has no such input."""

    estop: bool
    """True while the emergency stop is pressed, or its wire is broken."""
    barrier_front: bool | None
    """True while the light barrier before the rollers is interrupted."""
    barrier_rear: bool | None


@dataclass(frozen=True, slots=True)
class ObdEcu:
    """One control unit: calibration identifications and verification numbers, paired by index."""

    ecu: str
    cal_ids: tuple[str, ...]
    cvns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ObdFacts:
    """What an OBD check reads (GB 18285-2018 and GB 3847-2018, OBD check), over whichever bus. None: not told."""

    protocol: str
    obd_type: int | None
    vin: str | None
    mil_on: bool | None
    dtc_count: int | None
    ignition: str | None
    """``spark`` or ``compression``."""
    stored_codes: tuple[str, ...]
    """As people write them: ``P0420``, with its kind of failure ``P0420-13``, or ``SPN3216 FMI4``."""
    pending_codes: tuple[str, ...] | None
    monitors: Mapping[str, str]
    """Monitor name -> ``complete`` or ``incomplete``; unsupported ones are absent."""
    distance_with_mil_km: float | None
    ecus: tuple[ObdEcu, ...]
    permanent_codes: tuple[str, ...] | None = None
    performance: Mapping[str, int] | None = None
    """Counters of in-use performance (IUPR) by name."""
    odometer_km: float | None = None


@dataclass(frozen=True, slots=True)
class ObdLive:
    """One look at the live data stream; names as in the trace."""

    values: Mapping[str, float | None]
    """The data lists of petrol and diesel (drivers/obd/live_data.py); a channel that this look did not bring is absent.
    ``obd_map_kpa`` is absolute, ``obd_boost_kpa`` above the air outside."""
