"""The command line as a whole: every command is found, only its group loads, errors speak once in each place."""

import json
import subprocess
import sys

import pytest

from lanectl.cli import COMMANDS, main, make_app


def test_every_command_is_where_the_table_says() -> None:
    for command, group in COMMANDS.items():
        app = make_app([group])
        names = {c.name for c in app.registered_commands} | {g.name for g in app.registered_groups}
        assert command in names


def test_no_group_has_a_command_that_the_table_forgets() -> None:
    app = make_app(sorted(set(COMMANDS.values())))
    names = {c.name for c in app.registered_commands} | {g.name for g in app.registered_groups}
    assert names == set(COMMANDS)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_wrong_usage_is_one_json_object_one_message_and_exit_2(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main([command, "--no-such-option", "--json"])

    said = capsys.readouterr()
    assert left.value.code == 2
    assert set(json.loads(said.out)["error"]) == {"class", "message", "remedy"}
    assert "--no-such-option" in said.err


def test_evaluating_a_trace_loads_neither_drivers_nor_the_uplink() -> None:
    program = (
        "import sys; from lanectl.cli import make_app; make_app(['judge']);"
        "print(sorted(n for n in sys.modules if n.split('.')[0] in ('drivers', 'paho', 'serial', 'starlette')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
