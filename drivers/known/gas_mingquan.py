"""Gas analyzers of Mingquan that this program can drive, and the NHA-506 of Nanhua, which speaks like one of them.

Knows which files and settings belong to a device. Does not know lanes, ports in use, or law.
"""

from drivers.gas_analyzer import mqw_50 as mqw_50_driver
from drivers.gas_analyzer import simple as simple_driver
from drivers.gas_analyzer.probes import gas_probe, simple_probe
from drivers.info import GAS, CodecInfo, DriverInfo
from protocols import gas_simple
from protocols.gas import Action, explainer
from protocols.gas_simple import MQW_511, NHA_506
from protocols.mqw_50 import MQW_50A, MQW_50B, dialect

_MQW_50A = CodecInfo("mingquan-mqw-50a", "protocols.mqw_50", "mqw_50.json", explainer(dialect(MQW_50A)))
_MQW_50B = CodecInfo("mingquan-mqw-50b", "protocols.mqw_50", "mqw_50.json", explainer(dialect(MQW_50B)))
_SIMPLE = "protocols.gas_simple", "gas_simple.json"
_NHA_506 = CodecInfo("nanhua-nha-506", *_SIMPLE, explainer(gas_simple.dialect(NHA_506)))
_MQW_511 = CodecInfo("mingquan-mqw-511", *_SIMPLE, explainer(gas_simple.dialect(MQW_511)))

DRIVERS = (
    DriverInfo(
        id="mingquan-mqw-50a",
        name="MQW-50A 五组分尾气分析仪",
        role=GAS,
        maker="Mingquan 鸣泉",
        protocol="Mingquan frames (02/06), 9600 8N1",
        grade="A",
        simulator="simulators.gas_mqw50",
        settings=mqw_50_driver.Mqw50aSettings,
        build=mqw_50_driver.build_50a,
        codec=_MQW_50A,
        probes=(gas_probe(dialect(MQW_50A), Action.READ_STATUS, Action.READ),),
    ),
    DriverInfo(
        id="mingquan-mqw-50b",
        name="MQW-50B 五组分尾气分析仪",
        role=GAS,
        maker="Mingquan 鸣泉",
        protocol="Mingquan frames (02/06), 9600 8N1",
        grade="A",
        simulator="simulators.gas_mqw50",
        settings=mqw_50_driver.Mqw50bSettings,
        build=mqw_50_driver.build_50b,
        codec=_MQW_50B,
        probes=(gas_probe(dialect(MQW_50B), Action.READ_STATUS, Action.READ),),
    ),
    DriverInfo(
        id="nanhua-nha-506",
        name="NHA-506 五组分尾气分析仪（简易协议）",
        role=GAS,
        maker="Nanhua 南华",
        protocol="simple one-byte dialect, 9600 8N1",
        grade="A/B",
        simulator="simulators.gas_simple",
        settings=simple_driver.Nha506Settings,
        build=simple_driver.build_nha_506,
        codec=_NHA_506,
        probes=(simple_probe(gas_simple.dialect(NHA_506), Action.READ_STATUS, Action.READ),),
    ),
    DriverInfo(
        id="mingquan-mqw-511",
        name="MQW-511 五组分尾气分析仪",
        role=GAS,
        maker="Mingquan 鸣泉",
        protocol="simple one-byte dialect, 9600 8N1",
        grade="A/B",
        simulator="simulators.gas_simple",
        settings=simple_driver.Mqw511Settings,
        build=simple_driver.build_mqw_511,
        codec=_MQW_511,
        probes=(simple_probe(gas_simple.dialect(MQW_511), Action.READ),),
    ),
)
