"""The evidence bundle: one zip that any tool opens, and that has exactly one form.

Knows the zip bytes. Who writes the same members writes the same file, so reading ends with writing again and comparing:
whatever else is in the file (another order, dates, extra fields, comments, something before or behind) is damage.
"""

import os
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

from lanectl.ledger.members import CHECKPOINT, RECORD, SIGNATURE, is_member_name, member_order

SUFFIX = ".lane"
LARGEST = 512 * 2**20
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_VERSION, _MADE_BY, _FILE_MODE = 20, 0x0314, 0o100644 << 16
_TIME, _DATE = 0, 0x0021
"""1980-01-01 00:00:00, the zero of zip dates."""


class BundleDamagedError(Exception):
    """This file is not an evidence bundle as this program writes it."""


def bundle_bytes(members: Mapping[str, bytes]) -> bytes:
    """Return the one zip that holds these members: stored, in the fixed order, with fixed dates."""
    local, central = bytearray(), bytearray()
    for name in sorted(members, key=_order):
        _check_name(name)
        data, label = members[name], name.encode("ascii")
        common = (_VERSION, 0, 0, _TIME, _DATE, zlib.crc32(data), len(data), len(data), len(label), 0)
        place = len(local)
        local += _LOCAL.pack(_LOCAL_MARK, *common) + label + data
        central += _CENTRAL.pack(_CENTRAL_MARK, _MADE_BY, *common, 0, 0, 0, _FILE_MODE, place) + label
    end = _END.pack(_END_MARK, 0, 0, len(members), len(members), len(central), len(local), 0)
    return bytes(local + central + end)


def parse_bundle(data: bytes) -> dict[str, bytes]:
    """Return the members of a bundle; anything that is not the one canonical form of them is damage."""
    members: dict[str, bytes] = {}
    place = 0
    while data[place : place + 4] == _LOCAL_MARK:
        name, content, place = _entry(data, place)
        if name in members:
            raise BundleDamagedError(f"the member {name} is in it twice")
        members[name] = content
    if not members:
        raise BundleDamagedError("not a zip file")
    _compare(data, bundle_bytes(members))
    return members


def read_bundle(path: Path) -> dict[str, bytes]:
    """Read a bundle file; OSError when it cannot be read, BundleDamagedError when it is none."""
    if path.stat().st_size > LARGEST:
        raise BundleDamagedError(f"larger than {LARGEST} bytes")
    return parse_bundle(path.read_bytes())


def write_bundle(path: Path, members: Mapping[str, bytes]) -> None:
    """Write a bundle file, whole or not at all."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(bundle_bytes(members))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _entry(data: bytes, place: int) -> tuple[str, bytes, int]:
    try:
        *_, size, _plain_size, name_length, _extra_length = _LOCAL.unpack_from(data, place)
    except struct.error:
        raise BundleDamagedError("the zip ends too early") from None
    begin = place + _LOCAL.size
    label, content = data[begin : begin + name_length], data[begin + name_length : begin + name_length + size]
    if len(label) != name_length or len(content) != size:
        raise BundleDamagedError("the zip ends too early")
    try:
        name = label.decode("ascii")
    except UnicodeDecodeError:
        raise BundleDamagedError("a member's name is not plain text") from None
    _check_name(name)
    return name, content, begin + name_length + size


def _compare(found: bytes, canonical: bytes) -> None:
    if found == canonical:
        return
    pairs = enumerate(zip(found, canonical, strict=False))
    place = next((at for at, (here, there) in pairs if here != there), min(len(found), len(canonical)))
    raise BundleDamagedError(f"not in canonical form: it differs from byte {place} on")


def _check_name(name: str) -> None:
    if name not in (RECORD, SIGNATURE, CHECKPOINT) and not is_member_name(name):
        raise BundleDamagedError(f"a member named {name!r} does not belong in a bundle")


def _order(name: str) -> tuple[int, int, str]:
    if name in (RECORD, SIGNATURE):
        return (0, (RECORD, SIGNATURE).index(name), name)
    return (2, 0, name) if name == CHECKPOINT else (1, *member_order(name))
