"""The example lane file, and a way to spoil it in one place."""

from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest


@pytest.fixture
def example() -> str:
    return (resources.files("config") / "examples" / "lane.toml").read_text(encoding="utf-8")


@pytest.fixture
def written(tmp_path: Path, example: str) -> Callable[..., Path]:
    """Write the example with ``old`` replaced by ``new`` and return its path."""

    def write(old: str = "", new: str = "") -> Path:
        assert example.count(old) == 1 or not old, f"{old!r} is in the example {example.count(old)} times"
        path = tmp_path / "lane.toml"
        path.write_text(example.replace(old, new, 1) if old else example, encoding="utf-8")
        return path

    return write
