"""can-j1939, an independent implementation of SAE J1939, as a truck that our driver reads and as a tool that asks
ours."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import j1939 as peer
import pytest

from drivers.obd.can_reader import build_j1939
from drivers.obd.can_settings import J1939Settings
from drivers.readings import ObdEcu
from drivers.roles import ObdReader
from lanectl.lane.clock import RealClock
from protocols import j1939, j1939_dm, j1939_signals
from protocols.j1939_codes import Code
from protocols.j1939_dm import Calibration, Faults, Performance, Ratio, Readiness, Since
from simulators.can_ends import WireOnUdp
from simulators.presets import PRESETS
from simulators.runner import ports_alive
from simulators.station import SimulatedLane

pytestmark = pytest.mark.peer
GROUP, LIMIT_S = "239.74.163.5", 30.0
ENGINE = 0x01
"""can-j1939 cannot take address 0 without a claim."""
VIN = "LZGJLDR47FX012345"
LAMPS = {"mil": True, "red": False, "amber": False, "protect": False}
FAULTS = tuple(Code(3000 + n, n % 20, 1) for n in range(12))
"""Fifty bytes: eight packets."""
ANSWERS = {
    j1939.DM5: j1939_dm.encode_readiness(
        Readiness(12, 0, 0x14, {"misfire": True, "nox_scr": False, "pm_filter": True})
    ),
    j1939.DM12: j1939_dm.encode_faults(Faults(LAMPS, FAULTS)),
    j1939.DM6: j1939_dm.encode_faults(Faults(LAMPS, ())),
    j1939.DM28: j1939_dm.encode_faults(Faults(LAMPS, FAULTS[:1])),
    j1939.DM19: j1939_dm.encode_calibrations((Calibration("CAL-A", "0A0B0C0D"), Calibration("CAL-B", "01020304"))),
    j1939.DM20: j1939_dm.encode_performance(Performance(7, 5, (Ratio(4364, 3, 4), Ratio(5322, 1, 2)))),
    j1939.DM21: j1939_dm.encode_since(Since(230.0, 900.0, 14.0, None)),
    j1939.VIN: j1939_dm.encode_vin(VIN),
    j1939.ENGINE_CONFIGURATION: j1939_signals.encode(j1939.ENGINE_CONFIGURATION, {"reference_torque_nm": 1200.0}, 39),
}


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def application(port: int, address: int) -> Iterator[peer.ControllerApplication]:
    """Run can-j1939's own stack on the bus under this address."""
    ecu = peer.ElectronicControlUnit(max_cmdt_packets=3)
    ecu.connect(interface="udp_multicast", channel=GROUP, port=port, hop_limit=0, fd=False)
    name = peer.Name(
        arbitrary_address_capable=0, industry_group=peer.Name.IndustryGroup.Global, vehicle_system_instance=0,
        vehicle_system=0, function=0, function_instance=0, ecu_instance=0, manufacturer_code=0, identity_number=address,
    )  # fmt: skip
    made = peer.ControllerApplication(name, address, bypass_address_claim=True)
    ecu.add_ca(controller_application=made)
    try:
        yield made
    finally:
        ecu.disconnect()
        ecu.stop()


@contextmanager
def truck_on_can_j1939(port: int) -> Iterator[None]:
    with application(port, ENGINE) as engine:

        def tell(pgn: int, data: bytes, to: int) -> None:
            engine.send_pgn(0, pgn >> 8 & 0xFF, to if pgn >> 8 & 0xFF < 0xF0 else pgn & 0xFF, 6, list(data))

        def answer(source: int, destination: int, pgn: int) -> None:
            if pgn in ANSWERS:
                tell(pgn, ANSWERS[pgn], source)

        def speed(_: object) -> bool:
            tell(j1939.EEC1, j1939_signals.encode(j1939.EEC1, {"engine_rpm": 801.0, "torque_pct": 20.0}), 0xFF)
            return True

        engine.subscribe_request(answer)
        engine.add_timer(0.05, speed)
        yield


