"""The signed figures by which readings are doubted: how fast a channel moves, how long it stands still, its accuracy.

Knows the file's form. Does not know what becomes of a doubted reading.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lanectl.settings.data_files import DataFile
from lanectl.settings.problems import FaultyFileError, model_problems, parse_toml

Channel = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Figures(BaseModel):
    """One table of the file. ``conf`` and ``clause`` say how sure it is and where it comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    conf: Literal["A", "B", "C"]
    clause: Annotated[str, Field(min_length=1)]


class JumpFigures(Figures):
    """How fast one channel may move."""

    per_s: Positive
    slack: Positive


class ClassFigures(Figures):
    """How exact one channel is: the larger of an absolute and a relative error."""

    absolute: Positive
    relative: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0


class Above(BaseModel):
    """One of the channels is higher than this."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    than: Annotated[float, Field(allow_inf_nan=False)]


class StillFigures(Figures):
    """How long some channels may have the same bits together."""

    reading: str
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    for_s: Positive
    above: Above | None = None
    moved: dict[Channel, Positive] = Field(default_factory=dict)


class Plausibility(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_: Literal["lanectl/plausibility/1"] = Field(alias="schema")
    meta: dict[str, str]
    jumps: dict[Channel, JumpFigures]
    still: tuple[StillFigures, ...]
    classes: dict[Channel, ClassFigures]


def read_plausibility(file: DataFile) -> Plausibility:
    """Return the figures of a data file; FaultyFileError with the places of what is wrong."""
    try:
        return Plausibility.model_validate(file.data)
    except ValidationError as error:
        raise FaultyFileError(model_problems(parse_toml(file.raw, file.path), error, Plausibility)) from None
