"""Explains captured OBD traffic: single CAN frames, and what an ELM327 or a serial CAN adapter write and read as text.

Knows how requests, responses and the tool's own texts read as named values. Does not know ports, drivers or limits.
"""

from protocols import elm327, iso_tp, j1979, slcan, wwh_obd
from protocols.can_frame import CanFrame
from protocols.captured import Captured, Explained
from protocols.errors import FrameError, UnknownFrameError
from protocols.explain_j1939 import explain_j1939
from protocols.pids_j1979 import OBD_TYPES

_SERVICES = {j1979.STORED: "stored", j1979.PENDING: "pending", j1979.PERMANENT: "permanent"}


def explain_can(captured: Captured) -> Explained:
    """Explain one CAN frame. With an identifier it must be one that OBD uses, in the direction given."""
    if captured.can_id is not None:
        _check_id(captured.can_id, captured.to_device)
    match iso_tp.decode_frame(captured.frame):
        case iso_tp.SingleFrame(message):
            if captured.to_device:
                return explain_request(message)
            return explain_response(message)
        case iso_tp.FirstFrame(length, data):
            texts = {"data": data.hex(" ").upper()}
            return Explained("first_frame", {"length": float(length)}, texts=texts)
        case iso_tp.ConsecutiveFrame(number, data):
            texts = {"data": data.hex(" ").upper()}
            return Explained("consecutive_frame", {"number": float(number)}, texts=texts)
        case iso_tp.FlowControl(status, block_size, _) as flow:
            word = ("continue", "wait", "overflow")[status]
            values = {"block_size": float(block_size), "separation_ms": flow.separation_ms}
            return Explained("flow_control", values, (word,))


def explain_slcan(captured: Captured) -> Explained:
    """Explain one line of a serial CAN adapter, with or without its CR; a frame of the diagnostic bus is opened."""
    lines = slcan.LineFramer().feed(captured.frame.rstrip(slcan.CR) + slcan.CR)
    line = lines[0]
    if len(lines) > 1 and (line != slcan.BEL or lines[1:] != [b""]):
        raise UnknownFrameError(f"one line at a time, here are {len(lines)}")
    match slcan.decode_command(line) if captured.to_device else slcan.decode_line(line):
        case CanFrame() as frame:
            return _explain_frame(frame, captured.to_device)
        case slcan.Remote(can_id):
            return Explained("remote_frame", {"can_id": float(can_id)})
        case slcan.Command(letter, argument) as command:
            rate = command.bitrate_kbit
            values = {"bitrate_kbit": float(rate)} if rate is not None else {}
            return Explained("adapter_command", values, texts={"command": letter + argument})
        case slcan.Told(letter, text) as told:
            return Explained("told", flags=told.flags if letter == slcan.FLAGS else (), texts={letter: text})
        case slcan.Done():
            return Explained("done")
        case slcan.Refused():
            return Explained("refused", flags=("refused",))


def _explain_frame(frame: CanFrame, to_device: bool) -> Explained:
    """Explain what a frame carries if its identifier is one of on-board diagnosis or of J1939, else only show it."""
    texts = {"can_id": frame.name, "data": frame.data.hex(" ").upper()}
    captured = Captured(frame.data, to_device, can_id=frame.can_id)
    try:
        _check_id(frame.can_id, to_device)
    except FrameError:
        return _explain_group(captured, frame, texts)
    inside = explain_can(captured)
    return Explained(inside.kind, inside.values, inside.flags, {**inside.texts, **texts})


def _explain_group(captured: Captured, frame: CanFrame, texts: dict[str, str]) -> Explained:
    try:
        inside = explain_j1939(captured) if frame.extended else None
    except FrameError:
        inside = None
    if inside is None:
        return Explained("can_frame", texts=texts)
    return Explained(inside.kind, inside.values, inside.flags, {**inside.texts, **texts})


def explain_elm(captured: Captured) -> Explained:
    """Explain one command line or one whole answer of an ELM327."""
    if captured.to_device:
        command = elm327.decode_command(captured.frame)
        if command.message is None:
            return Explained("at_command", texts={"command": command.text})
        explained = explain_request(command.message)
        return Explained(explained.kind, explained.values, explained.flags, {"command": command.text})
    text = captured.request.rstrip(b"\r\n").decode("ascii", "replace") if captured.request else None
    lines = elm327.decode_lines(captured.frame)
    if text is None and lines and lines[0].upper().startswith("AT"):
        text = lines[0]  # the echo of the command
    answer = _decode_either_way(captured.frame, text)
    if not (answer.messages or answer.troubles or answer.texts):
        raise UnknownFrameError("an answer has at least one line")
    flags = list(answer.troubles) + (["searched"] if answer.searched else []) + (["ok"] if answer.ok else [])
    texts = {"text": " / ".join(answer.texts)} if answer.texts else {}
    values: dict[str, float | None] = {}
    kinds = []
    for message in answer.messages:
        explained = explain_response(message.data)
        kinds.append(explained.kind)
        values |= explained.values
        flags += [flag for flag in explained.flags if flag not in flags]
        texts |= explained.texts
    if answer.messages and answer.messages[0].ecu is not None:
        texts["ecu"] = ", ".join(dict.fromkeys(message.ecu or "" for message in answer.messages))
    kind = kinds[0] if kinds else ("trouble" if answer.troubles else "text")
    return Explained(kind, values, tuple(flags), texts)


