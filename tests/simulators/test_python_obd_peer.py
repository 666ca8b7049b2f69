"""An independent host, python-OBD, reads the simulated car through the simulated scan tool.

It runs as a process of its own from a venv of its own (``.peers``), and is never imported here: its licence is GPL-2.
"""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators.runner import on_ptys
from simulators.station import SimulatedLane

PYTHON = Path(__file__).parents[2] / ".peers" / "bin" / "python"
PATIENCE_S = 60.0
CLIENT = """
import json, sys, obd
car = obd.OBD(sys.argv[1], baudrate=38400, fast=False, timeout=5)
ask = lambda name: car.query(obd.commands[name], force=True).value
status = ask("STATUS")
print(json.dumps({
    "status": car.status(), "protocol": car.protocol_id(), "vin": ask("VIN").decode(), "rpm": ask("RPM").magnitude,
    "codes": [code for code, _ in ask("GET_DTC")], "mil": status.MIL, "count": status.DTC_count,
    "catalyst": status.CATALYST_MONITORING.complete, "evap": status.EVAPORATIVE_SYSTEM_MONITORING.complete,
}))
car.close()
"""

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(not PYTHON.exists(), reason="python-OBD is not there; `make peers` brings it"),
]


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


async def test_python_obd_reads_vin_codes_readiness_and_engine_speed(folder: Path) -> None:
    lane = SimulatedLane()
    lane.drive_on("mil_on")
    async with on_ptys(lane, folder):
        told = await _run_client(folder / "obd")
    assert told == {
        "status": "Car Connected",
        "protocol": "6",
        "vin": "LHGGK5830F8031247",
        "rpm": pytest.approx(780.0, abs=5.0),
        "codes": ["P0420"],
        "mil": True,
        "count": 1,
        "catalyst": False,
        "evap": True,
    }


async def _run_client(port: Path) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        str(PYTHON), "-c", CLIENT, str(port), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        said, complaints = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, complaints.decode()
    told: dict[str, Any] = json.loads(said)
    return told
