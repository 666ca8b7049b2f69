"""The devices of a lane: each opened, asked who it is, watched, and opened again when its port comes back.

Knows roles and device errors. Does not know what is measured with them (acquisition) or why (procedures).
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from drivers.errors import DeviceError, NoReplyError, NotReadyError, PortLostError, WrongDeviceError
from drivers.exchange import Exchange
from drivers.roles import (
    Device,
    DriverDisplay,
    Dynamometer,
    GasAnalyzer,
    Identity,
    LaneIo,
    NoxAnalyzer,
    ObdReader,
    Opacimeter,
    Tachometer,
)
from drivers.transports.can_link import CanLine
from lanectl.lane.clock import Clock
from lanectl.lane.device_book import DeviceBook
from lanectl.lane.identity import NOBODY, Place, perhaps_swapped, stranger
from lanectl.lane.kit import DISPLAY, DYNO, GAS, IO, NOX, OBD, OPACIMETER, PART, TACHOMETER, WEATHER, kit_of

log = logging.getLogger(__name__)
REOPEN_AFTER_S = 1.0
OPEN_WITHIN_S = 10.0
LOOK_AT_ENDS_EVERY_S = 0.2
NOT_FOUND = ("wrong_device", "garbled_reply", "no_reply")
"""How opening a port ends when another device is behind it; who only listens may hear nothing from a stranger."""

D = TypeVar("D", bound=Device)


@dataclass(slots=True)
class Slot:
    """One place of the lane file and how its device stands."""

    name: str
    role: str
    driver: str
    device: Device
    port: str = ""
    expected: Identity = NOBODY
    """Who the lane file says that it has to be."""
    state: str = "starting"
    code: str | None = None
    evidence: str = ""
    identity: Identity | None = None
    swapped_with: tuple[str, ...] = ()
    """The devices whose cables may be swapped with this one's."""
    opened: bool = False
    """Whether its port is open: opened, and not yet closed after a loss."""
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while one conversation with the device must not be interrupted by another."""
    broken: asyncio.Event = field(default_factory=asyncio.Event)
    grade: str = "A"
    """How well the device's bytes are attested (drivers.info)."""
    refused: Callable[[], str | None] = lambda: None
    """Says what is wrong with the end as it is now, where the lane's mode does not allow it."""

    @property
    def part(self) -> str:
        """What the device is called in reasons and sources, whatever its name in the lane file."""
        return PART.get(self.role, self.name)

    @property
    def place(self) -> Place:
        """The device as the lane file names it."""
        return Place(self.name, self.port, self.expected)

    @property
    def usable(self) -> bool:
        """Whether the device may be talked to."""
        return self.state in ("ready", "busy", "warming")


