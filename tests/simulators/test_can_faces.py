"""The simulated CAN adapter: its own words, the car behind it, and its ends without a serial port."""

import asyncio
import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import can
import pytest

from drivers.errors import NoReplyError, PortLostError
from drivers.obd.can_reader import build
from drivers.obd.can_settings import Iso15765Settings
from drivers.roles import ObdReader
from lanectl.lane.clock import RealClock
from protocols import slcan
from protocols.can_frame import CanFrame
from simulators.can_ends import WireOnSocketcand, WireOnUdp, can_end
from simulators.lane_faults import CannotDoError
from simulators.presets import PRESETS
from simulators.runner import End, WireOnPty, ports_alive
from simulators.station import STEP_S, SimulatedLane

GROUP, LIMIT_S = "239.74.163.2", 20.0
VECTORS = json.loads((Path(__file__).parents[1] / "vectors/obd_iso_tp.json").read_text("utf-8"))


class Adapter:
    """A host at the adapter's wire."""

    def __init__(self, preset: str = "clean_petrol") -> None:
        self.lane = SimulatedLane(seed=1, devices=("iso15765-can",))
        self.wire = self.lane.wires["obd"]
        if preset:
            self.lane.drive_on(preset)

    def say(self, text: str) -> bytes:
        self.wire.receive(text.encode())
        return self.wire.take()

    def hear(self, seconds: float = 0.1) -> list[str]:
        said = b""
        for _ in range(round(seconds / STEP_S)):
            self.lane.step()
            said += self.wire.take()
        found = [slcan.decode_line(line) for line in slcan.LineFramer().feed(said)]
        return [str(one) for one in found if isinstance(one, CanFrame)]

    def ask(self, text: str, seconds: float = 0.1) -> list[str]:
        assert self.say(text + "\r") in (b"z\r", b"Z\r")
        return self.hear(seconds)


@pytest.fixture
def adapter() -> Adapter:
    made = Adapter()
    assert made.say("S6\rO\r") == b"\r\r"
    return made


def test_the_adapter_keeps_its_order_and_refuses_what_is_out_of_it() -> None:
    adapter = Adapter()
    assert adapter.say("V\rN\r") == b"V1013\rNA123\r"
    assert adapter.say("O\r") == b"\x07"  # no bit rate yet
    assert adapter.say("t7DF80201000000000000\r") == b"\x07"
    assert adapter.say("F\r") == b"\x07"
    assert adapter.say("S6\rO\r") == b"\r\r"
    assert adapter.say("S5\r") == b"\x07"
    assert adapter.say("O\r") == b"\x07"
    assert adapter.say("F\r") == b"F00\r"
    assert adapter.say("t7DF9\r") == b"\x07"
    assert adapter.say("nonsense!\r") == b"\x07"
    assert adapter.say("C\r") == b"\r"
    assert adapter.say("C\r") == b"\x07"


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_commands_arrive_in_any_chunking(size: int) -> None:
    adapter, text = Adapter(), "\r\rC\rS6\rO\rV\r"
    said = b"".join(adapter.say(text[at : at + size]) for at in range(0, len(text), size))
    assert said == b"\r\r\x07\r\rV1013\r"


def test_the_golden_frames_are_answered_byte_for_byte(adapter: Adapter) -> None:
    golden = {vector["hex"].replace(" ", "") for vector in VECTORS if vector.get("can_id") == "7E8"}
    assert adapter.ask("t7DF80201000000000000") == ["7E8#064100BE3FA81300"]
    assert "064100BE3FA81300" in golden
    car = adapter.lane.vehicle
    assert car is not None
    assert adapter.ask("t7E080209020000000000") == ["7E8#101449020" + "14C5356"]
    assert adapter.ask("t7E083000000000000000") == ["7E8#2141413431383245", "7E8#2232313233343536"]
    assert {"101449020" + "14C5356", "2141413431383245", "2232313233343536"} <= golden
    car.engine_rpm = 2480.0
    assert adapter.ask("t7DF8020" + "10C0000000000", STEP_S)[0].startswith("7E8#04410C2")


def test_without_leave_the_rest_of_a_message_never_comes(adapter: Adapter) -> None:
    assert len(adapter.ask("t7DF80209020000000000", 2.0)) == 1
    assert adapter.ask("t7E083000000000000000", 1.0) == []


def test_blocks_and_separation_times_are_kept(adapter: Adapter) -> None:
    adapter.ask("t7DF80209020000000000")
    assert len(adapter.ask("t7E0830010000000000" + "00", 0.5)) == 1
    assert len(adapter.ask("t7E08300000000000" + "0000", 0.5)) == 1


