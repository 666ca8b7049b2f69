"""What the local API answers when it cannot take a request: one JSON shape for all of them.

Knows HTTP status codes and the words. Does not know the lane; a refusal of the lane is no error and has its own shape.
"""

from lanectl.model.words.screen import FIELD_HINTS, MESSAGES, REMEDIES
from lanectl.model.words.text import Text

Json = dict[str, object]


class NotLoopbackError(ValueError):
    """The terminal serves this machine alone; another address was asked for."""

    def __init__(self, host: str) -> None:
        super().__init__(f"terminal host {host!r} is not a loopback address; use 127.0.0.1")


class ApiError(Exception):
    """The request cannot be taken. ``code`` is a key of the words; facts fill its text."""

    def __init__(self, status: int, code: str, *, field: str | None = None, **facts: object) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.field = field
        self.message = MESSAGES[code].fill(field=field, **facts)
        self.remedy = FIELD_HINTS.get(field or "", REMEDIES[code].fill(field=field, **facts))

    def as_json(self) -> Json:
        """Return the body of the answer."""
        error: Json = {"class": self.code, "message": both(self.message), "remedy": both(self.remedy)}
        if self.field is not None:
            error["field"] = self.field
        return {"error": error}


def both(text: Text) -> Json:
    """Return a text in both languages as JSON."""
    return {"zh": text.zh, "en": text.en}
