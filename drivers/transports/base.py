"""What every end of a wire can do."""

from typing import Protocol


class Transport(Protocol):
    """A byte stream to one device. Opening, reading and writing raise PortLostError when the port is gone."""

    async def open(self) -> None:
        """Open the port, exclusively."""

    async def close(self) -> None:
        """Close the port; idempotent, and wakes a waiting reader with PortLostError."""

    async def write(self, data: bytes) -> None:
        """Write all of data."""

    async def read(self) -> bytes:
        """Return what has arrived, waiting for at least one byte."""

    def purge(self) -> None:
        """Forget what has arrived and was not read."""

    def lost(self) -> str | None:
        """Say why an open port is gone, as far as is known without trying; None while it seems sound, or is closed."""
