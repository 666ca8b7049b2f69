"""docs/devices/undetected.toml: how often a damaged frame is accepted with another value than the true one.

Knows the file. Does not know how it was measured. ``of`` says what the shares are of: replies that carry a reading,
where the device gives any (``reading``), else other replies (``word``), else single frames as the codec explains them.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from drivers.registry import DECODERS
from tests.fuzz.damage import KINDS
from tests.fuzz.judge import OTHER, WHO

PLACE = Path(__file__).parents[2] / "docs" / "devices" / "undetected.toml"
_HEAD = """\
# How often a damaged frame is accepted with another value than the true one: share of the damaged frames, by kind of
# damage, over all kinds at the end. Written by `python -m tests.fuzz.run --publish` (see tests/fuzz/published.py); the
# damage is what tests/fuzz/damage.py does, in equal parts, as no real cable does. It tells protocols apart, not lanes.
# of = "reading": replies with readings, as the driver's own framer takes them with the question outstanding; "word":
# other replies, where no reading is given; "codec": single frames as `lanectl decode` reads them.
"""


def share(ends: Mapping[str, int], who: str, kind: str | None = None) -> float | None:
    """Return which part of the damage was accepted with another value; None where nothing of it was tried."""
    tried = accepted = 0
    for key, count in ends.items():
        its_who, its_kind, end = key.split()
        if its_who == who and kind in (None, its_kind):
            tried += count
            accepted += count if end == OTHER else 0
    return accepted / tried if tried else None


def write(found: Mapping[str, tuple[int, Mapping[str, int]]]) -> None:
    """Write or renew the tables of these devices: how many frames were damaged, and how they ended."""
    tables = {**read(), **{device: _table(frames, ends) for device, (frames, ends) in found.items()}}
    lines = [_HEAD]
    for device in sorted(set(tables) & set(DECODERS)):
        lines.append(f'\n[device."{device}"]\n')
        lines += [f"{name} = {_toml(value)}\n" for name, value in tables[device].items()]
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    PLACE.write_text("".join(lines), encoding="utf-8")


def read() -> dict[str, dict[str, object]]:
    """Return the table of each device; none where the file is not there yet."""
    if not PLACE.exists():
        return {}
    return dict(tomllib.loads(PLACE.read_text(encoding="utf-8"))["device"])


def _table(frames: int, ends: Mapping[str, int]) -> dict[str, object]:
    who = next(who for who in WHO if share(ends, who) is not None)
    table: dict[str, object] = {"frames": frames, "of": who}
    return table | {kind: _rounded(share(ends, who, kind)) for kind in KINDS} | {"all": _rounded(share(ends, who))}


def _rounded(value: float | None) -> float:
    return float(f"{value or 0.0:.2g}")


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
