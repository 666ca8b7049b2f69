"""Both forms of a BNTD board, and a bench with registers on a serial line and over TCP, against simulated benches."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from drivers.errors import DeviceError, NotReadyError

FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "bntd with key byte": ("xincheng-bntd", {}),
    "bntd without": ("xincheng-bntd", {"has_key_byte": False}),
    "registers, rtu": ("generic-modbus-dyno", {"map": "example-dyno", "port": "/dev/lane/dyno"}),
    "registers, tcp": ("generic-modbus-dyno", {"map": "example-dyno", "port": "tcp://192.0.2.7:502"}),
}


@pytest.fixture(params=FORMS)
async def rig(request: pytest.FixtureRequest, new_rig: Any) -> AsyncIterator[Any]:
    device, settings = FORMS[request.param]
    made = new_rig(device, **settings)
    made.lane.dyno_face.has_keys = settings.get("has_key_byte", True)
    if settings.get("port", "").startswith("tcp:"):
        made.lane.modbus_dyno_face.speak("tcp")
    await made.see(made.devices["dyno"].open())
    yield made
    made.lane.clear()
    await made.see(made.devices["dyno"].close())


async def at_25_kmh(rig: Any) -> Any:
    rig.lane.drive_on("clean_petrol")
    await rig.see(rig.devices["dyno"].lift_down())
    await rig.wait(8.0)
    rig.lane.set_target(25.0)
    await rig.wait(12.0)
    return rig.devices["dyno"]


async def test_a_force_is_held_then_a_speed_and_a_release_takes_all_off(rig: Any) -> None:
    dyno = await at_25_kmh(rig)
    await rig.see(dyno.hold_force(500.0))
    await rig.wait(5.0)
    assert (dyno.latest().state, dyno.latest().brake_force_n) == ("constant_force", pytest.approx(500.0, abs=25.0))
    with pytest.raises(NotReadyError):
        await rig.see(dyno.lift_up())
    await rig.see(dyno.hold_speed(20.0))
    await rig.wait(0.5)
    assert dyno.latest().state == "constant_speed"
    await rig.see(dyno.release())
    await rig.wait(0.6)
    assert (dyno.latest().state, dyno.latest().brake_force_n) == ("idle", pytest.approx(0.0, abs=25.0))


@pytest.mark.parametrize("kind", ["silence", "truncation", "bit_flips", "delay", "babble"])
async def test_a_release_gets_through_in_a_tenth_of_a_second_whatever_becomes_of_the_answers(
    rig: Any, kind: str
) -> None:
    dyno, brake = rig.devices["dyno"], rig.lane.bench.brake
    await rig.see(dyno.hold_force(300.0))
    await rig.wait(0.2)
    assert brake.mode == "force"
    rig.lane.fault("dyno", kind)
    holding = asyncio.ensure_future(dyno.hold_force(310.0))
    await rig.wait(0.02)
    releasing = asyncio.ensure_future(dyno.release())
    await rig.wait(0.12)
    assert releasing.done()
    assert brake.mode == "off"
    await rig.wait(1.5)
    for work in (holding, releasing):
        if isinstance(error := work.exception(), Exception):
            assert isinstance(error, DeviceError)
    assert brake.mode == "off", "nothing that was held before follows"


async def test_a_pulled_adapter_comes_back(rig: Any) -> None:
    await rig.pull_and_put_back("dyno")
    assert rig.devices["dyno"].latest().state == "idle"
