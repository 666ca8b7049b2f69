"""``lanectl demo``: a simulated station on this machine: broker, bureau, M-station, two lanes with their devices.

Everything speaks as at a real station: bytes over pseudo-terminals, MQTT over TLS with client certificates, signed
evidence. With ``once`` it plays a shift and leaves; without, it stays up for people.
"""

import asyncio
import contextlib
import logging
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

from simulators.bureau import Misdeeds
from simulators.demo.layout import Layout
from simulators.demo.report import Report, line
from simulators.demo.sabotage import KNOWN, forger, misdeeds
from simulators.demo.stage import Cast, NoPlaceError, check_place, station
from simulators.demo.story import Shift

CLOCK_FACTOR = 2.0
TERMINAL_PORTS = {"01": 8460, "02": 8461}
HELD, BROKEN, UNUSABLE = 0, 1, 2


def run(*, once: bool, sabotage: str | None, folder: Path | None = None) -> int:
    """Run the demo; returns the exit code: 0 held, 1 something did not, 2 cannot be run like that."""
    if sabotage is not None and sabotage not in KNOWN:
        return _unusable(f"there is no sabotage '{sabotage}'", f"choose one of: {', '.join(KNOWN)}")
    if sabotage is not None and not once:
        return _unusable("a sabotage is played once", "add --once")
    logging.basicConfig(level=logging.CRITICAL)
    try:
        with _home(folder) as home:
            return asyncio.run(_run(home, once=once, sabotage=sabotage))
    except NoPlaceError as error:
        message, _, remedy = str(error).rpartition("; ")
        return _unusable(message, remedy)


def _unusable(message: str, remedy: str) -> int:
    line(f"lanectl demo: {message}\n  -> {remedy}")
    return UNUSABLE


@contextlib.contextmanager
def _home(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="lanectl-demo-") as name:
        yield Path(name)


async def _run(folder: Path, *, once: bool, sabotage: str | None) -> int:
    """Play until the end or until told to end; whatever happens, everything that was started is ended first."""
    check_place(folder)
    report, loop, told = Report(), asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    playing = asyncio.create_task(_play(folder, report, once=once, sabotage=sabotage))
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait({playing, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not playing.done():
        line("\nTold to end: the station is taken down.")
        playing.cancel()
    await asyncio.wait({playing})
    if playing.cancelled() and once:
        report.promise("the shift is played to its end", False, "told to end before")
    elif not playing.cancelled() and (error := playing.exception()) is not None:
        report.promise("the station runs", False, _said(error))
    return report.ending(sabotage)


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


async def _play(folder: Path, report: Report, *, once: bool, sabotage: str | None) -> None:
    def bureaus_misdeeds(layout: Layout) -> Misdeeds:
        return misdeeds(sabotage, layout)

    report.step("A station starts: broker, bureau, M-station, two lanes with simulated devices and cameras")
    async with station(
        folder, clock_factor=CLOCK_FACTOR, terminal_ports=TERMINAL_PORTS, misdeeds=bureaus_misdeeds
    ) as cast:
        for lane in cast.layout.lanes:
            report.promise(f"lane {lane} ready, line to the bureau up", True, await cast.lane_ready(lane))
        line(f"   terminal of lane 01: {_address(cast)}")
        with forger(sabotage, cast.layout):
            await cast.children.while_running(Shift(cast, report, sabotage).play())
        if not once:
            report.ending(sabotage)
            await _stay(cast)


async def _stay(cast: Cast) -> None:
    line(f"\nThe station stays up. Terminal: {_address(cast)}   (Ctrl-C ends it)")
    line(f'Drive a car: lanectl-sim say {cast.first_lane.devices} \'{{"do": "help"}}\'')
    await cast.children.watch()


def _address(cast: Cast) -> str:
    return f"http://127.0.0.1:{cast.first_lane.terminal_port}"
