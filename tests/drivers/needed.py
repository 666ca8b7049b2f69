"""What each driver must be told besides its port, made from its settings: a device that joins needs no line here."""

import typing

from drivers.info import LANE_IO, DriverInfo
from drivers.registry import DRIVERS

CHOSEN = {"mingquan-mqw-5101": {"measures": "no"}}
"""Where the first choice is not what the simulated device is."""


def needed(info: DriverInfo) -> dict[str, object]:
    """Return the example, or else the first choice, of each key that has no default."""
    said: dict[str, object] = {}
    for name, field in info.settings.model_fields.items():
        if field.is_required() and name not in ("driver", "port"):
            choices = field.examples or typing.get_args(field.annotation)
            said[name] = f"example-{'io' if info.role == LANE_IO else 'dyno'}" if name == "map" else choices[0]
    return said | CHOSEN.get(info.id, {})


MAPS = {info.id: needed(info) for info in DRIVERS.values()}
