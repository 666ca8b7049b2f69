"""How weather stations are found on a port.

Knows that two of them differ in the order of their registers alone, which only plausible weather tells. Does not know
ports, time, or other families.
"""

from collections.abc import Sequence
from typing import Any

from drivers.modbus_probe import modbus_probes
from drivers.probe import Obeys, Probe, Question, obeys, unless_refused
from drivers.weather.rz1 import BAUD, READ_INPUT
from protocols import fth2, para_nanhua, xce_text
from protocols.modbus import Function, Request
from protocols.nt_frame import NtReply, encode
from protocols.weather_registers import FIRST, Station, decode_registers

PLAUSIBLE = ((-40.0, 60.0), (0.0, 100.0), (60.0, 110.0))
"""Temperature, humidity and pressure where people work: what is outside was read as another station's."""


def register_probes(station: Station) -> tuple[Probe, ...]:
    """Return the probe of a station with registers."""
    request = Request(Function(READ_INPUT), FIRST, station.count)

    def fits(registers: Sequence[int]) -> bool:
        air = decode_registers(station, registers)
        values = (air.ambient_temp_c, air.humidity_pct, air.pressure_kpa)
        return all(low <= value <= high for value, (low, high) in zip(values, PLAUSIBLE, strict=True))

    return modbus_probes("read the weather", request, (BAUD,), fits=fits)


FTH_2 = Probe(
    bauds=(9600, 19200),
    questions=(
        Question(
            "read the weather",
            encode(fth2.READ),
            lambda: NtReply(fth2.READ, fth2.read_frame),
            unless_refused(fth2.Refused),
        ),
    ),
)


def _calibrates(request: Any) -> str | None:
    return None if request is xce_text.Question.READ else "calibrate"


def _texts(model: xce_text.Model) -> Obeys:
    return obeys(lambda: xce_text.Questions(model), _calibrates)


XCE_100 = Probe(
    questions=(
        Question(
            "read the weather", xce_text.encode_request(xce_text.Question.READ), xce_text.ReadingText, within_s=1.0
        ),
    ),
    obeys=_texts(xce_text.XCE_100),
)
XCE_101 = Probe(stream=xce_text.ReadingTexts, obeys=_texts(xce_text.XCE_101))
PARA = Probe(
    questions=(
        Question(
            "read all values",
            para_nanhua.encode_request(para_nanhua.Ask.ALL),
            lambda: para_nanhua.Reply(para_nanhua.Ask.ALL),
            unless_refused(para_nanhua.Refused),
        ),
    ),
)
