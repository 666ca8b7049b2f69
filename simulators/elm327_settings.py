"""The settings of an ELM327: which AT commands change what.

Knows the switches and their start values. Does not know buses, answers or text.
"""

from dataclasses import dataclass

PROTOCOL_NAMES = {
    "0": "AUTO",
    "1": "SAE J1850 PWM",
    "2": "SAE J1850 VPW",
    "3": "ISO 9141-2",
    "4": "ISO 14230-4 (KWP 5BAUD)",
    "5": "ISO 14230-4 (KWP FAST)",
    "6": "ISO 15765-4 (CAN 11/500)",
    "7": "ISO 15765-4 (CAN 29/500)",
    "8": "ISO 15765-4 (CAN 11/250)",
    "9": "ISO 15765-4 (CAN 29/250)",
    "A": "SAE J1939 (CAN 29/250)",
    "B": "USER1 (CAN 11/125)",
    "C": "USER2 (CAN 11/50)",
}
SWITCHES = {"E": "echo", "L": "linefeeds", "H": "headers", "S": "spaces", "CAF": "formatting"}
HARMLESS = (
    "M0",
    "M1",
    "AL",
    "NL",
    "AT0",
    "AT1",
    "AT2",
    "CFC0",
    "CFC1",
    "R0",
    "R1",
    "D0",
    "D1",
    "AR",
    "CEA",
    "FE",
    "BI",
)
HARMLESS_WITH_DIGITS = ("FCSH", "FCSD", "FCSM", "CRA", "CF", "CM", "CP", "SW", "IB", "KW", "TA", "BRT")
"""Accepted without any effect on what is answered here."""
TICK_S = 0.004
FUNCTIONAL = ("7DF", "DB33F1", "18DB33F1")


@dataclass
class ElmSettings:
    """As after a reset."""

    echo: bool = True
    linefeeds: bool = False
    headers: bool = False
    spaces: bool = True
    formatting: bool = True
    automatic: bool = True
    protocol: str = "0"
    timeout_s: float = 0x32 * TICK_S
    header: str = ""

    def set(self, command: str) -> bool:
        """Obey one command without its AT; False when there is no such command."""
        if command[:-1] in SWITCHES and command[-1:] in ("0", "1"):
            setattr(self, SWITCHES[command[:-1]], command.endswith("1"))
            return True
        if command in HARMLESS:
            return True
        head, digits = command[:2], command[2:]
        if head in ("SP", "TP"):
            return self._choose_protocol(digits)
        if head == "ST" and len(digits) == 2 and _hex(digits):
            self.timeout_s = (int(digits, 16) or 0x32) * TICK_S
            return True
        if head == "SH" and len(digits) in (3, 6, 8) and _hex(digits):
            self.header = digits
            return True
        return any(command.startswith(name) and _hex(command[len(name) :]) for name in HARMLESS_WITH_DIGITS)

    def _choose_protocol(self, digits: str) -> bool:
        automatic = digits.startswith("A") and len(digits) == 2
        digit = digits[-1:]
        if digit not in PROTOCOL_NAMES or len(digits) > 2 or (len(digits) == 2 and not automatic):
            return False
        self.automatic, self.protocol, self.header = automatic or digit == "0", digit, ""
        return True

    def target(self, protocol: str) -> int | None:
        """Say which unit the header set by hand speaks to, by its address or source; None means all of them."""
        if not self.header or self.header in FUNCTIONAL:
            return None
        if protocol in ("7", "9"):
            return int(self.header[-4:-2], 16)
        return int(self.header, 16) - 0x7E0


def _hex(text: str) -> bool:
    return all(letter in "0123456789ABCDEF" for letter in text)
