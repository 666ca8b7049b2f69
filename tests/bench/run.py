"""What the expensive steps cost on this machine, measured in one run: medians over several rounds, no verdict on them.

Compiled and interpreted core are measured in turns, so that both see the same machine. Nothing here is a test: numbers
of one machine say nothing about another. docs/performance.md holds a run with the machine it was made on.
"""

import argparse
import importlib
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from importlib import resources
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import lanectl.core
from lanectl.app.evaluate import Question, evaluate
from lanectl.app.evidence import export
from lanectl.app.replay import replay
from lanectl.core import asm, methods, two_speed_idle
from lanectl.core.second import LegalSecond, SecondMaker
from lanectl.ledger.bundle import read_bundle
from lanectl.ledger.keys import Signer, TrustedKey, TrustStore, new_key
from lanectl.ledger.store import Ledger
from lanectl.ledger.values import SealedRecord, TestOpening
from lanectl.ledger.verify import verify_bundle
from lanectl.model.record import LaneIdentity, SecondRow
from lanectl.model.sample import Channel, LaneEvent, Sample

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 3, 1, 9, 0, tzinfo=timezone(timedelta(hours=8)))
CAR: dict[str, object] = {
    "plate": "粤A12345",
    "vin": "LSVAA4182E2184847",
    "fuel": "petrol",
    "reference_mass_kg": 1480.0,
    "gross_mass_kg": 1900.0,
    "closed_loop": True,
}
LAW = tomllib.loads((resources.files("config") / "limits" / "gb18285-2018.toml").read_text("utf-8"))
DIRTY = {
    "speed_kmh": 25.0,
    "force_n": 1440.0,
    "engine_rpm": 1750.0,
    "hc_ppm": 95.0,
    "co_pct": 0.4,
    "co2_pct": 14.6,
    "o2_pct": 0.6,
    "no_ppm": 900.0,
    "ambient_temp_c": 25.0,
    "humidity_pct": 50.0,
    "pressure_kpa": 101.3,
}
"""A car that fails both modes at 90 s: every rule is looked at, and no early end saves work."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to measure: ``prepare`` makes what the timed ``work`` takes; ``count`` is how often work does it."""

    name: str
    prepare: Callable[[], Any]
    work: Callable[[Any], object]
    count: int = 1


def main() -> None:
    """Measure every step and print the table."""
    arguments = _arguments()
    place: Path = arguments.folder or ROOT / "build"
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place) as folder:
        groups = [core_steps(), [second_step()], evaluate_steps(Path(folder)), evidence_steps(Path(folder))]
        say(machine(Path(folder)))
        say(f"medians of {arguments.rounds} rounds\n")
        say(f"{'step':<52}{'median':>12}{'fastest':>12}{'slowest':>12}")
        for steps in groups:
            report(measure(steps, arguments.rounds))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--folder", type=Path, help="where the ledger is written; its disk is part of the answer")
    return parser.parse_args()


def measure(steps: Sequence[Step], rounds: int) -> dict[str, list[float]]:
    """Return seconds for one doing of each step, round by round; the steps of a group take turns."""
    taken: dict[str, list[float]] = {step.name: [] for step in steps}
    for number in range(rounds + 1):
        for step in steps:
            given = step.prepare()
            begin = time.perf_counter()
            step.work(given)
            passed = time.perf_counter() - begin
            if number:  # the first round only warms up
                taken[step.name].append(passed / step.count)
    return taken


def report(taken: Mapping[str, list[float]]) -> None:
    """Print the lines of a group, and how many times faster compiled is than interpreted."""
    medians = {name: statistics.median(values) for name, values in taken.items()}
    for name, values in taken.items():
        say(f"{name:<52}{duration(medians[name]):>12}{duration(min(values)):>12}{duration(max(values)):>12}")
        twin = name.replace("compiled", "interpreted")
        if twin != name and twin in medians:
            ratios = [slow / fast for slow, fast in zip(taken[twin], values, strict=True)]
            say(f"{'  times faster than interpreted':<52}{statistics.median(ratios):>11.1f}x")


