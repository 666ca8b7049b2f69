"""A pytest plugin: `-p tests.core.interpreted_only` lets a whole test run judge with the sources of the core.

It takes effect as it is loaded, before anything imports the core. Tests that ask for the compiled core are skipped.
"""

import pytest

from tests.core.interpreted_core import use_sources_in_this_process

use_sources_in_this_process()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip every test whose fixture is the compiled core."""
    for item in items:
        if "compiled" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason="asks for the compiled core"))
