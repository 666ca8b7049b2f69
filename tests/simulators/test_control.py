"""The control surface: JSON in, JSON out, and the same through a socket beside living ports."""

import asyncio
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators.control import ControlDesk
from simulators.runner import on_ptys
from simulators.station import DIESEL_LANE, STEP_S, SimulatedLane


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short name: a unix socket's path is limited."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def say(desk: ControlDesk, **command: Any) -> dict[str, Any]:
    reply: dict[str, Any] = json.loads(desk.handle_line(json.dumps(command).encode()))
    return reply


def test_a_player_can_bring_a_car_and_make_it_drive(host: Any) -> None:
    desk = ControlDesk(host.lane)
    assert say(desk, do="vehicle", preset="worn_catalyst", plate="粤A1", vin=None) == {"ok": True}
    host.wait(4.0)
    host.lane.bench.move_lift("down")
    host.wait(3.0)
    assert say(desk, do="probe", **{"in": True})["ok"]
    assert say(desk, do="target", speed_kmh=25)["ok"]
    host.wait(15.0)
    state = say(desk, do="state")
    assert state["speed_kmh"] == pytest.approx(25.0, abs=0.6)
    assert state["vehicle"]["plate"] == "粤A1"
    assert state["probe_in"] is True
    assert say(desk, do="target", speed_kmh=None)["ok"]
    assert host.lane.driver.target_kmh is None
    assert say(desk, do="ignition", state="off")["ok"]
    assert host.lane.vehicle.ignition == "off"


def test_faults_come_and_go_by_command(host: Any) -> None:
    desk = ControlDesk(host.lane)
    assert say(desk, do="fault", device="gas", kind="delay", for_s=5, delay_s=0.5)["ok"]
    assert say(desk, do="fault", device="dyno", kind="unplug")["ok"]
    assert say(desk, do="state")["faults"] == {"gas": ["delay"], "dyno": ["unplug"]}
    assert say(desk, do="clear")["ok"]
    assert say(desk, do="state")["faults"] == {}


def test_air_engine_speed_and_plug_can_be_set(host: Any) -> None:
    desk = ControlDesk(host.lane)
    host.car("clean_petrol")
    say(desk, do="air", temp_c=31.5, humidity_pct=80)
    say(desk, do="rev", rpm=2500)
    say(desk, do="plug", **{"in": False})
    assert (host.lane.line.air.temp_c, host.lane.line.air.humidity_pct) == (31.5, 80)
    assert host.lane.driver.rev_rpm == 2500
    assert not host.lane.obd_plugged


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (b"nonsense", "Expecting value"),
        (b"[1]", "JSON object"),
        (b'{"do": "dance"}', "no 'dance'"),
        (b'{"do": "vehicle"}', "'preset'"),
        (b'{"do": "probe", "in": "yes"}', "'in'"),
        (b'{"do": "target", "speed_kmh": "fast"}', "'speed_kmh'"),
        (b'{"do": "target", "speed_kmh": 25}', "no car"),
        (b'{"do": "ignition", "state": "on"}', "no car"),
        (b'{"do": "fault", "device": "gas", "kind": "rust"}', "rust"),
        (b'"\xff"', "decode"),
    ],
)
def test_a_command_that_makes_no_sense_is_answered_with_the_reason(host: Any, line: bytes, named: str) -> None:
    reply = json.loads(ControlDesk(host.lane).handle_line(line))
    assert reply["ok"] is False
    assert named in reply["error"]


def test_a_player_snaps_floors_and_holds_one_probe_by_command() -> None:
    lane = SimulatedLane(1, DIESEL_LANE)
    desk = ControlDesk(lane)
    assert say(desk, do="vehicle", preset="clean_diesel") == {"ok": True}
    assert say(desk, do="probe", which="opacity", **{"in": True})["ok"]
    assert (lane.line.probe_in, lane.smoke.probe_in) == (False, True)
    assert say(desk, do="snap", hold_s=1.0, press_s=0.2)["ok"]
    assert say(desk, do="state")["snapping"] is True
    for _ in range(round(6.0 / STEP_S)):
        lane.step()
    assert say(desk, do="state")["snapping"] is False
    assert lane.smoke.rpm_max > 3300.0
    assert say(desk, do="full_throttle", on=True, gear=3)["ok"]
    assert say(desk, do="state")["full_throttle_gear"] == 3
    assert say(desk, do="full_throttle", on=False)["ok"]
    assert say(desk, do="state")["full_throttle_gear"] is None
    assert "'on'" in say(desk, do="full_throttle")["error"]
    assert "'on'" in say(desk, do="clamp", on="yes")["error"]
    assert "'hold_s'" in say(desk, do="snap", hold_s="long")["error"]


