"""Named reasons for which nothing may be tested, with who can release them.

Device locks come and go with the devices. A lock of the bureau outlives a restart: it is kept beside the ledger.
"""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from lanectl.lane.equipment import Equipment, Slot
from lanectl.lane.guard import Guard
from lanectl.lane.kit import DYNO, NEEDED, kit_of, possible_methods
from lanectl.lane.ports import CameraPort
from lanectl.model.view import LockView, TextView
from lanectl.model.words.cameras import camera_text
from lanectl.model.words.refusals import LOCKS
from lanectl.model.words.text import Text

RESERVE_MB = 64
LOADED = tuple(method for method, roles in NEEDED.items() if DYNO in roles)


def words(text: Text) -> TextView:
    """Return a message in the shape that a screen takes."""
    return TextView(zh=text.zh, en=text.en)


class Locks:
    """All locks of a lane as of now."""

    def __init__(self, equipment: Equipment, cameras: CameraPort, folder: Path, guard: Guard | None = None) -> None:
        self._equipment, self._cameras = equipment, cameras
        self._guard = guard
        self._file = folder / "bureau_lock.json"
        self._folder = folder
        self._ledger_trouble: str | None = None
        self._bureau: str | None = None
        if self._file.exists():
            self._bureau = _read_why(self._file)

    def lock_by_bureau(self, why: str) -> None:
        """Lock until the bureau unlocks; durable."""
        self._bureau = why
        fresh = self._file.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as out:
            json.dump({"why": why}, out, ensure_ascii=False)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._file)

    def unlock_by_bureau(self) -> None:
        """Release the bureau's lock; nobody else can."""
        self._bureau = None
        self._file.unlink(missing_ok=True)

    def ledger_failed(self, why: str) -> None:
        """Lock for storage trouble until the program is started again and finds the ledger sound."""
        self._ledger_trouble = why

    def against(self, method: str) -> tuple[LockView, ...]:
        """Return the locks that stop a test by this method."""
        return tuple(lock for lock in self.view() if not lock.methods or method in lock.methods)

    def view(self) -> tuple[LockView, ...]:
        """Return every lock that holds now."""
        return (*self._devices(), *self._enable(), *self._others())

    def _devices(self) -> Iterator[LockView]:
        """Name each device that cannot be used, with the methods that it stops."""
        possible = possible_methods(self._equipment.roles)
        for slot in self._equipment.not_usable():
            stopped = tuple(method for method in possible if _uses(method, self._equipment, slot))
            if stopped:
                text = LOCKS["device"].fill(name=slot.name, state=slot.state)
                methods = () if stopped == possible else stopped
                yield LockView(code="device", message=words(text), methods=methods)

    def _enable(self) -> Iterator[LockView]:
        """Name an emergency stop, which stops everything, or an open enable circuit, which stops what brakes."""
        if self._guard is None or self._guard.closed:
            return
        if self._guard.estop:
            yield LockView(code="estop", message=words(LOCKS["estop"]))
        else:
            yield LockView(code="enable_open", message=words(LOCKS["enable_open"]), methods=LOADED)

    def _others(self) -> tuple[LockView, ...]:
        found = []
        for camera in self._cameras.cameras():
            if camera.stops_tests:
                what = camera_text(camera.state, camera.trouble)
                text = Text(
                    LOCKS["camera"].zh.format(name=camera.name, what=what.zh),
                    LOCKS["camera"].en.format(name=camera.name, what=what.en),
                )
                found.append(("camera", text))
        if self._bureau is not None:
            found.append(("bureau", LOCKS["bureau"].fill(why=self._bureau)))
        if self._ledger_trouble is not None:
            found.append(("ledger", LOCKS["ledger"].fill(why=self._ledger_trouble)))
        free_mb = shutil.disk_usage(self._folder).free // 1_000_000
        if free_mb < RESERVE_MB:
            found.append(("disk", LOCKS["disk"].fill(free_mb=free_mb)))
        return tuple(LockView(code=code, message=words(text)) for code, text in found)


def _read_why(file: Path) -> str:
    """Return why the bureau locked; a file that cannot be read locks too, for nobody knows that it was unlocked."""
    try:
        return str(json.loads(file.read_text("utf-8"))["why"])
    except (OSError, ValueError, KeyError, TypeError):
        return f"{file.name} cannot be read"


def _uses(method: str, equipment: Equipment, slot: Slot) -> bool:
    kit = kit_of(method, equipment.roles)
    return kit is not None and slot.role in kit.roles
