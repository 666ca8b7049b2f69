"""Who a device says it is, against what the lane file expects, what the others expect, and who was there before.

Pure comparisons of what was told. Does not know ports in use, or how a device is asked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from drivers.roles import Identity
from drivers.settings import FACTS

NOBODY = Identity(None, None, None)


@dataclass(frozen=True, slots=True)
class Place:
    """One device of the lane file: its name there, its port, and who it has to say that it is."""

    name: str
    port: str
    expected: Identity = NOBODY


@dataclass(frozen=True, slots=True)
class Stranger:
    """A device that is not the one of its place."""

    evidence: str
    home: str | None = None
    """The place whose device it is, where another one expects it."""


def differences(expected: Identity, told: Identity) -> Iterator[str]:
    """Say each fact that is expected and is not what the device told; what is not expected is not compared."""
    for fact in FACTS:
        wanted, said = getattr(expected, fact), getattr(told, fact)
        if wanted is not None and said is None:
            yield f"it tells no {_word(fact)}, the lane file expects {wanted!r}"
        elif wanted is not None and said != wanted:
            yield f"it says {_word(fact)} {said!r}, the lane file expects {wanted!r}"


def stranger(place: Place, told: Identity, others: Iterable[Place]) -> Stranger | None:
    """Return why this is not the device of its place, and the place that it belongs to; None when it is the one."""
    against = "; ".join(differences(place.expected, told))
    if not against:
        return None
    home = next((other for other in others if _is_at_home(other, told)), None)
    if home is None:
        return Stranger(against)
    return Stranger(f"{against}; it is the device of {home.name}: {_swapped(place, home)}", home.name)


def perhaps_swapped(place: Place, others: Iterable[Place]) -> str:
    """Say where else to look when neither this port nor those have the device of their place."""
    return " or ".join(f"{other.name} has not found its device either: {_swapped(place, other)}?" for other in others)


def news(before: Identity, now: Identity) -> tuple[str, ...]:
    """Say each fact that is another than before, also one that is told for the first time, or no longer."""
    return tuple(
        f"{_word(fact)} {was!r} -> {is_now!r}"
        for fact in FACTS
        if (was := getattr(before, fact)) != (is_now := getattr(now, fact))
    )


def _is_at_home(other: Place, told: Identity) -> bool:
    """Tell whether a device is the one that another place expects: by its serial number where that is written."""
    if other.expected == NOBODY:
        return False
    return not tuple(differences(other.expected, told))


def _swapped(one: Place, other: Place) -> str:
    return f"are the cables of {one.name} ({one.port}) and {other.name} ({other.port}) swapped"


def _word(fact: str) -> str:
    return fact.replace("_", " ")
