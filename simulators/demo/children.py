"""The programs of a simulated station that run as processes of their own: lanes (daemon) and simulated devices.

Knows how to start, watch and end them. Their output goes to files in the station's folder.
"""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from simulators.demo.layout import LaneLayout, lanectl_command, python_command

END_WITHIN_S = 15.0
THERE_WITHIN_S = 30.0
WATCH_EVERY_S = 0.5


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
        program = python_command("from simulators.cli import main; main()")
        name = f"devices-{lane.lane}"
        options = ["lane", "--folder", str(lane.devices), "--clock-factor", str(clock_factor), "--seed", str(seed)]
        await self.start(name, *program, *options)
        await self._until_there(name, lane.devices / "control.sock")

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
        """Kill a program as a power cut would: no goodbye."""
        process = self._running.pop(name)
        process.kill()
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
        """End every program, lanes before their devices."""
        for lanes in (True, False):
            await asyncio.gather(*(self.end(name) for name in list(self._running) if name.startswith("lane-") is lanes))

    async def _until_there(self, name: str, path: Path) -> None:
        try:
            async with asyncio.timeout(THERE_WITHIN_S):
                while not await asyncio.to_thread(path.exists):
                    self.check()
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise ChildEndedError(f"{name} did not come up within {THERE_WITHIN_S:.0f} s") from None
