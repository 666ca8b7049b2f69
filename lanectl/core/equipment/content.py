"""What a check has to hold before it is one: the channels of the device, and enough points that differ.

A part that was not there is never a pass. A device that honestly lacks a channel is checked without it where the caller
says so, and the result then tells what was not checked. Knows no device and no figure.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from lanectl.core.equipment.result import Tolerance, is_number

NOT_FITTED = "channels_not_fitted"


@dataclass(frozen=True, slots=True)
class Asked:
    """The channels that a check asks for, and those that the device does not have by the word of the caller."""

    channels: tuple[str, ...]
    lacking: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """The note that a device lacks channels."""
        return (NOT_FITTED,) if self.lacking else ()


def asked_of(usual: tuple[str, ...], channels: Collection[str] | None, known: tuple[str, ...]) -> Asked:
    """Return what to ask of a device: the usual channels, or those that the caller says it has.

    ValueError where the caller names none, or one that is not known: a device without channels is not checked at all.
    """
    if channels is None:
        return Asked(usual)
    strangers = [name for name in channels if name not in known]
    if isinstance(channels, str) or not channels or strangers:
        raise ValueError(f"{channels!r}: name the channels of the device, out of {', '.join(known)}")
    has = tuple(name for name in known if name in channels)
    return Asked(has, tuple(name for name in usual if name not in has))


def different(nominals: Iterable[float], tolerance: Tolerance) -> int:
    """Return how many nominal values differ by more than the tolerance: a point taken twice is one point."""
    count, last = 0, None
    for nominal in sorted(nominal for nominal in nominals if is_number(nominal)):
        if last is None or nominal - last > tolerance.around(nominal):
            count, last = count + 1, nominal
    return count
