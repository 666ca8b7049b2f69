"""Our OBD driver against elm327-emulator: an independent ELM327 with its own control units, over a pseudo-terminal."""

import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
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
vin = obd_message.ObdMessage["car"]["VIN"]
vin["Response"] = vin["Response"][0]  # else it is another car at each question
runpy.run_module("elm", run_name="__main__", alter_sys=True)
"""
VIN = "WP0ZZZ99ZTS390000"
"""First of the vehicles of the emulator's scenario, as it documents them."""


OLD_CAR = """
import runpy, sys
from elm import elm, obd_message
PA = obd_message.PA
old = obd_message.ObdMessage["mt05"]
for name, request, told in (
    ("STATUS", "0101", "81 07 65 04"), ("GET_DTC", "03", "04 20 00 00 00 00"), ("PENDING", "07", "00 00 00 00 00 00"),
):
    old[name] = {"Request": "^" + request + obd_message.ELM_FOOTER, "Descr": name, "Response": PA(told)}
old["AT_DESCRIBE_PROTO_N"] = {"Request": "^ATDPN$", "Descr": "protocol", "Response": obd_message.ST("A5")}
write = elm.Elm.uds_answer
def on_k_line(self, data, request_header, *rest, **named):
    return write(self, data, "8211F1", *rest, **named)
elm.Elm.uds_answer = on_k_line
runpy.run_module("elm", run_name="__main__", alter_sys=True)
"""
"""A car of before CAN: the emulator's Delphi unit, which it writes as ISO 14230 messages, here without ATSH before."""


@contextmanager
def emulator(peer_python: Path, folder: Path, start: str, scenario: str) -> Iterator[str]:
    batch = folder / "emulator.txt"
    process = subprocess.Popen(
        [str(peer_python), "-u", "-c", start, "-s", scenario, "-b", str(batch)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
    )
    try:
        yield _port_named_in(batch, process)
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.fixture
def emulator_port(peer_python: Path, tmp_path: Path) -> Iterator[str]:
    with emulator(peer_python, tmp_path, START, "car") as port:
        yield port


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

    assert facts.vin == VIN
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


async def test_our_driver_reads_a_car_of_before_can(peer_python: Path, tmp_path: Path) -> None:
    with emulator(peer_python, tmp_path, OLD_CAR, "mt05") as port:
        made = build("obd", Elm327Settings(driver="elm327", port=port), None, RealClock())
        assert isinstance(made, ObdReader)
        await made.open()
        try:
            assert await made.connect() == "ISO 14230-4 KWP fast"
            facts = await made.read_check()
            live = await made.read_live()
        finally:
            await made.close()
    assert (facts.mil_on, facts.dtc_count, facts.ignition) == (True, 1, "spark")
    assert (facts.stored_codes, facts.pending_codes) == (("P0420",), ())
    assert facts.monitors["evap"] == "incomplete"
    rpm = live.values["obd_rpm"]
    assert rpm is not None
    assert 500.0 < rpm < 8000.0
