"""How control units of before CAN answer on a K line (ISO 9141-2, ISO 14230): short messages, numbered lines.

Knows headers, checksums, three codes to a message, four bytes of vehicle information to a line. Does not know tools.
"""

from simulators.ecu import Answer

PROTOCOLS = ("3", "4", "5")
"""As an ELM327 counts them: ISO 9141-2, and ISO 14230 after either kind of waking."""
ISO_9141 = "3"
TESTER, ADDRESSED = 0xF1, 0x80
CODE_SERVICES, INFORMATION = (0x43, 0x47, 0x4A), 0x49
CODES_EACH, LINE = 6, 4


def messages(answer: Answer, protocol: str) -> list[tuple[bytes, bytes]]:
    """Return header and content of each message; a checksum goes behind."""
    return [(_header(answer, protocol, len(part)), part) for part in _parts(answer.message)]


def checksum(message: bytes) -> bytes:
    """Return the byte that ends a message."""
    return bytes([sum(message) & 0xFF])


def _header(answer: Answer, protocol: str, length: int) -> bytes:
    source = answer.unit.source
    return bytes([0x48, 0x6B, source]) if protocol == ISO_9141 else bytes([ADDRESSED | length, TESTER, source])


def _parts(message: bytes) -> list[bytes]:
    if message[0] in CODE_SERVICES:
        words = message[2:] or bytes(CODES_EACH)
        parts = [words[at : at + CODES_EACH] for at in range(0, len(words), CODES_EACH)]
        return [message[:1] + part.ljust(CODES_EACH, b"\0") for part in parts]
    if message[0] == INFORMATION and message[1]:
        content = message[3:].rjust(-(-len(message[3:]) // LINE) * LINE, b"\0")
        lines = [content[at : at + LINE] for at in range(0, len(content), LINE)]
        return [message[:2] + bytes([number]) + line for number, line in enumerate(lines, start=1)]
    return [message]
