"""A cable pulled while the lane measures: the test is void with its reason, and the device comes back by itself."""

import asyncio
import time
from typing import Any

import pytest

from simulators.demo.cars import form
from simulators.demo.story import machine_was_busy

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]
BACK_WITHIN_S = 5.0
"""Lane seconds from replugging to a device that may be used."""


async def measure_then_pull(cast: Any, device: str, tries: int = 3) -> tuple[dict[str, Any], float]:
    """Test a car until it is measured under load, pull a cable; return the result and how long it took."""
    wheel, operator = cast.wheel, cast.operator
    wheel.new_car()
    await operator.until(lambda view: view["running"] is None and not view["locks"], "the lane stays shut", 20.0)
    await wheel.say(do="vehicle", preset="clean_petrol")
    ticket = await operator.accept(form("clean_petrol"))
    test_id = await operator.start(ticket["ticket"])
    async with asyncio.timeout(40.0):
        while True:
            view = await operator.view()
            running = view["running"]
            if running is None:
                assert tries, "this machine is too busy to play a test"
                assert machine_was_busy(view["results"][0]), f"ended too early: {view['results'][0]}"
                return await measure_then_pull(cast, device, tries - 1)
            if running["stage"] == "measure" and (await wheel.say(do="state"))["brake"] == "force":
                break
            await operator.obey(running)
            await asyncio.sleep(0.05)
    await wheel.say(do="fault", device=device, kind="unplug")
    pulled = time.monotonic()
    view = await operator.until(
        lambda view: any(result["test_id"] == test_id for result in view["results"]), "no record", 10.0
    )
    taken_s = time.monotonic() - pulled
    return next(result for result in view["results"] if result["test_id"] == test_id), taken_s


async def replug(cast: Any, device: str) -> float:
    """Put the cable back; return how long the lane takes to be ready, and leave the rollers standing."""

    def state(view: Any) -> str:
        return str(next(one["state"] for one in view["devices"] if one["name"] == device))

    assert state(await cast.operator.view()) == "lost"
    await cast.wheel.say(do="clear", device=device, kind="unplug")
    put_back = time.monotonic()
    await cast.operator.until(lambda view: state(view) == "ready", f"{device} does not come back", 10.0)
    back_s = time.monotonic() - put_back
    await cast.wheel.say(do="target", speed_kmh=0)
    await cast.operator.until(lambda view: view["running"] is None and not view["locks"], "the lane stays shut", 20.0)
    return back_s


@pytest.mark.parametrize("device", ["dyno", "gas", "obd"])
def test_a_pulled_cable_voids_the_test_and_comes_back_without_a_restart(running: Any, device: str) -> None:
    cast = running.cast
    pid = cast.children.process("lane-01").pid

    result, taken_s = running.do(measure_then_pull(cast, device))
    load = running.do(cast.wheel.say(do="state"))["brake"]
    back_s = running.do(replug(cast, device))

    assert result["outcome"] == "invalid"
    assert any(f"{device}:" in why["en"] for why in result["reasons"]), result["reasons"]
    assert result["judgements"] == []
    assert taken_s * cast.clock_factor < 10.0
    assert device == "dyno" or load == "off"
    assert running.do(cast.wheel.say(do="state"))["brake"] == "off"
    assert back_s * cast.clock_factor <= BACK_WITHIN_S
    assert cast.children.process("lane-01").pid == pid
    assert cast.children.process("lane-01").returncode is None
