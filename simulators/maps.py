"""The register maps that simulated devices have: the examples that ship with the program.

Knows where they are. Does not know what the registers mean.
"""

import importlib.resources
from typing import TypeVar

from protocols.register_map import RegisterMap, parse_map

MapT = TypeVar("MapT", bound=RegisterMap)


def example_map(name: str, kind: type[MapT]) -> MapT:
    """Return a map that ships with the program."""
    return parse_map(importlib.resources.files("config").joinpath(f"maps/{name}.toml").read_text("utf-8"), kind)
