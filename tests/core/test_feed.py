"""A whole trace at once gives what its seconds give one by one: status, verdict, and all that the machine keeps."""

import random
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pytest

from lanectl.core.columns import Columns
from lanectl.core.methods import Trial, open_trial, start_phases
from lanectl.core.second import LegalSecond
from tests.core.traces_vmas import vmas

Values = dict[str, float | None]
Maker = Callable[[random.Random], list[LegalSecond]]
ODD = (float("nan"), float("inf"), float("-inf"), 1e300, -1e300, 0.0, 5e-324)
PETROL_CAR = {
    "fuel": "petrol",
    "reference_mass_kg": 1480.0,
    "gross_mass_kg": 1900.0,
    "closed_loop": True,
    "rated_rpm": 5500.0,
}
DIESEL_CAR = {"fuel": "diesel", "rated_power_kw": 118.0, "rated_rpm": 2600.0, "aspiration": "turbo"}


def test_a_trace_at_once_gives_what_its_seconds_give(limits: Mapping[str, Any], played: "Played") -> None:
    trial = played.open(limits)
    trial.feed(*columns(played.seconds))
    assert told(trial) == told(played.pushed(limits))


def test_a_trace_in_parts_gives_what_its_seconds_give(limits: Mapping[str, Any], played: "Played") -> None:
    trial = played.open(limits)
    places = sorted(played.chance.randrange(len(played.seconds)) for _ in range(3))
    for first, last in zip([0, *places], [*places, len(played.seconds)], strict=True):
        trial.feed(*columns(played.seconds[first:last]))
    assert told(trial) == told(played.pushed(limits))


def test_seconds_may_follow_a_part_that_was_fed(limits: Mapping[str, Any], played: "Played") -> None:
    trial = played.open(limits)
    place = played.chance.randrange(len(played.seconds))
    trial.feed(*columns(played.seconds[:place]))
    for second in played.seconds[place:]:
        trial.push(second)
    assert told(trial) == told(played.pushed(limits))


def test_no_second_at_all_changes_nothing(limits: Mapping[str, Any], played: "Played") -> None:
    trial = played.open(limits)
    before = kept(trial)
    trial.feed(Columns(), Columns())
    assert kept(trial) == before


def test_the_random_traces_are_decided_and_broken_off(limits: Mapping[str, Any], method: str) -> None:
    ends = set()
    for seed in range(SEEDS):
        verdict = Played(method, seed).pushed(limits).verdict()
        ends.add("open" if verdict is None else verdict.outcome)
    assert len(ends) >= 3, ends


class Played:
    """A method, a random trace, and a start phase that may be any of its own."""

    def __init__(self, method: str, seed: int) -> None:
        self.chance = random.Random(f"{method} {seed}")
        self.method = method
        self.car, make = TRACES[method]
        self.start = self.chance.choice([None, None, *start_phases(method)])
        self.limit_set = self.chance.choice("aab")
        self.seconds = make(self.chance)

    def open(self, limits: Mapping[str, Any]) -> Trial:
        return open_trial(self.method, self.car, limits[self.method], self.limit_set, self.start)

    def pushed(self, limits: Mapping[str, Any]) -> Trial:
        trial = self.open(limits)
        for second in self.seconds:
            trial.push(second)
        return trial


def kept(trial: Trial) -> list[str]:
    """Return the status and every number that the machine and its parts show, bit by bit."""
    machine = trial._machine  # type: ignore[attr-defined]  # what it keeps, the trial does not show
    return [repr(trial.status()), *numbers_of(machine)]


COUNTED_AHEAD = "seconds"
"""What stands there may be ahead of the decision, and is no state of the test."""


def numbers_of(part: Any) -> list[str]:
    lines = []
    for name in (name for name in dir(part) if not name.startswith("_") and name != COUNTED_AHEAD):
        value = getattr(part, name)
        if isinstance(value, int | float):
            lines.append(f"{name} {float(value).hex()}")
        elif type(value).__module__.startswith("lanectl.core."):
            lines += [f"{name}.{line}" for line in numbers_of(value)]
    return lines


def told(trial: Trial) -> list[str]:
    """Return what a trial keeps and says, before and after its end."""
    lines = [*kept(trial), repr(trial.verdict())]
    trial.end()
    return [*lines, *kept(trial), repr(trial.verdict())]


def columns(seconds: Sequence[LegalSecond]) -> tuple[Columns, Columns]:
    """Return the columns of seconds, and those of the samples that they were made from."""
    samples = [sample for second in seconds for sample in second.samples]
    return (
        by_channel([(s.t_ms, s.values) for s in seconds], [s.rows for s in seconds]),
        by_channel(samples, [1] * len(samples)),
    )


def by_channel(rows: Iterable[tuple[int, Mapping[str, float | None]]], counts: Sequence[int]) -> Columns:
    found = list(rows)
    names = dict.fromkeys(name for _, values in found for name in values)
    values = {name: array("d", [number(row.get(name)) for _, row in found]) for name in names}
    return Columns(array("q", [t_ms for t_ms, _ in found]), array("i", counts), values)