def say(line: str) -> None:
    """Print one line at once, so that a long run shows where it is."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def duration(seconds: float) -> str:
    """Return a duration in the unit that reads best."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.2f} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def machine(folder: Path) -> str:
    """Say what was measured where: processor, system, versions, and the file system under the ledger."""
    names = [line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    processor = f"{names[0] if names else platform.processor() or platform.machine()}, {os.cpu_count()} cores"
    mounts = [line.split()[1:3] for line in _lines("/proc/mounts")]
    under = [(len(point), kind) for point, kind in mounts if folder.resolve().is_relative_to(point)]
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{processor}; {system}; ledger on {max(under)[1] if under else 'an unknown file system'}"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text("utf-8").splitlines()
    except OSError:
        return []


# -- the core


class SourcesOnly(MetaPathFinder):
    """Finds the core's modules as sources, ignoring the compiled ones beside them."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the source of a core module."""
        room, _, name = fullname.rpartition(".")
        file = Path(lanectl.core.__file__ or "").parent / f"{name}.py"
        if room != "lanectl.core" or not file.exists():
            return None
        return spec_from_file_location(fullname, file, loader=SourceFileLoader(fullname, str(file)))


@contextmanager
def _without_core() -> Iterator[None]:
    kept = {name: sys.modules.pop(name) for name in list(sys.modules) if name.startswith("lanectl.core.")}
    finder = SourcesOnly()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name.startswith("lanectl.core.")]:
            del sys.modules[name]
        for name, module in kept.items():
            sys.modules[name] = module
            setattr(lanectl.core, name.rpartition(".")[2], module)


def core_steps() -> list[Step]:
    """Return one push of each state machine, compiled and interpreted."""
    for module in (asm, two_speed_idle):
        if not str(module.__file__).endswith(".so"):
            sys.exit("the core is not compiled here: python setup.py build_ext --inplace")
    with _without_core():
        interpreted = importlib.import_module("lanectl.core.methods")
    d = DIRTY
    load = (1, d["speed_kmh"], d["force_n"], d["hc_ppm"], d["co_pct"], d["co2_pct"], d["o2_pct"], d["no_ppm"])
    asm_second = (*load, d["engine_rpm"], d["ambient_temp_c"], d["humidity_pct"], d["pressure_kpa"], 0.0)
    idle_second = (1, 30.0, 0.1, 15.0, 0.3, 50.0, 2500.0, 0.0, 1.0, 2500.0, 90.0, 85.0)
    return [
        _push_step(f"{machine_name}.push, {how}", module, method, second, seconds)
        for machine_name, method, second, seconds in (
            ("Asm", "asm", asm_second, 89),
            ("TwoSpeedIdle", "two_speed_idle", idle_second, 44),
        )
        for how, module in (("compiled", methods), ("interpreted", interpreted))
    ]


def _push_step(name: str, module: ModuleType, method: str, second: tuple[float, ...], seconds: int) -> Step:
    tests = 100

    def prepare() -> list[Any]:
        return [module.open_trial(method, CAR, LAW[method], "a")._machine for _ in range(tests)]

    def work(machines: list[Any]) -> None:
        for machine_ in machines:
            push = machine_.push
            for _ in range(seconds):
                push(*second)

    return Step(name, prepare, work, tests * seconds)


def second_step() -> Step:
    """Return what one sample of twelve channels costs on its way into a legal second, ten samples a second."""
    rows = [{**DIRTY, "oil_temp_c": 93.0, "hc_ppm": 90.0 + number % 7} for number in range(900)]

    def work(maker: SecondMaker) -> None:
        for number, values in enumerate(rows):
            maker.push(number * 100, values)

    return Step("SecondMaker.push, one sample of 12 channels", SecondMaker, work, len(rows))


def evaluate_steps(folder: Path) -> list[Step]:
    """Return the judging of a recorded trace of 90 rows: within a program, and as a command."""
    car, trace = folder / "car.toml", folder / "trace.csv"
    car.write_text('fuel = "petrol"\nreference_mass_kg = 1480\n')
    lines = [",".join(str(value) for value in (second, *DIRTY.values())) for second in range(90)]
    trace.write_text("\n".join([",".join(("t_s", *DIRTY)), *lines]) + "\n")
    question = Question("asm", car, trace)
    program = str(Path(sys.executable).with_name("lanectl"))
    command = [program, "evaluate", "--method", "asm", "--vehicle", str(car), str(trace)]
    return [
        Step("evaluate, a trace of 90 s", lambda: question, evaluate),
        Step("lanectl evaluate, the same as a command", lambda: command, _run_to_a_verdict),
    ]


