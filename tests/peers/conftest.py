"""Programs that are not ours, in a venv of their own, run as processes and never imported here."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def peer_python() -> Path:
    """The interpreter of the peers' venv; ``make`` builds it."""
    python = Path(os.environ.get("LANECTL_PEERS", ROOT / ".peers/bin/python"))
    assert python.exists(), (
        f"the peers' interpreter {python} is missing: 'make test' builds it, or point LANECTL_PEERS at the python of "
        "a venv that holds elm327-emulator and obd"
    )
    return python
