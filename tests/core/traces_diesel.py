"""The usual course of a random diesel test, and what comes over some of them."""

import random

from tests.core.random_traces import Column, Course, Rows, every_second, noise

SNAP_SPELLS = (
    {"engine_rpm": 250.0}, {"engine_rpm": 0.0}, {"engine_rpm": None}, {"engine_rpm": 1900.0}, {"opacity_n_pct": 100.0},
    {"opacity_n_pct": None}, {"opacity_n_pct": 30.0}, {"obd_pedal_d_pct": 15.0}, {"obd_rpm": None}, {"obd_rpm": 400.0},
    {"snap_no": 2.0}, {"snap_no": None}, {"probe_in": 0.0}, {"oil_temp_c": 20.0},
)  # fmt: skip
LUG_SPELLS = (
    {"speed_kmh": 67.5}, {"speed_kmh": 50.0}, {"engine_rpm": 250.0}, {"engine_rpm": None}, {"opacity_n_pct": 100.0},
    {"opacity_n_pct": None}, {"opacity_n_pct": 0.0}, {"nox_ppm": None}, {"nox_ppm": 5.0, "co2_pct": None},
    {"co2_pct": 0.5}, {"low_flow": 1.0}, {"obd_pedal_d_pct": 40.0}, {"ambient_temp_c": 41.0}, {"ambient_temp_c": None},
    {"pressure_kpa": None}, {"obd_rpm": 1000.0}, {"force_n": 300.0}, {"force_n": None}, {"humidity_pct": None},
)  # fmt: skip
PACES_MS = (100, 100, 100, 100, 100, 100, 50, 130, 250, 1000)


