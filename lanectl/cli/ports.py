"""``lanectl probe`` and ``sniff``: what answers on a port, and what goes over it."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from lanectl.app.bus_search import BusReport, is_bus, search_bus
from lanectl.app.catalogue import UnknownDeviceError
from lanectl.app.overhearing import Line, meaning_text
from lanectl.app.port_search import Exchanged, Found, PortUnusableError, Report, explained, search_port
from lanectl.app.sniffing import sniff as listen
from lanectl.cli.output import GOOD, SAYS_NO, UsageError, emit_json, leave, say
from lanectl.lane.clock import RealClock, stamp
from lanectl.model.words.ports import GRADES, PROBE, ROLES, SNIFF
from lanectl.model.words.text import Text

SHOWN_BYTES = 40
REMEDY_PORT = "check its name and rights with 'lanectl doctor'; stop whatever uses it, such as the lane itself"
REMEDY_BUS = "check that the interface is there and up: ip -details link show; its readers: iso15765-can, j1939-can"


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command("probe")(probe)
    app.command("sniff")(sniff)


def probe(
    port: Annotated[
        str,
        typer.Argument(
            metavar="PORT", help="A serial port such as /dev/ttyUSB0, tcp://host:502, or a CAN bus: socketcan:can0."
        ),
    ],
    only: Annotated[
        list[str] | None, typer.Option(help="Look for this device id alone; repeat it. See 'lanectl devices'.")
    ] = None,
    baud: Annotated[int | None, typer.Option(help="Look at this serial speed alone.")] = None,
    careful: Annotated[
        bool, typer.Option("--careful", help="Ask nothing that any known device would obey, were it there unseen.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what answers on a port, by listening and by questions that only read, and what to write into the lane file.

    Example: lanectl probe /dev/ttyUSB0
    """
    if is_bus(port) and baud is not None:
        raise UsageError(f"{port}: a CAN bus has no serial speed", "leave --baud away")
    if not as_json:
        _both(PROBE["begin"].fill(port=port))
    if is_bus(port):
        _probe_bus(port, only or (), as_json)
    tell = _silently if as_json else _as_line
    with _named_errors(port):
        found = search_port(port, tell, careful=careful, only=only or (), baud=baud)
    if as_json:
        emit_json(_as_json(found))
    else:
        _as_text(found)
    leave(GOOD if found.found else SAYS_NO)


@contextmanager
def _named_errors(port: str) -> Iterator[None]:
    try:
        yield
    except UnknownDeviceError as error:
        remedy = f"did you mean {error.nearest!r}?" if error.nearest else "see 'lanectl devices'"
        raise UsageError(str(error), remedy, "UnknownDeviceError") from None
    except PortUnusableError as error:
        remedy = REMEDY_BUS if is_bus(port) else REMEDY_PORT
        raise UsageError(f"{port}: {error}", remedy, "PortUnusableError") from None


def _probe_bus(port: str, only: Sequence[str], as_json: bool) -> NoReturn:
    """Say what answers on a CAN bus."""
    tell = _silent_frame if as_json else _as_frame
    with _named_errors(port):
        report = search_bus(port, tell, only=only)
    if as_json:
        found = [{**_found_json(each), "protocol": protocol} for each, protocol in report.found]
        bus = {"listened_s": report.listened_s, "frames": report.frames, "identifiers": list(report.identifiers)}
        emit_json({"port": port, "sure": bool(found), "found": found, "bus": {**bus, "trouble": report.trouble}})
    else:
        _bus_text(report)
    leave(GOOD if report.found else SAYS_NO)


def _bus_text(report: BusReport) -> None:
    ids = len(report.identifiers)
    _both(PROBE["bus"].fill(seconds=report.listened_s, frames=report.frames, ids=ids))
    if report.trouble:
        _both(PROBE["bus_disturbed"].fill(why=report.trouble))
    elif not report.found:
        _both(PROBE["bus_silent"])
    else:
        _both(PROBE["bus_reader"])
    for found, protocol in report.found:
        _one(found)
        say(f"    {protocol}")


