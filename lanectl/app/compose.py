"""Joins one lane from its lane file: the only place where settings, drivers, ledger, gate, uplink and desk meet.

Reads everything once, refuses what the mode forbids, and hands finished parts to the shell. Starts nothing.
"""

import base64
import functools
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from drivers.exchange import Exchange
from drivers.registry import all_drivers
from drivers.roles import Identity
from drivers.settings import FACTS
from drivers.transports.base import Transport
from drivers.transports.can_link import CanLine
from lanectl.app.identity import core_digest, software_identity
from lanectl.app.mode import Facts, end_refused, kind_of_end, kind_of_url, reasons_against
from lanectl.core.parasitic import loss_force_n
from lanectl.core.selftest import known_answers
from lanectl.gate.check import check
from lanectl.gate.explain import explain
from lanectl.gate.permit import PermitDesk
from lanectl.lane.acquisition import Acquisition
from lanectl.lane.board import Board
from lanectl.lane.clock import Clock, RealClock
from lanectl.lane.desk import Desk
from lanectl.lane.device_book import DeviceBook
from lanectl.lane.doubts import Doubts
from lanectl.lane.equipment import Equipment, Slot
from lanectl.lane.guard import Guard
from lanectl.lane.kit import NEEDED, possible_methods
from lanectl.lane.parts import LaneParts, Law, LimitsBook
from lanectl.lane.ports import BureauPort, CameraPort, NoCameras
from lanectl.lane.raw_ring import RawRings
from lanectl.lane.second_look import SecondLook
from lanectl.ledger.keys import Signer, TrustStore
from lanectl.ledger.store import Ledger
from lanectl.ledger.writer import LedgerCaller, LedgerThread
from lanectl.model.case import GateCase, GateDecision, Moment
from lanectl.model.record import LaneIdentity, RecordProfile
from lanectl.settings.data_files import DataFile, load_signed, load_signed_path
from lanectl.settings.lane_file import LaneFile
from lanectl.settings.plausibility import Plausibility, read_plausibility
from lanectl.settings.profile import LoadedProfile, load_profile

log = logging.getLogger(__name__)
NAMED_IN_OFFICIAL = ("model", "serial_number")
"""What an official lane file says of every device that tells it; firmware may be renewed, and is recorded."""


class NotAllowedError(Exception):
    """The lane may not run in its mode; says every reason and who can act."""

    def __init__(self, mode: str, reasons: list[str]) -> None:
        super().__init__(f"this lane may not run in {mode} mode: " + "; ".join(reasons))
        self.reasons = reasons


class LossPoint(BaseModel):
    """One speed of the parasitic loss check."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    speed_kmh: float = Field(gt=0)
    power_kw: float = Field(ge=0)


class ParasiticLoss(BaseModel):
    """Result of the last parasitic loss check (signed data of kind calibration)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_id: str = Field(alias="schema", pattern="^lanectl/parasitic-loss/1$")
    checked_on: str
    base_inertia_kg: float = Field(gt=0)
    points: tuple[LossPoint, ...] = Field(min_length=1)

    def pairs(self) -> tuple[tuple[float, float], ...]:
        """Return (km/h, kW), ascending by speed."""
        return tuple(sorted((point.speed_kmh, point.power_kw) for point in self.points))


@dataclass(frozen=True, slots=True)
class Papers:
    """All signed data of a lane, read and checked."""

    petrol: DataFile
    diesel: DataFile
    profile: LoadedProfile
    loss_file: DataFile
    loss: ParasiticLoss
    plausibility_file: DataFile
    plausibility: Plausibility

    def signers(self) -> dict[str, str | None]:
        """Return which realm signed each file; None for a file that nobody trusted signed."""
        limits = (self.petrol, self.diesel, self.plausibility_file)
        files = (*limits, self.profile.file, *self.profile.calendars, self.loss_file)
        return {f"{file.kind}/{file.name}": _realm(file) for file in files}


@dataclass(frozen=True, slots=True)
class Lane:
    """A joined lane: its parts, its desk, and what it was made from."""

    parts: LaneParts
    desk: Desk
    trust: TrustStore
    lane_file: LaneFile


def _realm(file: DataFile) -> str | None:
    return None if file.signed_by is None else (file.realm or "training")


