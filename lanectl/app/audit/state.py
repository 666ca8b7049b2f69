"""What an audit remembers, so that one that was stopped goes on: every finding, in a file that the user names.

A state is of one question: archive, program, limits and trusted keys. Anything else is refused, for its findings would
answer another question. A bundle that was changed since (size, times or inode) is judged again. What the file says is
believed: it is the auditor's own notebook, and no evidence. Does not know how to judge.
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from lanectl.app.audit.bundle import Finding
from lanectl.app.audit.pool import Item

_FORM = "lanectl/audit-state/2"
_TABLES = (
    "create table question (name text primary key, answer text not null) without rowid",
    "create table findings (path blob primary key, mark text not null, finding text not null) without rowid",
)
_NEW = "begin anew with another --state file"


class StateError(Exception):
    """This state cannot be used; says why, and what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class State:
    """The findings of one audit so far. Nobody else may have it open."""

    def __init__(self, path: Path, question: Mapping[str, str]) -> None:
        asked = {**question, "form": _FORM}
        self.remembered = 0
        """How many findings were asked for and known."""
        self._path = path
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
                f"ask as that audit did, or {_NEW}",
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            self.commit()
        except StateError:
            if kind is None:  # else what ended the audit is told, and not what came of it
                raise
        finally:
            self._db.close()

    def find(self, item: Item) -> Finding | None:
        """Return what was found of a bundle, if it is still the same file."""
        asked = (os.fsencode(item.path), item.mark)
        with self._usable():
            row = self._db.execute("select finding from findings where path = ? and mark = ?", asked).fetchone()
            if row is None:
                return None
            found = Finding.of(json.loads(row[0]))
        self.remembered += 1
        return found

    def keep(self, item: Item, finding: Finding) -> None:
        """Remember a finding; it lasts from the next commit on."""
        row = (os.fsencode(item.path), item.mark, json.dumps(finding.kept()))
        with self._usable():
            self._db.execute("insert or replace into findings values (?, ?, ?)", row)

    def commit(self) -> None:
        """Make everything last that was kept so far."""
        with self._usable():
            self._db.commit()

    @contextmanager
    def _usable(self) -> Iterator[None]:
        """Turn what the file, or the disk under it, does not do or say into one error."""
        try:
            yield
        except sqlite3.Error as error:
            remedy = f"see that its disk has room and is sound, then the same command again; or {_NEW}"
            raise StateError(f"{self._path}: {error}", remedy) from None
        except (ValueError, TypeError, RecursionError) as error:
            raise StateError(f"{self._path}: a remembered finding does not read ({error})", _NEW) from None

    def _question(self, asked: Mapping[str, str]) -> dict[str, str]:
        """Return the question that this state answers; a file that is empty is given this one."""
        if not self._db.execute("select 1 from sqlite_master").fetchone():
            for table in _TABLES:
                self._db.execute(table)
            self._db.executemany("insert into question values (?, ?)", asked.items())
            self._db.commit()
        return dict(self._db.execute("select name, answer from question").fetchall())
