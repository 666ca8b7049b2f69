"""The programs of a simulated station that run as processes of their own: lanes (daemon) and simulated devices.

Knows how to start, watch and end them. Their output goes to files in the station's folder.
"""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from simulators.demo.layout import M_STATION, LaneLayout, Layout, lanectl_command, python_command
from simulators.runner import CONTROL_SOCKET

END_WITHIN_S = 15.0
THERE_WITHIN_S = 30.0
WATCH_EVERY_S = 0.5
_PROGRAM = tuple(python_command("from simulators.cli import main; main()"))


class ChildEndedError(Exception):
    """A program of the station ended by itself; carries the last lines that it wrote."""


@dataclass
class Children:
    """Every child process of this station, ended together."""

    folder: Path
    _running: dict[str, Process] = field(default_factory=dict)

    async def start(self, name: str, *command: str) -> Process:
        """Start a program; its output goes to ``<name>.log``. A Ctrl-C at the demo does not reach it: we end it."""
        with (self.folder / f"{name}.log").open("ab") as log:
            environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
            process = await asyncio.create_subprocess_exec(
                *command, stdin=DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
            )
        self._running[name] = process
        return process

    async def start_devices(self, lane: LaneLayout, clock_factor: float, seed: int) -> None:
        """Start the simulated devices of a lane and wait until they can be spoken to."""
        name = f"devices-{lane.lane}"
        options = ["lane", "--folder", str(lane.devices), "--clock-factor", str(clock_factor), "--seed", str(seed)]
        devices = [word for device in lane.device_ids for word in ("--device", device)]
        await self.start(name, *_PROGRAM, *options, *devices)
        await self._until(name, (lane.devices / CONTROL_SOCKET).exists)

    async def start_camera(self, lane: LaneLayout) -> None:
        """Start the simulated camera over a lane, if it has one, and wait until it can be spoken to."""
        if (camera := lane.camera) is None:
            return
        name = f"camera-{lane.lane}"
        options = ["camera", "--folder", str(camera.folder), "--port", str(camera.port), "--name", camera.id]
        await self.start(name, *_PROGRAM, *options, "--seed", str(camera.seed))
        await self._until(name, (camera.folder / CONTROL_SOCKET).exists)

    async def start_broker(self, layout: Layout) -> None:
        """Start the broker as a process of its own and wait until it takes connections."""
        await self._start_and_hear("broker", "--folder", str(layout.folder), "--port", str(layout.broker_port))

    async def start_bureau(self, layout: Layout) -> None:
        """Start the bureau as a process of its own and wait until it is at work; the broker is there."""
        ports = ("--broker-port", str(layout.broker_port), "--door-port", str(layout.door_port))
        await self._start_and_hear("bureau", "--folder", str(layout.folder), *ports, "--m-station", M_STATION)

    async def start_lane(self, lane: LaneLayout) -> None:
        """Start a lane's daemon."""
        await self.start(f"lane-{lane.lane}", *lanectl_command("run", "--config", str(lane.lane_file)))

    def check(self) -> None:
        """Raise ChildEndedError when a program has ended by itself."""
        for name, process in self._running.items():
            if process.returncode is not None:
                raise ChildEndedError(f"{name} ended with {process.returncode}:\n{self.last_lines(name)}")

    async def watch(self) -> NoReturn:
        """Look after the programs for ever; raise ChildEndedError when one has ended by itself."""
        while True:
            self.check()
            await asyncio.sleep(WATCH_EVERY_S)

    async def while_running(self, work: Coroutine[object, object, None]) -> None:
        """Do something that needs all programs; ends at once with ChildEndedError when one is gone."""
        doing, watching = asyncio.create_task(work), asyncio.create_task(self.watch())
        try:
            await asyncio.wait({doing, watching}, return_when=asyncio.FIRST_COMPLETED)
            self.check()  # what ended is the cause, whatever the work makes of it
        finally:
            for task in (doing, watching):
                task.cancel()
            await asyncio.gather(doing, watching, return_exceptions=True)
        doing.result()

    def process(self, name: str) -> Process:
        """Return a running program."""
        return self._running[name]

    async def kill(self, name: str) -> None:
        """Kill a program, with the processes that belong to it, as a power cut would: no goodbye."""
        process = self._running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    def last_lines(self, name: str, count: int = 12) -> str:
        """Return the end of a program's output."""
        text = (self.folder / f"{name}.log").read_text("utf-8", "replace")
        return "\n".join(text.splitlines()[-count:])

    async def end(self, name: str) -> None:
        """End one program as an administrator would: SIGTERM, and SIGKILL when that takes too long."""
        process = self._running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(END_WITHIN_S):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def end_all(self) -> None:
        """End every program: lanes before their devices, the bureau's side last."""
        for names in (("lane",), ("devices", "camera"), ("bureau", "broker")):
            going = [name for name in self._running if name.split("-")[0] in names]
            await asyncio.gather(*(self.end(name) for name in going))

    async def _start_and_hear(self, name: str, *options: str) -> None:
        """Start a program of ``lanectl-sim`` that says a line when it is ready."""
        log = self.folder / f"{name}.log"
        said = log.stat().st_size if log.exists() else 0
        await self.start(name, *_PROGRAM, name, *options)
        await self._until(name, lambda: log.stat().st_size > said)

    async def _until(self, name: str, holds: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(THERE_WITHIN_S):
                while not await asyncio.to_thread(holds):
                    self.check()
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise ChildEndedError(f"{name} did not come up within {THERE_WITHIN_S:.0f} s") from None
