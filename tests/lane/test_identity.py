"""Who a device says it is: the one of its place, another's, or somebody new; and who is told."""

import asyncio
import functools
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from drivers.roles import Identity
from drivers.transports.memory import MemoryPipe
from lanectl.app.compose import NotAllowedError, join, make_slots
from lanectl.lane.device_book import NAME, DeviceBook
from lanectl.lane.equipment import Equipment
from lanectl.lane.identity import NOBODY, Place, Stranger, news, stranger
from lanectl.lane.screen import device_views
from lanectl.settings.lane_file import load_lane_file
from simulators.ends import MemoryEnd as SimulatedEnd
from simulators.obd_elm327 import DESCRIPTION
from simulators.station import STEP_S, SimulatedLane

GAS = Place("gas", "/dev/lane/gas", Identity("G-1", "0001", None))
NOX = Place("nox", "/dev/lane/nox", Identity(None, "0002", None))
LED = Place("led", "/dev/lane/led")


class Hall:
    """A lane's devices over wires in memory, some of them in each other's sockets, and nothing else of the lane."""

    def __init__(self, lane_file: Path, clock: Any, swapped: dict[str, str], folder: Path | None = None) -> None:
        self.clock, self.world = clock, SimulatedLane(seed=3)
        self.near, self.ends = {}, []
        for name in self.world.wires:
            near, far = MemoryPipe.pair(name)
            self.near[name] = near
            wire = self.world.wires[swapped.get(name, name)]
            self.ends.append(SimulatedEnd(wire, far.take, far.send, functools.partial(plug, near)))
        slots = make_slots(load_lane_file(lane_file), clock, self.near)
        self.equipment = Equipment(slots, clock, lambda: None, DeviceBook(folder))
        self.running = asyncio.create_task(self.equipment.run())

    def slot(self, name: str) -> Any:
        return self.equipment.slots[name]

    async def run_for(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        for _ in range(round(seconds / STEP_S)):
            self.world.step(STEP_S)
            for end in self.ends:
                end.exchange()
            await self.clock.advance(STEP_S)
            if until():
                return True
        return False

    async def leave(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        closing = asyncio.create_task(self.equipment.close())
        assert await self.run_for(8.0, closing.done)


def plug(near: Any, plugged: bool) -> None:
    near.replug() if plugged else near.unplug()


@pytest.fixture
async def hall(lane_file: Path, manual_clock: Any) -> AsyncIterator[Callable[..., Hall]]:
    made: list[Hall] = []

    def make(swapped: dict[str, str] | None = None, obd: str = "", folder: Path | None = None) -> Hall:
        lane_file.write_text(
            f"{lane_file.read_text('utf-8')}{obd}\n", "utf-8"
        )  # its last table is that of the scan tool
        made.append(Hall(lane_file, manual_clock, swapped or {}, folder))
        return made[-1]

    yield make
    for one in made:
        await one.leave()


def test_what_is_not_expected_is_not_compared() -> None:
    assert stranger(LED, Identity("anything", None, "1.0"), [GAS, NOX]) is None
    assert stranger(GAS, Identity("G-1", "0001", "7.0"), [NOX, LED]) is None


def test_a_device_that_does_not_tell_what_is_expected_is_refused() -> None:
    assert stranger(GAS, NOBODY, []) == Stranger(
        "it tells no model, the lane file expects 'G-1'; it tells no serial number, the lane file expects '0001'"
    )


def test_a_device_that_another_place_expects_is_told_with_both_places() -> None:
    said = stranger(GAS, Identity("N-9", "0002", None), [LED, NOX])

    assert said is not None
    assert said.home == "nox"
    assert "says serial number '0002', the lane file expects '0001'" in said.evidence
    assert "it is the device of nox" in said.evidence
    assert "the cables of gas (/dev/lane/gas) and nox (/dev/lane/nox) swapped" in said.evidence


def test_a_place_that_expects_nobody_is_no_home_for_a_stranger() -> None:
    said = stranger(GAS, Identity("X", "0009", None), [LED, NOX])

    assert said is not None
    assert said.home is None


@pytest.mark.parametrize("pair", [("gas", "dyno"), ("gas", "obd"), ("dyno", "obd")])
async def test_two_swapped_cables_are_refused_and_both_are_named(hall: Any, pair: tuple[str, str]) -> None:
    one, other = pair
    here = hall(swapped={one: other, other: one})

    def both_told() -> bool:
        return all("swapped" in here.slot(name).evidence for name in pair)

    assert await here.run_for(30.0, both_told), {name: here.slot(name).evidence for name in pair}

    for name, place in (pair, pair[::-1]):
        slot = here.slot(name)
        assert (slot.state, slot.usable) == ("fault", False)
        assert f"{place} has not found its device either" in slot.evidence
        assert f"{name} (memory-{name})" in slot.evidence
    assert "wrong_device" in {here.slot(name).code for name in pair}
    messages = [view.message for view in device_views(here.equipment) if view.name in pair]
    assert any(one in said.zh and other in said.zh and "接反" in said.zh for said in messages)
    third = next(slot for name, slot in here.equipment.slots.items() if name not in pair)
    assert (third.state, third.evidence) == ("ready", "")


async def test_a_silent_device_alone_is_not_called_swapped(hall: Any) -> None:
    here = hall()
    here.world.fault("gas", "silence")
    here.world.fault("obd", "silence")

    assert await here.run_for(20.0, lambda: {here.slot("gas").code, here.slot("obd").code} == {"no_reply"})

    assert "swapped" not in here.slot("gas").evidence + here.slot("obd").evidence


async def test_the_device_that_is_expected_may_work(hall: Any) -> None:
    here = hall(obd=f'identity = {{ model = "{DESCRIPTION}" }}')

    assert await here.run_for(10.0, lambda: here.slot("obd").state == "ready")
    assert here.slot("obd").identity.model == DESCRIPTION


async def test_another_device_than_the_expected_one_is_refused_on_every_opening(hall: Any) -> None:
    here = hall(obd='identity = { model = "Another tool", serial_number = "0815" }')

    assert await here.run_for(10.0, lambda: here.slot("obd").code == "wrong_device")
    assert not await here.run_for(10.0, lambda: here.slot("obd").usable)
    assert "expects 'Another tool'" in here.slot("obd").evidence
    assert "tells no serial number, the lane file expects '0815'" in here.slot("obd").evidence


async def test_a_replaced_device_is_told_once_and_kept_over_restarts(
    hall: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    here = hall(folder=tmp_path)
    assert await here.run_for(10.0, lambda: here.slot("obd").state == "ready")
    assert here.equipment.take_news() == []

    monkeypatch.setattr("simulators.obd_elm327.DESCRIPTION", "Another tool")
    here.world.fault("obd", "unplug")
    await here.run_for(0.2)
    here.slot("obd").broken.set()
    await here.run_for(1.5)
    here.world.clear("obd")
    assert await here.run_for(10.0, lambda: here.slot("obd").identity.model == "Another tool")

    told = f"model {DESCRIPTION!r} -> 'Another tool'"
    assert here.equipment.take_news() == [("obd", (told,))]
    assert here.equipment.take_news() == []
    assert f"device obd is another one: {told}" in caplog.text
    assert DeviceBook(tmp_path).meet("obd", "elm327", here.slot("obd").identity) == ()


async def test_the_bureau_is_told_of_a_replaced_device_once(lane: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulators.obd_elm327.DESCRIPTION", "Another tool")
    lane.world.fault("obd", "unplug")
    await lane.run_for(1.0)
    lane.world.clear("obd")
    await lane.run_for(8.0)

    events = [json.loads(message.payload) for message in lane.lane.parts.ledger.ledger.pending(10)]

    assert [(event["kind"], event["detail"]["device"]) for event in events] == [("device_changed", "obd")]
    assert events[0]["detail"]["changes"] == [f"model {DESCRIPTION!r} -> 'Another tool'"]


def test_the_book_tells_who_is_new(tmp_path: Path) -> None:
    first, second = Identity("A", "1", "7.0"), Identity("A", "2", None)

    assert DeviceBook(tmp_path).meet("gas", "ak", first) == ()
    assert DeviceBook(tmp_path).meet("gas", "ak", first) == ()
    assert DeviceBook(tmp_path).meet("gas", "ak", second) == ("serial number '1' -> '2'", "firmware '7.0' -> None")
    assert DeviceBook(tmp_path).meet("gas", "other", second) == ("driver 'ak' -> 'other'",)
    assert DeviceBook(tmp_path).meet("led", "nanhua-led", NOBODY) == ()


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"gas": 3}', '{"gas": {"driver": "x"}}'])
def test_a_damaged_book_is_told_in_the_log_and_stops_nothing(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / NAME).write_text(damage, "utf-8")

    assert DeviceBook(tmp_path).meet("gas", "ak", Identity("A", None, None)) == ()
    assert "cannot be read" in caplog.text


def test_a_book_that_cannot_be_written_is_told_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert DeviceBook(tmp_path / "gone").meet("gas", "ak", Identity("A", None, None)) == ()
    assert "cannot be kept" in caplog.text


def test_news_are_of_every_fact() -> None:
    assert news(NOBODY, NOBODY) == ()
    assert news(Identity("A", None, None), Identity("A", "1", None)) == ("serial number None -> '1'",)


@pytest.mark.parametrize("named", ["", "identity = { firmware = 'ELM327 v1.5' }\n", "identity = {}\n"])
def test_an_official_lane_file_names_every_device_that_tells_who_it_is(lane_file: Path, named: str) -> None:
    """Both model and serial number, where the device tells them; its firmware may be renewed."""
    text = lane_file.read_text("utf-8").replace('"training"', '"official"')
    lane_file.write_text(f"{text}{named}[uplink]\nhost = 'bureau'\n", "utf-8")
    with pytest.raises(NotAllowedError, match=r"identity_not_named: obd \(model\)"):
        join(load_lane_file(lane_file), lambda *_: cast(Any, None))

    lane_file.write_text(f"{text}identity = {{ model = 'A' }}\n[uplink]\nhost = 'bureau'\n", "utf-8")
    with pytest.raises(NotAllowedError) as refused:
        join(load_lane_file(lane_file), lambda *_: cast(Any, None))
    assert "identity_not_named" not in str(refused.value)
