"""The device catalogue, made from what the registry, the codecs and the golden frames say: one page a device.

Run ``make catalogue`` (``python -m lanectl.app.device_pages docs/devices tests/vectors``) after an entry, a codec or
its frames have changed; a test says when that was forgotten. ``undetected.toml`` there is measured elsewhere.
"""

import ast
import importlib.util
import inspect
import json
import sys
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from drivers import roles
from drivers.info import CodecInfo, DriverInfo
from drivers.probe import Probe
from drivers.registry import DECODERS, DRIVERS
from lanectl.app.port_search import TABLES
from lanectl.model.words.ports import GRADES, ROLES

INDEX = "README.md"
UNDETECTED = "undetected.toml"
DAMAGE: Mapping[str, str] = {
    "one_bit": "one bit tipped over",
    "some_bits": "several bits",
    "overwritten": "a byte overwritten",
    "swapped": "two bytes swapped",
    "truncated": "end missing",
    "lost": "bytes missing inside",
    "inserted": "bytes inserted",
    "doubled": "a byte doubled",
    "spliced": "two frames spliced",
    "wrong_length": "wrong length",
    "babble": "babble",
    "all": "**all of these**",
}
OF: Mapping[str, str] = {
    "reading": "replies with readings, as the driver's own framer takes them with the question outstanding",
    "word": "replies without readings, as the driver's own framer takes them",
    "codec": "single frames, as `lanectl decode` reads them",
}
ROLE_CLASSES: Mapping[str, type] = {
    "gas_analyzer": roles.GasAnalyzer,
    "nox_analyzer": roles.NoxAnalyzer,
    "opacimeter": roles.Opacimeter,
    "dynamometer": roles.Dynamometer,
    "obd_reader": roles.ObdReader,
    "flow_meter": roles.FlowMeter,
    "weather_station": roles.WeatherStation,
    "tachometer": roles.Tachometer,
    "driver_display": roles.DriverDisplay,
    "lane_io": roles.LaneIo,
}


def published(vectors: Path, undetected: Path) -> dict[str, str]:
    """Return the text of every page by its file name."""
    rates = tomllib.loads(undetected.read_text("utf-8"))["device"] if undetected.exists() else {}
    pages = {f"{info.id}.md": page(info, vectors, rates.get(info.id)) for info in DRIVERS.values()}
    return {INDEX: _index(rates), **pages}


def write(folder: Path, vectors: Path) -> None:
    """Write every page into a folder, and take away pages of devices that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = published(vectors, folder / UNDETECTED)
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    for old in {path.name for path in folder.glob("*.md")} - set(pages):
        (folder / old).unlink()


def page(info: DriverInfo, vectors: Path, rates: Mapping[str, Any] | None) -> str:
    """Return the page of one device."""
    parts = (
        _head(info),
        _section("What is known of it, and what is not", _doubts(info)),
        _section("In the lane file", _settings(info)),
        _section("What the lane asks of it", _verbs(info)),
        _section("How `lanectl probe` finds it", _found(info)),
        _section("Errors that nobody notices", _rates(rates)),
        _section("Golden frames", _frames(info.codec, vectors)),
        _section("Simulator", _simulator(info)),
    )
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _section(title: str, lines: Iterator[str]) -> str:
    return "\n".join([f"## {title}", "", *lines])


def _table(head: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _head(info: DriverInfo) -> str:
    role = ROLES[info.role]
    grade = GRADES[info.grade]
    rows = [
        ("Device id", f"`{info.id}`"),
        ("Maker", info.maker),
        ("Role", f"{role.zh} {role.en}"),
        ("Protocol", info.protocol),
        ("Grade", f"**{info.grade}** {grade.zh}; {grade.en}"),
        ("It tells of itself", ", ".join(sorted(info.tells)) or "nothing"),
        ("Codec, driver", f"`{info.codec.codec}`, `{inspect.getmodule(info.build).__name__}`"),  # type: ignore[union-attr]
    ]
    return "\n".join([f"# {info.name}", "", *_table(("", ""), rows)])


def _doubts(info: DriverInfo) -> Iterator[str]:
    for module in (info.codec.codec, inspect.getmodule(info.build).__name__):  # type: ignore[union-attr]
        yield f"From `{module}`:"
        yield ""
        yield from (f"> {line}".rstrip() for line in _docstring(module).splitlines())
        yield ""


def _docstring(module: str) -> str:
    """Return a module's docstring without loading it: the simulators are not loaded here."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        return ""
    return _plain(ast.get_docstring(ast.parse(Path(spec.origin).read_text("utf-8"))) or "")


