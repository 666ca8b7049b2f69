"""The roller bench: rollers, parasitic loss, eddy-current brake, motor, lift and light barriers.

Knows inertia and forces. Does not know who asks for them, in which protocol, or what is tested.
"""

from math import inf

BASE_INERTIA_KG = 907.0
PARASITIC_KW_PER_KMH = 0.020
PARASITIC_KW_PER_KMH2 = 0.00030
"""Loss of the bearings and of the air: 0.69 kW at 25 km/h, 1.28 kW at 40 km/h."""
FULL_FORCE_N = 8000.0
"""A brake for diesels: 155 kW at 70 km/h. An engine of 120 kW asks 6000 N at 56 km/h, and slowing it 500 N more."""
FULL_FORCE_FROM_KMH = 6.0
"""Below this an eddy-current brake fades in proportion to speed."""
BRAKE_LAG_S = 0.12
BRAKE_N_PER_S = 900.0
"""The controller ramps a load in, so as not to jerk the wheels out of the rollers."""
SPEED_BRAKE_N_PER_S = 3000.0
"""Holding a speed, it must follow an engine that comes from its governor to full power within a few km/h."""
SLOWING_KMH_S = 2.5
"""It walks down to a lower speed no faster than this, however far the set-point jumps."""
RELEASE_N_PER_S = 24000.0
"""Letting go is as fast as the field decays."""
SPEED_GAIN_N_PER_KMH = 1400.0
SPEED_GAIN_N_PER_KMH_S = 700.0
MOTOR_FORCE_N = 520.0
MOTOR_TOP_KMH = 80.0
LIFT_TRAVEL_S = 2.5
LIFT_BRAKE_KMH_S = 30.0
LIFT_INTERLOCK_KMH = 1.0
ROLLER_DIAMETER_CM = 21.8
ENCODER_PULSES = 120.0


def parasitic_kw(speed_kmh: float) -> float:
    """Return the power that the bare rollers eat at this speed."""
    return PARASITIC_KW_PER_KMH * speed_kmh + PARASITIC_KW_PER_KMH2 * speed_kmh * speed_kmh


def parasitic_n(speed_kmh: float) -> float:
    """Return the same loss as a force at the roller surface."""
    return 3600.0 * (PARASITIC_KW_PER_KMH + PARASITIC_KW_PER_KMH2 * speed_kmh)


class Brake:
    """The eddy-current brake: what is asked, and what it gives after its lag."""

    def __init__(self) -> None:
        self.mode = "off"
        """``off``, ``force``, ``power``, ``inertia`` (power with simulated mass), ``speed`` or ``duty``."""
        self.force_setpoint_n = 0.0
        self.power_setpoint_kw = 0.0
        self.speed_setpoint_kmh = inf
        self.duty_setpoint = 0.0
        self.reference_mass_kg = BASE_INERTIA_KG
        self.force_n = 0.0
        self.enabled = True
        """False while its enable circuit is open: there is no current, whatever the controller wants."""
        self.slack = 1.0
        """1 for a sound brake; less for one that slips under load."""
        self._aim_n = 0.0
        self._goal_kmh = inf
        self._learnt_n = 0.0

    @property
    def duty_pct(self) -> float:
        """How far the brake is driven."""
        return 100.0 * self._aim_n / FULL_FORCE_N

    def step(self, dt_s: float, speed_kmh: float, acceleration_ms2: float) -> None:
        """Move towards what is asked of it."""
        self._walk(dt_s, speed_kmh)
        self._learn(dt_s, speed_kmh)
        wanted = min(FULL_FORCE_N, max(0.0, self._wanted_n(speed_kmh, acceleration_ms2)))
        up = (SPEED_BRAKE_N_PER_S if self.mode == "speed" else BRAKE_N_PER_S) * dt_s
        down = RELEASE_N_PER_S * dt_s
        self._aim_n += min(up, max(-down, wanted - self._aim_n))
        reach = self._aim_n * min(1.0, speed_kmh / FULL_FORCE_FROM_KMH) * self.slack
        self.force_n += (reach - self.force_n) * min(1.0, dt_s / BRAKE_LAG_S)

    def _walk(self, dt_s: float, speed_kmh: float) -> None:
        """Bring the speed that is held towards the set-point: up at once, for the engine does that; down at a pace."""
        if self.mode != "speed":
            self._goal_kmh = inf
            return
        begun_kmh = min(self._goal_kmh, max(speed_kmh, self.speed_setpoint_kmh))
        self._goal_kmh = max(self.speed_setpoint_kmh, begun_kmh - SLOWING_KMH_S * dt_s)

    def _learn(self, dt_s: float, speed_kmh: float) -> None:
        """Keep the steady part of the force that a constant speed needs; a brake all off or all on learns nothing."""
        error = speed_kmh - self._goal_kmh if self.mode == "speed" else -inf
        asked = self._learnt_n + SPEED_GAIN_N_PER_KMH * error
        if self.mode == "speed" and (asked < 0.0 > error or (asked > FULL_FORCE_N and error > 0.0)):
            return
        change = max(-FULL_FORCE_N, SPEED_GAIN_N_PER_KMH_S * error * dt_s)
        self._learnt_n = min(FULL_FORCE_N, max(0.0, self._learnt_n + change))

    def _wanted_n(self, speed_kmh: float, acceleration_ms2: float) -> float:
        if not self.enabled:
            return 0.0
        match self.mode:
            case "force":
                return self.force_setpoint_n
            case "power":
                return 3600.0 * self.power_setpoint_kw / max(1.0, speed_kmh)
            case "inertia":
                missing_kg = self.reference_mass_kg - BASE_INERTIA_KG
                return 3600.0 * self.power_setpoint_kw / max(1.0, speed_kmh) + missing_kg * acceleration_ms2
            case "speed":
                return self._learnt_n + SPEED_GAIN_N_PER_KMH * (speed_kmh - self._goal_kmh)
            case "duty":
                return self.duty_setpoint * FULL_FORCE_N
        return 0.0


