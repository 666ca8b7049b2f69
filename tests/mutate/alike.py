"""Places of a source where some change is none: 2 for a yes that is 1, -2 for a never that is -1, >= where > keeps.

Three kinds, each told from the syntax alone. A *yes or no*: a name that is only ever given 0 and 1, or a function that
only ever returns them, is a bool that C has a number for; it is changed as True and False are, to the other one. A
*never*: -1 given to a name stands for no time and no place, as any number below zero would; it is changed to 0. The
*greater kept*: where the body of `if a > b` is `b = a` and nothing else, it does not matter what is done with two that
are equal; its boundary is left alone. Knows neither files nor tests.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

NUMBERS = ("0", "1")


@dataclass(slots=True)
class Alike:
    """The nodes of one tree that are of these kinds, by their ``id``."""

    yes_no: set[int] = field(default_factory=set)
    never: set[int] = field(default_factory=set)
    kept: set[int] = field(default_factory=set)


def alike(tree: ast.Module) -> Alike:
    """Find them in a tree."""
    found = Alike()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            _find_yes_no(_given(node, "self."), found)
        if isinstance(node, ast.FunctionDef):
            _find_yes_no(_given(node, "") | {"return": _returned(node)}, found)
        if isinstance(node, ast.Assign):
            found.never |= {id(one) for value in _values(node.value) if (one := _below_zero(value))}
        if isinstance(node, ast.If | ast.IfExp):
            found.kept |= {id(compare) for compare in _compares(node.test) if _keeps(node, compare)}
    return found


def flag_arms(node: ast.AST) -> list[ast.AST]:
    """Return the arms of `1 if ... else 0`, or nothing."""
    arms: list[ast.AST] = [node.body, node.orelse] if isinstance(node, ast.IfExp) else []
    return arms if sorted(map(_number, arms)) == ["0", "1"] else []


def _find_yes_no(given: dict[str, list[ast.AST]], found: Alike) -> None:
    """Add the constants of every name that is given 0 and 1 and nothing else."""
    for values in given.values():
        numbers = {number for value in values for number in map(_number, flag_arms(value) or [value])}
        if numbers == set(NUMBERS):
            found.yes_no |= {id(value) for value in values}


def _given(scope: ast.AST, begins: str) -> dict[str, list[ast.AST]]:
    """Return what every name of a scope is given; a name that gets something in any other way is given that, too."""
    given: dict[str, list[ast.AST]] = defaultdict(list)
    for node in ast.walk(scope):
        for target, value in _assigned(node):
            name = ast.unparse(target)
            if name.startswith(begins) and (begins or name.isidentifier()):
                given[name].append(value)
    return given


def _assigned(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                yield from zip(target.elts, node.value.elts, strict=False)
            else:
                yield from ((one, node.value) for one in (target.elts if isinstance(target, ast.Tuple) else [target]))
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For | ast.NamedExpr | ast.comprehension):
        yield node.target, node
    elif isinstance(node, ast.arguments):
        yield from ((ast.Name(one.arg), node) for one in [*node.posonlyargs, *node.args, *node.kwonlyargs])


def _returned(function: ast.FunctionDef) -> list[ast.AST]:
    return [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]


def _values(value: ast.AST) -> list[ast.AST]:
    if isinstance(value, ast.IfExp):
        return [value.body, value.orelse]
    return list(value.elts) if isinstance(value, ast.Tuple) else [value]


def _below_zero(value: ast.AST) -> ast.AST | None:
    """Return the 1 of a -1."""
    minus = isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub)
    return value.operand if minus and isinstance(value, ast.UnaryOp) and _number(value.operand) == "1" else None


def _compares(test: ast.AST) -> list[ast.Compare]:
    return [node for node in ast.walk(test) if isinstance(node, ast.Compare) and len(node.ops) == 1]


def _keeps(node: ast.If | ast.IfExp, compare: ast.Compare) -> bool:
    """Tell whether two that are equal come to the same whichever way the comparison goes."""
    both = {ast.unparse(compare.left), ast.unparse(compare.comparators[0])}
    if isinstance(node, ast.IfExp):
        return node.test is compare and {ast.unparse(node.body), ast.unparse(node.orelse)} == both
    if len(node.body) != 1 or node.orelse or not isinstance(node.body[0], ast.Assign) or len(node.body[0].targets) != 1:
        return False
    target, value = ast.unparse(node.body[0].targets[0]), ast.unparse(node.body[0].value)
    turned = value == f"-{target}" and both in ({target, "0"}, {target, "0.0"})
    return turned or {target, value} == both


def _number(node: ast.AST) -> str:
    is_number = isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool)
    return str(node.value) if is_number and isinstance(node, ast.Constant) else "other"
