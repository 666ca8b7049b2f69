"""Simulated devices that nobody has to write into a list: modules of ``simulators.faces`` that say which they have.

Knows what such a face may look at, and how it is found. Does not know any device.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from simulators import faces
from simulators.bench import Bench
from simulators.face import Face
from simulators.flow_tube import FlowTube
from simulators.sample_line import SampleLine
from simulators.smoke_meter import SmokeMeter


@dataclass(frozen=True, slots=True)
class World:
    """What the devices of one lane stand before."""

    bench: Bench
    line: SampleLine
    """The gas analyser's sample line; ``line.air`` is the air of the hall."""
    nox_line: SampleLine
    smoke: SmokeMeter
    tube: FlowTube
    engine: Callable[[], tuple[float, float]]
    """What a clamp on the engine and a probe in its oil feel: r/min and degrees C."""
    seed: int


@dataclass(frozen=True, slots=True)
class FaceOf:
    """One simulated device: its wire in a lane (``gas``, ``weather`` ...), and how its face is made."""

    wire: str
    make: Callable[[World], Face]
    """Its face may have ``switches()``: what can go wrong inside of it, and how that is switched on and off."""


def _find() -> Mapping[str, FaceOf]:
    found: dict[str, FaceOf] = {}
    for module in sorted(pkgutil.iter_modules(faces.__path__), key=lambda one: one.name):
        own: Mapping[str, FaceOf] = importlib.import_module(f"{faces.__name__}.{module.name}").FACES
        if both := found.keys() & own.keys():
            raise ValueError(f"{module.name} brings {', '.join(sorted(both))}, which is already there")
        found.update(own)
    return found


FOUND = _find()
"""Device id to its face."""


def switches(wire: str, face: Face) -> dict[tuple[str, str], Callable[[bool], None]]:
    """Return what can go wrong inside of a face, by wire and kind of fault; nothing where it does not say."""
    own: Mapping[str, Callable[[bool], None]] = getattr(face, "switches", dict)()
    return {(wire, kind): throw for kind, throw in own.items()}
