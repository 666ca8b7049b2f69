"""The panel before the car: shows the driver the instruction of the moment, the latest one only.

Knows short words. A panel that fails is shown as failed and is no trouble of a test: the terminal shows the same.
"""

import asyncio

from drivers.errors import DeviceError
from lanectl.lane.equipment import Equipment
from lanectl.lane.kit import DISPLAY
from lanectl.model.words.panel import PANEL
from lanectl.procedures.commands import Prompt


class Panel:
    """Writes prompts to the lane's panel, where it has one, without ever being waited for."""

    def __init__(self, equipment: Equipment) -> None:
        self._equipment = equipment
        self._wanted: tuple[str, str] | None = None
        self._shown: tuple[str, str] | None = None
        self._writing: asyncio.Task[None] | None = None

    def show(self, prompt: Prompt) -> None:
        """Show a prompt: what to do, and below it the figure or the seconds that are left."""
        if self._equipment.display is None or prompt.code not in PANEL:
            return
        self._wanted = (PANEL[prompt.code].zh, _second_line(prompt))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(), name="panel")

    async def _write(self) -> None:
        slot, display = self._equipment.of_role(DISPLAY), self._equipment.display
        while slot is not None and display is not None and self._wanted not in (None, self._shown):
            lines = self._wanted
            assert lines is not None  # the condition above
            self._shown = lines
            if not slot.opened:
                return
            try:
                await display.show(*lines)
            except DeviceError as error:
                self._equipment.report(slot, error)
                return


def _second_line(prompt: Prompt) -> str:
    left = "" if prompt.remaining_s is None else f"{prompt.remaining_s} s"
    if prompt.target_kmh is not None:
        return f"{prompt.target_kmh:.0f} km/h {left}".strip()
    if prompt.target_rpm is not None:
        return f"{prompt.target_rpm:.0f} r/min {left}".strip()
    return left
