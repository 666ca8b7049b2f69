"""A whole simulated lane: one car, one bench, one sample line, and the devices that show them to a host.

Knows which model belongs to which wire and what people do around a lane: drive on, start the engine, hold the probe,
plug in. Does not know ports or time of day: somebody calls ``step`` (runner.py, or a test on a clock by hand).
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from simulators.bench import Bench
from simulators.devices import (
    CAN_READERS,
    DEVICE_IDS,
    LETTERED_DYNOS,
    NOX_BEHIND_CONVERTER,
    flow_meter_face,
    gas_face,
    lettered_dyno_face,
    nox_face,
    opacimeter_face,
    panel_face,
    tachometer_face,
    weather_face,
)
from simulators.driver import Driver
from simulators.dyno_bntd import BntdFace
from simulators.dyno_igbt import IgbtFace
from simulators.dyno_modbus import ModbusDynoFace
from simulators.ecu import ControlUnits
from simulators.ends import MemoryEnd
from simulators.engine_sensors import battery_v
from simulators.exhaust import AIR, Gas
from simulators.face import Face
from simulators.flow_tube import FlowTube
from simulators.found import FOUND, World, switches
from simulators.io_modbus import IoFace
from simulators.lane_faults import CannotDoError, LaneFaults
from simulators.motor_converter import converter_face
from simulators.obd_can import SlcanFace
from simulators.obd_elm327 import Elm327Face
from simulators.obd_zenyuan import ZenYuanFace
from simulators.presets import PRESETS, VehicleData
from simulators.sample_line import SampleLine
from simulators.smoke_meter import SmokeMeter
from simulators.snaps import HOLD_S, PRESS_S, Snap
from simulators.vehicle import Vehicle
from simulators.wire import Wire

STEP_S = 0.02
DRIVE_ON_S = 3.0
STANDSTILL_KMH = 0.5
PETROL_LANE = ("nanhua-nha-506i", "xincheng-bntd", "elm327")
DIESEL_LANE = (*PETROL_LANE, "nanhua-nht-6", "mingquan-mqw-5102", "nanhua-rpm-5300", "nanhua-led")
"""A lane for both: with opacimeter, NOx analyser, tachometer and the driver's panel as well."""
LITTLE_ALARM = 0x0001
DIRTY_WINDOWS_K_PER_M = 0.35
SLIPPING_BRAKE = 0.6
SHIFTED_LOAD_CELL_N = 80.0


