"""A device at the far end of a wire in memory, played from a script."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from drivers.transports.memory import MemoryEnd, MemoryPipe


@dataclass
class Script:
    """The far end: answers each write from a table, notes what it heard, and speaks when told."""

    near: MemoryEnd
    far: MemoryEnd
    answers: dict[bytes, bytes | list[bytes]] = field(default_factory=dict)
    heard: list[bytes] = field(default_factory=list)
    reply: Callable[[bytes], bytes] | None = None

    def take(self, data: bytes) -> None:
        self.heard.append(data)
        answer = self.answers.get(data, b"")
        if isinstance(answer, list):
            answer = answer.pop(0) if answer else b""
        if self.reply is not None and not answer:
            answer = self.reply(data)
        if answer:
            self.far.send(answer)

    def say(self, data: bytes) -> None:
        self.far.send(data)


@pytest.fixture
def script() -> Script:
    near, far = MemoryPipe.pair("device under test")
    played = Script(near, far)
    far.on_arrival = played.take
    return played
