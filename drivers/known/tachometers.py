"""Tachometers that this program can drive.

Knows which files and settings belong to a device. Does not know lanes, ports in use, or law.
"""

from drivers.info import TACHOMETER, CodecInfo, DriverInfo
from drivers.tachometer import digits as digits_driver
from protocols import rpm_digits

_RPM_5300 = CodecInfo(
    "nanhua-rpm-5300", "protocols.rpm_digits", "rpm_digits.json", rpm_digits.explain, one_way="from_device"
)
_MQZ_3 = CodecInfo(
    "mingquan-mqz-3", "protocols.rpm_digits", "rpm_digits.json", rpm_digits.explain, one_way="from_device"
)

DRIVERS = (
    DriverInfo(
        id="nanhua-rpm-5300",
        name="RPM-5300 发动机转速表",
        role=TACHOMETER,
        maker="Nanhua 南华",
        protocol="four digits and CR, 9600 8N1",
        grade="A",
        simulator="simulators.tachometer_digits",
        settings=digits_driver.Rpm5300Settings,
        build=digits_driver.build_rpm_5300,
        codec=_RPM_5300,
    ),
    DriverInfo(
        id="mingquan-mqz-3",
        name="MQZ-3 发动机转速表",
        role=TACHOMETER,
        maker="Mingquan 鸣泉",
        protocol="four digits and CR, 9600 8N1",
        grade="A",
        simulator="simulators.tachometer_digits",
        settings=digits_driver.Mqz3Settings,
        build=digits_driver.build_mqz_3,
        codec=_MQZ_3,
    ),
)
