"""Opacimeters that this program can drive.

Knows which files and settings belong to a device. Does not know lanes, ports in use, or law.
"""

from drivers.info import OPACITY, CodecInfo, DriverInfo
from drivers.opacimeter import nht as nht_driver
from protocols.explain_nht import explainer as nht_explainer
from protocols.nht import NHT_1, NHT_1L, NHT_6

_NHT_6 = CodecInfo("nanhua-nht-6", "protocols.nht", "nht.json", nht_explainer(NHT_6))
_NHT_1 = CodecInfo("nanhua-nht-1", "protocols.nht", "nht.json", nht_explainer(NHT_1))
_NHT_1L = CodecInfo("nanhua-nht-1l", "protocols.nht", "nht.json", nht_explainer(NHT_1L))

DRIVERS = (
    DriverInfo(
        id="nanhua-nht-6",
        name="NHT-6 不透光烟度计",
        role=OPACITY,
        maker="Nanhua 南华",
        protocol="NHT dialect, 9600 8N1",
        grade="A",
        simulator="simulators.opacimeter_nht",
        settings=nht_driver.Nht6Settings,
        build=nht_driver.build_6,
        codec=_NHT_6,
    ),
    DriverInfo(
        id="nanhua-nht-1",
        name="NHT-1 不透光烟度计",
        role=OPACITY,
        maker="Nanhua 南华",
        protocol="NHT dialect, 9600 8N1",
        grade="A",
        simulator="simulators.opacimeter_nht",
        settings=nht_driver.Nht1Settings,
        build=nht_driver.build_1,
        codec=_NHT_1,
    ),
    DriverInfo(
        id="nanhua-nht-1l",
        name="NHT-1L 不透光烟度计",
        role=OPACITY,
        maker="Nanhua 南华",
        protocol="NHT dialect, 9600 8N1",
        grade="A/B",
        simulator="simulators.opacimeter_nht",
        settings=nht_driver.Nht1lSettings,
        build=nht_driver.build_1l,
        codec=_NHT_1L,
    ),
)
