"""python-OBD, an independent program, as the host of our simulated scan tool: and must see the car that we simulate."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from simulators.runner import on_ptys
from simulators.station import SimulatedLane

pytestmark = pytest.mark.peer
LIMIT_S = 60.0
VIN = "LSVAA4182E2123456"
READ = """
import json, sys, obd
car = obd.OBD(sys.argv[1], baudrate=38400, fast=False, timeout=5)
ask = lambda name: car.query(obd.commands[name]).value
status = ask("STATUS")
told = {
    "connected": car.status(),
    "protocol": car.protocol_name(),
    "vin": bytes(ask("VIN")).decode(),
    "codes": [code for code, _ in ask("GET_DTC")],
    "mil": status.MIL,
    "count": status.DTC_count,
    "ignition": status.ignition_type,
    "catalyst": [status.CATALYST_MONITORING.available, status.CATALYST_MONITORING.complete],
    "evap": [status.EVAPORATIVE_SYSTEM_MONITORING.available, status.EVAPORATIVE_SYSTEM_MONITORING.complete],
    "rpm": ask("RPM").magnitude,
    "speed": ask("SPEED").magnitude,
}
car.close()
print(json.dumps(told))
"""


async def as_python_obd_sees(peer_python: Path, lane: SimulatedLane, folder: Path) -> dict[str, Any]:
    async with on_ptys(lane, folder), asyncio.timeout(LIMIT_S):
        process = await asyncio.create_subprocess_exec(
            str(peer_python), "-c", READ, str((folder / "obd").resolve()),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()[-2000:]
    told: dict[str, Any] = json.loads(out.decode().splitlines()[-1])
    return told


@pytest.mark.parametrize(
    ("preset", "codes", "complete"),
    [("clean_petrol", [], {"catalyst", "evap"}), ("mil_on", ["P0420"], {"evap"}), ("not_ready", [], set())],
)
async def test_an_independent_host_reads_the_car_that_we_simulate(
    peer_python: Path, tmp_path: Path, preset: str, codes: list[str], complete: set[str]
) -> None:
    lane = SimulatedLane(seed=7)
    lane.drive_on(preset, vin=VIN)
    for _ in range(250):
        lane.step()

    told = await as_python_obd_sees(peer_python, lane, tmp_path)

    assert (told["connected"], told["protocol"]) == ("Car Connected", "ISO 15765-4 (CAN 11/500)")
    assert told["vin"] == VIN
    assert told["codes"] == codes
    assert (told["mil"], told["count"], told["ignition"]) == (bool(codes), len(codes), "spark")
    for monitor in ("catalyst", "evap"):
        assert told[monitor] == [True, monitor in complete], monitor
    assert 700.0 < told["rpm"] < 900.0
    assert told["speed"] == 0.0
