"""Where each key of a TOML text stands: line and column for every key path.

Knows TOML's layout: headers, arrays of tables, dotted keys, inline tables, the four kinds of strings. The values
themselves are tomllib's business; this module reads only as much of them as it needs to find where they end.
Does not know what the keys mean.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

Path = tuple[str | int, ...]
_BARE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


class Place(NamedTuple):
    """Line and column, both counted from 1; columns are characters."""

    line: int
    column: int


class LayoutError(Exception):
    """The text is no TOML: what was found, and where it began."""

    def __init__(self, what: str, place: Place) -> None:
        super().__init__(what)
        self.what = what
        self.place = place


@dataclass
class Places:
    """What was found: where each key, header and value stands, and which keys are written twice."""

    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)
    repeated: list[tuple[Path, Place, Place]] = field(default_factory=list)
    """(path, where it stands again, where it stood first)"""

    def nearest(self, path: Path) -> Place:
        """Return where this key stands, or else the closest table around it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.keys:
                return self.keys[path[:length]]
        return Place(1, 1)

    def value(self, path: Path) -> Place:
        """Return where the value of this key begins, or else the key or the closest table around it."""
        return self.values.get(path) or self.nearest(path)


def find_places(text: str) -> Places:
    """Walk the text once. Raises LayoutError where it stops being TOML (tomllib's word on validity stands)."""
    return _Walk(text.replace("\r\n", "\n")).document()


