"""Wire face of the two-row LED panels Tongji and Antong: they show what they are told and never say a word.

Knows two rows. Does not know ports, who reads it, or what the words mean.
"""

from protocols.led_rows import LOWER, UPPER, Cleared, Panel, RowFramer


class RowsFace:
    """A panel with two rows."""

    def __init__(self, panel: Panel) -> None:
        self.lines = ["", ""]
        """What stands on the panel, from above."""
        self._framer = RowFramer(panel)

    def feed(self, data: bytes) -> bytes:
        """Show each row that these bytes complete."""
        for said in self._framer.feed(data):
            if isinstance(said, Cleared):
                self.lines = ["", ""]
            else:
                self.lines[(UPPER, LOWER).index(said.row)] = said.text.rstrip()
        return b""

    def step(self, dt_s: float) -> bytes:
        """Stay silent."""
        return b""
