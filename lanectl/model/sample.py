"""What all devices said at one beat, and what else happened in a test."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel at one beat: a value with its age, or None with the reason why there is none."""

    value: float | None
    age_ms: int | None = None
    why: str | None = None
    """Reason code when value is None, for instance ``no_reply``, ``stale``, ``unplugged``."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One beat of the lane, exactly as it is kept and judged.

    ``t_ms`` counts from the start of the test, ``mono_ms`` is the lane's monotonic clock, ``wall_ms`` is UTC since
    1970.
    ``missed`` says how many beats before this one did not take place. Channel names carry their units (trace names).
    """

    seq: int
    t_ms: int
    mono_ms: int
    wall_ms: int
    channels: Mapping[str, Channel]
    missed: int = 0


@dataclass(frozen=True, slots=True)
class LaneEvent:
    """Something that happened in a test besides samples: a stop, a prompt answered, a device lost, a bureau command."""

    t_ms: int
    wall_ms: int
    kind: str
    detail: Mapping[str, object] = field(default_factory=dict)