class SimulatedLane:
    """One lane with its devices, each on its wire (DEVICE_IDS).

    ``devices`` are the device ids that this lane has, the three of a petrol lane unless told otherwise. With a lane I/O
    module the brake's enable circuit runs through its watchdog output. The same seed behaves the same way.
    """

    def __init__(self, seed: int = 0, devices: Iterable[str] = PETROL_LANE) -> None:
        chosen = _by_wire(devices)
        self.time_s = 0.0
        self.bench = Bench()
        self.line = SampleLine(seed)
        self.nox_line = SampleLine(seed + 5)
        self.nox_line.air = self.line.air
        self.smoke = SmokeMeter(seed + 2)
        self.vehicle: Vehicle | None = None
        self.driver: Driver | None = None
        self.obd_plugged = True
        self.gas_face = gas_face(chosen.get("gas", "nanhua-nha-506i"), self.line, self._engine)
        self.dyno_face = BntdFace(self.bench, self.line.air, seed + 1)
        self.obd_face = Elm327Face(self._socket, self._battery)
        self.can_face = SlcanFace(self._socket)
        self.box_face = ZenYuanFace(self._socket)
        self._obd = self._reader_face(chosen.get("obd"))
        opacity = chosen.get("opacity", "nanhua-nht-6")
        self.opacity_face = opacimeter_face(opacity, self.smoke, self._engine, self.line.air, self.nox_line)
        nox = chosen.get("nox", "mingquan-mqw-5102")
        self._has_converter = nox in NOX_BEHIND_CONVERTER
        self.nox_face = nox_face(nox, self.nox_line, self._engine, self.smoke)
        self.rpm_face = tachometer_face(chosen.get("rpm", "nanhua-rpm-5300"), self._clamp_rpm, seed + 3)
        self.led_face = panel_face(chosen.get("led", "nanhua-led"))
        self.modbus_dyno_face = ModbusDynoFace(self.bench, seed + 4)
        self.lettered_dyno_face = lettered_dyno_face(chosen.get("dyno", ""), self.bench, seed + 7)
        self.igbt_face = IgbtFace(self.bench, seed + 8)
        self.motor_face = converter_face(chosen.get("motor", ""), self.bench)
        self.io_face = IoFace(self.bench, enable_wired="io" in chosen)
        self.weather_face = weather_face(chosen.get("weather", "rz-1"), self.line.air, self._engine)
        self.tube = FlowTube(self.line.air, seed + 6)
        self.flow_face = flow_meter_face(chosen.get("flow", "nanhua-nhf-1"), self.tube)
        faces: dict[str, Face] = {
            "gas": self.gas_face,
            "dyno": self._dyno_face(chosen.get("dyno")),
            "obd": self._obd,
            "opacity": self.opacity_face,
            "nox": self.nox_face,
            "rpm": self.rpm_face,
            "led": self.led_face,
            "io": self.io_face,
            "motor": self.motor_face,
            "weather": self.weather_face,
            "flow": self.flow_face,
        }
        world = World(self.bench, self.line, self.nox_line, self.smoke, self.tube, self._engine, seed + 9)
        self._found = {wire: FOUND[device].make(world) for wire, device in chosen.items() if device in FOUND}
        faces.update(self._found)
        self._dyno = faces["dyno"]
        self.wires = {name: Wire(faces[name]) for name in chosen}
        self._seed = seed
        self._cars = 0
        self._units: ControlUnits | None = None
        self._driving_on_s = 0.0
        self._clamped = True
        self.on_step: Callable[[float], None] = lambda time_s: None
        """Hears of each step when it is done: a scenario gives its commands then."""
        self._faults = LaneFaults(self.wires, self._make_switches())

    # --- people around the lane -------------------------------------------------------------------------------

    def drive_on(self, vehicle: str | VehicleData, plate: str | None = None, vin: str | None = None) -> None:
        """Bring a car onto the rollers, engine running; one that stands there leaves first."""
        data = vehicle if isinstance(vehicle, VehicleData) else PRESETS.get(vehicle)
        if data is None:
            raise CannotDoError(f"there is no preset {vehicle!r}; there are {', '.join(PRESETS)}")
        self.leave()
        data = replace(data, plate=plate or data.plate, vin=vin or data.vin)
        self._cars += 1
        self.vehicle = Vehicle(data, self.line.air.temp_c)
        self.vehicle.turn_key("running")
        self.driver = Driver(self.vehicle, self._seed * 1000 + self._cars)
        self.driver.target_kmh = 0.0
        self._units = ControlUnits(self.vehicle)
        self._driving_on_s = DRIVE_ON_S
        self._clamped = True

    def leave(self) -> None:
        """Send the car away; the probes come out first."""
        if self.bench.speed_kmh > STANDSTILL_KMH:
            raise CannotDoError("the rollers turn; bring the car to a stop first")
        self.vehicle = self.driver = self._units = None
        self.line.probe_in = self.nox_line.probe_in = self.smoke.probe_in = False

    def set_target(self, speed_kmh: float | None) -> None:
        """Tell the driver which speed to hold: 0 stops, None takes the foot off and lets it roll."""
        driver = self._driver()
        driver.target_kmh, driver.rev_rpm, driver.snap, driver.floor_gear = speed_kmh, None, None, None

    def rev(self, rpm: float | None) -> None:
        """Tell the driver which engine speed to hold in neutral; None back to idle."""
        driver = self._driver()
        driver.rev_rpm, driver.snap, driver.floor_gear = rpm, None, None

    def let_go(self) -> None:
        """Tell the driver to take the foot off the pedal, whatever it does: idle in neutral, wheels rolling freely."""
        driver = self._driver()
        if driver.snap is not None:
            driver.snap.let_go()
        driver.target_kmh = driver.rev_rpm = driver.floor_gear = None

    def snap(self, hold_s: float | None = HOLD_S, press_s: float = PRESS_S, until_rpm: float | None = None) -> None:
        """Tell the driver to tread the pedal to the floor in neutral until the governor cuts off, and to let go again.

        A lazy driver takes longer to press, or lets go at ``until_rpm``. Without ``hold_s`` it waits for ``let_go``.
        """
        driver = self._driver()
        if self.bench.speed_kmh > STANDSTILL_KMH:
            raise CannotDoError("the rollers turn; bring the car to a stop first")
        driver.rev_rpm, driver.floor_gear, driver.snap = None, None, Snap(hold_s, press_s, until_rpm)

    def full_throttle(self, on: bool = True, gear: int | None = None) -> None:
        """Tell the driver to go up to the gear nearest 70 km/h (or this one) and keep the pedal down; or foot off."""
        driver = self._driver()
        if gear is not None and not 1 <= gear <= len(driver.vehicle.data.rpm_per_kmh):
            raise CannotDoError(f"this car has gears 1 to {len(driver.vehicle.data.rpm_per_kmh)}, not {gear}")
        driver.rev_rpm, driver.snap, driver.target_kmh = None, None, None
        driver.floor_gear = (gear or driver.gear_for_full_throttle()) if on else None

    def hold_probe(self, is_in: bool, which: str | None = None) -> None:
        """Put the probe of ``gas``, ``nox`` or ``opacity``, or all of them into the pipe, or take them out."""
        if which not in (None, "gas", "nox", "opacity"):
            raise CannotDoError(f"there is a probe of gas, one of nox and one of opacity, not of {which!r}")
        if which in (None, "gas"):
            self.line.probe_in = is_in
        if which in (None, "nox"):
            self.nox_line.probe_in = is_in
        if which in (None, "opacity"):
            self.smoke.probe_in = is_in

    def clamp(self, is_on: bool) -> None:
        """Put the tachometer's sensor on the engine, where it is when a car comes, or take it off."""
        self._clamped = is_on

    def press_estop(self, pressed: bool) -> None:
        """Press the emergency stop, or pull it out again."""
        self.io_face.estop_pressed = pressed

    def turn_key(self, state: str) -> None:
        """Turn the ignition ``off``, ``on`` or ``running``."""
        try:
            self._car().turn_key(state)
        except ValueError as error:
            raise CannotDoError(str(error)) from None

    def stall(self) -> None:
        """Let the engine die."""
        self._car().stall()

    def _car(self) -> Vehicle:
        if self.vehicle is None:
            raise CannotDoError("no car stands on the lane")
        return self.vehicle

    def _driver(self) -> Driver:
        if self.driver is None:
            raise CannotDoError("no car stands on the lane")
        return self.driver

    # --- time -------------------------------------------------------------------------------------------------

    def step(self, dt_s: float = STEP_S) -> None:
        """Let this much lane time pass for everything."""
        self.time_s += dt_s
        self._faults.step(dt_s)
        self._driving_on_s = max(0.0, self._driving_on_s - dt_s)
        self.bench.beams_broken = self.vehicle is not None and self._driving_on_s > 0.0
        car, driver = self.vehicle, self.driver
        wheels = car is not None and self.bench.lift == "down" and not self.bench.beams_broken
        if car is not None and driver is not None:
            driver.held = not wheels
            driver.step(dt_s)
            car.step(dt_s, self.bench.speed_kmh if wheels else 0.0)
        force, mass = (car.wheel_force_n, car.data.rotating_mass_kg) if car is not None and wheels else (0.0, 0.0)
        self.bench.step(dt_s, force, mass)
        self.line.step(dt_s, car.exhaust if car is not None else AIR)
        self.nox_line.step(dt_s, self._before_nox_cell())
        self.smoke.step(dt_s, car.smoke_k_per_m if car is not None else 0.0, self._engine()[0])
        self.tube.step(dt_s, *((car.exhaust_l_s, car.exhaust.o2_pct) if car is not None else (0.0, AIR.o2_pct)))
        for wire in self.wires.values():
            wire.step(dt_s)
        self.on_step(self.time_s)

    def _dyno_face(self, device: str | None) -> Face:
        if device in LETTERED_DYNOS:
            return self.lettered_dyno_face
        others: dict[str | None, Face] = {"generic-modbus-dyno": self.modbus_dyno_face, "igbt-ascii": self.igbt_face}
        return others.get(device, self.dyno_face)

    # --- what the devices feel --------------------------------------------------------------------------------

    def _engine(self) -> tuple[float, float]:
        car = self.vehicle
        return (car.engine_rpm, car.coolant_c + 4.0) if car is not None else (0.0, self.line.air.temp_c)

    def _clamp_rpm(self) -> float:
        return self._engine()[0] if self._clamped else 0.0

    def _before_nox_cell(self) -> Gas:
        """Return the exhaust as the cell for NO finds it: behind a converter all NOx is NO."""
        car = self.vehicle
        if car is None:
            return AIR
        return car.exhaust._replace(no_ppm=car.nox_ppm) if self._has_converter else car.exhaust

    def _reader_face(self, device: str | None) -> SlcanFace | ZenYuanFace | Elm327Face:
        if device in CAN_READERS:
            return self.can_face
        return self.box_face if device == "zenyuan-vci" else self.obd_face

    def _socket(self) -> ControlUnits | None:
        return self._units if self.obd_plugged else None

    def _battery(self) -> float:
        return battery_v(self.vehicle) if self.vehicle is not None and self.obd_plugged else 0.1

    # --- faults -----------------------------------------------------------------------------------------------

    @property
    def fault_kinds(self) -> dict[str, list[str]]:
        """Every kind of fault, by device."""
        return self._faults.kinds

    def fault(self, device: str, kind: str, for_s: float | None = None, **options: float) -> None:
        """Let something go wrong, for this long in lane time or until ``clear``."""
        self._faults.begin(device, kind, for_s, **options)

    def check_fault(self, device: str, kind: str) -> str:
        """Return the fault's own name; CannotDoError where this device has no such fault."""
        return self._faults.check(device, kind)

    def fault_numbers(self, kind: str) -> tuple[str, ...]:
        """Return the numbers that a fault of this kind takes."""
        return self._faults.numbers_of(kind)

    def clear(self, device: str | None = None, kind: str | None = None) -> None:
        """Put right one fault, all of a device, or all."""
        self._faults.clear(device, kind)

    def _make_switches(self) -> dict[tuple[str, str], Callable[[bool], None]]:
        def flag(owner: object, name: str) -> Callable[[bool], None]:
            return lambda on: setattr(owner, name, on)

        def value(owner: object, name: str, bad: object, good: object) -> Callable[[bool], None]:
            return lambda on: setattr(owner, name, bad if on else good)

        line, bench, smoke = self.line, self.bench, self.smoke
        return {
            ("gas", "busy"): flag(line, "busy_for_ever"),
            **{("gas", kind): throw for kind, throw in self.gas_face.switches().items()},
            ("gas", "drift"): flag(line, "drifting"),
            ("gas", "stuck"): flag(line, "stuck"),
            ("gas", "low_flow"): flag(line, "low_flow"),
            ("gas", "leak"): flag(line, "leaky"),
            ("gas", "water_trap"): value(line, "trap_level", 1.0, 0.0),
            ("gas", "power_cut"): lambda on: line.power_cut() if on else None,
            **{("nox", kind): throw for kind, throw in self.nox_face.switches().items()},
            ("nox", "busy"): flag(self.nox_line, "busy_for_ever"),
            ("nox", "stuck"): flag(self.nox_line, "stuck"),
            ("nox", "drift"): flag(self.nox_line, "drifting"),
            ("nox", "low_flow"): flag(self.nox_line, "low_flow"),
            ("nox", "leak"): flag(self.nox_line, "leaky"),
            ("nox", "power_cut"): lambda on: self.nox_line.power_cut() if on else None,
            ("dyno", "stuck"): flag(self._dyno, "stuck"),
            ("dyno", "drift"): flag(bench, "drifting"),
            ("dyno", "lift_jammed"): flag(bench, "lift_jammed"),
            ("dyno", "brake_slips"): value(bench.brake, "slack", SLIPPING_BRAKE, 1.0),
            ("dyno", "load_cell_shifted"): value(bench, "force_offset_n", SHIFTED_LOAD_CELL_N, 0.0),
            **{("obd", kind): throw for kind, throw in self._obd.switches().items()},
            ("obd", "out_of_socket"): value(self, "obd_plugged", False, True),
            ("opacity", "busy"): self._zero_for_ever,
            ("opacity", "stuck"): flag(smoke, "stuck"),
            ("opacity", "drift"): flag(smoke, "drifting"),
            ("opacity", "sentinel"): value(self.opacity_face, "oil_probe_in", False, True),
            ("opacity", "dirty_windows"): value(smoke, "window_k_per_m", DIRTY_WINDOWS_K_PER_M, 0.0),
            ("opacity", "no_oil_probe"): value(self.opacity_face, "oil_probe_in", False, True),
            ("opacity", "alarm"): value(self.opacity_face, "alarm_bits", LITTLE_ALARM, 0),
            ("opacity", "power_cut"): lambda on: smoke.power_cut() if on else None,
            ("io", "device_failure"): value(self.io_face, "refuse", "device_failure", None),
            ("io", "busy"): value(self.io_face, "refuse", "busy", None),
            ("weather", "broken_sensor"): flag(self.weather_face, "broken_sensor"),
            ("weather", "sentinel"): flag(self.weather_face, "broken_sensor"),
            ("flow", "pressure_fault"): flag(self.tube, "pressure_fault"),
            ("flow", "off_pipe"): value(self.tube, "at_pipe", False, True),
            ("flow", "power_cut"): lambda on: self.tube.power_cut() if on else None,
            ("rpm", "no_signal"): value(self.rpm_face, "signal", False, True),
            ("rpm", "sentinel"): value(self.rpm_face, "signal", False, True),
            ("rpm", "stuck"): flag(self.rpm_face, "stuck"),
            **{key: throw for wire, face in self._found.items() for key, throw in switches(wire, face).items()},
        }

    def _zero_for_ever(self, on: bool) -> None:
        self.smoke.zeroing_for_ever = on
        if on:
            self.smoke.start_zero()

    # --- looking ----------------------------------------------------------------------------------------------

    def state(self) -> dict[str, object]:
        """Everything that an onlooker could see, for people and players."""
        car, driver, bench, line = self.vehicle, self.driver, self.bench, self.line
        return {
            "time_s": round(self.time_s, 3),
            "vehicle": None if car is None else car.seen(),
            "target_kmh": None if driver is None else driver.target_kmh,
            "pedal": None if car is None else round(car.throttle, 3),
            "snapping": driver is not None and driver.snap is not None,
            "full_throttle_gear": None if driver is None else driver.floor_gear,
            "speed_kmh": round(bench.speed_kmh, 3),
            "brake": bench.brake.mode,
            "brake_force_n": round(bench.load_cell_n, 1),
            "total_force_n": round(bench.total_force_n, 1),
            "total_power_kw": round(bench.total_power_kw, 3),
            "lift": bench.lift,
            "pump": line.pump,
            "probe_in": line.probe_in,
            "clamp_on": self._clamped,
            "opacity_probe_in": self.smoke.probe_in,
            "nox_probe_in": self.nox_line.probe_in,
            "nox_pump": self.nox_line.pump,
            "nox_cell_ppm": round(self.nox_line.cell.no_ppm, 1),
            "opacity_k_per_m": round(self.smoke.k_per_m, 3),
            "estop": self.io_face.estop_pressed,
            "outputs": self.io_face.outputs,
            "brake_enabled": bench.brake.enabled,
            "led": [text for text in self.led_face.lines if text],
            "cell": dict(zip(line.cell._fields, (round(value, 4) for value in line.cell), strict=True)),
            "hc_residue_ppm": round(line.residue_ppm, 2),
            "air": {"temp_c": line.air.temp_c, "humidity_pct": line.air.humidity_pct, "kpa": line.air.pressure_kpa},
            "faults": self._faults.under_way(),
        }


