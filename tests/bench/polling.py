"""What polling costs: one lane asks all its devices together, on pseudo-terminals, with simulators in another process.

Three figures, each with its bar: the share of one core that polling takes (the daemon's own loops: equipment,
acquisition, a sample each beat), what a question takes longer than a bare write and read on the same ports, how many
beats did not take place. The bare loop is the floor: it asks the same questions of the same simulators afterwards, one
port after the other. What a simulator takes to answer is in both, so p99 is held against p99. A run with its machine is
in docs/performance.md.
"""

import argparse
import asyncio
import contextlib
import os
import resource
import select
import subprocess
import sys
import tempfile
import termios
import time
import tty
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from drivers.errors import DeviceError
from drivers.registry import DRIVERS
from lanectl.app.compose import Lane, join
from lanectl.lane.clock import Clock, RealClock, beats
from lanectl.lane.kit import DYNO, GAS, OBD, OPACIMETER, TACHOMETER, WEATHER, Kit
from lanectl.ledger.writer import LedgerInline
from lanectl.settings.lane_file import load_lane_file
from simulators.demo.layout import python_command
from tests.bench.measure import machine, say
from tests.lane.conftest import DIESEL_DEVICES, BureauOnPaper, lay_out

FLOW = "nanhua-nhf-1"
DEVICES = (
    *("nanhua-nha-506i", "xincheng-bntd", "elm327", "nanhua-nht-6", "mingquan-mqw-5102", "nanhua-rpm-5300"),
    *("nanhua-led", "rz-1", FLOW),
)
POLLED = Kit(frozenset({GAS, DYNO, OBD, OPACIMETER, TACHOMETER, WEATHER}), TACHOMETER)
FLOW_EVERY_S = 0.3
READY_WITHIN_S, WARM_UP_S = 40.0, 3.0
BARE_ROUNDS, BARE_ROUNDS_OBD, BARE_WITHIN_S, BARE_GIVEN_UP = 300, 40, 0.3, 3
BARE_PAUSE_S = (0.002, 0.015)
"""Asked without a pause, nearly all questions would fall between two steps of the simulators, as no lane's do."""
LARGEST_SHARE_PCT, LONGEST_OVERHEAD_MS = 10.0, 2.0


@dataclass(slots=True)
class Timed:
    """Every question that was asked: how long each took, and what answered it."""

    took_ms: dict[tuple[str, bytes], list[float]] = field(default_factory=dict)
    replies: dict[tuple[str, bytes], int] = field(default_factory=dict)
    """How many bytes the reply to this question has."""
    failed: Counter[str] = field(default_factory=Counter)

    def watch(self, name: str, exchange: Any) -> None:
        """Time what goes through this exchange, from the write to the answer."""
        ask, arrived = exchange.ask, bytearray()
        tap = exchange.tap

        def heard(way: str, data: bytes, at_ms: int) -> None:
            if way == "from_device":
                arrived.extend(data)
            if tap is not None:
                tap(way, data, at_ms)

        async def timed(request: bytes, framer: Any, doing: str, **rest: Any) -> Any:
            arrived.clear()
            began = time.perf_counter()
            try:
                reply = await ask(request, framer, doing, **rest)
            except DeviceError as error:
                self.failed[f"{name}: {error.code}"] += 1
                raise
            self.took_ms.setdefault((name, request), []).append((time.perf_counter() - began) * 1000)
            self.replies[name, request] = len(arrived)
            return reply

        exchange.ask, exchange.tap = timed, heard

    def clear(self) -> None:
        """Forget what was before the measurement."""
        self.took_ms.clear()
        self.failed.clear()


@dataclass(slots=True)
class Found:
    """What one run came to."""

    seconds: float
    cpu_pct: float
    beats: int
    missed: int
    samples: int
    dyno_reports: int


