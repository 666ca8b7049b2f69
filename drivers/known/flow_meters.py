"""Exhaust flow meters that this program can drive.

Knows which files and settings belong to a device. Does not know lanes, ports in use, or law.
"""

from drivers.flow_meter import dialects
from drivers.flow_meter.probes import flow_probe, routed_probe
from drivers.info import FLOW, CodecInfo, DriverInfo
from protocols import flow_binary, flow_flv, flow_mql, nhf1
from protocols.flow import explainer

_NHF_1 = CodecInfo("nanhua-nhf-1", "protocols.nhf1", "nhf1.json", explainer(nhf1.DIALECT))
_BINARY = CodecInfo(
    "vmas-flow-binary", "protocols.flow_binary", "flow_binary.json", explainer(flow_binary.DIALECT, "disputed_flow")
)
_MQL_100 = CodecInfo("mingquan-mql-100", "protocols.flow_mql", "flow_mql.json", explainer(flow_mql.DIALECT))
_FLV_1000 = CodecInfo("fuli-flv-1000", "protocols.flow_flv", "flow_flv.json", explainer(flow_flv.DIALECT))

DRIVERS = (
    DriverInfo(
        id="nanhua-nhf-1",
        name="NHF-1 排气流量计",
        role=FLOW,
        maker="Nanhua 南华",
        protocol="Modbus ASCII, 9600 8N1",
        grade="A/B",
        simulator="simulators.flow_meter",
        settings=dialects.Nhf1Settings,
        build=dialects.build_nhf_1,
        codec=_NHF_1,
        probes=(flow_probe(nhf1.DIALECT),),
    ),
    DriverInfo(
        id="vmas-flow-binary",
        name="VMAS 排气流量计（二进制协议）",
        role=FLOW,
        maker="Nanhua 南华, Fuli 福立",
        protocol="binary F dialect, 9600 8N1",
        grade="A/B",
        simulator="simulators.flow_meter",
        settings=dialects.BinarySettings,
        build=dialects.build_binary,
        codec=_BINARY,
        probes=(routed_probe(flow_binary.DIALECT),),
    ),
    DriverInfo(
        id="mingquan-mql-100",
        name="MQL-100 排气流量计",
        role=FLOW,
        maker="Mingquan 鸣泉",
        protocol="Mingquan frames (02/06), 9600 8N1",
        grade="A",
        simulator="simulators.flow_meter",
        settings=dialects.Mql100Settings,
        build=dialects.build_mql_100,
        codec=_MQL_100,
        probes=(flow_probe(flow_mql.DIALECT),),
    ),
    DriverInfo(
        id="fuli-flv-1000",
        name="FLV-1000 排气流量计",
        role=FLOW,
        maker="Fuli 福立",
        protocol="one-byte codes, 9600 8N1",
        grade="A/B",
        simulator="simulators.flow_meter",
        settings=dialects.Flv1000Settings,
        build=dialects.build_flv_1000,
        codec=_FLV_1000,
        probes=(flow_probe(flow_flv.DIALECT),),
    ),
)
