"""Our CAN driver against elm327-emulator as a serial CAN adapter: an independent adapter with its own control units."""

import os
import selectors
import subprocess
import threading
import time
import tty
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.obd.can_reader import build
from drivers.obd.can_settings import Iso15765Settings
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


@contextmanager
def cable() -> Iterator[tuple[str, str]]:
    """Two pseudo-terminals, joined: what is written into one comes out of the other."""
    pairs = [os.openpty() for _ in range(2)]
    for _, far in pairs:
        tty.setraw(far)
    stop_reading, stop = os.pipe()
    thread = threading.Thread(target=_carry, args=(pairs[0][0], pairs[1][0], stop_reading))
    thread.start()
    try:
        yield os.ttyname(pairs[0][1]), os.ttyname(pairs[1][1])
    finally:
        os.write(stop, b"x")
        thread.join()
        for fd in (*pairs[0], *pairs[1], stop_reading, stop):
            os.close(fd)


def _carry(one: int, other: int, stop: int) -> None:
    with selectors.DefaultSelector() as ready:
        for fd in (one, other, stop):
            ready.register(fd, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                if key.fd == stop:
                    return
                os.write(other if key.fd == one else one, os.read(key.fd, 4096))


@pytest.fixture
def adapter_port(peer_python: Path, tmp_path: Path) -> Iterator[str]:
    with cable() as (ours, theirs):
        process = subprocess.Popen(
            [str(peer_python), "-u", "-c", START, "-s", "car", "--slcan", theirs, "-b", str(tmp_path / "emulator.txt")],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path,
        )  # fmt: skip
        try:
            _wait_for_version(ours, process)
            yield ours
        finally:
            process.terminate()
            process.communicate(timeout=10)


def _wait_for_version(port: str, process: "subprocess.Popen[bytes]") -> None:
    """Ask for its version, as any host may, until the emulator has started."""
    fd = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    heard, deadline_s = b"", time.monotonic() + START_LIMIT_S
    try:
        while b"V1013\r" not in heard:
            assert process.poll() is None, "elm327-emulator ended at its start; is its venv whole?"
            assert time.monotonic() < deadline_s, "elm327-emulator did not start in time"
            os.write(fd, b"V\r")
            time.sleep(0.2)
            try:
                heard += os.read(fd, 4096)
            except BlockingIOError:
                continue
    finally:
        os.close(fd)


@pytest.fixture
async def reader(adapter_port: str) -> AsyncIterator[ObdReader]:
    made = build("obd", Iso15765Settings(driver="iso15765-can", port=adapter_port), None, RealClock())
    assert isinstance(made, ObdReader)
    await made.open()
    yield made
    await made.close()


async def test_our_driver_reads_vin_codes_readiness_and_rpm(reader: ObdReader) -> None:
    assert (await reader.identify()).firmware == "1013"
    assert await reader.connect() == "ISO 15765-4 CAN 11/500"

    facts = await reader.read_check()
    live = await reader.read_live()

    assert facts.vin == VIN
    assert facts.stored_codes == ("P0143", "P0196", "P0234", "C0035")
    assert facts.pending_codes == ("P0300",)
    assert (facts.mil_on, facts.dtc_count, facts.ignition) == (True, 4, "spark")
    assert {"misfire", "fuel_system", "components", "catalyst", "o2_sensor"} <= set(facts.monitors)
    assert facts.ecus
    assert all(ecu.cal_ids and len(ecu.cal_ids) == len(ecu.cvns) for ecu in facts.ecus)
    rpm = live.values["obd_rpm"]
    assert rpm is not None
    assert 500.0 < rpm < 8000.0
