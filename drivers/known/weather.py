"""Weather stations that this program can drive.

Knows which files and settings belong to a device. Does not know lanes, ports in use, or law.
"""

from drivers.info import WEATHER, CodecInfo, DriverInfo
from drivers.weather import fth2 as fth2_driver
from drivers.weather import para as para_driver
from drivers.weather import probes
from drivers.weather import rz1 as rz1_driver
from drivers.weather import xce as xce_driver
from protocols import fth2, para_nanhua
from protocols.explain_modbus import weather_explainer
from protocols.weather_registers import DWSP_T5, RZ_1
from protocols.xce_text import XCE_100, XCE_101
from protocols.xce_text import explainer as xce_explainer

_RZ_1 = CodecInfo("rz-1", "protocols.weather_registers", "weather_modbus.json", weather_explainer(RZ_1))
_DWSP_T5 = CodecInfo("dwsp-t5", "protocols.weather_registers", "weather_modbus.json", weather_explainer(DWSP_T5))
_FTH_2 = CodecInfo("fuli-fth-2", "protocols.fth2", "fth2.json", fth2.explain)
_XCE_100 = CodecInfo("xincheng-xce-100", "protocols.xce_text", "xce_text.json", xce_explainer(XCE_100))
_XCE_101 = CodecInfo("xincheng-xce-101", "protocols.xce_text", "xce_text.json", xce_explainer(XCE_101))
_PARA = CodecInfo("nanhua-para", "protocols.para_nanhua", "para_nanhua.json", para_nanhua.explain)

DRIVERS = (
    DriverInfo(
        id="rz-1",
        name="RZ-1 气象站",
        role=WEATHER,
        maker="RZ",
        protocol="Modbus RTU, 9600 8N1",
        grade="A",
        simulator="simulators.weather_rz1",
        settings=rz1_driver.Rz1Settings,
        build=rz1_driver.build,
        codec=_RZ_1,
        probes=probes.register_probes(RZ_1),
    ),
    DriverInfo(
        id="dwsp-t5",
        name="DWSP_T5 气象站",
        role=WEATHER,
        maker="DWSP",
        protocol="Modbus RTU, 9600 8N1",
        grade="B",
        simulator="simulators.weather_rz1",
        settings=rz1_driver.DwspT5Settings,
        build=rz1_driver.build_dwsp_t5,
        codec=_DWSP_T5,
        probes=probes.register_probes(DWSP_T5),
    ),
    DriverInfo(
        id="fuli-fth-2",
        name="FTH-2 环境参数仪",
        role=WEATHER,
        maker="Fuli 福立",
        protocol="Fuli NT frames, 9600 or 19200 8N1",
        grade="A",
        simulator="simulators.weather_fth2",
        settings=fth2_driver.Fth2Settings,
        build=fth2_driver.build,
        codec=_FTH_2,
        probes=(probes.FTH_2,),
    ),
    DriverInfo(
        id="xincheng-xce-100",
        name="XCE-100 环境参数仪",
        role=WEATHER,
        maker="XinCheng 新成",
        protocol="text on request, 9600 8N1",
        grade="B",
        simulator="simulators.weather_xce",
        settings=xce_driver.Xce100Settings,
        build=xce_driver.build_100,
        codec=_XCE_100,
        probes=(probes.XCE_100,),
    ),
    DriverInfo(
        id="xincheng-xce-101",
        name="XCE-101 环境参数仪",
        role=WEATHER,
        maker="XinCheng 新成",
        protocol="text, unasked, 9600 8N1",
        grade="B",
        simulator="simulators.weather_xce",
        settings=xce_driver.Xce101Settings,
        build=xce_driver.build_101,
        codec=_XCE_101,
        probes=(probes.XCE_101,),
    ),
    DriverInfo(
        id="nanhua-para",
        name="环境参数模块（司机助）",
        role=WEATHER,
        maker="Nanhua 南华",
        protocol="STX fields ETX, 9600 8N1",
        grade="A",
        simulator="simulators.weather_para",
        settings=para_driver.ParaSettings,
        build=para_driver.build,
        codec=_PARA,
        probes=(probes.PARA,),
    ),
)
