# cython: annotation_typing=False
"""How warm the engine was when its test began: a cold engine smokes and stinks otherwise than a warm one.

Knows which channels tell it. Knows no method, and voids nothing. Part of a method's machine, so that one push() holds
all that a second changes. A missing value is NaN. Types: warmth.pxd.
"""

from lanectl.core.formulas import is_missing

TOLD_BY = ("oil_temp_c", "obd_coolant_c")
"""The channels that ``take`` is given, in this order."""


class Warmth:
    """The first word of oil and coolant; the higher of the two counts, for a loose oil probe reads the room."""

    def __init__(self, warm_from_c: float) -> None:
        self.warm_from_c = warm_from_c
        self.oil_c = float("nan")
        self.coolant_c = float("nan")

    def take(self, oil_c: float, coolant_c: float) -> None:
        """Look at the two temperatures of a sample or a second, in degC; NaN is nothing said."""
        if is_missing(self.oil_c) and not is_missing(oil_c):
            self.oil_c = oil_c
        if is_missing(self.coolant_c) and not is_missing(coolant_c):
            self.coolant_c = coolant_c

    @property
    def engine_temp_c(self) -> float | None:
        """Return how warm the engine was in degC; None where nobody said."""
        if is_missing(self.oil_c):
            return None if is_missing(self.coolant_c) else self.coolant_c
        return self.coolant_c if self.coolant_c > self.oil_c else self.oil_c

    @property
    def is_cold(self) -> bool:
        """Tell whether the engine is known to have been too cold."""
        found = self.engine_temp_c
        return found is not None and found < self.warm_from_c
