"""MQY-200, FLB-100 and FTY-100 in both its forms: transcripts by each one's own bytes, and the simulated chamber."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from drivers.errors import (
    GarbledReplyError,
    NoReplyError,
    NotReadyError,
    PortLostError,
    RefusedError,
    WrongDeviceError,
)
from drivers.readings import AnalyzerStatus, OpacityMaxima, OpacityReading
from drivers.registry import DRIVERS
from drivers.roles import Opacimeter
from protocols import flb100, fty100, nht, nht_610
from protocols.smoke import Action, Alarms, Dialect, Done, Maxima, Refused, Smoke, State
from tests.drivers.conftest import built


@dataclass(frozen=True)
class Kind:
    """One device and its form: the golden question and answer for smoke, and what it is that they say."""

    device: str
    dialect: Dialect
    question: str
    answer: str
    reading: OpacityReading
    settings: dict[str, Any] = field(default_factory=dict)


NONE: frozenset[str] = frozenset()
FTY_ANSWER, FTY_READING = "01 08 02 01 60 00 4B 09 B0 90", OpacityReading(35.2, None, 2480.0, None, None, NONE)
KINDS = {
    "mqy": Kind(
        "mingquan-mqy-200", nht.dialect(nht.MQY_200), "A6 5A", "A6 01 60 00 65 09 B0 01 66 74",
        OpacityReading(35.2, 1.01, 2480.0, 85.0, None, NONE),
    ),
    "flb": Kind(
        "fuli-flb-100", flb100.dialect(oil_in_tenths=True), "02 04 02 F8", "06 0D 02 00 65 01 60 4B 03 52 09 B0 CC",
        OpacityReading(35.2, 1.01, 2480.0, 85.0, 75.0, NONE),
    ),
    "610": Kind(
        "nanhua-nht-610", nht_610.dialect(), "2D",
        "06 00 0A 00 05 04 B0 01 C2 01 38 00 12 00 00 01 60 00 65 09 B0 03 5E 00 00 00 00 00 00 00 00 00 00 B7",
        OpacityReading(35.2, 1.01, 2480.0, 86.2, None, NONE),
    ),
    "fty": Kind(
        "foshan-fty-100", fty100.dialect(lettered=True), "66 74 79 01 02 02 A8", FTY_ANSWER, FTY_READING,
        {"requests": "fty"},
    ),
    "bare": Kind(
        "foshan-fty-100", fty100.dialect(lettered=False), "01 02 02 FC", FTY_ANSWER, FTY_READING,
        {"requests": "bare"},
    ),
}  # fmt: skip


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


def made(kind: Kind, script: Any, clock: Any) -> Any:
    return built(Opacimeter, "opacity", kind.device, script, clock, **kind.settings)


def say(kind: Kind, script: Any, action: Action, *replies: Any, state: str | None = None) -> None:
    script.answers[kind.dialect.encode_request(action, state)] = [kind.dialect.encode_reply(each) for each in replies]


@pytest.fixture
async def opacity(kind: Kind, script: Any, manual_clock: Any, see: Any) -> Any:
    say(kind, script, Action.READ_STATE, *[State("measuring")] * 9)
    say(kind, script, Action.SET_STATE, *[Done(Action.SET_STATE)] * 9, state="measuring")
    if Action.READ_ALARMS in kind.dialect.actions:
        say(kind, script, Action.READ_ALARMS, Alarms(0))
    script.answers[bytes.fromhex(kind.question)] = bytes.fromhex(kind.answer)
    opacimeter = made(kind, script, manual_clock)
    await see(opacimeter.open())
    script.heard.clear()
    return opacimeter


async def test_smoke_is_read_with_the_golden_question(opacity: Any, kind: Kind, script: Any, see: Any) -> None:
    assert await see(opacity.read()) == kind.reading
    assert script.heard == [bytes.fromhex(kind.question)]


@pytest.mark.parametrize("fault", ["silence", "cut", "damaged", "twice", "noise", "foreign"])
async def test_wire_faults_end_in_named_errors(opacity: Any, kind: Kind, script: Any, see: Any, fault: str) -> None:
    answer = bytes.fromhex(kind.answer)
    said = {
        "silence": b"", "cut": answer[:-1], "damaged": answer[:3] + bytes([answer[3] ^ 0x08]) + answer[4:],
        "twice": answer * 2, "noise": b"U" * 40, "foreign": kind.dialect.encode_reply(State("measuring")),
    }  # fmt: skip
    script.answers[bytes.fromhex(kind.question)] = said[fault]
    with pytest.raises(NoReplyError if fault == "silence" else GarbledReplyError):
        await see(opacity.read())


async def test_a_late_answer_is_never_taken_for_the_next_one(opacity: Any, kind: Kind, script: Any, see: Any) -> None:
    question = bytes.fromhex(kind.question)
    script.answers[question] = b""
    with pytest.raises(NoReplyError):
        await see(opacity.read())
    script.say(kind.dialect.encode_reply(Smoke(99.0, 10.7, 800.0, 80.0)))
    script.answers[question] = kind.dialect.encode_reply(Smoke(1.0, 0.02, 800.0, 80.0))
    assert (await see(opacity.read())).opacity_n_pct == 1.0


async def test_a_refusal_is_explained_by_the_state_where_it_can_be(
    opacity: Any, kind: Kind, script: Any, see: Any
) -> None:
    say(kind, script, Action.READ, Refused(1), Refused(1))
    with pytest.raises(RefusedError, match="said no"):
        await see(opacity.read())
    say(kind, script, Action.READ_STATE, State("warming"), State("warming"))
    assert await see(opacity.status()) == AnalyzerStatus("warming")
    with pytest.raises(NotReadyError, match="the device is warming"):
        await see(opacity.read())


async def test_what_no_such_sensor_can_mean_is_none_with_a_flag(
    opacity: Any, kind: Kind, script: Any, see: Any
) -> None:
    script.answers[bytes.fromhex(kind.question)] = kind.dialect.encode_reply(Smoke(163.0, 0.5, 60_000.0, 80.0))
    reading = await see(opacity.read())
    assert (reading.opacity_n_pct, reading.engine_rpm) == (None, None)
    assert reading.flags == {"opacity_n_pct_out_of_range", "engine_rpm_out_of_range"}


async def test_zero_is_done_when_the_device_gives_values_again(opacity: Any, kind: Kind, script: Any, see: Any) -> None:
    say(kind, script, Action.ZERO, Done(Action.ZERO))
    clean = kind.dialect.encode_reply(Smoke(0.0, 0.0, 800.0, 80.0))
    script.answers[bytes.fromhex(kind.question)] = [kind.dialect.encode_reply(Refused(2)), clean]
    await see(opacity.zero())
    assert script.heard.count(bytes.fromhex(kind.question)) == 2
    assert await see(opacity.read_alarms()) == 0, "no alarm, or no question for alarms"


async def test_maxima_are_told_by_those_that_keep_them(opacity: Any, kind: Kind, script: Any, see: Any) -> None:
    actions = kind.dialect.actions
    if Action.READ_MAXIMA in actions:
        say(kind, script, Action.READ_MAXIMA, Maxima(61.2, 2.2, 3650.0))
        assert await see(opacity.read_maxima()) == OpacityMaxima(61.2, 2.2, 3650.0, NONE)
    else:
        with pytest.raises(RefusedError, match="no command"):
            await see(opacity.read_maxima())
    if Action.CLEAR_MAXIMA in actions:
        say(kind, script, Action.CLEAR_MAXIMA, Done(Action.CLEAR_MAXIMA))
        await see(opacity.clear_maxima())
    else:
        with pytest.raises(RefusedError, match="no command"):
            await see(opacity.clear_maxima())


async def test_a_pulled_cable_is_felt_at_once(opacity: Any, script: Any) -> None:
    script.near.unplug()
    with pytest.raises(PortLostError):
        await opacity.read()
    await opacity.close()


async def test_another_device_on_the_line_is_the_wrong_one(
    kind: Kind, script: Any, manual_clock: Any, see: Any
) -> None:
    script.answers[kind.dialect.encode_request(Action.READ_STATE, None)] = b"?\r"
    with pytest.raises(WrongDeviceError, match=kind.dialect.name):
        await see(made(kind, script, manual_clock).open())


async def test_the_lane_file_says_in_what_the_oil_is_told(script: Any, manual_clock: Any, see: Any) -> None:
    degrees = flb100.dialect(oil_in_tenths=False)
    kind = Kind("fuli-flb-100", degrees, "", "", KINDS["flb"].reading, {"oil_temp_in_tenths": False})
    say(kind, script, Action.READ_STATE, State("warming"), State("warming"))
    say(kind, script, Action.READ, Smoke(35.2, 1.01, 2480.0, 85.0))
    opacity = made(kind, script, manual_clock)
    await see(opacity.open())
    assert (await see(opacity.read())).oil_temp_c == 85.0


# --- against the simulated chamber ------------------------------------------------------------------------------


@pytest.fixture
async def rig(kind: Kind, new_rig: Any) -> AsyncIterator[Any]:
    made = new_rig(kind.device, **kind.settings)
    await made.see(made.devices["opacity"].open())
    yield made
    await made.see(made.devices["opacity"].close())


async def test_it_zeroes_and_sees_the_smoke_of_a_snap(rig: Any) -> None:
    opacity = rig.devices["opacity"]
    await rig.diesel("smoky_diesel")
    await rig.see(opacity.zero())
    rig.lane.snap()
    peak = 0.0
    for _ in range(60):
        await rig.wait(0.05)
        reading = await rig.see(opacity.read())
        assert not reading.flags
        peak = max(peak, reading.opacity_n_pct)
    assert peak > 60.0
    assert peak == pytest.approx(rig.lane.smoke.n_max_pct, abs=3.0)


async def test_after_a_power_cut_it_warms_up_and_comes_back(rig: Any) -> None:
    opacity = rig.devices["opacity"]
    rig.lane.fault("opacity", "power_cut")
    assert await rig.see(opacity.status()) == AnalyzerStatus("warming")
    with pytest.raises(NotReadyError):
        await rig.see(opacity.read())
    rig.lane.smoke.warm_up_left_s = 0.1
    await rig.wait(0.2)
    assert (await rig.see(opacity.read())).opacity_n_pct is not None
    await rig.pull_and_put_back("opacity")


@pytest.mark.parametrize("fault", ["silence", "truncation", "bit_flips", "delay", "babble"])
async def test_trouble_on_the_wire_ends_in_named_errors_or_good_readings(rig: Any, fault: str) -> None:
    rig.lane.fault("opacity", fault)
    ends_seen, readings = await rig.outcomes(rig.devices["opacity"].read)
    assert ends_seen <= {"reading", "no_reply", "garbled_reply", "refused"}
    assert [each.opacity_n_pct for each in readings] == pytest.approx([0.0] * len(readings), abs=0.5)
    rig.lane.clear()
    await rig.wait(2.0)
    assert (await rig.see(rig.devices["opacity"].read())).opacity_n_pct is not None


def test_settings_name_the_form_of_an_fty_100() -> None:
    info = DRIVERS["foshan-fty-100"]
    for wrong in ({}, {"requests": "both"}):
        with pytest.raises(ValueError, match="requests"):
            info.settings.model_validate({"driver": info.id, "port": "x", **wrong})
