"""Small wrong changes to a Python source, one at a time: what a slip of the hand might do to a formula or a decision.

Knows the changes and where in a syntax tree they are possible; where one would be none is alike.py's. Knows neither
files nor tests.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.mutate.alike import Alike, alike, flag_arms

BOUNDARY: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
SWAPPED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.Pow: ast.Mult,
}  # fmt: skip
LARGE = 1_000_000
"""One more or less says nothing of a number from here on; it is doubled instead."""
NOT_LOOKED_AT = ("annotation", "returns", "decorator_list", "bases", "type_params")

Put = Callable[[ast.AST], None]


@dataclass(frozen=True, slots=True)
class Change:
    """One change that can be made to the tree it was found in, told as `before -> after`."""

    line: int
    what: str
    make: Callable[[], None]


def changes(tree: ast.Module) -> list[Change]:
    """Return every change to this tree, always in the same order. Each spoils the tree: make one alone."""
    same = alike(tree)
    return [change for node, put in _spots(tree) for change in _changes_at(node, put, same)]


def _spots(node: ast.AST) -> Iterator[tuple[ast.AST, Put]]:
    """Yield every node that may be changed, with what puts another in its place."""
    for name, value in ast.iter_fields(node):
        if name in NOT_LOOKED_AT or (name in ("body", "orelse") and flag_arms(node)):
            continue
        if isinstance(value, ast.AST):
            yield value, _putter(node, name)
            yield from _spots(value)
        for place, part in enumerate(_parts(value)):
            if isinstance(part, ast.AST):
                yield part, _place_putter(value, place)
                yield from _spots(part)


def _parts(value: object) -> list[object]:
    """Return the parts of a list of nodes; of equal constants (an array as it begins) the first stands for all."""
    parts = value if isinstance(value, list) else []
    alike = {ast.dump(part) for part in parts if isinstance(part, ast.AST)}
    return parts[:1] if len(alike) == 1 and isinstance(parts[0], ast.Constant) else parts


def _putter(node: ast.AST, name: str) -> Put:
    return lambda new: setattr(node, name, new)


def _place_putter(parts: list[ast.AST], place: int) -> Put:
    return lambda new: parts.__setitem__(place, new)


def _changes_at(node: ast.AST, put: Put, same: Alike) -> Iterator[Change]:
    for what, new in _replacements(node, same):
        yield _change(node, put, what, new)
    body = getattr(node, "body", None)
    if isinstance(node, ast.If | ast.While | ast.For) and isinstance(body, list):
        yield from _leaving(body, last_counts=False)
        yield from _leaving(getattr(node, "orelse", []), last_counts=False)
    if isinstance(node, ast.FunctionDef):
        yield from _leaving(node.body, last_counts=True)


def _change(node: ast.AST, put: Put, what: str, new: ast.AST) -> Change:
    def make() -> None:
        put(ast.fix_missing_locations(ast.copy_location(new, node)))

    return Change(getattr(node, "lineno", 0), what, make)


def _replacements(node: ast.AST, same: Alike) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Compare):
        yield from _compared(node, (NEGATED,) if id(node) in same.kept else (BOUNDARY, NEGATED))
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield _told(node, ast.BoolOp(other, node.values))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield _told(node, node.operand)
    elif isinstance(node, ast.BinOp) and type(node.op) in SWAPPED and not _is_text(node):
        yield _told(node, ast.BinOp(node.left, SWAPPED[type(node.op)](), node.right))
    elif isinstance(node, ast.AugAssign) and type(node.op) in SWAPPED:
        yield _told(node, ast.AugAssign(node.target, SWAPPED[type(node.op)](), node.value))
    elif isinstance(node, ast.Constant):
        for value in _other_values(node, same):
            yield f"{node.value!r} -> {value!r}", ast.Constant(value)
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        yield from _forced(node)


def _compared(
    node: ast.Compare, tables: tuple[dict[type[ast.cmpop], type[ast.cmpop]], ...]
) -> Iterator[tuple[str, ast.AST]]:
    for place, op in enumerate(node.ops):
        for table in tables:
            if type(op) in table:
                ops = [*node.ops[:place], table[type(op)](), *node.ops[place + 1 :]]
                yield _told(node, ast.Compare(node.left, ops, node.comparators))


def _forced(node: ast.If | ast.IfExp | ast.While) -> Iterator[tuple[str, ast.AST]]:
    for value in (True, False):
        if value and isinstance(node, ast.While):
            continue  # it would only never end
        new = copy.copy(node)
        new.test = ast.copy_location(ast.Constant(value), node.test)
        yield f"if {ast.unparse(node.test)} -> {value}", new


def _other_values(node: ast.Constant, same: Alike) -> list[int | float]:
    value = node.value
    if id(node) in same.yes_no and isinstance(value, int):
        return [1 - value]
    if id(node) in same.never:
        return [0]
    if isinstance(value, bool):
        return [not value]
    if not isinstance(value, int | float):
        return []
    near: list[int | float] = (
        [2 * value, type(value)(0)] if abs(value) >= LARGE else [value + 1, value - 1, type(value)(0)]
    )
    return [other for place, other in enumerate(near) if other != value and other not in near[:place]]


def _leaving(body: list[ast.stmt], last_counts: bool) -> Iterator[Change]:
    """Yield the removal of every return, continue and break after which something would follow."""
    for place, statement in enumerate(body):
        last = last_counts and place == len(body) - 1
        if isinstance(statement, ast.Continue | ast.Break):
            yield _change(statement, _place_putter(body, place), f"{ast.unparse(statement)} -> pass", ast.Pass())  # type: ignore[arg-type]
        elif isinstance(statement, ast.Return) and not last:
            new = ast.Pass() if statement.value is None else ast.Expr(statement.value)
            yield _change(statement, _place_putter(body, place), f"{ast.unparse(statement)} -> no return", new)  # type: ignore[arg-type]


def _told(node: ast.AST, new: ast.AST) -> tuple[str, ast.AST]:
    return f"{ast.unparse(node)} -> {ast.unparse(new)}", new


def _is_text(node: ast.BinOp) -> bool:
    return any(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in (node.left, node.right))
