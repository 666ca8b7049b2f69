"""Checks a lane file whole: the settings' own view, the device tables against the drivers, the data files it names.

Knows which driver a device table means. Does not open devices: a port that is not plugged in is no mistake in the file.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, ValidationError

from drivers.info import DriverInfo
from drivers.registry import all_drivers
from drivers.settings import FACTS
from lanectl.model.words.settings import HINTS
from lanectl.model.words.text import Text
from lanectl.settings.data_files import DataError, load_signed
from lanectl.settings.lane_file import CheckedLaneFile, LaneFile, check_lane_file, in_order
from lanectl.settings.plausibility import read_plausibility
from lanectl.settings.problems import FaultyFileError, Problem, TomlSource, model_problems
from lanectl.settings.profile import load_profile


def check_whole(path: Path) -> CheckedLaneFile:
    """Return the lane file with every problem that is found. Raises OSError where the file cannot be read."""
    checked = check_lane_file(path)
    if checked.source is None:
        return checked
    problems = [*checked.problems, *_device_problems(checked.source)]
    if checked.lane_file is not None:
        problems += _data_problems(checked.source, checked.lane_file)
    return CheckedLaneFile(checked.lane_file, checked.source, in_order(tuple(problems)))


def _device_problems(source: TomlSource) -> Iterator[Problem]:
    """Check each device table against its driver's settings; one device of each role."""
    devices = source.data.get("devices")
    owners: dict[str, str] = {}
    drivers = all_drivers()
    for name, table in devices.items() if isinstance(devices, Mapping) else ():
        if not isinstance(table, Mapping):
            continue
        if "driver" not in table:
            hint = HINTS["known_drivers"]
            yield source.problem("missing_key", ("devices", name, "driver"), hint)
            continue
        driver = drivers.get(table["driver"]) if isinstance(table["driver"], str) else None
        if driver is None:
            yield _unknown_driver(source, name, table["driver"], drivers)
            continue
        if other := owners.get(driver.role):
            hint = HINTS["wrong_role"]
            path = ("devices", name, "driver")
            yield source.problem("wrong_role", path, hint, value=driver.id, role=driver.role, other=other)
        owners.setdefault(driver.role, f"devices.{name}")
        yield from _settings_problems(source, name, table, driver.settings)
        yield from _not_told(source, name, table, driver)


def _settings_problems(
    source: TomlSource, name: str, table: Mapping[str, object], settings: type[BaseModel]
) -> list[Problem]:
    try:
        settings.model_validate(dict(table), context={"folder": Path(source.file).absolute().parent})
    except ValidationError as error:
        return model_problems(source, error, settings, ("devices", name))
    return []


def _not_told(source: TomlSource, name: str, table: Mapping[str, object], driver: DriverInfo) -> Iterator[Problem]:
    """Name each fact that is expected of a device and that no device of its kind tells."""
    named = table.get("identity")
    said = named if isinstance(named, Mapping) else {}
    for fact in FACTS:
        if fact in said and fact not in driver.tells:
            told = ", ".join(sorted(driver.tells)) or "-"
            hint = HINTS["not_told"].fill(told=told)
            yield source.problem("not_told", ("devices", name, "identity", fact), hint, driver=driver.id, fact=fact)


def _unknown_driver(source: TomlSource, name: str, driver: object, known: Iterable[str]) -> Problem:
    near = difflib.get_close_matches(str(driver), list(known), n=1, cutoff=0.6)
    hint = HINTS["nearest"].fill(nearest=near[0]) if near else HINTS["known_drivers"]
    return source.problem("unknown_driver", ("devices", name, "driver"), hint, value=driver)


def _data_problems(source: TomlSource, lane_file: LaneFile) -> Iterator[Problem]:
    data = lane_file.data
    try:
        profile = load_profile(data.profile, data.folder)
        named = profile.profile.limits
        for limits in (named.petrol, named.diesel, named.equipment, named.schedule):
            load_signed(limits, "limits", data.folder)
        read_plausibility(load_signed(named.plausibility, "limits", data.folder))
    except (DataError, FaultyFileError) as error:
        yield source.problem("data_file", ("data", "profile"), HINTS["data_file"], detail=_said(error))


def _said(error: DataError | FaultyFileError) -> Text:
    return error.text if isinstance(error, DataError) else Text(str(error), str(error))
