"""The usual course of a random VMAS test, a car that follows the cycle more or less, and what comes over some."""

import itertools
import random

from tests.core.random_traces import Column, Course, Rows, every_second, noise

FUELS = ("petrol", "petrol", "hybrid", "cng", "lpg")
CYCLE = (
    (0, 0), (11, 0), (15, 15), (23, 15), (28, 0), (49, 0), (54, 15), (56, 15), (61, 32), (85, 32), (96, 0), (117, 0),
    (122, 15), (124, 15), (133, 35), (135, 35), (143, 50), (155, 50), (163, 35), (176, 35), (178, 32), (188, 0),
    (215, 0),
)  # fmt: skip
"""Seconds and km/h: roughly the cycle, as a driver makes it, and idling after it."""
SPELLS = (
    {"speed_kmh": 22.0}, {"speed_kmh": None}, {"co_pct": 0.2, "co2_pct": 3.0}, {"co2_pct": 0.0}, {"low_flow": 1.0},
    {"engine_rpm": 250.0}, {"engine_rpm": None}, {"ambient_o2_pct": 19.7}, {"ambient_o2_pct": 20.2},
    {"dilute_o2_pct": 21.0}, {"dilute_o2_pct": 0.0}, {"o2_pct": 20.8, "ambient_o2_pct": 20.8}, {"flow_l_s": 2.0},
    {"flow_temp_c": None}, {"humidity_pct": 101.0}, {"ambient_temp_c": -3.0}, {"nox_ppm": None}, {"no2_ppm": None},
    {"no_ppm": None}, {"hc_ppm": None}, {"co_pct": 9.0}, {"hc_ppm": 9000.0}, {"no_ppm": 9000.0}, {"speed_kmh": 50.0},
    {"hc_ppm": -40.0}, {"co_pct": -0.03},
)  # fmt: skip


def speeds_kmh() -> list[float]:
    """Return the speed of each second of the cycle, and of some seconds after it."""
    found = []
    for (start_s, start), (end_s, end) in itertools.pairwise(CYCLE):
        found += [start + (end - start) * i / (end_s - start_s) for i in range(end_s - start_s)]
    return found


SPEEDS = speeds_kmh()


def vmas(chance: random.Random) -> Course:
    """Return a car that drives the cycle on the rollers, its exhaust drawn through a flow meter."""
    start = chance.choice((None, None, None, None, "cycle", "idle"))
    plan = [0.0] * (40 if start == "idle" else 0) + SPEEDS
    length = len(plan) if chance.random() < 0.9 else chance.randrange(1, len(plan))
    slow, jitter = chance.choice((1.0, 1.0, 1.0, 1.0, 0.97, 0.9)), chance.choice((0.2, 0.4, 0.4, 0.8, 1.3))
    wobble = noise(chance, length, 0.0, jitter)
    speed = [max(0.0, slow * v + w) if v else 0.0 for v, w in zip(plan, wobble, strict=False)]
    air_o2, raw_o2 = chance.choice((20.8, 20.8, 20.8, 20.5, 20.1, 21.5)), noise(chance, length, 0.8, 0.1)
    caught = chance.choice((1.0,) * 11 + (0.1,))
    share = [caught * (0.04 + 0.003 * v) for v in speed]
    columns: dict[str, Column] = {
        "speed_kmh": list(speed),
        "engine_rpm": [chance.choice((800.0, 800.0, 800.0, None)) or v for v in noise(chance, length, 1500.0, 30.0)],
        **_exhaust(chance, length),
        "o2_pct": list(raw_o2),
        "flow_l_s": noise(chance, length, 105.0, 2.0),
        "flow_temp_c": noise(chance, length, 35.0, 0.5),
        "flow_pressure_kpa": [99.0] * length,
        "dilute_o2_pct": [air_o2 - k * (air_o2 - o2) for k, o2 in zip(share, raw_o2, strict=True)],
        "ambient_o2_pct": [air_o2] * length,
        "ambient_temp_c": [chance.choice((22.0, 22.0, 22.0, 22.0, 34.0, 0.5))] * length,
        "humidity_pct": [chance.choice((55.0, 55.0, 99.0))] * length,
        "pressure_kpa": [100.2] * length,
        "low_flow": [chance.choice((None, 0.0))] * length,
    }
    vehicle = {"fuel": chance.choice(FUELS), "reference_mass_kg": 1480.0}
    return Course(vehicle, Rows(every_second(chance, length), columns), spells=SPELLS, start=start)


def _exhaust(chance: random.Random, length: int) -> dict[str, Column]:
    dirt = chance.choice((0.2, 0.5, 0.9, 1.0, 1.05, 1.6, 9.0))
    nox, nothing = noise(chance, length, 300.0 * dirt, 20.0), [None] * length
    known = chance.choice(((nox, nothing, nothing), (nothing, nox, nothing), (nothing, nox, nox), (nox, nox, nox)))
    return {
        "co_pct": [abs(v) for v in noise(chance, length, 0.3 * dirt, 0.02)],
        "co2_pct": noise(chance, length, 14.3, 0.15),
        "hc_ppm": noise(chance, length, 180.0 * dirt, 6.0),
        **{name: list(column) for name, column in zip(("nox_ppm", "no_ppm", "no2_ppm"), known, strict=True)},
    }


COURSES = {"vmas": vmas}
