"""The driver at the wheel: follows a speed as a practised person does.

Knows pedals, gears and a slightly restless foot. Does not know tests or screens: whoever plays sets the target.
"""

from math import pi, sin
from random import Random

from simulators.snaps import Snap
from simulators.vehicle import Vehicle

MAX_ACCELERATION_KMH_S = 3.6
"""1 m/s2."""
EASE_PER_S = 0.9
"""How softly the driver comes up to the target: the last part of the way is an exponential."""
GAIN_N_PER_KMH = 520.0
GAIN_N_PER_KMH_S = 340.0
FOOT_PER_S = 2.5
FULL_BRAKE_N = 4000.0
SHIFT_S = 0.6
FIRST_TO_SECOND_KMH = 16.0
SECOND_TO_FIRST_KMH = 9.0
DECLUTCH_KMH = 8.0
START_THROTTLE = 0.6
"""How far the pedal goes in first gear, on the way to the gear in which it stays on the floor."""
APPROACH_SHIFT = 0.85
"""Share of the rated speed at which the driver shifts up on that way."""
FLOOR_KMH, FASTEST_FLOOR_KMH = 70.0, 100.0
"""The gear for full throttle is the one that comes nearest to this speed, and never above the other."""
REV_GAIN_PER_RPM = 1.0 / 900.0
STANDING_KMH = 0.3
WOBBLES = ((7.0, 11.0), (11.0, 17.0), (17.0, 29.0))
"""Shortest and longest period, in seconds, of each of the foot's slow swings."""
WOBBLE_KMH = 0.09


