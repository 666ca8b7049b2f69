"""Our OBD driver against elm327-emulator: an independent ELM327 with its own control units, over a pseudo-terminal."""

import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from drivers.obd.elm327 import Elm327Settings, build
from drivers.roles import ObdReader
from lanectl.lane.clock import RealClock

pytestmark = pytest.mark.peer
START_LIMIT_S = 30.0
STORED = ["0143", "0196", "0234", "4035"]
"""Codes put into the emulated car (as its documentation shows); four of them need more than one frame."""
START = f"""
import runpy, sys
from elm import obd_message
obd_message.DTC_STORED[:] = {STORED!r}
obd_message.DTC_PENDING[:] = ["0300"]
runpy.run_module("elm", run_name="__main__", alter_sys=True)
"""
VINS = {"WP0ZZZ99ZTS390000", "MAT403096BNL00000", "SB1ZS3JE60E282102"}
"""Vehicles of the emulator's scenario, as it documents them."""


@pytest.fixture
def emulator_port(peer_python: Path, tmp_path: Path) -> Iterator[str]:
    batch = tmp_path / "emulator.txt"
    process = subprocess.Popen(
        [str(peer_python), "-u", "-c", START, "-s", "car", "-b", str(batch)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
    )
    try:
        yield _port_named_in(batch, process)
    finally:
        process.terminate()
        process.communicate(timeout=10)


def _port_named_in(batch: Path, process: "subprocess.Popen[bytes]") -> str:
    deadline_s = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline_s:
        lines = batch.read_text().splitlines() if batch.exists() else []
        if any("STARTED" in line for line in lines):
            return lines[0].strip()
        assert process.poll() is None, "elm327-emulator ended at its start; is its venv whole?"
        time.sleep(0.05)
    raise AssertionError("elm327-emulator did not start in time")


@pytest.fixture
async def reader(emulator_port: str) -> AsyncIterator[ObdReader]:
    made = build("obd", Elm327Settings(driver="elm327", port=emulator_port), None, RealClock())
    assert isinstance(made, ObdReader)
    await made.open()
    yield made
    await made.close()


async def test_our_driver_reads_vin_codes_readiness_and_rpm(reader: ObdReader) -> None:
    assert (await reader.identify()).firmware == "ELM327 v1.5"
    assert await reader.connect() == "ISO 15765-4 CAN 11/500"

    facts = await reader.read_check()
    live = await reader.read_live()

    assert facts.vin in VINS
    assert facts.stored_codes == ("P0143", "P0196", "P0234", "C0035")
    assert facts.pending_codes == ("P0300",)
    assert (facts.mil_on, facts.dtc_count, facts.ignition) == (True, 4, "spark")
    assert {"misfire", "fuel_system", "components", "catalyst", "o2_sensor"} <= set(facts.monitors)
    assert set(facts.monitors.values()) <= {"complete", "incomplete"}
    assert facts.ecus
    assert all(ecu.cal_ids and len(ecu.cal_ids) == len(ecu.cvns) for ecu in facts.ecus)
    rpm = live.values["obd_rpm"]
    assert rpm is not None
    assert 500.0 < rpm < 8000.0
