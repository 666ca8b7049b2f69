"""What a daemon has loaded is not looked through again in the middle of a test."""

import gc

from lanectl.app.daemon import settle_memory


class Ring:
    """Something that only the collector can take away."""

    def __init__(self) -> None:
        self.itself = self


def test_the_collector_no_longer_looks_at_what_the_start_has_made() -> None:
    try:
        stays = Ring()
        settle_memory()
        assert gc.get_freeze_count() > 0
        assert not any(seen is stays for seen in gc.get_objects())
    finally:
        gc.unfreeze()


def test_the_collector_still_takes_what_comes_later() -> None:
    try:
        settle_memory()
        Ring()
        assert gc.isenabled()
        assert gc.collect() >= 1
    finally:
        gc.unfreeze()
