"""The program ``lanectl-sim``: simulated lanes, devices and their surroundings, for people and players.

Knows options and exit codes. Does not know how anything is simulated.
"""

import asyncio
import json
import signal
import socket
from collections.abc import Coroutine, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from simulators.bureau_cli import add_commands
from simulators.can_ends import can_end
from simulators.devices import DEVICE_IDS
from simulators.lane_faults import CannotDoError
from simulators.obd_can import SlcanFace
from simulators.presets import PRESETS
from simulators.runner import CONTROL_SOCKET, End, WireOnPty, control_socket, ports_alive, run_on_ptys
from simulators.scenario import Player, make_lane
from simulators.scenario import read as read_scenario
from simulators.scenario_trouble import REMEDIES, ScenarioError, trouble
from simulators.station import PETROL_LANE, SimulatedLane
from simulators.tcp_end import WireOnTcp, tcp_port
from simulators.wire import Wire

USAGE_ERROR = 2
SAY_TIMEOUT_S = 5.0
TELL_EVERY_S = 0.1

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Simulated devices for lanectl.")
add_commands(app)
ClockFactor = Annotated[float, typer.Option(min=0.1, max=20.0, help="How much faster than real time.")]
Seed = Annotated[int, typer.Option(help="The same seed behaves the same way.")]
Preset = Annotated[str | None, typer.Option(help=f"Car on the lane from the start: {', '.join(PRESETS)}.")]


@app.command()
def lane(
    folder: Annotated[Path, typer.Option(help="Where the ports and control.sock appear.")],
    clock_factor: ClockFactor = 1.0,
    seed: Seed = 0,
    preset: Preset = None,
    device: Annotated[
        list[str] | None, typer.Option(help="A device id that the lane has; repeat it. Gas, dyno and obd unless said.")
    ] = None,
) -> None:
    """Run a whole simulated lane until interrupted."""
    simulated = _lane(seed, preset, device or PETROL_LANE)
    typer.echo(" ".join(f"{folder}/{name}" for name in (*simulated.wires, CONTROL_SOCKET)))
    _run(run_on_ptys(simulated, folder, clock_factor))


@app.command()
def device(
    device_id: Annotated[str, typer.Argument(help=f"One of {', '.join(DEVICE_IDS)}.")],
    port: Annotated[
        str,
        typer.Option(
            help="Name under which the port appears; a Modbus device also tcp://127.0.0.1:N, a CAN interface also "
            "udp_multicast:239.74.163.2:43113 or socketcand://127.0.0.1:29536/can0."
        ),
    ],
    clock_factor: ClockFactor = 1.0,
    seed: Seed = 0,
    preset: Preset = "clean_petrol",
    control: Annotated[
        Path | None, typer.Option(help="Folder where control.sock appears, for 'say', 'fault' and 'clear'.")
    ] = None,
) -> None:
    """Run one simulated device, before an idling car with the probe in."""
    if device_id not in DEVICE_IDS:
        _give_up(f"there is no simulated {device_id!r}; there are {', '.join(DEVICE_IDS)}")
    simulated = _lane(seed, preset, (device_id,))
    simulated.hold_probe(simulated.vehicle is not None)
    typer.echo(port)
    _run(_ends_alive(simulated, [_end(simulated.wires[DEVICE_IDS[device_id]], port)], clock_factor, control))


@app.command()
def scenario(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A scenario; see docs/simulators.md.")],
    folder: Annotated[Path | None, typer.Option(help="Where the ports and control.sock appear.")] = None,
    clock_factor: ClockFactor = 1.0,
    check: Annotated[
        bool, typer.Option("--check", help="Read the file, say what is wrong with it, and leave.")
    ] = False,
) -> None:
    """Run a lane, or one device, as a file says: which devices and car, and which faults when."""
    try:
        read = read_scenario(file)
    except ScenarioError as error:
        _give_up(str(error))
    if check:
        typer.echo(f"{file}: ok, {len(read.devices)} devices, {len(read.at)} moments")
        return
    if folder is None:
        _give_up(str(trouble(file, "no_folder", REMEDIES["folder"])))
    lane = make_lane(read)
    ends = [_end(wire, read.ports.get(name, str(folder / name))) for name, wire in lane.wires.items()]
    typer.echo(
        " ".join([*(read.ports.get(name, f"{folder}/{name}") for name in lane.wires), f"{folder}/{CONTROL_SOCKET}"])
    )
    _run(_play(Player(read, lane), lane, ends, clock_factor, folder))


@app.command()
def camera(
    folder: Annotated[Path, typer.Option(help="Where control.sock appears.")],
    port: Annotated[int, typer.Option(help="Port on loopback; 0 chooses one.")] = 8554,
    name: Annotated[str, typer.Option(help="Last part of the stream's address.")] = "hall",
    seed: Seed = 0,
) -> None:
    """Run one simulated camera, and print its address; 'say' covers, freezes, loops, turns or drops it."""
    from simulators.camera import SimulatedCamera, run_camera  # the decoder's library is large: only where needed

    _run(run_camera(SimulatedCamera(name, port, seed), folder, typer.echo))


