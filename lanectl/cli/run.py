"""``lanectl run``: the daemon."""

import asyncio
import logging
from pathlib import Path
from typing import Annotated

import typer

from lanectl.app.compose import NotAllowedError
from lanectl.app.daemon import Daemon
from lanectl.cli.output import SAYS_NO, UsageError, leave, say
from lanectl.core.selftest import CoreDamaged
from lanectl.ledger.errors import LedgerError
from lanectl.ledger.keys import KeyFileError
from lanectl.settings.data_files import DataError
from lanectl.settings.lane_file import INSTALLED, load_lane_file
from lanectl.settings.problems import FaultyFileError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(
    config: Annotated[Path, typer.Option(help="The lane file.")] = INSTALLED,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
) -> None:
    """Run the lane until it is told to end (SIGTERM or Ctrl-C)."""
    logging.basicConfig(level=log_level.upper(), format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    try:
        lane_file = load_lane_file(config)
    except OSError as error:
        raise UsageError(f"{config}: {error.strerror}", "name the lane file with --config") from None
    except FaultyFileError as error:
        raise UsageError(str(error), f"run: lanectl config check {config}") from None
    try:
        daemon = Daemon(lane_file, ready=lambda address: say(f"ready {address}"))
    except (NotAllowedError, DataError, KeyFileError, LedgerError, CoreDamaged, FaultyFileError) as error:
        logging.getLogger("lanectl").critical("the lane does not start: %s", error)
        leave(SAYS_NO)
    asyncio.run(daemon.run())
