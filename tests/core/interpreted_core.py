"""Both forms of the core side by side in one process: as sources, and as compiled for this machine.

Knows how to load the sources beside compiled modules of the same names. Knows nothing of what the modules do.
It works on any installed core, a wheel's too: the sources travel with the compiled modules.
"""

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

import lanectl.core

ROOM = "lanectl.core"
PLACE = Path(lanectl.core.__file__ or "").parent
HOW_TO_BUILD = "build it: python setup.py build_ext --inplace (or pip install -e .)"

Core = Mapping[str, ModuleType]
"""The modules of a core by name within it: ``asm``, ``methods``, ``equipment.coast_down``."""

_REFUSALS: list[Callable[[], object]] = []


class NotCompiledError(ImportError):
    """A module that has C types beside it was loaded as source."""


def compiled_names() -> list[str]:
    """Name every module that has C types beside it, and therefore is to be compiled."""
    return sorted(_name_of(file) for file in PLACE.rglob("*.pxd"))


def all_names() -> list[str]:
    return sorted(_name_of(file) for file in PLACE.rglob("*.py") if file.name != "__init__.py")


def _name_of(file: Path) -> str:
    return ".".join(file.relative_to(PLACE).with_suffix("").parts)


class SourcesOnly(MetaPathFinder):
    """Finds the core's modules as sources, ignoring the compiled ones beside them."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(f"{ROOM}."):
            return None
        place = PLACE.joinpath(*fullname.split(".")[2:])
        file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        if not file.exists():
            return None
        folders = [str(place)] if place.is_dir() else None
        loader = SourceFileLoader(fullname, str(file))
        return spec_from_file_location(fullname, file, loader=loader, submodule_search_locations=folders)


def interpreted_core() -> Core:
    """Load every module of the core from its source; what is imported of the core already stays as it is."""
    kept = _taken_out()
    finder = SourcesOnly()
    sys.meta_path.insert(0, finder)
    try:
        return {name: importlib.import_module(f"{ROOM}.{name}") for name in all_names()}
    finally:
        sys.meta_path.remove(finder)
        _taken_out()
        _put_back(kept)


def installed_core() -> Core:
    """Return the core as everybody gets it here: compiled where it is, sources in a run of the sources alone."""
    return {name: importlib.import_module(f"{ROOM}.{name}") for name in all_names()}


def compiled_core() -> Core:
    """Return the core as it is installed; NotCompiledError unless all of it that can be compiled is.

    In a run of the sources alone, whoever asks is refused as that run likes it.
    """
    for refuse in _REFUSALS:
        refuse()
    core = installed_core()
    loose = [name for name in compiled_names() if str(core[name].__file__).endswith(".py")]
    if loose:
        raise NotCompiledError(f"interpreted: {', '.join(loose)}; {HOW_TO_BUILD}")
    return core


def use_sources_in_this_process(refuse: Callable[[], object]) -> None:
    """Let every import of the core from now on load the sources: for a test run of the interpreted core alone.

    ``refuse`` is called, and raises, where somebody asks for the compiled core.
    """
    early = [name for name in sys.modules if name.startswith(f"{ROOM}.")]
    if early:
        raise ImportError(f"too late, imported already: {', '.join(early)}")
    sys.meta_path.insert(0, SourcesOnly())
    _REFUSALS.append(refuse)


def _taken_out() -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name.startswith(f"{ROOM}.")]
    return {name: sys.modules.pop(name) for name in names}


def _put_back(modules: Mapping[str, ModuleType]) -> None:
    sys.modules.update(modules)
    for name, module in modules.items():
        room, _, last = name.rpartition(".")
        setattr(sys.modules[room], last, module)
