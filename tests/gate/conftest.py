"""Cases told in few words: a car that failed on Monday 2026-03-02 at this station, and its repair."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lanectl.gate.check import check
from lanectl.gate.permit import Permit, PermitDesk, permit_bytes, permit_token
from lanectl.model.case import GateCase, GateDecision, Moment
from lanectl.model.rules import GateRules
from lanectl.settings.profile import load_profile

CAR = {"plate": "粤A12345", "vin": "LSVAA4182E2184847"}
PAPERS = {"certificate": "C-1", "settlement_list": "L-1", "invoice": "F-1"}
HERE = "44010625"
KEY_ID = "0123456789abcdef"


@dataclass(frozen=True)
class Desk:
    """A bureau's key and what it signs."""

    key: Ed25519PrivateKey

    def token(self, **changes: Any) -> str:
        facts: dict[str, Any] = {
            "schema": "lanectl/permit/1",
            "id": "PERMIT-0001",
            "scope": "outage_unlock",
            **CAR,
            "station": HERE,
            "lane": None,
            "issued_at": datetime(2026, 3, 5, 1, 0, tzinfo=UTC),
            "expires_at": datetime(2026, 3, 5, 9, 0, tzinfo=UTC),
            "key_id": KEY_ID,
        }
        message = permit_bytes(Permit.model_validate({**facts, **changes}))
        return permit_token(message, self.key.sign(message))

    def verify(self, key_id: str, message: bytes, signature: bytes) -> bool:
        try:
            self.key.public_key().verify(signature, message)
        except InvalidSignature:
            return False
        return key_id == KEY_ID

    def desk(self, *used: str, lane: str | None = None) -> PermitDesk:
        return PermitDesk(verify=self.verify, used=frozenset(used), lane=lane)


@pytest.fixture
def bureau() -> Desk:
    return Desk(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


@pytest.fixture
def failure() -> Callable[..., dict[str, Any]]:
    def make(**changes: Any) -> dict[str, Any]:
        facts = {"report": "R1", "station": HERE, "failed_on": "2026-03-02", "cycle": "2026", **CAR}
        return {**facts, "closed_by": None, "unrepairable": False, **changes}

    return make


@pytest.fixture
def repair() -> Callable[..., dict[str, Any]]:
    def make(**changes: Any) -> dict[str, Any]:
        facts = {"record": "W1", "m_station": "M1", "settled_on": "2026-03-04", "uploaded": True, **CAR}
        return {**facts, "documents": PAPERS, "used_by": None, **changes}

    return make


@pytest.fixture
def case(failure: Callable[..., dict[str, Any]], repair: Callable[..., dict[str, Any]]) -> Callable[..., GateCase]:
    """A retest that is in order: one failure here, one repair; every part can be changed."""

    def make(**changes: Any) -> GateCase:
        listed = [{"code": "M1", "valid_from": "2026-01-01", "valid_to": "2026-12-31"}]
        facts = {"vehicle": CAR, "station": HERE, "failures": [failure()], "repairs": [repair()]}
        return GateCase.model_validate(
            {**facts, "m_stations": listed, "bureau": "reachable", "permit": None, **changes}
        )

    return make


@pytest.fixture(scope="session")
def rules() -> dict[str, GateRules]:
    return {name: load_profile(name).gate for name in ("default", "liuzhou", "mangshi")}


@pytest.fixture
def ask(rules: dict[str, GateRules]) -> Callable[..., GateDecision]:
    def ask(case: GateCase, at: Moment = date(2026, 3, 5), profile: str = "default", **more: Any) -> GateDecision:
        return check(case, rules[profile], at, **more)

    return ask
