"""ZenYuan VCI box (广州正原) on a serial port, in the role ObdReader.

Knows how the box is asked to find a vehicle, how often it may be asked for live data, and that it does not tell pending
codes, control units one by one, or the kind of engine. Does not know packets (protocols.zenyuan), what a check
concludes, or how often it is read. Of a heavy diesel on J1939 nobody has described its codes: that is refused.
"""

from collections.abc import Callable
from typing import Literal, TypeVar

from drivers.errors import GarbledReplyError, NoReplyError, NotReadyError, RefusedError, WrongDeviceError
from drivers.exchange import Exchange
from drivers.obd.live_data import Values
from drivers.obd.questions import NoAnswerError
from drivers.obd.reader import ConnectedReads
from drivers.pace import Pace
from drivers.readings import ObdEcu, ObdFacts, ObdLive
from drivers.roles import Device, Identity
from drivers.settings import PortName, Strict
from drivers.transports.base import Transport
from drivers.transports.serial_port import SerialPort
from protocols import zenyuan
from protocols.errors import FrameError
from protocols.zenyuan import AnswerFramer, Packet

T = TypeVar("T")
BAUD = 115200
TIMEOUT_S, VIN_TIMEOUT_S, CONNECT_TIMEOUT_S = 1.5, 6.0, 32.0
"""The box itself asks the vehicle; a public lane program waits 1, 5 and 30 s."""
REPEATS = 1
LIVE_EVERY_S = {1: 1.5, 2: 1.5, 3: 1.5, 6: 2.0, 7: 2.0, 9: 1.5}
LIVE_EVERY_CAN_S = 1.0
"""The box is not asked for live data more often, by protocol."""
LIVE_NAMES = {
    "engine_rpm": "obd_rpm", "speed_kmh": "obd_speed_kmh", "coolant_c": "obd_coolant_c", "egr_pct": "obd_egr_pct",
    "throttle_pct": "obd_throttle_pct", "engine_load_pct": "obd_load_pct", "pedal_d_pct": "obd_pedal_d_pct",
}  # fmt: skip
FINDING = "find the vehicle's protocol"


class ZenYuanSettings(Strict):
    """A ZenYuan VCI box."""

    driver: Literal["zenyuan-vci"]
    port: PortName
    fuel: Literal["petrol", "diesel"]
    """The box must be told what it reads, and lays its data list out accordingly. It has no default: a wrong one would
    not show at once."""


class ZenYuanReader(ConnectedReads):
    """A box that holds the dialogue with the vehicle itself."""

    def __init__(self, device: str, exchange: Exchange, pace: Pace, fuel: str) -> None:
        super().__init__(device)
        self.exchange = exchange
        self._pace = pace
        self._fuel = fuel
        self._box = Box(device, exchange)
        self._identity = Identity(None, None, None)

    async def open(self) -> None:
        """Open the port and ask for the firmware, which only such a box tells."""
        await self.exchange.open()
        told = await self._box.ask(Packet(zenyuan.FIRMWARE), "read the firmware")
        try:
            self._identity = Identity(None, None, zenyuan.decode_text(told) or None)
        except FrameError as error:
            raise WrongDeviceError(self.device, "read the firmware", str(error)) from error

    async def identify(self) -> Identity:
        """Return what the box said about itself when it was opened."""
        return self._identity

    async def close(self) -> None:
        """Close the port. The box has no word for leaving a vehicle."""
        self._vehicle = None
        await self.exchange.close()

    async def connect(self) -> str:
        """Let the box find the vehicle; NoReplyError when no control unit answers it."""
        self._vehicle = None
        try:
            online = await self._box.ask(Packet(zenyuan.ONLINE), FINDING)
        except NoReplyError as error:  # the box itself is silent: that says nothing about the car
            raise NotReadyError(self.device, FINDING, "the box does not answer; check its power") from error
        if online != bytes([zenyuan.ADAPTER_ONLINE]):
            raise NotReadyError(self.device, FINDING, "the box does not see its adapter in the vehicle")
        told = await self._box.ask(zenyuan.encode_connect(self._fuel), FINDING, CONNECT_TIMEOUT_S, repeats=0)
        number = told[0] if len(told) == 1 else None
        if number == 0:
            raise NoReplyError(self.device, FINDING, "no control unit answers; is the ignition on and the plug seated?")
        if number not in zenyuan.PROTOCOLS:
            raise GarbledReplyError(self.device, FINDING, f"the box tells protocol {told.hex(' ')}, which nobody knows")
        if number == zenyuan.SAE_J1939:
            what = "the vehicle speaks SAE J1939, whose codes this box tells in an unknown way; use a CAN interface"
            raise RefusedError(self.device, FINDING, what)
        self._vehicle = BoxVehicle(self._box, self._pace, number, self._fuel)
        return zenyuan.PROTOCOLS[number]

    async def disconnect(self) -> None:
        """Forget the vehicle. The box has no word for leaving it."""
        self._vehicle = None