def read_papers(lane_file: LaneFile, trust: TrustStore) -> Papers:
    """Read limits, profile and calibration; every one must be signed by a trusted authority."""
    data, loss_path = lane_file.data, lane_file.calibration.parasitic_loss
    if loss_path is None:
        raise NotAllowedError(lane_file.lane.mode, ["no parasitic loss check: [calibration] parasitic_loss"])
    loss_file = load_signed_path(loss_path, "calibration", trust)
    try:
        loss = ParasiticLoss.model_validate(loss_file.data)
    except ValidationError as error:
        raise NotAllowedError(lane_file.lane.mode, [f"{loss_path}: {error.errors()[0]['msg']}"]) from None
    profile = load_profile(data.profile, data.folder, trust)
    if not profile.profile.applies_in(lane_file.lane.region):
        raise NotAllowedError(lane_file.lane.mode, [f"profile_of_other_region: {profile.name}"])
    names = profile.profile.limits
    chosen = (names.petrol, names.diesel, names.plausibility)
    petrol, diesel, doubts = (load_signed(name, "limits", data.folder, trust) for name in chosen)
    return Papers(petrol, diesel, profile, loss_file, loss, doubts, read_plausibility(doubts))


def check_devices(lane_file: LaneFile) -> None:
    """Refuse a lane that can do no method at all, or has two devices for one role (NotAllowedError)."""
    roles = [_role(table) for table in lane_file.devices.values()]
    against = [f"two_devices_of_role: {role}" for role in sorted({role for role in roles if roles.count(role) > 1})]
    if not possible_methods(roles):
        lacking = ", or ".join(
            f"{method}: {' and '.join(sorted(needed - set(roles)))}" for method, needed in NEEDED.items()
        )
        against.append(f"device_missing: no method is possible; what is lacking is, for {lacking}")
    if against:
        raise NotAllowedError(lane_file.lane.mode, against)


def make_slots(lane_file: LaneFile, clock: Clock, transports: Mapping[str, Transport] | None = None) -> dict[str, Slot]:
    """Build the devices of the lane file. ``transports`` replaces the ends in lock-step tests, by device name."""
    slots, known = {}, all_drivers()
    for name, table in lane_file.devices.items():
        info = known[str(table["driver"])]
        settings = info.settings.model_validate(dict(table), context={"folder": lane_file.folder})
        device = info.build(name, settings, (transports or {}).get(name), clock)
        refused = functools.partial(end_refused, lane_file.lane.mode, str(table.get("port", "")))
        slots[name] = Slot(
            name,
            info.role,
            info.id,
            device,
            str(table.get("port", "")),
            _expected(settings),
            grade=info.grade,
            refused=refused,
        )
    return slots


def _expected(settings: BaseModel) -> Identity:
    """Return who a device has to say that it is, as far as its table says so."""
    named = getattr(settings, "identity", None)
    return Identity(*(getattr(named, fact, None) for fact in FACTS))


def listen_in(slots: Mapping[str, Slot]) -> RawRings:
    """Have every wire of the lane heard, so that its bytes can be kept with a test."""
    rings = RawRings()
    for name, slot in slots.items():
        wire = getattr(slot.device, "exchange", None)
        if isinstance(wire, Exchange | CanLine):
            wire.tap = rings.of(name).note
        else:  # a third party's driver with a wire of its own
            log.warning("device %s: its driver %s does not let its bytes be kept with a test", name, slot.driver)
    return rings


def may_run(lane_file: LaneFile, papers: Papers, trust: TrustStore, signer: Signer) -> None:
    """Refuse what the mode forbids (NotAllowedError with every reason)."""
    own = trust.find("lane", signer.key_id)
    facts = Facts(
        mode=lane_file.lane.mode,
        clock_factor=lane_file.lane.clock_factor,
        ends={name: kind_of_end(str(table.get("port", ""))) for name, table in lane_file.devices.items()},
        signers={**papers.signers(), **map_signers(lane_file, trust)},
        lane_key_realm="unknown" if own is None else (own.mode or "training"),
        lane="/".join((lane_file.lane.region, lane_file.lane.station, lane_file.lane.lane)),
        lane_key_lane=None if own is None else own.lane,
        bureau_realms=trust.realms("bureau"),
        has_watchdog_output=any(_role(table) == "lane_io" for table in lane_file.devices.values()),
        loaded_methods=any(_role(table) == "dynamometer" for table in lane_file.devices.values()),
        uplink_configured=lane_file.uplink is not None,
        cameras={camera.id: kind_of_url(camera.url) for camera in lane_file.cameras},
        not_named={name: facts for name, table in lane_file.devices.items() if (facts := _not_named(table))},
    )
    if reasons := reasons_against(facts):
        raise NotAllowedError(lane_file.lane.mode, reasons)


def map_signers(lane_file: LaneFile, trust: TrustStore) -> dict[str, str | None]:
    """Return who signed the register maps of an official lane: a wrong scale would be a wrong result."""
    found: dict[str, str | None] = {}
    for name, table in lane_file.devices.items():
        chosen = table.get("map")
        if lane_file.lane.mode != "official" or not isinstance(chosen, str):
            continue
        if "/" in chosen or chosen.endswith(".toml"):
            file = load_signed_path((lane_file.folder or Path()) / chosen, "maps", trust)
        else:
            file = load_signed(chosen, "maps", None, trust)
        found[f"map of {name}"] = _realm(file)
    return found


