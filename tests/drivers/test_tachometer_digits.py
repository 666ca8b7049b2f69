"""The tachometer that only speaks, as transcripts."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from drivers.errors import GarbledReplyError, NoReplyError, PortLostError, WrongDeviceError
from drivers.readings import TachometerReading
from drivers.roles import Tachometer
from drivers.tachometer.counting import CountingTachometer
from drivers.tachometer.digits import Mqz3Settings, Rpm5300Settings, build_mqz_3, build_rpm_5300


def made(script: Any, clock: Any) -> CountingTachometer:
    settings = Rpm5300Settings(driver="nanhua-rpm-5300", port="/dev/lane/rpm")
    tachometer = build_rpm_5300("rpm", settings, script.near, clock)
    assert isinstance(tachometer, Tachometer)
    assert isinstance(tachometer, CountingTachometer)
    return tachometer


@pytest.fixture
async def rpm(script: Any, manual_clock: Any) -> AsyncIterator[CountingTachometer]:
    tachometer = made(script, manual_clock)
    opening = asyncio.create_task(tachometer.open())
    await manual_clock.advance(0.1)
    script.say(b"50\r0850\r")
    await manual_clock.settle()
    await opening
    yield tachometer
    await tachometer.close()


async def test_the_last_count_is_kept_with_its_time(rpm: CountingTachometer, script: Any, manual_clock: Any) -> None:
    await manual_clock.advance(0.1)
    script.say(b"2470\r24")
    script.say(b"80\r")
    await manual_clock.settle()
    assert rpm.latest() == TachometerReading(2480.0, frozenset(), manual_clock.now_ms())
    assert script.heard == [], "nothing is ever sent to it"


async def test_no_signal_is_no_value_with_a_flag(rpm: CountingTachometer, script: Any, manual_clock: Any) -> None:
    script.say(b"0000\r")
    await manual_clock.settle()
    reading = rpm.latest()
    assert reading is not None
    assert reading.engine_rpm is None
    assert reading.flags == {"no_signal"}


@pytest.mark.parametrize("lost", [b"08", b"085", b"08508", b"0 50\r", b"\r", b"08500850\r", b"-850\r", b"\xff850\r"])
async def test_lost_bytes_never_make_a_count(
    rpm: CountingTachometer, script: Any, manual_clock: Any, lost: bytes
) -> None:
    script.say(lost + b"\r" if b"\r" not in lost else lost)
    await manual_clock.settle()
    reading = rpm.latest()
    assert reading is not None
    assert reading.engine_rpm == 850.0
    script.say(b"2480\r")
    await manual_clock.settle()
    assert rpm.latest() == TachometerReading(2480.0, frozenset(), manual_clock.now_ms())


async def test_a_second_of_silence_is_a_lost_tachometer(
    rpm: CountingTachometer, script: Any, manual_clock: Any
) -> None:
    await manual_clock.advance(1.0)
    assert rpm.latest() is not None
    await manual_clock.advance(0.1)
    with pytest.raises(NoReplyError, match="rpm: listen to the stream: silence for 1100 ms"):
        rpm.latest()
    script.say(b"\xff\xff\xff\r")
    await manual_clock.settle()
    with pytest.raises(GarbledReplyError, match="in 4 bytes"):
        rpm.latest()
    script.say(b"0850\r")
    await manual_clock.settle()
    assert rpm.latest() is not None


async def test_a_silent_or_foreign_device_is_named_when_it_is_opened(script: Any, manual_clock: Any) -> None:
    settings = Mqz3Settings(driver="mingquan-mqz-3", port="x")
    for said, error in ((b"", NoReplyError), (b"AII" + bytes(12) + b"\rC", WrongDeviceError)):
        tachometer = build_mqz_3("rpm", settings, script.near, manual_clock)
        opening = asyncio.create_task(tachometer.open())
        await manual_clock.advance(0.1)
        script.say(said)
        await manual_clock.advance(2.0)
        with pytest.raises(error):
            await opening


async def test_a_pulled_cable_ends_the_stream_until_the_port_is_opened_again(
    rpm: CountingTachometer, script: Any, manual_clock: Any
) -> None:
    script.near.unplug()
    await manual_clock.settle()
    with pytest.raises(PortLostError):
        rpm.latest()
    script.near.replug()
    opening = asyncio.create_task(rpm.open())
    await manual_clock.settle()
    script.say(b"0850\r")
    await manual_clock.settle()
    await opening
    assert rpm.latest() is not None
