"""How a roller motor's frequency converter is found on a port.

Knows that its control word holds one of the words that are published for it. Whether a real one lets it be read is not
attested: one that refuses is not found. Does not know ports, time, or other families.
"""

from drivers.modbus_probe import modbus_probes
from drivers.probe import Probe
from protocols.modbus import Function, Request
from protocols.motor_drives import Drive


def converter_probes(drive: Drive) -> tuple[Probe, ...]:
    """Return the probes of a converter of this model."""
    words = {drive.stop_word, drive.run_word, drive.with_frequency}
    asked = Request(Function.READ_HOLDING, drive.control, 1)
    return modbus_probes("read its control word", asked, (9600,), fits=lambda values: values[0] in words, tcp=True)