# --- settings -----------------------------------------------------------------------------------------------------


def _settings(info: DriverInfo) -> Iterator[str]:
    fields = info.settings.model_fields
    yield "```toml"
    yield f"[devices.{TABLES.get(info.role, info.role)}]"
    for name in sorted(fields, key=lambda name: ("driver", "port").index(name) if name in ("driver", "port") else 2):
        if fields[name].is_required():
            yield f"{name} = {_example(name, fields[name].annotation, info)}"
    yield "```"
    yield ""
    told = _attribute_docs(info.settings)
    rows = (
        (
            f"`{name}`",
            _kind(field.annotation),
            _default(field.default),
            _plain(told.get(name) or field.description or ""),
        )
        for name, field in fields.items()
    )
    yield from _table(("Key", "Value", "Unless said", "Meaning"), rows)


def _plain(text: str) -> str:
    return text.replace("``", "`")


def _example(name: str, annotation: object, info: DriverInfo) -> str:
    given = {"driver": info.id, "port": f"/dev/serial/by-id/usb-{TABLES.get(info.role, info.role)}"}
    for probe in reversed(info.probes):
        given |= {key: value for key, value in probe.settings.items() if isinstance(value, str)}
    if name in given:
        return json.dumps(given[name])
    choices = get_args(annotation) if get_origin(annotation) is Literal else ()
    return " # or ".join(json.dumps(choice) for choice in choices) or '"…"'


