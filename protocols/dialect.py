"""What every dialect of a family of devices has to offer to the driver and to the simulated face.

Knows framers by their shape, and how a family's questions and answers are explained once their frames are read. Does
not know any protocol, or what a family's words mean.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, Protocol, TypeVar

from protocols.captured import Captured, Explained

T = TypeVar("T")
ActionT = TypeVar("ActionT", bound=Enum)
ReplyT = TypeVar("ReplyT")


class Framer(Protocol[T]):
    """Cuts bytes into what they say."""

    def feed(self, chunk: bytes) -> list[T]:
        """Return what this chunk completes."""


class AnswerFramer(Framer[T], Protocol[T]):
    """Finds the one reply to one request."""

    surplus: int
    """Bytes that came after it."""


# Without slots: Python 3.11 cannot make a frozen generic that has them through an alias such as Request[Action].


@dataclass(frozen=True)
class Request(Generic[ActionT]):
    """One request. ``action`` is None for a code, or a form of it, that is never used here."""

    action: ActionT | None
    code: int


@dataclass(frozen=True)
class Dialect(Generic[ActionT, ReplyT]):
    """How one device says on its wire what its family says: the questions (``ActionT``) and the answers."""

    name: str
    actions: frozenset[ActionT]
    """What it can be asked."""
    encode_request: Callable[[ActionT], bytes]
    decode_request: Callable[[bytes], Request[ActionT]]
    request_framer: Callable[[], Framer[Request[ActionT]]]
    encode_reply: Callable[[ActionT, ReplyT], bytes]
    decode_reply: Callable[[ActionT | None, bytes], ReplyT]
    reply_framer: Callable[[ActionT], AnswerFramer[ReplyT]]
    unused: Mapping[int, str] = field(default_factory=dict)
    """Codes of requests that are explained and never sent."""

    def explain(self, captured: Captured, explain_reply: Callable[[ReplyT], Explained]) -> Explained:
        """Explain one captured frame; what a reply means is the family's to say."""
        if captured.to_device:
            return self._explain_request(self.decode_request(captured.frame))
        action = self.decode_request(captured.request).action if captured.request else None
        return explain_reply(self.decode_reply(action, captured.frame))

    def _explain_request(self, request: Request[ActionT]) -> Explained:
        if request.action is not None:
            return Explained(request.action.name.lower())
        if request.code in self.unused:
            return Explained(self.unused[request.code])
        return Explained("unknown_request", {"code": float(request.code)}, flags=("unknown_to_this_model",))
