"""A whole lane in lock-step: the real parts and drivers, and simulated devices, in one process, on one clock."""

import asyncio
import contextlib
import copy
import functools
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from drivers.registry import all_drivers
from drivers.transports.memory import MemoryPipe
from lanectl.app import compose
from lanectl.app.compose import Lane, join
from lanectl.app.identity import core_digest, software_identity
from lanectl.core.selftest import known_answers
from lanectl.lane.ports import BureauUnreachableError, UplinkState, VehicleHistory
from lanectl.ledger.keys import Signer, new_key, write_private_key, write_public_key
from lanectl.ledger.writer import LedgerInline
from lanectl.model.view import AcceptForm, LaneView, TicketView
from lanectl.settings import data_files, problems
from lanectl.settings.data_files import write_signature
from lanectl.settings.lane_file import load_lane_file
from simulators.bench import parasitic_kw
from simulators.ends import MemoryEnd as SimulatedEnd
from simulators.presets import PRESETS
from simulators.station import DIESEL_LANE, PETROL_LANE, STEP_S, SimulatedLane

DIESEL_DEVICES = """
[devices.opacity]
driver = "nanhua-nht-6"
port = "memory-opacity"

[devices.nox]
driver = "mingquan-mqw-5102"
measures = "nox"
port = "memory-nox"

[devices.rpm]
driver = "nanhua-rpm-5300"
port = "memory-rpm"

[devices.led]
driver = "nanhua-led"
port = "memory-led"

[devices.weather]
driver = "rz-1"
port = "memory-weather"
"""
LANE_FILE = """\
[lane]
region = "440106"
station = "44010625"
lane = "01"
name = "一号线"
mode = "training"

[data]
folder = "data"

[calibration]
parasitic_loss = "data/calibration/parasitic_loss.toml"

[[operators]]
id = "op1"
name = "张三"

[devices.gas]
driver = "nanhua-nha-506i"
port = "memory-gas"

[devices.dyno]
driver = "xincheng-bntd"
port = "memory-dyno"

[devices.obd]
driver = "elm327"
port = "memory-obd"
"""


ONCE: dict[str, Any] = {
    "all_drivers": functools.cache(all_drivers),
    "core_digest": functools.cache(core_digest),
    "known_answers": functools.cache(known_answers),
    "software_identity": functools.cache(software_identity),
}
_parsed = functools.cache(problems.parse_toml)


