"""Dynamometers and lane I/O modules that this program can drive.

Knows which files and settings belong to a device. Does not know lanes, ports in use, or law.
"""

import functools

from drivers.dynamometer import bntd as bntd_driver
from drivers.dynamometer import igbt as igbt_driver
from drivers.dynamometer import lettered as lettered_driver
from drivers.dynamometer import modbus_map as dyno_map_driver
from drivers.dynamometer import probes as dyno_probes
from drivers.info import DYNO, LANE_IO, CodecInfo, DriverInfo
from drivers.lane_io import modbus_map as io_map_driver
from drivers.lane_io import probes as io_probes
from drivers.modbus_settings import LoadedMap
from protocols import asm_p, igbt_text, nhc03
from protocols.bench_letters import explainer
from protocols.explain_bntd import explain as explain_bntd
from protocols.explain_modbus import dyno_explainer, io_explainer
from protocols.register_map import DynoMap, IoMap

_BNTD = CodecInfo("xincheng-bntd", "protocols.bntd", "bntd.json", explain_bntd)
_NHC_03 = CodecInfo("nanhua-nhc-03", "protocols.nhc03", "nhc03.json", explainer(nhc03.DIALECT))
_ASM_P = CodecInfo("maha-asm-p", "protocols.asm_p", "asm_p.json", explainer(asm_p.DIALECT))
_IGBT = CodecInfo("igbt-ascii", "protocols.igbt_text", "igbt_text.json", igbt_text.explain)
_DYNO_MAP = CodecInfo(
    "generic-modbus-dyno",
    "protocols.register_map",
    "modbus_map.json",
    dyno_explainer(functools.cache(lambda: LoadedMap("example-dyno", DynoMap).map)),
)
_IO_MAP = CodecInfo(
    "generic-modbus-io",
    "protocols.register_map",
    "modbus_map.json",
    io_explainer(functools.cache(lambda: LoadedMap("example-io", IoMap).map)),
)

DRIVERS = (
    DriverInfo(
        id="xincheng-bntd",
        name="BNTD 底盘测功机控制器",
        role=DYNO,
        maker="XinCheng 新成",
        protocol="BNTD stream, 38400 8N1",
        grade="A",
        simulator="simulators.dyno_bntd",
        settings=bntd_driver.BntdSettings,
        build=bntd_driver.build,
        codec=_BNTD,
        probes=dyno_probes.BNTD,
    ),
    DriverInfo(
        id="nanhua-nhc-03",
        name="NHC-03 底盘测功机控制器",
        role=DYNO,
        maker="Nanhua 南华",
        protocol="letters and variables, 9600 8N1",
        grade="B",
        simulator="simulators.dyno_lettered",
        settings=lettered_driver.Nhc03Settings,
        build=lettered_driver.build_nhc03,
        codec=_NHC_03,
        probes=(dyno_probes.lettered_probe(nhc03.DIALECT),),
    ),
    DriverInfo(
        id="maha-asm-p",
        name="ASM-P 底盘测功机",
        role=DYNO,
        maker="MAHA 马哈",
        protocol="letters and text in imperial units, 9600 8N1",
        grade="B",
        simulator="simulators.dyno_lettered",
        settings=lettered_driver.AsmPSettings,
        build=lettered_driver.build_asm_p,
        codec=_ASM_P,
        probes=(dyno_probes.lettered_probe(asm_p.DIALECT),),
    ),
    DriverInfo(
        id="igbt-ascii",
        name="旧式 ASCII 测功机控制板 (IGBT)",
        role=DYNO,
        maker="unknown",
        protocol="ASCII stream, 38400 8N1",
        grade="B",
        simulator="simulators.dyno_igbt",
        settings=igbt_driver.IgbtSettings,
        build=igbt_driver.build,
        codec=_IGBT,
        probes=(dyno_probes.IGBT,),
    ),
    DriverInfo(
        id="generic-modbus-dyno",
        name="Modbus 测功机（按寄存器表）",
        role=DYNO,
        maker="any with a register map",
        protocol="Modbus RTU or TCP, register map",
        grade="A",
        simulator="simulators.dyno_modbus",
        settings=dyno_map_driver.ModbusDynoSettings,
        build=dyno_map_driver.build,
        codec=_DYNO_MAP,
        probes=dyno_probes.map_probes(),
    ),
    DriverInfo(
        id="generic-modbus-io",
        name="Modbus 输入输出模块（按寄存器表）",
        role=LANE_IO,
        maker="any with a register map",
        protocol="Modbus RTU or TCP, register map",
        grade="A",
        simulator="simulators.io_modbus",
        settings=io_map_driver.ModbusIoSettings,
        build=io_map_driver.build,
        codec=_IO_MAP,
        probes=io_probes.map_probes(),
    ),
)
