"""The strict base of every driver's settings, and the facts by which a lane file names one device and no other.

Knows that unknown keys are mistakes. Does not know lane files; what a manual fixes is a constant beside its driver.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

FACTS = ("model", "serial_number", "firmware")
"""What a device may say about itself (roles.Identity)."""
Fact = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^\S(.*\S)?$")]


class Whole(BaseModel):
    """A table that is read once, whole, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ExpectedIdentity(Whole):
    """Who a device has to say that it is, letter by letter; what is not written here is not asked for."""

    model: Fact | None = None
    serial_number: Fact | None = None
    firmware: Fact | None = None


class Strict(Whole):
    """What every device's table may hold besides its own keys."""

    identity: ExpectedIdentity | None = None
    """Written as ``{ serial_number = "…" }``: another device is refused. Only what the device tells may stand here."""


PortName = Annotated[
    str, Field(min_length=1, description="Stable name of the port, such as a link under /dev/lane or /dev/serial/by-id")
]
