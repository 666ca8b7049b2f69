"""AK racks: transcripts in their own words, the order of their channels, the simulated sample line, also over TCP."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.errors import (
    DeviceError,
    GarbledReplyError,
    NoReplyError,
    NotReadyError,
    PortLostError,
    RefusedError,
    WrongDeviceError,
)
from drivers.readings import AmbientReading, AnalyzerStatus, GasReading, NoxReading
from drivers.registry import DRIVERS
from drivers.roles import GasAnalyzer, Identity, NoxAnalyzer
from lanectl.lane.clock import RealClock
from protocols import ak
from protocols.errors import FrameLengthError, UnknownFrameError, ValueRangeError
from simulators.station import SimulatedLane
from simulators.tcp_end import WireOnTcp
from tests.drivers.conftest import built

GAS = {
    "channels": ["co_ppm", "co2_pct", "hc_ppm", "o2_pct", "no_ppm"],
    "ambient_air": "zero_gas_inlet",
    "zero_by": "SATK",
}
NOX = {"channels": ["no_ppm", "other", "co2_ppm"], "ambient_air": "none", "zero_by": "none"}


def t(text: str) -> bytes:
    return b"\x02 " + text.encode() + b"\x03"


ANSWERS = {
    "AKEN": "AKEN 0 RACK 7",
    "AKFG": "AKFG 0 CO K1 CO2 K2 HC K3 O2 K4 NO K5",
    "AKON": "AKON 0 4120.0 14.02 96.0 0.88 180.0",
    "ASTZ": "ASTZ 0 SREM STBY",
    "ASTF": "ASTF 0",
    **{code: f"{code} 0" for code in ("SREM", "STBY", "SMGA", "SNGA", "SSPL", "SATK")},
}


def say(script: Any, code: str, *texts: str) -> None:
    said = [t(text) for text in texts]
    script.answers[t(f"{code} K0")] = said if len(said) > 1 else said[0]


def heard(script: Any) -> list[str]:
    return [ak.decode_command(frame).code for frame in script.heard]


def made(script: Any, clock: Any, device: str = "ak-gas", **changed: Any) -> Any:
    role, table = (GasAnalyzer, GAS) if device == "ak-gas" else (NoxAnalyzer, NOX)
    return built(role, "rack", device, script, clock, **{**table, **changed})


@pytest.fixture
def rack_script(script: Any) -> Any:
    for code, text in ANSWERS.items():
        say(script, code, text)
    return script


@pytest.fixture
async def gas(rack_script: Any, manual_clock: Any, see: Any) -> Any:
    rack = made(rack_script, manual_clock)
    assert isinstance(rack, GasAnalyzer)
    await see(rack.open())
    return rack


# --- telegrams --------------------------------------------------------------------------------------------------

words = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=12)


@settings(max_examples=60)
@given(st.sampled_from(sorted(ak.NAMES)), st.integers(0, 9), st.lists(words, max_size=8), st.integers(1, 40))
def test_telegrams_are_read_as_they_were_meant_in_any_chunking(
    code: str, number: int, fields: list[str], size: int
) -> None:
    answer, command = ak.Answer(code, number, tuple(fields)), ak.Command(code, number, tuple(fields))
    for framer, stream, sent in (
        (ak.AnswerFramer(code), b"\x03\x02 AKON 0 1" + ak.encode_answer(answer), answer),
        (ak.Commands(), b"\x03\x02 AKON K" + ak.encode_command(command), command),
    ):
        found = [item for at in range(0, len(stream), size) for item in framer.feed(stream[at : at + size])]
        assert found == [sent]


def test_what_is_no_telegram_is_named() -> None:
    for frame in (b"", t("AK"), t("AKON K0")[:-1], b"\x02 akon 0\x03", t("AKON x"), t("AKON 0 \x07"), t("AKON  ")):
        with pytest.raises(UnknownFrameError if len(frame) >= 9 else FrameLengthError):
            ak.decode_answer(None, frame)
    for answer in (ak.Answer("AKON", 10), ak.Answer("akon", 0), ak.Answer("AKON", 0, ("a b",))):
        with pytest.raises(ValueRangeError):
            ak.encode_answer(answer)


def test_numbers_are_numbers_or_none_or_an_error() -> None:
    assert ak.numbers(("1.5", "-2", "3.2E3", "#7.1", "NaN", "NA")) == (1.5, -2.0, 3200.0, None, None, None)
    for field in ("1,5", "0x1", "1_000", "", "1.5ppm", "١"):
        with pytest.raises(UnknownFrameError):
            ak.numbers((field,))


# --- readings ---------------------------------------------------------------------------------------------------


async def test_opening_compares_takes_over_and_stands_by(gas: Any, rack_script: Any) -> None:
    assert heard(rack_script) == ["AKEN", "AKFG", "AKON", "SREM", "STBY"]


async def test_gases_come_by_the_order_of_the_lane_file_in_the_units_of_the_trace(gas: Any, see: Any) -> None:
    assert await see(gas.read()) == GasReading(
        96.0, 0.412, 14.02, 0.88, 180.0, None, None, None, frozenset({"flow_not_told"})
    )
    assert await see(gas.identify()) == Identity("RACK 7", None, None)
    assert await see(gas.read_ambient()) == AmbientReading(None, None, None)


async def test_nox_comes_in_the_channels_that_the_driver_names(rack_script: Any, manual_clock: Any, see: Any) -> None:
    say(rack_script, "AKFG", "???? 0")
    say(rack_script, "AKON", "AKON 0 412.0 7 85000")
    rack = made(rack_script, manual_clock, "ak-nox")
    assert isinstance(rack, NoxAnalyzer)
    await see(rack.open())
    assert await see(rack.read()) == NoxReading(None, 412.0, None, 8.5, None, None, frozenset())
    assert rack.channels == {"no_ppm", "co2_pct"}
    say(rack_script, "AKON", "AKON 1 9999 7 #1")
    reading = await see(rack.read())
    assert (reading.no_ppm, reading.co2_pct) == (None, None)
    assert reading.flags == {"no_ppm_out_of_range", "analyzer_error"}


async def test_what_is_not_valid_is_none_and_an_error_status_is_told(gas: Any, rack_script: Any, see: Any) -> None:
    say(rack_script, "AKON", "AKON 3 #4120.0 14.02 NaN 0.88 99999")
    reading = await see(gas.read())
    assert (reading.co_pct, reading.hc_ppm, reading.no_ppm, reading.co2_pct) == (None, None, None, 14.02)
    assert reading.flags == {"flow_not_told", "analyzer_error", "no_ppm_out_of_range"}


@pytest.mark.parametrize(
    ("code", "answer", "evidence"),
    [
        ("AKON", "AKON 0 4120.0 14.02 96.0 0.88", "4 concentrations came, the lane file names 5"),
        ("AKFG", "AKFG 0 CO K1 CO2 K2 O2 K3 HC K4 NO K5", "co co2 o2 hc no"),
        ("AKFG", "AKFG 0 CO K1 CO2 K2 HC K3 O2 K4", "its channels are"),
        ("AKEN", "???? 0", "unknown command"),
        ("AKON", "AKON 0 1 2 three 4 5", "no number"),
    ],
)
async def test_a_rack_with_other_channels_is_the_wrong_one(
    rack_script: Any, manual_clock: Any, see: Any, code: str, answer: str, evidence: str
) -> None:
    say(rack_script, code, answer)
    with pytest.raises(WrongDeviceError, match=evidence):
        await see(made(rack_script, manual_clock).open())
    assert "SREM" not in heard(rack_script)


async def test_an_identification_that_lists_components_is_compared_too(
    rack_script: Any, manual_clock: Any, see: Any
) -> None:
    say(rack_script, "AKFG", "AKFG 0 NA")
    say(rack_script, "AKEN", "AKEN 0 CO CO2 HC O2 NO")
    await see(made(rack_script, manual_clock).open())
    say(rack_script, "AKEN", "AKEN 0 CO2 CO HC O2 NO")
    with pytest.raises(WrongDeviceError, match="co2 co hc o2 no"):
        await see(made(rack_script, manual_clock).open())


async def test_components_of_other_names_leave_the_number_alone_to_be_compared(
    rack_script: Any, manual_clock: Any, see: Any
) -> None:
    say(rack_script, "AKFG", "AKFG 0 COL K1 CO2 K2 HC K3 O2 K4 NO K5")
    await see(made(rack_script, manual_clock).open())


def test_channels_are_said_once_each_and_never_assumed() -> None:
    wrong: dict[str, Any]
    for wrong in (
        {"channels": []},
        {"channels": ["other"]},
        {"channels": ["co_ppm", "co_pct"]},
        {"channels": ["co"]},
        {"zero_by": "SEGA"},
        {"ambient_air": None},
        {"port": "tcp://nowhere"},
    ):
        with pytest.raises(ValidationError):
            DRIVERS["ak-gas"].settings.model_validate({"driver": "ak-gas", "port": "x", **GAS, **wrong})
    for key in GAS:
        table = {name: value for name, value in GAS.items() if name != key}
        with pytest.raises(ValidationError):
            DRIVERS["ak-gas"].settings.model_validate({"driver": "ak-gas", "port": "x", **table})


# --- orders -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "code"), [("draw_sample", "SMGA"), ("draw_ambient", "SNGA"), ("purge", "SSPL"), ("stop_pump", "STBY")]
)
async def test_each_verb_is_one_order(gas: Any, rack_script: Any, see: Any, verb: str, code: str) -> None:
    rack_script.heard.clear()
    await see(getattr(gas, verb)())
    assert heard(rack_script) == [code]


async def test_what_the_installation_cannot_do_is_refused_and_not_sent(
    rack_script: Any, manual_clock: Any, see: Any
) -> None:
    gas = made(rack_script, manual_clock, ambient_air="none", zero_by="none")
    await see(gas.open())
    rack_script.heard.clear()
    for verb in ("draw_ambient", "zero", "check_leak"):
        with pytest.raises(RefusedError):
            await see(getattr(gas, verb)())
    assert rack_script.heard == []


@pytest.mark.parametrize(
    ("answer", "error", "evidence"),
    [
        ("SMGA 0 BS", NotReadyError, "busy"),
        ("SMGA 0 NA", RefusedError, "not available"),
        ("SMGA 0 3 DF", RefusedError, "data error"),
        ("???? 0", RefusedError, "unknown command"),
        ("SMGA 0 OF", RefusedError, "offline"),
    ],
)
async def test_every_no_is_named(
    gas: Any, rack_script: Any, see: Any, answer: str, error: type[DeviceError], evidence: str
) -> None:
    say(rack_script, "SMGA", answer)
    with pytest.raises(error, match=evidence):
        await see(gas.draw_sample())


async def test_a_rack_that_went_back_to_manual_is_taken_over_once(gas: Any, rack_script: Any, see: Any) -> None:
    say(rack_script, "SMGA", "SMGA 0 OF", "SMGA 0")
    rack_script.heard.clear()
    await see(gas.draw_sample())
    assert heard(rack_script) == ["SMGA", "SREM", "SMGA"]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("ASTZ 0 SREM STBY", "ready"),
        ("ASTZ 0 SREM SMGA", "measuring"),
        ("ASTZ 0 SREM SATK", "zeroing"),
        ("ASTZ 0 SREM SLEC SMGA", "leak_check"),
        ("ASTZ 0 SREM SSPL", "busy"),
        ("ASTZ 0 SREM XYZW", "busy"),
        ("ASTZ 4 SREM STBY", "fault"),
        ("ASTZ 4 SREM SATK", "zeroing"),
    ],
)
async def test_the_status_has_one_state(gas: Any, rack_script: Any, see: Any, status: str, state: str) -> None:
    say(rack_script, "ASTZ", status)
    assert await see(gas.status()) == AnalyzerStatus(state)


async def test_zero_is_done_when_the_status_no_longer_names_it(
    gas: Any, rack_script: Any, manual_clock: Any, see: Any
) -> None:
    say(rack_script, "ASTZ", "ASTZ 0 SREM STBY", *["ASTZ 0 SREM SATK"] * 20, "ASTZ 0 SREM STBY")
    started_ms = manual_clock.now_ms()
    await see(gas.zero(), 40.0)
    assert 20_000 <= manual_clock.now_ms() - started_ms <= 21_500


async def test_a_zero_that_leaves_an_error_failed(gas: Any, rack_script: Any, see: Any) -> None:
    say(rack_script, "ASTZ", "ASTZ 2 SREM STBY", *["ASTZ 3 SREM STBY"] * 9)
    say(rack_script, "ASTF", "ASTF 3 17")
    with pytest.raises(RefusedError, match="errors afterwards: 17"):
        await see(gas.zero(), 20.0)


async def test_a_zero_without_end_is_named(gas: Any, rack_script: Any, see: Any) -> None:
    say(rack_script, "ASTZ", "ASTZ 0 SREM SATK")
    with pytest.raises(NotReadyError, match="still at it after 300 s"):
        await see(gas.zero(), 320.0)


# --- the wire ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", NoReplyError),
        (t("AKON 0 1 2")[:-1], GarbledReplyError),
        (t("ASTZ 0 SREM"), GarbledReplyError),
        (t(ANSWERS["AKON"]) * 2, GarbledReplyError),
        (b"U" * 700, GarbledReplyError),
        (t("AKON 0 1 2 3,0 4 5"), GarbledReplyError),
    ],
)
async def test_wire_faults_end_in_named_errors(
    gas: Any, rack_script: Any, see: Any, answer: bytes, error: type[DeviceError]
) -> None:
    rack_script.answers[t("AKON K0")] = answer
    with pytest.raises(error):
        await see(gas.read())


@pytest.mark.parametrize("damaged", ["AKON 0 4120.0 14.0296.0 0.88 180.0", "AKON 0 4120.0 14.02 96.0 0.8O 180.0"])
async def test_one_answer_that_makes_no_sense_is_asked_for_again(
    gas: Any, rack_script: Any, see: Any, damaged: str
) -> None:
    say(rack_script, "AKON", damaged, ANSWERS["AKON"])
    assert (await see(gas.read())).co2_pct == 14.02


async def test_a_late_answer_is_never_taken_for_the_next_one(gas: Any, rack_script: Any, see: Any) -> None:
    rack_script.answers[t("AKON K0")] = b""
    with pytest.raises(NoReplyError):
        await see(gas.read())
    rack_script.say(t("AKON 0 1 2 1999 4 5"))
    say(rack_script, "AKON", ANSWERS["AKON"])
    assert (await see(gas.read())).hc_ppm == 96.0


async def test_a_pulled_cable_is_felt_at_once(gas: Any, rack_script: Any) -> None:
    rack_script.near.unplug()
    with pytest.raises(PortLostError):
        await gas.read()
    await gas.close()
    await gas.close()


# --- against the simulated sample line --------------------------------------------------------------------------


@pytest.fixture(params=["ak-gas", "ak-nox"])
async def rig(request: pytest.FixtureRequest, new_rig: Any) -> AsyncIterator[Any]:
    own = GAS if request.param == "ak-gas" else {**GAS, "channels": ["nox_ppm", "co2_pct"]}
    made = new_rig(request.param, **own)
    [made.rack] = made.devices.values()
    [made.name] = made.devices
    await made.see(made.rack.open())
    yield made
    await made.see(made.rack.close())


async def test_it_zeroes_and_reads_the_exhaust(rig: Any) -> None:
    await rig.see(rig.rack.zero())
    rig.lane.drive_on("smoky_diesel" if rig.name == "nox" else "worn_catalyst")
    await rig.wait(4.0)
    rig.lane.hold_probe(True)
    await rig.see(rig.rack.draw_sample())
    await rig.wait(14.0)
    assert await rig.see(rig.rack.status()) == AnalyzerStatus("measuring")
    reading = await rig.see(rig.rack.read())
    cell = rig.lane.nox_line.cell if rig.name == "nox" else rig.lane.line.cell
    assert reading.co2_pct == pytest.approx(cell.co2_pct, abs=0.1)
    if rig.name == "nox":
        assert reading.nox_ppm == pytest.approx(cell.no_ppm, abs=6.0)
    else:
        assert reading.co_pct == pytest.approx(cell.co_pct, abs=0.02)
        assert reading.hc_ppm == pytest.approx(cell.hc_ppm, abs=3.0)
    await rig.see(rig.rack.draw_ambient())
    line = rig.lane.nox_line if rig.name == "nox" else rig.lane.line
    assert line.pump == "ambient"


async def test_a_cold_rack_is_in_error_and_busy(rig: Any) -> None:
    rig.lane.fault(rig.name, "power_cut")
    reading = await rig.see(rig.rack.read())
    assert reading.co2_pct is None
    assert "analyzer_error" in reading.flags
    assert await rig.see(rig.rack.status()) == AnalyzerStatus("fault")
    with pytest.raises(NotReadyError, match="busy"):
        await rig.see(rig.rack.draw_sample())


async def test_somebody_at_the_rack_is_overruled_once(rig: Any) -> None:
    rig.lane.fault(rig.name, "manual")
    await rig.see(rig.rack.draw_sample())
    rig.lane.clear()
    await rig.pull_and_put_back(rig.name)


@pytest.mark.parametrize("fault", ["silence", "truncation", "delay", "babble"])
async def test_trouble_on_the_wire_ends_in_named_errors_or_good_readings(rig: Any, fault: str) -> None:
    rig.lane.fault(rig.name, fault)
    ends_seen, readings = await rig.outcomes(rig.rack.read)
    assert ends_seen <= {"reading", "no_reply", "garbled_reply"}
    if fault in ("silence", "truncation"):
        assert "reading" not in ends_seen
    assert all(abs(reading.co2_pct) < 0.3 for reading in readings)
    rig.lane.clear()
    await rig.wait(2.0)
    await rig.see(rig.rack.read())


async def test_a_rack_without_a_configuration_is_read_over_tcp() -> None:
    lane = SimulatedLane(3, ["ak-gas"])
    lane.gas_face.lists_channels = False  # type: ignore[attr-defined]
    end = WireOnTcp(lane.wires["gas"])
    end.open()
    info = DRIVERS["ak-gas"]
    table = {"driver": "ak-gas", "port": f"tcp://127.0.0.1:{end.port}", **GAS}
    rack: Any = info.build("gas", info.settings.model_validate(table), None, RealClock())
    try:
        async with asyncio.timeout(5.0):
            await rack.open()
            assert (await rack.read()).o2_pct == pytest.approx(20.9, abs=0.2)
            await rack.draw_sample()
            assert lane.line.pump == "sample"
            await rack.close()
            assert lane.line.pump == "off"
    finally:
        end.close()