def test_a_player_does_what_a_screen_asks_of_a_foot_on_the_pedal() -> None:
    lane = SimulatedLane(1, DIESEL_LANE)
    desk = ControlDesk(lane)

    def after(seconds: float) -> dict[str, Any]:
        for _ in range(round(seconds / STEP_S)):
            lane.step()
        return say(desk, do="state")

    say(desk, do="vehicle", preset="clean_diesel")
    after(4.0)
    assert say(desk, do="snap", hold_s=None)["ok"]
    floored = after(12.0)
    assert floored["pedal"] == 1.0, "held for as long as nobody says otherwise"
    assert floored["vehicle"]["engine_rpm"] > 3300.0
    assert say(desk, do="let_go")["ok"]
    assert after(0.3)["pedal"] == 0.0
    assert after(4.0)["vehicle"]["engine_rpm"] == pytest.approx(780.0, abs=25.0)
    say(desk, do="rev", rpm=2240)
    assert after(8.0)["vehicle"]["engine_rpm"] == pytest.approx(2240.0, abs=60.0)
    say(desk, do="let_go")
    assert after(6.0)["vehicle"]["engine_rpm"] == pytest.approx(780.0, abs=25.0)
    lane.bench.move_lift("down")
    after(3.0)
    say(desk, do="full_throttle", on=True)
    assert after(30.0)["speed_kmh"] > 65.0
    say(desk, do="let_go")
    rolling = after(1.0)
    assert (rolling["pedal"], rolling["vehicle"]["gear"], rolling["target_kmh"]) == (0.0, 0, None)
    assert rolling["speed_kmh"] > 60.0
    say(desk, do="stop")
    assert after(30.0)["speed_kmh"] == 0.0


def test_a_tachometer_counts_only_with_its_clamp_on() -> None:
    lane = SimulatedLane(1, DIESEL_LANE)
    desk = ControlDesk(lane)
    say(desk, do="vehicle", preset="clean_diesel")

    def counted() -> bytes:
        lane.wires["rpm"].take()
        for _ in range(6):
            lane.step()
        return lane.wires["rpm"].take()

    assert int(counted()[:4]) == pytest.approx(780, abs=40)
    say(desk, do="clamp", on=False)
    assert (counted()[:4], say(desk, do="state")["clamp_on"]) == (b"0000", False)
    say(desk, do="clamp", on=True)
    assert int(counted()[:4]) == pytest.approx(780, abs=40)


def test_help_tells_all_words(host: Any) -> None:
    told = say(ControlDesk(host.lane), do="help")
    assert {"vehicle", "target", "fault", "state"} <= set(told["verbs"])
    assert "worn_catalyst" in told["presets"]
    assert "babble" in told["faults"]["gas"]


async def test_the_socket_answers_beside_three_living_ports(folder: Path) -> None:
    lane = SimulatedLane()
    async with on_ptys(lane, folder, clock_factor=10.0):
        assert sorted(os.listdir(folder)) == ["control.sock", "dyno", "gas", "obd"]
        reader, writer = await asyncio.open_unix_connection(folder / "control.sock")
        writer.write(b'{"do": "vehicle", "preset": "clean_petrol"}\n{"do": "state"}\n')
        assert json.loads(await reader.readline()) == {"ok": True}
        assert json.loads(await reader.readline())["vehicle"]["ignition"] == "running"
        gas = os.open(folder / "gas", os.O_RDWR | os.O_NOCTTY)
        os.write(gas, b"\x26")
        assert await _next_bytes(gas) == b"\x00"
        os.close(gas)
        dyno = os.open(folder / "dyno", os.O_RDWR | os.O_NOCTTY)
        assert (await _next_bytes(dyno))[:1] == b"A"
        os.close(dyno)
        writer.close()
    assert os.listdir(folder) == []


async def test_a_pulled_adapter_loses_its_name_and_gets_it_back(folder: Path) -> None:
    lane = SimulatedLane()
    async with on_ptys(lane, folder, clock_factor=10.0):
        lane.fault("gas", "unplug", for_s=2.0)
        await _until(lambda: not (folder / "gas").is_symlink())
        await _until(lambda: (folder / "gas").exists())
        assert lane.wires["gas"].plugged


async def test_a_path_too_long_for_a_socket_is_said_plainly(folder: Path) -> None:
    with pytest.raises(OSError, match="shorter name"):
        async with on_ptys(SimulatedLane(), folder / ("x" * 120)):
            pass


async def _next_bytes(fd: int) -> bytes:
    loop = asyncio.get_running_loop()
    arrived: asyncio.Future[bytes] = loop.create_future()

    def hear() -> None:
        loop.remove_reader(fd)
        arrived.set_result(os.read(fd, 100))

    loop.add_reader(fd, hear)
    return await asyncio.wait_for(arrived, 5.0)


async def _until(true: Any) -> None:
    async with asyncio.timeout(5.0):
        while not true():  # noqa: ASYNC110 - the file system rings no bell
            await asyncio.sleep(0.005)