def parse_toml(raw: bytes, file: str) -> problems.TomlSource:
    """Read TOML bytes as settings do, each only once, wherever they lie."""
    try:
        found = _parsed(raw, "")
    except problems.FaultyFileError:
        return problems.parse_toml(raw, file)
    return replace(found, file=file, data=copy.deepcopy(found.data))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work out once what is the same for each of so many lanes; the core gives its known answers once."""
    for name, quick in ONCE.items():
        monkeypatch.setattr(compose, name, quick)
    monkeypatch.setattr(data_files, "parse_toml", parse_toml)


def lay_out(folder: Path) -> Path:
    """Make keys, trust store, signed data and a lane file; returns the lane file."""
    for role in ("lane", "bureau", "authority"):
        (folder / "trust" / role).mkdir(parents=True)
    lane_key, authority = new_key(), new_key()
    write_private_key(folder / "authority.key.pem", authority)
    write_private_key(folder / "lane.key.pem", lane_key)
    path = "440106/44010625/01"
    write_public_key(folder / "trust" / "lane" / "lane.pem", lane_key.public_key(), mode="training", lane=path)
    write_public_key(folder / "trust" / "authority" / "authority.pem", authority.public_key(), mode="training")
    _sign_data(folder / "data", Signer(authority))
    (folder / "lane.toml").write_text(LANE_FILE, "utf-8")
    return folder / "lane.toml"


def _sign_data(folder: Path, signer: Signer) -> None:
    packaged = Path(__file__).parents[2] / "config"
    points = "".join(
        f"[[points]]\nspeed_kmh = {v}\npower_kw = {parasitic_kw(v):.4f}\n"
        for v in (15.0, 25.0, 40.0, 50.0, 70.0, 100.0)
    )
    loss = f'schema = "lanectl/parasitic-loss/1"\nchecked_on = "2026-11-02"\nbase_inertia_kg = 907.2\n{points}'
    files = {
        "limits/gb18285-2018.toml": (packaged / "limits" / "gb18285-2018.toml").read_bytes(),
        "limits/gb3847-2018.toml": (packaged / "limits" / "gb3847-2018.toml").read_bytes(),
        "limits/plausibility.toml": (packaged / "limits" / "plausibility.toml").read_bytes(),
        "profiles/default.toml": (packaged / "profiles" / "default.toml").read_bytes(),
        "calibration/parasitic_loss.toml": loss.encode(),
    }
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        write_signature(file, signer)


@dataclass
class BureauOnPaper:
    """A bureau that answers from what a test wrote down."""

    history: VehicleHistory | None = field(default_factory=lambda: VehicleHistory((), (), ()))
    woken: int = 0

    async def ask_vehicle(self, plate: str, vin: str) -> VehicleHistory:
        if self.history is None:
            raise BureauUnreachableError("no answer")
        return self.history

    def state(self) -> UplinkState:
        return UplinkState(self.history is not None, 0, None)

    def wake(self) -> None:
        self.woken += 1


class LockStepLane:
    """The lane, its simulated world, and an operator who does what the screen says."""

    def __init__(
        self, lane: Lane, world: SimulatedLane, ends: Mapping[str, SimulatedEnd], clock: Any, bureau: Any
    ) -> None:
        self.lane, self.world, self.ends, self.clock, self.bureau = lane, world, ends, clock, bureau
        self.desk = lane.desk
        self.helpful = True
        self._obeyed: tuple[str, Any] | None = None

    def view(self) -> LaneView:
        return self.desk.view()

    async def run_for(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Let lane time pass, devices and daemon in step; stops early when something holds."""
        for _ in range(round(seconds / STEP_S)):
            self.world.step(STEP_S)
            for end in self.ends.values():
                end.exchange()
            await self.clock.advance(STEP_S)
            if until():
                return True
            if self.helpful:
                await self.help()
        return False

    async def help(self) -> None:
        """Do as the screen says: key, connector, probe, pedal, answers."""
        running = self.desk._run
        if running is None:
            return
        if running.question is not None:
            asked = running.question.question
            if asked == "mil_lights_at_key_on":
                self.world.turn_key("on")
            elif asked == "mil_out_with_engine_on":
                self.world.turn_key("running")
            elif asked in ("probe_in", "opacity_probe_in", "diesel_probes_in"):
                self.world.hold_probe(True)
            await self.desk.answer(asked, running.question.choices[0], "op1")
        if self.world.driver is not None and self._obeyed != (running.job.test_id, running.prompt):
            self._obeyed = (running.job.test_id, running.prompt)
            self._drive(running.prompt)

    def _drive(self, prompt: Any) -> None:
        """Move the pedals as the prompt says."""
        match prompt.code:
            case "accelerate_to" | "hold_speed":
                self.world.set_target(prompt.target_kmh)
            case "hold_rpm":
                self.world.rev(prompt.target_rpm)
            case "let_idle" | "snap_let_go" | "snap_wait" | "release_pedal":
                self.world.let_go()
            case "blow_out" | "snap_now":
                self.world.snap(hold_s=None)
            case "rev_to_maximum":
                self.world.rev(9_000.0)
            case "full_throttle":
                self.world.full_throttle()
            case "keep_full_throttle" | "keep_full_throttle_at":
                pass
            case _:
                self.world.set_target(0.0)

    async def accept(self, preset: str, **changes: object) -> TicketView:
        """Bring a car onto the lane and enter it."""
        self.world.drive_on(preset)
        return await self.desk.accept(AcceptForm.model_validate({**form(preset), **changes}))

    async def start(self, preset: str, **changes: object) -> str:
        """Accept a car and start its test; returns the test id."""
        ticket = await self.accept(preset, **changes)
        assert ticket.status == "waiting", ticket
        return await self.desk.start(ticket.ticket, "op1")

    async def until_done(self, within_s: float = 400.0) -> Mapping[str, Any]:
        """See the running test to its end; returns the record's body."""
        assert await self.run_for(within_s, lambda: self.desk._run is None), self.view().running
        return dict(self.lane.parts.ledger.ledger.results(1)[0].sealed.body)

    async def until_sealed(self, within_s: float = 60.0) -> Mapping[str, Any]:
        """Let the running test come to its record, whether the car comes to rest or not; returns the body."""

        def sealed() -> bool:
            return self.desk._run is None or self.desk._run.stage == "making_safe"

        assert await self.run_for(within_s, sealed), self.view().running
        return dict(self.lane.parts.ledger.ledger.results(1)[0].sealed.body)

    async def until_stage(self, stage: str, phase: str = "", within_s: float = 300.0) -> None:
        """Run until the test stands in a stage (and phase)."""

        def there() -> bool:
            run = self.desk._run
            return run is not None and run.stage == stage and (not phase or run.phase == phase)

        assert await self.run_for(within_s, there), self.view().running

    def as_left_by_a_crash(self, copy: Path) -> Path:
        """Copy the lane's files as they are on the disk at this moment; returns the copy's lane file."""
        shutil.copytree(self.lane.lane_file.ledger.file.parent, copy)
        return copy / "lane.toml"

    def commanded_brake_n(self) -> float:
        """Force that the brake controller was told to hold; 0 when it is off."""
        brake = self.world.bench.brake
        return brake.force_n if brake.mode == "off" else max(brake.force_n, brake.force_setpoint_n)