class _Walk:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._line_start = 0
        self._places = Places()
        self._counts: dict[Path, int] = {}

    def document(self) -> Places:
        table: Path = ()
        while True:
            self._skip_blank_lines()
            if self._at >= len(self._text):
                return self._places
            table = self._header() if self._peek() == "[" else self._pair(table)
            self._end_of_line()

    def _header(self) -> Path:
        opened, many = self._here(), self._text.startswith("[[", self._at)
        self._advance(2 if many else 1)
        keys = self._dotted()
        self._expect("]]" if many else "]", opened)
        path = self._open_tables(keys[:-1])
        name, place = keys[-1]
        path = (*path, name)
        if many:
            self._places.keys.setdefault(path, place)
            self._counts[path] = self._counts.get(path, -1) + 1
            path = (*path, self._counts[path])
        elif path in self._counts:
            path = (*path, self._counts[path])
        self._note(path, place)
        return path

    def _open_tables(self, keys: list[tuple[str, Place]]) -> Path:
        path: Path = ()
        for name, place in keys:
            path = (*path, name)
            self._places.keys.setdefault(path, place)
            if path in self._counts:
                path = (*path, self._counts[path])
        return path

    def _pair(self, table: Path) -> Path:
        start = self._here()
        path = table
        keys = self._dotted()
        for name, place in keys[:-1]:
            path = (*path, name)
            self._places.keys.setdefault(path, place)
        path = (*path, keys[-1][0])
        self._note(path, keys[-1][1])
        self._expect("=", start)
        self._skip_spaces()
        self._value(path)
        return table

    def _note(self, path: Path, place: Place) -> None:
        first = self._places.keys.setdefault(path, place)
        if first is not place and path in self._places.values:
            self._places.repeated.append((path, place, first))

    def _value(self, path: Path) -> None:
        self._places.values.setdefault(path, self._here())
        readers: dict[str, Callable[[Path], None]] = {"[": self._array, "{": self._inline_table}
        char = self._peek()
        if char in readers:
            readers[char](path)
        elif char in "\"'" and char:
            self._string()
        else:
            self._scalar()

    def _array(self, path: Path) -> None:
        opened, index = self._here(), 0
        self._advance()
        while True:
            self._skip_blank_lines()
            if self._peek() == "]":
                self._advance()
                return
            self._inside(opened, "an array '['")
            self._places.keys.setdefault((*path, index), self._here())
            self._value((*path, index))
            index += 1
            self._skip_blank_lines()
            if self._peek() == ",":
                self._advance()
            elif self._peek() != "]":
                raise LayoutError("an array '[' that is not closed", opened)

    def _inline_table(self, path: Path) -> None:
        opened = self._here()
        self._advance()
        while True:
            self._skip_spaces()
            if self._peek() == "}":
                self._advance()
                return
            self._inside(opened, "an inline table '{'")
            self._pair(path)
            self._skip_spaces()
            if self._peek() == ",":
                self._advance()
            elif self._peek() != "}":
                raise LayoutError("an inline table '{' that is not closed on its line", opened)

    def _dotted(self) -> list[tuple[str, Place]]:
        keys = []
        while True:
            self._skip_spaces()
            place = self._here()
            keys.append((self._name(), place))
            self._skip_spaces()
            if self._peek() != ".":
                return keys
            self._advance()

    def _name(self) -> str:
        place, start = self._here(), self._at
        if self._peek() in ('"', "'"):
            return self._string()
        while self._peek() in _BARE:
            self._advance()
        if start == self._at:
            raise LayoutError("a key is expected", place)
        return self._text[start : self._at]

    def _string(self) -> str:
        opened, quote = self._here(), self._peek()
        if self._text.startswith(quote * 3, self._at):
            return self._long_string(opened, quote)
        self._advance()
        parts: list[str] = []
        while (char := self._peek()) != quote:
            if char in ("", "\n"):
                raise LayoutError(f"a string that is not closed with {quote}", opened)
            parts.append(self._escape() if char == "\\" and quote == '"' else char)
            self._advance()
        self._advance()
        return "".join(parts)

    def _long_string(self, opened: Place, quote: str) -> str:
        self._advance(3)
        start = self._at
        while not self._text.startswith(quote * 3, self._at):
            if not self._peek():
                raise LayoutError(f"a string that is not closed with {quote * 3}", opened)
            self._advance(2 if self._peek() == "\\" and quote == '"' else 1)
        text = self._text[start : self._at]
        self._advance(3)
        for _ in range(2):  # up to two quotes may stand before the closing three
            if self._peek() == quote:
                self._advance()
        return text

    def _escape(self) -> str:
        self._advance()
        char = self._peek()
        width = {"u": 4, "U": 8}.get(char)
        if width is None:
            return _ESCAPES.get(char, char)
        digits = self._text[self._at + 1 : self._at + 1 + width]
        self._advance(width)
        try:
            return chr(int(digits, 16))
        except (ValueError, OverflowError):
            return ""

    def _scalar(self) -> None:
        start = self._here()
        before = self._at
        while self._peek() and self._peek() not in ",]}#\n":
            self._advance()
        if not self._text[before : self._at].strip():
            raise LayoutError("a value is expected", start)

    def _end_of_line(self) -> None:
        self._skip_spaces()
        if self._peek() == "#":
            self._skip_comment()
        if self._peek() not in ("", "\n"):
            raise LayoutError("the end of the line is expected", self._here())

    def _inside(self, opened: Place, what: str) -> None:
        if not self._peek():
            raise LayoutError(f"{what} that is not closed", opened)

    def _expect(self, token: str, place: Place) -> None:
        self._skip_spaces()
        if not self._text.startswith(token, self._at):
            raise LayoutError(f"'{token}' is expected", self._here() if self._peek() else place)
        self._advance(len(token))

    def _skip_blank_lines(self) -> None:
        while (char := self._peek()) and char in " \t\n#":
            if char == "#":
                self._skip_comment()
            else:
                self._advance()

    def _skip_comment(self) -> None:
        while self._peek() not in ("", "\n"):
            self._advance()

    def _skip_spaces(self) -> None:
        while self._peek() in (" ", "\t"):
            self._advance()

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _here(self) -> Place:
        return Place(self._line, self._at - self._line_start + 1)

    def _advance(self, count: int = 1) -> None:
        for _ in range(count):
            if self._text[self._at : self._at + 1] == "\n":
                self._line += 1
                self._line_start = self._at + 1
            self._at += 1
