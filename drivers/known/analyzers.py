"""NOx analyzers, and gas analyzers on other dialects than the 503, that this program can drive.

Knows which files and settings belong to a device. Does not know lanes, ports in use, or law.
"""

from drivers.ak_probe import AK_PROBES
from drivers.gas_analyzer import ak as ak_gas_driver
from drivers.gas_analyzer import amb as amb_driver
from drivers.gas_analyzer import fasm_5000 as fasm_5000_driver
from drivers.gas_analyzer import fga_4100 as fga_4100_driver
from drivers.gas_analyzer.probes import gas_probe
from drivers.info import GAS, NOX, CodecInfo, DriverInfo
from drivers.nox_analyzer import ak as ak_nox_driver
from drivers.nox_analyzer import mqw_510x as mqw_510x_driver
from drivers.nox_analyzer import nht_610 as nht_610_driver
from drivers.nox_analyzer.probes import mqw_probe
from drivers.opacimeter.probes import nht_610_probe
from protocols import ak, amb, fasm_5000, fga_4100, nht_610
from protocols.explain_mqw import explainer as mqw_explainer
from protocols.gas import Action
from protocols.gas import explainer as gas_explainer
from protocols.mqw_510x import MQW_5101, MQW_5102

_MQW_5101 = CodecInfo("mingquan-mqw-5101", "protocols.mqw_510x", "mqw_510x.json", mqw_explainer(MQW_5101))
_MQW_5102 = CodecInfo("mingquan-mqw-5102", "protocols.mqw_510x", "mqw_510x.json", mqw_explainer(MQW_5102))
_FLA_501 = CodecInfo("fuli-fla-501", "protocols.amb", "amb.json", gas_explainer(amb.dialect(amb.fla_501())))
_MEXA_584L = CodecInfo("horiba-mexa-584l", "protocols.amb", "amb.json", gas_explainer(amb.dialect(amb.MEXA_584L)))
_FASM_5000 = CodecInfo("foshan-fasm-5000", "protocols.fasm_5000", "fasm_5000.json", gas_explainer(fasm_5000.DIALECT))
_FGA_4100 = CodecInfo("foshan-fga-4100", "protocols.fga_4100", "fga_4100.json", gas_explainer(fga_4100.DIALECT))
_AK_GAS = CodecInfo("ak-gas", "protocols.ak", "ak.json", ak.explain)
_AK_NOX = CodecInfo("ak-nox", "protocols.ak", "ak.json", ak.explain)
_NHT_610 = CodecInfo("nanhua-nht-610-nox", "protocols.nht_610", "nht_610.json", nht_610.explain)

DRIVERS = (
    DriverInfo(
        id="nanhua-nht-610-nox",
        name="NHT-610 柴油车排气分析仪（氮氧化物部分）",
        role=NOX,
        maker="Nanhua 南华",
        protocol="one-byte codes, 9600 8N1",
        grade="B",
        simulator="simulators.nht_610",
        settings=nht_610_driver.Nht610NoxSettings,
        build=nht_610_driver.build,
        codec=_NHT_610,
        probes=(nht_610_probe(),),
    ),
    DriverInfo(
        id="ak-gas",
        name="AK 协议尾气分析机柜",
        role=GAS,
        maker="AVL, HORIBA, CAI, Emerson, Servomex",
        protocol="AK telegrams, 9600 8N1 or TCP",
        grade="A/B",
        simulator="simulators.ak_rack",
        settings=ak_gas_driver.AkGasSettings,
        build=ak_gas_driver.build,
        codec=_AK_GAS,
        probes=AK_PROBES,
        tells=frozenset({"model"}),
    ),
    DriverInfo(
        id="ak-nox",
        name="AK 协议氮氧化物分析机柜",
        role=NOX,
        maker="AVL, HORIBA, CAI, Emerson, Servomex",
        protocol="AK telegrams, 9600 8N1 or TCP",
        grade="A/B",
        simulator="simulators.ak_rack",
        settings=ak_nox_driver.AkNoxSettings,
        build=ak_nox_driver.build,
        codec=_AK_NOX,
        probes=AK_PROBES,
        tells=frozenset({"model"}),
    ),
    DriverInfo(
        id="mingquan-mqw-5101",
        name="MQW-5101 柴油车氮氧化物分析仪",
        role=NOX,
        maker="Mingquan 鸣泉",
        protocol="Mingquan frames (05/06), 9600 8N1",
        grade="B",
        simulator="simulators.nox_mqw510x",
        settings=mqw_510x_driver.Mqw5101Settings,
        build=mqw_510x_driver.build_5101,
        codec=_MQW_5101,
        probes=(mqw_probe(MQW_5101),),
    ),
    DriverInfo(
        id="mingquan-mqw-5102",
        name="MQW-5102 柴油车氮氧化物分析仪",
        role=NOX,
        maker="Mingquan 鸣泉",
        protocol="Mingquan frames (05/06), 9600 8N1",
        grade="A/B",
        simulator="simulators.nox_mqw510x",
        settings=mqw_510x_driver.Mqw5102Settings,
        build=mqw_510x_driver.build_5102,
        codec=_MQW_5102,
        probes=(mqw_probe(MQW_5102),),
    ),
    DriverInfo(
        id="fuli-fla-501",
        name="FLA-501 五组分尾气分析仪",
        role=GAS,
        maker="Fuli 福立",
        protocol="Sensors AMB frames (02/06), 9600 8N1",
        grade="A/B",
        simulator="simulators.gas_amb",
        settings=amb_driver.Fla501Settings,
        build=amb_driver.build_fla_501,
        codec=_FLA_501,
        probes=(gas_probe(amb.dialect(amb.fla_501()), Action.READ),),
    ),
    DriverInfo(
        id="horiba-mexa-584l",
        name="MEXA-584L 五组分尾气分析仪",
        role=GAS,
        maker="HORIBA 堀场",
        protocol="Sensors AMB frames (02/06), 9600 8N1",
        grade="A/B",
        simulator="simulators.gas_amb",
        settings=amb_driver.Mexa584LSettings,
        build=amb_driver.build_mexa_584l,
        codec=_MEXA_584L,
        probes=(gas_probe(amb.dialect(amb.MEXA_584L), Action.READ_STATUS, Action.READ),),
    ),
    DriverInfo(
        id="foshan-fasm-5000",
        name="FASM-5000 五组分尾气分析仪",
        role=GAS,
        maker="Foshan Analytical 佛分",
        protocol="5A5A/A5A5 frames, 9600 8N1",
        grade="B",
        simulator="simulators.gas_fasm5000",
        settings=fasm_5000_driver.Fasm5000Settings,
        build=fasm_5000_driver.build,
        codec=_FASM_5000,
        probes=(gas_probe(fasm_5000.DIALECT, Action.READ),),
    ),
    DriverInfo(
        id="foshan-fga-4100",
        name="FGA-4100 五组分尾气分析仪",
        role=GAS,
        maker="Foshan Analytical 佛分",
        protocol="7E packets, text fields, 19200 8N1",
        grade="B",
        simulator="simulators.gas_fga4100",
        settings=fga_4100_driver.Fga4100Settings,
        build=fga_4100_driver.build,
        codec=_FGA_4100,
        probes=(gas_probe(fga_4100.DIALECT, Action.READ, bauds=(fga_4100_driver.BAUD,)),),
    ),
)
