"""Who is trusted, and where a lane keeps its evidence: what every command about evidence asks first."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from lanectl.app import evidence
from lanectl.app.evidence import DEFAULT_LANE_FILE, Installed
from lanectl.cli.output import UsageError
from lanectl.ledger.errors import LedgerUnavailableError, UnknownTestError
from lanectl.ledger.keys import KeyFileError, TrustStore
from lanectl.settings.problems import FaultyFileError

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Config = Annotated[Path, typer.Option(help="The lane file that names ledger and trust store.")]
Trust = Annotated[Path | None, typer.Option(help="This trust store instead of the lane's.")]
Keys = Annotated[list[Path] | None, typer.Option(help="Trust exactly this public key (PEM); may be given often.")]


@contextmanager
def readable_input() -> Iterator[None]:
    """Turn what cannot be read into one clear message and exit code 2."""
    try:
        yield
    except KeyFileError as error:
        raise UsageError(str(error), "give another key file", "KeyFileError") from None
    except UnknownTestError as error:
        raise UsageError(
            str(error), "correct the test id, or name the ledger with --ledger", "UnknownTestError"
        ) from None
    except LedgerUnavailableError as error:
        raise UsageError(f"the ledger cannot be read: {error}", "check path, rights and disk", "LedgerError") from None
    except OSError as error:
        message = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        raise UsageError(message, "correct the path, or its rights", type(error).__name__) from None


def installed(config: Path) -> Installed:
    """Return where the lane keeps ledger and trust store."""
    try:
        return evidence.installed(config)
    except OSError as error:
        remedy = "name the lane file with --config, or the files with --ledger and --trust (or --key)"
        raise UsageError(f"{config}: {error.strerror}", remedy) from None
    except FaultyFileError as error:
        raise UsageError(str(error), f"run: lanectl config check {config}") from None


def trusted(keys: list[Path] | None, trust: Path | None, config: Path, *, bundles: bool) -> TrustStore:
    """Return who is trusted. For bundles on a machine without a lane, and without a key, that is nobody."""
    if keys:
        return TrustStore.files(keys)
    if bundles and trust is None and config == DEFAULT_LANE_FILE and not config.exists():
        return TrustStore()
    return TrustStore.folder(trust or installed(config).trust)
