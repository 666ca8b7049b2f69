"""Readers of the diagnostic connector, and what travels on its wires that this program can drive.

Knows which files and settings belong to a device. Does not know lanes, ports in use, or law.
"""

from drivers.info import OBD, CodecInfo, DriverInfo
from drivers.obd import can_reader, probes
from drivers.obd import elm327 as elm327_driver
from drivers.obd import zenyuan as zenyuan_driver
from drivers.obd.can_settings import Iso15765Settings, Iso27145Settings, J1939Settings
from protocols.explain_j1939 import explain_j1939
from protocols.explain_obd import explain_can, explain_elm, explain_slcan
from protocols.explain_zenyuan import explain_zenyuan

_ISO_TP = CodecInfo("obd-iso-tp", "protocols.iso_tp", "obd_iso_tp.json", explain_can)
_SLCAN = CodecInfo("slcan", "protocols.slcan", "slcan.json", explain_slcan)
_ELM327 = CodecInfo("elm327", "protocols.elm327", "elm327.json", explain_elm)
_ISO_15765 = CodecInfo("iso15765-can", "protocols.obd_can", "obd_iso_tp.json", explain_can)
_ISO_27145 = CodecInfo("iso27145-can", "protocols.wwh_obd", "obd_wwh.json", explain_can)
_J1939 = CodecInfo("j1939-can", "protocols.j1939", "j1939.json", explain_j1939)
_ZENYUAN = CodecInfo("zenyuan-vci", "protocols.zenyuan", "zenyuan.json", explain_zenyuan)

DRIVERS = (
    DriverInfo(
        id="elm327",
        name="ELM327 OBD 诊断仪",
        role=OBD,
        maker="ELM Electronics and compatible",
        protocol="ELM327 text, SAE J1979 or ISO 27145 over ISO 15765-4, SAE J1979 over older buses",
        grade="A",
        simulator="simulators.obd_elm327",
        settings=elm327_driver.Elm327Settings,
        build=elm327_driver.build,
        codec=_ELM327,
        tells=frozenset({"model", "firmware"}),
        probes=(probes.ELM327,),
    ),
    DriverInfo(
        id="iso15765-can",
        name="CAN 接口 OBD 读取（ISO 15765-4、ISO 27145、SAE J1939）",
        role=OBD,
        maker="any with SocketCAN, slcan or socketcand",
        protocol="SAE J1979 or ISO 27145 over ISO 15765-4, 11/29 bit, or SAE J1939; 250/500 kbit/s",
        grade="A",
        simulator="simulators.obd_can",
        settings=Iso15765Settings,
        build=can_reader.build,
        codec=_ISO_15765,
        tells=frozenset({"firmware"}),
        probes=(probes.SLCAN,),
    ),
    DriverInfo(
        id="iso27145-can",
        name="CAN 接口 OBD 读取（ISO 27145，WWH-OBD）",
        role=OBD,
        maker="any with SocketCAN, slcan or socketcand",
        protocol="ISO 27145 over ISO 15765-4, 11/29 bit, 250/500 kbit/s",
        grade="B",
        simulator="simulators.obd_can",
        settings=Iso27145Settings,
        build=can_reader.build_wwh,
        codec=_ISO_27145,
        tells=frozenset({"firmware"}),
        probes=(probes.SLCAN,),
    ),
    DriverInfo(
        id="j1939-can",
        name="CAN 接口重型柴油车读取（SAE J1939）",
        role=OBD,
        maker="any with SocketCAN, slcan or socketcand",
        protocol="SAE J1939-21 and -73, 29 bit, 250/500 kbit/s",
        grade="A/B",
        simulator="simulators.j1939_units",
        settings=J1939Settings,
        build=can_reader.build_j1939,
        codec=_J1939,
        tells=frozenset({"firmware"}),
        probes=(probes.SLCAN,),
    ),
    DriverInfo(
        id="zenyuan-vci",
        name="正原 VCI 诊断盒",
        role=OBD,
        maker="ZenYuan (Guangzhou)",
        protocol="AA 55 packets; the box speaks to the vehicle by itself",
        grade="B",
        simulator="simulators.obd_zenyuan",
        settings=zenyuan_driver.ZenYuanSettings,
        build=zenyuan_driver.build,
        codec=_ZENYUAN,
        tells=frozenset({"firmware"}),
        probes=(probes.ZENYUAN,),
    ),
)

UNDRIVEN = (_ISO_TP, _SLCAN)
"""Frames that can be explained only."""
