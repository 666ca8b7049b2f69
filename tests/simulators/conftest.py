"""A host's hands at the wires of a simulated lane, on a clock that is the lane's own."""

from collections.abc import Callable

import pytest

from protocols import bntd, dialect_503
from simulators.bench import parasitic_n
from simulators.presets import VehicleData
from simulators.station import STEP_S, SimulatedLane
from simulators.vehicle import Vehicle


class Host:
    """Plays a test on a simulated lane through its wires, with people around the lane doing what they are told."""

    def __init__(self, lane: SimulatedLane) -> None:
        self.lane = lane
        self._frames = bntd.StatusFramer()

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.lane.step()

    def car(self, preset: str | VehicleData) -> Vehicle:
        """Bring a car, lower the lift, hold the probe in."""
        self.lane.drive_on(preset)
        self.wait(3.5)
        self.order(bntd.Order.LIFT_DOWN)
        self.wait(3.0)
        self.lane.line.probe_in = True
        assert self.lane.vehicle is not None
        return self.lane.vehicle

    def order(self, order: bntd.Order, value: float = 0.0) -> None:
        self.lane.wires["dyno"].receive(bntd.encode_command(order, value))

    def hold_total_force(self, force_n: float, speed_kmh: float) -> None:
        self.order(bntd.Order.SET_FORCE_N, force_n - parasitic_n(speed_kmh))
        self.order(bntd.Order.START_FORCE)

    def statuses(self) -> list[bntd.Status]:
        found = self._frames.feed(self.lane.wires["dyno"].take())
        return [each for each in found if isinstance(each, bntd.Status)]

    def gas(self, action: dialect_503.Action) -> dialect_503.Reply:
        wire = self.lane.wires["gas"]
        wire.take()
        wire.receive(dialect_503.encode_request(dialect_503.NHA_506I, action))
        return dialect_503.decode_reply(dialect_503.NHA_506I, action, wire.take())

    def read_gas(self) -> dialect_503.Data:
        reply = self.gas(dialect_503.Action.READ_DATA)
        assert isinstance(reply, dialect_503.Data)
        return reply

    def type(self, text: str, patience_s: float = 6.0) -> str:
        """Type a line into the scan tool and return all it prints up to the prompt."""
        wire = self.lane.wires["obd"]
        wire.take()
        wire.receive(text.encode() + b"\r")
        said, waited_s = wire.take(), 0.0
        while not said.endswith(b">") and waited_s < patience_s:
            self.lane.step()
            waited_s += STEP_S
            said += wire.take()
        return said.decode()


@pytest.fixture
def host() -> Host:
    return Host(SimulatedLane(seed=7))


@pytest.fixture
def new_host() -> Callable[[int], Host]:
    return lambda seed: Host(SimulatedLane(seed))
