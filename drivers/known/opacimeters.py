"""Opacimeters that this program can drive.

Knows which files and settings belong to a device. Does not know lanes, ports in use, or law.
"""

from drivers.info import OPACITY, CodecInfo, DriverInfo
from drivers.opacimeter import cdf5000 as cdf5000_driver
from drivers.opacimeter import flb100 as flb100_driver
from drivers.opacimeter import fty100 as fty100_driver
from drivers.opacimeter import nht as nht_driver
from drivers.opacimeter import nht_610 as nht_610_driver
from drivers.opacimeter.probes import nht_610_probe, smoke_probe
from protocols import flb100, fty100, nht_610
from protocols.explain_smoke import explainer
from protocols.nht import CDF_5000, MQY_200, NHT_1, NHT_1L, NHT_6, dialect
from protocols.smoke import Action

_NHT_6 = CodecInfo("nanhua-nht-6", "protocols.nht", "nht.json", explainer(dialect(NHT_6)))
_NHT_1 = CodecInfo("nanhua-nht-1", "protocols.nht", "nht.json", explainer(dialect(NHT_1)))
_NHT_1L = CodecInfo("nanhua-nht-1l", "protocols.nht", "nht.json", explainer(dialect(NHT_1L)))
_MQY_200 = CodecInfo("mingquan-mqy-200", "protocols.nht", "mqy200.json", explainer(dialect(MQY_200)))
_CDF_5000 = CodecInfo("chida-cdf-5000-smoke", "protocols.nht", "cdf5000_smoke.json", explainer(dialect(CDF_5000)))
_FLB_100 = CodecInfo("fuli-flb-100", "protocols.flb100", "flb100.json", explainer(flb100.dialect(oil_in_tenths=True)))
_FTY_100 = CodecInfo("foshan-fty-100", "protocols.fty100", "fty100.json", explainer(fty100.dialect(lettered=True)))
_NHT_610 = CodecInfo("nanhua-nht-610", "protocols.nht_610", "nht_610.json", nht_610.explain)

DRIVERS = (
    DriverInfo(
        id="nanhua-nht-610",
        name="NHT-610 柴油车排气分析仪（烟度部分）",
        role=OPACITY,
        maker="Nanhua 南华",
        protocol="one-byte codes, 9600 8N1",
        grade="B",
        simulator="simulators.nht_610",
        settings=nht_610_driver.Nht610Settings,
        build=nht_610_driver.build,
        codec=_NHT_610,
        probes=(nht_610_probe(),),
    ),
    DriverInfo(
        id="nanhua-nht-6",
        name="NHT-6 不透光烟度计",
        role=OPACITY,
        maker="Nanhua 南华",
        protocol="NHT dialect, 9600 8N1",
        grade="A",
        simulator="simulators.opacimeter",
        settings=nht_driver.Nht6Settings,
        build=nht_driver.build_6,
        codec=_NHT_6,
        probes=(smoke_probe(dialect(NHT_6), Action.READ),),
    ),
    DriverInfo(
        id="nanhua-nht-1",
        name="NHT-1 不透光烟度计",
        role=OPACITY,
        maker="Nanhua 南华",
        protocol="NHT dialect, 9600 8N1",
        grade="A",
        simulator="simulators.opacimeter",
        settings=nht_driver.Nht1Settings,
        build=nht_driver.build_1,
        codec=_NHT_1,
        probes=(smoke_probe(dialect(NHT_1), Action.READ),),
    ),
    DriverInfo(
        id="nanhua-nht-1l",
        name="NHT-1L 不透光烟度计",
        role=OPACITY,
        maker="Nanhua 南华",
        protocol="NHT dialect, 9600 8N1",
        grade="A/B",
        simulator="simulators.opacimeter",
        settings=nht_driver.Nht1lSettings,
        build=nht_driver.build_1l,
        codec=_NHT_1L,
        probes=(smoke_probe(dialect(NHT_1L), Action.READ),),
    ),
    DriverInfo(
        id="mingquan-mqy-200",
        name="MQY-200 不透光烟度计",
        role=OPACITY,
        maker="Mingquan 鸣泉",
        protocol="Nanhua frame with codes of its own, 9600 8N1",
        grade="A",
        simulator="simulators.opacimeter",
        settings=nht_driver.Mqy200Settings,
        build=nht_driver.build_mqy_200,
        codec=_MQY_200,
        probes=(smoke_probe(dialect(MQY_200), Action.READ),),
    ),
    DriverInfo(
        id="chida-cdf-5000-smoke",
        name="CDF-5000 综合分析仪（烟度部分）",
        role=OPACITY,
        maker="Chida 驰达",
        protocol="Nanhua frame with codes of its own, 9600 8N1",
        grade="B",
        simulator="simulators.opacimeter",
        settings=cdf5000_driver.Cdf5000SmokeSettings,
        build=cdf5000_driver.build,
        codec=_CDF_5000,
        probes=(smoke_probe(dialect(CDF_5000), Action.READ, Action.READ_MAXIMA),),
    ),
    DriverInfo(
        id="fuli-flb-100",
        name="FLB-100 不透光烟度计",
        role=OPACITY,
        maker="Fuli 福立",
        protocol="02 04 requests, 9600 8N1",
        grade="A/B",
        simulator="simulators.opacimeter",
        settings=flb100_driver.Flb100Settings,
        build=flb100_driver.build,
        codec=_FLB_100,
        probes=(smoke_probe(flb100.dialect(oil_in_tenths=True), Action.READ),),
    ),
    DriverInfo(
        id="foshan-fty-100",
        name="FTY-100 不透光烟度计",
        role=OPACITY,
        maker="Foshan Analytical 佛分",
        protocol="01 02 requests in two forms, 9600 8N1",
        grade="B",
        simulator="simulators.opacimeter",
        settings=fty100_driver.Fty100Settings,
        build=fty100_driver.build,
        codec=_FTY_100,
        probes=(
            smoke_probe(fty100.dialect(lettered=True), Action.READ, requests="fty"),
            smoke_probe(fty100.dialect(lettered=False), Action.READ, requests="bare"),
        ),
    ),
)
