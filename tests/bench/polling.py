"""What polling costs: one lane asks all its devices together, on pseudo-terminals, with simulators in another process.

Three figures, each with its bar: the share of one core that polling takes (the daemon's own loops: equipment,
acquisition, a sample each beat), what a question takes longer than a bare write and read on the same ports, how many
beats did not take place.

The bare loop is the floor. Lane and bare loop take turns, so that a machine with other work is as slow for the one as
for the other. One loop of select, read and write asks at all ports together what the lane asked there in the turn
before, in the lane's order, each question as long after the last answer as in the lane, and reads the streams. All
simulators are one process, which also steps the car fifty times a second: an answer waits while another port's is made.
That is not the lane's doing, and only a floor that puts the same load on the same process has it too; one that asks at
one port after the other does not. What the lane's own event loop lets an answer wait for (another device's answer, a
sample, the collector) the bare loop does not have, as it does nothing with what it reads: all of that stays in our
number. p99 is held against p99: that of the OBD reader by itself, because its answers wait for the vehicle, that of all
others together, because a device that is asked twice a second has no p99 in a minute, only a second slowest answer.
Where the host of a virtual machine keeps processors for others (steal), both loops wait; the share is printed.
A run with its machine is in docs/performance.md.
"""

import argparse
import asyncio
import contextlib
import math
import os
import resource
import select
import subprocess
import sys
import tempfile
import termios
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drivers.errors import DeviceError
from drivers.registry import DRIVERS
from lanectl.app.compose import Lane, join
from lanectl.app.daemon import settle_memory
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
READY_WITHIN_S, WARM_UP_S, FALL_SILENT_S = 40.0, 1.5, 0.3
TURNS, LONGEST_BARE_TURN_S, BARE_WITHIN_S = 6, 20.0, 0.3
LARGEST_SHARE_PCT, LONGEST_OVERHEAD_MS = 10.0, 2.0
OTHERS = "all but obd"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question that was answered."""

    pause_s: float
    """How long after the last answer at this port it was put."""
    request: bytes
    reply_bytes: int
    took_ms: float


@dataclass(slots=True)
class Timed:
    """Every question of the lane that was answered while it counted, by port, and how often none was."""

    counts: bool = False
    turns: list[dict[str, list[Asked]]] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)

    def watch(self, name: str, exchange: Any) -> None:
        """Time what goes through this exchange, from the question to the answer in the hands of who asked."""
        ask, tap, arrived, ended_s = exchange.ask, exchange.tap, 0, time.perf_counter()

        def heard(way: str, data: bytes, at_ms: int) -> None:
            nonlocal arrived
            arrived += len(data) if way == "from_device" else 0
            if tap is not None:
                tap(way, data, at_ms)

        async def timed(request: bytes, framer: Any, doing: str, **rest: Any) -> Any:
            nonlocal arrived, ended_s
            arrived, began_s = 0, time.perf_counter()
            try:
                reply = await ask(request, framer, doing, **rest)
            except DeviceError as error:
                self.failed[f"{name}: {error.code}"] += self.counts
                raise
            pause_s, ended_s = began_s - ended_s, time.perf_counter()
            if self.counts:
                self.turns[-1].setdefault(name, []).append(Asked(pause_s, request, arrived, (ended_s - began_s) * 1000))
            return reply

        exchange.ask, exchange.tap = timed, heard


@dataclass(slots=True)
class Bare:
    """How long the answers took in the bare loop, turn by turn and by port, and how often none came."""

    turns: list[dict[str, list[float]]] = field(default_factory=list)
    unanswered: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Found:
    """What the lane's turns came to."""

    seconds: float = 0.0
    cpu_s: float = 0.0
    beats: int = 0
    missed: int = 0
    samples: int = 0
    dyno_reports: int = 0
    stolen_pct: float = 0.0
    """Share of the processors that the host of a virtual machine kept for others, lane's and bare turns together."""


