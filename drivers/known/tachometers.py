"""Tachometers that this program can drive.

Knows which files and settings belong to a device. Does not know lanes, ports in use, or law.
"""

from drivers.info import TACHOMETER, CodecInfo, DriverInfo
from drivers.tachometer import digits as digits_driver
from drivers.tachometer import probes
from drivers.tachometer import vmt2000 as vmt2000_driver
from drivers.tachometer import vtet1000 as vtet1000_driver
from protocols import rpm_digits, rpm_text, vmt2000

_RPM_5300 = CodecInfo(
    "nanhua-rpm-5300", "protocols.rpm_digits", "rpm_digits.json", rpm_digits.explain, one_way="from_device"
)
_MQZ_3 = CodecInfo(
    "mingquan-mqz-3", "protocols.rpm_digits", "rpm_digits.json", rpm_digits.explain, one_way="from_device"
)
_VMT_2000 = CodecInfo("fuli-vmt-2000", "protocols.vmt2000", "vmt2000.json", vmt2000.explain)
_VTET_1000 = CodecInfo("vtet-1000", "protocols.rpm_text", "rpm_text.json", rpm_text.explain, one_way="from_device")

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
        probes=(probes.DIGITS,),
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
        probes=(probes.DIGITS,),
    ),
    DriverInfo(
        id="fuli-vmt-2000",
        name="VMT-2000 发动机转速表",
        role=TACHOMETER,
        maker="Fuli 福立",
        protocol="Fuli NT frames, 19200 8N1",
        grade="A",
        simulator="simulators.tachometer_vmt2000",
        settings=vmt2000_driver.Vmt2000Settings,
        build=vmt2000_driver.build,
        codec=_VMT_2000,
        probes=(probes.VMT_2000,),
    ),
    DriverInfo(
        id="vtet-1000",
        name="VTET-1000 发动机转速表",
        role=TACHOMETER,
        maker="Huagong 华工",
        protocol="text, unasked, 38400 8N1",
        grade="B",
        simulator="simulators.tachometer_digits",
        settings=vtet1000_driver.Vtet1000Settings,
        build=vtet1000_driver.build,
        codec=_VTET_1000,
        probes=(probes.VTET_1000,),
    ),
)
