"""How the models that speak the 503 dialect differ: Nanhua's, the FLA-502 of Fuli, and the CDF-5000 of Chida.

Knows command bytes, scales, lengths, and where each says what it is doing. On the FLA-502's codes above 9 public
readers disagree: both readings are here. Of the CDF-5000 here is what its one reader has.
Does not know layouts in bytes (see dialect_503), ports, or time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from protocols.errors import UnknownFrameError
from protocols.values_503 import GAS_WRITES, SENSOR_WRITES, Action, Data

DATA_STATES = {0x00: "ready", 0x02: "warming", 0x04: "leak_check", 0x05: "zeroing"}
"""Status byte of the data block -> state, on models that tell it there."""


@dataclass(frozen=True, slots=True)
class Model:
    """How one model speaks the dialect."""

    name: str
    codes: Mapping[Action, int]
    """Command bytes that differ from the common ones."""
    oil_divisor: int
    """The oil word counts tenths of a degree (10) or whole degrees (1)."""
    one_frame_gas: bool
    """Gas values travel in one frame with the command byte (True), or after its 06 (False)."""
    data_length: int = 21
    """Length of the data block: 21, or 19 on the oldest firmware, which has no lambda."""
    co_divisor: int = 100
    """The CO word counts hundredths or thousandths of a per cent."""
    lacks: frozenset[Action] = frozenset()
    """What this model does not know, or in a form that is not written down here."""
    states_in_data: bool = False
    """The status byte of the data block says what the device is doing (True), or which sensors have aged (False)."""
    accepts_work: frozenset[Action] = frozenset()
    """Long-running work whose start is answered by 06 instead of 05."""
    work_told_in_data: frozenset[Action] = frozenset()
    """Long-running work that is not polled: the status byte of the data block shows how it goes."""
    tells_flow: bool = True
    """Whether the flow word means something."""

    _actions: Mapping[int, Action] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        own = {code: action for action in Action if (code := self._code(action)) is not None}
        shared = {code: action for code, action in _FAMILY_CODES.items() if action not in self.lacks}
        object.__setattr__(self, "_actions", shared | own)

    def code(self, action: Action) -> int:
        """Return the command byte of this action."""
        code = self._code(action)
        if code is None:
            raise UnknownFrameError(f"{self.name} has no {action.name}")
        return code

    def action(self, code: int) -> Action | None:
        """Return the action of this command byte; None when the model has none."""
        return self._actions.get(code)

    def state(self, data: Data) -> str | None:
        """Return what the data block says that the device is doing; None for a byte that nobody explains."""
        return DATA_STATES.get(data.status_byte)

    def flags(self, data: Data) -> frozenset[str]:
        """Return the status words that the data block carries."""
        found = {"low_flow": self.tells_flow and data.flow_word != 0, "flow_not_told": not self.tells_flow}
        if not self.states_in_data:
            found |= {"o2_sensor_aged": bool(data.status_byte & 1), "no_sensor_aged": bool(data.status_byte & 2)}
        found |= {"water_trap_full": bool(data.water_trap_full)}
        return frozenset(name for name, present in found.items() if present)

    def _code(self, action: Action) -> int | None:
        code = None if action in self.lacks else self.codes.get(action, action.value)
        return code if code is not None and code <= 0xFF else None


# Both bytes for the data block are in use for one and the same block; 03 and 04 survive from the older models.
_FAMILY_CODES = {
    0x01: Action.READ_DATA,
    0x81: Action.READ_DATA,
    0x03: Action.PUMP_AMBIENT,
    0x04: Action.PUMP_SAMPLE,
}
_PUMPS = {Action.PUMP_AMBIENT: 0x22, Action.PUMP_SAMPLE: 0x23}
NHA_503 = Model("NHA-503", {Action.READ_DATA: 0x81}, oil_divisor=10, one_frame_gas=False)
NHA_503V = Model("NHA-503V", {**_PUMPS, Action.WRITE_CHECK_GAS: 0x24}, oil_divisor=10, one_frame_gas=True)
NHA_506I = Model("NHA-506I", _PUMPS, oil_divisor=1, one_frame_gas=True)
_START = frozenset({Action.LEAK_CHECK, Action.ZERO})
_FUELS = frozenset({Action.FUEL_PETROL, Action.FUEL_LPG, Action.FUEL_NATURAL_GAS, Action.FUEL_GASOHOL})
_NOT_OUTSIDE_NANHUA = frozenset({Action.READ_STATUS, Action.READ_WARM_UP_LEFT, Action.READ_DATA_WITH_TRAP})
FLA_502 = Model(
    "FLA-502",
    {
        Action.READ_STATUS: 34,
        Action.READ_WARM_UP_LEFT: 35,
        Action.OPEN_CALIBRATION_VALVE: 36,
        Action.CLOSE_CALIBRATION_VALVE: 37,
        Action.OPEN_ZERO_VALVE: 38,
        Action.CLOSE_ZERO_VALVE: 39,
        Action.FUEL_PETROL: 43,
        Action.FUEL_LPG: 44,
        Action.FUEL_NATURAL_GAS: 45,
        Action.FUEL_GASOHOL: 46,
    },
    oil_divisor=10,
    one_frame_gas=True,
    co_divisor=1000,
    lacks=frozenset({Action.READ_DATA_WITH_TRAP}),
)
"""As one reader has it: codes above 9 are decimal numbers, work is polled, status has a question of its own."""
FLA_502_HEX = Model(
    "FLA-502",
    {
        Action.CALIBRATE: 0x10,
        Action.CHECK: 0x12,
        Action.READ_PEF: 0x13,
        Action.ZERO_WITH_AMBIENT_AIR: 0x15,
        Action.ZERO_WITH_ZERO_AIR: 0x16,
        Action.FOUR_STROKE: 0x17,
        Action.TWO_STROKE: 0x18,
        Action.SINGLE_IGNITION: 0x19,
        Action.DOUBLE_IGNITION: 0x20,
        Action.KEYBOARD_UNLOCK: 0x23,
        Action.KEYBOARD_LOCK: 0x24,
        Action.DISPLAY_ON: 0x25,
        Action.DISPLAY_OFF: 0x26,
        Action.CALIBRATE_AMBIENT_TEMP: 0x27,
        Action.CALIBRATE_OIL_TEMP: 0x29,
        Action.CALIBRATE_HUMIDITY: 0x30,
        Action.CALIBRATE_PRESSURE: 0x31,
        Action.OPEN_CHECK_VALVE: 0x32,
        Action.CLOSE_CHECK_VALVE: 0x33,
        Action.START_TEST: 0x34,
        Action.PREPARE_TEST: 0x35,
        Action.OPEN_CALIBRATION_VALVE: 0x36,
        Action.CLOSE_CALIBRATION_VALVE: 0x37,
        Action.OPEN_ZERO_VALVE: 0x38,
        Action.CLOSE_ZERO_VALVE: 0x39,
    },
    oil_divisor=10,
    one_frame_gas=False,
    co_divisor=1000,
    lacks=_NOT_OUTSIDE_NANHUA | _FUELS | GAS_WRITES | {Action.CLEAR_NO_AGED, Action.AUTO_ZERO_ON, Action.AUTO_ZERO_OFF},
    states_in_data=True,
    accepts_work=_START,
    work_told_in_data=_START,
)
"""As the other reader has it: the same decimal numbers written as hexadecimal digits, work is accepted with 06, and the
status byte of the data block tells how it goes. How it writes calibration gas (five gases) is its own form alone."""
CDF_5000 = Model(
    "CDF-5000",
    {},
    oil_divisor=1,
    one_frame_gas=False,
    data_length=19,
    lacks=_NOT_OUTSIDE_NANHUA
    | _FUELS
    | GAS_WRITES
    | SENSOR_WRITES
    | {Action.AUTO_ZERO_ON, Action.AUTO_ZERO_OFF, Action.KEYBOARD_UNLOCK, Action.KEYBOARD_LOCK}
    | {Action.DISPLAY_ON, Action.DISPLAY_OFF},
    states_in_data=True,
    accepts_work=_START,
    work_told_in_data=frozenset({Action.ZERO}),
    tells_flow=False,
)
"""Its one reader passes over the flow word, and starts zero and leak check with 06; a leak check is polled then."""
