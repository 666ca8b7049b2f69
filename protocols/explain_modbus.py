"""Explains captured Modbus frames: weather stations, and devices described by a register map.

Knows how RTU and TCP frames are told apart, and how registers read as named values. Does not know ports or drivers.
The example maps stand for whatever map a lane has: without a map, registers have no names.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict

from protocols.captured import Captured, Explain, Explained
from protocols.errors import FrameError, UnknownFrameError
from protocols.modbus import (
    OF_BITS,
    READS_REGISTERS,
    Refusal,
    Reply,
    Request,
    Values,
    Written,
    decode_reply,
    decode_request,
    unwrap_rtu,
    unwrap_tcp,
)
from protocols.register_map import CodeWord, DynoMap, IoMap, Register, values_in
from protocols.weather_registers import Station, decode_registers

TRACE_NAMES = {"brake_force_n": "force_n", "force_setpoint_n": "force_n", "speed_setpoint_kmh": "speed_kmh"}
"""What a frame calls simply force or speed; whether measured or wanted is told by its direction and kind."""


def weather_explainer(station: Station) -> Explain:
    """Return what explains frames of this weather station."""

    def explain(captured: Captured) -> Explained:
        if captured.to_device:
            return _request(_asked(captured.frame))
        reply = decode_reply(_content(captured.frame))
        if isinstance(reply, Values) and reply.function in READS_REGISTERS:
            return Explained("weather", asdict(decode_registers(station, reply.values)))
        return _reply(reply)

    return explain


def dyno_explainer(load: Callable[[], DynoMap]) -> Explain:
    """Return what explains frames of a dynamometer with this map."""

    def explain(captured: Captured) -> Explained:
        registers = load()
        if captured.to_device:
            asked = _asked(captured.frame)
            explained = _request(asked)
            written = _named(registers.write.setpoints(), asked.address, asked.values)
            return Explained(explained.kind, {**explained.values, **written})
        reply = decode_reply(_content(captured.frame))
        if not isinstance(reply, Values) or reply.function in OF_BITS:
            return _reply(reply)
        first = registers.read.span()[0]
        if captured.request is not None:
            first = _asked(captured.request).address
        read = registers.read.registers()
        flags = _words(read, first, reply.values)
        return Explained("registers", _named(read, first, reply.values), flags)

    return explain


def io_explainer(load: Callable[[], IoMap]) -> Explain:
    """Return what explains frames of a lane I/O module with this map."""

    def explain(captured: Captured) -> Explained:
        registers = load()
        if captured.to_device:
            asked = _asked(captured.frame)
            explained = _request(asked)
            return Explained(explained.kind, explained.values, _switched(registers, asked.address, asked.values))
        reply = decode_reply(_content(captured.frame))
        if isinstance(reply, Written):
            return Explained("written", _reply(reply).values, _switched(registers, reply.address, reply.values))
        if not isinstance(reply, Values) or reply.function not in OF_BITS:
            return _reply(reply)
        first = registers.inputs.span()[0]
        if captured.request is not None:
            first = _asked(captured.request).address
        seen = {
            name: float(reply.values[bit.address - first] == (bit.active == "high"))
            for name, bit in registers.inputs.bits().items()
            if 0 <= bit.address - first < len(reply.values)
        }
        return Explained("inputs", seen, tuple(name for name, on in seen.items() if on))

    return explain


def _content(frame: bytes) -> bytes:
    """Return what a frame holds. A TCP frame says its protocol (0) and its own length; everything else is RTU."""
    try:
        return unwrap_tcp(frame)[2]
    except FrameError:
        return unwrap_rtu(frame)[1]


def _asked(frame: bytes) -> Request:
    return decode_request(_content(frame))


def _request(request: Request) -> Explained:
    values: dict[str, float | None] = {"address": float(request.address), "count": float(request.count)}
    if len(request.values) == 1:
        values["value"] = float(request.values[0])
    return Explained(request.function.name.lower(), values)


def _reply(reply: Reply) -> Explained:
    match reply:
        case Refusal(function, code):
            return Explained("refusal", {"function": float(function), "exception": float(code)}, (reply.word,))
        case Written(_, address, count, values):
            found: dict[str, float | None] = {"address": float(address), "count": float(count)}
            return Explained("written", {**found, **({"value": float(values[0])} if values else {})})
        case Values(_, values):
            return Explained("values", {f"value_{place}": float(value) for place, value in enumerate(values)})


def _named(registers: Mapping[str, Register], first: int, words: tuple[int, ...]) -> dict[str, float | None]:
    """Return the values of those registers that lie whole in these words; words (codes) are told by flags."""
    inside = {
        name: register
        for name, register in registers.items()
        if register.address >= first and register.address + register.words <= first + len(words)
    }
    numbers = {name: register for name, register in inside.items() if not isinstance(register, CodeWord)}
    return {TRACE_NAMES.get(name, name): value for name, value in values_in(numbers, first, words).items()}


def _words(registers: Mapping[str, Register], first: int, words: tuple[int, ...]) -> tuple[str, ...]:
    found = []
    for register in registers.values():
        at = register.address - first
        if isinstance(register, CodeWord) and 0 <= at <= len(words) - register.words:
            try:
                found.append(register.word(words[at : at + register.words]))
            except UnknownFrameError:
                found.append("unknown_state")
    return tuple(found)


def _switched(registers: IoMap, address: int, values: tuple[int, ...]) -> tuple[str, ...]:
    names = {bit.address: name for name, bit in registers.outputs.bits().items()}
    return tuple(
        f"{names[address + place]}_{'on' if value else 'off'}"
        for place, value in enumerate(values)
        if address + place in names
    )