def form(preset: str) -> dict[str, object]:
    car = PRESETS[preset]
    return {
        "operator": "op1", "plate": car.plate, "vin": car.vin, "fuel": car.fuel,
        "reference_mass_kg": car.reference_mass_kg, "gross_mass_kg": car.gross_mass_kg,
        "first_registered": "2016-06-03", "built": "2016-06-03", "closed_loop": True, "rated_rpm": car.rated_rpm,
        **({} if car.diesel is None else {"rated_power_kw": car.diesel.rated_power_kw, "aspiration": "turbo"}),
    }  # fmt: skip


@contextlib.asynccontextmanager
async def run_lock_step(
    lane_file: Path, clock: Any, bureau: Any = None, devices: Sequence[str] = PETROL_LANE
) -> AsyncIterator[LockStepLane]:
    """Join a lane over memory pipes and run it for as long as the block lasts."""
    world, near, ends = SimulatedLane(seed=3, devices=devices), {}, {}
    for name, wire in world.wires.items():
        mine, far = MemoryPipe.pair(name)
        near[name] = mine
        plug = _plugger(mine)
        ends[name] = SimulatedEnd(wire, far.take, far.send, plug)
    bureau = bureau or BureauOnPaper()
    joined = join(
        load_lane_file(lane_file), lambda *_: bureau, clock=clock, transports=near, ledger_caller=LedgerInline
    )
    parts = joined.parts
    works = [parts.equipment.run(), parts.acquisition.run(), joined.desk.run()]
    if parts.guard is not None:
        works.append(parts.guard.run())
    workers = [asyncio.create_task(work) for work in works]
    lane = LockStepLane(joined, world, ends, clock, bureau)
    try:
        assert await lane.run_for(20.0, lambda: not lane.view().locks), lane.view().devices
        yield lane
    finally:
        if joined.desk._task is not None and not joined.desk._task.done():
            joined.desk._task.cancel()
            await lane.run_for(30.0, joined.desk._task.done)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        closing = asyncio.create_task(parts.equipment.close())
        lane.helpful = False
        await lane.run_for(10.0, closing.done)
        await closing
        await parts.ledger.close()


def _plugger(mine: Any) -> Callable[[bool], None]:
    return lambda plugged: mine.replug() if plugged else mine.unplug()


@pytest.fixture
def lane_file(tmp_path: Path) -> Path:
    return lay_out(tmp_path)


@pytest.fixture
def sign_data(lane_file: Path) -> Callable[[Path, str], None]:
    """Write a data file anew and have the authority sign it."""
    signer = Signer.load(lane_file.parent / "authority.key.pem")

    def sign(path: Path, text: str) -> None:
        path.write_text(text, "utf-8")
        write_signature(path, signer)

    return sign


@pytest.fixture
def lock_step() -> Any:
    return run_lock_step


@pytest.fixture
def diesel_lane_file(lane_file: Path) -> Path:
    """The file of a lane for petrol and diesel: every role but lane I/O."""
    lane_file.write_text(lane_file.read_text("utf-8") + DIESEL_DEVICES, "utf-8")
    return lane_file


@pytest.fixture
async def diesel_lane(diesel_lane_file: Path, manual_clock: Any) -> AsyncIterator[LockStepLane]:
    """A lane for petrol and diesel on the bench."""
    async with run_lock_step(diesel_lane_file, manual_clock, devices=(*DIESEL_LANE, "rz-1")) as running:
        yield running


@pytest.fixture
async def lane(lane_file: Path, manual_clock: Any) -> AsyncIterator[LockStepLane]:
    async with run_lock_step(lane_file, manual_clock) as running:
        yield running