def main() -> None:
    """Measure and print; ends 1 where a bar is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=60.0, help="How long all devices are polled; long form: 600.")
    options.add_argument("--profile", type=Path, help="Write what the polling process does to this file (cProfile).")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="l", dir="/tmp") as name:
        folder = Path(name)
        say(machine(folder))
        with _simulators(folder / "dev"):
            timed, found = asyncio.run(_polled(folder, chosen.seconds, chosen.profile))
            bare = _bare(folder / "dev", timed)
    sys.exit(0 if _report(timed, bare, found) else 1)


# --- the far end ------------------------------------------------------------------------------------------------


@contextmanager
def _simulators(folder: Path) -> Iterator[None]:
    options = [part for device in DEVICES for part in ("--device", device)]
    program = python_command("from simulators.cli import main; main()")
    command = [*program, "lane", "--folder", str(folder), "--preset", "clean_diesel", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        began_s = time.monotonic()
        while not (folder / "control.sock").exists():
            if time.monotonic() - began_s > READY_WITHIN_S:
                raise SystemExit("the simulators did not start")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


# --- the lane ---------------------------------------------------------------------------------------------------


def _lane(folder: Path) -> Lane:
    lane_file = lay_out(folder / "lane")
    text = (lane_file.read_text("utf-8") + DIESEL_DEVICES).replace('"memory-', f'"{folder / "dev"}/')
    lane_file.write_text(text, "utf-8")
    return join(load_lane_file(lane_file), lambda *_: BureauOnPaper(), clock=RealClock(), ledger_caller=LedgerInline)


async def _polled(folder: Path, seconds: float, profile: Path | None) -> tuple[Timed, Found]:
    (folder / "lane").mkdir()
    parts = _lane(folder).parts
    flow = DRIVERS[FLOW].build(
        "flow", DRIVERS[FLOW].settings.model_validate({"driver": FLOW, "port": str(folder / "dev" / "flow")}), None,
        parts.clock,
    )  # fmt: skip
    timed = Timed()
    for name, device in [*((slot.name, slot.device) for slot in parts.equipment.slots.values()), ("flow", flow)]:
        if hasattr(device.exchange, "ask"):  # type: ignore[attr-defined]
            timed.watch(name, device.exchange)  # type: ignore[attr-defined]
    async with _at_work(parts.equipment.run(), parts.acquisition.run()):
        await _ready(parts, flow)
        parts.acquisition.use(POLLED)
        parts.acquisition.obd_live = True
        async with _at_work(_poll_flow(flow, parts.clock)):
            await asyncio.sleep(WARM_UP_S)
            timed.clear()
            with _profiled(profile):
                found = await _beat(parts, seconds)
    await flow.close()
    await parts.equipment.close()
    await parts.ledger.close()
    return timed, found


async def _ready(parts: Any, flow: Any) -> None:
    began_s = time.monotonic()
    slots = parts.equipment.slots.values()
    while not all(slot.usable for slot in slots):
        if time.monotonic() - began_s > READY_WITHIN_S:
            raise SystemExit(f"not ready: {[(slot.name, slot.state, slot.evidence) for slot in slots]}")
        await asyncio.sleep(0.1)
    obd = parts.equipment.slot(OBD)
    async with obd.busy:
        await obd.device.connect()
    opacity = parts.equipment.slot(OPACIMETER)
    async with opacity.busy:
        await opacity.device.start_measuring()
    await flow.open()


async def _poll_flow(flow: Any, clock: Clock) -> None:
    while True:
        await flow.read()
        await clock.sleep(FLOW_EVERY_S)


async def _beat(parts: Any, seconds: float) -> Found:
    """Take a sample each beat, as a test does, for so long; say what that cost."""
    cpu_s, began_s = _cpu_s(), time.monotonic()
    count = missed = taken = 0
    reports = set()
    async for mark in beats(parts.clock):
        parts.acquisition.look_at_streams()
        sample = parts.board.sample(mark.number, mark.number * 100, mark.at_ms, parts.clock.wall_ms(), mark.missed)
        count, missed = count + 1 + mark.missed, missed + mark.missed
        taken += len(sample.channels)
        reports.add(parts.acquisition.dyno_now()[0])
        if time.monotonic() - began_s >= seconds:
            break
    took_s = time.monotonic() - began_s
    return Found(took_s, 100 * (_cpu_s() - cpu_s) / took_s, count, missed, taken, len(reports))


@contextlib.asynccontextmanager
async def _at_work(*works: Any) -> AsyncIterator[None]:
    workers = [asyncio.create_task(work) for work in works]
    try:
        yield
        for worker in workers:
            if worker.done():
                worker.result()
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@contextmanager
def _profiled(to: Path | None) -> Iterator[None]:
    if to is None:
        yield
        return
    import cProfile

    with cProfile.Profile() as profile:
        yield
    profile.dump_stats(to)


# --- the floor --------------------------------------------------------------------------------------------------


def _bare(folder: Path, timed: Timed) -> dict[tuple[str, bytes], list[float]]:
    """Put the same questions with nothing but write and read; return how long each took."""
    took_ms: dict[tuple[str, bytes], list[float]] = {}
    random = Random(7)
    ports = {name: _open(folder / name) for name in {name for name, _ in timed.took_ms}}
    try:
        silent: Counter[tuple[str, bytes]] = Counter()
        for number in range(BARE_ROUNDS):
            for key in [key for key in timed.took_ms if silent[key] < BARE_GIVEN_UP]:
                name, request = key
                if name == "obd" and number >= BARE_ROUNDS_OBD:
                    continue
                time.sleep(random.uniform(*BARE_PAUSE_S))
                began = time.perf_counter()
                if _asked(ports[name], request, timed.replies[key]):
                    took_ms.setdefault(key, []).append((time.perf_counter() - began) * 1000)
                else:
                    silent[key] += 1
    finally:
        for port in ports.values():
            os.close(port)
    return took_ms


def _open(path: Path) -> int:
    port = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(port)
    return port


def _asked(port: int, request: bytes, length: int) -> bool:
    termios.tcflush(port, termios.TCIFLUSH)
    os.write(port, request)
    came, ends_s = 0, time.monotonic() + BARE_WITHIN_S
    while came < length and time.monotonic() < ends_s:
        if select.select([port], [], [], BARE_WITHIN_S)[0]:
            came += len(os.read(port, 4096))
    return came >= length


# --- what it comes to -------------------------------------------------------------------------------------------


def _report(timed: Timed, bare: dict[tuple[str, bytes], list[float]], found: Found) -> bool:
    heads = ("asked/s", "median", "p99", "bare median", "bare p99", "p99 over")
    say(f"{'question to':<12}" + "".join(f"{head:>12}" for head in heads) + "  ms")
    overheads: dict[str, float] = {}
    for name in sorted({name for name, _ in timed.took_ms}):
        keys = [key for key in timed.took_ms if key[0] == name and key in bare]
        ours = [took for key in keys for took in timed.took_ms[key]]
        floor = [took for key in keys for took in bare[key]]
        overheads[name] = _at(ours, 0.99) - _at(floor, 0.99)
        cells = (_at(ours, 0.5), _at(ours, 0.99), _at(floor, 0.5), _at(floor, 0.99), overheads[name])
        say(f"{name:<12}{len(ours) / found.seconds:>12.1f}" + "".join(f"{cell:>12.2f}" for cell in cells))
    for name, request in set(timed.took_ms) - set(bare):
        say(f"{name}: {request.hex(' ')} got no answer of {timed.replies[name, request]} bytes from the bare loop")
    say(f"{found.beats} beats in {found.seconds:.0f} s, {found.samples / found.beats:.0f} channels each; "
        f"{found.dyno_reports} dynamometer reports at beats; failed: {dict(timed.failed) or 'none'}")  # fmt: skip
    bars: tuple[tuple[str, float, float, Callable[[float, float], bool]], ...] = (
        ("CPU of polling, % of one core", LARGEST_SHARE_PCT, found.cpu_pct, float.__le__),
        ("p99 over the bare loop's, worst, ms", LONGEST_OVERHEAD_MS, max(overheads.values()), float.__le__),
        ("beats missed", 0.0, float(found.missed), float.__le__),
    )
    say(f"\n{'bar':<38}{'at most':>8}{'found':>10}")
    for text, most, value, holds in bars:
        say(f"{text:<38}{most:>8g}{value:>10.3g}   {'PASS' if holds(value, most) else 'no'}")
    return all(holds(value, most) for _, most, value, holds in bars)


def _at(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("nan")


if __name__ == "__main__":
    main()
