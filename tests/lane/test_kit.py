"""Which devices a method uses; a method that no lane drives is never offered and always refused."""

from lanectl.core.methods import METHODS
from lanectl.lane.kit import NEEDED, PART, kit_of, possible_methods


def test_a_lane_with_every_device_can_do_the_methods_that_a_lane_drives() -> None:
    assert set(possible_methods(PART)) == set(NEEDED) == set(METHODS) - {"vmas"}


def test_no_device_makes_a_lane_drive_a_method_that_it_does_not_know() -> None:
    assert kit_of("vmas", PART) is None
    assert kit_of("transient", PART) is None
