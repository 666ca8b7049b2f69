"""``lanectl demo``: a simulated station, from the distribution lanectl-simulators."""

from enum import StrEnum
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from lanectl.cli.output import UsageError, leave


class Sabotage(StrEnum):
    """What is broken from outside, one thing at a time."""

    GATE = "gate"
    SIGNATURE = "signature"
    RECEIPT = "receipt"
    CAMERA = "camera"
    VERDICT = "verdict"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    once: Annotated[bool, typer.Option("--once", help="Play once and leave; exit 0 only if everything held.")] = False,
    sabotage: Annotated[Sabotage | None, typer.Option(help="Break one thing from outside; must end in exit 1.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Keep the station's files here.")] = None,
) -> None:
    """Start a simulated station and play a shift: broker, bureau, M-station, lanes, terminal."""
    found = list(entry_points(group="lanectl.demo", name="station"))
    if not found:
        raise UsageError(
            "the simulated station is not installed",
            "pip install lanectl-simulators (on a development machine, never on a lane)",
            "NotInstalled",
        )
    leave(found[0].load()(once=once, sabotage=None if sabotage is None else sabotage.value, folder=folder))
