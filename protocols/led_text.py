"""Text on LED panels, whatever their frame.

Knows that it is Chinese in two bytes a sign (GB 2312, and GBK where a panel's font has more), and that it holds no
control characters. Does not know any frame, ports, or how wide a panel is.
"""

import unicodedata

from protocols.errors import UnknownFrameError, ValueRangeError

ENCODING = "gbk"


def encode_text(text: str) -> bytes:
    """Write text in a panel's character set; ValueRangeError for what it cannot show."""
    if _has_controls(text):
        raise ValueRangeError("a line of text holds no control characters")
    try:
        return text.encode(ENCODING)
    except UnicodeEncodeError as error:
        raise ValueRangeError(f"the panel has no sign {error.object[error.start]!r}") from None


def decode_text(data: bytes) -> str:
    """Read text in a panel's character set."""
    try:
        text = data.decode(ENCODING)
    except UnicodeDecodeError as error:
        raise UnknownFrameError(str(error)) from None
    if _has_controls(text):
        raise UnknownFrameError("control characters in the text")
    return text


def _has_controls(text: str) -> bool:
    return any(unicodedata.category(sign) == "Cc" for sign in text)
