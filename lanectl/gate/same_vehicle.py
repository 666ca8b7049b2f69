"""When two entries mean the same vehicle: plate and VIN both, whatever way they were typed.

Knows blanks, dots, width and case. Does not guess: a letter that differs is another vehicle until somebody looks.
"""

import re
import unicodedata

from lanectl.model.case import CaseVehicle

_BETWEEN = re.compile(r"[\s·•・.\-]+")


def same_vehicle(plate: str, vin: str, vehicle: CaseVehicle) -> bool:
    """Say whether plate and VIN both belong to this vehicle."""
    return _plain(plate) == _plain(vehicle.plate) and _plain(vin) == _plain(vehicle.vin)


def touches(plate: str, vin: str, vehicle: CaseVehicle) -> bool:
    """Say whether plate or VIN belongs to this vehicle: enough to be asked about, not enough to be believed."""
    pairs = ((plate, vehicle.plate), (vin, vehicle.vin))
    return any(_plain(one) and _plain(one) == _plain(other) for one, other in pairs)


def _plain(text: str) -> str:
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper()
