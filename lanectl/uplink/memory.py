"""Two numbers that must survive a restart: the session of the line and the last command that was obeyed.

A small JSON file, replaced whole and synced, which takes a disk's time: never called on the event loop. Without a path
the numbers live as long as the process (tests, tools).
"""

import json
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class MemoryDamagedError(Exception):
    """The file is there but cannot be read; what was obeyed before is unknown, so nothing may be obeyed on a guess."""


class _Numbers(BaseModel):
    model_config = ConfigDict(extra="forbid")

    session: int = Field(default=0, ge=0)
    command_seq: int = Field(default=0, ge=0)
    command_id: str = ""


class LineMemory:
    """Session number and last obeyed command, kept in a file."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._numbers = _Numbers()
        if path is not None and path.exists():
            try:
                self._numbers = _Numbers.model_validate(json.loads(path.read_text("utf-8")))
            except (ValueError, ValidationError) as error:
                raise MemoryDamagedError(f"{path}: {error}") from error

    def next_session(self) -> int:
        """Return a session number that this lane never used before."""
        self._numbers.session += 1
        self._keep()
        return self._numbers.session

    @property
    def command_seq(self) -> int:
        """Return the number of the last command that was obeyed."""
        return self._numbers.command_seq

    @property
    def command_id(self) -> str:
        """Return the id of the last command that was obeyed."""
        return self._numbers.command_id

    def obeyed(self, seq: int, command_id: str) -> None:
        """Remember a command before it is carried out."""
        self._numbers.command_seq = seq
        self._numbers.command_id = command_id
        self._keep()

    def _keep(self) -> None:
        if self._path is None:
            return
        draft = self._path.with_name(self._path.name + ".new")
        with draft.open("w", encoding="utf-8") as file:
            file.write(self._numbers.model_dump_json())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
