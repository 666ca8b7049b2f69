"""What an example is put through: the core's functions, its limits data, and benches that play whole tests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lanectl.core.figures import Figures
from lanectl.core.formulas import half_even, to_nearest


@dataclass(frozen=True)
class Core:
    """The core with its limits data, and the benches that put whole tests before it."""

    bench: Any
    diesel: Any
    papers: Mapping[str, Any]
    equipment: Mapping[str, Any]

    def petrol_figures(self, method: str, limit_set: str = "a") -> Figures:
        return Figures(method, self.papers["gb18285-2018"][method], limit_set)


Given = Mapping[str, Any]
Found = dict[str, Any]
Adapter = Callable[[Given, Core], Found]


def rounded(value: float, decimals: int) -> float:
    """Round as the core does for a display or a comparison."""
    steps: int = half_even(to_nearest(value * 1e9), 10 ** (9 - decimals))
    return steps / float(10**decimals)


def solved(function: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    """Return where a falling or rising function has a value."""
    rising = function(high) > function(low)
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (low, middle) if (function(middle) > wanted) == rising else (middle, high)
    return (low + high) / 2
