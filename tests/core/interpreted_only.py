"""A pytest plugin: `-p tests.core.interpreted_only` lets a whole test run judge with the sources of the core.

It takes effect as it is loaded, before anything imports the core. Tests that ask for the compiled core are skipped.
"""

import pytest

from tests.core.interpreted_core import use_sources_in_this_process

use_sources_in_this_process(lambda: pytest.skip("asks for the compiled core"))