def main() -> None:
    """Measure and print; ends 1 where a bar is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=60.0, help="How long all devices are polled; long form: 600.")
    options.add_argument(
        "--profile", type=Path, help="Write what the lane does in its last turn to this file (cProfile)."
    )
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="l", dir="/tmp") as name:
        folder = Path(name)
        say(machine(folder))
        with _simulators(folder / "dev"):
            timed, bare, found = asyncio.run(_polled(folder, chosen.seconds, chosen.profile))
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


async def _polled(folder: Path, seconds: float, profile: Path | None) -> tuple[Timed, Bare, Found]:
    (folder / "lane").mkdir()
    parts = _lane(folder).parts
    flow = DRIVERS[FLOW].build(
        "flow", DRIVERS[FLOW].settings.model_validate({"driver": FLOW, "port": str(folder / "dev" / "flow")}), None,
        parts.clock,
    )  # fmt: skip
    timed, bare, found = Timed(), Bare(), Found()
    for name, device in [*((slot.name, slot.device) for slot in parts.equipment.slots.values()), ("flow", flow)]:
        if hasattr(device.exchange, "ask"):  # type: ignore[attr-defined]
            timed.watch(name, device.exchange)  # type: ignore[attr-defined]
    async with _at_work(parts.equipment.run()):
        await _ready(parts, flow)
        settle_memory()
        parts.acquisition.use(POLLED)
        parts.acquisition.obd_live = True
        stolen, all_time = _processor_time()
        for _ in range(TURNS):
            async with _at_work(parts.acquisition.run(), _poll_flow(flow, parts.clock)):
                await _lane_turn(parts, seconds / TURNS, timed, found, profile)
            await asyncio.sleep(FALL_SILENT_S)
            _bare_turn(folder / "dev", timed.turns[-1], min(seconds / TURNS, LONGEST_BARE_TURN_S), bare)
        found.stolen_pct = 100 * (_processor_time()[0] - stolen) / (_processor_time()[1] - all_time)
    await flow.close()
    await parts.equipment.close()
    await parts.ledger.close()
    return timed, bare, found


async def _lane_turn(parts: Any, seconds: float, timed: Timed, found: Found, profile: Path | None) -> None:
    await asyncio.sleep(WARM_UP_S)
    timed.turns.append({})
    timed.counts = True
    with _profiled(profile):
        await _beat(parts, seconds, found)
    timed.counts = False


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


async def _beat(parts: Any, seconds: float, found: Found) -> None:
    """Take a sample each beat, as a test does, for so long; add what that cost."""
    cpu_s, began_s, reports = _cpu_s(), time.monotonic(), set()
    async for mark in beats(parts.clock):
        parts.acquisition.look_at_streams()
        sample = parts.board.sample(mark.number, mark.number * 100, mark.at_ms, parts.clock.wall_ms(), mark.missed)
        found.beats += 1 + mark.missed
        found.missed += mark.missed
        found.samples += len(sample.channels)
        reports.add(parts.acquisition.dyno_now()[0])
        if time.monotonic() - began_s >= seconds:
            break
    found.seconds += time.monotonic() - began_s
    found.cpu_s += _cpu_s() - cpu_s
    found.dyno_reports += len(reports)


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


def _processor_time() -> tuple[int, int]:
    """Return how much of all processors' time the host kept for others, and all of it, in ticks since the start."""
    ticks = [int(field) for field in Path("/proc/stat").read_text().split(maxsplit=9)[1:9]]
    return ticks[7], sum(ticks)


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


class BarePort:
    """One port of the bare loop: the lane's questions in the lane's order, each so long after the last answer as there.

    A port at which the lane asked nothing, as that of a stream, is read and what it says forgotten.
    """

    def __init__(self, path: Path, asked: Sequence[Asked]) -> None:
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        self.took_ms: list[float] = []
        self.unanswered = 0
        self.due_s = math.inf
        """When there is something to do here: put the next question, or give an answer up."""
        self._left = iter(asked)
        self._question: Asked | None = None
        self._began_s: float | None = None
        self._came = 0
        self._prepare()

    def ask(self, now_s: float) -> None:
        """Put the question that is due, or give up the one that waits."""
        if now_s < self.due_s or self._question is None:
            return
        if self._began_s is not None:
            self.unanswered += 1
            self._prepare()
            return
        self._came, self._began_s, self.due_s = 0, now_s, now_s + BARE_WITHIN_S
        termios.tcflush(self.fd, termios.TCIFLUSH)
        os.write(self.fd, self._question.request)

    def take(self) -> None:
        """Read what has come; with its last byte the answer is there."""
        self._came += len(os.read(self.fd, 4096))
        if self._question is not None and self._began_s is not None and self._came >= self._question.reply_bytes:
            self.took_ms.append((time.perf_counter() - self._began_s) * 1000)
            self._prepare()

    def _prepare(self) -> None:
        self._question, self._began_s = next(self._left, None), None
        self.due_s = math.inf if self._question is None else time.perf_counter() + self._question.pause_s


