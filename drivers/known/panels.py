"""Panels for the driver that this program can drive.

Knows which files and settings belong to a device. Does not know lanes, ports in use, or law.
"""

from drivers.display import led_nanhua as led_nanhua_driver
from drivers.display import led_rows as led_rows_driver
from drivers.display import probes
from drivers.info import DISPLAY, CodecInfo, DriverInfo
from protocols import led_nanhua
from protocols.led_rows import ANTONG, TONGJI, explainer

_LED = CodecInfo("nanhua-led", "protocols.led_nanhua", "led_nanhua.json", led_nanhua.explain, one_way="to_device")
_TONGJI = CodecInfo("tongji-led", "protocols.led_rows", "led_rows.json", explainer(TONGJI), one_way="to_device")
_ANTONG = CodecInfo("antong-led", "protocols.led_rows", "led_rows.json", explainer(ANTONG), one_way="to_device")

DRIVERS = (
    DriverInfo(
        id="nanhua-led",
        name="NHSZKS LED 引导屏",
        role=DISPLAY,
        maker="Nanhua 南华",
        protocol="lines of text, 9600 8N1",
        grade="A",
        simulator="simulators.led_nanhua",
        settings=led_nanhua_driver.LedSettings,
        build=led_nanhua_driver.build,
        codec=_LED,
        probes=(probes.NANHUA,),
    ),
    DriverInfo(
        id="tongji-led",
        name="同济 LED 引导屏",
        role=DISPLAY,
        maker="Tongji 同济",
        protocol="rows of text, 9600 8N1",
        grade="B",
        simulator="simulators.led_rows",
        settings=led_rows_driver.TongjiSettings,
        build=led_rows_driver.build_tongji,
        codec=_TONGJI,
        probes=(probes.rows(TONGJI),),
    ),
    DriverInfo(
        id="antong-led",
        name="安通 LED 引导屏",
        role=DISPLAY,
        maker="Antong 安通",
        protocol="rows of text, 9600 8N1",
        grade="B",
        simulator="simulators.led_rows",
        settings=led_rows_driver.AntongSettings,
        build=led_rows_driver.build_antong,
        codec=_ANTONG,
        probes=(probes.rows(ANTONG),),
    ),
)
