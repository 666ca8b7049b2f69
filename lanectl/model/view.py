"""What a screen may know of the lane: the shapes of the local API (terminal) and nothing more.

The running test shows instructions and live readings, never a running pass or fail.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from lanectl.model.camera import CameraState
from lanectl.model.vehicle import Drive


class View(BaseModel):
    """Frozen, and fatal on unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TextView(View):
    """A message in both languages."""

    zh: str
    en: str


class DeviceView(View):
    """State of one device."""

    name: str
    role: str
    driver: str
    state: Literal["starting", "ready", "warming", "busy", "lost", "fault"]
    message: TextView
    identity: str | None = None
    age_ms: int | None = None
    note: TextView | None = None
    """What has to be known of it before it is used: that its protocol is of grade B."""


class CameraView(View):
    """State of one camera."""

    id: str
    name: str
    required: bool
    state: CameraState
    message: TextView
    last_frame_at: str | None = None
    clock_offset_s: float | None = None
    """The stream's clock minus ours; None when the stream carries no wall clock."""


class RefusalView(View):
    """Why something is not done, and what to do next."""

    code: str
    codes: tuple[str, ...] = ()
    message: TextView
    details: tuple[TextView, ...] = ()


class TicketView(View):
    """One vehicle in the queue."""

    ticket: str
    plate: str
    vin: str
    fuel: str
    method: str
    status: Literal["waiting", "refused", "testing", "done"]
    accepted_at: str
    retest: bool = False
    refusal: RefusalView | None = None
    outcome: Literal["pass", "fail", "aborted", "invalid"] | None = None


class QuestionView(View):
    """Something the operator has to answer: each choice is (answer code, label)."""

    id: str
    text: TextView
    choices: tuple[tuple[str, TextView], ...]


class PromptView(View):
    """The one large instruction of the moment. A target with its tolerance is drawn as a band in the chart.

    There is a target for the road speed, or one for the engine speed, or none.
    """

    code: str
    text: TextView
    target_kmh: float | None = None
    tolerance_kmh: float | None = None
    target_rpm: float | None = None
    tolerance_rpm: float | None = None
    remaining_s: int | None = None


class RunningView(View):
    """The test under way."""

    ticket: str
    test_id: str
    plate: str
    method: str
    stage: Literal["prepare", "obd_check", "measure", "making_safe", "sealing"]
    phase: str
    phase_text: TextView
    prompt: PromptView
    question: QuestionView | None = None
    elapsed_s: int


class JudgementView(View):
    """One judged quantity of a result.

    ``limit`` is the upper limit. With a ``limit_min`` it is a range; where both are equal, the limit is a minimum.
    """

    quantity: str
    value: float | None
    limit: float | None
    limit_min: float | None = None
    unit: str
    ok: bool


class ResultView(View):
    """A sealed result."""

    ticket: str
    test_id: str
    plate: str
    vin: str
    method: str
    outcome: Literal["pass", "fail", "aborted", "invalid"]
    headline: TextView
    reasons: tuple[TextView, ...] = ()
    judgements: tuple[JudgementView, ...] = ()
    sequence: int
    record_sha256: str
    receipt: Literal["waiting", "received"]
    ended_at: str


class LockView(View):
    """A named reason for which nothing may be tested, with who can release it."""

    code: str
    message: TextView
    methods: tuple[str, ...] = ()
    """The methods that it stops; empty: all of them."""


class UplinkView(View):
    """The line to the bureau."""

    connected: bool
    outbox: int
    oldest_s: int | None = None


class LaneView(View):
    """The whole screen in one value; sent on connect and whenever it changes (not at 10 Hz)."""

    seq: int
    region: str
    station: str
    lane: str
    name: str
    mode: Literal["official", "training"]
    clock: str
    operators: tuple[tuple[str, str], ...] = ()
    devices: tuple[DeviceView, ...] = ()
    cameras: tuple[CameraView, ...] = ()
    uplink: UplinkView
    locks: tuple[LockView, ...] = ()
    queue: tuple[TicketView, ...] = ()
    running: RunningView | None = None
    results: tuple[ResultView, ...] = ()


class AcceptForm(View):
    """What the operator enters for a vehicle. The method is chosen by rule, never by hand."""

    operator: str
    plate: str
    vin: str
    fuel: Literal["petrol", "diesel", "cng", "lpg", "hybrid"]
    reference_mass_kg: float
    gross_mass_kg: float | None = None
    first_registered: str | None = None
    built: str | None = None
    closed_loop: bool | None = None
    rated_power_kw: float | None = None
    rated_rpm: float | None = None
    aspiration: Literal["natural", "turbo"] | None = None
    drive: Drive | None = None
    permit: str | None = None
