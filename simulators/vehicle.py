"""One car on the rollers: engine, drive train, catalyst and what its sensors feel.

Knows forces, revolutions, heat and emissions. Does not know time of day, rollers, wires or tests: somebody turns its
pedals (driver.py), somebody tells it how fast its wheels turn (bench.py).
"""

from math import exp, pi

from simulators.diesel import DieselEngine
from simulators.exhaust import AIR, Gas, burnt
from simulators.presets import VehicleData

ROLLING_RESISTANCE = 0.0075
"""Of the whole weight, for the driven axle alone on rollers."""
STANDARD_GRAVITY = 9.81
FREE_REV_LAG_S = 0.35
SLIP_RPM = 1100.0
COOLANT_LAG_S = 240.0
CATALYST_LAG_S = 40.0
COOLING_LAG_S = 900.0
LIGHT_OFF_C = 270.0
LIGHT_OFF_WIDTH_C = 18.0
COLD_ENRICHMENT = 3.0
DRAG_OF_LITRES = 1.6
"""Size of the engine for which the figures of its drag hold; others drag in proportion."""


class Vehicle:
    """A car with warm engine, standing, ignition off."""

    def __init__(self, data: VehicleData, ambient_c: float = 25.0) -> None:
        self.data = data
        self.ignition = "off"
        self.throttle = 0.0
        self.brake_n = 0.0
        self.gear = 0
        self.clutch_pressed = False
        self.speed_kmh = 0.0
        self.engine_rpm = 0.0
        self.wheel_force_n = 0.0
        self.engine_load = 0.0
        self.ambient_c = ambient_c
        self.coolant_c = 88.0
        self.catalyst_c = 420.0
        self.run_time_s = 0.0
        self.exhaust = AIR
        self.diesel = DieselEngine(data.diesel, data.rated_rpm) if data.diesel is not None else None

    @property
    def running(self) -> bool:
        """Whether the engine turns by itself."""
        return self.ignition == "running"

    @property
    def top_rpm(self) -> float:
        """How fast the engine turns without load, pedal on the floor."""
        return self.diesel.cut_off_rpm if self.diesel is not None else self.data.rated_rpm

    @property
    def exhaust_l_s(self) -> float:
        """How much the tail pipe gives, cooled down to the air of the hall. A diesel always breathes full strokes."""
        filling = 1.0 if self.diesel is not None else 0.25 + 0.65 * self.engine_load
        return self.engine_rpm / 120.0 * self.data.displacement_l * filling if self.running else 0.0

    @property
    def smoke_k_per_m(self) -> float:
        """How black the exhaust is at the tail pipe."""
        return self.diesel.smoke_k_per_m if self.diesel is not None else 0.0

    @property
    def nox_ppm(self) -> float:
        """NO and NO2 together at the tail pipe."""
        return self.diesel.nox_ppm if self.diesel is not None else self.exhaust.no_ppm

    @property
    def mil_lamp_lit(self) -> bool:
        """What the driver sees: lit at key-on as a lamp test, later when the control unit orders it."""
        diagnosis = self.data.diagnosis
        if not diagnosis.lamp_works or self.ignition == "off":
            return False
        return diagnosis.mil_on or not self.running

    def seen(self) -> dict[str, object]:
        """Return what an onlooker, and somebody with a probe in the pipe, could tell of it."""
        return {
            "plate": self.data.plate,
            "vin": self.data.vin,
            "reference_mass_kg": self.data.reference_mass_kg,
            "ignition": self.ignition,
            "mil_lamp": self.mil_lamp_lit,
            "engine_rpm": round(self.engine_rpm, 1),
            "gear": self.gear,
            "fuel": self.data.fuel,
            "smoke_k_per_m": round(self.smoke_k_per_m, 3),
            "nox_ppm": round(self.nox_ppm, 1),
            "exhaust": dict(zip(self.exhaust._fields, (round(value, 4) for value in self.exhaust), strict=True)),
        }

    def turn_key(self, state: str) -> None:
        """Turn the key to ``off``, ``on`` or ``running``."""
        if state not in ("off", "on", "running"):
            raise ValueError(f"ignition is off, on or running, not {state!r}")
        if state == "running" and not self.running:
            self.run_time_s = 0.0
            self.engine_rpm = self.data.idle_rpm
        self.ignition = state

    def stall(self) -> None:
        """Let the engine die with the key on."""
        if self.running:
            self.ignition = "on"

    def step(self, dt_s: float, wheel_speed_kmh: float) -> None:
        """Live for this long with the wheels turning this fast."""
        self.speed_kmh = wheel_speed_kmh
        self._turn_engine(dt_s)
        self._push_wheels()
        self._warm_up(dt_s)
        self._burn(dt_s)

    def _burn(self, dt_s: float) -> None:
        engine = self.diesel
        if not self.running:
            self.exhaust = AIR
            if engine is not None:
                engine.stop()
        elif engine is not None:
            engine.step(dt_s, self._opening(), self.engine_rpm)
            self.exhaust = engine.gas()
        else:
            self.exhaust = self._tail_pipe()

    def pedal_for(self, force_n: float) -> float:
        """Return how far the accelerator must go for this force at the wheels in the gear engaged, unbounded."""
        leverage = self._leverage()
        if leverage == 0.0:
            return 0.0
        drag = self._drag_nm()
        return (force_n / leverage + drag) / (self._torque_nm() + drag)

    def pedal_in_neutral(self) -> float:
        """Return how far the accelerator of a diesel must go to keep the engine at its speed without load."""
        drag = self._drag_nm()
        return drag / (self._torque_nm() + drag)

    def _torque_nm(self) -> float:
        return self.diesel.torque_nm(self.engine_rpm) if self.diesel is not None else self.data.torque_nm

    def _opening(self) -> float:
        """How far the engine is opened, by pedal and governor."""
        opening = max(self.throttle, self._idle_governor())
        return self.diesel.governed(opening, self.engine_rpm) if self.diesel is not None else opening

    def _engaged(self) -> bool:
        return self.gear > 0 and not self.clutch_pressed

    def _turn_engine(self, dt_s: float) -> None:
        geared = self.speed_kmh * self.data.rpm_per_kmh[self.gear - 1] if self._engaged() else 0.0
        if self.running and self.gear > 1 and self._engaged() and geared < self.data.stall_rpm:
            self.stall()
        if not self.running:
            # A dead engine in gear is turned by the wheels; free, it stops.
            self.engine_rpm = geared if self._engaged() else self.engine_rpm * exp(-dt_s / 0.2)
            return
        self.run_time_s += dt_s
        if self._engaged() and geared >= SLIP_RPM:
            self.engine_rpm = geared
            return
        if self.diesel is not None and not self._engaged():
            self._rev_freely(dt_s, self.diesel.inertia_kgm2)
            return
        data = self.data
        free = data.idle_rpm + self.throttle * (data.rated_rpm - data.idle_rpm)
        if self._engaged():
            free = max(geared, min(free, SLIP_RPM + 700.0 * self.throttle))
        self.engine_rpm += (free - self.engine_rpm) * min(1.0, dt_s / FREE_REV_LAG_S)

    def _rev_freely(self, dt_s: float, inertia_kgm2: float) -> None:
        drag = self._drag_nm()
        torque = self._opening() * (self._torque_nm() + drag) - drag
        self.engine_rpm = max(0.0, self.engine_rpm + torque / inertia_kgm2 * 60.0 / (2.0 * pi) * dt_s)

    def _leverage(self) -> float:
        """Newton at the wheels for each newton metre of the engine."""
        if not self._engaged():
            return 0.0
        return self.data.rpm_per_kmh[self.gear - 1] * 3.6 * 2.0 * pi / 60.0 * self.data.drive_efficiency

    def _drag_nm(self) -> float:
        return (12.0 + 0.006 * self.engine_rpm) * self.data.displacement_l / DRAG_OF_LITRES

    def _push_wheels(self) -> None:
        drag = self._drag_nm()
        opening = self._opening() if self.running else 0.0
        self.engine_load = (0.13 + 0.87 * opening) if self.running else 0.0
        force = (opening * (self._torque_nm() + drag) - drag) * self._leverage()
        if self.speed_kmh > 0.05:
            weight = self.data.reference_mass_kg * STANDARD_GRAVITY
            force -= ROLLING_RESISTANCE * weight + self.brake_n
        elif self.brake_n > 0.0:
            force = min(0.0, force)
        self.wheel_force_n = force

    def _idle_governor(self) -> float:
        above, most, span = (60.0, 0.3, 500.0) if self.diesel is None else (20.0, 0.7, 150.0)
        return min(most, max(0.0, (self.data.idle_rpm + above - self.engine_rpm) / span))

    def _warm_up(self, dt_s: float) -> None:
        if self.running:
            self.coolant_c += (90.0 - self.coolant_c) * min(1.0, dt_s / COOLANT_LAG_S)
            hot = 380.0 + 400.0 * self.engine_load
            self.catalyst_c += (hot - self.catalyst_c) * min(1.0, dt_s / CATALYST_LAG_S)
        else:
            share = min(1.0, dt_s / COOLING_LAG_S)
            self.coolant_c += (self.ambient_c - self.coolant_c) * share
            self.catalyst_c += (self.ambient_c - self.catalyst_c) * share

    def _tail_pipe(self) -> Gas:
        condition, load = self.data.condition, self.engine_load
        coldness = min(1.0, max(0.0, (75.0 - self.coolant_c) / 60.0))
        slip = 1.0 - condition.catalyst / (1.0 + exp((LIGHT_OFF_C - self.catalyst_c) / LIGHT_OFF_WIDTH_C))
        co = condition.raw_co_pct * (1.0 + COLD_ENRICHMENT * coldness) * slip
        hc = condition.raw_hc_ppm * (1.15 - 0.3 * load) * (1.0 + COLD_ENRICHMENT * coldness) * slip
        no = condition.raw_no_ppm * load**0.6 * (self.engine_rpm / 2000.0) ** 0.5 * (1.0 - 0.6 * coldness) * slip
        return burnt(condition.air_ratio - 0.04 * coldness, co, hc, no)
