"""What the demo says: each step as it happens, each promise as held or broken, and a table at the end."""

import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field


def line(text: str = "") -> None:
    """Print one line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@dataclass
class Report:
    """Collects promises; the demo holds only if every one of them did."""

    broken: list[str] = field(default_factory=list)
    held: int = 0
    _told: tuple[int, int] | None = None

    def step(self, text: str) -> None:
        """Say what happens now."""
        line(f"\n== {text}")

    def remark(self, text: str) -> None:
        """Say something that is neither promise nor failure."""
        line(f"   note   {text}")

    def promise(self, what: str, ok: bool, evidence: str) -> None:
        """Say whether something held."""
        line(f"   {'ok    ' if ok else 'BROKEN'} {what}: {evidence}")
        if ok:
            self.held += 1
        else:
            self.broken.append(f"{what}: {evidence}")

    def table(self, title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a table; Chinese characters take two columns."""
        widths = [max(_width(cell) for cell in column) for column in zip(heads, *rows, strict=True)]
        line(f"\n{title}")
        for cells in (heads, ["-" * width for width in widths], *rows):
            line(
                "  " + "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True))
            )

    def ending(self, sabotage: str | None) -> int:
        """Say how it ended, once, and return the exit code: 0 only if everything held."""
        stand = (self.held, len(self.broken))
        if stand != self._told:
            self._told = stand
            self._tell(sabotage)
        return 1 if self.broken else 0

    def _tell(self, sabotage: str | None) -> None:
        if not self.broken:
            line(f"\nEverything held ({self.held} promises).")
            return
        caught = f"sabotage '{sabotage}' was caught" if sabotage else "something did not hold"
        line(f"\n{caught}:")
        for broken in self.broken:
            line(f"  - {broken}")


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
