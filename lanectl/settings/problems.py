"""What is wrong in a TOML file, with its place: file, line, column, key, and what to do.

Knows how a refusal of a pydantic model becomes a sentence that a station's IT person can act on. Does not know
lane files.
"""

import difflib
import re
import tomllib
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ValidationError

from lanectl.model.words.settings import HINTS, PROBLEMS, VALUE_FAULTS
from lanectl.model.words.text import Text
from lanectl.settings.toml_places import LayoutError, Place, Places, find_places
from lanectl.settings.toml_places import Path as KeyPath

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, where, and what to do about it."""

    file: str
    line: int
    column: int
    key: str
    code: str
    message: Text
    hint: Text

    def as_json(self) -> dict[str, object]:
        """Return the keys of the contract, in English, with the code and the Chinese words beside them."""
        place = {"file": self.file, "line": self.line, "column": self.column, "key": self.key, "code": self.code}
        words = {"message": self.message.en, "hint": self.hint.en}
        return {**place, **words, "message_zh": self.message.zh, "hint_zh": self.hint.zh}


class FaultyFileError(Exception):
    """A lane file that cannot be used; ``problems`` says why, in the order of its lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__(f"{first.file}:{first.line}:{first.column}: {first.message.en}; {first.hint.en}")
        self.problems = tuple(problems)


@dataclass(frozen=True)
class TomlSource:
    """A TOML file as read: its data and where each key stands."""

    file: str
    data: dict[str, object]
    places: Places

    def problem(self, code: str, path: KeyPath, hint: Text, *, at: Place | None = None, **facts: object) -> Problem:
        """Name a problem with this key; without a place it is where the key's value stands."""
        place = at or self.places.value(path)
        template, common = PROBLEMS[code], {"key": dotted(path), **facts}
        message = Text(_in_words(template.zh, common, 0), _in_words(template.en, common, 1))
        return Problem(self.file, place.line, place.column, dotted(path), code, message, hint)


def _in_words(template: str, facts: Mapping[str, object], language: int) -> str:
    """Fill in facts, of those that are messages themselves the side in the same language."""
    return template.format(**{name: fact[language] if isinstance(fact, Text) else fact for name, fact in facts.items()})


def dotted(path: KeyPath) -> str:
    """Write a key path the way people do: ``operators[0].id``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read_toml(path: Path, shown: str | None = None) -> TomlSource:
    """Read a TOML file with the places of its keys. Raises OSError, or FaultyFileError where it is no TOML."""
    return parse_toml(path.read_bytes(), shown or str(path))


def parse_toml(raw: bytes, file: str) -> TomlSource:
    """Read TOML bytes with the places of their keys; ``file`` is how problems call them."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
        place = Place(before.count(b"\n") + 1, column)
        raise FaultyFileError([_plain_problem(file, "encoding", place, HINTS["encoding"])]) from None
    try:
        return TomlSource(file, tomllib.loads(text), find_places(text))
    except tomllib.TOMLDecodeError as error:
        raise FaultyFileError([_syntax_problem(file, text, str(error))]) from None
    except LayoutError as error:
        raise FaultyFileError([_layout_problem(file, error)]) from None


def _plain_problem(file: str, code: str, place: Place, hint: Text, **facts: object) -> Problem:
    return Problem(file, place.line, place.column, "", code, PROBLEMS[code].fill(**facts), hint)


def _layout_problem(file: str, error: LayoutError) -> Problem:
    hint = HINTS["unclosed"] if "not closed" in error.what else HINTS["syntax"]
    return _plain_problem(file, "syntax", error.place, hint, detail=error.what)


def _syntax_problem(file: str, text: str, said: str) -> Problem:
    """Prefer the place where something was opened or first written over the place where the reader gave up."""
    try:
        places = find_places(text)
    except LayoutError as error:
        return _layout_problem(file, error)
    if places.repeated:
        path, again, first = places.repeated[0]
        message = PROBLEMS["repeated"].fill(key=dotted(path))
        return Problem(
            file, again.line, again.column, dotted(path), "repeated", message, HINTS["repeated"].fill(line=first.line)
        )
    found = _AT.search(said)
    lines = text.split("\n")
    place = Place(len(lines), len(lines[-1]) + 1)
    if found and found[1]:
        place = Place(int(found[1]), int(found[2]))
    return _plain_problem(file, "syntax", place, HINTS["syntax"], detail=_AT.sub("", said))


