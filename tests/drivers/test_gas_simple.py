"""The simple dialect of NHA-506 and MQW-511, as transcripts: what is disputed is a setting, what lacks is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from drivers.errors import GarbledReplyError, NotReadyError, WrongDeviceError
from drivers.readings import AnalyzerStatus
from drivers.roles import GasAnalyzer
from protocols import gas_simple
from protocols.errors import ValueRangeError
from protocols.gas import Action, Gases
from simulators.station import STEP_S, SimulatedLane
from tests.drivers.conftest import built

WARM_506 = bytes.fromhex("06 00 58 00 34 05 83 00 5F 01 36 07 3A 03 6C 00 65 00 00 00 C5")
WARM_511 = bytes.fromhex("06 00 58 00 34 05 83 00 5F 01 36 07 3A 00 57 00 65 00 AD")
NO_VALUES = bytes.fromhex("06 FF 00 FF 00 FF 00 FF 00 FF 00 00 00 FF 00 00 00 00 00 00 00")


def made(device: str, script: Any, clock: Any, **settings: object) -> Any:
    return built(GasAnalyzer, "gas", device, script, clock, **settings)


async def opened(device: str, script: Any, clock: Any, see: Any, **settings: object) -> Any:
    script.answers |= {b"\x14": b"W", b"\x01": b"\x06", b"\x02": b"\x06"}
    gas = made(device, script, clock, **settings)
    await see(gas.open())
    return gas


def summed(frame: bytes) -> bytes:
    return frame[:-1] + bytes([sum(frame[:-1]) & 0xFF])


async def test_three_orders_are_all_there_is(script: Any, manual_clock: Any, see: Any) -> None:
    gas = await opened("nanhua-nha-506", script, manual_clock, see)
    await see(gas.draw_sample())
    await see(gas.stop_pump())
    assert script.heard == [b"\x14", b"\x14", b"\x02", b"\x01", b"\x02"]


@pytest.mark.parametrize(("letter", "state"), [(b"H", "warming"), (b"Z", "zeroing"), (b"W", "ready")])
async def test_the_nha_506_says_what_it_does_and_gives_no_values_meanwhile(
    script: Any, manual_clock: Any, see: Any, letter: bytes, state: str
) -> None:
    gas = await opened("nanhua-nha-506", script, manual_clock, see)
    script.answers |= {b"\x14": letter, b"\x03": WARM_506}
    assert await see(gas.status()) == AnalyzerStatus(state)
    if state != "ready":
        with pytest.raises(NotReadyError, match=state):
            await see(gas.read())
        script.heard.clear()
        await see(made("nanhua-nha-506", script, manual_clock).open())
        assert b"\x02" not in script.heard, "a device at work is left alone"


async def test_a_letter_that_nobody_tells_is_no_state(script: Any, manual_clock: Any, see: Any) -> None:
    script.answers[b"\x14"] = b"X"
    with pytest.raises(WrongDeviceError):
        await see(made("nanhua-nha-506", script, manual_clock).open())


@pytest.mark.parametrize(
    ("settings", "oil", "rpm"),
    [({}, 87.6, 1850.0), ({"oil_temp_in_tenths": False}, None, 1850.0), ({"oil_before_speed": True}, 185.0, 876.0)],
)
async def test_oil_and_speed_are_read_as_the_lane_file_says(
    script: Any, manual_clock: Any, see: Any, settings: dict[str, bool], oil: float | None, rpm: float
) -> None:
    gas = await opened("nanhua-nha-506", script, manual_clock, see, **settings)
    script.answers[b"\x03"] = WARM_506
    reading = await see(gas.read())
    assert (reading.oil_temp_c, reading.engine_rpm) == (oil, rpm)
    assert ("oil_temp_c_out_of_range" in reading.flags) == (oil is None)


async def test_ff00_is_no_value_in_each_word_by_itself(script: Any, manual_clock: Any, see: Any) -> None:
    gas = await opened("nanhua-nha-506", script, manual_clock, see)
    script.answers[b"\x03"] = summed(NO_VALUES)
    reading = await see(gas.read())
    assert (reading.hc_ppm, reading.co_pct, reading.co2_pct, reading.o2_pct, reading.no_ppm) == (None,) * 5
    assert (reading.oil_temp_c, reading.engine_rpm, reading.flags) == (None, 0.0, {"flow_not_told"})


@pytest.mark.parametrize("device", ["nanhua-nha-506", "mingquan-mqw-511"])
async def test_a_sum_that_does_not_close_is_damage_unless_the_lane_file_knows_better(
    script: Any, manual_clock: Any, see: Any, device: str
) -> None:
    bent = bytearray(WARM_506 if "506" in device else WARM_511)
    bent[-1] ^= 0xFF
    script.answers[b"\x03"] = bytes(bent)
    gas = await opened(device, script, manual_clock, see) if "506" in device else made(device, script, manual_clock)
    with pytest.raises((GarbledReplyError, WrongDeviceError)):
        await see(gas.read() if "506" in device else gas.open())
    blind = await opened(device, script, manual_clock, see, closed_by_sum=False)
    assert (await see(blind.read())).hc_ppm == 88.0


async def test_the_number_of_bytes_is_a_setting(script: Any, manual_clock: Any, see: Any) -> None:
    script.answers[b"\x03"] = summed(WARM_511[:18])
    gas = await opened("mingquan-mqw-511", script, manual_clock, see, data_bytes=18)
    assert (await see(gas.read())).lambda_ == 1.01
    for wrong in (17, 33, "21"):
        with pytest.raises(ValidationError):
            made("nanhua-nha-506", script, manual_clock, data_bytes=wrong)


def test_a_value_that_would_read_as_none_is_refused() -> None:
    with pytest.raises(ValueRangeError, match="would read as no value"):
        gas_simple.encode_reply(gas_simple.NHA_506, Action.READ, Gases(-256.0, 0, 0, 0, 0, 0, 0, 0))


# --- the simulated face -----------------------------------------------------------------------------------------


def ask(lane: SimulatedLane, question: bytes) -> bytes:
    lane.wires["gas"].receive(question)
    return lane.wires["gas"].take()


def test_a_cold_nha_506_warms_up_sets_zero_and_is_ready() -> None:
    lane = SimulatedLane(2, ["nanhua-nha-506"])
    assert ask(lane, b"\x14") == b"W"
    lane.fault("gas", "power_cut")
    said = [ask(lane, b"\x14"), ask(lane, b"\x01")]
    lane.line.warm_up_left_s = 0.1
    for _ in range(round(8.0 / STEP_S)):
        lane.step()
        said.append(ask(lane, b"\x14"))
    assert [letter for number, letter in enumerate(said) if number == 0 or said[number - 1] != letter] == [
        b"H", b"\x15", b"H", b"Z", b"W",
    ]  # fmt: skip


def test_missing_values_travel_as_ff00_and_other_bytes_get_no_answer() -> None:
    lane = SimulatedLane(2, ["mingquan-mqw-511"])
    lane.fault("gas", "sentinel")
    lane.fault("gas", "no_oil_probe")
    said = ask(lane, b"\x03")
    assert said[1:11] == b"\xff\x00" * 5
    assert said[13:15] == b"\xff\x00"
    assert ask(lane, b"\x14") == ask(lane, b"\x07") == b""
