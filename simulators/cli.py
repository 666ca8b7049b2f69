"""The program ``lanectl-sim``: simulated lanes, devices and their surroundings, for people and players.

Knows options and exit codes. Does not know how anything is simulated.
"""

import asyncio
import json
import signal
import socket
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Annotated

import typer

from simulators.bureau_cli import add_commands
from simulators.can_ends import can_end
from simulators.devices import DEVICE_IDS
from simulators.obd_can import SlcanFace
from simulators.presets import PRESETS
from simulators.runner import CONTROL_SOCKET, End, WireOnPty, ports_alive, run_on_ptys
from simulators.station import PETROL_LANE, CannotDoError, SimulatedLane
from simulators.tcp_end import WireOnTcp, tcp_port
from simulators.wire import Wire

USAGE_ERROR = 2
SAY_TIMEOUT_S = 5.0

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
) -> None:
    """Run one simulated device, before an idling car with the probe in."""
    if device_id not in DEVICE_IDS:
        _give_up(f"there is no simulated {device_id!r}; there are {', '.join(DEVICE_IDS)}")
    simulated = _lane(seed, preset, (device_id,))
    simulated.hold_probe(simulated.vehicle is not None)
    typer.echo(port)
    _run(_one_device(simulated, DEVICE_IDS[device_id], port, clock_factor))


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


async def _one_device(simulated: SimulatedLane, name: str, port: str, clock_factor: float) -> None:
    async with ports_alive(simulated, [_end(simulated.wires[name], port)], clock_factor) as beating:
        await beating


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


def _give_up(message: str) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(USAGE_ERROR)
