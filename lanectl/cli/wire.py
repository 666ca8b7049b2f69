"""``lanectl decode`` and ``lanectl devices``: what is on the wire, and what this program can drive."""

import re
from typing import Annotated

import typer

from lanectl.app.catalogue import DamagedFrameError, UnknownDeviceError, catalogue, decodable
from lanectl.app.catalogue import decode as decode_frame
from lanectl.cli.output import GOOD, SAYS_NO, UsageError, emit_json, say
from lanectl.model.words.ports import GRADES, ROLES

LONGEST_FRAME = 8192


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command("decode")(decode)
    app.command("devices")(devices)


def decode(
    device: Annotated[str, typer.Argument(help="Device id, see 'lanectl devices'.")],
    frame: Annotated[str, typer.Argument(metavar="HEX", help="One captured frame in hex, with or without spaces.")],
    request: Annotated[str | None, typer.Option(help="The request that it answers, in hex.")] = None,
    can_id: Annotated[str | None, typer.Option(help="CAN identifier in hex.")] = None,
    to_device: Annotated[bool, typer.Option("--to-device", help="The frame went to the device.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Decode one captured frame."""
    try:
        explained = decode_frame(
            device,
            _bytes(frame, "HEX"),
            to_device=to_device,
            request=None if request is None else _bytes(request, "--request"),
            can_id=None if can_id is None else _can_id(can_id),
        )
    except UnknownDeviceError as error:
        remedy = f"did you mean {error.nearest!r}?" if error.nearest else f"known: {', '.join(decodable())}"
        raise UsageError(str(error), remedy, "UnknownDeviceError") from None
    except DamagedFrameError as error:
        return _say_damaged(device, error, as_json)
    if as_json:
        emit_json(explained)
    else:
        _say_explained(explained)
    return GOOD


def devices(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> int:
    """List the devices that this program can drive."""
    entries = catalogue()
    if as_json:
        emit_json({"devices": entries})
        return GOOD
    role = ""
    for entry in entries:
        if entry["role"] != role:
            role = entry["role"]
            name = ROLES.get(role)
            say(f"{name.zh} {name.en}" if name else role)
        told = f"; tells its {', '.join(entry['tells'].split())}" if entry["tells"] else ""
        say(f"  {entry['id']:<22} {entry['grade']:<4} {entry['name']} ({entry['maker']})")
        say(f"  {'':<22} {'':<4} {entry['protocol']}{told}; simulated by {entry['simulator']}")
    for grade, meaning in GRADES.items():
        say(f"{grade:<4} {meaning.zh}; {meaning.en}")
    return GOOD


def _say_explained(explained: dict[str, object]) -> None:
    say(f"{explained['device']}: {explained['kind']}")
    for part in ("values", "texts"):
        named = explained[part]
        if isinstance(named, dict):
            for name, value in named.items():
                say(f"  {name:<24} {'-' if value is None else value}")
    flags = explained["flags"]
    if isinstance(flags, list) and flags:
        say(f"  flags: {', '.join(flags)}")


def _say_damaged(device: str, error: DamagedFrameError, as_json: bool) -> int:
    if as_json:
        emit_json({"device": device, "error": {"class": error.kind, "message": str(error)}})
    else:
        say(f"{device}: damaged frame ({error.kind}): {error}")
        say("  -> check that device id, --request and --to-device fit, and that the frame was captured whole")
    return SAYS_NO


def _bytes(text: str, where: str) -> bytes:
    digits = re.sub(r"[\s:,-]|0[xX]", "", text)
    if not digits or not re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", digits):
        raise UsageError(
            f"{where}: {text[:60]!r} is not hex", "give pairs of hex digits, such as '06 00 7B'", "NotHexError"
        )
    if len(digits) > 2 * LONGEST_FRAME:
        raise UsageError(f"{where}: longer than {LONGEST_FRAME} bytes", "give one frame at a time", "NotHexError")
    return bytes.fromhex(digits)


def _can_id(text: str) -> int:
    if not re.fullmatch(r"(?:0[xX])?[0-9A-Fa-f]{1,8}", text):
        raise UsageError(f"--can-id: {text[:60]!r} is not hex", "give it as 7E8 or 18DAF110", "NotHexError")
    return int(text, 16)
