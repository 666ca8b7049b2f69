"""``lanectl demo``: a simulated station on this machine: broker, bureau, M-station, two lanes with their devices.

Everything speaks as at a real station: bytes over pseudo-terminals, MQTT over TLS with client certificates, signed
evidence. With ``once`` it plays a shift and leaves; without, it stays up for people.
"""

import asyncio
import contextlib
import logging
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path

from simulators.broker import Broker
from simulators.bureau import Bureau, MStation, enrolled
from simulators.demo.children import ChildEndedError, Children
from simulators.demo.layout import M_STATION, Layout, lay_out
from simulators.demo.operator import Operator, TestStuckError, Wheel
from simulators.demo.report import Report, line
from simulators.demo.sabotage import KNOWN, misdeeds
from simulators.demo.story import Cast, check_evidence, play
from simulators.m_station import MStation as MStationPeople

CLOCK_FACTOR = 4.0
TERMINAL_PORTS = {"01": 8460, "02": 8461}
READY_WITHIN_S = 40.0


def run(*, once: bool, sabotage: str | None, folder: Path | None = None) -> int:
    """Run the demo; returns the exit code: 0 held, 1 something did not, 2 cannot be run like that."""
    if sabotage is not None and sabotage not in KNOWN:
        line(f"lanectl demo: sabotage '{sabotage}' has nothing to break yet: this station has no camera")
        line(f"  -> choose one of: {', '.join(KNOWN)}")
        return 2
    if sabotage is not None and not once:
        line("lanectl demo: a sabotage is played once\n  -> add --once")
        return 2
    logging.basicConfig(level=logging.ERROR)
    with _home(folder) as home:
        try:
            return asyncio.run(_run(home, once=once, sabotage=sabotage))
        except KeyboardInterrupt:
            return 0


@contextlib.contextmanager
def _home(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="lanectl-demo-") as name:
        yield Path(name)


async def _run(folder: Path, *, once: bool, sabotage: str | None) -> int:
    report = Report()
    report.step("A station starts: broker, bureau, M-station, two lanes with simulated devices")
    try:
        async with _station(folder, sabotage, report) as (cast, children):
            line(f"   terminal of lane 01: http://127.0.0.1:{cast.first_lane.terminal_port}")
            await play(cast, report)
            children.check()
            await check_evidence(cast, report)
            if not once:
                report.ending(sabotage)
                await _stay(cast, children)
    except (ChildEndedError, TestStuckError, TimeoutError) as error:
        report.promise("the station runs", False, str(error) or type(error).__name__)
    return report.ending(sabotage)


async def _stay(cast: Cast, children: Children) -> None:
    line(f"\nThe station stays up. Terminal: http://127.0.0.1:{cast.first_lane.terminal_port}   (Ctrl-C ends it)")
    line(f'Drive a car: lanectl-sim say {cast.first_lane.devices} \'{{"do": "help"}}\'')
    while True:
        children.check()
        await asyncio.sleep(1.0)


@contextlib.asynccontextmanager
async def _station(folder: Path, sabotage: str | None, report: Report) -> AsyncIterator[tuple[Cast, Children]]:
    ports = {lane: _free_port(wanted) for lane, wanted in TERMINAL_PORTS.items()}
    broker_port = _free_port(0)
    layout = lay_out(folder, broker_port, ports, CLOCK_FACTOR)
    children = Children(folder)
    async with contextlib.AsyncExitStack() as stack:
        broker = Broker(layout.files.broker, folder / "broker", broker_port)
        await broker.start()
        stack.push_async_callback(broker.stop)
        bureau = _bureau(layout, sabotage)
        stack.callback(bureau.stop)
        await asyncio.to_thread(bureau.start, broker.host, broker.port, layout.files.bureau, layout.files.bureau_door)
        stack.push_async_callback(children.end_all)
        for number, lane in enumerate(layout.lanes.values()):
            await children.start_devices(lane, CLOCK_FACTOR, seed=number)
            await children.start_lane(lane)
        wheel = Wheel(layout.lanes["01"].devices / "control.sock")
        operators = {
            name: Operator(lane.terminal_port, wheel if name == "01" else None) for name, lane in layout.lanes.items()
        }
        for name, operator in operators.items():
            stack.push_async_callback(operator.close)
            await _ready(operator, children, name, report)
        assert bureau.door_port is not None
        m_station = MStationPeople(layout.files.m_stations[M_STATION], "127.0.0.1", bureau.door_port)
        yield Cast(layout, bureau, m_station, operators, wheel, CLOCK_FACTOR, sabotage), children


async def _ready(operator: Operator, children: Children, name: str, report: Report) -> None:
    def ready(view: object) -> bool:
        children.check()
        return isinstance(view, dict) and not view["locks"] and bool(view["uplink"]["connected"])

    view = await operator.until(ready, f"lane {name} is not ready", READY_WITHIN_S)
    devices = ", ".join(f"{device['name']} {device['driver']}" for device in view["devices"])
    report.promise(f"lane {name} ready, line to the bureau up", True, devices)


def _bureau(layout: Layout, sabotage: str | None) -> Bureau:
    return Bureau(
        layout.folder / "bureau.db",
        layout.files.bureau_signing.private,
        enrolled(layout.files.trust),
        m_stations=[MStation(M_STATION, date(2020, 1, 1))],
        misdeeds=misdeeds(sabotage, layout),
    )


def _free_port(wanted: int) -> int:
    """Return the wanted port if it is free, else any free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on loopback")