def sniff(
    port: Annotated[
        str, typer.Argument(metavar="PORT", help="A serial port, or socketcan:can0, udp_multicast:239.74.163.2:43113.")
    ],
    to_device: Annotated[
        str | None, typer.Option(help="A second port that hears what goes to the device (a tap on both lines).")
    ] = None,
    device: Annotated[str | None, typer.Option(help="Device id by which frames are read; all unless said.")] = None,
    baud: Annotated[
        int | None, typer.Option(help="Serial speed, 8N1; that of the device, or 9600, unless said.")
    ] = None,
    for_s: Annotated[float | None, typer.Option(help="End after so many seconds; Ctrl-C unless said.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the lines into this file as well.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Log what goes over a serial line or a CAN bus, with decoded lines and monotonic times. Never writes to it.

    Example: lanectl sniff /dev/ttyUSB1 --device nanhua-nha-506i --out gas.log
    """
    began_ms, count = RealClock().now_ms(), [0, 0]
    with out.open("a", encoding="utf-8") if out is not None else nullcontext() as kept:

        def show(text: str) -> None:
            say(text)
            if kept is not None:
                kept.write(text + "\n")

        def take(line: Line) -> None:
            count[0], count[1] = count[0] + 1, count[1] + len(line.data)
            show(_line_json(line, began_ms) if as_json else _line_text(line, began_ms))

        if not as_json:
            begin = SNIFF["begin"].fill(port=port, moment=stamp(RealClock().wall_ms()))
            show(f"# {begin.zh}")
            show(f"# {begin.en}")
        try:
            lost = listen(port, take, to_device=to_device, device=device, baud=baud, for_s=for_s)
        except KeyboardInterrupt:
            lost = ""
        except (UnknownDeviceError, PortUnusableError) as error:
            raise UsageError(
                f"{port}: {error}", "see 'lanectl devices' and 'lanectl doctor'", type(error).__name__
            ) from None
    if not as_json:
        _both(SNIFF["end"].fill(count=count[0], data=count[1]))
        if lost:
            _both(SNIFF["lost"].fill(why=lost))
    leave(SAYS_NO if lost else GOOD)


def _line_text(line: Line, began_ms: int) -> str:
    way = {None: "-", True: ">", False: "<"}[line.to_device]
    can_id = "" if line.can_id is None else f"{line.can_id:X} "
    text = f"{(line.at_ms - began_ms) / 1000:12.3f} {way} {can_id}{line.data.hex(' ').upper()}"
    return f"{text}  {meaning_text(line)}" if line.meanings else text


def _line_json(line: Line, began_ms: int) -> str:
    meanings = {
        device: {"kind": said.kind, "values": dict(said.values), "flags": list(said.flags), "texts": dict(said.texts)}
        for device, said in line.meanings.items()
    }
    told = {
        "t_s": (line.at_ms - began_ms) / 1000,
        "to_device": line.to_device,
        "hex": line.data.hex(),
        "meanings": meanings,
    }
    return json.dumps(told if line.can_id is None else {**told, "can_id": f"{line.can_id:X}"}, ensure_ascii=True)


def _silently(said: Exchanged) -> None:
    """Say nothing: one JSON object is all that is printed."""


def _silent_frame(way: str, frame: str) -> None:
    """Say nothing: one JSON object is all that is printed."""


def _as_frame(way: str, frame: str) -> None:
    say(f"  {'>' if way == 'to_device' else '<'} {frame}")


def _both(text: Text) -> None:
    say(text.zh)
    say(text.en)


def _hex(data: bytes) -> str:
    shown = data[:SHOWN_BYTES].hex(" ").upper()
    return shown if len(data) <= SHOWN_BYTES else f"{shown} … ({len(data)})"


def _as_line(said: Exchanged) -> None:
    speed = "" if said.baud is None else f"{said.baud:>7}"
    asked = f" > {_hex(said.request)}" if said.request else ""
    say(f"{speed}  {said.asks:<24}{asked}  < {_hex(said.answer) or '-'}")


def _as_text(report: Report) -> None:
    findings, found = report.findings, report.found
    if len(found) > 1:
        _both(PROBE["alike"].fill(count=len(found)))
    elif found:
        _both(PROBE["found"])
    for each in found:
        _one(each)
    if found and not findings.sure:
        _both(PROBE["unsure"])
    if not found and findings.unread:
        _both(PROBE["unread"])
        for said in findings.unread:
            _as_line(said)
    elif not found:
        _both(PROBE["nothing"])
    if findings.withheld and not found:
        _both(PROBE["withheld"].fill(count=len(findings.withheld)))
        for kept in findings.withheld:
            orders = "; ".join(f"{device}: {order.replace('_', ' ')}" for device, order in kept.endangers)
            say(f"  {', '.join(kept.devices)} > {_hex(kept.request)}  ({orders})")


def _one(found: Found) -> None:
    info, candidate = found.info, found.candidate
    role = ROLES.get(info.role)
    speed = "" if candidate.baud is None else f", {candidate.baud} 8N1"
    say(f"  {info.id}  {info.name} ({info.maker}){speed}  {role.zh if role else info.role}")
    for said in candidate.evidence:
        say(f"    {said.asks}: {_hex(said.request) or '-'} -> {_hex(said.answer)}")
        if meaning := explained(info, said):
            say(f"      {meaning}")
    if "B" in info.grade:
        meant = GRADES[info.grade]
        say("    " + PROBE["grade_b"].zh.format(grade=info.grade, meaning=meant.zh))
        say("    " + PROBE["grade_b"].en.format(grade=info.grade, meaning=meant.en))
    say(f"    {PROBE['snippet'].zh} {PROBE['snippet'].en}")
    for line in found.snippet.splitlines():
        say(f"      {line}")


def _as_json(report: Report) -> dict[str, object]:
    findings = report.findings
    return {
        "port": report.port,
        "sure": findings.sure,
        "found": [_found_json(each) for each in report.found],
        "unread": [_said_json(said) for said in findings.unread],
        "withheld": [
            {
                "devices": list(kept.devices),
                "request": kept.request.hex(),
                "endangers": [list(e) for e in kept.endangers],
            }
            for kept in findings.withheld
        ],
        "asked": findings.asked,
        "listened_at": findings.listened_at,
    }


def _found_json(found: Found) -> dict[str, object]:
    info, candidate = found.info, found.candidate
    evidence = [{**_said_json(said), "meaning": explained(info, said)} for said in candidate.evidence]
    facts = {"device": info.id, "name": info.name, "maker": info.maker, "role": info.role, "grade": info.grade}
    return {**facts, "baud": candidate.baud, "evidence": evidence, "snippet": found.snippet}


def _said_json(said: Exchanged) -> dict[str, object]:
    return {"asks": said.asks, "request": said.request.hex(), "answer": said.answer.hex(), "baud": said.baud}
