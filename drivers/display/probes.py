"""What is known of a panel that is looked for: nothing, for it never answers.

Knows which bytes it would show. Does not know ports, time, or other families.
"""

from functools import partial

from drivers.probe import Probe, obeys
from protocols.led_nanhua import LineFramer
from protocols.led_rows import Panel, RowFramer


def _shows(line: object) -> str:
    return "show a text"


NANHUA = Probe(obeys=obeys(LineFramer, _shows))


def rows(panel: Panel) -> Probe:
    """Return what a panel with two rows would show."""
    return Probe(obeys=obeys(partial(RowFramer, panel), _shows))
