"""Which changes are tried: a sample of all that are possible to the core's law, drawn by a fixed number.

Every change draws a lot of its own, from that number and from what it changes, wherever that stands; the lowest lots
are tried. So work on one formula leaves the others' changes in the sample, or out of it, as they were.

Knows the files, the draw, and the list of changes that no test could notice. Knows nothing of how a change is tried.
"""

import ast
import hashlib
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.core.interpreted_core import PLACE
from tests.mutate.operators import changes

NOT_LAW = ("__init__.py", "selftest.py")
"""Not mutated: the self-test only repeats at start what tests prove better."""
LIST = Path(__file__).with_name("equivalent.toml")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change to one file of the core.

    ``number`` is its place among the changes to that file, ``copy`` among those that read alike (the same change on
    lines of the same text).
    """

    file: str
    number: int
    line: int
    text: str
    what: str
    copy: int

    @property
    def place(self) -> Path:
        return PLACE / self.file

    @property
    def same(self) -> tuple[str, str, str, int]:
        """What stays the same of a change when its line moves."""
        return (self.file, self.text, self.what, self.copy)

    def lot(self, seed: int) -> bytes:
        return hashlib.sha256(repr((seed, *self.same)).encode()).digest()


def all_mutants(part: str = "") -> list[Mutant]:
    """Return every change there is to the core's law (files whose name holds ``part``), in the order of the lines."""
    files = sorted(file for file in PLACE.rglob("*.py") if file.name not in NOT_LAW)
    return [mutant for file in files if part in file.relative_to(PLACE).as_posix() for mutant in _mutants_of(file)]


def _mutants_of(file: Path) -> list[Mutant]:
    source = file.read_text(encoding="utf-8")
    lines, name = source.splitlines(), file.relative_to(PLACE).as_posix()
    alike, found = Counter[tuple[str, str]](), []
    for number, change in enumerate(changes(ast.parse(source))):
        text = lines[change.line - 1].strip()
        found.append(Mutant(name, number, change.line, text, change.what, alike[text, change.what]))
        alike[text, change.what] += 1
    return found


def sample(size: int, seed: int, part: str = "") -> list[Mutant]:
    """Draw so many mutants (of files whose name holds ``part``); the same ones from the same sources."""
    drawn = sorted(all_mutants(part), key=lambda mutant: mutant.lot(seed))[:size]
    return sorted(drawn, key=lambda mutant: (mutant.file, mutant.number))


def tree_of(mutant: Mutant) -> ast.Module:
    """Return the file's syntax tree with the change made."""
    tree = ast.parse(mutant.place.read_text(encoding="utf-8"))
    changes(tree)[mutant.number].make()
    return ast.fix_missing_locations(tree)


def reasons() -> dict[tuple[str, str, str, int], str]:
    """Return why changes cannot be noticed, by what stays the same of each when its line moves."""
    return {
        (one["file"], one["line"], change, copy): one["reason"]
        for one in tomllib.loads(LIST.read_text(encoding="utf-8"))["equivalent"]
        for change in one["changes"]
        for copy in one.get("copies", [0])
    }


def stale() -> list[tuple[str, str, str, int]]:
    """Return what the list gives a reason for although there is no such change any more."""
    return sorted(reasons().keys() - {mutant.same for mutant in all_mutants()})
