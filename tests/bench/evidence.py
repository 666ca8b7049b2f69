"""What a lane's other expensive steps cost: seconds of samples, evaluating a trace, the ledger, checking a bundle.

Knows how each is called. Knows no clock.
"""

import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

from lanectl.app.evaluate import Question, evaluate
from lanectl.app.evidence import export
from lanectl.app.replay import replay
from lanectl.core import methods
from lanectl.core.second import LegalSecond, SecondMaker
from lanectl.ledger.bundle import read_bundle
from lanectl.ledger.keys import Signer, TrustedKey, TrustStore, new_key
from lanectl.ledger.store import Ledger
from lanectl.ledger.values import SealedRecord, TestOpening
from lanectl.ledger.verify import verify_bundle
from lanectl.model.record import LaneIdentity, SecondRow
from lanectl.model.sample import Channel, LaneEvent, Sample
from tests.bench.given import CAR, DIRTY, LAW
from tests.bench.measure import Step

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 3, 1, 9, 0, tzinfo=timezone(timedelta(hours=8)))


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
