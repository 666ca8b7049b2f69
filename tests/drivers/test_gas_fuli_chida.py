"""The 503 dialect as Fuli and Chida speak it, as transcripts: the form that the lane file names, and no other."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from pydantic import ValidationError

from drivers.errors import GarbledReplyError, NotReadyError, RefusedError, WrongDeviceError
from drivers.gas_analyzer.dialect_503 import (
    Cdf5000Settings,
    Dialect503Analyzer,
    Fla502Settings,
    Nha503Settings,
    build_503,
    build_cdf_5000,
    build_fla_502,
)
from drivers.readings import AnalyzerStatus
from lanectl.lane.channels import gas_channels
from protocols.dialect_503 import CDF_5000, FLA_502, Data, Model, encode_reply

LEAK, ZERO, READ = b"\x07", b"\x08", b"\x01"


def data(model: Model, status: int = 0, flow: int = 0, co: float = 0.456) -> bytes:
    lambda_ = None if model.data_length == 19 else 1.01
    return encode_reply(model, Data(123.0, co, 14.2, 0.8, 234.0, 2500.0, 85.0, flow, status, lambda_))


async def finish(work: Coroutine[Any, Any, Any], clock: Any, patience_s: float = 200.0) -> Any:
    task = asyncio.ensure_future(work)
    await clock.advance(patience_s)
    assert task.done()
    return await task


def fla(script: Any, clock: Any, codes: str) -> Any:
    settings = Fla502Settings.model_validate({"driver": "fuli-fla-502", "port": "x", "codes": codes})
    return build_fla_502("gas", settings, script.near, clock)


@pytest.fixture
async def hexed(script: Any, manual_clock: Any) -> Any:
    script.answers |= {READ: data(FLA_502), b"\x06": b"\x06", LEAK: b"\x06", ZERO: b"\x06"}
    analyzer = fla(script, manual_clock, "hex_digits")
    await analyzer.open()
    return analyzer


@pytest.fixture
async def cdf(script: Any, manual_clock: Any) -> Dialect503Analyzer:
    script.answers |= {READ: data(CDF_5000), b"\x06": b"\x06", ZERO: b"\x06"}
    settings = Cdf5000Settings(driver="chida-cdf-5000", port="x")
    analyzer = build_cdf_5000("gas", settings, script.near, manual_clock)
    await analyzer.open()
    assert isinstance(analyzer, Dialect503Analyzer)
    return analyzer


def test_which_codes_an_fla_502_has_is_said_and_never_assumed() -> None:
    for wrong in ({}, {"codes": "hex"}, {"codes": None}):
        with pytest.raises(ValidationError):
            Fla502Settings.model_validate({"driver": "fuli-fla-502", "port": "x", **wrong})


async def test_with_decimal_codes_the_status_has_a_question_of_its_own(script: Any, manual_clock: Any) -> None:
    script.answers |= {b"\x22": [b"\x00", b"\x00", b"\x02"], b"\x23": b"\x00\x3c", b"\x06": b"\x06"}
    analyzer = fla(script, manual_clock, "decimal")
    await analyzer.open()
    assert script.heard == [b"\x22", b"\x22", b"\x06"]
    assert await analyzer.status() == AnalyzerStatus("warming", 60)


async def test_with_hexadecimal_digits_no_code_above_nine_is_ever_sent(
    hexed: Dialect503Analyzer, script: Any, manual_clock: Any
) -> None:
    for word in (4, 5):
        script.answers[READ] = [data(FLA_502, word), data(FLA_502)]
        await finish((hexed.check_leak, hexed.zero)[word - 4](), manual_clock)
    script.answers[READ] = data(FLA_502)
    for verb in ("draw_ambient", "draw_sample", "purge"):
        script.answers |= dict.fromkeys((b"\x03", b"\x04", b"\x05"), b"\x06")
        await getattr(hexed, verb)()
    await hexed.read()
    await hexed.close()
    assert all(len(said) == 1 and said[0] <= 9 for said in script.heard)


async def test_carbon_monoxide_counts_thousandths(hexed: Dialect503Analyzer) -> None:
    reading = await hexed.read()
    assert (reading.co_pct, reading.hc_ppm, reading.lambda_, reading.flags) == (0.456, 123.0, 1.01, frozenset())


async def test_no_values_are_told_by_ffff_in_thousandths_too(hexed: Dialect503Analyzer, script: Any) -> None:
    nothing = Data(-1.0, -0.001, -0.01, -0.01, -1.0, 800.0, 85.0, 0, 0, 0.0)
    script.answers[READ] = encode_reply(FLA_502, nothing)
    reading = await hexed.read()
    assert (reading.hc_ppm, reading.co_pct, reading.co2_pct, reading.o2_pct, reading.no_ppm) == (None,) * 5


@pytest.mark.parametrize(("byte", "state"), [(0, "ready"), (2, "warming"), (4, "leak_check"), (5, "zeroing")])
async def test_the_status_byte_of_the_data_says_what_it_does(
    hexed: Dialect503Analyzer, script: Any, byte: int, state: str
) -> None:
    script.answers[READ] = data(FLA_502, byte)
    assert await hexed.status() == AnalyzerStatus(state)
    if byte:
        with pytest.raises(NotReadyError, match=state):
            await hexed.read()


async def test_a_status_byte_that_nobody_explains_is_not_believed(hexed: Dialect503Analyzer, script: Any) -> None:
    script.answers[READ] = data(FLA_502, 0x07)
    for work in (hexed.read, hexed.status):
        with pytest.raises(NotReadyError, match="status byte 07 is not published"):
            await work()


async def test_a_leak_shows_in_the_flow_word_afterwards(
    hexed: Dialect503Analyzer, script: Any, manual_clock: Any
) -> None:
    for flow, tight in ((0, True), (0x8888, False)):
        script.answers[READ] = [data(FLA_502), data(FLA_502, 4), data(FLA_502, 4), data(FLA_502, 0, flow)]
        assert await finish(hexed.check_leak(), manual_clock) is tight


async def test_work_that_never_shows_has_no_result(hexed: Dialect503Analyzer, manual_clock: Any) -> None:
    with pytest.raises(RefusedError, match="not begun within 5 s"):
        await finish(hexed.check_leak(), manual_clock)


async def test_work_without_end_or_cut_short_is_named(
    hexed: Dialect503Analyzer, script: Any, manual_clock: Any
) -> None:
    script.answers[READ] = data(FLA_502, 5)
    with pytest.raises(NotReadyError, match="still running after 180 s"):
        await finish(hexed.zero(), manual_clock)
    script.answers[READ] = [data(FLA_502, 5), data(FLA_502, 2)]
    with pytest.raises(NotReadyError, match="went to warming"):
        await finish(hexed.zero(), manual_clock)


async def test_a_device_of_the_other_form_is_found_out(script: Any, manual_clock: Any) -> None:
    script.answers |= {b"\x22": b"\x15", READ: data(FLA_502)}
    with pytest.raises(WrongDeviceError, match="FLA-502"):
        await finish(fla(script, manual_clock, "decimal").open(), manual_clock, 5.0)
    script.answers |= {ZERO: b"\x05", b"\x06": b"\x06"}
    hexed = fla(script, manual_clock, "hex_digits")
    await finish(hexed.open(), manual_clock, 5.0)
    with pytest.raises(GarbledReplyError):
        await finish(hexed.zero(), manual_clock)


async def test_a_cdf_5000_polls_its_leak_check_after_six(
    cdf: Dialect503Analyzer, script: Any, manual_clock: Any
) -> None:
    for end, tight in ((b"\x00", True), (b"\x01", False)):
        script.answers[LEAK] = [b"\x06", b"\x05", end]
        assert await finish(cdf.check_leak(), manual_clock) is tight
    script.answers[READ] = [data(CDF_5000, 5), data(CDF_5000)]
    await finish(cdf.zero(), manual_clock)


async def test_a_cdf_5000_says_nothing_of_its_flow_and_no_lambda(cdf: Dialect503Analyzer, script: Any) -> None:
    script.answers[READ] = data(CDF_5000, flow=0x8888)
    reading = await cdf.read()
    assert (reading.lambda_, reading.oil_temp_c) == (None, 85.0)
    assert reading.flags == {"flow_not_told"}
    assert gas_channels(reading, None)["low_flow"] is None


async def test_lambda_of_a_cdf_5000_is_a_setting(script: Any, manual_clock: Any) -> None:
    longer = encode_reply(CDF_5000, Data(123.0, 0.45, 14.2, 0.8, 234.0, 2500.0, 85.0, 0, 0, 1.01))
    script.answers |= {READ: longer, b"\x06": b"\x06"}
    settings = Cdf5000Settings(driver="chida-cdf-5000", port="x", with_lambda=True)
    analyzer = build_cdf_5000("gas", settings, script.near, manual_clock)
    await analyzer.open()
    assert isinstance(analyzer, Dialect503Analyzer)
    assert (await analyzer.read()).lambda_ == 1.01


@pytest.mark.parametrize(("by_01", "question"), [(False, b"\x81"), (True, b"\x01")])
async def test_an_nha_503_is_asked_by_the_byte_that_it_knows(
    script: Any, manual_clock: Any, by_01: bool, question: bytes
) -> None:
    script.answers |= {b"\x26": b"\x00", b"\x06": b"\x06", b"\x04": b"\x06", question: data(FLA_502)}
    settings = Nha503Settings(driver="nanhua-nha-503", port="x", asks_by_01=by_01)
    analyzer = build_503("gas", settings, script.near, manual_clock)
    await analyzer.open()
    assert isinstance(analyzer, Dialect503Analyzer)
    await analyzer.draw_sample()
    await analyzer.read()
    assert script.heard[-2:] == [b"\x04", question]
