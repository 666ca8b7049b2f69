"""Lane I/O module described by a register map, in the role LaneIo.

Knows inputs, outputs, and that the watchdog output is opened when the module is left. Does not know when it may be
closed, what an e-stop means for a test, or how the module keeps its own time.
"""

import contextlib
from typing import Annotated, Literal

from pydantic import AfterValidator

from drivers.errors import DeviceError, RefusedError
from drivers.modbus_line import ModbusLine
from drivers.modbus_settings import LoadedMap, MapName, ModbusSettings, check_map, make_line
from drivers.pace import Pace
from drivers.readings import IoReading
from drivers.roles import Device, Identity
from drivers.transports.base import Transport
from protocols.register_map import IoMap

LOOK_S = 0.12
"""A look that takes longer is repeated by the next one; the watchdog must not wait for it."""
KICK_S = 0.12


class ModbusIoSettings(ModbusSettings):
    """A lane I/O module on a serial or TCP port, with its register map."""

    driver: Literal["generic-modbus-io"]
    map: Annotated[MapName, AfterValidator(lambda name: check_map(name, IoMap))]


class MappedLaneIo:
    """A module whose registers stand in a file."""

    def __init__(self, device: str, line: ModbusLine, loaded: LoadedMap[IoMap]) -> None:
        self.device = device
        self.exchange = line.exchange
        self.watchdog_ms = loaded.map.watchdog_ms
        self.outputs = frozenset(loaded.map.outputs.bits()) - {"watchdog"}
        self._line = line
        self._map = loaded.map
        self._identity = Identity(loaded.map.model, None, loaded.firmware)
        self._opened = False

    async def open(self) -> None:
        """Open the port and the enable circuit: the lane closes it when all is well."""
        await self.exchange.open()
        self._opened = True
        await self.drop_watchdog()

    async def identify(self) -> Identity:
        """Look at the inputs once; the map is all that says who it is."""
        await self.read_inputs()
        return self._identity

    async def close(self) -> None:
        """Open the enable circuit if the module still listens, and close the port."""
        if not self._opened:
            return
        self._opened = False
        with contextlib.suppress(DeviceError):
            await self.drop_watchdog()
        await self.exchange.close()

    async def read_inputs(self) -> IoReading:
        """One look at all inputs, in one question."""
        inputs = self._map.inputs
        first, count = inputs.span()
        bits = await self._line.read_bits(inputs.function, first, count, "read inputs", timeout_s=LOOK_S, repeats=0)
        seen = {name: bits[bit.address - first] == (bit.active == "high") for name, bit in inputs.bits().items()}
        return IoReading(seen["estop"], seen.get("barrier_front"), seen.get("barrier_rear"))

    async def set_output(self, name: str, *, on: bool) -> None:
        """Switch one output."""
        if name not in self.outputs:
            raise RefusedError(self.device, f"switch {name}", "the register map has no such output")
        await self._line.write_coil(self._map.outputs.bits()[name].address, on, f"switch {name}")

    async def kick_watchdog(self) -> None:
        """Write the watchdog output on; one try, since the next beat writes it again."""
        await self._switch_watchdog(True, repeats=0)

    async def drop_watchdog(self) -> None:
        """Write the watchdog output off."""
        await self._switch_watchdog(False, repeats=1)

    async def _switch_watchdog(self, on: bool, repeats: int) -> None:
        address = self._map.outputs.watchdog.address
        doing = "keep the watchdog output" if on else "open the watchdog output"
        await self._line.write_coil(address, on, doing, timeout_s=KICK_S, repeats=repeats)


def build(device: str, settings: ModbusIoSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a lane I/O module."""
    return MappedLaneIo(device, make_line(device, settings, transport, pace), LoadedMap(settings.map, IoMap))