@app.command()
def say(
    folder: Annotated[Path, typer.Argument(help="Folder of a running simulated lane or camera.")],
    command: Annotated[str, typer.Argument(help='One JSON object, such as {"do": "state"}.')],
) -> None:
    """Give a running simulated lane or camera one command and print its reply; exit code 1 when it says no."""
    try:
        reply = _converse(folder / CONTROL_SOCKET, command)
    except OSError as error:
        _give_up(f"no simulated lane answers at {folder / CONTROL_SOCKET} ({error}); start one: lanectl-sim lane")
    typer.echo(json.dumps(reply, ensure_ascii=False))
    raise typer.Exit(0 if reply.get("ok") else 1)


@app.command()
def fault(
    folder: Annotated[Path, typer.Argument(help="Folder of a running simulated lane or device.")],
    wire: Annotated[str, typer.Argument(help="Its wire, such as gas.")],
    kind: Annotated[
        str, typer.Argument(help='What goes wrong, such as silence; \'say FOLDER {"do": "help"}\' lists all.')
    ],
    for_s: Annotated[float | None, typer.Option(help="For so long in lane time; until 'clear' when not said.")] = None,
    option: Annotated[list[str] | None, typer.Option(help="A number of the fault: delay_s=1.5; repeat it.")] = None,
) -> None:
    """Let something go wrong in a running simulated lane or device."""
    numbers: dict[str, object] = {}
    for each in option or ():
        name, _, number = each.partition("=")
        try:
            numbers[name] = float(number)
        except ValueError:
            _give_up(f"--option {each}: write it as name=number")
    command = {"do": "fault", "device": wire, "kind": kind, **numbers}
    say(folder, json.dumps(command | ({} if for_s is None else {"for_s": for_s})))


@app.command()
def clear(
    folder: Annotated[Path, typer.Argument(help="Folder of a running simulated lane or device.")],
    wire: Annotated[str | None, typer.Argument(help="Its wire; all when not said.")] = None,
    kind: Annotated[str | None, typer.Argument(help="The fault; all when not said.")] = None,
) -> None:
    """Put right what goes wrong in a running simulated lane or device."""
    say(folder, json.dumps({"do": "clear", "device": wire, "kind": kind}))


def main() -> None:
    """Run the program."""
    app()


def _lane(seed: int, preset: str | None, devices: Sequence[str] = PETROL_LANE) -> SimulatedLane:
    try:
        simulated = SimulatedLane(seed, devices)
    except CannotDoError as error:
        _give_up(str(error))
    if preset is not None:
        if preset not in PRESETS:
            _give_up(f"there is no preset {preset!r}; there are {', '.join(PRESETS)}")
        simulated.drive_on(preset)
    return simulated


async def _ends_alive(lane: SimulatedLane, ends: Sequence[End], clock_factor: float, control: Path | None) -> None:
    heard = nullcontext() if control is None else control_socket(lane, control / CONTROL_SOCKET)
    async with heard, ports_alive(lane, ends, clock_factor) as beating:
        await beating


async def _play(player: Player, lane: SimulatedLane, ends: Sequence[End], clock_factor: float, folder: Path) -> None:
    """Play until it is over or interrupted, and tell each command as it is given."""
    async with control_socket(lane, folder / CONTROL_SOCKET), ports_alive(lane, ends, clock_factor) as beating:
        while not player.over and not beating.done():
            await asyncio.sleep(TELL_EVERY_S)
            while player.said:
                time_s, command, wrong = player.said.popleft()
                typer.echo(
                    f"{time_s:9.2f} s  {json.dumps(command, ensure_ascii=False)}{f'  -> {wrong}' if wrong else ''}"
                )


def _end(wire: Wire, port: str) -> End:
    """Return the end that this name means."""
    if isinstance(wire.face, SlcanFace) and (end := can_end(wire, port)) is not None:
        return end
    number = tcp_port(port)
    return WireOnPty(wire, Path(port)) if number is None else WireOnTcp(wire, number)


def _run(work: Coroutine[object, object, None]) -> None:
    async def until_told() -> None:
        task = asyncio.ensure_future(work)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await asyncio.gather(task, return_exceptions=False)

    try:
        asyncio.run(until_told())
    except asyncio.CancelledError:
        return
    except OSError as error:
        _give_up(str(error))


def _converse(path: Path, command: str) -> dict[str, object]:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(SAY_TIMEOUT_S)
        line.connect(str(path))
        line.sendall(" ".join(command.split()).encode() + b"\n")
        with line.makefile("rb") as answers:
            reply = json.loads(answers.readline() or b"{}")
    return dict(reply)


def _give_up(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(USAGE_ERROR)
