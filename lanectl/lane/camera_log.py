"""What the cameras did during a test: every change of a state as an event. Knows the port, judges nothing."""

from lanectl.lane.ports import CameraPort
from lanectl.lane.recording import CAMERA_EVENT
from lanectl.model.sample import LaneEvent


class CameraLog:
    """Made when a test begins; asked on every beat."""

    def __init__(self, port: CameraPort) -> None:
        self._port = port
        self._states = {camera.id: camera.state for camera in port.cameras()}
        self.events: list[LaneEvent] = []

    def look(self, t_ms: int, wall_ms: int) -> list[LaneEvent]:
        """Return the changes since the last look."""
        found = []
        for camera in self._port.cameras():
            if camera.state != self._states.get(camera.id):
                self._states[camera.id] = camera.state
                detail = {"camera": camera.id, "state": camera.state, "trouble": camera.trouble}
                found.append(LaneEvent(t_ms, wall_ms, CAMERA_EVENT, detail))
        self.events += found
        return found