def model_problems(
    source: TomlSource, error: ValidationError, model: type[BaseModel], prefix: KeyPath = ()
) -> list[Problem]:
    """Turn what a model refused into problems with places; a misspelt key is named once, not also as missing."""
    faults = [(_toml_path(source, prefix, fault["loc"]), fault) for fault in error.errors(include_url=False)]
    deeper = {path[:length] for path, _ in faults for length in range(len(path))}
    faults = [(path, fault) for path, fault in faults if fault["type"] != "too_short" or path not in deeper]
    unknown = [path for path, fault in faults if fault["type"] == "extra_forbidden"]
    problems = []
    for path, fault in faults:
        table = _model_at(model, path[len(prefix) : -1])
        if fault["type"] == "extra_forbidden":
            problems.append(_unknown_key(source, path, model, table, prefix))
        elif fault["type"] == "missing":
            if not any(path[:-1] == other[:-1] and _close(str(other[-1]), [str(path[-1])]) for other in unknown):
                hint = HINTS["missing_key"].fill(key=path[-1], table=_table_name(path[:-1], source.file))
                problems.append(source.problem("missing_key", path, hint, at=source.places.nearest(path)))
        else:
            problems.append(_bad_value(source, path, fault))
    return sorted(problems, key=lambda problem: (problem.line, problem.column))


def _toml_path(source: TomlSource, prefix: KeyPath, loc: tuple[int | str, ...]) -> KeyPath:
    """Keep of a model's place what the file has too (pydantic also names union members and validators)."""
    path, here = prefix, _reach(source.data, prefix)
    for part in loc:
        if isinstance(here, Mapping):
            path, here = (*path, part), here.get(part)
        elif isinstance(here, list) and isinstance(part, int):
            path, here = (*path, part), here[part] if part < len(here) else None
        else:
            break
    return path


def _reach(data: object, path: KeyPath) -> object:
    for part in path:
        data = data[part] if isinstance(data, Mapping | list) else None  # type: ignore[index]
    return data


def _unknown_key(
    source: TomlSource, path: KeyPath, root: type[BaseModel], table: type[BaseModel] | None, prefix: KeyPath
) -> Problem:
    name, known = str(path[-1]), list(table.model_fields) if table else []
    near = _close(name, known)
    home = next((where for where, fields in _tables(root) if name in fields), None) if not prefix else None
    if near:
        hint = HINTS["nearest"].fill(nearest=near[0])
    elif home:
        hint = HINTS["elsewhere"].fill(table=home)
    elif known:
        hint = HINTS["known_keys"].fill(keys=", ".join(known))
    else:
        hint = HINTS["no_keys"]
    return source.problem("unknown_key", path, hint, at=source.places.nearest(path))


def _bad_value(source: TomlSource, path: KeyPath, fault: Mapping[str, typing.Any]) -> Problem:
    said, hint = str(fault["msg"]).removeprefix("Value error, "), HINTS["bad_value"]
    known = VALUE_FAULTS.get(fault["type"])
    detail = known.fill(**fault.get("ctx", {})) if known else Text(said, said)
    if fault["type"] in ("literal_error", "enum"):
        choices = str(fault["ctx"]["expected"])
        near = _close(str(fault["input"]), re.findall(r"'([^']*)'", choices))
        hint = HINTS["nearest"].fill(nearest=near[0]) if near else HINTS["choices"].fill(choices=choices)
    shown = repr(fault["input"])
    return source.problem(
        "bad_value", path, hint, value=shown if len(shown) <= 60 else shown[:57] + "...", detail=detail
    )


def _close(name: str, known: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.6)


def _table_name(path: KeyPath, file: str) -> str:
    return f"[{dotted(path)}]" if path else Path(file).name


def _model_at(model: type[BaseModel], path: KeyPath) -> type[BaseModel] | None:
    here: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, int):
            continue
        if here is None or part not in here.model_fields:
            return None
        here = next(_models_in(here.model_fields[part].annotation), None)
    return here


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """Yield the models of an annotation, looking into optional values and lists but not into mappings."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        if issubclass(annotation, BaseModel):
            yield annotation
        return
    for inner in typing.get_args(annotation):
        yield from _models_in(inner)


def _tables(model: type[BaseModel]) -> Iterator[tuple[str, list[str]]]:
    for name, info in model.model_fields.items():
        for inner in _models_in(info.annotation):
            yield name, list(inner.model_fields)
