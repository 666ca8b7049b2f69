"""The gas analyzers that share a vocabulary: transcripts by each one's own bytes, and the simulated sample line."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from pydantic import ValidationError

from drivers.errors import (
    GarbledReplyError,
    NoReplyError,
    NotReadyError,
    PortLostError,
    RefusedError,
    WrongDeviceError,
)
from drivers.readings import AmbientReading, AnalyzerStatus, GasReading
from drivers.registry import DRIVERS
from drivers.roles import GasAnalyzer
from protocols import amb, fasm_5000, fga_4100, gas_simple, mqw_50
from protocols.gas import Action, Dialect, Done, Gases, Outcome, Refused, Status
from protocols.weather import Weather
from tests.drivers.conftest import built

NO_FLOW = frozenset({"flow_not_told"})
LOOK = Gases(
    96.0, 0.41, 14.02, 0.88, 180.0, 2510.0, 86.0, 1.01, 14.7,
    flow_word=30.0, line_pressure_kpa=98.1, pef=0.5, weather=Weather(25.1, 55.0, 100.8),
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """One device: the golden question and answer for its gases, and what the lane gets for them."""

    device: str
    dialect: Dialect
    question: str
    answer: str
    reading: GasReading
    settings: dict[str, Any] = field(default_factory=dict)
    rest: tuple[tuple[Action, Any], ...] = ()
    """What it answers to the questions that come with opening and reading."""
    gives_up: tuple[str, ...] = ()
    """Verbs that it has no published command for."""


FLA, MEXA = amb.dialect(amb.fla_501()), amb.dialect(amb.MEXA_584L)
S506, S511 = gas_simple.dialect(gas_simple.NHA_506), gas_simple.dialect(gas_simple.MQW_511)
M50A, M50B = mqw_50.dialect(mqw_50.MQW_50A), mqw_50.dialect(mqw_50.MQW_50B)
M50_AT_REST = ((Action.READ_STATUS, mqw_50.status()),)
FITTED = ("o2_fitted", "no_fitted", "rpm_fitted", "oil_fitted")
WARM = amb.MEXA_584L.status(Action.READ_STATUS)
AT_REST = amb.MEXA_584L.status(Action.READ_PARTS, *FITTED)
KINDS = {
    "fla": Kind(
        "fuli-fla-501", FLA, "02 01 40 BD",
        "06 13 40 00 05 7A 01 9C 00 60 00 58 00 B4 09 CE 03 5E 00 65 39 58 F1",
        GasReading(96.0, 0.412, 14.02, 0.88, 180.0, 2510.0, 86.2, 1.01, NO_FLOW),
        {"ambient_air": "valve_on"},
        gives_up=("status", "purge", "check_leak"),
    ),
    "mexa": Kind(
        "horiba-mexa-584l", MEXA, "02 01 40 BD",
        "06 40 00 00 00 05 7A 00 29 00 60 00 58 00 93 03 F2 00 00 00 00 00 B4 09 CE 00 56 F1",
        GasReading(96.0, 0.41, 14.02, 0.88, 180.0, 2510.0, 86.0, 1.01, NO_FLOW),
        rest=((Action.READ_STATUS, WARM), (Action.READ_PARTS, AT_REST)),
        gives_up=("draw_ambient", "purge", "check_leak"),
    ),
    "506": Kind(
        "nanhua-nha-506", S506, "03", "06 00 60 00 29 05 7A 00 58 00 B4 09 CE 03 5E 00 65 00 00 00 B7",
        GasReading(96.0, 0.41, 14.02, 0.88, 180.0, 2510.0, 86.2, 1.01, NO_FLOW),
        rest=((Action.READ_STATUS, gas_simple.status("ready")),),
        gives_up=("draw_ambient", "purge", "zero", "check_leak"),
    ),
    "511": Kind(
        "mingquan-mqw-511", S511, "03", "06 00 60 00 29 05 7A 00 58 00 B4 09 CE 00 56 00 65 00 AC",
        GasReading(96.0, 0.41, 14.02, 0.88, 180.0, 2510.0, 86.0, 1.01, NO_FLOW),
        gives_up=("status", "draw_ambient", "purge", "zero", "check_leak"),
    ),
    "50a": Kind(
        "mingquan-mqw-50a", M50A, "02 60 03 9B",
        "06 60 1B 05 7A 00 29 00 60 00 B4 00 58 02 26 03 5E 00 FB 09 CE 03 D5 03 EB 03 F0 57",
        GasReading(96.0, 0.41, 14.02, 0.88, 180.0, 2510.0, 86.2, 1.003, frozenset()), rest=M50_AT_REST,
    ),
    "50b": Kind(
        "mingquan-mqw-50b", M50B, "02 A3 03 58",
        "06 A3 17 05 7A 00 29 00 60 00 B4 00 58 03 5E 09 CE 03 D5 03 EB 02 00 2C",
        GasReading(96.0, 0.41, 14.02, 0.88, 180.0, 2510.0, 86.2, 1.003, frozenset()), rest=M50_AT_REST,
    ),
    "fasm": Kind(
        "foshan-fasm-5000", fasm_5000.DIALECT, "5A 5A 01 02 00 00 FD",
        "A5 A5 01 02 18 00 E5 60 00 29 00 7A 05 58 00 B4 00 64 00 CE 09 5E 03 1E 00 F5 03 FA 00 29 02 15",
        GasReading(96.0, 0.41, 14.02, 0.88, 180.0, 2510.0, 86.2, 1.0, NO_FLOW),
        gives_up=("status",),
    ),
    "fga": Kind(
        "foshan-fga-4100", fga_4100.DIALECT, "7E 01 F4 0A 7E 04 00 01 02 02 F6",
        "7E 01 C6 38 7E 01 81 7D 7E 29 01 01 02 00 00 00 00 00 30 30 39 36 30 30 34 31 30 31 34 30 30 30 30 39 30 31"
        " 38 30 30 31 30 30 32 35 31 30 30 38 36 32 BB",
        GasReading(96.0, 0.41, 14.0, 0.9, 180.0, 2510.0, 86.2, 1.0, NO_FLOW),
        gives_up=("status", "draw_ambient", "purge", "check_leak", "say no"),
    ),
}  # fmt: skip
TAKEN = (
    Action.MEASURE, Action.STANDBY, Action.PUMP_ON, Action.PUMP_OFF, Action.VALVE_ON, Action.VALVE_OFF,
    Action.DRAW_SAMPLE, Action.DRAW_AMBIENT, Action.PURGE, Action.STOP, Action.ZERO, Action.LEAK_CHECK,
)  # fmt: skip


def those_that(verb: str) -> pytest.MarkDecorator:
    able = [name for name, kind in KINDS.items() if verb not in kind.gives_up]
    return pytest.mark.parametrize("kind", able, indirect=True)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


def made(kind: Kind, script: Any, clock: Any) -> Any:
    return built(GasAnalyzer, "gas", kind.device, script, clock, **kind.settings)


def say(kind: Kind, script: Any, action: Action, *replies: Any) -> None:
    said = [kind.dialect.encode_reply(action, each) for each in replies]
    script.answers[kind.dialect.encode_request(action)] = said if len(said) > 1 else said[0]


def flipped(answer: bytes, bit: int) -> bytes:
    """Return the answer with one bit tipped over, in what its checksum covers."""
    at = min(20, len(answer) - 2)
    return answer[:at] + bytes([answer[at] ^ bit]) + answer[at + 1 :]


def names(kind: Kind, script: Any) -> list[str]:
    found = [kind.dialect.decode_request(frame).action for frame in script.heard]
    return [action.name.lower() for action in found if action is not None]


async def opened(kind: Kind, script: Any, clock: Any, see: Any) -> Any:
    for action in TAKEN:
        if action in kind.dialect.actions:
            say(kind, script, action, Done(action))
    for action, reply in kind.rest:
        say(kind, script, action, reply)
    script.answers[bytes.fromhex(kind.question)] = bytes.fromhex(kind.answer)
    gas = made(kind, script, clock)
    await see(gas.open())
    return gas


@pytest.fixture
async def gas(kind: Kind, script: Any, manual_clock: Any, see: Any) -> Any:
    analyzer = await opened(kind, script, manual_clock, see)
    script.heard.clear()
    return analyzer


# --- every one of them ------------------------------------------------------------------------------------------


async def test_gases_are_read_with_the_golden_question(gas: Any, kind: Kind, script: Any, see: Any) -> None:
    assert await see(gas.read()) == kind.reading
    assert script.heard[-1] == bytes.fromhex(kind.question)


@pytest.mark.parametrize("fault", ["silence", "cut", "damaged", "twice", "noise", "foreign"])
async def test_wire_faults_end_in_named_errors(gas: Any, kind: Kind, script: Any, see: Any, fault: str) -> None:
    answer = bytes.fromhex(kind.answer)
    said = {
        "silence": b"", "cut": answer[:-1], "damaged": flipped(answer, 0x04),
        "twice": answer * 2, "noise": b"U" * 60, "foreign": kind.dialect.encode_reply(Action.ZERO, Done(Action.ZERO)),
    }  # fmt: skip
    script.answers[bytes.fromhex(kind.question)] = said[fault]
    with pytest.raises(NoReplyError if fault == "silence" else GarbledReplyError):
        await see(gas.read())


async def test_a_bit_flip_is_asked_again(gas: Any, kind: Kind, script: Any, see: Any) -> None:
    answer = bytes.fromhex(kind.answer)
    script.answers[bytes.fromhex(kind.question)] = [flipped(answer, 0x01), answer]
    assert await see(gas.read()) == kind.reading


async def test_a_late_answer_is_never_taken_for_the_next_one(gas: Any, kind: Kind, script: Any, see: Any) -> None:
    question = bytes.fromhex(kind.question)
    script.answers[question] = b""
    with pytest.raises(NoReplyError):
        await see(gas.read())
    script.say(kind.dialect.encode_reply(Action.READ, replace(LOOK, hc_ppm=1999.0)))
    script.answers[question] = bytes.fromhex(kind.answer)
    assert (await see(gas.read())).hc_ppm == 96.0


@those_that("say no")
async def test_a_refusal_is_named(gas: Any, kind: Kind, script: Any, see: Any) -> None:
    say(kind, script, Action.READ, Refused(0x02))
    with pytest.raises(RefusedError, match="said no"):
        await see(gas.read())


async def test_what_no_such_sensor_can_mean_is_none_with_a_flag(gas: Any, kind: Kind, script: Any, see: Any) -> None:
    say(kind, script, Action.READ, replace(LOOK, co2_pct=40.0, engine_rpm=12_500.0 if "fga" not in kind.device else 0))
    reading = await see(gas.read())
    assert reading.co2_pct is None
    assert "co2_pct_out_of_range" in reading.flags
    assert reading.hc_ppm == 96.0


async def test_what_it_cannot_do_is_refused_by_name_and_nothing_is_sent(
    gas: Any, kind: Kind, script: Any, see: Any
) -> None:
    for verb in set(kind.gives_up) - {"say no"}:
        with pytest.raises(RefusedError, match="no known command"):
            await see(getattr(gas, verb)())
    assert script.heard == []


async def test_another_device_on_the_line_is_the_wrong_one(
    kind: Kind, script: Any, manual_clock: Any, see: Any
) -> None:
    script.reply = lambda data: b"?\r"
    with pytest.raises(WrongDeviceError, match=kind.dialect.name):
        await see(made(kind, script, manual_clock).open())


async def test_a_pulled_cable_is_felt_at_once(gas: Any, script: Any) -> None:
    script.near.unplug()
    with pytest.raises(PortLostError):
        await gas.read()
    await gas.close()
    await gas.close()


# --- FLA-501 ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ambient_air", "air", "sample"),
    [("valve_on", "valve_on", "valve_off"), ("valve_off", "valve_off", "valve_on"), ("none", None, None)],
)
async def test_the_lane_file_says_what_the_valve_of_an_fla_501_draws(
    script: Any, manual_clock: Any, see: Any, ambient_air: str, air: str | None, sample: str | None
) -> None:
    kind = replace(KINDS["fla"], settings={"ambient_air": ambient_air})
    gas = await opened(kind, script, manual_clock, see)
    script.heard.clear()
    await see(gas.draw_sample())
    assert names(kind, script) == ["measure", *([sample] if sample else []), "pump_on"]
    script.heard.clear()
    if air is None:
        with pytest.raises(RefusedError, match="no known command"):
            await see(gas.draw_ambient())
    else:
        await see(gas.draw_ambient())
        assert names(kind, script) == ["measure", air, "pump_on"]
        script.heard.clear()
    await see(gas.stop_pump())
    assert names(kind, script) == ["pump_off", "standby"]


def test_what_the_valve_draws_is_said_and_never_assumed() -> None:
    for wrong in ({}, {"ambient_air": "on"}, {"ambient_air": None}):
        with pytest.raises(ValidationError):
            DRIVERS["fuli-fla-501"].settings.model_validate({"driver": "fuli-fla-501", "port": "x", **wrong})


async def test_the_zero_of_an_fla_501_is_set_over_air_and_given_its_time(
    script: Any, manual_clock: Any, see: Any
) -> None:
    gas = await opened(KINDS["fla"], script, manual_clock, see)
    script.heard.clear()
    zeroing = asyncio.create_task(gas.zero())
    await manual_clock.advance(44.0)
    assert not zeroing.done()
    await manual_clock.advance(2.0)
    await zeroing
    assert names(KINDS["fla"], script) == ["measure", "valve_on", "pump_on", "zero", "pump_off", "standby"]


async def test_an_fla_501_may_answer_switches_at_length(script: Any, manual_clock: Any, see: Any) -> None:
    longer = amb.dialect(amb.fla_501(long_switch_answers=True))
    kind = replace(KINDS["fla"], dialect=longer, settings={"ambient_air": "none", "long_switch_answers": True})
    gas = await opened(kind, script, manual_clock, see)
    await see(gas.draw_sample())
    short = await opened(replace(kind, settings={"ambient_air": "none", "long_switch_answers": True}), script,
                         manual_clock, see)  # fmt: skip
    say(KINDS["fla"], script, Action.PUMP_ON, Done(Action.PUMP_ON))
    with pytest.raises(GarbledReplyError):
        await see(short.draw_sample())


# --- MEXA-584L --------------------------------------------------------------------------------------------------


@pytest.fixture
async def mexa(script: Any, manual_clock: Any, see: Any) -> Any:
    return await opened(KINDS["mexa"], script, manual_clock, see)


def parts(*words: str) -> Status:
    return amb.MEXA_584L.status(Action.READ_PARTS, *words)


async def test_a_mexa_says_what_it_is_doing(mexa: Any, script: Any, see: Any) -> None:
    assert await see(mexa.status()) == AnalyzerStatus("ready")
    say(KINDS["mexa"], script, Action.READ_PARTS, parts("measuring"))
    assert await see(mexa.status()) == AnalyzerStatus("measuring")
    say(KINDS["mexa"], script, Action.READ_STATUS, amb.MEXA_584L.status(Action.READ_STATUS, "warming"))
    assert await see(mexa.status()) == AnalyzerStatus("warming")


async def test_a_warming_mexa_gives_no_values_and_is_left_alone(script: Any, manual_clock: Any, see: Any) -> None:
    warming = amb.MEXA_584L.status(Action.READ_STATUS, "warming")
    kind = replace(KINDS["mexa"], rest=((Action.READ_STATUS, warming), (Action.READ_PARTS, AT_REST)))
    gas = await opened(kind, script, manual_clock, see)
    assert "standby" not in names(kind, script)
    with pytest.raises(NotReadyError, match="warming"):
        await see(gas.read())


async def test_sensors_that_are_not_fitted_have_no_value_and_troubles_are_told(
    mexa: Any, script: Any, see: Any
) -> None:
    say(KINDS["mexa"], script, Action.READ_PARTS, parts("measuring", "o2_fitted", "leak", "filter_dirty", "hc_hang_up"))
    reading = await see(mexa.read())
    assert (reading.o2_pct, reading.no_ppm, reading.engine_rpm, reading.oil_temp_c) == (0.88, None, None, None)
    assert reading.flags == NO_FLOW | {"leak", "filter_dirty", "hc_hang_up"}


async def test_the_zero_of_a_mexa_is_done_when_it_is_again_what_it_was(
    mexa: Any, script: Any, manual_clock: Any, see: Any
) -> None:
    at_work = Status(b"\x00\x01" + bytes(11), frozenset())
    failed_before = amb.MEXA_584L.status(Action.READ_STATUS, "calibration_error")
    say(KINDS["mexa"], script, Action.READ_STATUS, failed_before, *[at_work] * 33, *[WARM] * 9)
    started_ms = manual_clock.now_ms()
    await see(mexa.zero(), 60.0)
    assert 32_000 <= manual_clock.now_ms() - started_ms <= 36_000


async def test_a_zero_that_failed_is_told_by_the_sensors_that_are_fitted(mexa: Any, script: Any, see: Any) -> None:
    failed = amb.MEXA_584L.status(Action.READ_STATUS, "no_calibration_error")
    say(KINDS["mexa"], script, Action.READ_STATUS, failed)
    with pytest.raises(RefusedError, match="no_calibration_error"):
        await see(mexa.zero(), 60.0)
    say(KINDS["mexa"], script, Action.READ_PARTS, parts("o2_fitted"))
    await see(mexa.zero(), 60.0)


async def test_a_zero_without_end_is_named(mexa: Any, script: Any, see: Any) -> None:
    say(KINDS["mexa"], script, Action.READ_STATUS, WARM, *[Status(b"\x00\x01" + bytes(11), frozenset())] * 200)
    with pytest.raises(NotReadyError, match="still at it after 120 s"):
        await see(mexa.zero(), 140.0)


# --- FASM-5000 --------------------------------------------------------------------------------------------------


@pytest.fixture
async def fasm(script: Any, manual_clock: Any, see: Any) -> Any:
    return await opened(KINDS["fasm"], script, manual_clock, see)


def told(reply: Outcome | Refused) -> bytes:
    return fasm_5000.encode_reply(Action.ZERO, reply)


async def test_the_weather_of_a_fasm_comes_with_its_gases(fasm: Any, script: Any, see: Any) -> None:
    assert await see(fasm.read_ambient()) == AmbientReading(25.0, 55.3, 101.3)
    say(KINDS["fasm"], script, Action.READ, replace(LOOK, weather=Weather(-300.0, 130.0, 8.0)))
    assert await see(fasm.read_ambient()) == AmbientReading(None, None, None)


@pytest.mark.parametrize(("well", "tight"), [(True, True), (False, False)])
async def test_the_end_of_a_leak_check_is_heard_unasked(
    fasm: Any, script: Any, manual_clock: Any, well: bool, tight: bool
) -> None:
    checking = asyncio.create_task(fasm.check_leak())
    await manual_clock.advance(20.0)
    assert not checking.done()
    end = told(Outcome(well))
    script.say(b"\xff" + end[:3])
    await manual_clock.advance(0.1)
    script.say(end[3:])
    await manual_clock.advance(0.1)
    assert await checking is tight


async def test_an_end_that_comes_with_the_acknowledgement_counts(fasm: Any, script: Any, see: Any) -> None:
    taken = fasm_5000.encode_reply(Action.ZERO, Done(Action.ZERO))
    question = fasm_5000.encode_request(Action.ZERO)
    script.answers[question] = taken + told(Outcome(well=True))
    await see(fasm.zero())
    for answer, said in ((taken + told(Refused()), "cannot"), (told(Refused()), "cannot"),
                         (taken + told(Outcome(well=False)), "failed")):  # fmt: skip
        script.answers[question] = answer
        with pytest.raises(RefusedError, match=said):
            await see(fasm.zero())
    assert names(KINDS["fasm"], script).count("zero") == 4, "work is never asked for twice"


async def test_work_whose_end_never_comes_is_named(fasm: Any, see: Any) -> None:
    with pytest.raises(NotReadyError, match="still at it after 180 s"):
        await see(fasm.zero(), 200.0)


async def test_the_end_of_earlier_work_is_no_answer_to_a_question(fasm: Any, script: Any, see: Any) -> None:
    answer = bytes.fromhex(KINDS["fasm"].answer)
    script.answers[bytes.fromhex(KINDS["fasm"].question)] = told(Outcome(well=True)) + answer
    assert (await see(fasm.read())).hc_ppm == 96.0


# --- FGA-4100 ---------------------------------------------------------------------------------------------------


async def test_the_zero_of_an_fga_is_given_its_time_and_may_be_acknowledged_at_length(
    script: Any, manual_clock: Any, see: Any
) -> None:
    gas = await opened(KINDS["fga"], script, manual_clock, see)
    question = fga_4100.encode_request(Action.ZERO)
    for more in (b"", fga_4100.ZERO_TAKEN):
        script.answers[question] = fga_4100.AWAKE + more
        started_ms = manual_clock.now_ms()
        await see(gas.zero(), 40.0)
        assert 30_000 <= manual_clock.now_ms() - started_ms < 31_000
    script.answers[question] = fga_4100.AWAKE + b"\x7e\x05\x02"
    with pytest.raises(GarbledReplyError, match="more than one answer"):
        await see(gas.zero())


async def test_a_field_without_a_number_is_no_value(script: Any, manual_clock: Any, see: Any) -> None:
    gas = await opened(KINDS["fga"], script, manual_clock, see)
    say(KINDS["fga"], script, Action.READ, replace(LOOK, oil_temp_c=None))
    reading = await see(gas.read())
    assert (reading.oil_temp_c, reading.flags) == (None, NO_FLOW)


# --- against the simulated sample line --------------------------------------------------------------------------


@pytest.fixture
async def rig(kind: Kind, new_rig: Any) -> AsyncIterator[Any]:
    made = new_rig(kind.device, **kind.settings)
    await made.see(made.devices["gas"].open())
    yield made
    await made.see(made.devices["gas"].close())


async def test_it_sets_zero_and_reads_the_exhaust_of_a_car(rig: Any, kind: Kind) -> None:
    gas = rig.devices["gas"]
    if "zero" not in kind.gives_up:
        await rig.see(gas.zero())
    clean = await rig.see(gas.read())
    assert abs(clean.hc_ppm) < 5.0
    rig.lane.drive_on("worn_catalyst")
    await rig.wait(4.0)
    rig.lane.hold_probe(True)
    await rig.see(gas.draw_sample())
    await rig.wait(14.0)
    reading, cell = await rig.see(gas.read()), rig.lane.line.cell
    assert reading.flags <= NO_FLOW
    assert reading.hc_ppm == pytest.approx(cell.hc_ppm, abs=3.0)
    assert reading.co_pct == pytest.approx(cell.co_pct, abs=0.02)
    assert reading.co2_pct == pytest.approx(cell.co2_pct, abs=0.12)
    assert reading.o2_pct == pytest.approx(cell.o2_pct, abs=0.12)
    assert reading.no_ppm == pytest.approx(cell.no_ppm, abs=6.0)
    assert reading.engine_rpm == pytest.approx(rig.lane.vehicle.engine_rpm, abs=30.0)
    air = rig.lane.line.air
    known = AmbientReading(air.temp_c, air.humidity_pct, air.pressure_kpa)
    assert await rig.see(gas.read_ambient()) in (known, AmbientReading(None, None, None))
    await rig.see(gas.stop_pump())
    assert rig.lane.line.pump == "off"


@those_that("draw_ambient")
async def test_it_draws_ambient_air_where_it_can(rig: Any) -> None:
    await rig.see(rig.devices["gas"].draw_ambient())
    assert rig.lane.line.pump == "ambient"


@those_that("check_leak")
async def test_leaks_are_found_where_it_checks_for_them(rig: Any) -> None:
    gas = rig.devices["gas"]
    assert await rig.see(gas.check_leak()) is True
    rig.lane.fault("gas", "leak")
    assert await rig.see(gas.check_leak()) is False


async def test_while_it_warms_up_it_draws_nothing(rig: Any) -> None:
    rig.lane.fault("gas", "power_cut")
    with pytest.raises((NoReplyError, NotReadyError, RefusedError)):
        await rig.see(rig.devices["gas"].draw_sample())
    await rig.pull_and_put_back("gas")


@pytest.mark.parametrize("fault", ["silence", "truncation", "bit_flips", "delay", "babble"])
async def test_trouble_on_the_wire_ends_in_named_errors_or_good_readings(rig: Any, fault: str) -> None:
    rig.lane.fault("gas", fault)
    ends_seen, readings = await rig.outcomes(rig.devices["gas"].read)
    assert ends_seen <= {"reading", "no_reply", "garbled_reply"}
    if fault in ("silence", "truncation"):
        assert "reading" not in ends_seen
    for reading in readings:
        assert abs(reading.hc_ppm) < 8.0
    rig.lane.clear()
    await rig.wait(2.0)
    await rig.see(rig.devices["gas"].read())