class Equipment:
    """All slots of the lane. ``changed`` is called whenever a slot's state changes."""

    def __init__(
        self, slots: Mapping[str, Slot], clock: Clock, changed: Callable[[], None], book: DeviceBook | None = None
    ) -> None:
        self.slots = slots
        self._clock = clock
        self._changed = changed
        self._book = book or DeviceBook()
        self._news: list[tuple[str, tuple[str, ...]]] = []

    @property
    def roles(self) -> frozenset[str]:
        """The roles for which this lane has a device; an analyzer that lacks part of the NOx is none for NOx."""
        return frozenset(slot.role for slot in self.slots.values() if slot.role != NOX or _measures_nox(slot.device))

    def can(self, method: str) -> bool:
        """Tell whether this lane has what a method needs; lug-down needs rollers that hold a speed."""
        if kit_of(method, self.roles) is None:
            return False
        return method != "lug_down" or (self.dyno is not None and self.dyno.holds_speed)

    def slot(self, role: str) -> Slot:
        """Return the slot of a role that the method under way needs; whoever chose the method has made sure of it."""
        found = self.of_role(role)
        if found is None:
            raise KeyError(f"this lane has no {role}")
        return found

    @property
    def gas(self) -> GasAnalyzer:
        """The gas analyzer of this lane."""
        return cast(GasAnalyzer, self.slot(GAS).device)

    @property
    def dyno(self) -> Dynamometer | None:
        """The dynamometer, where the lane has one."""
        found = self.of_role(DYNO)
        return None if found is None else cast(Dynamometer, found.device)

    @property
    def obd(self) -> ObdReader:
        """The OBD reader of this lane."""
        return cast(ObdReader, self.slot(OBD).device)

    @property
    def opacimeter(self) -> Opacimeter:
        """The opacimeter of this lane."""
        return cast(Opacimeter, self.slot(OPACIMETER).device)

    @property
    def nox(self) -> NoxAnalyzer:
        """The NOx analyzer of this lane."""
        return cast(NoxAnalyzer, self.slot(NOX).device)

    @property
    def tachometer(self) -> Tachometer:
        """The tachometer of this lane."""
        return cast(Tachometer, self.slot(TACHOMETER).device)

    @property
    def display(self) -> DriverDisplay | None:
        """The driver's panel, where the lane has one."""
        found = self.of_role(DISPLAY)
        return None if found is None else cast(DriverDisplay, found.device)

    def of_role(self, role: str) -> Slot | None:
        """Return the slot with a device of this role, where the lane has one."""
        return next((slot for slot in self.slots.values() if slot.role == role), None)

    @property
    def weather(self) -> Slot | None:
        """The slot of the weather station, where the lane has one."""
        return self.of_role(WEATHER)

    @property
    def io(self) -> Slot | None:
        """The slot of the lane I/O module, where the lane has one."""
        return self.of_role(IO)

    def switches(self, output: str) -> LaneIo | None:
        """Return the lane I/O module when it has this output."""
        slot = self.io
        device = cast(LaneIo, slot.device) if slot is not None else None
        return device if device is not None and output in device.outputs else None

    def not_usable(self) -> list[Slot]:
        """Return the slots whose device cannot be used now; a driver's panel keeps nobody from testing."""
        return [slot for slot in self.slots.values() if slot.state not in ("ready", "busy") and slot.role != DISPLAY]

    def set_state(self, slot: Slot, state: str, error: DeviceError | None = None) -> None:
        """Change a slot's state and tell whoever watches."""
        code = error.code if error is not None else None
        if (slot.state, slot.code) == (state, code):
            return
        slot.state, slot.code = state, code
        slot.swapped_with = slot.swapped_with if code == "wrong_device" else ()
        slot.evidence = "" if error is None else f"{error.doing}: {error.evidence}"
        if error is not None:
            log.warning("device %s is %s: %s", slot.name, state, error, extra={"device": slot.name})
        self._changed()

    def report(self, slot: Slot, error: DeviceError) -> None:
        """Take note of an error in a conversation: a lost port is opened again, the rest is shown.

        Silence that an OBD reader reports is the car's, not its own. Whatever else it reports, nobody talks with it
        between tests: it is opened anew, so that it does not stay in the way once it is well again.
        """
        if slot.role == OBD:
            if isinstance(error, NoReplyError):
                return
            slot.broken.set()
        if isinstance(error, PortLostError):
            self.set_state(slot, "lost", error)
            slot.broken.set()
        elif isinstance(error, NotReadyError):
            self.set_state(slot, "warming", error)
        else:
            self.set_state(slot, "fault", error)

    def report_good(self, slot: Slot) -> None:
        """Take note of a conversation that went well."""
        if slot.state in ("fault", "warming"):
            self.set_state(slot, "ready")

    def take_news(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return who has been replaced since this was asked last: the device's name, and each fact that is another."""
        news, self._news = self._news, []
        return news

    async def run(self) -> None:
        """Keep every device open for as long as the lane lives."""
        async with asyncio.TaskGroup() as group:
            for slot in self.slots.values():
                group.create_task(self._keep_open(slot), name=f"keep-open-{slot.name}")
            group.create_task(self._watch_ends(), name="watch-ends")

    async def close(self) -> None:
        """Leave every device harmless."""
        for slot in self.slots.values():
            try:
                async with asyncio.timeout(2.0):
                    await slot.device.close()
            except (DeviceError, TimeoutError, OSError) as error:
                log.warning("closing %s: %s", slot.name, error, extra={"device": slot.name})

    async def _watch_ends(self) -> None:
        """Notice a port that is gone also where nobody talks with the device just now, or ever listens to it."""
        while True:
            await self._clock.sleep(LOOK_AT_ENDS_EVERY_S)
            for slot in self.slots.values():
                why = _lost(slot.device) if slot.opened and slot.state != "lost" else None
                if why is not None:
                    self.report(slot, PortLostError(slot.name, "watch its port", why))

    async def _keep_open(self, slot: Slot) -> None:
        while True:
            slot.broken.clear()
            if await self._open(slot):
                await slot.broken.wait()
            await self._shut(slot)
            await self._clock.sleep(REOPEN_AFTER_S)

    async def _open(self, slot: Slot) -> bool:
        try:
            async with slot.busy, self._clock.timeout(OPEN_WITHIN_S):
                _check_end(slot)
                await slot.device.open()
                slot.opened = True
                _check_end(slot)
                slot.identity = await slot.device.identify()
                self._recognize(slot, slot.identity)
        except DeviceError as error:
            self.set_state(slot, "lost" if isinstance(error, PortLostError) else "fault", error)
            self._compare_strangers()
            return False
        except TimeoutError:
            self.set_state(slot, "fault", NotReadyError(slot.name, "opening", f"no end within {OPEN_WITHIN_S:.0f} s"))
            return False
        self.set_state(slot, "ready")
        return True

    def _recognize(self, slot: Slot, told: Identity) -> None:
        """Refuse a device that is not the one of its place (WrongDeviceError); take note of who is there."""
        others = [other.place for other in self.slots.values() if other is not slot]
        if (against := stranger(slot.place, told, others)) is not None:
            slot.swapped_with = () if against.home is None else (against.home,)
            raise WrongDeviceError(slot.name, "identify", against.evidence)
        if changes := self._book.meet(slot.name, slot.driver, told):
            log.warning("device %s is another one: %s", slot.name, "; ".join(changes), extra={"device": slot.name})
            self._news.append((slot.name, changes))

    def _compare_strangers(self) -> None:
        """Where something answers at one port that is not its device, name the others that have not found theirs."""
        lost = [slot for slot in self.slots.values() if slot.state == "fault" and slot.code in NOT_FOUND]
        for slot in lost if any(slot.code == "wrong_device" for slot in lost) else ():
            others = [other.place for other in lost if other is not slot and other.name not in slot.swapped_with]
            if others:
                slot.swapped_with += tuple(other.name for other in others)
                slot.evidence = f"{slot.evidence}; {perhaps_swapped(slot.place, others)}"
                log.error("device %s: %s", slot.name, slot.evidence, extra={"device": slot.name})
                self._changed()

    async def _shut(self, slot: Slot) -> None:
        slot.opened = False
        try:
            await slot.device.close()
        except DeviceError as error:
            log.debug("closing %s after a loss: %s", slot.name, error)


def _lost(device: Device) -> str | None:
    """Say why a device's port is gone; None where it is not, or a third party's driver does not let it be seen."""
    wire = getattr(device, "exchange", None)
    return wire.lost() if isinstance(wire, Exchange | CanLine) else None


def _check_end(slot: Slot) -> None:
    if (kind := slot.refused()) is not None:
        raise WrongDeviceError(slot.name, "opening", f"this end is not allowed in official mode: {kind}")


def _measures_nox(device: Device) -> bool:
    channels = cast(NoxAnalyzer, device).channels
    return "nox_ppm" in channels or {"no_ppm", "no2_ppm"} <= channels
