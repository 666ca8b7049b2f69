"""One tread on the accelerator in neutral: to the floor, until the governor cuts off, a moment longer, and off.

Knows pedal and revolutions. Does not know smoke or tests; a lazy foot is one that presses slowly or lets go early.
"""

from dataclasses import dataclass

from simulators.vehicle import Vehicle

PRESS_S = 0.3
HOLD_S = 2.0
RELEASE_S = 0.2
AT_TOP = 0.93
LONGEST_RISE_S = 8.0
"""A driver whose engine does not come up gives in after this."""


@dataclass(slots=True)
class Snap:
    """One free acceleration. ``step`` moves the pedal; ``over`` says that the foot is off again."""

    hold_s: float | None = HOLD_S
    """How long after the governor has cut off; None until told to let go."""
    press_s: float = PRESS_S
    until_rpm: float | None = None
    """A lazy foot lets go here; None holds on until the governor cuts off."""
    over: bool = False
    _rising_s: float = 0.0
    _held_s: float = 0.0
    _releasing: bool = False

    def let_go(self) -> None:
        """Take the foot off, whatever the engine has reached."""
        self._releasing = True

    def step(self, dt_s: float, car: Vehicle) -> None:
        """Move the foot for this long."""
        if self._releasing:
            car.throttle = max(0.0, car.throttle - dt_s / RELEASE_S)
            self.over = car.throttle <= 0.0
            return
        car.throttle = min(1.0, car.throttle + dt_s / max(dt_s, self.press_s))
        wanted = car.top_rpm * AT_TOP if self.until_rpm is None else self.until_rpm
        if self._held_s or car.engine_rpm >= wanted:
            self._held_s += dt_s
        else:
            self._rising_s += dt_s
        if self.hold_s is not None:
            self._releasing = self._held_s > self.hold_s or self._rising_s > LONGEST_RISE_S
