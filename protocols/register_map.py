"""Register maps: what stands where in a Modbus device that has no protocol of its own, as a file says it.

Knows the two kinds of maps (a dynamometer, a lane I/O module), the names that each must have, and how a register
becomes a value. Does not know files, ports, frames, or which values are plausible.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from protocols.errors import UnknownFrameError, ValueRangeError
from protocols.numbers import WORDS, decode_number, encode_number

Address = Annotated[int, Field(ge=0, le=0xFFFF)]
Order = Literal["ABCD", "CDAB", "BADC", "DCBA"]
MapT = TypeVar("MapT", bound="RegisterMap")
MOST_SPAN = 125
"""Registers, or bits, that one question may cover."""
DIGITS = 7
"""Significant digits that a scaled number keeps: what a 32-bit float carries."""


class MapError(ValueError):
    """A register map that cannot be used; names the key."""


class Entry(BaseModel):
    """Frozen, strict about types, and fatal on unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Register(Entry):
    """One number: value = raw * scale + offset."""

    address: Address
    type: Literal["u16", "s16", "u32", "s32", "f32"]
    word_order: Order = "ABCD"
    scale: Annotated[float, Field(gt=0)] = 1.0
    offset: float = 0.0

    @property
    def words(self) -> int:
        """How many registers it takes."""
        return WORDS[self.type]

    @model_validator(mode="after")
    def _ends_in_the_map(self) -> "Register":
        if self.address + self.words > 0x10000:
            raise ValueError("it reaches beyond register 65535")
        return self

    def decode(self, registers: Sequence[int]) -> float:
        """Return the value in these registers."""
        value = decode_number(self.type, self.word_order, registers) * self.scale + self.offset
        return float(f"{value:.{DIGITS}g}")

    def encode(self, value: float) -> tuple[int, ...]:
        """Return the registers that say this value; ValueRangeError when they cannot."""
        return encode_number(self.type, self.word_order, (value - self.offset) / self.scale)


class CodeWord(Register):
    """A number whose values are words."""

    codes: Annotated[Mapping[str, int], Field(min_length=1)]

    @model_validator(mode="after")
    def _each_code_once(self) -> "CodeWord":
        if len(set(self.codes.values())) != len(self.codes):
            raise ValueError("two words have the same code")
        for word in self.codes:
            self.say(word)
        return self

    def word(self, registers: Sequence[int]) -> str:
        """Return the word that these registers say."""
        code = self.decode(registers)
        for word, number in self.codes.items():
            if number == code:
                return word
        raise UnknownFrameError(f"code {code:g} has no word in the map")

    def say(self, word: str) -> tuple[int, ...]:
        """Return the registers that say this word."""
        return self.encode(float(self.codes[word]))


class RegisterMap(Entry):
    """What all maps have."""

    schema_id: Annotated[Literal["lanectl/register-map/1"], Field(alias="schema")]
    model: Annotated[str, Field(min_length=1)]
    """Whose registers these are, as it goes into records."""

    def must_have(self, table: str, names: Mapping[str, object], needed: Sequence[str]) -> None:
        """Refuse a table that lacks a name."""
        for name in needed:
            if name not in names:
                raise ValueError(f"{table} lacks {name!r}")


class DynoRead(Entry):
    """What is read, in one span of registers."""

    function: Literal[3, 4]
    speed_kmh: Register
    brake_force_n: Register
    state: CodeWord
    """Words as in DynoReading; ``idle`` and ``constant_force`` must be among them, ``constant_speed`` where it can."""
    power_kw: Register | None = None
    duty_pct: Register | None = None

    def registers(self) -> dict[str, Register]:
        """Return every register that the map declares, by name."""
        found = {name: getattr(self, name) for name in type(self).model_fields if name != "function"}
        return {name: register for name, register in found.items() if register is not None}

    def span(self) -> tuple[int, int]:
        """Return the first address and how many registers one question covers."""
        first, last = self._ends()
        return first, last - first

    def _ends(self) -> tuple[int, int]:
        registers = self.registers().values()
        return min(each.address for each in registers), max(each.address + each.words for each in registers)

    @model_validator(mode="after")
    def _one_question(self) -> "DynoRead":
        first, last = self._ends()
        if last - first > MOST_SPAN:
            raise ValueError(f"its registers lie {last - first} apart; one question reads {MOST_SPAN}")
        return self


