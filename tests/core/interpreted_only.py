"""A pytest plugin: `-p tests.core.interpreted_only` lets a whole test run judge with the sources of the core.

It takes effect as it is loaded, before anything imports the core.
"""

from tests.core.interpreted_core import use_sources_in_this_process

use_sources_in_this_process()
