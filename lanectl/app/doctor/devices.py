"""How well the bytes of a lane's devices are attested.

Knows the registry's grades. Does not know ports, or whether a device is there.
"""

from collections.abc import Iterator, Mapping

from drivers.registry import all_drivers
from lanectl.app.doctor.finding import Finding, found
from lanectl.model.words.ports import GRADES


def check_grades(drivers: Mapping[str, str]) -> Iterator[Finding]:
    """Say of each device (name to driver) what the grade of its protocol means."""
    known = all_drivers()
    for name, driver in drivers.items():
        grade = known[driver].grade if driver in known else ""
        if grade in GRADES:
            code = "device_grade_b" if grade == "B" else "device_grade"
            yield found(f"device {name}", code, driver=driver, grade=grade, meaning=GRADES[grade])
