"""What goes wrong on a simulated lane: faults of wires, and of the devices behind them, begun and put right.

Knows which fault belongs to every wire, how long one lasts, and which are under way. What a fault of a device does is
told by switches, handed in. Does not know devices, models or ports.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping

from simulators.faults import OTHER_NAMES, WIRE_FAULTS
from simulators.wire import BOOT_S, Wire

Switches = Mapping[tuple[str, str], Callable[[bool], None]]
"""By wire and kind of fault: what makes it so (True) or puts it right."""


class CannotDoError(Exception):
    """What was asked of the simulated lane makes no sense now, or at all; the text says why."""


class BadCommandError(CannotDoError):
    """A command that no moment could make right."""

    def __init__(self, text: str, key: str, form: str, given: object = None, known: Iterable[str] = ()) -> None:
        super().__init__(text)
        self.key, self.form, self.given, self.known = key, form, given, tuple(known)
        """Its wrong key; what it has to be (``number``, ``text``, ``yes_no``, ``choices``, or ``unknown_key`` where it
        is none of ``known``); and what it is."""


class LaneFaults:
    """The faults of one lane's wires and devices."""

    def __init__(self, wires: Mapping[str, Wire], switches: Switches) -> None:
        self._wires = wires
        self._switches = switches
        self._reliefs: list[tuple[float, str, str]] = []
        self._of_devices: set[tuple[str, str]] = set()

    @property
    def kinds(self) -> dict[str, list[str]]:
        """Every kind of fault, by device."""
        on_wire = ("unplug", "deaf", "reboot", "stuck", *WIRE_FAULTS)
        own = {name: [kind for device, kind in self._switches if device == name] for name in self._wires}
        return {name: list(dict.fromkeys((*on_wire, *kinds))) for name, kinds in own.items()}

    def begin(self, device: str, kind: str, for_s: float | None = None, **options: float) -> None:
        """Let something go wrong, for this long in lane time or until ``clear``; CannotDoError where it cannot."""
        kind = self.check(device, kind)
        if kind in WIRE_FAULTS:
            try:
                fault = WIRE_FAULTS[kind](**options)
            except TypeError as error:
                raise CannotDoError(f"{kind}: {error}") from None
            self._wires[device].faults.add(kind, fault, for_s)
            return
        if kind == "reboot":
            self._reboot(device, **options)
            return
        self._throw(device, kind, on=True)
        if for_s is not None:
            self._reliefs.append((for_s, device, kind))

    def check(self, device: str, kind: str) -> str:
        """Return the fault's own name; BadCommandError where this device has no such fault."""
        own, text = OTHER_NAMES.get(kind, kind), f"no fault {kind!r} on {device!r}; there are {self.kinds}"
        if device not in self.kinds:
            raise BadCommandError(text, "device", "choices", device, self.kinds)
        if own not in self.kinds[device]:
            raise BadCommandError(text, "kind", "choices", kind, [*self.kinds[device], *OTHER_NAMES])
        return own

    def numbers_of(self, kind: str) -> tuple[str, ...]:
        """Return the numbers that a fault of this kind takes."""
        own = OTHER_NAMES.get(kind, kind)
        if own in WIRE_FAULTS:
            return tuple(inspect.signature(WIRE_FAULTS[own]).parameters)
        return ("boot_s",) if own == "reboot" else ()

    def clear(self, device: str | None = None, kind: str | None = None) -> None:
        """Put right one fault, all of a device, or all."""
        kind = OTHER_NAMES.get(kind or "", kind)
        for name, wire in self._wires.items():
            if device in (None, name):
                wire.faults.clear(kind)
                for each in ("unplug", "deaf", "reboot"):
                    if kind in (None, each):
                        self._throw(name, each, on=False)
        for name, each in list(self._of_devices):
            if device in (None, name) and kind in (None, each):
                self._throw(name, each, on=False)

    def step(self, dt_s: float) -> None:
        """Let lane time go on: faults whose time is over are put right."""
        if not self._reliefs:
            return
        for _, device, kind in [each for each in self._reliefs if each[0] <= dt_s]:
            self._throw(device, kind, on=False)
        self._reliefs = [(left - dt_s, device, kind) for left, device, kind in self._reliefs if left > dt_s]

    def under_way(self) -> dict[str, list[str]]:
        """Return the faults that there are now, by device; one without any is left out."""
        wrong = {name: [*wire.faults.names, *self._wrong(name, wire)] for name, wire in self._wires.items()}
        return {name: kinds for name, kinds in wrong.items() if kinds}

    def _wrong(self, name: str, wire: Wire) -> list[str]:
        on_wire = [
            kind for kind, on in (("unplug", not wire.plugged), ("deaf", wire.deaf), ("reboot", wire.booting)) if on
        ]
        return on_wire + sorted(kind for device, kind in self._of_devices if device == name)

    def _throw(self, device: str, kind: str, *, on: bool) -> None:
        wire = self._wires[device]
        if kind == "unplug":
            wire.unplug() if on else wire.plug()
        elif kind == "deaf":
            wire.deaf = on
        elif kind == "reboot":
            wire.reboot(BOOT_S if on else 0.0)
        else:
            self._switches.get((device, kind), wire.freeze)(on)
            self._of_devices.add((device, kind)) if on else self._of_devices.discard((device, kind))

    def _reboot(self, device: str, boot_s: float = BOOT_S) -> None:
        """Let a device start anew, from cold where its model knows that; it comes back by itself."""
        self._wires[device].reboot(boot_s)
        if (device, "power_cut") in self._switches:
            self._switches[device, "power_cut"](True)