class Driver:
    """Turns the pedals of one car. The same seed drives the same way."""

    def __init__(self, vehicle: Vehicle, seed: int = 0) -> None:
        random = Random(seed)  # noqa: S311 - a restless foot, not a secret
        self.vehicle = vehicle
        self.target_kmh: float | None = None
        """Speed to hold; zero: brake to a stop and stay; None: foot off, neutral, let it roll."""
        self.rev_rpm: float | None = None
        """Engine speed to hold in neutral; wins over the target."""
        self.snap: Snap | None = None
        """A free acceleration that goes on now; wins over everything."""
        self.floor_gear: int | None = None
        """Pedal on the floor, in this gear, whatever the rollers do; wins over the target."""
        self.held = False
        """True while the lift carries the wheels: nobody drives off then."""
        self._swings = [(random.uniform(*period), random.uniform(0.0, 2.0 * pi)) for period in WOBBLES]
        self._time_s = 0.0
        self._reference_kmh = 0.0
        self._steady_n = 0.0
        self._shift_left_s = 0.0

    def step(self, dt_s: float) -> None:
        """Look at the speed and move the pedals."""
        self._time_s += dt_s
        if not self.vehicle.running:
            self.snap = self.floor_gear = None
            self._let_go(brake_n=FULL_BRAKE_N if self.held or self.target_kmh == 0.0 else 0.0)
        elif self.snap is not None:
            self._tread(self.snap, dt_s)
        elif self.held and self.rev_rpm is None:
            self._let_go(brake_n=FULL_BRAKE_N)
        elif self.rev_rpm is not None:
            self._let_go()
            self._rev(self.rev_rpm)
        elif self.floor_gear is not None:
            self._floor(self.floor_gear, dt_s)
        elif self.target_kmh is None:
            self._let_go()
        elif self.target_kmh <= 0.0 and self.vehicle.speed_kmh < STANDING_KMH:
            self._let_go(brake_n=FULL_BRAKE_N)
        else:
            self._follow(self.target_kmh, dt_s)

    def gear_for_full_throttle(self) -> int:
        """Return the gear whose speed without load comes nearest to 70 km/h, not above 100; the lower of two equals."""
        speeds = [self.vehicle.top_rpm / ratio for ratio in self.vehicle.data.rpm_per_kmh]
        allowed = [gear for gear, speed in enumerate(speeds, start=1) if speed <= FASTEST_FLOOR_KMH]
        return min(allowed, key=lambda gear: abs(speeds[gear - 1] - FLOOR_KMH))

    def _tread(self, snap: Snap, dt_s: float) -> None:
        throttle = self.vehicle.throttle
        self._let_go()
        self.vehicle.throttle = throttle
        snap.step(dt_s, self.vehicle)
        if snap.over:
            self.snap = None

    def _floor(self, gear: int, dt_s: float) -> None:
        """Go up through the gears, then put the foot down and leave it there."""
        car = self.vehicle
        car.brake_n, self._reference_kmh, self._steady_n = 0.0, car.speed_kmh, 0.0
        self._shift_left_s = max(0.0, self._shift_left_s - dt_s)
        if self._shift_left_s == 0.0 and car.gear != gear:
            self._shift_towards(gear)
        car.clutch_pressed = self._shift_left_s > 0.0
        wanted = 0.0 if car.clutch_pressed else (START_THROTTLE if car.gear == 1 < gear else 1.0)
        reach = FOOT_PER_S * dt_s
        car.throttle += min(reach, max(-reach, wanted - car.throttle))

    def _shift_towards(self, gear: int) -> None:
        car = self.vehicle
        if car.gear == 0:
            car.gear = self._gear_rolling()
        elif car.gear > gear or car.engine_rpm > APPROACH_SHIFT * car.data.rated_rpm:
            car.gear += 1 if car.gear < gear else -1
            self._shift_left_s = SHIFT_S

    def _gear_rolling(self) -> int:
        """Return the gear that fits the speed of wheels that turn already."""
        car = self.vehicle
        fitting = [n for n, ratio in enumerate(car.data.rpm_per_kmh, start=1) if car.speed_kmh * ratio > 1500.0]
        return max(fitting, default=1)

    def _let_go(self, brake_n: float = 0.0) -> None:
        car = self.vehicle
        car.throttle, car.brake_n, car.gear, car.clutch_pressed = 0.0, brake_n, 0, False
        self._reference_kmh, self._steady_n = car.speed_kmh, 0.0

    def _rev(self, rpm: float) -> None:
        data = self.vehicle.data
        if self.vehicle.diesel is not None:
            wanted = self.vehicle.pedal_in_neutral() + (rpm - self.vehicle.engine_rpm) * REV_GAIN_PER_RPM
        else:
            wanted = (rpm - data.idle_rpm) / (data.rated_rpm - data.idle_rpm)
        restless = 0.004 * self._wobble() / WOBBLE_KMH
        self.vehicle.throttle = min(1.0, max(0.0, wanted + restless))

    def _wobble(self) -> float:
        return WOBBLE_KMH * sum(sin(2.0 * pi * self._time_s / period + phase) for period, phase in self._swings)

    def _follow(self, target_kmh: float, dt_s: float) -> None:
        car = self.vehicle
        wanted = (target_kmh - self._reference_kmh) * EASE_PER_S
        change = min(MAX_ACCELERATION_KMH_S, max(-MAX_ACCELERATION_KMH_S, wanted))
        self._reference_kmh += change * dt_s
        self._choose_gear(target_kmh, dt_s)
        if self._shift_left_s > 0.0:
            car.throttle, car.brake_n = 0.0, 0.0
            return
        error = self._reference_kmh - car.speed_kmh + (self._wobble() if target_kmh > 0.0 else 0.0)
        force = GAIN_N_PER_KMH * error + self._steady_n
        pedal = self._press(force, dt_s)
        if 0.0 <= pedal <= 1.0 or car.brake_n > 0.0:  # a foot at its stop learns nothing
            self._steady_n += GAIN_N_PER_KMH_S * error * dt_s

    def _press(self, force_n: float, dt_s: float) -> float:
        car = self.vehicle
        wanted = car.pedal_for(force_n) if not car.clutch_pressed else 0.0
        reach = FOOT_PER_S * dt_s
        car.throttle += min(reach, max(-reach, min(1.0, max(0.0, wanted)) - car.throttle))
        slowing = -force_n if wanted < 0.0 or car.clutch_pressed else 0.0
        car.brake_n = min(FULL_BRAKE_N, max(0.0, slowing))
        return wanted

    def _choose_gear(self, target_kmh: float, dt_s: float) -> None:
        car = self.vehicle
        self._shift_left_s = max(0.0, self._shift_left_s - dt_s)
        rolling_out = target_kmh < DECLUTCH_KMH and car.speed_kmh < DECLUTCH_KMH + 4.0 and target_kmh < car.speed_kmh
        car.clutch_pressed = self._shift_left_s > 0.0 or rolling_out
        if self._shift_left_s > 0.0:
            return
        gear = self._gear_for(car.speed_kmh)
        if gear != car.gear:
            self._shift_left_s = SHIFT_S if car.gear else 0.0
            car.gear, car.clutch_pressed = gear, car.clutch_pressed or self._shift_left_s > 0.0

    def _gear_for(self, speed_kmh: float) -> int:
        gear, ratios = self.vehicle.gear, self.vehicle.data.rpm_per_kmh
        if gear <= 1:
            return 2 if speed_kmh > FIRST_TO_SECOND_KMH else 1
        if gear == 2 and speed_kmh < SECOND_TO_FIRST_KMH:
            return 1
        if gear < len(ratios) and speed_kmh * ratios[gear - 1] > self.vehicle.data.shift_up_rpm:
            return gear + 1
        if gear > 2 and speed_kmh * ratios[gear - 1] < self.vehicle.data.shift_down_rpm:
            return gear - 1
        return gear
