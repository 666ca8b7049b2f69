"""The programs of a simulated station that run as processes of their own: lanes (daemon) and simulated devices.

Knows how to start, watch and end them. Their output goes to files in the station's folder.
"""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import Process
from dataclasses import dataclass, field
from pathlib import Path

from simulators.demo.layout import LaneLayout, lanectl_command

END_WITHIN_S = 15.0


class ChildEndedError(Exception):
    """A program of the station ended by itself; carries the last lines that it wrote."""


@dataclass
class Children:
    """Every child process of this station, ended together."""

    folder: Path
    _running: dict[str, Process] = field(default_factory=dict)

    async def start(self, name: str, *command: str) -> Process:
        """Start a program; its output goes to ``<name>.log``."""
        with (self.folder / f"{name}.log").open("ab") as log:
            environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
            process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log, env=environment)
        self._running[name] = process
        return process

    async def start_devices(self, lane: LaneLayout, clock_factor: float, seed: int) -> None:
        """Start the simulated devices of a lane and wait until they can be spoken to."""
        program = [sys.executable, "-c", "from simulators.cli import main; main()"]
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

    def last_lines(self, name: str, count: int = 12) -> str:
        """Return the end of a program's output."""
        text = (self.folder / f"{name}.log").read_text("utf-8", "replace")
        return "\n".join(text.splitlines()[-count:])

    async def end(self, name: str) -> None:
        """End one program as an administrator would: SIGTERM, and SIGKILL when that takes too long."""
        process = self._running.pop(name)
        if process.returncode is not None:
            return
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
        for name in sorted(self._running, key=lambda name: not name.startswith("lane-")):
            await self.end(name)

    async def _until_there(self, name: str, path: Path) -> None:
        async with asyncio.timeout(20.0):
            while not await asyncio.to_thread(path.exists):
                self.check()
                await asyncio.sleep(0.05)
