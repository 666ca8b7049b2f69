"""Asking the retest gate about a case in a file: reads the case, the profile and the keys, and joins them.

Knows what can be wrong with a case file and says where. Does not decide anything itself.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from lanectl.gate.check import check
from lanectl.gate.explain import explain, headline
from lanectl.gate.permit import PermitDesk, Verify
from lanectl.ledger.keys import KeyFileError, TrustStore
from lanectl.model.case import GateCase, GateDecision, read_moment
from lanectl.model.words.text import Text
from lanectl.settings.data_files import DataError
from lanectl.settings.lane_file import INSTALLED, load_lane_file
from lanectl.settings.problems import FaultyFileError
from lanectl.settings.profile import LoadedProfile, load_profile


class CaseError(Exception):
    """Something that was handed in cannot be used: what and where, and the remedy."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Answer:
    """The gate's decision with its sentences and the profile it was made by."""

    decision: GateDecision
    headline: Text
    details: tuple[Text, ...]
    profile: LoadedProfile


def ask_gate(case_file: Path, profile: str, at: str, keys: Sequence[Path]) -> Answer:
    """Ask the gate. Raises CaseError for a file, profile, date or key that cannot be used."""
    case, loaded = read_case(case_file), _profile(profile)
    try:
        moment = read_moment(at)
    except ValueError as error:
        raise CaseError(f"--at {at}: {error}", "write --at 2026-03-31 or --at 2026-03-31T09:30") from None
    desk = PermitDesk(verify=bureau_verify(_trust(keys)))
    decision = check(case, loaded.gate, moment, desk)
    return Answer(decision, headline(decision), explain(decision, case, loaded.gate, moment), loaded)


def read_case(path: Path) -> GateCase:
    """Read a gate case; what is wrong is named by line and column, or by its key path."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CaseError(f"{path}: {error.strerror}", "name a readable gate case file (JSON)") from None
    except UnicodeDecodeError as error:
        raise CaseError(f"{path}: byte {error.start} is not UTF-8", "save the file as UTF-8") from None
    try:
        value = json.loads(text, object_pairs_hook=_once)
        return GateCase.model_validate(value)
    except json.JSONDecodeError as error:
        place = f"{path}:{error.lineno}:{error.colno}"
        raise CaseError(f"{place}: this is not JSON: {error.msg}", "correct the file at this place") from None
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = _place(fault["loc"])
        raise CaseError(f"{path}: {place}: {fault['msg']}", "compare with docs/schemas/gate-case.json") from None
    except (ValueError, RecursionError) as error:
        raise CaseError(f"{path}: {error}", "compare with docs/schemas/gate-case.json") from None


def bureau_verify(trust: TrustStore) -> Verify:
    """Return a function that says whether a trusted key of the bureau made a signature."""

    def verify(key_id: str, message: bytes, signature: bytes) -> bool:
        key = trust.find("bureau", key_id)
        return key is not None and key.signed(message, base64.b64encode(signature).decode("ascii"))

    return verify


def _once(pairs: list[tuple[str, object]]) -> Mapping[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in names if names.count(name) > 1)!r} is written twice")
    return value


def _place(loc: tuple[int | str, ...]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "the whole file"


def _profile(name: str) -> LoadedProfile:
    try:
        return load_profile(name)
    except DataError as error:
        raise CaseError(str(error), "name a profile in config/profiles, or a path") from None
    except FaultyFileError as error:
        raise CaseError(str(error), error.problems[0].hint.en) from None


def _trust(keys: Sequence[Path]) -> TrustStore:
    """Trust the keys that are given; without any, those of the lane that is installed on this machine."""
    try:
        if keys:
            return TrustStore.files(keys)
        if INSTALLED.is_file():
            return TrustStore.folder(load_lane_file(INSTALLED).keys.trust)
    except KeyFileError as error:
        raise CaseError(str(error), "give PEM SubjectPublicKeyInfo files of Ed25519 keys with --key") from None
    except (OSError, FaultyFileError) as error:
        raise CaseError(str(error), f"correct {INSTALLED}, or give the bureau's key with --key") from None
    return TrustStore()