async def test_our_driver_reads_a_truck_that_speaks_through_can_j1939() -> None:
    port = free_port()
    settings = J1939Settings(driver="j1939-can", port=f"udp_multicast:{GROUP}:{port}", bitrate_kbit=250)
    reader = build_j1939("obd", settings, None, RealClock())
    assert isinstance(reader, ObdReader)
    with truck_on_can_j1939(port):
        async with asyncio.timeout(LIMIT_S):
            await reader.open()
            try:
                assert await reader.connect() == "SAE J1939 CAN 29/250"
                facts = await reader.read_check()
                live = (await reader.read_live()).values
            finally:
                await reader.close()
    assert (facts.vin, facts.mil_on, facts.obd_type, facts.distance_with_mil_km) == (VIN, True, 0x14, 230.0)
    assert facts.stored_codes == tuple(str(code) for code in FAULTS)
    assert (facts.pending_codes, facts.permanent_codes) == ((), (str(FAULTS[0]),))
    assert facts.monitors == {"misfire": "complete", "nox_scr": "incomplete", "pm_filter": "complete"}
    assert facts.ecus == (ObdEcu("01", ("CAL-A", "CAL-B"), ("0A0B0C0D", "01020304")),)
    assert facts.performance == {
        "obdcond": 5, "igncntr": 7, "spn4364_comp": 3, "spn4364_cond": 4, "spn5322_comp": 1, "spn5322_cond": 2,
    }  # fmt: skip
    assert (live["obd_rpm"], live["obd_reference_torque_nm"]) == (801.0, 1200.0)
    assert live["obd_power_kw"] == pytest.approx(0.2 * 1200 * 801 / 9549.3, rel=1e-4)


def heard_by_can_j1939(port: int, wanted: set[int]) -> tuple[dict[int, bytes], list[tuple[int, int]]]:
    """Ask our truck through can-j1939; return each group's data, and what its own DM1 parser made of the broadcasts."""
    found: dict[int, bytes] = {}
    active: list[tuple[int, int]] = []
    complete = threading.Event()
    with application(port, j1939.TOOL) as tool:

        def take(_: int, pgn: int, source: int, __: float, data: bytes) -> None:
            to_one = pgn >> 8 & 0xFF < 0xF0
            if source == 0x00 and (group := pgn & 0x3FF00 if to_one else pgn) in wanted:
                found[group] = bytes(data)
            if found.keys() >= wanted and active:
                complete.set()

        def take_codes(source: int, _: object, codes: list[dict[str, int]], __: float) -> None:
            if source == 0x00:
                active.extend((code["spn"], code["fmi"]) for code in codes)

        lamps_and_codes = peer.Dm1(tool)
        lamps_and_codes.subscribe(take_codes)
        tool.subscribe(take)
        for pgn in sorted(wanted):
            tool.send_request(0, pgn, 0x00)
            time.sleep(0.3)
        complete.wait(10.0)
    return found, active


async def test_can_j1939_asks_the_truck_that_we_simulate() -> None:
    lane, port = SimulatedLane(seed=4, devices=("j1939-can",)), free_port()
    lane.drive_on("heavy_diesel_mil_on")
    wanted = {j1939.DM5, j1939.DM12, j1939.DM19, j1939.DM20, j1939.VIN}

    async with asyncio.timeout(LIMIT_S), ports_alive(lane, [WireOnUdp(lane.wires["obd"], GROUP, port)], 1.0):
        found, active = await asyncio.to_thread(heard_by_can_j1939, port, wanted)

    data = PRESETS["heavy_diesel_mil_on"]
    assert found.keys() == wanted
    assert j1939_dm.decode_vin(found[j1939.VIN]) == data.vin
    assert tuple(str(code) for code in j1939_dm.decode_faults(found[j1939.DM12]).codes) == data.diagnosis.stored
    assert j1939_dm.decode_calibrations(found[j1939.DM19])[0] == Calibration("PBT5MPR3", "40DCBF96")
    assert j1939_dm.decode_performance(found[j1939.DM20]).ignition_cycles == 1530
    assert j1939_dm.decode_readiness(found[j1939.DM5]).compliance == 0x14
    assert set(active) == {(3216, 4), (4364, 18)}
