"""Gas analyzers on the 503 dialect that this program can drive.

Knows which files and settings belong to a device. Does not know lanes, ports in use, or law.
"""

from dataclasses import replace

from drivers.gas_analyzer import dialect_503 as driver
from drivers.gas_analyzer.probes import probe_503, probes_503
from drivers.info import GAS, CodecInfo, DriverInfo
from protocols.dialect_503 import CDF_5000, FLA_502, FLA_502_HEX, NHA_503, NHA_503V, NHA_506I
from protocols.explain_503 import explainer

_NHA_503 = CodecInfo("nanhua-nha-503", "protocols.dialect_503", "dialect_503.json", explainer(NHA_503))
_NHA_503V = CodecInfo("nanhua-nha-503v", "protocols.dialect_503", "dialect_503.json", explainer(NHA_503V))
_NHA_506I = CodecInfo("nanhua-nha-506i", "protocols.dialect_503", "dialect_503.json", explainer(NHA_506I))
_FLA_502 = CodecInfo("fuli-fla-502", "protocols.dialect_503", "dialect_503.json", explainer(FLA_502))
_FLA_502_HEX = CodecInfo("fuli-fla-502-hex", "protocols.dialect_503", "dialect_503.json", explainer(FLA_502_HEX))
_CDF_5000 = CodecInfo("chida-cdf-5000", "protocols.dialect_503", "dialect_503.json", explainer(CDF_5000))

DRIVERS = (
    DriverInfo(
        id="nanhua-nha-503",
        name="NHA-503 五组分尾气分析仪",
        role=GAS,
        maker="Nanhua 南华",
        protocol="503 dialect, 9600 8N1",
        grade="A",
        simulator="simulators.gas_503",
        settings=driver.Nha503Settings,
        build=driver.build_503,
        codec=_NHA_503,
        probes=(
            *probes_503(NHA_503, oldest_firmware=True),
            probe_503(replace(NHA_503, codes={}), asks_by_01=True),
            probe_503(replace(NHA_503, codes={}, data_length=19), asks_by_01=True, oldest_firmware=True),
        ),
    ),
    DriverInfo(
        id="nanhua-nha-503v",
        name="NHA-503V 五组分尾气分析仪",
        role=GAS,
        maker="Nanhua 南华",
        protocol="503 dialect, 9600 8N1",
        grade="A",
        simulator="simulators.gas_503",
        settings=driver.Nha503vSettings,
        build=driver.build_503v,
        codec=_NHA_503V,
        probes=probes_503(NHA_503V, oldest_firmware=True),
    ),
    DriverInfo(
        id="nanhua-nha-506i",
        name="NHA-506I 五组分尾气分析仪",
        role=GAS,
        maker="Nanhua 南华",
        protocol="503 dialect, 9600 8N1",
        grade="A",
        simulator="simulators.gas_503",
        settings=driver.Nha506iSettings,
        build=driver.build_506i,
        codec=_NHA_506I,
        probes=probes_503(NHA_506I, oldest_firmware=True),
    ),
    DriverInfo(
        id="fuli-fla-502",
        name="FLA-502 五组分尾气分析仪",
        role=GAS,
        maker="Fuli 福立",
        protocol="503 dialect, codes above 9 by setting, 9600 8N1",
        grade="A/B",
        simulator="simulators.gas_503",
        settings=driver.Fla502Settings,
        build=driver.build_fla_502,
        codec=_FLA_502,
        probes=(probe_503(FLA_502, FLA_502_HEX),),
    ),
    DriverInfo(
        id="chida-cdf-5000",
        name="CDF-5000 综合分析仪（汽油部分）",
        role=GAS,
        maker="Chida 驰达",
        protocol="503 dialect, 9600 8N1",
        grade="B",
        simulator="simulators.gas_503",
        settings=driver.Cdf5000Settings,
        build=driver.build_cdf_5000,
        codec=_CDF_5000,
        probes=probes_503(CDF_5000, 21, with_lambda=True),
    ),
)

UNDRIVEN = (_FLA_502_HEX,)
"""Another reading of frames than the one of the driver's own id; the driver speaks it where its settings say so."""
