"""What a device did not say is no value in the trace."""

from dataclasses import replace

from drivers.readings import GasReading
from lanectl.lane.channels import gas_channels

LOOK = GasReading(12.0, 0.1, 14.5, 0.2, 80.0, 800.0, 85.0, 1.0, frozenset())


def test_low_flow_is_told_denied_or_unknown() -> None:
    told = {"low_flow": 1.0, "none": 0.0, "flow_not_told": None}
    for flag, expected in told.items():
        assert gas_channels(replace(LOOK, flags=frozenset({flag})), None)["low_flow"] == expected