def free_acceleration(chance: random.Random) -> Course:
    """Return a lorry at rest whose pedal is pressed now and then, its smoke sampled ten times a second or so."""
    start = chance.choice((None, None, None, "blow_outs"))
    pace_ms, idle_s = chance.choice(PACES_MS), chance.choice((6.5, 7.0, 7.0, 4.0))
    snaps = chance.choice((2, 3, 3, 4, 4, 5)) + (3 if start else 0)
    whole_s = idle_s + 1.0 + chance.choice((2.3, 2.3, 2.3, 1.5)) + 1.0 + 0.5
    clock = [i * pace_ms / 1000.0 for i in range(int((snaps * whole_s + 3.0) * 1000.0) // pace_ms)]
    t_ms = [1000 * (int(t * 1000.0) // 1000) + int(t * 1000.0) % 1000 for t in clock]
    number = [int(t / whole_s) for t in clock]
    pressed = [_pressed(t - n * whole_s - idle_s, whole_s - idle_s - 1.5) for t, n in zip(clock, number, strict=True)]
    tops = [chance.choice((2700.0,) * 9 + (2000.0,)) for _ in range(snaps + 2)]
    rpm = [760.0 + up * (tops[n] - 760.0) for up, n in zip(pressed, number, strict=True)]
    smoke, told = chance.choice((0.05, 15.0, 34.0, 45.0, 60.0)), chance.choice((1.0, 1.0, 1.0, 1.0, 1.05, 1.3))
    hum = noise(chance, len(clock), chance.choice((0.5, 0.5, 0.5, 0.5, 0.5, 25.0)), 0.2)
    names_snaps, tells = chance.random() < 0.3, chance.random() < 0.8
    columns: dict[str, Column] = {
        "engine_rpm": list(rpm),
        "opacity_n_pct": [v + up * smoke for v, up in zip(hum, pressed, strict=True)],
        "snap_no": [n + 1.0 if names_snaps else None for n in number],
        "obd_pedal_d_pct": [min(100.0, 125.0 * up) if tells else None for up in pressed],
        "obd_rpm": [told * v if tells else None for v in rpm],
        "probe_in": [chance.choice((None, None, 1.0))] * len(clock),
        "oil_temp_c": [chance.choice((None, 70.0, 90.0))] * len(clock),
    }
    vehicle = {"fuel": "diesel", "rated_rpm": chance.choice((2600.0, 2600.0, 2600.0, None))}
    samples = Rows(t_ms, columns)
    return Course(vehicle, _frame(samples), samples, SNAP_SPELLS, start)


def _pressed(t_s: float, hold_s: float) -> float:
    """Tell how far up the engine is, so long after its pedal was pressed: up in a second, down in a second."""
    return max(0.0, min(1.0, t_s, 1.0 + hold_s - t_s + 1.0))


def _frame(samples: Rows) -> Rows:
    """Return the seconds that hold these samples, each with the values of its first one."""
    length = samples.t_ms[-1] // 1000 + 1
    firsts = [-1] * length
    counts = [0] * length
    for place, t_ms in enumerate(samples.t_ms):
        second = t_ms // 1000
        counts[second] += 1
        firsts[second] = place if firsts[second] < 0 else firsts[second]
    columns = {name: [column[i] if i >= 0 else None for i in firsts] for name, column in samples.columns.items()}
    return Rows([i * 1000 for i in range(length)], columns, counts)


def lug_down(chance: random.Random) -> Course:
    """Return a lorry whose rollers slow it down with its pedal on the floor: the scan and both points."""
    start = chance.choice((None, None, None, None, "max_rpm", "accelerate"))
    up = {"max_rpm": [0.0] * 8, "accelerate": [0.0]}.get(start or "", [])
    up = [*up, *(16.0 * i for i in range(6)), *([80.0] * 4)] if up else []
    before_66 = chance.choice((13, 13, 16))
    plan = [
        *up,
        *(80.3 - 1.1 * i for i in range(26)),
        *([66.0] * before_66),
        *([52.8] * chance.choice((5, 14, 14, 14, 14, 16))),
    ]
    plan += [52.8] * chance.choice((0, 0, 0, 0, 0, 0, 140))
    length, steady, spread = len(plan), chance.choice((0.01, 0.02, 0.05, 0.12)), chance.choice((0.01, 0.01, 0.05, 0.3))
    wobble, most = noise(chance, length, 0.0, steady), chance.choice((46.0, 60.0, 70.0, 70.0, 70.0))
    speed = [v + w if v > 0.0 else 0.0 for v, w in zip(plan, wobble, strict=True)]
    jitter = noise(chance, length, most, spread)
    bend = chance.choice((0.05, 0.05, 0.05, 0.05, 0.005))
    power = [p - bend * (v - 66.0) * (v - 66.0) for p, v in zip(jitter, speed, strict=True)]
    rpm = [39.0 * v if v > 12.0 else 760.0 for v in speed]
    rpm = [2800.0 if start == "max_rpm" and 3 <= i < 8 else v for i, v in enumerate(rpm)]
    smoke, told = chance.choice((0.5, 20.0, 30.0, 42.0)), chance.choice((1.0, 1.0, 1.0, 1.0, 1.0, 1.2))
    nox = noise(chance, length, chance.choice((600.0, 600.0, 1499.0, 1700.0)), 10.0)
    parts, tells = chance.random() < 0.25, chance.random() < 0.8
    weather = (chance.choice((18.0, 18.0, 33.0, -4.0)), 40.0, chance.choice((98.0, 98.0, 80.0, 55.0)))
    columns: dict[str, Column] = {
        "speed_kmh": list(speed),
        "force_n": [p * 3600.0 / v if v > 12.0 else 0.0 for p, v in zip(power, speed, strict=True)],
        "engine_rpm": list(rpm),
        "opacity_n_pct": noise(chance, length, smoke, 0.5),
        "nox_ppm": [None] * length if parts else nox,
        "no_ppm": list(nox) if parts else [None] * length,
        "no2_ppm": [25.0 if parts else None] * length,
        "co2_pct": [chance.choice((9.0, 9.0, 9.0, None))] * length,
        "obd_rpm": [told * v if tells else None for v in rpm],
        "obd_pedal_d_pct": [chance.choice((None, 99.0, 99.0, 78.0))] * length,
        "obd_coolant_c": [chance.choice((None, 85.0, 60.0))] * length,
        "low_flow": [None] * length,
        **{
            name: [v] * length
            for name, v in zip(("ambient_temp_c", "humidity_pct", "pressure_kpa"), weather, strict=True)
        },
    }
    vehicle = {
        "fuel": "diesel", "rated_power_kw": 110.0, "rated_rpm": 2600.0,
        "aspiration": chance.choice(("natural", "turbo")),
    }  # fmt: skip
    return Course(vehicle, Rows(every_second(chance, length), columns), spells=LUG_SPELLS, start=start)


COURSES = {"free_acceleration": free_acceleration, "lug_down": lug_down}
