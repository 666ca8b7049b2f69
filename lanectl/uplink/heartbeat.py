"""Tells the bureau how the cameras stand: retained, on each change, and every few seconds as a heartbeat.

Knows the message and when it is due. Does not know cameras beyond what their port reports.
"""

from collections.abc import Callable

from lanectl.lane.ports import CameraPort
from lanectl.model.camera import CameraReport
from lanectl.uplink.messages import CameraMessage, to_bytes
from lanectl.uplink.moments import stamp
from lanectl.uplink.ports import Wall

Publish = Callable[[str, bytes], bool]
"""Publishes a retained message under the last part of a topic; False when the line is down."""


class CameraHeartbeat:
    """Publishes the cameras' states. ``instance`` tells this process's messages from another's."""

    def __init__(self, cameras: CameraPort, publish: Publish, wall: Wall, lasts_s: float, instance: str) -> None:
        self._cameras, self._publish, self._wall = cameras, publish, wall
        self._lasts_ms = round(lasts_s * 1000.0)
        self._instance = instance
        self._count = 0
        self._told: dict[str, tuple[str, str | None]] = {}

    def beat(self) -> None:
        """Tell every camera's state: on a new connection, and whenever a heartbeat is due."""
        for camera in self._cameras.cameras():
            self._tell(camera)

    def changes(self) -> None:
        """Tell those that are not as they were last told."""
        for camera in self._cameras.cameras():
            if self._told.get(camera.id) != (camera.state, camera.trouble):
                self._tell(camera)

    def _tell(self, camera: CameraReport) -> None:
        self._count += 1
        message = CameraMessage(
            id=f"camera-{camera.id}-{self._instance}-{self._count}",
            seq=self._count,
            camera=camera.id,
            required=camera.required,
            state=camera.state,
            trouble=camera.trouble,
            last_frame_at=None if camera.last_frame_ms is None else stamp(camera.last_frame_ms),
            clock_offset_s=camera.clock_offset_s,
            expires_at=stamp(self._wall() + self._lasts_ms),
        )
        if self._publish(f"camera/{camera.id}", to_bytes(message)):
            self._told[camera.id] = (camera.state, camera.trouble)