def _kind(annotation: object) -> str:
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{json.dumps(choice)}`" for choice in get_args(annotation))
    if args := [each for each in get_args(annotation) if each is not NoneType]:
        return " or ".join(_kind(each) for each in args)
    names: dict[object, str] = {bool: "`true`, `false`", str: "text", int: "whole number", float: "number"}
    return names.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _default(default: object) -> str:
    if default is PydanticUndefined:
        return "must be said"
    return "" if default is None else f"`{json.dumps(default)}`"


def _attribute_docs(settings: type[BaseModel]) -> dict[str, str]:
    """Return the docstrings under the fields of a settings model and its bases."""
    found: dict[str, str] = {}
    for cls in reversed(settings.__mro__):
        if not issubclass(cls, BaseModel) or cls is BaseModel:
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
        assert isinstance(body, ast.ClassDef)
        for here, after in zip(body.body, body.body[1:], strict=False):
            if isinstance(here, ast.AnnAssign) and isinstance(here.target, ast.Name) and isinstance(after, ast.Expr):
                text = after.value.value if isinstance(after.value, ast.Constant) else None
                found[here.target.id] = " ".join(str(text).split())
    return found


# --- what it does, and how it is found ----------------------------------------------------------------------------


def _verbs(info: DriverInfo) -> Iterator[str]:
    role = ROLE_CLASSES.get(info.role)
    if role is None:
        yield f"See role `{info.role}` in `drivers/roles.py`."
        return
    verbs = [(name, value) for cls in reversed(role.__mro__) for name, value in vars(cls).items()]
    rows = [
        (f"`{name}`", _plain(" ".join((inspect.getdoc(value) or "").split())))
        for name, value in verbs
        if inspect.isfunction(value) and not name.startswith("_") and value.__module__ == roles.__name__
    ]
    yield from _table(
        ("Verb", f"What every {ROLES[info.role].en} is asked for; what this one cannot is refused by name"), rows
    )


def _found(info: DriverInfo) -> Iterator[str]:
    asked = [probe for probe in info.probes if probe.questions or probe.stream]
    if not asked:
        yield "Not at all: it never answers."
        return
    for probe in asked:
        yield f"- {_way(probe)}"
        for question in probe.questions:
            yield f"  - {question.asks}: `{question.request.hex(' ').upper()}`"
    if sisters := _alike(info):
        yield ""
        yield f"Its harmless answers are the same as those of {', '.join(f'`{each}`' for each in sisters)}: "
        yield "the search names all of them, and the name plate decides."


def _way(probe: Probe) -> str:
    said = ", ".join(f"{name} = {json.dumps(value)}" for name, value in probe.settings.items())
    where = "over TCP" if probe.over == "tcp" else f"at {' or '.join(map(str, probe.bauds))} 8N1"
    how = "it speaks unasked" if probe.stream else "it is asked"
    return f"{where} {how}{f' (found so: `{said}`)' if said else ''}"


def _alike(info: DriverInfo) -> list[str]:
    own = {_shape(probe) for probe in info.probes}
    return [other.id for other in DRIVERS.values() if other is not info and own == {_shape(p) for p in other.probes}]


def _shape(probe: Probe) -> tuple[object, ...]:
    stream = getattr(probe.stream, "__qualname__", None)
    return probe.over, probe.bauds, tuple(question.request for question in probe.questions), stream


def _rates(rates: Mapping[str, Any] | None) -> Iterator[str]:
    if rates is None:
        yield "Not measured yet: run `make fuzz PUBLISH=1`."
        return
    yield f"{rates['frames']} damaged {OF[rates['of']]}: the share that is accepted with another value."
    yield "The damage is of equal parts, as no real cable does it: it tells protocols apart, not lanes."
    yield ""
    yield from _table(
        ("Damage", "Accepted"), [(words, _share(rates[kind])) for kind, words in DAMAGE.items() if kind in rates]
    )


def _share(rate: float) -> str:
    return "none" if rate == 0.0 else f"{rate:.2g}"


def _frames(codec: CodecInfo, vectors: Path) -> Iterator[str]:
    frames = [each for each in json.loads((vectors / codec.vectors).read_text("utf-8")) if codec.id in each["devices"]]
    yield f"`tests/vectors/{codec.vectors}`; codec and simulator are both held to these bytes."
    yield ""
    yield from _table(("Direction", "Bytes", "Meaning", "Grade", "Source"), (_frame(each) for each in frames))


def _frame(vector: Mapping[str, Any]) -> tuple[str, ...]:
    way = "to it" if vector["direction"] == "to_device" else "from it"
    can_id = f"`{vector['can_id']}` " if vector.get("can_id") else ""
    return way, f"{can_id}`{vector['hex']}`", vector["meaning"], vector["grade"], vector["source"]


def _simulator(info: DriverInfo) -> Iterator[str]:
    yield f"`lanectl-sim device {info.id} --port /tmp/lane/{TABLES.get(info.role, info.role)}` (`{info.simulator}`)"
    yield ""
    yield from (f"> {line}".rstrip() for line in _docstring(info.simulator).splitlines())


# --- index --------------------------------------------------------------------------------------------------------


def _index(rates: Mapping[str, Mapping[str, Any]]) -> str:
    return "\n".join([*_index_head(), *_index_roles(rates), *_index_rest()]) + "\n"


def _index_head() -> Iterator[str]:
    yield "# Devices"
    yield ""
    yield "Made by `make catalogue`; a test says when it is out of date."
    yield "`lanectl devices` lists the same, `lanectl probe PORT` says which of them is on a port."
    yield ""
    yield from _table(("Grade", "Meaning"), [(grade, f"{text.zh}; {text.en}") for grade, text in GRADES.items()])
    yield ""
    yield f"The last column: which share of damaged frames passes with another value, [{UNDETECTED}]({UNDETECTED})."


def _index_roles(rates: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for role, text in ROLES.items():
        infos = [info for info in DRIVERS.values() if info.role == role]
        if not infos:
            continue
        yield from ("", f"## {text.zh} {text.en}", "")
        rows = (
            (f"[`{info.id}`]({info.id}.md)", info.name, info.maker, info.protocol, info.grade, _total(rates, info.id))
            for info in sorted(infos, key=lambda info: info.id)
        )
        yield from _table(("Device", "Name", "Maker", "Protocol", "Grade", "Unnoticed"), rows)


def _total(rates: Mapping[str, Mapping[str, Any]], device: str) -> str:
    return _share(rates[device]["all"]) if device in rates else "not measured"


def _index_rest() -> Iterator[str]:
    others = sorted(set(DECODERS) - set(DRIVERS))
    if others:
        yield from ("", "## Frames that can be explained only", "")
        yield (
            ", ".join(f"`{each}`" for each in others)
            + ": `lanectl decode` reads them; no driver uses them by this name."
        )


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
