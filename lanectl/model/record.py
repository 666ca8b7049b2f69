"""What is kept of a test: the record, its seconds, and whose lane it is.

Knows the fields, and which of them belong together. Does not know how a record is signed or stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, model_validator

from lanectl.model.camera import CameraState
from lanectl.model.outcome import AbortCause, Outcome
from lanectl.model.vehicle import Vehicle

RECORD_SCHEMA = "lanectl/record/1"
NO_RECORD = "0" * 64
"""What stands for the previous record in the first one of a chain."""

Mode = Literal["official", "training"]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
KeyId = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]


@dataclass(frozen=True, slots=True)
class LaneIdentity:
    """Which lane this is, and whether its results count."""

    region: str
    station: str
    lane: str
    mode: str

    @property
    def path(self) -> str:
        """``region/station/lane``, as topics and key files write it."""
        return f"{self.region}/{self.station}/{self.lane}"


@dataclass(frozen=True, slots=True)
class SecondRow:
    """One legal second as it goes into the trace: the core's values, and the name of the phase it fell into."""

    t_ms: int
    values: Mapping[str, float | None]
    rows: int
    """How many samples the second was made from."""
    phase: str | None = None
    missing: Mapping[str, str] = field(default_factory=dict)
    """Channel to reason code, for values that are None."""


class Part(BaseModel):
    """Frozen, strict, and fatal on unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class RecordLane(Part):
    """Where the record was made."""

    region: str
    station: str
    lane: str


class RecordJudgement(Part):
    """One judged quantity; ``value`` as judged (rounded), ``value_raw`` before rounding."""

    quantity: str
    value: float | None
    value_raw: float | None = None
    limit: float | None
    ok: bool
    limit_min: float | None = None


class RecordUncertain(Part):
    """A figure marked [C] that was consulted, and whether the result hung on it."""

    figure: str
    decisive: bool


class RecordLimits(Part):
    """The limits that were judged against, whole, so that the record can be judged again without any other file."""

    name: str
    set: str
    sha256: Sha256
    signed_by: KeyId | None = None
    data: dict[str, JsonValue]


class RecordProfile(Part):
    """The regional rules in force."""

    name: str
    sha256: Sha256
    signed_by: KeyId | None = None


class RecordGate(Part):
    """What the retest gate said when the vehicle was accepted."""

    decision: Literal["allow", "refuse"]
    code: str
    failure: str | None = None
    """Report of the open failure that this test answers."""
    repair: str | None = None
    """Repair record that opened the gate; a pass or a fail uses it up."""
    permit: str | None = None
    """Id of the bureau's permit that opened the gate, and is thereby used."""
    flags: tuple[str, ...] = ()
    bureau: str
    cycle: str | None = None
    """The inspection cycle in which a fail counts; without one, the year."""


class RecordObd(Part):
    """What the vehicle's own diagnosis said. With ``rules`` the verdict can be decided again."""

    facts: dict[str, JsonValue]
    answers: dict[str, JsonValue]
    binding: bool | None = None
    rules: dict[str, JsonValue] | None = None
    verdict: dict[str, JsonValue] | None


class RecordSoftware(Part):
    """Which program judged."""

    version: str
    core_digest: str
    compiled: bool
    binaries: dict[str, str]
    """Loaded binary of ours to its SHA-256."""
    digests: dict[str, str] = Field(default_factory=dict)


class RecordCameraEvent(Part):
    """A camera changed its state during the test."""

    t_ms: int
    at: AwareDatetime
    state: CameraState
    trouble: str | None = None


class RecordCamera(Part):
    """One camera of the lane: how it stood when the test began, and every change during the test."""

    id: str
    name: str
    required: bool
    state: CameraState
    """As the test began."""
    last_frame_at: AwareDatetime | None = None
    clock_offset_s: float | None = None
    """The stream's wall clock minus the lane's as the test began; null when the stream carries none."""
    events: tuple[RecordCameraEvent, ...] = ()


class RecordBody(Part):
    """What the lane says about a test; the ledger adds its place in the chain and the digests of the members."""

    test_id: str = Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")
    mode: Mode
    method: str
    method_reason: str | None = None
    """The rule by which the vehicle got this method."""
    outcome: Outcome
    cause: AbortCause | None = None
    reasons: tuple[str, ...] = ()
    vehicle: Vehicle
    operator: str
    started_at: AwareDatetime
    ended_at: AwareDatetime
    clock: dict[str, JsonValue]
    values: dict[str, float | None] = Field(default_factory=dict)
    judgements: tuple[RecordJudgement, ...] = ()
    limits: RecordLimits
    uncertain: tuple[RecordUncertain, ...] = ()
    start_phase: str | None = None
    measure_from_ms: int | None = None
    """Seconds of the trace from here on were judged; None: sampling never began."""
    obd: RecordObd | None = None
    ambient: dict[str, JsonValue] | None = None
    gate: RecordGate
    profile: RecordProfile
    software: RecordSoftware
    calibration: dict[str, JsonValue]
    cameras: tuple[RecordCamera, ...] | None = None
    """None: the lane has no cameras."""

    @model_validator(mode="after")
    def _outcomes_never_mix(self) -> Self:
        if (self.outcome is Outcome.ABORTED) != (self.cause is not None):
            raise ValueError("an aborted test, and no other, has a cause")
        if self.outcome is Outcome.INVALID and not self.reasons:
            raise ValueError("an invalid test has a reason")
        return self


class Record(RecordBody):
    """A record as it is signed: canonical JSON of exactly these fields."""

    schema_id: Literal["lanectl/record/1"] = Field(alias="schema")
    lane: RecordLane
    sequence: int = Field(ge=1)
    previous: Sha256
    members: dict[str, Sha256]


class SignatureFile(Part):
    """``signature.json``: the signature over the bytes of ``record.json``, and the record's place in the chain."""

    suite: Literal["ed25519"]
    key_id: KeyId
    signature: str
    previous: Sha256
    sequence: int = Field(ge=1)


class Checkpoint(Part):
    """A signed head of the chain: so many records there were, and this was the last."""

    schema_id: Literal["lanectl/checkpoint/1"] = Field(alias="schema")
    lane: RecordLane
    mode: Mode
    sequence: int = Field(ge=1)
    sha256: Sha256
    at: AwareDatetime
    key_id: KeyId
    signature: str
