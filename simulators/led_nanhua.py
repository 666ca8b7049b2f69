"""Wire face of a Nanhua LED panel: it shows what it is told and never says a word.

Knows its own number and its lines. Does not know ports, who reads it, or what the words mean.
"""

from protocols.led_nanhua import ALL_PANELS, LAST_LINE, LineFramer


class LedFace:
    """A panel with four lines."""

    def __init__(self, panel: int = 1) -> None:
        self.lines = [""] * LAST_LINE
        """What stands on the panel, from above."""
        self._panel = panel
        self._framer = LineFramer()

    def feed(self, data: bytes) -> bytes:
        """Show each line that these bytes complete and that is meant for this panel."""
        for line in self._framer.feed(data):
            if line.panel in (ALL_PANELS, self._panel):
                self.lines[line.line - 1] = line.text
        return b""

    def step(self, dt_s: float) -> bytes:
        """Stay silent."""
        return b""
