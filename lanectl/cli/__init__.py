"""The command line: one file per command group, joined here."""

import importlib
import sys
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from lanectl.cli.output import UNUSABLE, UsageError, never_fail_to_speak, report_error

GROUPS = ("judge", "wire", "evidence", "gate", "config", "run", "demo")

app = typer.Typer(
    name="lanectl",
    help="Edge controller of a vehicle-emission inspection lane.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)


def _load_groups() -> None:
    if app.registered_commands or app.registered_groups:
        return
    for name in GROUPS:
        importlib.import_module(f"lanectl.cli.{name}").register(app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code; never with a traceback for bad input."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in arguments
    never_fail_to_speak()
    _load_groups()
    try:
        code = app(args=arguments, prog_name="lanectl", standalone_mode=False)
    except UsageError as error:
        report_error(error, as_json)
        raise SystemExit(UNUSABLE) from None
    except TyperException as error:
        report_error(UsageError(error.format_message(), "see 'lanectl --help'", type(error).__name__), as_json)
        raise SystemExit(UNUSABLE) from None
    except (typer.Abort, KeyboardInterrupt):
        raise SystemExit(130) from None
    raise SystemExit(code if isinstance(code, int) else 0)
