"""Which simulated devices there are, on which wire of a lane each stands, and which face each has.

Knows device ids and what each face has to be given. Does not know what people do around a lane, faults, or time.
"""

from collections.abc import Callable
from typing import Protocol

from protocols import asm_p, flb100, flow_binary, flow_flv, flow_mql, fty100, nhc03, nhf1, rpm_text
from protocols.led_rows import ANTONG, TONGJI
from protocols.mqw_510x import MQW_5101, MQW_5102
from protocols.nht import CDF_5000, MQY_200, NHT_1, NHT_1L, NHT_6
from protocols.nht import dialect as nht_dialect
from protocols.weather_registers import DWSP_T5, RZ_1
from simulators.ak_rack import GAS_CHANNELS, NOX_CHANNELS, AkRackFace
from simulators.bench import Bench
from simulators.dyno_lettered import LetteredDynoFace
from simulators.face import AnalyzerFace, Face
from simulators.flow_meter import FlowMeterFace
from simulators.flow_tube import FlowTube
from simulators.found import FOUND
from simulators.gas_503 import MODELS_503, Dialect503Face
from simulators.gas_amb import Fla501Face, Mexa584LFace
from simulators.gas_fasm5000 import Fasm5000Face
from simulators.gas_fga4100 import Fga4100Face
from simulators.gas_mqw50 import MODELS as MODELS_MQW50
from simulators.gas_mqw50 import Mqw50Face
from simulators.gas_simple import MODELS as MODELS_SIMPLE
from simulators.gas_simple import SimpleGasFace
from simulators.led_nanhua import LedFace
from simulators.led_rows import RowsFace
from simulators.nht_610 import Nht610Face
from simulators.nox_mqw510x import Mqw510xFace
from simulators.opacimeter import OpacimeterFace
from simulators.sample_line import Air, SampleLine
from simulators.smoke_meter import SmokeMeter
from simulators.tachometer_digits import SpeakingTachometerFace
from simulators.tachometer_vmt2000 import Vmt2000Face
from simulators.weather_fth2 import Fth2Face
from simulators.weather_para import ParaFace
from simulators.weather_rz1 import ModbusWeatherFace
from simulators.weather_xce import Xce100Face, Xce101Face

DEVICE_IDS = {
    "nanhua-nha-506i": "gas",
    "nanhua-nha-503": "gas",
    "nanhua-nha-503v": "gas",
    "fuli-fla-502": "gas",
    "fuli-fla-502-hex": "gas",
    "chida-cdf-5000": "gas",
    "mingquan-mqw-50a": "gas",
    "mingquan-mqw-50b": "gas",
    "nanhua-nha-506": "gas",
    "mingquan-mqw-511": "gas",
    "fuli-fla-501": "gas",
    "ak-gas": "gas",
    "ak-nox": "nox",
    "foshan-fasm-5000": "gas",
    "foshan-fga-4100": "gas",
    "horiba-mexa-584l": "gas",
    "xincheng-bntd": "dyno",
    "elm327": "obd",
    "iso15765-can": "obd",
    "iso27145-can": "obd",
    "j1939-can": "obd",
    "zenyuan-vci": "obd",
    "nanhua-nht-6": "opacity",
    "nanhua-nht-1": "opacity",
    "nanhua-nht-1l": "opacity",
    "mingquan-mqy-200": "opacity",
    "chida-cdf-5000-smoke": "opacity",
    "fuli-flb-100": "opacity",
    "foshan-fty-100": "opacity",
    "nanhua-nht-610": "opacity",
    "nanhua-nht-610-nox": "nox",
    "mingquan-mqw-5101": "nox",
    "mingquan-mqw-5102": "nox",
    "nanhua-rpm-5300": "rpm",
    "mingquan-mqz-3": "rpm",
    "fuli-vmt-2000": "rpm",
    "vtet-1000": "rpm",
    "nanhua-led": "led",
    "tongji-led": "led",
    "antong-led": "led",
    "generic-modbus-dyno": "dyno",
    "nanhua-nhc-03": "dyno",
    "maha-asm-p": "dyno",
    "igbt-ascii": "dyno",
    "amb-converter": "motor",
    "amb100-converter": "motor",
    "sb60-converter": "motor",
    "x11-converter": "motor",
    "generic-modbus-io": "io",
    "rz-1": "weather",
    "dwsp-t5": "weather",
    "fuli-fth-2": "weather",
    "xincheng-xce-100": "weather",
    "xincheng-xce-101": "weather",
    "nanhua-para": "weather",
    "nanhua-nhf-1": "flow",
    "vmas-flow-binary": "flow",
    "mingquan-mql-100": "flow",
    "fuli-flv-1000": "flow",
    **{device: one.wire for device, one in FOUND.items()},
}
"""Device id -> name of its wire in a simulated lane."""
CAN_READERS = frozenset({"iso15765-can", "iso27145-can", "j1939-can"})
"""One adapter, whatever the vehicle speaks."""
Engine = Callable[[], tuple[float, float]]
"""What a clamp on the engine and a probe in its oil feel: r/min and degrees C."""
OPACIMETERS = {
    "nanhua-nht-6": nht_dialect(NHT_6),
    "nanhua-nht-1": nht_dialect(NHT_1),
    "nanhua-nht-1l": nht_dialect(NHT_1L),
    "mingquan-mqy-200": nht_dialect(MQY_200),
    "chida-cdf-5000-smoke": nht_dialect(CDF_5000),
    "fuli-flb-100": flb100.dialect(oil_in_tenths=True),
    "foshan-fty-100": fty100.dialect(lettered=True),
}
FLOW_METERS = {
    "nanhua-nhf-1": nhf1.DIALECT,
    "vmas-flow-binary": flow_binary.DIALECT,
    "mingquan-mql-100": flow_mql.DIALECT,
    "fuli-flv-1000": flow_flv.DIALECT,
}
LETTERED_DYNOS = {"nanhua-nhc-03": nhc03.DIALECT, "maha-asm-p": asm_p.DIALECT}


