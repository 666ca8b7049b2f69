"""The interpreted and the compiled core must give the same bits, whatever the trace holds."""

import importlib
import json
import math
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import lanectl.core
import lanectl.core.asm
import lanectl.core.diesel
import lanectl.core.formulas
import lanectl.core.free_acceleration
import lanectl.core.lug_down
import lanectl.core.methods
import lanectl.core.second
import lanectl.core.second_sums
import lanectl.core.two_speed_idle
import lanectl.core.warmth

CORE = Path(lanectl.core.__file__ or "").parent
COMPILED = (
    "formulas", "second_sums", "asm", "two_speed_idle", "diesel", "free_acceleration", "lug_down", "warmth",
)  # fmt: skip
HOW_TO_BUILD = "the core is not compiled here; build it: python setup.py build_ext --inplace (or pip install -e .)"
ODD = (math.nan, math.inf, -math.inf, 1e300, -1e300, 0.0, -0.0, 5e-324, 9.2e18)

Core = dict[str, ModuleType]


class SourcesOnly(MetaPathFinder):
    """Finds the core's modules as sources, ignoring the compiled ones beside them."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        room, _, name = fullname.rpartition(".")
        file = CORE / f"{name}.py"
        if room != "lanectl.core" or not file.exists():
            return None
        return spec_from_file_location(fullname, file, loader=SourceFileLoader(fullname, str(file)))


@pytest.fixture(scope="module")
def interpreted() -> Core:
    names = [name for name in sys.modules if name.startswith("lanectl.core.")]
    kept = {name: sys.modules.pop(name) for name in names}
    finder = SourcesOnly()
    sys.meta_path.insert(0, finder)
    try:
        modules = (*COMPILED, "second", "methods", "selftest")
        core = {name: importlib.import_module(f"lanectl.core.{name}") for name in modules}
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name.startswith("lanectl.core.")]:
            del sys.modules[name]
        sys.modules.update(kept)
        for name, module in kept.items():
            setattr(lanectl.core, name.rpartition(".")[2], module)
    return core


@pytest.fixture(scope="module")
def compiled() -> Core:
    for name in COMPILED:
        module = sys.modules[f"lanectl.core.{name}"]
        assert str(module.__file__).endswith(".so"), f"{name}: {HOW_TO_BUILD}"
    return {name: sys.modules[f"lanectl.core.{name}"] for name in (*COMPILED, "second", "methods")}


def test_both_cores_are_what_they_are_called(interpreted: Core, compiled: Core) -> None:
    assert [Path(interpreted[name].__file__ or "").suffix for name in COMPILED] == [".py"] * len(COMPILED)
    assert interpreted["asm"].Asm is not compiled["asm"].Asm


def test_the_interpreted_core_needs_no_compiler_at_run_time(interpreted: Core) -> None:
    interpreted["selftest"].known_answers()
    assert "cython" not in {name.lower() for name in vars(interpreted["asm"])}


def test_formulas_give_the_same_bits(interpreted: Core, compiled: Core) -> None:
    chance = random.Random(1)
    for _ in range(3000):
        x = [chance.choice(ODD) if chance.random() < 0.05 else chance.uniform(-1, 110) for _ in range(7)]
        count = chance.randrange(-(10**16), 10**16)
        for name, arguments in (
            ("saturation_pressure_kpa", x[:1]),
            ("humidity_grains_per_lb", x[:3]),
            ("no_humidity_factor", x[:3]),
            ("dilution_factor", [*x[:2], 4.644, 3.0]),
            ("air_ratio_lambda", x),
            ("force_from_power", x[:2]),
            ("total_force_n", x[:3]),
            ("to_nearest", [x[0] * 1e9]),
            ("is_missing", x[:1]),
            ("half_even", [count, chance.randrange(1, 10**9)]),
        ):
            both = [getattr(core["formulas"], name)(*arguments) for core in (interpreted, compiled)]
            assert bits(both[0]) == bits(both[1]), (name, arguments)


def test_seconds_give_the_same_bits(interpreted: Core, compiled: Core) -> None:
    made = []
    for core in (interpreted, compiled):
        chance, maker, t_ms = random.Random(3), core["second"].SecondMaker(), 0
        lines = []
        for _ in range(3000):
            t_ms += chance.choice([10, 100, 100, 130, 2500] if chance.random() < 0.1 else [100])
            values = {n: chance.choice([None, chance.uniform(-9, 9e3), *ODD[:3]]) for n in ("co_pct", "hc_ppm")}
            for second in maker.push(t_ms, values):
                lines.append((second.t_ms, second.rows, [bits(second.number(n)) for n in sorted(second.values)]))
        made.append(lines)
    assert made[0] == made[1]


def test_diesel_formulas_give_the_same_bits(interpreted: Core, compiled: Core) -> None:
    chance = random.Random(2)
    for _ in range(3000):
        x = [chance.choice(ODD) if chance.random() < 0.05 else chance.uniform(-1, 110) for _ in range(5)]
        for name, arguments in (
            ("det_log", [10.0 ** chance.uniform(-320, 308)]),
            ("det_log", x[:1]),
            ("det_exp", [chance.uniform(-760, 760)]),
            ("det_exp", x[:1]),
            ("smoke_density_per_m", x[:2]),
            ("opacity_pct", x[:2]),
            ("opacity_over_path_pct", x[:3]),
            ("power_correction", [chance.randrange(2), *x[:3]]),
            ("altitude_allowance_per_m", [40.0 * x[0], 1500.0, 0.25, 0.75, chance.randrange(2)]),
        ):
            both = [getattr(core["diesel"], name)(*arguments) for core in (interpreted, compiled)]
            assert bits(both[0]) == bits(both[1]), (name, arguments)


@pytest.mark.parametrize("method", ["free_acceleration", "lug_down"])
@pytest.mark.parametrize("seed", range(40))
def test_whole_diesel_tests_give_the_same_bits(
    interpreted: Core, compiled: Core, limits: Mapping[str, Any], method: str, seed: int
) -> None:
    assert told_of_diesel(interpreted, limits, method, seed) == told_of_diesel(compiled, limits, method, seed)


@pytest.mark.parametrize("method", ["free_acceleration", "lug_down"])
def test_the_random_diesel_traces_reach_every_kind_of_end(
    compiled: Core, limits: Mapping[str, Any], method: str
) -> None:
    ends = {json.loads(told_of_diesel(compiled, limits, method, seed)[-1])["outcome"] for seed in range(40)}
    assert ends == {"pass", "fail", "invalid"}


@pytest.mark.parametrize("method", ["asm", "two_speed_idle"])
@pytest.mark.parametrize("seed", range(40))
def test_whole_tests_give_the_same_bits(
    interpreted: Core, compiled: Core, limits: Mapping[str, Any], method: str, seed: int
) -> None:
    assert told(interpreted, limits, method, seed) == told(compiled, limits, method, seed)


def test_the_random_traces_reach_every_kind_of_end(compiled: Core, limits: Mapping[str, Any]) -> None:
    ends = {json.loads(told(compiled, limits, "asm", seed)[-1])["outcome"] for seed in range(40)}
    assert ends == {"pass", "fail", "invalid"}


def bits(value: float) -> str:
    return "nan" if value != value else float(value).hex()


def told(core: Core, limits: Mapping[str, Any], method: str, seed: int) -> list[str]:
    """Play a random trace; return every status and the verdict as text that holds every bit."""
    chance = random.Random(seed)
    vehicle = {"fuel": chance.choice(["petrol", "cng", "lpg"]), "reference_mass_kg": 1020.0, "gross_mass_kg": 1500.0}
    vehicle |= {"rated_rpm": 3700.0}
    start = chance.choice([None, None, core["methods"].start_phases(method)[1]])
    trial = core["methods"].open_trial(
        method, {**vehicle, "closed_loop": True}, limits[method], chance.choice("ab"), start
    )
    lines = []
    for second, values in enumerate(trace(chance, method, odd=seed % 2 == 1)):
        status = trial.push(core["second"].LegalSecond(second * 1000, values, 1 if values else 0))
        lines.append(repr(status))
    trial.end()
    machine = trial._machine
    lines.append(repr({n: getattr(machine, n) for n in ("outcome", "cause", "restarts", "timer_s", "saw_low_gas")}))
    return [*lines, json.dumps(trial.verdict().as_json())]


def trace(chance: random.Random, method: str, odd: bool) -> Iterator[dict[str, float | None]]:
    """Yield a restless car: now and then a value is missing, odd or out of its band, and with ``odd`` also a gap."""
    dirt = chance.choice([0.3, 1.0, 1.6, 9.0])
    told, restless = chance.choice([1.0, 1.0, 1.2]), chance.choice([0.0, 0.01, 0.04])
    for second in range(300):
        to_40 = second > 92
        speed = (40.0 if to_40 else 25.0) + chance.gauss(0, 0.35) + (4.0 if chance.random() < 0.015 else 0.0)
        force = (496.2 if to_40 else 992.4) * (1 + chance.gauss(0, 0.01))
        values: dict[str, float | None] = {
            "speed_kmh": speed, "force_n": force, "co_pct": max(0.0, 0.3 * dirt + chance.gauss(0, 0.02)),
            "co2_pct": chance.uniform(13, 15.5), "o2_pct": chance.uniform(0, 2),
            "hc_ppm": 50 * dirt + chance.gauss(0, 5),
            "no_ppm": 400 * dirt + chance.gauss(0, 40), "ambient_temp_c": 22.0, "humidity_pct": 55.0,
            "pressure_kpa": 100.2, "engine_rpm": 1800.0 if method == "asm" else (2500.0 if second < 45 else 800.0),
        }  # fmt: skip
        values["obd_rpm"] = told * (values["engine_rpm"] or 0.0) + chance.gauss(0, 20)
        values |= {"obd_coolant_c": chance.uniform(70, 90), "probe_in": chance.choice([0.0, 1.0, None])}
        if method == "two_speed_idle" and chance.random() < restless:
            values["engine_rpm"] = chance.choice([2900.0, None])
        if odd:
            for name in values:
                if chance.random() < 0.004:
                    values[name] = chance.choice([None, *ODD])
            if chance.random() < 0.003:
                values = {}
        yield values


def told_of_diesel(core: Core, limits: Mapping[str, Any], method: str, seed: int) -> list[str]:
    """Play a random diesel test; return every status and the verdict as text that holds every bit."""
    chance = random.Random(seed)
    vehicle = {"fuel": "diesel", "rated_power_kw": 110.0, "rated_rpm": 2600.0}
    vehicle["aspiration"] = chance.choice(["natural", "turbo"])
    phases = core["methods"].start_phases(method)
    start = chance.choice([None, None, *phases]) if seed % 4 == 3 else None
    trial = core["methods"].open_trial(method, vehicle, limits[method], chance.choice("aab"), start)
    lines = []
    odd, second = seed % 2 == 1, core["second"].LegalSecond
    make = snap_seconds if method == "free_acceleration" else scan_seconds
    for t_ms, samples in make(chance):
        rows = [(t, smudge(chance, values) if odd else values) for t, values in samples]
        gap = odd and chance.random() < 0.002
        lines.append(repr(trial.push(second(t_ms, rows[0][1], 0 if gap else 1, () if gap else tuple(rows)))))
    trial.end()
    machine = trial._machine
    lines.append(repr((machine.outcome, machine.cause, machine.phase)))
    return [*lines, json.dumps(trial.verdict().as_json())]


def smudge(chance: random.Random, values: dict[str, float | None]) -> dict[str, float | None]:
    return {name: chance.choice([None, *ODD]) if chance.random() < 0.0004 else v for name, v in values.items()}


Second = tuple[int, list[tuple[int, dict[str, float | None]]]]


def snap_seconds(chance: random.Random) -> Iterator[Second]:
    smoke, numbered = chance.choice([20.0, 38.0, 45.0, 60.0]), chance.random() < 0.5
    for number in range(chance.randrange(2, 6)):
        top = 2700.0 if chance.random() < 0.9 else 2000.0
        told, silent = chance.choice([1.0, 1.0, 1.05, 1.3]), chance.randrange(140) if chance.random() < 0.1 else 999
        for second in range(14):
            samples = []
            for tenth in range(10):
                up = max(0.0, min(1.0, second + tenth / 10 - 6.0, 11.0 - second - tenth / 10))
                n = 1.0 + up * smoke + chance.gauss(0, 0.3)
                values: dict[str, float | None] = {
                    "engine_rpm": 760 + up * (top - 760), "opacity_n_pct": n,
                    "snap_no": number + 1.0 if numbered else None, "obd_pedal_d_pct": 100.0 * min(1.0, up * 1.2),
                    "obd_rpm": told * (760 + up * (top - 760)), "probe_in": chance.choice([0.0, 1.0, 1.0, None]),
                    "oil_temp_c": chance.uniform(60, 100),
                }  # fmt: skip
                if 0 <= second * 10 + tenth - silent < 5:
                    values["engine_rpm"] = None
                samples.append(((number * 14 + second) * 1000 + tenth * 100, values))
            yield samples[0][0], samples


def scan_seconds(chance: random.Random) -> Iterator[Second]:
    smoke, nox, most = chance.choice([20.0, 35.0, 45.0]), chance.choice([600.0, 1700.0]), chance.choice([45.0, 70.0])
    speeds = [80.0 - 1.1 * i for i in range(26)] + [66.0] * 16 + [52.8] * 16 + [52.8] * chance.choice([0, 0, 60, 150])
    for second, nominal in enumerate(speeds):
        speed = nominal + chance.gauss(0, 0.12)
        power = most - 0.05 * (speed - 66.0) ** 2 + chance.gauss(0, 0.2)
        yield second * 1000, [(second * 1000, {
            "speed_kmh": speed, "force_n": power * 3600 / speed, "engine_rpm": speed * 39.0,
            "opacity_n_pct": smoke + chance.gauss(0, 1), "nox_ppm": nox + chance.gauss(0, 20),
            "no_ppm": nox, "no2_ppm": 25.0, "co2_pct": 9.0, "ambient_temp_c": 18.0, "humidity_pct": 40.0,
            "pressure_kpa": 98.0, "obd_rpm": speed * 39.0, "obd_pedal_d_pct": 99.0, "obd_coolant_c": 85.0,
        })]  # fmt: skip
