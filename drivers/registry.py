"""Every driver this program knows, by device id: ours below, third parties by entry point.

Knows who drives what, how well the protocol is attested, and which files belong to a device.
Does not know lanes, ports in use, or law.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

from pydantic import BaseModel

from drivers.dynamometer import bntd as bntd_driver
from drivers.gas_analyzer import dialect_503 as dialect_503_driver
from drivers.obd import elm327 as elm327_driver
from drivers.pace import Pace
from drivers.roles import Device
from drivers.transports.base import Transport
from protocols.captured import Explain
from protocols.dialect_503 import NHA_503, NHA_503V, NHA_506I
from protocols.explain_503 import explainer
from protocols.explain_bntd import explain as explain_bntd
from protocols.explain_obd import explain_can, explain_elm

ENTRY_POINTS = "lanectl.drivers"
GAS, DYNO, OBD = "gas_analyzer", "dynamometer", "obd_reader"

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
)

DRIVERS: Mapping[str, DriverInfo] = {info.id: info for info in _OURS}
"""Our own drivers by device id."""

DECODERS: Mapping[str, CodecInfo] = {
    **{info.id: info.codec for info in _OURS},
    **{codec.id: codec for codec in (_NHA_503, _NHA_503V, _ISO_TP)},
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