def explain_request(message: bytes) -> Explained:
    """Explain what a tester asks."""
    if message[:1] in (bytes([wwh_obd.READ_IDENTIFIER]), bytes([wwh_obd.READ_CODES])):
        return _explain_wwh_request(message)
    request = j1979.decode_request(message)
    values: dict[str, float | None] = {"service": float(request.service)}
    names = ["item"] if len(request.items) == 1 else [f"item_{n}" for n in range(1, len(request.items) + 1)]
    values |= {name: float(item) for name, item in zip(names, request.items, strict=True)}
    return Explained("request", values)


def explain_response(message: bytes) -> Explained:
    """Explain what a control unit answers."""
    wwh = message[:1] in (b"\x62", b"\x59")
    match wwh_obd.decode_response(message) if wwh else j1979.decode_response(message):
        case wwh_obd.SpokenHere(protocol):
            return Explained("protocol", {"protocol": float(protocol)}, ("iso_27145",) if protocol == 1 else ())
        case wwh_obd.Codes() as found:
            return _explain_wwh_codes(found)
        case j1979.Refusal(service, code):
            flags = ("response_pending",) if code == j1979.RESPONSE_PENDING else ("refused",)
            return Explained("refusal", {"service": float(service), "nrc": float(code)}, flags)
        case j1979.Supported() as supported:
            texts = {"items": " ".join(f"{item:02X}" for item in sorted(supported.items))}
            texts["mask"] = f"{supported.mask:08X}"
            return Explained("supported_items", {"mask": float(supported.mask)}, texts=texts)
        case j1979.MonitorStatus() as status:
            return _explain_monitors(status)
        case j1979.Codes(service, codes):
            kind = f"{_SERVICES[service]}_codes"
            return Explained(kind, {"dtc_count": float(len(codes))}, codes, {"codes": " ".join(codes)})
        case j1979.Information(info, texts):
            names = {j1979.INFO_VIN: "vin", j1979.INFO_CAL_ID: "cal_id", j1979.INFO_CVN: "cvn"}
            name = names.get(info, "ecu_name")
            return Explained(name, {"count": float(len(texts))}, texts={name: " ".join(texts)})
        case j1979.Counters(_, counts):
            return Explained("performance_counters", {name: float(count) for name, count in counts.items()})
        case j1979.Live(values):
            named = OBD_TYPES.get(int(values["obd_type"])) if "obd_type" in values else None
            return Explained("live_data", dict(values), texts={"obd_type": named} if named else {})


def _explain_wwh_request(message: bytes) -> Explained:
    values: dict[str, float | None] = {"service": float(message[0])}
    match wwh_obd.decode_request(message):
        case wwh_obd.Identifier(number):
            return Explained("request", values | {"identifier": float(number)}, texts={"identifier": f"{number:04X}"})
        case wwh_obd.CodesAsked(mask):
            kinds = {None: "permanent", wwh_obd.CONFIRMED: "stored", wwh_obd.PENDING: "pending"}
            flags = (f"{kinds[mask]}_codes",) if mask in kinds else ()
            return Explained("request", values | ({} if mask is None else {"status_mask": float(mask)}), flags)


def _explain_wwh_codes(found: wwh_obd.Codes) -> Explained:
    kind = "permanent_codes" if found.permanent else "codes"
    status = " ".join(f"{record.status:02X}" for record in found.records)
    texts = {"codes": " ".join(found.codes), "status": status}
    return Explained(kind, {"dtc_count": float(len(found.records))}, found.codes, texts)


def _explain_monitors(status: j1979.MonitorStatus) -> Explained:
    flags = ["mil_on"] if status.mil_on else []
    flags += [status.ignition, *(f"{name}_incomplete" for name in status.incomplete)]
    values = {"mil": float(status.mil_on), "dtc_count": float(status.dtc_count)}
    texts = {"supported": " ".join(status.monitors), "incomplete": " ".join(status.incomplete)}
    return Explained("monitor_status", values, tuple(flags), texts)


def _decode_either_way(frame: bytes, command: str | None) -> elm327.Answer:
    """Read an answer with headers; where that makes no sense, without, and last as one of an older bus."""
    failure: FrameError | None = None
    for headers, can in ((True, True), (False, True), (True, False)):
        try:
            answer = elm327.decode_answer(frame, command=command, headers=headers, can=can)
            for message in answer.messages:
                explain_response(message.data)
        except FrameError as error:
            failure = failure or error
        else:
            return answer
    raise failure if failure is not None else UnknownFrameError("no answer")


def _check_id(can_id: int, to_device: bool) -> None:
    if to_device:
        functional = can_id in (iso_tp.FUNCTIONAL_11, iso_tp.FUNCTIONAL_29)
        if not functional:
            iso_tp.answer_id_of(can_id)  # raises for an identifier that no tester uses
    elif not iso_tp.is_answer_id(can_id):
        raise UnknownFrameError(f"no control unit answers with identifier {can_id:X}")
