"""A CAN interface as scan tool, against the simulated car over a wire in memory, on a clock that moves when told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from typing import Any

import pytest

from drivers.errors import (
    DeviceError,
    GarbledReplyError,
    NoReplyError,
    NotReadyError,
    PortLostError,
    RefusedError,
    WrongDeviceError,
)
from drivers.obd.can_reader import CanReader, build
from drivers.obd.can_settings import Iso15765Settings
from drivers.obd.iso15765 import find_wwh
from drivers.readings import ObdEcu
from drivers.roles import Identity, ObdReader
from drivers.transports.memory import MemoryPipe
from protocols.can_frame import CanFrame
from simulators.ends import MemoryEnd
from simulators.presets import PRESETS
from simulators.station import STEP_S, LockStep, SimulatedLane

UNPLUG_LIMIT_S = 2.0


class Rig:
    """A simulated car, a simulated CAN adapter, and the driver at its wire."""

    def __init__(self, clock: Any, **settings: Any) -> None:
        self.clock = clock
        self.lane = SimulatedLane(seed=2, devices=("iso15765-can",))
        self.near, far = MemoryPipe.pair("obd")
        plug = lambda plugged: self.near.replug() if plugged else self.near.unplug()  # noqa: E731
        end = MemoryEnd(self.lane.wires["obd"], far.take, far.send, plug)
        self.steps = LockStep(self.lane, [end], clock.now_ms())
        chosen = Iso15765Settings(driver="iso15765-can", port="/dev/lane/obd", **settings)
        made = build("obd", chosen, self.near, clock)
        assert isinstance(made, ObdReader)
        assert isinstance(made, CanReader)
        self.obd = made

    @property
    def said(self) -> list[str]:
        """What the driver has sent, as frames."""
        return [one.data.decode() for one in self.obd.exchange.recent if one.direction == "to_device"]

    async def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            await self.clock.advance(STEP_S)
            self.steps.pump(self.clock.now_ms())
            await self.clock.settle()

    async def do(self, work: Awaitable[Any], patience_s: float = 60.0) -> Any:
        """Let time pass until this is done."""
        task = asyncio.ensure_future(work)
        waited_s = 0.0
        while not task.done() and waited_s < patience_s:
            self.steps.pump(self.clock.now_ms())
            await self.clock.settle()
            await self.wait(STEP_S)
            waited_s += STEP_S
        if not task.done():
            task.cancel()
        return await task

    async def car(self, preset: str, **diagnosis: Any) -> None:
        data = PRESETS[preset]
        self.lane.drive_on(replace(data, diagnosis=replace(data.diagnosis, **diagnosis)))
        await self.do(self.obd.open())
        await self.wait(0.5)


@pytest.fixture
async def rig(manual_clock: Any) -> AsyncIterator[Rig]:
    made = Rig(manual_clock)
    yield made
    made.near.replug()
    await made.obd.close()


async def test_opening_asks_who_the_adapter_is_and_stays_off_the_bus(rig: Rig) -> None:
    await rig.car("clean_petrol")
    assert await rig.obd.identify() == Identity(None, None, "1013")
    assert rig.said == []


@pytest.mark.parametrize(
    ("protocol", "name"),
    [
        ("6", "ISO 15765-4 CAN 11/500"),
        ("7", "ISO 15765-4 CAN 29/500"),
        ("8", "ISO 15765-4 CAN 11/250"),
        ("9", "ISO 15765-4 CAN 29/250"),
    ],
)
async def test_a_vehicle_is_found_on_each_bus_and_tells_everything(rig: Rig, protocol: str, name: str) -> None:
    await rig.car("mil_on", protocol=protocol)

    assert await rig.do(rig.obd.connect()) == name
    facts = await rig.do(rig.obd.read_check())

    assert (facts.protocol, facts.vin, facts.obd_type) == (name, PRESETS["mil_on"].vin, 0x29)
    assert (facts.mil_on, facts.dtc_count, facts.ignition) == (True, 1, "spark")
    assert (facts.stored_codes, facts.pending_codes) == (("P0420",), ("P0420", "P0171"))
    assert (facts.monitors["catalyst"], facts.monitors["evap"]) == ("incomplete", "complete")
    assert facts.distance_with_mil_km == 412.0
    sender = "18DAF110" if protocol in "79" else "7E8"
    assert facts.ecus == (ObdEcu(sender, ("04E906016EQ4177",), ("4A6F12C3",)),)


async def test_two_units_answer_at_once_and_the_slow_one_is_waited_for(rig: Rig) -> None:
    await rig.car("two_units")
    await rig.do(rig.obd.connect())

    facts = await rig.do(rig.obd.read_check())

    assert facts.ecus == (
        ObdEcu("18DAF110", ("5WY7C61A-F10", "5WY7C61B-F10"), ("91D3A07E", "0015E2B4")),
        ObdEcu("18DAF118", ("0CW300050R2301",), ("00C07A55",)),
    )
    assert {"18DA10F1#3000000000000000", "18DA18F1#3000000000000000"} <= set(rig.said)


async def test_a_diesel_tells_pedal_boost_and_nox_and_its_own_monitors(rig: Rig) -> None:
    await rig.car("clean_diesel", incomplete=frozenset({"pm_filter"}))
    await rig.do(rig.obd.connect())
    rig.lane.snap(hold_s=4.0)
    await rig.wait(2.5)

    live = (await rig.do(rig.obd.read_live())).values
    facts = await rig.do(rig.obd.read_check())

    car = rig.lane.vehicle
    assert car is not None
    assert live["obd_pedal_d_pct"] == pytest.approx(100.0, abs=1.0)
    assert live["obd_map_kpa"] > 110.0
    assert live["obd_nox_ppm"] == pytest.approx(car.nox_ppm, rel=0.3)
    assert live["obd_rpm"] > 2500.0
    assert live["obd_lambda"] is None
    assert facts.ignition == "compression"
    assert (facts.monitors["pm_filter"], facts.monitors["boost_pressure"]) == ("incomplete", "complete")


async def test_a_look_at_the_live_data_takes_less_than_half_a_second(rig: Rig) -> None:
    await rig.car("clean_petrol")
    await rig.do(rig.obd.connect())
    began_ms = rig.clock.now_ms()

    live = (await rig.do(rig.obd.read_live())).values

    assert rig.clock.now_ms() - began_ms <= 500
    assert live["obd_rpm"] == pytest.approx(780.0, abs=60.0)
    assert live["obd_pedal_d_pct"] is not None
    assert live["obd_nox_ppm"] is None


async def test_a_fixed_bit_rate_is_the_only_one_tried(manual_clock: Any) -> None:
    rig = Rig(manual_clock, bitrate_kbit=250)
    await rig.car("clean_petrol", protocol="6")
    with pytest.raises(NoReplyError):
        await rig.do(rig.obd.connect())
    await rig.obd.close()


async def test_silence_of_the_car_is_no_reply_and_names_what_to_look_at(rig: Rig) -> None:
    await rig.car("clean_petrol")
    rig.lane.turn_key("off")
    with pytest.raises(NoReplyError, match="is the ignition on and the plug seated"):
        await rig.do(rig.obd.connect())
    asked = [frame for frame in rig.said if "0201000" in frame]
    assert asked == (["7DF#0201000000000000"] * 2 + ["18DB33F1#0201000000000000"] * 2) * 2
    rig.lane.turn_key("running")
    assert await rig.do(rig.obd.connect())


async def test_silence_of_the_adapter_is_never_the_cars(rig: Rig) -> None:
    await rig.car("clean_petrol")
    rig.lane.fault("obd", "silence")
    with pytest.raises(NotReadyError, match="adapter does not answer"):
        await rig.do(rig.obd.connect())
    rig.lane.clear()
    await rig.do(rig.obd.connect())
    rig.lane.fault("obd", "deaf")
    with pytest.raises(NotReadyError, match="adapter does not answer"):
        await rig.do(rig.obd.read_live())


async def test_a_dead_adapter_does_not_open(rig: Rig) -> None:
    rig.lane.fault("obd", "silence")
    with pytest.raises(NoReplyError):
        await rig.do(rig.obd.open())


async def test_something_that_is_no_can_adapter_is_the_wrong_device(script: Any, manual_clock: Any) -> None:
    script.reply = lambda data: b"ELM327 v1.5\r\r>"
    settings = Iso15765Settings(driver="iso15765-can", port="/dev/lane/obd")
    opening = asyncio.create_task(build("obd", settings, script.near, manual_clock).open())
    await manual_clock.advance(2.0)
    with pytest.raises(WrongDeviceError, match="ELM327"):
        await opening


async def test_an_adapter_that_refuses_the_channel_is_named(script: Any, manual_clock: Any) -> None:
    script.reply = lambda data: b"".join(b"V1013\r" if line == b"V" else b"\x07" for line in data.split(b"\r") if line)
    settings = Iso15765Settings(driver="iso15765-can", port="/dev/lane/obd")
    reader = build("obd", settings, script.near, manual_clock)
    assert isinstance(reader, CanReader)
    await reader.open()
    with pytest.raises(RefusedError, match="bit rate or the channel"):
        await reader.connect()


async def test_a_car_that_drives_away_in_the_middle_is_named(rig: Rig) -> None:
    await rig.car("clean_petrol")
    await rig.do(rig.obd.connect())
    rig.lane.fault("obd", "out_of_socket")
    with pytest.raises(NoReplyError, match="answers no more"):
        await rig.do(rig.obd.read_live())


async def test_a_short_circuit_after_connecting_is_no_clean_sheet(rig: Rig) -> None:
    await rig.car("clean_petrol")
    await rig.do(rig.obd.connect())
    rig.lane.fault("obd", "bus_error")
    with pytest.raises(NoReplyError):
        await rig.do(rig.obd.read_check())


async def test_an_adapter_that_restarted_is_brought_back_onto_the_bus(rig: Rig) -> None:
    await rig.car("mil_on")
    await rig.do(rig.obd.connect())
    rig.lane.fault("obd", "power_cut", for_s=0.1)
    await rig.wait(0.2)

    await rig.do(rig.obd.read_live())
    assert (await rig.do(rig.obd.read_check())).stored_codes == ("P0420",)


async def test_a_part_that_is_lost_every_time_is_garbled_and_never_half_a_vin(rig: Rig) -> None:
    await rig.car("clean_petrol")
    await rig.do(rig.obd.connect())
    rig.lane.fault("obd", "lost_part")
    with pytest.raises(GarbledReplyError, match=r"stops in the middle|part"):
        await rig.do(rig.obd.read_check())


async def test_a_unit_that_says_wait_for_ever_ends_in_an_error_in_bounded_time(rig: Rig) -> None:
    await rig.car("clean_petrol")
    await rig.do(rig.obd.connect())
    rig.lane.fault("obd", "wait_for_ever")
    with pytest.raises(NoReplyError):
        await rig.do(rig.obd.read_check(), patience_s=100.0)


async def test_nothing_is_asked_before_a_vehicle_is_connected(rig: Rig) -> None:
    await rig.car("clean_petrol")
    with pytest.raises(NotReadyError, match="no vehicle"):
        await rig.do(rig.obd.read_live())
    await rig.do(rig.obd.connect())
    await rig.do(rig.obd.disconnect())
    with pytest.raises(NotReadyError, match="no vehicle"):
        await rig.do(rig.obd.read_check())


@pytest.mark.parametrize("verb", ["connect", "read_check", "read_live", "disconnect"])
@pytest.mark.parametrize("after_s", [0.0, 0.02, 0.04])
async def test_a_pulled_adapter_is_named_at_once_in_every_verb(rig: Rig, verb: str, after_s: float) -> None:
    await rig.car("two_units")
    await rig.do(rig.obd.connect())
    if after_s == 0.0:
        rig.lane.fault("obd", "unplug")
        await rig.wait(STEP_S)
    doing = asyncio.ensure_future(getattr(rig.obd, verb)())
    if after_s:
        await rig.wait(after_s)
        if verb == "disconnect":
            await doing
            return
        assert not doing.done()
        rig.lane.fault("obd", "unplug")
    began_ms = rig.clock.now_ms()
    with pytest.raises(PortLostError) as caught:
        await rig.do(doing, patience_s=UNPLUG_LIMIT_S)
    assert rig.clock.now_ms() - began_ms <= 100
    assert (caught.value.device, caught.value.code) == ("obd", "unplugged")


async def test_the_adapter_can_be_opened_again_after_it_was_pulled(rig: Rig) -> None:
    await rig.car("clean_petrol")
    await rig.do(rig.obd.connect())
    rig.lane.fault("obd", "unplug")
    await rig.wait(STEP_S)
    with pytest.raises(DeviceError):
        await rig.do(rig.obd.read_live())
    rig.lane.clear()
    await rig.wait(STEP_S)
    await rig.do(rig.obd.close())
    await rig.do(rig.obd.open())
    assert await rig.do(rig.obd.connect()) == "ISO 15765-4 CAN 11/500"


@pytest.mark.parametrize("kind", ["truncation", "bit_flips", "delay", "babble"])
async def test_every_wire_fault_ends_in_facts_of_this_car_or_in_a_named_error(rig: Rig, kind: str) -> None:
    await rig.car("mil_on")
    await rig.do(rig.obd.connect())
    rig.lane.fault("obd", kind)
    try:
        facts = await rig.do(rig.obd.read_check(), patience_s=200.0)
    except DeviceError:
        return
    assert facts.stored_codes == ("P0420",)


@pytest.mark.parametrize(("protocol", "name"), [("6", "ISO 27145 CAN 11/500"), ("9", "ISO 27145 CAN 29/250")])
async def test_a_vehicle_of_iso_27145_tells_everything(rig: Rig, protocol: str, name: str) -> None:
    codes = {"stored": ("P20EE",), "pending": ("P20EE", "P2463"), "permanent": ("P20EE",), "mil_on": True}
    await rig.car("clean_diesel", protocol=protocol, dialect="iso27145", incomplete=frozenset({"nox_scr"}), **codes)

    assert await rig.do(rig.obd.connect()) == name
    facts = await rig.do(rig.obd.read_check())
    live = (await rig.do(rig.obd.read_live())).values

    assert (facts.protocol, facts.vin, facts.ignition) == (name, PRESETS["clean_diesel"].vin, "compression")
    assert (facts.mil_on, facts.stored_codes, facts.permanent_codes) == (True, ("P20EE-13",), ("P20EE-13",))
    assert facts.pending_codes == ("P20EE-13", "P2463-13")
    assert (facts.monitors["nox_scr"], facts.monitors["pm_filter"]) == ("incomplete", "complete")
    assert [(ecu.cal_ids, ecu.cvns) for ecu in facts.ecus] == [(("04E906016EQ4177",), ("4A6F12C3",))]
    assert facts.performance is not None
    assert (facts.performance["obdcond"], facts.performance["pmcomp"]) == (412, 366)
    assert live["obd_rpm"] == pytest.approx(780.0, abs=60.0)
    assert live["obd_rail_kpa"] > 30_000.0


async def test_a_lane_for_iso_27145_alone_takes_no_other_vehicle(manual_clock: Any) -> None:
    rig = Rig(manual_clock)
    rig.obd._finds = (find_wwh,)
    await rig.car("clean_diesel")
    with pytest.raises(NoReplyError):
        await rig.do(rig.obd.connect())
    rig.lane.drive_on(
        replace(PRESETS["clean_diesel"], diagnosis=replace(PRESETS["clean_diesel"].diagnosis, dialect="iso27145"))
    )
    await rig.wait(0.5)
    assert await rig.do(rig.obd.connect()) == "ISO 27145 CAN 11/500"
    await rig.obd.close()


async def test_a_unit_of_iso_27145_that_falls_silent_is_never_a_clean_sheet(rig: Rig) -> None:
    await rig.car("clean_diesel", dialect="iso27145")
    await rig.do(rig.obd.connect())
    rig.lane.fault("obd", "out_of_socket")
    with pytest.raises(NoReplyError, match="answers no more"):
        await rig.do(rig.obd.read_check())


async def test_a_diesel_tells_its_whole_data_list(rig: Rig) -> None:
    await rig.car("clean_diesel")
    await rig.do(rig.obd.connect())
    rig.lane.snap(hold_s=4.0)
    await rig.wait(2.5)
    began_ms = rig.clock.now_ms()

    live = (await rig.do(rig.obd.read_live())).values

    assert rig.clock.now_ms() - began_ms <= 500
    lacking = {"obd_lambda", "obd_o2_front_v", "obd_fuel_l_100km"}
    assert set(live) - told(live) == lacking
    expected_kw = live["obd_torque_pct"] / 100 * live["obd_reference_torque_nm"] * live["obd_rpm"] / 9549.3
    assert live["obd_power_kw"] == pytest.approx(expected_kw, rel=1e-4)
    assert live["obd_boost_kpa"] == live["obd_map_kpa"] - live["obd_baro_kpa"] > 5.0
    assert 180.0 < live["obd_exhaust_c"] < 600.0
    assert 1.0 < live["obd_fuel_l_h"] < 40.0
    assert live["obd_reagent_l_h"] == pytest.approx(0.04 * live["obd_fuel_l_h"], rel=0.1)
    assert live["obd_dpf_kpa"] > 0.5
    assert 0.0 <= live["obd_egr_pct"] <= 35.0


def told(values: dict[str, float | None]) -> set[str]:
    return {name for name, value in values.items() if value is not None}


async def test_a_unit_that_takes_one_item_at_a_time_is_asked_so_and_tells_the_same(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.car("clean_diesel")
    await rig.do(rig.obd.connect())
    whole = (await rig.do(rig.obd.read_live())).values
    units = rig.lane.can_face.units
    hear = units.hear

    def one_item(frame: CanFrame, bitrate_kbit: int | None) -> None:
        if frame.data[1] != 0x01 or frame.data[0] == 2:
            hear(frame, bitrate_kbit)

    monkeypatch.setattr(units, "hear", one_item)
    single = (await rig.do(rig.obd.read_live())).values

    assert {name for name, value in single.items() if value is not None} == {
        n for n, v in whole.items() if v is not None
    }
    asked = len(rig.said)
    await rig.do(rig.obd.read_live())
    assert all(frame.startswith("7DF#0201") for frame in rig.said[asked:])


@pytest.mark.parametrize("times", [3, 99])
async def test_a_busy_unit_is_asked_again_and_never_called_silent(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    await rig.car("mil_on")
    await rig.do(rig.obd.connect())
    units = rig.lane.can_face.units
    hear, busy = units.hear, iter(range(times))

    def first_busy(frame: CanFrame, bitrate_kbit: int | None) -> None:
        if frame.data[:2] == b"\x01\x03" and next(busy, None) is not None:
            units._said.append(CanFrame(0x7E8, bytes.fromhex("03 7F 03 21 00 00 00 00")))
        else:
            hear(frame, bitrate_kbit)

    monkeypatch.setattr(units, "hear", first_busy)
    reading = rig.do(rig.obd.read_check())
    if times < 5:
        assert (await reading).stored_codes == ("P0420",)
    else:
        with pytest.raises(NotReadyError, match="busy"):
            await reading


async def test_the_tap_sees_every_frame_as_a_bus_log_writes_it(rig: Rig) -> None:
    heard: list[tuple[str, bytes]] = []
    rig.obd.exchange.tap = lambda direction, data, _: heard.append((direction, data))
    await rig.car("clean_petrol")
    await rig.do(rig.obd.connect())
    assert heard[:2] == [("to_device", b"7DF#0201000000000000"), ("from_device", b"7E8#064100BE3FA81300")]
