"""Exhaust flow meters: transcripts by each one's own bytes, and the simulated tube behind a car."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from drivers.errors import GarbledReplyError, NoReplyError, NotReadyError, PortLostError, RefusedError, WrongDeviceError
from drivers.readings import AnalyzerStatus, FlowReading
from drivers.registry import DRIVERS
from drivers.roles import FlowMeter
from protocols import flow_binary, flow_flv, flow_mql, nhf1
from protocols.flow import Action, Dialect, Done, Flow, Refused, Reply, Status
from tests.drivers.conftest import built

NONE: frozenset[str] = frozenset()


def spelled(text: str) -> str:
    return (text + "\r\n").encode().hex(" ")


@dataclass(frozen=True)
class Kind:
    """One device: the golden question and answer for a look at the gas, and what they say."""

    dialect: Dialect
    question: str
    answer: str
    reading: FlowReading
    settings: dict[str, Any] = field(default_factory=dict)


KINDS = {
    "nanhua-nhf-1": Kind(
        nhf1.DIALECT, spelled(":0103125800058D"), spelled(":01030A071C0138276500E600CD57"),
        FlowReading(108.548, 31.2, 100.85, 18.2, NONE),
    ),
    "vmas-flow-binary": Kind(
        flow_binary.DIALECT, "37 00 00 00 37 00",
        "37 06 1A 00" + " 00" * 38 + " 1C 07 21 07 38 01 65 27 E6 00 00 00 00 00 4D 02",
        FlowReading(108.548, 31.2, 100.85, 18.25, NONE), {"flow": "in_tube"},
    ),
    "mingquan-mql-100": Kind(
        flow_mql.DIALECT, "02 86 03 75", "06 86 0D 07 1C 03 F0 01 38 02 8B 02 44 45",
        FlowReading(108.5, 31.2, 100.8, 18.2, NONE),
    ),
    "fuli-flv-1000": Kind(
        flow_flv.DIALECT, "86 02 78 00", "86 0A 00 07 1C 03 F0 01 38 04 3D 90",
        FlowReading(108.5, 31.2, 100.8, 18.2, NONE),
    ),
}  # fmt: skip
WARM = Status(NONE)


@pytest.fixture(params=KINDS)
def device(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def kind(device: str) -> Kind:
    return KINDS[device]


def made(device: str, script: Any, clock: Any, **settings: Any) -> Any:
    return built(FlowMeter, "flow", device, script, clock, **{**KINDS[device].settings, **settings})


def say(kind: Kind, script: Any, action: Action, reply: Reply) -> None:
    script.answers[kind.dialect.encode_request(action)] = kind.dialect.encode_reply(action, reply)


@pytest.fixture
async def meter(device: str, kind: Kind, script: Any, manual_clock: Any, see: Any) -> Any:
    say(kind, script, Action.READ_STATUS, WARM)
    script.answers[bytes.fromhex(kind.question)] = bytes.fromhex(kind.answer)
    flow_meter = made(device, script, manual_clock)
    await see(flow_meter.open())
    script.heard.clear()
    return flow_meter


async def test_the_gas_is_read_with_the_golden_question(meter: Any, kind: Kind, script: Any, see: Any) -> None:
    assert await see(meter.read()) == kind.reading
    assert script.heard == [bytes.fromhex(kind.question)]


async def test_a_flow_of_twenty_degrees_is_turned_into_that_of_the_tube(
    script: Any, manual_clock: Any, see: Any
) -> None:
    kind = KINDS["vmas-flow-binary"]
    say(kind, script, Action.READ_STATUS, WARM)
    script.answers[bytes.fromhex(kind.question)] = bytes.fromhex(kind.answer)
    flow_meter = made("vmas-flow-binary", script, manual_clock, flow="of_20_c")
    await see(flow_meter.open())
    reading = await see(flow_meter.read())
    assert reading.flow_l_s == pytest.approx(108.548 * 304.35 / 293.15 * 101.325 / 100.85)
    say(kind, script, Action.READ, Flow(18.0, 31.2, 0.0, 108.5))
    reading = await see(flow_meter.read())
    assert (reading.flow_pressure_kpa, reading.flags) == (None, {"flow_pressure_kpa_out_of_range"})
    with pytest.raises(ValueError, match="flow"):
        DRIVERS["vmas-flow-binary"].settings.model_validate({"driver": "vmas-flow-binary", "port": "x"})


async def test_the_status_says_warming_or_fault(meter: Any, kind: Kind, script: Any, see: Any) -> None:
    assert await see(meter.status()) == AnalyzerStatus("ready")
    say(kind, script, Action.READ_STATUS, Status(frozenset({"warming"})))
    assert await see(meter.status()) == AnalyzerStatus("warming")
    if kind.dialect.name in ("MQL-100", "FLV-1000"):
        say(kind, script, Action.READ_STATUS, Status(frozenset({"pressure_fault"})))
        assert await see(meter.status()) == AnalyzerStatus("fault")


async def test_the_blower_is_switched_where_a_command_does_it(meter: Any, kind: Kind, script: Any, see: Any) -> None:
    if not meter.has_blower:
        with pytest.raises(RefusedError, match="no command"):
            await see(meter.set_blower(on=True))
        assert script.heard == []
        return
    for on, action in ((True, Action.BLOWER_ON), (False, Action.BLOWER_OFF)):
        say(kind, script, action, Done(action))
        await see(meter.set_blower(on=on))
        assert script.heard.pop() == kind.dialect.encode_request(action)


@pytest.mark.parametrize("fault", ["silence", "cut", "damaged", "twice", "noise", "foreign"])
async def test_wire_faults_end_in_named_errors(meter: Any, kind: Kind, script: Any, see: Any, fault: str) -> None:
    answer = bytes.fromhex(kind.answer)
    said = {
        "silence": b"", "cut": answer[:-1], "damaged": answer[:8] + bytes([answer[8] ^ 1]) + answer[9:],
        "twice": answer * 2, "noise": b"U" * 70,
        "foreign": kind.dialect.encode_reply(Action.READ_STATUS, WARM),
    }  # fmt: skip
    script.answers[bytes.fromhex(kind.question)] = said[fault]
    with pytest.raises(NoReplyError if fault == "silence" else GarbledReplyError):
        await see(meter.read())


async def test_a_refusal_is_one(meter: Any, kind: Kind, script: Any, see: Any) -> None:
    say(kind, script, Action.READ, Refused(2))
    with pytest.raises(RefusedError, match="said no"):
        await see(meter.read())


async def test_a_busy_meter_is_not_ready(script: Any, manual_clock: Any, see: Any) -> None:
    kind = KINDS["vmas-flow-binary"]
    say(kind, script, Action.READ_STATUS, WARM)
    say(kind, script, Action.READ, Refused(5, busy=True))
    flow_meter = made("vmas-flow-binary", script, manual_clock)
    await see(flow_meter.open())
    with pytest.raises(NotReadyError, match="busy"):
        await see(flow_meter.read())


async def test_a_late_answer_is_never_taken_for_the_next_one(meter: Any, kind: Kind, script: Any, see: Any) -> None:
    question = bytes.fromhex(kind.question)
    script.answers[question] = b""
    with pytest.raises(NoReplyError):
        await see(meter.read())
    script.say(bytes.fromhex(kind.answer))
    say(kind, script, Action.READ, Flow(20.5, 25.0, 100.0, 60.0))
    assert (await see(meter.read())).dilute_o2_pct == 20.5


async def test_what_no_such_sensor_can_mean_is_none_with_a_flag(meter: Any, kind: Kind, script: Any, see: Any) -> None:
    say(kind, script, Action.READ, Flow(99.0, 31.2, 10.0, 108.5))
    reading = await see(meter.read())
    assert (reading.dilute_o2_pct, reading.flow_pressure_kpa, reading.flow_temp_c) == (None, None, 31.2)
    assert reading.flags == {"dilute_o2_pct_out_of_range", "flow_pressure_kpa_out_of_range"}


async def test_a_pulled_cable_is_felt_at_once(meter: Any, script: Any) -> None:
    script.near.unplug()
    with pytest.raises(PortLostError):
        await meter.read()
    await meter.close()


async def test_another_device_on_the_line_is_the_wrong_one(
    device: str, kind: Kind, script: Any, manual_clock: Any, see: Any
) -> None:
    script.answers[kind.dialect.encode_request(Action.READ_STATUS)] = b"?\r"
    with pytest.raises(WrongDeviceError, match=kind.dialect.name):
        await see(made(device, script, manual_clock).open())


# --- against the simulated tube ---------------------------------------------------------------------------------


@pytest.fixture
async def rig(device: str, kind: Kind, new_rig: Any) -> AsyncIterator[Any]:
    made = new_rig(device, **kind.settings)
    await made.see(made.devices["flow"].open())
    yield made
    await made.see(made.devices["flow"].close())


async def test_it_sees_how_the_exhaust_thins_the_oxygen(rig: Any) -> None:
    flow = rig.devices["flow"]
    if flow.has_blower:
        await rig.see(flow.set_blower(on=True))
    await rig.wait(12.0)
    clean = await rig.see(flow.read())
    assert clean.dilute_o2_pct == pytest.approx(20.9, abs=0.1)
    assert clean.flow_l_s == pytest.approx(108.0, abs=2.0)
    rig.lane.drive_on("clean_petrol")
    await rig.wait(3.5)
    rig.lane.rev(2500.0)
    await rig.wait(8.0)
    thinned = await rig.see(flow.read())
    share = rig.lane.vehicle.exhaust_l_s / 108.0
    assert thinned.dilute_o2_pct == pytest.approx(20.9 * (1.0 - share), abs=0.6)
    assert thinned.dilute_o2_pct < 20.0
    assert thinned.flow_temp_c > clean.flow_temp_c
    rig.lane.fault("flow", "off_pipe")
    await rig.wait(6.0)
    assert (await rig.see(flow.read())).dilute_o2_pct == pytest.approx(20.9, abs=0.1)


async def test_after_a_power_cut_it_warms_up_and_comes_back(rig: Any) -> None:
    flow = rig.devices["flow"]
    rig.lane.fault("flow", "power_cut")
    assert await rig.see(flow.status()) == AnalyzerStatus("warming")
    rig.lane.tube.warm_up_left_s = 0.1
    await rig.wait(0.2)
    assert await rig.see(flow.status()) == AnalyzerStatus("ready")
    await rig.pull_and_put_back("flow")


@pytest.mark.parametrize("fault", ["silence", "truncation", "bit_flips", "delay", "babble"])
async def test_trouble_on_the_wire_ends_in_named_errors_or_good_readings(rig: Any, fault: str) -> None:
    rig.lane.fault("flow", fault)
    ends_seen, readings = await rig.outcomes(rig.devices["flow"].read)
    assert ends_seen <= {"reading", "no_reply", "garbled_reply", "refused"}
    assert [each.dilute_o2_pct for each in readings] == pytest.approx([20.9] * len(readings), abs=0.2)
    rig.lane.clear()
    await rig.wait(2.0)
    assert (await rig.see(rig.devices["flow"].read())).dilute_o2_pct is not None