def _by_wire(devices: Iterable[str]) -> dict[str, str]:
    """Return wire name -> device id of the devices that a lane is to have."""
    chosen: dict[str, str] = {}
    for device in devices:
        name = DEVICE_IDS.get(device)
        if name is None:
            raise CannotDoError(f"there is no simulated {device!r}; there are {', '.join(DEVICE_IDS)}")
        if name in chosen:
            raise CannotDoError(f"{device} and {chosen[name]} want the same place {name!r}; choose one")
        chosen[name] = device
    return chosen


class LockStep:
    """A simulated lane on ends in memory, driven by somebody else's clock."""

    def __init__(self, lane: SimulatedLane, ends: list[MemoryEnd], started_ms: int = 0) -> None:
        self._lane = lane
        self._ends = ends
        self._done_ms = started_ms

    def pump(self, now_ms: int) -> None:
        """Bring the lane up to this moment, step by step, carrying bytes both ways at each step.

        Called again with the same time it only carries bytes, so that a question gets its answer without time passing.
        """
        self._exchange()
        step_ms = round(STEP_S * 1000)
        while self._done_ms + step_ms <= now_ms:
            self._done_ms += step_ms
            self._lane.step(STEP_S)
            self._exchange()

    def _exchange(self) -> None:
        for end in self._ends:
            end.exchange()
