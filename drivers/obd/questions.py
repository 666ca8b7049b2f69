"""What an OBD check and the live data ask of a vehicle's control units, over whatever tool carries the messages.

Knows which items are asked for, that several control units may answer, and how their answers become one set of facts.
Does not know tools, buses or ports, and concludes nothing from the facts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from drivers.readings import ObdEcu, ObdFacts, ObdLive
from protocols import j1979
from protocols.errors import FrameError

OBD_TYPE, DISTANCE_WITH_MIL = 0x1C, 0x21
LIVE_NAMES: Mapping[str, tuple[tuple[int, str], ...]] = {
    "obd_rpm": ((0x0C, "engine_rpm"),),
    "obd_speed_kmh": ((0x0D, "speed_kmh"),),
    "obd_coolant_c": ((0x05, "coolant_c"),),
    "obd_throttle_pct": ((0x11, "throttle_pct"),),
    "obd_load_pct": ((0x04, "engine_load_pct"),),
    "obd_map_kpa": ((0x0B, "map_kpa"),),
    "obd_maf_g_s": ((0x10, "maf_g_s"),),
    # Of a diesel: how far the pedal is down, and what its first NOx sensor measures.
    "obd_pedal_d_pct": ((0x49, "pedal_d_pct"),),
    "obd_nox_ppm": ((0x83, "nox_11_ppm"),),
    # Measured by the front sensor where it is a wide-band one, else what the control unit aims at.
    "obd_lambda": ((0x24, "o2_sensor_1_lambda"), (0x34, "o2_sensor_1_lambda"), (0x44, "commanded_lambda")),
}
"""Trace name -> the items that can give it, best first."""


@dataclass(frozen=True, slots=True)
class EcuAnswer:
    """One response message of one control unit."""

    ecu: str
    data: bytes


class NoAnswerError(Exception):
    """Silence where every vehicle must answer; it must never read as "no codes"."""


class Ask(Protocol):
    """Carries one request to all control units and brings back their answers; refusals and silence give nothing."""

    async def __call__(self, request: j1979.Request, doing: str) -> list[EcuAnswer]:
        """Return the answers that belong to this request."""


class Questions:
    """The dialogue with one vehicle. Which items exist is asked once, when the vehicle is found."""

    def __init__(self, ask: Ask, *, can: bool) -> None:
        self._ask = ask
        self._can = can
        self._items: frozenset[int] = frozenset()

    async def learn_items(self) -> None:
        """Ask which live-data items exist."""
        self._items = await self._supported(j1979.LIVE)

    async def read_check(self, protocol: str) -> ObdFacts:
        """Read everything that the OBD check needs."""
        status = _merge(await self._live(j1979.PID_MONITORS))
        if status is None:
            raise NoAnswerError("no control unit answers the question for its lamp and monitors, which each must know")
        obd_type = await self._number(OBD_TYPE, "obd_type")
        return ObdFacts(
            protocol=protocol,
            obd_type=None if obd_type is None else int(obd_type),
            vin=await self._vin(),
            mil_on=status.mil_on,
            dtc_count=status.dtc_count,
            ignition=status.ignition,
            stored_codes=await self._codes(j1979.STORED),
            pending_codes=await self._codes(j1979.PENDING),
            monitors={name: "complete" if done else "incomplete" for name, done in status.monitors.items()},
            distance_with_mil_km=await self._number(DISTANCE_WITH_MIL, "distance_with_mil_km"),
            ecus=await self._ecus(),
        )

    async def read_live(self) -> ObdLive:
        """Take one look at the live data; items that the vehicle does not have are None."""
        values: dict[str, float | None] = {}
        for name, sources in LIVE_NAMES.items():
            source = next((source for source in sources if source[0] in self._items), None)
            values[name] = await self._number(*source) if source else None
        return ObdLive(values)

    async def _supported(self, service: int) -> frozenset[int]:
        found: frozenset[int] = frozenset()
        for first in j1979.MASK_PIDS:
            if first and first not in found:
                break
            for _, response in await self._responses(j1979.Request(service, (first,)), "ask for items"):
                if isinstance(response, j1979.Supported):
                    found |= response.items
        return found

    async def _live(self, pid: int) -> list[j1979.Response]:
        doing = f"read live-data item {pid:02X}"
        return [response for _, response in await self._responses(j1979.Request(j1979.LIVE, (pid,)), doing)]

    async def _number(self, pid: int, name: str) -> float | None:
        if pid not in self._items:
            return None
        for response in await self._live(pid):
            if isinstance(response, j1979.Live) and name in response.values:
                return response.values[name]
        return None

    async def _codes(self, service: int) -> tuple[str, ...]:
        answers = await self._ask(j1979.Request(service), f"read codes of service {service:02X}")
        if not answers and service == j1979.STORED:
            raise NoAnswerError("no control unit answers the question for stored codes, which each must know")
        decode = j1979.decode_response if self._can else j1979.decode_uncounted_codes
        found = [decode(answer.data) for answer in answers]
        codes = (code for response in found if isinstance(response, j1979.Codes) for code in response.codes)
        return tuple(dict.fromkeys(codes))

    async def _vin(self) -> str | None:
        for texts in (await self._texts(j1979.INFO_VIN)).values():
            if texts and len(texts[0]) == j1979.VIN_LENGTH:
                return texts[0]
        return None

    async def _ecus(self) -> tuple[ObdEcu, ...]:
        cal_ids, cvns = await self._texts(j1979.INFO_CAL_ID), await self._texts(j1979.INFO_CVN)
        return tuple(ObdEcu(ecu, cal_ids.get(ecu, ()), cvns.get(ecu, ())) for ecu in sorted({*cal_ids, *cvns}))

    async def _texts(self, info: int) -> dict[str, tuple[str, ...]]:
        request = j1979.Request(j1979.INFORMATION, (info,))
        responses = await self._responses(request, f"read vehicle information {info:02X}")
        return {ecu: response.texts for ecu, response in responses if isinstance(response, j1979.Information)}

    async def _responses(self, request: j1979.Request, doing: str) -> list[tuple[str, j1979.Response]]:
        answers = await self._ask(request, doing)
        if request.service == j1979.INFORMATION and not self._can:
            answers = _joined(answers)
        decoded = ((answer.ecu, _decoded(answer.data)) for answer in answers)
        return [(ecu, response) for ecu, response in decoded if response is not None]


def _decoded(data: bytes) -> j1979.Response | None:
    """Decode one answer. Odd vehicle information counts as not given; damage anywhere else is damage and raises."""
    try:
        return j1979.decode_response(data)
    except FrameError:
        if data[:1] == bytes([j1979.INFORMATION + 0x40]):
            return None
        raise


def _joined(answers: Iterable[EcuAnswer]) -> list[EcuAnswer]:
    """Join the numbered lines of each pre-CAN control unit."""
    lines: dict[str, list[bytes]] = {}
    for answer in answers:
        lines.setdefault(answer.ecu, []).append(answer.data)
    return [EcuAnswer(ecu, j1979.join_lines(parts)) for ecu, parts in lines.items()]


def _merge(responses: Iterable[j1979.Response]) -> j1979.MonitorStatus | None:
    """Join what several units say: the lamp if one wants it, all codes, complete only if complete everywhere."""
    found = [response for response in responses if isinstance(response, j1979.MonitorStatus)]
    if not found:
        return None
    monitors: dict[str, bool] = {}
    for status in found:
        for name, complete in status.monitors.items():
            monitors[name] = complete and monitors.get(name, True)
    mil_on, count = any(status.mil_on for status in found), sum(status.dtc_count for status in found)
    return j1979.MonitorStatus(mil_on, count, found[0].ignition, monitors)
