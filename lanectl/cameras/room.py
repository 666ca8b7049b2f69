"""All cameras of a lane. Implements lane.ports.CameraPort; run it beside the lane."""

import asyncio
from collections.abc import Callable, Sequence

from lanectl.cameras.watcher import Camera, CameraClock, Watcher
from lanectl.model.camera import CameraReport


class CameraRoom:
    """Watches every camera of the lane file; each has a child process of its own."""

    def __init__(
        self,
        cameras: Sequence[Camera],
        clock: CameraClock,
        changed: Callable[[], None],
        refused: Callable[[str], str | None] | None = None,
    ) -> None:
        """``refused`` says, each time before a camera is opened, what is wrong with the end its address leads to."""
        self._watchers = tuple(Watcher(camera, clock, changed, refused=refused) for camera in cameras)

    def cameras(self) -> tuple[CameraReport, ...]:
        """Return how each camera stands now."""
        return tuple(watcher.report() for watcher in self._watchers)

    async def run(self) -> None:
        """Watch until cancelled; then every child has ended."""
        async with asyncio.TaskGroup() as group:
            for watcher in self._watchers:
                group.create_task(watcher.run(), name=f"camera-{watcher.camera.id}")
