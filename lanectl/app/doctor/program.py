"""Is the program itself sound: interpreter, packages, core."""

import importlib
import importlib.metadata
import platform
import re
import sys
from collections.abc import Iterator

from lanectl.app.doctor.finding import Finding, found
from lanectl.core.selftest import CoreDamaged, known_answers
from lanectl.version import VERSION

_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*([^;]*)(;.*)?$")
_BOUND = re.compile(r"(>=|<=|<|>|==)\s*([0-9.]+)")


def check_program() -> Iterator[Finding]:
    """Look at interpreter, packages and core."""
    yield found("python", "python", version=platform.python_version(), path=sys.executable)
    yield _packages()
    yield _core()


def _packages() -> Finding:
    try:
        required = importlib.metadata.requires("lanectl") or []
    except importlib.metadata.PackageNotFoundError:
        return found("packages", "not_installed")
    needed = [line for line in required if ";" not in line]
    wrong = [said for line in needed if (said := wrong_package(line)) is not None]
    if wrong:
        return found("packages", "packages_wrong", names=", ".join(wrong))
    return found("packages", "packages", version=VERSION, count=len(needed))


def wrong_package(requirement: str) -> str | None:
    """Say what is wrong with the package that a requirement (``name>=1,<2``) names; None when nothing is."""
    match = _REQUIREMENT.match(requirement)
    assert match is not None  # our own metadata
    name, bounds = match[1], match[2].strip()
    try:
        have = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return f"{name} is missing"
    good = all(_within(_numbers(have), sign, _numbers(limit)) for sign, limit in _BOUND.findall(bounds))
    return None if good else f"{name} {have}, not {bounds}"


def _within(have: tuple[int, ...], sign: str, limit: tuple[int, ...]) -> bool:
    width = max(len(have), len(limit))
    mine, other = (numbers + (0,) * (width - len(numbers)) for numbers in (have, limit))
    return {">=": mine >= other, "<=": mine <= other, "<": mine < other, ">": mine > other, "==": mine == other}[sign]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.split("+")[0]))


def _core() -> Finding:
    try:
        known_answers()
    except CoreDamaged as error:
        return found("core", "core_damaged", detail=error)
    file = importlib.import_module("lanectl.core.asm").__file__ or ""
    code = "core" if file.endswith(".so") else "core_interpreted"
    return found("core", code)
