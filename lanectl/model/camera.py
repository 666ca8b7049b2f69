"""How a camera stands: what the camera watcher says and lane, bureau and screen hear."""

from dataclasses import dataclass
from typing import Literal, get_args

CameraState = Literal["online", "frozen", "dark", "covered", "moved", "offline"]
CAMERA_STATES: tuple[CameraState, ...] = get_args(CameraState)
BAD_AT_MOST_S = 30.0
"""A required camera that has been bad for longer lets no test start."""


@dataclass(frozen=True, slots=True)
class CameraReport:
    """One camera as of now."""

    id: str
    name: str
    required: bool
    state: CameraState
    trouble: str | None = None
    """Why there is no picture, while there is none: a code of model.words.cameras."""
    last_frame_ms: int | None = None
    """Wall time of the last frame, UTC in ms since 1970; None before the first."""
    clock_offset_s: float | None = None
    """The stream's wall clock minus ours, transmission included; None when the stream carries no wall clock."""
    bad_for_s: float | None = None
    """How long it has not been online, in real seconds; infinite when it never was since the program started."""

    @property
    def stops_tests(self) -> bool:
        """Say whether no test may start because of this camera."""
        return self.required and self.bad_for_s is not None and self.bad_for_s > BAD_AT_MOST_S
