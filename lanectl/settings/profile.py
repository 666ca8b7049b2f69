"""Profiles: the rules of one region, read from signed data and joined with the working-day tables there are.

Knows how a profile is found and checked. Does not know what the gate makes of it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from lanectl.ledger.keys import TrustStore
from lanectl.model.rules import GateRules, Profile, WorkdayTable
from lanectl.settings.data_files import DataFile, load_signed, load_signed_path, names_of
from lanectl.settings.problems import FaultyFileError, model_problems, parse_toml

KIND = "profiles"
_TABLES = "workdays-"
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class LoadedProfile:
    """A profile with the files it came from."""

    profile: Profile
    file: DataFile
    calendars: tuple[DataFile, ...]

    @property
    def name(self) -> str:
        """The profile's own name."""
        return self.profile.meta.name

    @property
    def gate(self) -> GateRules:
        """The gate's rules, working-day tables included."""
        return self.profile.gate


def load_profile(name_or_path: str, folder: Path | None = None, trust: TrustStore | None = None) -> LoadedProfile:
    """Read a profile by name (``config/profiles``, or the lane's folder) or by path.

    Anything with a slash or ending in ``.toml`` is a path. With ``trust`` the profile and every working-day table must
    be signed. Raises a DataError, or FaultyFileError with the places of what is wrong.
    """
    is_path = "/" in name_or_path or name_or_path.endswith(".toml")
    file = (
        load_signed_path(Path(name_or_path), KIND, trust) if is_path else load_signed(name_or_path, KIND, folder, trust)
    )
    profile = _model(Profile, file)
    calendars = tuple(load_signed(name, KIND, folder, trust) for name in names_of(KIND, folder) if _is_table(name))
    tables = (*profile.gate.calendar, *(_model(WorkdayTable, table) for table in calendars))
    gate = profile.gate.model_copy(update={"calendar": tables})
    return LoadedProfile(profile.model_copy(update={"gate": gate}), file, calendars)


def profile_names(folder: Path | None = None) -> tuple[str, ...]:
    """Return the names of all profiles."""
    return tuple(name for name in names_of(KIND, folder) if not _is_table(name))


def _is_table(name: str) -> bool:
    return name.startswith(_TABLES)


def _model(model: type[Model], file: DataFile) -> Model:
    try:
        return model.model_validate(file.data)
    except ValidationError as error:
        raise FaultyFileError(model_problems(parse_toml(file.raw, file.path), error, model)) from None
