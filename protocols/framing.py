"""Finding frames in what arrives, for every codec whose frames tell their length by their beginning.

Knows waiting, passing over what begins no frame, and bounded memory: never more is kept than one frame that is not yet
whole. Does not know any protocol: a codec says how long a frame is that begins like this, and reads a whole one.
"""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from protocols.errors import FrameError

T = TypeVar("T")


def begins_like(begun: bytes, mark: bytes) -> bool:
    """Tell whether these bytes begin like the mark, as far as they have come."""
    return begun.startswith(mark) or mark.startswith(begun)


class _Finder(ABC, Generic[T]):
    def __init__(self) -> None:
        self._pending = bytearray()
        self.skipped = 0
        """Bytes passed over so far."""

    @abstractmethod
    def length(self, begun: bytes) -> int | None:
        """Return how many bytes the frame has that begins like this: 0 for none, None while that cannot be told."""

    @abstractmethod
    def decode(self, frame: bytes) -> T:
        """Read one whole frame, or raise FrameError."""

    def _next(self) -> T | None:
        begun = bytes(self._pending)
        found = None
        while begun:
            length = self.length(begun)
            if length is None or len(begun) < length:
                break
            found = self._try(begun[:length]) if length else None
            if found is not None:
                begun = begun[length:]
                break
            begun = begun[1:]
            self.skipped += 1
        del self._pending[: len(self._pending) - len(begun)]
        return found

    def _try(self, frame: bytes) -> T | None:
        try:
            return self.decode(frame)
        except FrameError:
            return None


class FrameCutter(_Finder[T]):
    """Cuts a stream into frames, in any chunking; what belongs to no frame is passed over."""

    def feed(self, chunk: bytes) -> list[T]:
        """Return each frame that this chunk completes."""
        self._pending += chunk
        found = []
        while (item := self._next()) is not None:
            found.append(item)
        return found


class OneReply(_Finder[T]):
    """Finds the one reply to one question, whatever came before it and however it is cut."""

    def __init__(self) -> None:
        super().__init__()
        self.surplus = 0
        """Bytes after the reply. There are none in an orderly exchange: they belong to another question."""
        self._done = False

    def feed(self, chunk: bytes) -> list[T]:
        """Return the reply if this chunk completes it. Bytes that cannot begin it are passed over."""
        if self._done:
            self.surplus += len(chunk)
            return []
        self._pending += chunk
        found = self._next()
        if found is None:
            return []
        self._done, self.surplus = True, len(self._pending)
        self._pending.clear()
        return [found]