def test_each_unit_fills_its_frames_in_its_own_way_and_answers_on_29_bits() -> None:
    adapter = Adapter("two_units")
    adapter.say("S6\rO\r")
    assert adapter.ask("t7DF80201000000000000") == []
    assert adapter.ask("T18DB33F180201000000000000") == ["18DAF110#064100BE3FA81300", "18DAF118#0641008008001055"]
    assert adapter.ask("T18DA18F180201000000000000") == ["18DAF118#0641008008001055"]
    assert adapter.ask("T18DB33F180209060000000000") == ["18DAF110#037F097800000000", "18DAF118#0749060100C07A55"]
    assert [one[:17] for one in adapter.hear(2.0)] == ["18DAF110#100B4906"]


def test_on_another_bit_rate_nobody_acknowledges_and_the_queue_fills_up() -> None:
    adapter = Adapter()
    adapter.say("S5\rO\r")
    for _ in range(16):
        assert adapter.ask("t7DF80201000000000000", STEP_S) == []
    assert adapter.say("t7DF80201000000000000\r") == b"\x07"
    assert adapter.say("F\r") == b"F24\r"
    adapter.say("C\rS6\rO\r")
    assert adapter.ask("t7DF80201000000000000") == ["7E8#064100BE3FA81300"]


@pytest.mark.parametrize("nobody", [lambda lane: lane.turn_key("off"), lambda lane: lane.leave()])
def test_with_the_key_off_or_no_car_the_bus_is_silent(
    adapter: Adapter, nobody: Callable[[SimulatedLane], None]
) -> None:
    adapter.ask("t7DF80209020000000000")
    nobody(adapter.lane)
    assert adapter.ask("t7E083000000000000000") == []
    assert adapter.ask("t7DF80201000000000000") == []


@pytest.mark.parametrize("kind", ["bus_error", "wait_for_ever", "lost_part", "power_cut", "out_of_socket"])
def test_each_fault_spoils_an_answer_and_its_end_brings_it_back(adapter: Adapter, kind: str) -> None:
    def vin() -> list[str]:
        adapter.say("C\rS6\rO\r") if kind != "power_cut" else None
        adapter.say("t7DF80209020000000000\r")
        first = adapter.hear()
        adapter.say("t7E083000000000000000\r")
        return first + adapter.hear()

    whole = vin()
    assert len(whole) == 3
    adapter.lane.fault("obd", kind)
    assert vin() != whole
    adapter.lane.clear()
    if kind == "power_cut":
        adapter.say("S6\rO\r")
    adapter.hear(3.0)
    assert vin() == whole


def test_faults_belong_to_the_tool_that_the_lane_has() -> None:
    with pytest.raises(CannotDoError, match="no fault"):
        Adapter().lane.fault("obd", "buffer_full")
    with pytest.raises(CannotDoError, match="no fault"):
        SimulatedLane().fault("obd", "lost_part")
    with pytest.raises(CannotDoError, match="same place"):
        SimulatedLane(devices=("elm327", "iso15765-can"))


# --- ends ---------------------------------------------------------------------------------------------------------


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ends(lane: SimulatedLane, folder: Path) -> dict[str, Callable[[], tuple[End, str]]]:
    wire = lane.wires["obd"]
    udp, tcp = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
    return {
        "slcan": lambda: (WireOnPty(wire, folder / "obd"), str(folder / "obd")),
        "udp_multicast": lambda: (WireOnUdp(wire, GROUP, udp), f"udp_multicast:{GROUP}:{udp}"),
        "socketcand": lambda: (WireOnSocketcand(wire, tcp), f"socketcand://127.0.0.1:{tcp}/can0"),
    }


async def driver_at(port: str) -> ObdReader:
    reader = build("obd", Iso15765Settings(driver="iso15765-can", port=port), None, RealClock())
    assert isinstance(reader, ObdReader)
    await reader.open()
    return reader


@pytest.mark.parametrize("way", ["slcan", "udp_multicast", "socketcand"])
async def test_our_driver_reads_the_simulated_car_over_each_end_in_real_time(tmp_path: Path, way: str) -> None:
    lane = SimulatedLane(seed=3, devices=("iso15765-can",))
    lane.drive_on("mil_on")
    end, port = ends(lane, tmp_path)[way]()
    async with asyncio.timeout(LIMIT_S), ports_alive(lane, [end], 1.0):
        reader = await driver_at(port)
        try:
            assert await reader.connect() == "ISO 15765-4 CAN 11/500"
            facts = await reader.read_check()
            assert (facts.vin, facts.stored_codes) == (PRESETS["mil_on"].vin, ("P0420",))
            assert (await reader.read_live()).values["obd_rpm"] == pytest.approx(780.0, abs=60.0)
            lane.turn_key("off")
            with pytest.raises(NoReplyError):
                await reader.read_live()
        finally:
            await reader.close()


