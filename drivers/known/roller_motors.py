"""Roller motors that this program can drive.

Knows which files and settings belong to a device. Does not know lanes, ports in use, or law.
"""

from drivers.info import ROLLER_MOTOR, CodecInfo, DriverInfo
from drivers.roller_motor import converter
from drivers.roller_motor.probes import converter_probes
from protocols.motor_drives import AMB, AMB100, SB60, X11, Drive, explainer


def _converter(drive: Drive, settings: type[converter.ConverterSettings]) -> DriverInfo:
    id_ = f"{drive.name.lower()}-converter"
    return DriverInfo(
        id=id_,
        name=f"{drive.name} 滚筒电机变频器",
        role=ROLLER_MOTOR,
        maker="unknown",
        protocol="Modbus RTU, 9600 8N1",
        grade="B",
        simulator="simulators.motor_converter",
        settings=settings,
        build=converter.build,
        codec=CodecInfo(id_, "protocols.motor_drives", "motor_drives.json", explainer(drive)),
        probes=converter_probes(drive),
    )


DRIVERS = (
    _converter(AMB, converter.AmbSettings),
    _converter(AMB100, converter.Amb100Settings),
    _converter(SB60, converter.Sb60Settings),
    _converter(X11, converter.X11Settings),
)