def number(value: float | None) -> float:
    return float("nan") if value is None else value


def spoilt(chance: random.Random, values: Values) -> Values:
    """Return a second in which now and then a value is missing or odd."""
    odd = {name: chance.choice([None, *ODD]) for name in values if chance.random() < 0.002}
    return {**values, **odd}


def seconds_of(chance: random.Random, rows: Iterable[Values]) -> list[LegalSecond]:
    """Return rows as legal seconds with gaps; every other trace is spoilt, and some end early."""
    spoil, gaps = chance.random() < 0.5, chance.choice([0.0, 0.0, 0.01])
    found = []
    for second, row in enumerate(rows):
        values = spoilt(chance, row) if spoil else row
        gap = chance.random() < gaps
        found.append(LegalSecond(second * 1000, {} if gap else values, 0 if gap else chance.choice([1, 10])))
    return found if chance.random() < 0.7 else found[: chance.randrange(1, len(found))]


def asm_seconds(chance: random.Random) -> list[LegalSecond]:
    dirt, slips = chance.choice([0.3, 1.0, 1.6, 9.0]), chance.choice([0.0, 0.01, 0.03])
    rows: list[Values] = []
    for second in range(chance.choice([120, 220, 300])):
        fast = second > 97
        speed = (40.0 if fast else 25.0) + chance.gauss(0, 0.3) + (4.0 if chance.random() < slips else 0.0)
        gas = {"co_pct": 0.3 * dirt, "hc_ppm": 50 * dirt, "no_ppm": 400 * dirt, "co2_pct": 14.5, "o2_pct": 0.5}
        rows.append({
            "speed_kmh": speed, "force_n": (720.0 if fast else 1440.0) * (1 + chance.gauss(0, 0.01)),
            **{name: value * chance.uniform(0.95, 1.05) for name, value in gas.items()}, "engine_rpm": 1900.0,
            "ambient_temp_c": 22.0, "humidity_pct": 55.0, "pressure_kpa": 100.2,
            "low_flow": float(chance.random() < slips),
        })  # fmt: skip
    return seconds_of(chance, rows)


def two_speed_seconds(chance: random.Random) -> list[LegalSecond]:
    dirt, slips = chance.choice([0.3, 0.9, 3.0]), chance.choice([0.0, 0.01, 0.05])
    told_share, idle_from = chance.choice([1.0, 1.0, 1.2]), chance.choice([46, 110])
    rows: list[Values] = []
    for second in range(180):
        rpm = (2500.0 if second < idle_from else 800.0) + chance.gauss(0, 20)
        rpm += 600.0 if chance.random() < slips else 0.0
        rows.append({
            "hc_ppm": 60 * dirt * chance.uniform(0.9, 1.1), "co_pct": 0.3 * dirt * chance.uniform(0.9, 1.1),
            "co2_pct": 14.5, "o2_pct": chance.uniform(0.2, 0.6), "no_ppm": 50.0, "engine_rpm": rpm,
            "obd_rpm": rpm * told_share, "oil_temp_c": chance.uniform(70, 90) if second > 9 else None,
            "obd_coolant_c": chance.uniform(60, 95), "probe_in": float(second > 3), "low_flow": 0.0,
        })  # fmt: skip
    return seconds_of(chance, rows)


def lug_down_seconds(chance: random.Random) -> list[LegalSecond]:
    smoke, most, slips = (
        chance.choice([10.0, 30.0, 50.0]),
        chance.choice([45.0, 71.0]),
        chance.choice([0.0, 0.01, 0.05]),
    )
    pedal, told_share = chance.choice([100.0, 78.0, 50.0]), chance.choice([1.0, 1.0, 1.2])
    still = [(0.0, 0.0, rpm) for rpm in (800.0, 3300.0, 3400.0, 900.0)] + [(v, 2.0, 3000.0) for v in (50.0, 77.0, 78.0)]
    loaded = [78.0 - 1.2 * i for i in range(22)] + [66.0] * chance.choice([11, 12, 20]) + [52.8] * 30
    rows: list[Values] = []
    for speed, power, rpm in [*still, *[(78.0, 2.0, 3000.0)] * 4, *((v, most, v * 39.4) for v in loaded)]:
        speed += 3.0 if chance.random() < slips else 0.0
        power -= 0.05 * (speed - 66.0) ** 2
        rows.append({
            "speed_kmh": speed, "force_n": power * 3600.0 / speed if speed else 0.0, "engine_rpm": rpm,
            "obd_rpm": rpm * told_share, "obd_pedal_d_pct": pedal if chance.random() >= slips else 30.0,
            "obd_coolant_c": chance.uniform(70, 90), "opacity_n_pct": smoke * chance.uniform(0.9, 1.1),
            "nox_ppm": None if chance.random() < slips else 800.0, "no_ppm": 700.0, "no2_ppm": 50.0,
            "co2_pct": chance.choice([9.0, None]) if slips else 9.0, "low_flow": float(chance.random() < slips),
            "ambient_temp_c": 25.0, "humidity_pct": 50.0, "pressure_kpa": 99.0,
        })  # fmt: skip
    return seconds_of(chance, rows[chance.choice([0, 0, 11]) :])


