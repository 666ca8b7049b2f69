"""What an audit remembers, so that one that was stopped goes on: every finding, in a file that the user names.

A state is of one question: archive, program, limits and trusted keys. Anything else is refused, for its findings would
answer another question. A bundle that was changed since (size or time) is judged again. Does not know how to judge.
"""

import json
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from lanectl.app.audit.bundle import Finding
from lanectl.app.audit.pool import Item

_FORM = "lanectl/audit-state/1"
_TABLES = (
    "create table question (name text primary key, answer text not null) without rowid",
    "create table findings (path blob primary key, size integer not null, changed_ns integer not null, "
    "finding text not null) without rowid",
)


class StateError(Exception):
    """This state cannot be used; says why, and what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class State:
    """The findings of one audit so far. Nobody else may have it open."""

    def __init__(self, path: Path, question: Mapping[str, str]) -> None:
        asked = {**question, "form": _FORM}
        try:
            self._db = sqlite3.connect(path, timeout=0)
        except sqlite3.Error as error:
            raise StateError(f"{path}: {error}", "name a file that can be written with --state") from None
        try:
            self._db.execute("pragma locking_mode = exclusive")
            self._db.execute("begin exclusive")
            known = self._question(asked)
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise StateError(
                f"{path}: no state of an audit that can be used ({error})",
                "end the audit that uses it, or name another file with --state",
            ) from None
        if known != asked:
            self._db.close()
            other = ", ".join(name for name, answer in asked.items() if known.get(name) != answer)
            raise StateError(
                f"{path}: it was made by another audit (other {other})",
                "ask as that audit did, or begin anew with another --state file",
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.commit()
        self._db.close()

    def find(self, item: Item) -> Finding | None:
        """Return what was found of a bundle, if it is still the same file."""
        asked = (os.fsencode(item.path), item.size, item.changed_ns)
        row = self._db.execute(
            "select finding from findings where path = ? and size = ? and changed_ns = ?", asked
        ).fetchone()
        return Finding.of(json.loads(row[0])) if row else None

    def keep(self, item: Item, finding: Finding) -> None:
        """Remember a finding; it lasts from the next commit on."""
        row = (os.fsencode(item.path), item.size, item.changed_ns, json.dumps(finding.kept()))
        self._db.execute("insert or replace into findings values (?, ?, ?, ?)", row)

    def commit(self) -> None:
        """Make everything last that was kept so far."""
        self._db.commit()

    def _question(self, asked: Mapping[str, str]) -> dict[str, str]:
        """Return the question that this state answers; a file that is empty is given this one."""
        if not self._db.execute("select 1 from sqlite_master").fetchone():
            for table in _TABLES:
                self._db.execute(table)
            self._db.executemany("insert into question values (?, ?)", asked.items())
            self._db.commit()
        return dict(self._db.execute("select name, answer from question").fetchall())
