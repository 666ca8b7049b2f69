"""Every message between lane and bureau, as pydantic models. The JSON Schemas under docs/schemas come from here.

Knows shapes only: signatures are checked by ``lanectl.uplink.signed`` on the parsed object, not on these models.
A model that comes from the bureau ignores fields it does not know, because the signature already covers them.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from lanectl.model.camera import CameraState
from lanectl.model.case import Failure, MStation, Repair

MessageKind = Literal["record", "trace", "event", "qc"]


class FromLane(BaseModel):
    """A message of the lane: frozen, and fatal on unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class FromBureau(BaseModel):
    """A signed message of the bureau: frozen; fields added later are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    seq: int | None = None
    """The bureau's own count of what it sends; only a command's is relied upon."""
    key_id: str = Field(pattern="^[0-9a-f]{16}$")
    signature: str


class RecordSignature(FromLane):
    """What stands in ``signature.json`` of the record's bundle."""

    suite: str
    key_id: str
    signature: str
    previous: str
    sequence: int = Field(ge=1)


class RecordMessage(FromLane):
    """One sealed record. ``record`` is base64 of its canonical bytes, exactly as signed."""

    schema_: Literal["lanectl/record-message/1"] = Field(alias="schema", default="lanectl/record-message/1")
    id: str
    seq: int
    record: str
    signature: RecordSignature


class TraceMessage(FromLane):
    """What belongs to a record: its members (trace, samples, events, devices), each base64."""

    schema_: Literal["lanectl/trace-message/1"] = Field(alias="schema", default="lanectl/trace-message/1")
    id: str
    seq: int
    test_id: str
    members: dict[str, str]


class EventMessage(BaseModel):
    """Something that happened on the lane outside a record, for instance a refused command."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)

    schema_: Literal["lanectl/event/1"] = Field(alias="schema", default="lanectl/event/1")
    id: str
    seq: int


class StateMessage(FromLane):
    """The lane's retained state. ``session`` grows with every connection; a will carries the session that died."""

    schema_: Literal["lanectl/state/1"] = Field(alias="schema", default="lanectl/state/1")
    id: str
    seq: int
    state: Literal["online", "stopped", "offline"]
    session: int = Field(ge=1)
    expires_at: str | None
    """After this moment the state counts as unknown; None for states that do not expire."""


class CameraMessage(FromLane):
    """The retained state of one camera, renewed as heartbeat. After ``expires_at`` it counts as unknown."""

    schema_: Literal["lanectl/camera/1"] = Field(alias="schema", default="lanectl/camera/1")
    id: str
    seq: int
    camera: str
    required: bool
    """No test starts on the lane while a required camera has been bad for more than 30 s."""
    state: CameraState
    trouble: str | None = None
    """Why there is no picture, while there is none."""
    last_frame_at: str | None
    """None before the first."""
    clock_offset_s: float | None
    """The camera's wall clock minus the lane's; None when its stream carries none."""
    expires_at: str


class QueryMessage(FromLane):
    """The lane asks; the answer comes to the response topic with the same correlation data."""

    schema_: Literal["lanectl/query/1"] = Field(alias="schema", default="lanectl/query/1")
    id: str
    seq: int
    question: Literal["vehicle_history"]
    plate: str
    vin: str
    nonce: str


class Receipt(FromBureau):
    """The bureau's signed answer that it holds a message, or that it refuses it for good."""

    schema_: Literal["lanectl/receipt/1"] = Field(alias="schema")
    id: str
    """Id of the message."""
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    """Of the message's payload, as it arrived."""
    accepted: bool
    reason: str
    report: str | None
    """The report number that the bureau issued, for accepted records."""
    received_at: str


class Answer(FromBureau):
    """The bureau's signed history of one vehicle, bound to one query by its nonce."""

    schema_: Literal["lanectl/answer/1"] = Field(alias="schema")
    id: str
    """Id of the query."""
    nonce: str
    plate: str
    vin: str
    failures: tuple[Failure, ...]
    repairs: tuple[Repair, ...]
    m_stations: tuple[MStation, ...]
    answered_at: str


class CommandMessage(FromBureau):
    """A signed order to one lane. ``seq`` grows from order to order."""

    schema_: Literal["lanectl/command/1"] = Field(alias="schema")
    id: str
    seq: int = Field(ge=1)
    lane: str
    """The lane it is meant for, ``region/station/lane``: an order to another lane is none."""
    command: Literal["stop", "lock", "unlock"]
    reason: str
    issued_at: str
    expires_at: str


MESSAGES: dict[str, type[BaseModel]] = {
    "record-message": RecordMessage,
    "trace-message": TraceMessage,
    "event": EventMessage,
    "state": StateMessage,
    "camera": CameraMessage,
    "query": QueryMessage,
    "receipt": Receipt,
    "answer": Answer,
    "command": CommandMessage,
}
"""Every message by the name of its schema, ``lanectl/{name}/1``."""


def to_bytes(message: BaseModel) -> bytes:
    """Return the JSON payload of a message."""
    return message.model_dump_json(by_alias=True).encode()
