"""Explains captured frames of the BNTD / XinCheng bench controller.

Knows how its commands, status frames and texts read as named values. Does not know ports, drivers or limits.
"""

from protocols.bntd import VALUE_NAMES, decode_command, decode_note, decode_status
from protocols.captured import Captured, Explained, from_single_float


def explain(captured: Captured) -> Explained:
    """Explain one command, status frame or text."""
    if captured.to_device:
        command = decode_command(captured.frame)
        name = VALUE_NAMES.get(command.order)
        if name is None and command.value:
            name = "value"
        return Explained(command.order.name.lower(), {name: from_single_float(command.value)} if name else {})
    if captured.frame[:1] == b"D":
        return Explained("note", texts={"note": decode_note(captured.frame).text})
    status = decode_status(captured.frame)
    values: dict[str, float | None] = {
        name: from_single_float(number) for name, number in zip(status.names, status.numbers, strict=True)
    }
    values["keys"] = None if status.keys is None else float(status.keys)
    return Explained("status" if status.control else "readback", values, (status.state, status.letters))
