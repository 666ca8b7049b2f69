"""The equipment data as it is shipped, and a short way to change one figure of it."""

import copy
import tomllib
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest


def shipped(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("config").joinpath(f"limits/{name}.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def equipment() -> dict[str, Any]:
    return shipped("equipment-gb")


@pytest.fixture(scope="session")
def petrol() -> dict[str, Any]:
    return shipped("gb18285-2018")


@pytest.fixture(scope="session")
def schedule_files() -> dict[str, dict[str, Any]]:
    return {name: shipped(name) for name in ("schedule-cn", "schedule-guangzhou")}


@pytest.fixture
def changed(equipment: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """Return the equipment data with another value of one figure; None takes the figure away."""

    def change(path: str, value: object) -> dict[str, Any]:
        data = copy.deepcopy(equipment)
        *above, last = path.split(".")
        table = data
        for step in above:
            table = table[step]
        if value is None:
            del table[last]
        else:
            table[last] = {**table[last], "value": value}
        return data

    return change
