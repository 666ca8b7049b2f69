"""``lanectl run``: the daemon."""

import asyncio
import logging
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from lanectl.app import journal_log
from lanectl.app.compose import NotAllowedError
from lanectl.app.config_check import check_whole
from lanectl.app.daemon import AlreadyRunningError, BrokeOffError, Daemon
from lanectl.cli.output import SAYS_NO, UsageError, leave, say
from lanectl.core.selftest import CoreDamaged
from lanectl.ledger.errors import LedgerError
from lanectl.ledger.keys import KeyFileError
from lanectl.settings.data_files import DataError
from lanectl.settings.lane_file import INSTALLED, LaneFile
from lanectl.settings.problems import FaultyFileError
from lanectl.uplink.memory import MemoryDamagedError

log = logging.getLogger("lanectl")
REFUSALS = (
    AlreadyRunningError, CoreDamaged, DataError, FaultyFileError, KeyFileError, LedgerError, MemoryDamagedError,
    NotAllowedError,
)  # fmt: skip
"""What keeps a lane from starting; each says what to do."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


class LogLevel(StrEnum):
    """How much the log says."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def run(
    config: Annotated[Path, typer.Option(help="The lane file.")] = INSTALLED,
    log_level: Annotated[LogLevel, typer.Option(help="How much the log says.")] = LogLevel.INFO,
) -> None:
    """Run the lane until it is told to end (SIGTERM or Ctrl-C)."""
    journal_log.set_up(log_level.value.upper())
    logging.getLogger("uvicorn").setLevel(logging.WARNING)  # its hello and goodbye say nothing about the lane
    lane_file = _sound_lane_file(config)
    lane = lane_file.lane
    journal_log.name_lane(f"{lane.region}/{lane.station}/{lane.lane}")
    try:
        daemon = Daemon(lane_file, ready=lambda address: say(f"ready {address}"))
    except REFUSALS as error:
        _refuse(f"the lane does not start: {error}")
    try:
        asyncio.run(daemon.run())
    except LedgerError as error:
        _refuse(f"the ledger keeps the lane from running: {error}; leave its file as it is, call the technician")
    except BrokeOffError as error:
        known = isinstance(error.__cause__, OSError)
        log.critical("the lane has ended: %s", error, exc_info=None if known else error.__cause__)
        leave(SAYS_NO)


def _sound_lane_file(config: Path) -> LaneFile:
    try:
        checked = check_whole(config)
    except OSError as error:
        raise UsageError(f"{config}: {error.strerror}", "name the lane file with --config") from None
    if checked.lane_file is None or checked.problems:
        raise UsageError(str(FaultyFileError(checked.problems)), f"run: lanectl config check {config}") from None
    return checked.lane_file


def _refuse(message: str) -> NoReturn:
    log.critical(message)
    leave(SAYS_NO)
