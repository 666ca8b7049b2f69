"""Panels for the driver that this program can drive.

Knows which files and settings belong to a device. Does not know lanes, ports in use, or law.
"""

from drivers.display import led_nanhua as led_nanhua_driver
from drivers.info import DISPLAY, CodecInfo, DriverInfo
from protocols import led_nanhua

_LED = CodecInfo("nanhua-led", "protocols.led_nanhua", "led_nanhua.json", led_nanhua.explain, one_way="to_device")

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
    ),
)