NOX_BEHIND_CONVERTER = frozenset({"mingquan-mqw-5102", "ak-nox"})
"""NOx analysers that find all nitrogen oxides as NO; before the others stands the exhaust as it is."""


class WeatherFace(Face, Protocol):
    """The face of a weather station."""

    air: Air
    broken_sensor: bool


def weather_face(device: str, air: Air, engine: Engine) -> WeatherFace:
    """Make the face of a weather station."""
    match device:
        case "dwsp-t5":
            return ModbusWeatherFace(DWSP_T5, air)
        case "fuli-fth-2":
            return Fth2Face(air)
        case "xincheng-xce-100":
            return Xce100Face(air)
        case "xincheng-xce-101":
            return Xce101Face(air)
        case "nanhua-para":
            return ParaFace(air, engine)
    return ModbusWeatherFace(RZ_1, air)


def gas_face(device: str, line: SampleLine, engine: Engine) -> AnalyzerFace:
    """Make the face of a gas analyser."""
    match device:
        case "nanhua-nha-506" | "mingquan-mqw-511":
            return SimpleGasFace(MODELS_SIMPLE[device], line, engine)
        case "mingquan-mqw-50a" | "mingquan-mqw-50b":
            return Mqw50Face(MODELS_MQW50[device], line, engine)
        case "fuli-fla-501":
            return Fla501Face(line, engine)
        case "ak-gas":
            return AkRackFace(line, GAS_CHANNELS)
        case "foshan-fasm-5000":
            return Fasm5000Face(line, engine)
        case "foshan-fga-4100":
            return Fga4100Face(line, engine)
        case "horiba-mexa-584l":
            return Mexa584LFace(line, engine)
    return Dialect503Face(MODELS_503[device], line, engine)


def nox_face(device: str, line: SampleLine, engine: Engine, meter: SmokeMeter) -> AnalyzerFace:
    """Make the face of a NOx analyser; one has a smoke meter of its own."""
    if device == "nanhua-nht-610-nox":
        return Nht610Face(meter, line, engine)
    if device == "ak-nox":
        return AkRackFace(line, NOX_CHANNELS)
    return Mqw510xFace(MQW_5101 if device == "mingquan-mqw-5101" else MQW_5102, line, engine)


def lettered_dyno_face(device: str, bench: Bench, seed: int) -> LetteredDynoFace:
    """Make the face of a bench that is told by letters."""
    return LetteredDynoFace(LETTERED_DYNOS.get(device, nhc03.DIALECT), bench, seed)


def opacimeter_face(device: str, meter: SmokeMeter, engine: Engine, air: Air, line: SampleLine) -> OpacimeterFace:
    """Make the face of an opacimeter; one has a gas cell of its own."""
    if device == "nanhua-nht-610":
        return Nht610Face(meter, line, engine)
    return OpacimeterFace(OPACIMETERS[device], meter, engine, air)


def tachometer_face(device: str, engine_rpm: Callable[[], float], seed: int) -> SpeakingTachometerFace | Vmt2000Face:
    """Make the face of a tachometer."""
    match device:
        case "fuli-vmt-2000":
            return Vmt2000Face(engine_rpm, seed)
        case "vtet-1000":
            return SpeakingTachometerFace(engine_rpm, seed, rpm_text.encode)
    return SpeakingTachometerFace(engine_rpm, seed)


def panel_face(device: str) -> LedFace | RowsFace:
    """Make the face of a panel for the driver."""
    match device:
        case "tongji-led":
            return RowsFace(TONGJI)
        case "antong-led":
            return RowsFace(ANTONG)
    return LedFace()


def flow_meter_face(device: str, tube: FlowTube) -> FlowMeterFace:
    """Make the face of an exhaust flow meter."""
    return FlowMeterFace(FLOW_METERS[device], tube)
