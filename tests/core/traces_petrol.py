"""The usual course of a random petrol test, and what comes over some of them."""

import random

from tests.core.random_traces import Column, Course, Rows, every_second, noise

FUELS = ("petrol", "petrol", "hybrid", "cng", "lpg")
ASM_SPELLS = (
    {"speed_kmh": 29.0}, {"speed_kmh": 39.0}, {"force_n": 700.0}, {"force_n": None}, {"co_pct": 0.2, "co2_pct": 3.0},
    {"low_flow": 1.0}, {"engine_rpm": 250.0}, {"no_ppm": 4900.0}, {"co_pct": 8.0}, {"hc_ppm": 2500.0},
    {"ambient_temp_c": -3.0}, {"no_ppm": None}, {"speed_kmh": 26.2}, {"engine_rpm": None}, {"o2_pct": 20.9},
)  # fmt: skip
IDLE_SPELLS = (
    {"engine_rpm": 2950.0}, {"engine_rpm": 2200.0}, {"engine_rpm": 1300.0}, {"engine_rpm": 250.0}, {"engine_rpm": 0.0},
    {"engine_rpm": None}, {"obd_rpm": None}, {"co_pct": 0.2, "co2_pct": 3.0}, {"low_flow": 1.0}, {"hc_ppm": None},
    {"o2_pct": None}, {"no_ppm": None}, {"probe_in": 0.0}, {"probe_in": None}, {"co_pct": 5.0}, {"hc_ppm": 900.0},
)  # fmt: skip


def asm(chance: random.Random) -> Course:
    """Return a car on the rollers: 25 km/h, then 40, held as well as its driver can."""
    start = chance.choice((None, None, None, None, "asm5025_hold", "asm2540_hold", "asm2540"))
    length, mass = chance.choice((60, 200, 215, 215, 260)), chance.choice((1020.0, 1480.0, 2300.0))
    at_25 = 0 if (start or "").startswith("asm2540") else chance.choice((93, 93, 98, 160))
    steady = chance.choice((0.05, 0.05, 0.2, 0.35, 0.35, 0.8))
    # 148 and 185 kg a kW, at 25 and 40 km/h
    forces = (mass * 3600.0 / (148.0 * 25.0), mass * 3600.0 / (185.0 * 40.0))
    off = chance.choice((1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.02, 1.04, 0.9))
    speed, force = noise(chance, length, 25.0, steady), noise(chance, length, 1.0, 0.01)
    columns = {
        "speed_kmh": [v if i < at_25 else v + 15.0 for i, v in enumerate(speed)],
        "force_n": [v * off * forces[i >= at_25] for i, v in enumerate(force)],
        **_exhaust(chance, length),
        "ambient_temp_c": [chance.choice((22.0, 22.0, 22.0, 22.0, 22.0, 22.0, 34.0, 0.5, -2.0))] * length,
        "humidity_pct": [chance.choice((55.0, 55.0, 99.0))] * length,
        "pressure_kpa": [chance.choice((100.2, 71.0))] * length,
        "engine_rpm": noise(chance, length, 1800.0, 30.0),
        "low_flow": [chance.choice((None, 0.0))] * length,
    }
    vehicle = {"fuel": chance.choice(FUELS), "reference_mass_kg": mass, "gross_mass_kg": mass + 400.0}
    return Course(vehicle, Rows(every_second(chance, length), columns), spells=ASM_SPELLS, start=start)


def two_speed_idle(chance: random.Random) -> Course:
    """Return a car with its gear out: warm-up where the test begins there, high idle, idle."""
    start = chance.choice((None, None, None, "high_idle", "precondition", "idle_settle", "idle"))
    heavy = chance.random() < 0.2
    warm = chance.choice((31, 40)) if start == "precondition" else 0
    high = 0 if (start or "").startswith("idle") else chance.choice((30, 46, 46, 50))
    length = warm + high + chance.choice((31, 48, 48, 60))
    aim = 1800.0 if heavy else 2500.0
    plan = [2700.0] * warm + [aim] * high + [800.0] * (length - warm - high)
    told = chance.choice((1.0, 1.0, 1.0, 1.08, 1.2))
    wobble, lag = noise(chance, length, 0.0, 25.0), noise(chance, length, 0.0, 25.0)
    rpm = [v + w for v, w in zip(plan, wobble, strict=True)]
    probe = [0.0 if i < warm + 2 else 1.0 for i in range(length)]
    columns = {
        **_exhaust(chance, length),
        "engine_rpm": list(rpm),
        "obd_rpm": [told * v + w for v, w in zip(rpm, lag, strict=True)],
        "probe_in": list(chance.choice((probe, probe, [None] * length, [1.0] * length))),
        "low_flow": [chance.choice((None, 0.0))] * length,
        "obd_coolant_c": _temperature(chance, length),
        "oil_temp_c": _temperature(chance, length),
    }
    vehicle = {
        "fuel": chance.choice(FUELS), "rated_rpm": 3700.0, "gross_mass_kg": 7500.0 if heavy else 1500.0,
        "closed_loop": chance.random() < 0.8,
    }  # fmt: skip
    return Course(vehicle, Rows(every_second(chance, length), columns), spells=IDLE_SPELLS, start=start)


def _exhaust(chance: random.Random, length: int) -> dict[str, Column]:
    dirt = chance.choice((0.2, 0.5, 0.8, 1.0, 1.05, 1.6, 9.0))
    co2, o2 = chance.choice(((14.3, 0.4), (14.3, 0.4), (14.6, 0.3), (7.0, 9.0))), noise(chance, length, 0.0, 0.05)
    return {
        "co_pct": [abs(v) for v in noise(chance, length, 0.5 * dirt, 0.02)],
        "co2_pct": noise(chance, length, co2[0], 0.15),
        "o2_pct": [co2[1] + v for v in o2],
        "hc_ppm": noise(chance, length, 80.0 * dirt, 4.0),
        "no_ppm": chance.choice((noise(chance, length, 600.0 * dirt, 40.0),) * 7 + ([None] * length,)),
    }


def _temperature(chance: random.Random, length: int) -> Column:
    return chance.choice((noise(chance, length, 88.0, 1.0),) * 3 + (noise(chance, length, 70.0, 3.0), [None] * length))


COURSES = {"asm": asm, "two_speed_idle": two_speed_idle}