CELL_DRIFT_N_PER_S = 2.0
"""How fast a load cell with water in its plug walks away."""


class Bench:
    """A pair of rollers at rest, lift up, load off, nobody on it."""

    def __init__(self) -> None:
        self.speed_kmh = 0.0
        self.acceleration_ms2 = 0.0
        self.brake = Brake()
        self.motor_on = False
        self.motor_kmh = MOTOR_TOP_KMH
        """Up to which speed the motor drives, where it is told one."""
        self.lift = "up"
        """``up``, ``down`` or ``moving``."""
        self.lift_jammed = False
        self.force_offset_n = 0.0
        self.drifting = False
        self.beams_broken = False
        self._lift_goal = "up"
        self._lift_left_s = 0.0

    @property
    def load_cell_n(self) -> float:
        """What the load cell shows: the brake without the parasitic loss."""
        return self.brake.force_n + self.force_offset_n

    @property
    def total_force_n(self) -> float:
        """Brake and parasitic loss together, as the wheels feel it."""
        return self.brake.force_n + (parasitic_n(self.speed_kmh) if self.speed_kmh > 0.0 else 0.0)

    @property
    def total_power_kw(self) -> float:
        """Power that the rollers take from the wheels at this moment."""
        return self.total_force_n * self.speed_kmh / 3600.0

    @property
    def keys(self) -> int:
        """The key byte: bits 0 and 1, light barriers before and behind the rollers interrupted."""
        return 0b11 if self.beams_broken else 0

    def move_lift(self, goal: str) -> bool:
        """Order the lift ``up`` or ``down``; False when the rollers turn and the controller refuses."""
        if goal == "up" and self.speed_kmh > LIFT_INTERLOCK_KMH:
            return False
        if goal != self._lift_goal:
            self._lift_goal, self._lift_left_s, self.lift = goal, LIFT_TRAVEL_S, "moving"
        return True

    def zero_force(self) -> None:
        """Take what the load cell shows now for nothing."""
        self.force_offset_n = -self.brake.force_n

    def step(self, dt_s: float, wheel_force_n: float, wheels_kg: float) -> None:
        """Turn the rollers for this long under this force of the wheels, which add their own inertia."""
        self._step_lift(dt_s)
        if self.drifting:
            self.force_offset_n += CELL_DRIFT_N_PER_S * dt_s
        self.brake.step(dt_s, self.speed_kmh, self.acceleration_ms2)
        before = self.speed_kmh
        if self.lift == "down":
            self._roll(dt_s, wheel_force_n, BASE_INERTIA_KG + wheels_kg)
        else:  # the lift's shoes hold the rollers
            self.speed_kmh = max(0.0, self.speed_kmh - LIFT_BRAKE_KMH_S * dt_s)
        self.acceleration_ms2 = (self.speed_kmh - before) / 3.6 / dt_s

    def _roll(self, dt_s: float, wheel_force_n: float, mass_kg: float) -> None:
        force = wheel_force_n
        if self.motor_on and self.speed_kmh < min(MOTOR_TOP_KMH, self.motor_kmh):
            force += MOTOR_FORCE_N
        force -= self.brake.force_n
        if self.speed_kmh > 0.0:
            force -= parasitic_n(self.speed_kmh)
        self.speed_kmh = max(0.0, self.speed_kmh + force / mass_kg * 3.6 * dt_s)

    def _step_lift(self, dt_s: float) -> None:
        if self.lift != "moving" or self.lift_jammed:
            return
        self._lift_left_s -= dt_s
        if self._lift_left_s <= 0.0:
            self.lift = self._lift_goal