def vmas_seconds(chance: random.Random) -> list[LegalSecond]:
    course = vmas(chance)
    for _ in range(chance.choice([0, 0, 1, 2])):
        spell, first = chance.choice(course.spells), chance.randrange(len(course.seconds.t_ms))
        for second in range(first, min(first + 4, len(course.seconds.t_ms))):
            for name, value in spell.items():
                course.seconds.columns[name][second] = value
    return seconds_of(chance, course.seconds.values())


def snap_seconds(chance: random.Random) -> list[LegalSecond]:
    """Return snaps at 10 Hz; now and then a second has no samples of its own, or is a gap."""
    smoke, hz, spoil = chance.choice([20.0, 38.0, 60.0]), chance.choice([10, 10, 20]), chance.random() < 0.2
    numbered, told_share, slips = chance.random() < 0.3, chance.choice([1.0, 1.0, 1.2]), chance.choice([0.0, 0.0, 0.02])
    found = []
    for second in range(14 * chance.randrange(2, 7)):
        samples = []
        for part in range(hz):
            up = max(0.0, min(1.0, second % 14 + part / hz - 6.0, 11.0 - second % 14 - part / hz))
            rpm = 760.0 + up * 1940.0
            values: Values = {
                "engine_rpm": rpm, "obd_rpm": rpm * told_share, "obd_pedal_d_pct": 100.0 * up, "probe_in": 1.0,
                "opacity_n_pct": 1.0 + up * smoke + chance.gauss(0, 0.2), "oil_temp_c": chance.uniform(70, 90),
                "snap_no": second // 14 + 1.0 if numbered else None,
            }  # fmt: skip
            samples.append((second * 1000 + part * 1000 // hz, spoilt(chance, values) if spoil else values))
        means, gap = samples[0][1], chance.random() < slips
        made = () if gap or chance.random() < slips else tuple(samples)
        found.append(LegalSecond(second * 1000, {} if gap else means, 0 if gap else len(samples), made))
    return found if chance.random() < 0.7 else found[: chance.randrange(1, len(found))]


TRACES: dict[str, tuple[Mapping[str, object], Maker]] = {
    "asm": (PETROL_CAR, asm_seconds),
    "two_speed_idle": (PETROL_CAR, two_speed_seconds),
    "free_acceleration": (DIESEL_CAR, snap_seconds),
    "lug_down": (DIESEL_CAR, lug_down_seconds),
    "vmas": (PETROL_CAR, vmas_seconds),
}
"""Every method that is fed: its vehicle, and what makes a random trace of it. A new method is one line here."""
SEEDS = 20


@pytest.fixture(params=list(TRACES))
def method(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=range(SEEDS))
def played(request: pytest.FixtureRequest, method: str) -> Played:
    return Played(method, request.param)


def test_a_second_whose_samples_are_not_here_counts_by_all_its_channels(limits: Mapping[str, Any]) -> None:
    values: Values = {
        "opacity_n_pct": 2.0, "engine_rpm": 760.0, "snap_no": None, "obd_pedal_d_pct": 5.0, "probe_in": 0.0,
        "obd_rpm": 770.0, "oil_temp_c": 91.0, "obd_coolant_c": 93.0,
    }  # fmt: skip
    rows = [{**values, "engine_rpm": 2700.0 if i % 9 == 5 else 760.0} for i in range(30)]
    rows += [{**row, "probe_in": 1.0, "obd_rpm": row["engine_rpm"]} for row in rows[:20]]
    seconds = [LegalSecond(i * 1000, row, 1) for i, row in enumerate(rows)]
    section = limits["free_acceleration"]
    pushed, fed = (open_trial("free_acceleration", DIESEL_CAR, section, "a", "blow_outs") for _ in range(2))
    for second in seconds:
        pushed.push(second)
    fed.feed(*columns(seconds))
    assert kept(fed) == kept(pushed)
    assert (pushed.status().phase, pushed.status().decided) == ("snap_idle", False)


@pytest.mark.parametrize("t_ms", [2000, 2001, 2998, 2999])
def test_a_sample_belongs_to_the_second_that_it_begins_in_up_to_its_last_thousandth(
    limits: Mapping[str, Any], t_ms: int
) -> None:
    at_idle: Values = {"engine_rpm": 760.0, "opacity_n_pct": 1.0}
    seconds = [LegalSecond(i * 1000, at_idle, 1, ((i * 1000, at_idle),)) for i in range(2)]
    seconds.append(LegalSecond(2000, at_idle, 1, ((t_ms, {"engine_rpm": 0.0}),)))
    trial = open_trial("free_acceleration", DIESEL_CAR, limits["free_acceleration"], "a")
    trial.feed(*columns(seconds))
    verdict = trial.verdict()
    assert verdict is not None
    assert verdict.reasons[0] == "engine_stall"
