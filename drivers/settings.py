"""The strict base of every driver's settings.

Knows that unknown keys are mistakes. Does not know lane files; what a manual fixes is a constant beside its driver.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Strict(BaseModel):
    """Settings are read once, whole, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


PortName = Annotated[
    str, Field(min_length=1, description="Stable name of the port, such as a link under /dev/lane or /dev/serial/by-id")
]