def _not_named(table: Mapping[str, object]) -> tuple[str, ...]:
    """Return what this device tells about itself, but for its firmware, and the lane file does not say."""
    info, named = all_drivers().get(str(table.get("driver"))), table.get("identity")
    said = named if isinstance(named, Mapping) else {}
    return tuple(fact for fact in NAMED_IN_OFFICIAL if info is not None and fact in info.tells and fact not in said)


def _role(table: Mapping[str, object]) -> str:
    info = all_drivers().get(str(table.get("driver")))
    return info.role if info is not None else "unknown"


def join(
    lane_file: LaneFile,
    make_bureau: Callable[[LaneIdentity, LedgerCaller, TrustStore, Clock, Callable[[], None]], BureauPort],
    *,
    clock: Clock | None = None,
    transports: Mapping[str, Transport] | None = None,
    ledger_caller: Callable[[Ledger], LedgerCaller] = LedgerThread,
    cameras: CameraPort | None = None,
) -> Lane:
    """Join a lane. Raises NotAllowedError, DataError, KeyFileError, LedgerError: each says what to do."""
    known_answers()
    check_devices(lane_file)
    table = lane_file.lane
    clock = clock or RealClock(table.clock_factor)
    trust = TrustStore.folder(lane_file.keys.trust)
    signer = Signer.load(lane_file.keys.signing)
    papers = read_papers(lane_file, trust)
    may_run(lane_file, papers, trust, signer)
    identity = LaneIdentity(table.region, table.station, table.lane, table.mode)
    ledger = ledger_caller(Ledger.open(lane_file.ledger.file, identity, signer))
    desk: list[Desk] = []

    def changed() -> None:
        for one in desk:
            one.changed()

    board = Board(Doubts(papers.plausibility), SecondLook(papers.plausibility))
    slots = make_slots(lane_file, clock, transports)
    equipment = Equipment(slots, clock, changed, DeviceBook(folder_of(lane_file)))
    points = papers.loss.pairs()
    acquisition = Acquisition(equipment, board, clock, lambda speed: loss_force_n(points, speed))
    parts = LaneParts(
        identity=identity,
        name=table.name,
        clock=clock,
        equipment=equipment,
        board=board,
        acquisition=acquisition,
        parasitic_n=lambda speed: loss_force_n(points, speed),
        ledger=ledger,
        bureau=make_bureau(identity, ledger, trust, clock, changed),
        law=_law(lane_file, papers, trust),
        software=software_identity(papers.petrol.raw),
        calibration=_calibration(papers),
        operators={operator.id: operator.name for operator in lane_file.operators},
        cameras=cameras or NoCameras(),
        raw=listen_in(slots),
    )
    if (slot := equipment.io) is not None:
        parts = replace(parts, guard=Guard(slot, equipment, acquisition, board, clock))
    desk.append(Desk(parts, lane_file.ledger.file.parent))
    return Lane(parts, desk[0], trust, lane_file)


def _law(lane_file: LaneFile, papers: Papers, trust: TrustStore) -> Law:
    rules, profile = papers.profile.gate, papers.profile

    def verify(key_id: str, data: bytes, signature: bytes) -> bool:
        key = trust.find("bureau", key_id)
        return key is not None and key.signed(data, base64.b64encode(signature).decode("ascii"))

    def ask_gate(case: GateCase, at: Moment, used: frozenset[str]) -> GateDecision:
        return check(case, rules, at, PermitDesk(verify=verify, used=used, lane=lane_file.lane.lane))

    return Law(
        petrol=_book(papers.petrol),
        diesel=_book(papers.diesel),
        limit_set=profile.profile.limits.set,
        profile=RecordProfile(name=profile.name, sha256=profile.file.sha256, signed_by=profile.file.signed_by),
        ask_gate=ask_gate,
        explain=lambda decision, case, at: explain(decision, case, rules, at),
    )


def _book(file: DataFile) -> LimitsBook:
    return LimitsBook(file.name, file.sha256, file.signed_by, file.data, core_digest(file.raw))


def _calibration(papers: Papers) -> dict[str, object]:
    return {
        "parasitic_loss": {
            "checked_on": papers.loss.checked_on,
            "base_inertia_kg": papers.loss.base_inertia_kg,
            "points": [[speed, power] for speed, power in papers.loss.pairs()],
            "sha256": papers.loss_file.sha256,
            "signed_by": papers.loss_file.signed_by,
        },
        "plausibility": {
            "name": papers.plausibility_file.name,
            "sha256": papers.plausibility_file.sha256,
            "signed_by": papers.plausibility_file.signed_by,
        },
    }


def folder_of(lane_file: LaneFile) -> Path:
    """Return the folder in which the lane keeps its state."""
    return lane_file.ledger.file.parent