def _run_to_a_verdict(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, check=False, cwd=ROOT)
    if done.returncode != 1:  # this car has not finished its test: invalid
        sys.exit(done.stderr.decode())


# -- evidence


def evidence_steps(folder: Path) -> list[Step]:
    """Return what a lane second and a whole test cost in the ledger, and what checking one bundle costs."""
    lane, signer = LaneIdentity("440106", "44010625", "01", "training"), Signer(new_key())
    ledger = Ledger.open(folder / "ledger.db", lane, signer)
    keys = TrustStore([TrustedKey(signer.key_id, signer.public, "lane")])
    samples = [_sample(number) for number in range(2000)]
    rows, verdict = _judge(samples)
    numbers = iter(range(10**9))

    def begin() -> str:
        test = f"bench-{next(numbers):06}"
        ledger.begin_test(TestOpening(test, AT, _opening(test), {"gas": {"serial_number": "7"}}))
        return test

    def begun_and_written() -> str:
        test = begin()
        ledger.append(test, samples, rows, [LaneEvent(0, 1, "begin_measure", {"phase": "asm5025"})])
        return test

    def seal(test: str) -> SealedRecord:
        return ledger.seal(test, {**_opening(test), **verdict}, AT)

    def lane_second(test: str) -> None:
        ledger.append(test, samples[:10], rows[:1])

    seal(begun_and_written())
    [bundle] = export(folder / "ledger.db", ["bench-000000"], folder)
    members = read_bundle(bundle)
    if not verify_bundle(bundle, keys).ok or not replay(members).same:
        sys.exit("the bundle that was to be measured does not verify and replay")
    return [
        Step("ledger append, one lane second (10 samples), synced", begin, lane_second),
        Step("ledger seal, a test of 200 s, synced", begun_and_written, seal),
        Step("verify, one bundle of 200 s", lambda: bundle, lambda path: verify_bundle(path, keys)),
        Step("replay, one bundle of 200 s", lambda: members, replay),
    ]


def _sample(number: int) -> Sample:
    """Return a sample of a dirty car: 90 s at 25 km/h, then at 40 km/h; a little unrest makes the numbers long."""
    unrest = 1 + (number * 7919 % 101 - 50) / 50_000
    now = DIRTY if number < 900 else {**DIRTY, "speed_kmh": 40.0, "force_n": 720.0}
    channels = {name: Channel(value * unrest, 40) for name, value in now.items()}
    return Sample(number, number * 100, number * 100, 1_795_400_000_000 + number * 100, channels)


def _judge(samples: Sequence[Sample]) -> tuple[list[SecondRow], dict[str, object]]:
    """Make seconds and verdict of the samples, as a lane does."""
    trial, maker = methods.open_trial("asm", CAR, LAW["asm"], "a", "asm5025"), SecondMaker()
    seconds: list[LegalSecond] = []
    for sample in samples:
        seconds += maker.push(sample.t_ms, {name: channel.value for name, channel in sample.channels.items()})
    seconds += maker.close()
    rows = [SecondRow(second.t_ms, second.values, second.rows, trial.push(second).phase) for second in seconds]
    verdict = trial.verdict()
    if verdict is None or verdict.outcome != "fail":
        sys.exit("the test that was to be sealed is not decided")
    said = verdict.as_json()
    told = {name: said[name] for name in ("outcome", "values", "judgements", "reasons", "uncertain")}
    return rows, {**told, "ended_at": AT.isoformat(), "start_phase": "asm5025", "measure_from_ms": 0}


def _opening(test: str) -> dict[str, object]:
    facts = {name: CAR[name] for name in ("plate", "vin", "fuel", "reference_mass_kg")}
    return {
        "test_id": test,
        "mode": "training",
        "method": "asm",
        "vehicle": facts,
        "operator": "op1",
        "started_at": AT.isoformat(),
        "clock": {"factor": 1},
        "limits": {"name": "gb18285-2018", "set": "a", "sha256": "0" * 64, "data": LAW["asm"]},
        "gate": {"decision": "allow", "code": "FIRST_TEST", "bureau": "reachable"},
        "profile": {"name": "default", "sha256": "0" * 64},
        "calibration": {},
        "software": {"version": "0", "core_digest": "x", "compiled": True, "binaries": {}},
    }


if __name__ == "__main__":
    main()
