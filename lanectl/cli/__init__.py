"""The command line: one file per command group, joined here. Only the group that is asked for is loaded."""

import importlib
import sys
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from lanectl.cli.output import UNUSABLE, UsageError, never_fail_to_speak, report_error

COMMANDS = {
    "evaluate": "judge",
    "decode": "wire",
    "devices": "wire",
    "verify": "evidence",
    "replay": "evidence",
    "audit": "audit",
    "export": "evidence",
    "sign-data": "evidence",
    "gate": "gate",
    "probe": "ports",
    "sniff": "ports",
    "config": "config",
    "doctor": "doctor",
    "run": "run",
    "demo": "demo",
}
"""Every command, and the module that holds it."""


def make_app(groups: Sequence[str]) -> typer.Typer:
    """Join these groups to one program."""
    app = typer.Typer(
        name="lanectl",
        help="Edge controller of a vehicle-emission inspection lane.",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
    )
    app.callback()(_lanectl)
    for name in groups:
        importlib.import_module(f"lanectl.cli.{name}").register(app)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code; never with a traceback for bad input."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in arguments
    never_fail_to_speak()
    asked = COMMANDS.get(arguments[0]) if arguments else None
    app = make_app([asked] if asked else list(dict.fromkeys(COMMANDS.values())))
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


def _lanectl() -> None:
    """Edge controller of a vehicle-emission inspection lane."""
