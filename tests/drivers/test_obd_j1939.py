"""A heavy diesel of SAE J1939 through a CAN interface, simulated, on a clock that moves when told."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from drivers.errors import DeviceError, GarbledReplyError, NoReplyError, NotReadyError, PortLostError
from drivers.readings import ObdEcu
from drivers.roles import ObdReader
from protocols.can_frame import CanFrame
from simulators.presets import PRESETS

MIL_ON = PRESETS["heavy_diesel_mil_on"]


@pytest.fixture
async def rig(new_rig: Callable[..., Any]) -> AsyncIterator[Any]:
    made = new_rig("j1939-can", port="/dev/lane/obd")
    made.obd = made.devices["obd"]
    assert isinstance(made.obd, ObdReader)
    await made.see(made.obd.open())
    yield made
    made.lane.clear()
    await made.see(made.obd.close())


async def truck(rig: Any, preset: str = "heavy_diesel", **diagnosis: Any) -> None:
    data = PRESETS[preset]
    rig.lane.drive_on(replace(data, diagnosis=replace(data.diagnosis, **diagnosis)))
    await rig.wait(0.5)


async def connected(rig: Any, preset: str = "heavy_diesel", **diagnosis: Any) -> None:
    await truck(rig, preset, **diagnosis)
    await rig.see(rig.obd.connect())


def units_of(rig: Any) -> Any:
    return rig.lane.can_face.units.j1939


@pytest.mark.parametrize(("protocol", "name"), [("9", "SAE J1939 CAN 29/250"), ("7", "SAE J1939 CAN 29/500")])
async def test_a_truck_is_found_on_each_bus_and_tells_everything(rig: Any, protocol: str, name: str) -> None:
    await truck(rig, "heavy_diesel_mil_on", protocol=protocol)

    assert await rig.see(rig.obd.connect()) == name
    facts = await rig.see(rig.obd.read_check())

    assert (facts.protocol, facts.vin, facts.obd_type) == (name, MIL_ON.vin, 0x14)
    assert (facts.mil_on, facts.stored_codes) == (True, ("SPN3216 FMI4", "SPN4364 FMI18"))
    assert (facts.pending_codes, facts.permanent_codes) == (("SPN3216 FMI4",), ("SPN3216 FMI4",))
    assert (facts.dtc_count, facts.ignition) == (None, None)  # J1939 tells neither
    assert (facts.monitors["nox_scr"], facts.monitors["pm_filter"]) == ("incomplete", "complete")
    assert facts.distance_with_mil_km == 230.0
    assert facts.ecus == (
        ObdEcu("00", ("PBT5MPR3", "PBT5MPR3-DATA"), ("40DCBF96", "0A51E2C7")),
        ObdEcu("3D", ("ACM21P0417",), ("7711B0E5",)),
    )
    assert facts.performance is not None
    assert (facts.performance["igncntr"], facts.performance["spn4364_cond"]) == (1530, 402)


async def test_a_clean_truck_has_no_code_and_says_so(rig: Any) -> None:
    await connected(rig)
    facts = await rig.see(rig.obd.read_check())
    assert (facts.mil_on, facts.stored_codes, facts.pending_codes, facts.permanent_codes) == (False, (), (), ())


async def test_the_reader_for_whatever_a_vehicle_speaks_finds_the_truck_too(new_rig: Callable[..., Any]) -> None:
    rig = new_rig("iso15765-can", port="/dev/lane/obd")
    rig.obd = rig.devices["obd"]
    await rig.see(rig.obd.open())
    await truck(rig, "heavy_diesel_mil_on")
    assert await rig.see(rig.obd.connect()) == "SAE J1939 CAN 29/250"
    assert (await rig.see(rig.obd.read_check())).vin == MIL_ON.vin
    await rig.see(rig.obd.close())


async def test_the_data_list_comes_from_what_is_broadcast(rig: Any) -> None:
    await connected(rig)
    rig.lane.snap(hold_s=4.0)
    await rig.wait(1.0)
    await rig.see(rig.obd.read_live())
    await rig.wait(0.6)
    began_ms = rig.clock.now_ms()

    live = (await rig.see(rig.obd.read_live())).values

    car = rig.lane.vehicle
    assert rig.clock.now_ms() - began_ms <= 150
    assert live["obd_rpm"] == pytest.approx(car.engine_rpm, rel=0.05)
    assert live["obd_pedal_d_pct"] == pytest.approx(100.0, abs=1.0)
    assert live["obd_nox_ppm"] == pytest.approx(car.nox_ppm, rel=0.3)
    assert live["obd_nox_out_ppm"] == pytest.approx(0.1 * car.nox_ppm, rel=0.3)
    assert live["obd_reference_torque_nm"] == pytest.approx(170_000 / (2300 * 2 * 3.14159 / 60) * 1.2, rel=0.01)
    assert live["obd_power_kw"] is not None
    assert live["obd_boost_kpa"] >= 0.0
    assert {"obd_fuel_l_h", "obd_speed_kmh", "obd_exhaust_c", "obd_dpf_kpa", "obd_reagent_g_h"} <= set(live)
    assert live["obd_fuel_l_100km"] is None


async def test_what_the_adapter_kept_for_long_is_not_of_now(rig: Any) -> None:
    await connected(rig)
    rig.lane.rev(2000)
    await rig.wait(3.0)
    rig.lane.rev(None)
    await rig.wait(4.0)
    live = (await rig.see(rig.obd.read_live())).values
    assert live["obd_rpm"] == pytest.approx(650.0, abs=80.0)


async def test_every_message_goes_to_one_unit_and_leave_is_given(rig: Any) -> None:
    heard: list[str] = []
    rig.obd.exchange.tap = lambda direction, data, _: heard.append(data.decode()) if direction == "to_device" else None
    await connected(rig)
    await rig.see(rig.obd.read_check())
    assert heard[0] == "18EAFFF9#CEFE00"
    assert "18EA00F9#00D300" in heard
    assert "1CEC00F9#110601FFFF00D300" in heard, "leave for six packets of DM19"
    assert "1CEC00F9#13280006FF00D300" in heard, "and thanks"


async def test_silence_of_the_truck_and_of_the_adapter_are_told_apart(rig: Any) -> None:
    await truck(rig)
    rig.lane.turn_key("off")
    with pytest.raises(NoReplyError, match="is the ignition on"):
        await rig.see(rig.obd.connect())
    rig.lane.turn_key("running")
    rig.lane.fault("obd", "silence")
    with pytest.raises(NotReadyError, match="adapter does not answer"):
        await rig.see(rig.obd.connect())
    rig.lane.clear()
    assert await rig.see(rig.obd.connect())


async def test_a_truck_that_drives_away_is_named(rig: Any) -> None:
    await connected(rig)
    rig.lane.fault("obd", "out_of_socket")
    with pytest.raises(NoReplyError, match="answers no more"):
        await rig.see(rig.obd.read_live())
    with pytest.raises(NoReplyError):
        await rig.see(rig.obd.read_check())


async def test_an_adapter_that_restarted_is_brought_back_onto_the_bus(rig: Any) -> None:
    await connected(rig, "heavy_diesel_mil_on")
    rig.lane.fault("obd", "power_cut", for_s=0.1)
    await rig.wait(0.2)
    assert (await rig.see(rig.obd.read_live())).values["obd_rpm"] is not None
    assert (await rig.see(rig.obd.read_check())).mil_on is True


async def test_a_lost_packet_is_garbled_and_never_half_a_list_of_codes(rig: Any) -> None:
    await connected(rig, "heavy_diesel_mil_on")
    rig.lane.fault("obd", "lost_part")
    with pytest.raises(GarbledReplyError, match=r"packet|stops"):
        await rig.see(rig.obd.read_check())


async def test_a_code_that_came_over_the_serial_line_once_only_is_not_believed(
    rig: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connected(rig, "heavy_diesel_mil_on")
    units = units_of(rig)
    content, wrong = units._content, [bytes.fromhex("00FF00000000FFFF")]
    monkeypatch.setattr(
        units, "_content", lambda unit, pgn: wrong.pop() if pgn == 0xFED4 and wrong else content(unit, pgn)
    )
    assert (await rig.see(rig.obd.read_check())).stored_codes == MIL_ON.diagnosis.stored


async def test_units_that_are_busy_for_ever_are_named(rig: Any) -> None:
    await connected(rig)
    rig.lane.fault("obd", "wait_for_ever")
    with pytest.raises(NotReadyError, match="busy"):
        await rig.see(rig.obd.read_check())


@pytest.mark.parametrize("refuses", [True, False])
async def test_a_unit_that_takes_part_and_does_not_tell_its_codes_is_never_a_clean_sheet(
    rig: Any, monkeypatch: pytest.MonkeyPatch, refuses: bool
) -> None:
    await connected(rig, "heavy_diesel_mil_on")
    units = units_of(rig)
    content, hear = units._content, units.hear
    monkeypatch.setattr(units, "_content", lambda unit, pgn: None if pgn == 0xFED4 else content(unit, pgn))
    if not refuses:
        monkeypatch.setattr(units, "hear", lambda frame: None if frame.data == b"\xd4\xfe\x00" else hear(frame))
    with pytest.raises(NoReplyError, match="control unit 00 does not tell its confirmed codes"):
        await rig.see(rig.obd.read_check())


async def test_groups_that_a_unit_does_not_have_are_not_told(rig: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    await connected(rig)
    units = units_of(rig)
    content = units._content
    missing = {0xFECF, 0xFD80, 0xC100, 0xC200, 0xFEEC, 0xD300}
    monkeypatch.setattr(units, "_content", lambda unit, pgn: None if pgn in missing else content(unit, pgn))
    facts = await rig.see(rig.obd.read_check())
    assert (facts.pending_codes, facts.permanent_codes, facts.vin, facts.ecus) == (None, None, None, ())
    assert (facts.distance_with_mil_km, facts.performance, facts.stored_codes) == (None, None, ())


async def test_a_lamp_that_nobody_tells_is_unknown(rig: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    await connected(rig)
    units = units_of(rig)
    hear, step = units.hear, units.step

    def dark(frame: CanFrame) -> None:
        if frame.data == b"\xd4\xfe\x00":
            units._said.append(CanFrame(0x18FED400, bytes.fromhex("FFFF00000000FFFF"), extended=True))
        else:
            hear(frame)

    monkeypatch.setattr(units, "hear", dark)
    monkeypatch.setattr(units, "step", lambda dt: [f for f in step(dt) if f.can_id & 0xFFFF00 != 0xFECA00])
    assert (await rig.see(rig.obd.read_check())).mil_on is None


async def test_an_engine_without_readiness_is_found_and_then_named(rig: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    await truck(rig)
    units = units_of(rig)
    hear = units.hear
    monkeypatch.setattr(units, "hear", lambda frame: None if frame.data == b"\xce\xfe\x00" else hear(frame))
    assert await rig.see(rig.obd.connect()) == "SAE J1939 CAN 29/250"
    assert (await rig.see(rig.obd.read_live())).values["obd_rpm"] > 500.0
    with pytest.raises(NoReplyError, match="DM5"):
        await rig.see(rig.obd.read_check())


@pytest.mark.parametrize("verb", ["connect", "read_check", "read_live"])
async def test_a_pulled_adapter_is_named_in_every_verb(rig: Any, verb: str) -> None:
    await connected(rig)
    rig.lane.fault("obd", "unplug")
    with pytest.raises(PortLostError):
        await rig.see(getattr(rig.obd, verb)())


@pytest.mark.parametrize("kind", ["truncation", "bit_flips", "delay", "babble"])
async def test_every_wire_fault_ends_in_facts_of_this_truck_or_in_a_named_error(rig: Any, kind: str) -> None:
    await connected(rig, "heavy_diesel_mil_on")
    rig.lane.fault("obd", kind)
    try:
        facts = await rig.see(rig.obd.read_check())
    except DeviceError:
        return
    assert facts.stored_codes == MIL_ON.diagnosis.stored
