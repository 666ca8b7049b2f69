"""What is wrong with a scenario, for whoever wrote it: file, line, key, and what to do, in both languages.

Knows where a key stands in a TOML file. Does not know what a scenario may say, or what it does.
"""

import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

Key = tuple[str | int, ...]
_TABLE = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]\]?")
_KEY = re.compile(r"\s*\"?([A-Za-z0-9_-]+)\"?\s*=")
MOST_NAMED = 12
"""So many choices are named at most."""


class Text(NamedTuple):
    """One message: zh-CN first, English beside."""

    zh: str
    en: str

    def fill(self, **facts: object) -> "Text":
        """Put facts into both languages."""
        return Text(self.zh.format(**facts), self.en.format(**facts))


TROUBLES = {
    "no_file": Text("没有这个文件", "there is no such file"),
    "unreadable": Text("文件无法读取：{detail}", "the file cannot be read: {detail}"),
    "encoding": Text("文件不是 UTF-8 编码", "the file is not UTF-8"),
    "syntax": Text("不是有效的 TOML：{detail}", "this is not TOML: {detail}"),
    "unknown_key": Text("未知的键 {key}", "unknown key {key}"),
    "missing_key": Text("缺少键 {key}", "the key {key} is missing"),
    "bad_value": Text("{key} 的值 {value} 不对", "{key} cannot have the value {value}"),
    "same_place": Text("{key}：两台设备在同一位置：{detail}", "{key}: two devices in one place: {detail}"),
    "no_folder": Text("没有写明端口所在的文件夹", "the folder for the ports is not named"),
}
REMEDIES = {
    "no_file": Text(
        "改正路径：lanectl-sim scenario 文件；docs/simulators.md 中有一个示例可以照抄",
        "correct the path: lanectl-sim scenario FILE; docs/simulators.md has an example to begin with",
    ),
    "unreadable": Text("改正路径或文件权限", "correct the path, or the rights of the file"),
    "encoding": Text("用 UTF-8 编码重新保存文件", "save the file again as UTF-8"),
    "syntax": Text("改正这一行；文本值要加引号", "correct this line; text values stand in quotes"),
    "nearest": Text("是否想写 {nearest}？", "did you mean {nearest}?"),
    "choices": Text("可以写：{choices}", "known here: {choices}"),
    "remove": Text("删掉这个键", "remove this key"),
    "add": Text("加上 {key}", "add {key}"),
    "correct": Text(
        "改正这个值；各键的含义见 docs/simulators.md", "correct it; docs/simulators.md tells what each key means"
    ),
    "one_of_them": Text("只保留其中一台", "keep one of them"),
    "folder": Text("加上 --folder 文件夹", "add --folder FOLDER"),
    "number": Text("应为数字，不加引号", "write a number, without quotes"),
    "text": Text("应为加引号的文本", "write a text, in quotes"),
    "yes_no": Text("应为 true 或 false", "write true or false"),
    "more_than": Text("必须大于 {gt}", "write more than {gt}"),
    "at_least": Text("不能小于 {ge}", "write at least {ge}"),
}
FORMS = {
    "float_type": "number",
    "int_type": "number",
    "float_parsing": "number",
    "int_parsing": "number",
    "string_type": "text",
    "greater_than": "more_than",
    "greater_than_equal": "at_least",
}
"""Kind of a refused value -> what to write instead."""


class ScenarioError(Exception):
    """A scenario that cannot be played: where, why, and what to do, in two lines."""

    def __init__(self, place: str, said: Text, remedy: Text) -> None:
        super().__init__(f"{place}: {said.zh}；{remedy.zh}\n    {said.en}; {remedy.en}")


def trouble(file: Path, code: str, remedy: Text, *, line: int | None = None, **facts: object) -> ScenarioError:
    """Make the error of a file, at a line where that is known."""
    place = str(file) if line is None else f"{file}:{line}"
    return ScenarioError(place, TROUBLES[code].fill(**facts), remedy)


def instead(given: object, known: Iterable[str]) -> Text:
    """Say what to write instead: what is nearest to it, else what there is."""
    names = list(known)
    near = difflib.get_close_matches(str(given), names, n=1)
    if near:
        return REMEDIES["nearest"].fill(nearest=near[0])
    more = ["…"] if len(names) > MOST_NAMED else []
    return REMEDIES["choices"].fill(choices=", ".join(names[:MOST_NAMED] + more)) if names else REMEDIES["remove"]


def dotted(key: Key) -> str:
    """Write a key the way people do: ``at[2].kind``, counted from 1."""
    text = ""
    for part in key:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def line_of(text: str, key: Key) -> int:
    """Return the line of a key; that of its table where the key itself is not there, or stands within a value."""
    wanted, table, nearest = _plain(key), "", 1
    count: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if found := _TABLE.match(line):
            count[found[2]] = count.get(found[2], -1) + 1
            table = f"{found[2]}.{count[found[2]]}." if found[1] == "[[" else f"{found[2]}."
        elif found := _KEY.match(line):
            if f"{wanted}.".startswith(f"{table}{found[1]}."):
                return number
            continue
        if table and f"{wanted}.".startswith(table):
            nearest = number if nearest == 1 or _TABLE.match(line) else nearest
    return nearest


def _plain(key: Key) -> str:
    return ".".join(str(part) for part in key)