class DynoWrite(Entry):
    """What is written."""

    force_setpoint_n: Register
    mode: CodeWord
    """Its words ``off``, ``force`` and ``speed`` are written by the lane."""
    speed_setpoint_kmh: Register | None = None
    """Left out where the controller cannot hold a speed; such a bench does no lug-down."""
    lift: CodeWord | None = None
    """Words ``up`` and ``down``; left out where the lift hangs at another device."""
    single_function: Literal[6, 16] = 6
    """Function that writes one register; several are always written with 16."""

    def setpoints(self) -> dict[str, Register]:
        """Return every set-point that the map declares, by name."""
        found = {"force_setpoint_n": self.force_setpoint_n, "speed_setpoint_kmh": self.speed_setpoint_kmh}
        return {name: register for name, register in found.items() if register is not None}


class DynoMap(RegisterMap):
    """A dynamometer controller."""

    role: Literal["dynamometer"]
    read: DynoRead
    write: DynoWrite

    @model_validator(mode="after")
    def _whole(self) -> "DynoMap":
        self.must_have("read.state.codes", self.read.state.codes, ("idle", "constant_force"))
        self.must_have("write.mode.codes", self.write.mode.codes, ("off", "force"))
        if self.write.speed_setpoint_kmh is not None:
            self.must_have("read.state.codes", self.read.state.codes, ("constant_speed",))
            self.must_have("write.mode.codes", self.write.mode.codes, ("speed",))
        if self.write.lift is not None:
            self.must_have("write.lift.codes", self.write.lift.codes, ("up", "down"))
        return self


class InputBit(Entry):
    """One input."""

    address: Address
    active: Literal["high", "low"] = "high"
    """``low`` where the wire is broken when the thing happens, as in an e-stop circuit."""


class OutputBit(Entry):
    """One output, a coil. It is always active high: a module without power must not enable anything."""

    address: Address


class IoInputs(Entry):
    """The inputs, read in one question."""

    function: Literal[1, 2]
    estop: InputBit
    barrier_front: InputBit | None = None
    barrier_rear: InputBit | None = None

    def bits(self) -> dict[str, InputBit]:
        """Return every input that the map declares, by name."""
        found = {name: getattr(self, name) for name in type(self).model_fields if name != "function"}
        return {name: bit for name, bit in found.items() if bit is not None}

    def span(self) -> tuple[int, int]:
        """Return the first address and how many bits one question covers."""
        addresses = [bit.address for bit in self.bits().values()]
        return min(addresses), max(addresses) - min(addresses) + 1

    @model_validator(mode="after")
    def _one_question(self) -> "IoInputs":
        if self.span()[1] > MOST_SPAN:
            raise ValueError(f"its inputs lie {self.span()[1]} apart; one question reads {MOST_SPAN}")
        return self


class IoOutputs(Entry):
    """The outputs. ``watchdog`` closes the dynamometer's enable circuit while it is refreshed."""

    watchdog: OutputBit
    lift: OutputBit | None = None
    """On raises the lift."""
    fan: OutputBit | None = None

    def bits(self) -> dict[str, OutputBit]:
        """Return every output that the map declares, by name."""
        found = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: bit for name, bit in found.items() if bit is not None}


class IoMap(RegisterMap):
    """A lane I/O module."""

    role: Literal["lane_io"]
    watchdog_ms: Annotated[int, Field(ge=150, le=500)]
    """How long the module keeps the watchdog output without a refresh (set in the module itself)."""
    inputs: IoInputs
    outputs: IoOutputs

    @model_validator(mode="after")
    def _each_output_once(self) -> "IoMap":
        addresses = [bit.address for bit in self.outputs.bits().values()]
        if len(set(addresses)) != len(addresses):
            raise ValueError("two outputs have the same address")
        return self


def parse_map(text: str, kind: type[MapT]) -> MapT:
    """Read a map that must be right; MapError names every key that is not."""
    try:
        return kind.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise MapError(f"this is not TOML: {error}") from None
    except ValidationError as error:
        raise MapError("; ".join(_faults(error))) from None


def _faults(error: ValidationError) -> Iterator[str]:
    for fault in error.errors():
        key = ".".join(str(part) for part in fault["loc"])
        said = str(fault["msg"]).removeprefix("Value error, ")
        yield f"{key}: {said}" if key else said


def values_in(registers: Mapping[str, Register], first: int, words: Sequence[int]) -> dict[str, float | None]:
    """Return each register's value from a span that begins at ``first``; None where the device has no number."""
    found: dict[str, float | None] = {}
    for name, register in registers.items():
        at = register.address - first
        try:
            found[name] = register.decode(words[at : at + register.words])
        except ValueRangeError:
            found[name] = None
    return found
