"""Every driver this program knows, by device id: ours below, third parties by entry point.

Knows who drives what, how well the protocol is attested, and which files belong to a device.
Does not know lanes, ports in use, or law.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

from pydantic import BaseModel

from drivers.display import led_nanhua as led_nanhua_driver
from drivers.dynamometer import bntd as bntd_driver
from drivers.dynamometer import modbus_map as dyno_map_driver
from drivers.exchange import Direction
from drivers.gas_analyzer import dialect_503 as dialect_503_driver
from drivers.lane_io import modbus_map as io_map_driver
from drivers.modbus_settings import LoadedMap
from drivers.nox_analyzer import mqw_510x as mqw_510x_driver
from drivers.obd import elm327 as elm327_driver
from drivers.obd import iso15765 as iso15765_driver
from drivers.obd.can_settings import Iso15765Settings
from drivers.opacimeter import nht as nht_driver
from drivers.pace import Pace
from drivers.roles import Device
from drivers.tachometer import digits as digits_driver
from drivers.transports.base import Transport
from drivers.weather import rz1 as rz1_driver
from protocols import led_nanhua, rpm_digits
from protocols.captured import Explain
from protocols.dialect_503 import NHA_503, NHA_503V, NHA_506I
from protocols.explain_503 import explainer
from protocols.explain_bntd import explain as explain_bntd
from protocols.explain_modbus import dyno_explainer, io_explainer, weather_explainer
from protocols.explain_mqw import explainer as mqw_explainer
from protocols.explain_nht import explainer as nht_explainer
from protocols.explain_obd import explain_can, explain_elm, explain_slcan
from protocols.mqw_510x import MQW_5101, MQW_5102
from protocols.nht import NHT_1, NHT_1L, NHT_6
from protocols.register_map import DynoMap, IoMap
from protocols.weather_registers import DWSP_T5, RZ_1

ENTRY_POINTS = "lanectl.drivers"
GAS, DYNO, OBD = "gas_analyzer", "dynamometer", "obd_reader"
WEATHER, LANE_IO = "weather_station", "lane_io"
OPACITY, TACHOMETER, DISPLAY = "opacimeter", "tachometer", "driver_display"
NOX = "nox_analyzer"

Build = Callable[[str, Any, Transport | None, Pace], Device]
"""Makes a driver from the lane's name for it, its settings, its end of the wire (None: the port named in the settings)
and the lane's time."""


@dataclass(frozen=True, slots=True)
class CodecInfo:
    """A protocol that can be explained: where its codec and its golden frames are."""

    id: str
    codec: str
    """Module of the codec."""
    vectors: str
    """File under tests/vectors with its golden frames."""
    explain: Explain
    one_way: Direction | None = None
    """Where bytes only ever go one way: which."""


@dataclass(frozen=True, slots=True)
class DriverInfo:
    """One device that this program can drive."""

    id: str
    name: str
    role: str
    maker: str
    protocol: str
    grade: str
    """How well the bytes are attested: A two independent readers agree, B one reader."""
    simulator: str
    """Module of its simulated wire face, in the distribution of the simulators."""
    settings: type[BaseModel]
    build: Build
    codec: CodecInfo


class RegistryError(Exception):
    """A third party's driver cannot be taken in."""