def _bare_turn(folder: Path, asked: dict[str, list[Asked]], seconds: float, bare: Bare) -> None:
    """Put the lane's questions in the lane's rhythm with nothing but write, select and read; add how long they took."""
    ends_s = time.perf_counter() + seconds
    ports = {path.name: BarePort(path, asked.get(path.name, ())) for path in folder.iterdir() if path.is_symlink()}
    by_fd = {port.fd: port for port in ports.values()}
    while (due_s := min(port.due_s for port in by_fd.values())) < ends_s:
        for fd in select.select(list(by_fd), [], [], max(0.0, due_s - time.perf_counter()))[0]:
            by_fd[fd].take()
        for port in by_fd.values():
            port.ask(time.perf_counter())
    bare.turns.append({name: port.took_ms for name, port in ports.items()})
    for name, port in ports.items():
        os.close(port.fd)
        bare.unanswered[name] += port.unanswered


# --- what it comes to -------------------------------------------------------------------------------------------


def _report(timed: Timed, bare: Bare, found: Found) -> bool:
    overheads = _table(timed, bare, found.seconds)
    say(f"{found.beats} beats in {found.seconds:.0f} s, {found.samples / found.beats:.0f} channels each; "
        f"the host kept {found.stolen_pct:.1f} % of the processors; "
        f"{found.dyno_reports} dynamometer reports at beats; failed: {dict(+timed.failed) or 'none'}; "
        f"not answered in the bare loop: {dict(+bare.unanswered) or 'none'}")  # fmt: skip
    bars = (
        ("CPU of polling, % of one core", LARGEST_SHARE_PCT, 100 * found.cpu_s / found.seconds),
        ("p99 over the bare loop's, OBD, ms", LONGEST_OVERHEAD_MS, overheads["obd"]),
        ("p99 over the bare loop's, others, ms", LONGEST_OVERHEAD_MS, overheads[OTHERS]),
        ("beats missed", 0.0, float(found.missed)),
    )
    say(f"\n{'bar':<38}{'at most':>8}{'found':>10}")
    for text, most, value in bars:
        say(f"{text:<38}{most:>8g}{value:>10.3g}   {'PASS' if value <= most else 'no'}")
    return all(value <= most for _, most, value in bars)


def _table(timed: Timed, bare: Bare, seconds: float) -> dict[str, float]:
    """Print how long answers took, device by device; return by how much p99 is over the bare loop's."""
    lane = [{name: [each.took_ms for each in asked] for name, asked in turn.items()} for turn in timed.turns]
    groups = {name: [name] for name in sorted({name for turn in lane for name in turn})}
    groups[OTHERS] = [name for name in groups if name != "obd"]
    heads = ("asked/s", "median", "p99", "bare median", "bare p99", "p99 over")
    say(f"{'question to':<12}" + "".join(f"{head:>12}" for head in heads) + "  ms")
    overheads: dict[str, float] = {}
    for group, names in groups.items():
        asked, floor = _took(lane, names), _took(bare.turns, names)
        overheads[group] = _at(asked, 0.99) - _at(floor, 0.99)
        cells = (_at(asked, 0.5), _at(asked, 0.99), _at(floor, 0.5), _at(floor, 0.99), overheads[group])
        say(f"{group:<12}{len(asked) / seconds:>12.1f}" + "".join(f"{cell:>12.2f}" for cell in cells))
    for group in ("obd", OTHERS):  # what the host takes away falls on some turns
        over = (_at(_took([one], groups[group]), 0.99) - _at(_took([other], groups[group]), 0.99)
                for one, other in zip(lane, bare.turns, strict=True))  # fmt: skip
        say(f"p99 over, turn by turn, {group}: " + ", ".join(f"{each:.2f}" for each in over))
    return overheads


def _took(turns: Sequence[Mapping[str, Sequence[float]]], names: Sequence[str]) -> list[float]:
    return [took for turn in turns for name in names for took in turn.get(name, ())]


def _at(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("nan")


if __name__ == "__main__":
    main()