async def look_until_it_fails(reader: ObdReader) -> None:
    while True:
        await reader.read_live()


@pytest.mark.parametrize("way", ["slcan", "socketcand"])
async def test_a_pulled_end_is_a_lost_port_in_real_time(tmp_path: Path, way: str) -> None:
    lane = SimulatedLane(seed=3, devices=("iso15765-can",))
    lane.drive_on("clean_petrol")
    end, port = ends(lane, tmp_path)[way]()
    async with asyncio.timeout(LIMIT_S), ports_alive(lane, [end], 1.0):
        reader = await driver_at(port)
        try:
            await reader.connect()
            lane.fault("obd", "unplug")
            with pytest.raises(PortLostError):
                await look_until_it_fails(reader)
        finally:
            await reader.close()


async def test_a_socketcand_server_takes_one_host_at_a_time_and_knows_its_interface(tmp_path: Path) -> None:
    lane = SimulatedLane(seed=3, devices=("iso15765-can",))
    end = WireOnSocketcand(lane.wires["obd"])
    async with asyncio.timeout(LIMIT_S), ports_alive(lane, [end], 1.0):
        old, unused = await asyncio.open_connection("127.0.0.1", end.port)
        assert await old.readuntil(b">") == b"< hi >"
        new, writer = await asyncio.open_connection("127.0.0.1", end.port)
        assert await new.readuntil(b">") == b"< hi >"
        assert await old.read() == b""
        writer.write(b"< open can7 >")
        assert await new.readuntil(b">") == b"< error could not open bus >"
        for each in (unused, writer):
            each.close()
            await each.wait_closed()


async def test_pythons_own_can_interfaces_ask_the_simulated_adapter(tmp_path: Path) -> None:
    lane = SimulatedLane(seed=3, devices=("iso15765-can",))
    lane.drive_on("clean_petrol")
    asked = can.Message(arbitration_id=0x7DF, data=bytes.fromhex("0201000000000000"), is_extended_id=False)

    def converse(interface: str, **options: object) -> str | None:
        with can.Bus(interface=interface, **options) as bus:  # type: ignore[arg-type]
            bus.send(asked)
            told = bus.recv(5.0)
            while told is not None and told.arbitration_id == asked.arbitration_id:
                told = bus.recv(5.0)
            return None if told is None else f"{told.arbitration_id:03X}#{bytes(told.data).hex().upper()}"

    for way in ("slcan", "udp_multicast", "socketcand"):
        end, port = ends(lane, tmp_path)[way]()
        number = int(port.split(":")[-1].split("/")[0]) if ":" in port else 0
        options: dict[str, object] = {
            "slcan": {"channel": port, "bitrate": 500_000, "sleep_after_open": 0},
            "udp_multicast": {"channel": GROUP, "port": number, "hop_limit": 0, "fd": False},
            "socketcand": {"channel": "can0", "host": "127.0.0.1", "port": number},
        }[way]
        async with asyncio.timeout(LIMIT_S), ports_alive(lane, [end], 1.0):
            assert await asyncio.to_thread(converse, way, **options) == "7E8#064100BE3FA81300", way


async def test_the_program_serves_a_can_interface_by_the_name_of_its_port() -> None:
    port = f"socketcand://127.0.0.1:{free_port(socket.SOCK_STREAM)}/can0"
    program = ("-c", "from simulators.cli import main; main()", "device", "iso15765-can", "--preset", "clean_diesel")
    process = await asyncio.create_subprocess_exec(
        sys.executable, *program, "--port", port, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(LIMIT_S):
            assert process.stdout is not None
            assert (await process.stdout.readline()).decode().strip() == port
            reader = await driver_when_there(port)
            assert await reader.connect() == "ISO 15765-4 CAN 11/500"
            assert (await reader.read_check()).ignition == "compression"
            await reader.close()
    finally:
        process.terminate()
        assert await process.wait() == 0


async def driver_when_there(port: str) -> ObdReader:
    """Open the driver as the lane does: again, until somebody listens."""
    while True:
        try:
            return await driver_at(port)
        except PortLostError:
            await asyncio.sleep(0.05)


def test_a_name_says_which_end() -> None:
    wire = SimulatedLane(devices=("iso15765-can",)).wires["obd"]
    assert isinstance(can_end(wire, "udp_multicast:239.74.163.2:43113"), WireOnUdp)
    assert isinstance(can_end(wire, "socketcand://127.0.0.1:29536/can0"), WireOnSocketcand)
    assert can_end(wire, "socketcand://10.0.0.1:29536/can0") is None
    assert can_end(wire, "/run/lane/obd") is None