_NHA_506I = CodecInfo("nanhua-nha-506i", "protocols.dialect_503", "dialect_503.json", explainer(NHA_506I))
_NHA_503V = CodecInfo("nanhua-nha-503v", "protocols.dialect_503", "dialect_503.json", explainer(NHA_503V))
_NHA_503 = CodecInfo("nanhua-nha-503", "protocols.dialect_503", "dialect_503.json", explainer(NHA_503))
_BNTD = CodecInfo("xincheng-bntd", "protocols.bntd", "bntd.json", explain_bntd)
_ELM327 = CodecInfo("elm327", "protocols.elm327", "elm327.json", explain_elm)
_ISO_TP = CodecInfo("obd-iso-tp", "protocols.iso_tp", "obd_iso_tp.json", explain_can)
_ISO_15765 = CodecInfo("iso15765-can", "protocols.obd_can", "obd_iso_tp.json", explain_can)
_SLCAN = CodecInfo("slcan", "protocols.slcan", "slcan.json", explain_slcan)
_NHT_6 = CodecInfo("nanhua-nht-6", "protocols.nht", "nht.json", nht_explainer(NHT_6))
_NHT_1 = CodecInfo("nanhua-nht-1", "protocols.nht", "nht.json", nht_explainer(NHT_1))
_NHT_1L = CodecInfo("nanhua-nht-1l", "protocols.nht", "nht.json", nht_explainer(NHT_1L))
_MQW_5101 = CodecInfo("mingquan-mqw-5101", "protocols.mqw_510x", "mqw_510x.json", mqw_explainer(MQW_5101))
_MQW_5102 = CodecInfo("mingquan-mqw-5102", "protocols.mqw_510x", "mqw_510x.json", mqw_explainer(MQW_5102))
_RPM_5300 = CodecInfo(
    "nanhua-rpm-5300", "protocols.rpm_digits", "rpm_digits.json", rpm_digits.explain, one_way="from_device"
)
_MQZ_3 = CodecInfo(
    "mingquan-mqz-3", "protocols.rpm_digits", "rpm_digits.json", rpm_digits.explain, one_way="from_device"
)
_LED = CodecInfo("nanhua-led", "protocols.led_nanhua", "led_nanhua.json", led_nanhua.explain, one_way="to_device")
_RZ_1 = CodecInfo("rz-1", "protocols.weather_registers", "weather_modbus.json", weather_explainer(RZ_1))
_DWSP_T5 = CodecInfo("dwsp-t5", "protocols.weather_registers", "weather_modbus.json", weather_explainer(DWSP_T5))
_DYNO_MAP = CodecInfo(
    "generic-modbus-dyno",
    "protocols.register_map",
    "modbus_map.json",
    dyno_explainer(lambda: LoadedMap("example-dyno", DynoMap).map),
)
_IO_MAP = CodecInfo(
    "generic-modbus-io",
    "protocols.register_map",
    "modbus_map.json",
    io_explainer(lambda: LoadedMap("example-io", IoMap).map),
)

_OURS = (
    DriverInfo(
        id="nanhua-nha-506i",
        name="NHA-506I 五组分尾气分析仪",
        role=GAS,
        maker="Nanhua 南华",
        protocol="503 dialect, 9600 8N1",
        grade="A",
        simulator="simulators.gas_nha506i",
        settings=dialect_503_driver.Nha506iSettings,
        build=dialect_503_driver.build_506i,
        codec=_NHA_506I,
    ),
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
    ),
    DriverInfo(
        id="elm327",
        name="ELM327 OBD 诊断仪",
        role=OBD,
        maker="ELM Electronics and compatible",
        protocol="ELM327 text, SAE J1979 over ISO 15765-4",
        grade="A",
        simulator="simulators.obd_elm327",
        settings=elm327_driver.Elm327Settings,
        build=elm327_driver.build,
        codec=_ELM327,
    ),
    DriverInfo(
        id="iso15765-can",
        name="CAN 接口 OBD 读取（ISO 15765-4）",
        role=OBD,
        maker="any with SocketCAN, slcan or socketcand",
        protocol="SAE J1979 over ISO 15765-4, 11/29 bit, 250/500 kbit/s",
        grade="A",
        simulator="simulators.obd_can",
        settings=Iso15765Settings,
        build=iso15765_driver.build,
        codec=_ISO_15765,
    ),
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
    ),
    DriverInfo(
        id="nanhua-rpm-5300",
        name="RPM-5300 发动机转速表",
        role=TACHOMETER,
        maker="Nanhua 南华",
        protocol="four digits and CR, 9600 8N1",
        grade="A",
        simulator="simulators.tachometer_digits",
        settings=digits_driver.Rpm5300Settings,
        build=digits_driver.build_rpm_5300,
        codec=_RPM_5300,
    ),
    DriverInfo(
        id="mingquan-mqz-3",
        name="MQZ-3 发动机转速表",
        role=TACHOMETER,
        maker="Mingquan 鸣泉",
        protocol="four digits and CR, 9600 8N1",
        grade="A",
        simulator="simulators.tachometer_digits",
        settings=digits_driver.Mqz3Settings,
        build=digits_driver.build_mqz_3,
        codec=_MQZ_3,
    ),
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
    ),
)

DRIVERS: Mapping[str, DriverInfo] = {info.id: info for info in _OURS}
"""Our own drivers by device id."""

DECODERS: Mapping[str, CodecInfo] = {
    **{info.id: info.codec for info in _OURS},
    **{codec.id: codec for codec in (_NHA_503, _NHA_503V, _ISO_TP, _SLCAN, _DWSP_T5)},
}
"""Everything whose frames can be explained; some of it has no driver (yet)."""


def all_drivers() -> dict[str, DriverInfo]:
    """Return our drivers and those of third parties (entry point group ``lanectl.drivers``, each a DriverInfo)."""
    found = dict(DRIVERS)
    for point in entry_points(group=ENTRY_POINTS):
        info = point.load()
        if not isinstance(info, DriverInfo):
            raise RegistryError(f"{point.value} is no DriverInfo")
        if info.id in found:
            raise RegistryError(f"{point.value} brings {info.id}, which is already there")
        found[info.id] = info
    return found
