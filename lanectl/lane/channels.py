"""Which reading becomes which channels of the trace. Nothing is made up: what a device did not say is None."""

from drivers.readings import AmbientReading, DynoReading, GasReading, NoxReading, OpacityReading, TachometerReading

AMBIENT_CHANNELS = ("ambient_temp_c", "humidity_pct", "pressure_kpa")
Channels = dict[str, float | None]


def dyno_channels(reading: DynoReading, loss_n: float) -> Channels:
    """Return the channels of one look at the rollers; ``loss_n`` is the calibrated parasitic loss at this speed."""
    speed, brake = reading.speed_kmh, reading.brake_force_n
    if speed is None or brake is None:
        return {"speed_kmh": speed, "brake_force_n": brake, "force_n": None, "power_total_kw": None}
    force = brake + loss_n
    return {
        "speed_kmh": speed,
        "brake_force_n": brake,
        "force_n": force,
        "power_parasitic_kw": loss_n * speed / 3600.0,
        "power_total_kw": force * speed / 3600.0,
    }


def gas_channels(reading: GasReading, obd_rpm: float | None, *, counts: bool = True) -> Channels:
    """Return the channels of one gas reading; the device's own lambda is kept, never judged.

    ``counts``: whether this device counts the engine's revolutions in this test; else its count is kept beside. An
    analyzer whose pick-up is not attached says 0 r/min. While the control unit says that the engine turns, such a 0
    is no reading; when both say 0, or nobody else can be asked, it stands. Where it has no word for low flow, its
    silence is not taken for good flow.
    """
    silent = None if "flow_not_told" in reading.flags else 0.0
    loose_pick_up = reading.engine_rpm == 0 and bool(obd_rpm)
    return {
        "hc_ppm": reading.hc_ppm,
        "co_pct": reading.co_pct,
        "co2_pct": reading.co2_pct,
        "o2_pct": reading.o2_pct,
        "no_ppm": reading.no_ppm,
        "engine_rpm" if counts else "gas_rpm": None if loose_pick_up else reading.engine_rpm,
        "oil_temp_c": reading.oil_temp_c,
        "lambda": reading.lambda_,
        "low_flow": 1.0 if "low_flow" in reading.flags else silent,
    }


def opacity_channels(reading: OpacityReading, *, counts: bool) -> Channels:
    """Return the channels of one look at the smoke; the device's own k is kept, never judged."""
    return {
        "opacity_n_pct": reading.opacity_n_pct,
        "opacity_k_per_m": reading.opacity_k_per_m,
        "engine_rpm" if counts else "opacimeter_rpm": reading.engine_rpm,
        "oil_temp_c": reading.oil_temp_c,
    }


def nox_channels(reading: NoxReading) -> Channels:
    """Return the channels of one look at a diesel's exhaust gas; its count of revolutions is kept beside.

    Not every model has a word for low flow, so silence about it is not taken for good flow.
    """
    return {
        "nox_ppm": reading.nox_ppm,
        "no_ppm": reading.no_ppm,
        "no2_ppm": reading.no2_ppm,
        "co2_pct": reading.co2_pct,
        "nox_rpm": reading.engine_rpm,
        "low_flow": 1.0 if "low_flow" in reading.flags else None,
    }


def tachometer_channels(reading: TachometerReading) -> Channels:
    """Return the one channel of a count."""
    return {"engine_rpm": reading.engine_rpm}


def ambient_channels(reading: AmbientReading) -> Channels:
    """Return the channels of one look at the weather."""
    values = (reading.ambient_temp_c, reading.humidity_pct, reading.pressure_kpa)
    return dict(zip(AMBIENT_CHANNELS, values, strict=True))