class Box:
    """Questions to the box itself."""

    def __init__(self, device: str, exchange: Exchange) -> None:
        self._device = device
        self._exchange = exchange

    async def ask(self, packet: Packet, doing: str, timeout_s: float = TIMEOUT_S, *, repeats: int = REPEATS) -> bytes:
        """Return the data that answer a question."""
        request = zenyuan.encode(packet)
        answer = await self._exchange.ask(request, AnswerFramer, doing, timeout_s=timeout_s, repeats=repeats)
        if answer.function == zenyuan.DAMAGED:
            raise GarbledReplyError(self._device, doing, "the box says that the question came damaged")
        if answer.function != packet.function:
            raise GarbledReplyError(self._device, doing, f"answered {answer.function:04X}: another question")
        return answer.data


class BoxVehicle:
    """A vehicle that the box has found. An answer without data says that the vehicle did not tell."""

    def __init__(self, box: Box, pace: Pace, number: int, fuel: str) -> None:
        self.protocol = zenyuan.PROTOCOLS[number]
        self._box = box
        self._pace = pace
        self._fuel = fuel
        self._every_s = LIVE_EVERY_S.get(number, LIVE_EVERY_CAN_S)
        self._asked_ms: int | None = None
        self._turn = 0

    async def read_check(self) -> ObdFacts:
        """Read everything that the OBD check needs and the box tells."""
        ready = await self._told(zenyuan.READINESS, zenyuan.decode_readiness)
        stored = await self._told(zenyuan.STORED, zenyuan.decode_codes)
        if ready is None or stored is None:
            raise NoAnswerError("the box has no answer about lamp, monitors or codes, which each vehicle must know")
        obd_type = await self._told(zenyuan.OBD_TYPE, lambda data: data)
        return ObdFacts(
            protocol=self.protocol,
            obd_type=obd_type[0] if obd_type is not None and len(obd_type) == 1 else None,
            vin=await self._told(zenyuan.VIN, zenyuan.decode_vin, VIN_TIMEOUT_S),
            mil_on=ready.mil_on,
            dtc_count=None,
            ignition=None,
            stored_codes=stored,
            pending_codes=None,
            monitors={name: "complete" if done else "incomplete" for name, done in ready.monitors.items()},
            distance_with_mil_km=await self._told(zenyuan.DISTANCE, zenyuan.decode_distance),
            ecus=await self._units(),
            performance=await self._beside(zenyuan.PERFORMANCE, lambda d: zenyuan.decode_performance(d, self._fuel)),
        )

    async def read_live(self) -> ObdLive:
        """Take one look, no sooner than the box bears it: engine and data list in turn. The rest is not in it."""
        if self._asked_ms is not None:
            await self._pace.sleep(max(0.0, self._every_s - (self._pace.now_ms() - self._asked_ms) / 1000))
        self._asked_ms, self._turn = self._pace.now_ms(), 1 - self._turn
        if self._turn:
            told = await self._told(zenyuan.ENGINE, zenyuan.decode_engine)
        else:
            told = await self._told(zenyuan.LIVE, lambda data: zenyuan.decode_live(data, self._fuel))
        if told is None:
            raise NoAnswerError("the box hears no more of the vehicle; is the ignition on and the plug seated?")
        values: Values = {LIVE_NAMES[name]: value for name, value in told.items()}
        return ObdLive(values)

    async def _units(self) -> tuple[ObdEcu, ...]:
        """Read calibrations, which the box tells of the vehicle as a whole."""
        cal_id = await self._beside(zenyuan.CALIBRATION, zenyuan.decode_text, zenyuan.CAL_ID)
        cvns = await self._beside(zenyuan.CALIBRATION, zenyuan.decode_cvns, zenyuan.CVN)
        return (ObdEcu("", (cal_id,) if cal_id else (), cvns or ()),) if cal_id or cvns else ()

    async def _told(self, function: int, decode: Callable[[bytes], T], timeout_s: float = TIMEOUT_S) -> T | None:
        data = await self._box.ask(Packet(function), f"read {zenyuan.NAMES[function]}", timeout_s)
        return decode(data) if data else None

    async def _beside(self, function: int, decode: Callable[[bytes], T], item: int | None = None) -> T | None:
        """Read what is kept beside the check; nonsense there spoils nothing."""
        packet = Packet(function, b"" if item is None else bytes([item]))
        data = await self._box.ask(packet, f"read {zenyuan.NAMES[function]}")
        try:
            return decode(data) if data else None
        except FrameError:
            return None


def build(device: str, settings: ZenYuanSettings, transport: Transport | None, pace: Pace) -> Device:
    """Make the driver of a box."""
    line = transport or SerialPort(settings.port, BAUD, device=device)
    return ZenYuanReader(device, Exchange(device, line, pace), pace, settings.fuel)
