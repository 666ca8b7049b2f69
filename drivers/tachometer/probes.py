"""How tachometers are found on a port: most of them speak unasked.

Knows what a VMT-2000 takes for an order. Does not know ports, time, or other families.
"""

from drivers.probe import Probe, Question, obeys, unless_refused
from drivers.tachometer import digits, vmt2000, vtet1000
from protocols import rpm_digits, rpm_text
from protocols.nt_frame import NtFrame, NtReply, NtRequests, encode
from protocols.vmt2000 import READ, SET_MODE, Refused, read_revolutions


def _sets_mode(request: NtFrame) -> str | None:
    return "set mode" if request.command == SET_MODE else None


DIGITS = Probe((digits.BAUD,), stream=rpm_digits.StreamFramer)
"""RPM-5300 and MQZ-3 say the same bytes; nothing tells them apart."""
VTET_1000 = Probe((vtet1000.BAUD,), stream=rpm_text.StreamFramer)
VMT_2000 = Probe(
    (vmt2000.BAUD,),
    questions=(
        Question("read revolutions", encode(READ), lambda: NtReply(READ, read_revolutions), unless_refused(Refused)),
    ),
    obeys=obeys(NtRequests, _sets_mode),
)
