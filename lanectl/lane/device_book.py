"""Who each device of the lane said it was when it was last met, kept over restarts beside the ledger.

Knows how to notice that another one is there. The lane file decides what is refused; this only sees to it that no
device is replaced, and no firmware changed, without a word. Does not know ports or what a device measures.
"""

import json
import logging
from dataclasses import asdict
from pathlib import Path

from drivers.roles import Identity
from lanectl.lane.identity import NOBODY, news

log = logging.getLogger(__name__)
NAME = "devices_met.json"


class DeviceBook:
    """Remembers in one small file; one that cannot be read or written is told in the log, and stops nothing."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = None if folder is None else folder / NAME
        self._met: dict[str, tuple[str, Identity]] = _read(self._file)

    def meet(self, name: str, driver: str, told: Identity) -> tuple[str, ...]:
        """Take note of who is there; return what is new about it, nothing when it is the first one ever met.

        A device that tells nothing about itself is never new. Another driver in the lane file means another device.
        """
        before_driver, before = self._met.get(name, (driver, told))
        changed = news(before, told) if before_driver == driver else (f"driver {before_driver!r} -> {driver!r}",)
        if (changed or name not in self._met) and (told, before) != (NOBODY, NOBODY):
            self._met[name] = (driver, told)
            self._write()
        return changed

    def _write(self) -> None:
        if self._file is None:
            return
        kept = {name: {"driver": driver, **asdict(told)} for name, (driver, told) in self._met.items()}
        new = self._file.with_suffix(".new")
        try:
            new.write_text(json.dumps(kept, ensure_ascii=False, indent=2, sort_keys=True) + "\n", "utf-8")
            new.replace(self._file)
        except OSError as error:
            log.warning("who the devices are cannot be kept in %s: %s", self._file, error)


def _read(file: Path | None) -> dict[str, tuple[str, Identity]]:
    if file is None or not file.exists():
        return {}
    try:
        kept = json.loads(file.read_text("utf-8"))
        return {
            str(name): (str(one["driver"]), Identity(*(_text(one[fact]) for fact in Identity.__slots__)))
            for name, one in kept.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("who the devices were cannot be read from %s: %r", file, error)
        return {}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
