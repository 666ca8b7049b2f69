"""Every worked example of the table, through the public functions of the core."""

import math
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from tests.core.worked_examples.equipment import EQUIPMENT
from tests.core.worked_examples.formulas import FORMULAS
from tests.core.worked_examples.playing import Core
from tests.core.worked_examples.whole_tests import WHOLE_TESTS

TABLE = Path(__file__).with_name("examples.toml")
EXAMPLES: list[dict[str, Any]] = tomllib.loads(TABLE.read_text(encoding="utf-8"))["example"]
ADAPTERS = {**FORMULAS, **WHOLE_TESTS, **EQUIPMENT}
NEAR, NEAR_OF_WINDOWS = 1e-9, 1e-6
"""Relative. Rows of a whole test are kept in counts, and DF and kH are 1 only nearly: windows come less near."""


def same(found: object, expected: object, near: float) -> bool:
    """Compare as the table asks: numbers by their relative difference, all else exactly, nothing left over."""
    if isinstance(expected, dict):
        assert isinstance(found, dict)
        assert set(found) == set(expected)
        return all(same(found[name], value, near) for name, value in expected.items())
    if isinstance(expected, list):
        return isinstance(found, list) and found == expected
    if isinstance(expected, bool | str) or isinstance(found, bool | str):
        return found is expected or (isinstance(expected, str) and found == expected)
    assert isinstance(expected, int | float)
    assert isinstance(found, int | float)
    return math.isclose(found, expected, rel_tol=near, abs_tol=near if near == NEAR_OF_WINDOWS else 0.0)


@pytest.fixture(scope="module")
def core(bench: Any, diesel: Any, papers: Any) -> Core:
    paper = resources.files("config").joinpath("limits/equipment-gb.toml").read_text(encoding="utf-8")
    return Core(bench, diesel, papers, tomllib.loads(paper))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["id"]))
def test_an_example_comes_out_as_written(core: Core, example: dict[str, Any]) -> None:
    found = ADAPTERS[example["formula"]](example["given"], core)
    near = NEAR_OF_WINDOWS if example["formula"].startswith("asm_") and example["formula"] in WHOLE_TESTS else NEAR
    assert same(found, example["expected"], near), (found, example["expected"])


def test_no_example_is_left_out_and_no_way_stands_idle() -> None:
    assert len({example["id"] for example in EXAMPLES}) == len(EXAMPLES) == 61
    assert {example["formula"] for example in EXAMPLES} == set(ADAPTERS)
