"""How warm the engine was when its test began: a cold engine smokes and stinks otherwise than a warm one.

Knows which channels tell it. Knows no method, and voids nothing.
"""

from collections.abc import Mapping

TOLD_BY = ("oil_temp_c", "obd_coolant_c")


class Warmth:
    """The first word of oil and coolant; the higher of the two counts, for a loose oil probe reads the room."""

    def __init__(self, warm_from_c: float) -> None:
        self._warm_from_c = warm_from_c
        self._first: dict[str, float] = {}

    def take(self, values: Mapping[str, float | None]) -> None:
        """Look at a sample or a second."""
        for name in TOLD_BY:
            value = values.get(name)
            if value is not None and value - value == 0.0:
                self._first.setdefault(name, value)

    @property
    def engine_temp_c(self) -> float | None:
        """Return how warm the engine was; None where nobody said."""
        return max(self._first.values(), default=None)

    @property
    def is_cold(self) -> bool:
        """Tell whether the engine is known to have been too cold."""
        return self.engine_temp_c is not None and self.engine_temp_c < self._warm_from_c
