"""What an OBD check and the live data ask of a vehicle's control units, over whatever tool carries the messages.

Knows which items are asked for, that several control units may answer, and how their answers become one set of facts.
Does not know tools, buses or ports, how a dialect writes a question, and concludes nothing from the facts.
"""

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from drivers.errors import GarbledReplyError
from drivers.obd.live_data import LIVE_NAMES, Values, with_what_follows
from drivers.readings import ObdEcu, ObdFacts, ObdLive
from protocols import j1979, wwh_obd
from protocols.errors import FrameError, SequenceError
from protocols.obd_dialects import ObdDialect
from protocols.pids_j1979 import ITEMS

T = TypeVar("T")
OBD_TYPE, DISTANCE_WITH_MIL, ODOMETER = 0x1C, 0x21, 0xA6


@dataclass(frozen=True, slots=True)
class EcuAnswer:
    """One response message of one control unit."""

    ecu: str
    data: bytes


class NoAnswerError(Exception):
    """Silence where every vehicle must answer; it must never read as "no codes"."""


class Ask(Protocol):
    """Carries one question to all control units and brings back their answers; refusals and silence give nothing."""

    async def __call__(self, request: bytes, doing: str) -> list[EcuAnswer]:
        """Return the answers that belong to this question."""


class Twice:
    """Asks twice, while it is on, and believes what two answers say: a flipped digit of a code is another code."""

    def __init__(self, ask: Ask) -> None:
        self.on = False
        self._ask = ask

    async def __call__(self, request: bytes, doing: str) -> list[EcuAnswer]:
        """Return the answers; FrameError when no two of three agree."""
        heard = [await self._ask(request, doing)]
        for _ in range(2 if self.on else 0):
            again = await self._ask(request, doing)
            if any(_same(again, before) for before in heard):
                return again
            heard.append(again)
        if len(heard) > 1:
            raise SequenceError(f"{doing}: three answers, no two of them alike")
        return heard[0]


def _same(some: list[EcuAnswer], others: list[EcuAnswer]) -> bool:
    """Say whether these are the same answers, in whichever order they came."""
    return sorted((one.ecu, one.data) for one in some) == sorted((one.ecu, one.data) for one in others)


class Questions:
    """The dialogue with one vehicle. Which items exist is asked once, when the vehicle is found."""

    def __init__(self, ask: Ask, dialect: ObdDialect, *, checked: bool, numbered: bool = False) -> None:
        """Begin the dialogue.

        ``checked``: every byte on its way to us is under a checksum. Where it is not (a serial line with text), what a
        check reads is asked for twice and must come twice. ``numbered``: vehicle information comes in numbered lines,
        as on buses older than CAN.
        """
        self._ask = Twice(ask)
        self._dialect = dialect
        self._checked = checked
        self._numbered = numbered
        self._most_items = dialect.most_items
        self._items: frozenset[int] = frozenset()

    async def learn_items(self) -> None:
        """Ask which live-data items exist."""
        found: frozenset[int] = frozenset()
        for first in j1979.MASK_PIDS:
            if first and first not in found:
                break
            for _, response in await self._responses(self._dialect.live((first,)), "ask for items"):
                if isinstance(response, j1979.Supported):
                    found |= response.items
        self._items = found

    async def read_check(self, protocol: str) -> ObdFacts:
        """Read everything that the OBD check needs."""
        self._ask.on = not self._checked
        try:
            return await self._read_check(protocol)
        finally:
            self._ask.on = False

    async def _read_check(self, protocol: str) -> ObdFacts:
        status = _merge(await self._live((j1979.PID_MONITORS,)))
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
            stored_codes=await self._stored_codes(),
            pending_codes=await self._codes("pending"),
            monitors={name: "complete" if done else "incomplete" for name, done in status.monitors.items()},
            distance_with_mil_km=await self._number(DISTANCE_WITH_MIL, "distance_with_mil_km"),
            ecus=await self._ecus(),
            permanent_codes=await _if_sound(self._codes("permanent")),
            performance=await _if_sound(self._performance(status.ignition)),
            odometer_km=await _if_sound(self._number(ODOMETER, "odometer_km")),
        )

    async def read_live(self) -> ObdLive:
        """Take one look at the data list; items that the vehicle does not have are None."""
        sources = {name: self._source(name) for name in LIVE_NAMES}
        told = await self._numbers([source[0] for source in sources.values() if source is not None])
        values: Values = {name: told.get(source[1]) if source else None for name, source in sources.items()}
        return ObdLive(with_what_follows(values))

    def _source(self, name: str) -> tuple[int, str] | None:
        return next((source for source in LIVE_NAMES[name] if source[0] in self._items), None)

    async def _live(self, pids: Sequence[int]) -> list[wwh_obd.Response]:
        doing = f"read live-data item {' '.join(f'{pid:02X}' for pid in pids)}"
        return [response for _, response in await self._responses(self._dialect.live(pids), doing)]

    async def _number(self, pid: int, name: str) -> float | None:
        return (await self._numbers([pid])).get(name) if pid in self._items else None

    async def _numbers(self, pids: Sequence[int]) -> dict[str, float]:
        """Ask for these items, several at once where units can; whoever answers first is believed."""
        values: dict[str, float] = {}
        for batch in _batches(dict.fromkeys(pids), self._most_items):
            found = await self._batch(batch)
            missing = [pid for pid in batch if not ITEMS[pid].names & found.keys()]
            if len(batch) > 1 and missing:  # it cannot answer so many: it is never asked so again
                self._most_items = 1
                for pid in missing:
                    found |= await self._batch((pid,))
            values = found | values
        return values

    async def _batch(self, pids: Sequence[int]) -> dict[str, float]:
        found: dict[str, float] = {}
        for response in await self._live(pids):
            if isinstance(response, j1979.Live):
                found = {**response.values, **found}
        return found

    async def _stored_codes(self) -> tuple[str, ...]:
        codes = await self._codes("stored")
        if codes is None:
            raise NoAnswerError("no control unit answers the question for stored codes, which each must know")
        return codes

    async def _codes(self, kind: str) -> tuple[str, ...] | None:
        """Return the codes of all units; None when nobody answers, which is not the same as none."""
        answers = await self._ask(self._dialect.codes(kind), f"read {kind} codes")
        codes = (code for answer in answers for code in self._dialect.decode_codes(answer.data))
        return tuple(dict.fromkeys(codes)) if answers else None

    async def _vin(self) -> str | None:
        for texts in (await self._texts(j1979.INFO_VIN)).values():
            if texts and len(texts[0]) == j1979.VIN_LENGTH:
                return texts[0]
        return None

    async def _ecus(self) -> tuple[ObdEcu, ...]:
        cal_ids, cvns = await self._texts(j1979.INFO_CAL_ID), await self._texts(j1979.INFO_CVN)
        return tuple(ObdEcu(ecu, cal_ids.get(ecu, ()), cvns.get(ecu, ())) for ecu in sorted({*cal_ids, *cvns}))

    async def _performance(self, ignition: str) -> Mapping[str, int] | None:
        """Return the counters of in-use performance, which belong to the engine's unit."""
        info = j1979.INFO_IUPR_SPARK if ignition == "spark" else j1979.INFO_IUPR_COMPRESSION
        for _, response in await self._responses(self._dialect.information(info), "read in-use performance"):
            if isinstance(response, j1979.Counters):
                return dict(response.counts)
        return None

    async def _texts(self, info: int) -> dict[str, tuple[str, ...]]:
        responses = await self._responses(self._dialect.information(info), f"read vehicle information {info:02X}")
        return {ecu: response.texts for ecu, response in responses if isinstance(response, j1979.Information)}

    async def _responses(self, request: bytes, doing: str) -> list[tuple[str, wwh_obd.Response]]:
        answers = await self._ask(request, doing)
        if request[0] == j1979.INFORMATION and self._numbered:
            answers = _joined(answers)
        decoded = ((answer.ecu, self._decoded(answer.data)) for answer in answers)
        return [(ecu, response) for ecu, response in decoded if response is not None]

    def _decoded(self, data: bytes) -> wwh_obd.Response | None:
        """Decode one answer. Odd vehicle information counts as not given; damage anywhere else is damage and raises."""
        try:
            return self._dialect.decode(data)
        except FrameError:
            if data[:1] == bytes([j1979.INFORMATION + 0x40]) or data[:2] == b"\x62\xf8":
                return None
            raise


async def _if_sound(asking: Awaitable[T]) -> T | None:
    """Return what is kept beside the check; a unit that answers it with nonsense does not spoil the rest."""
    try:
        return await asking
    except (FrameError, GarbledReplyError):
        return None


def _batches(pids: Iterable[int], most: int) -> list[tuple[int, ...]]:
    """Cut into questions. Items whose first byte says what is in them are asked for alone: their lengths vary."""
    plain = [pid for pid in pids if not ITEMS[pid].structured]
    alone = [(pid,) for pid in pids if ITEMS[pid].structured]
    return [tuple(plain[at : at + most]) for at in range(0, len(plain), most)] + alone


def _joined(answers: Iterable[EcuAnswer]) -> list[EcuAnswer]:
    """Join the numbered lines of each pre-CAN control unit."""
    lines: dict[str, list[bytes]] = {}
    for answer in answers:
        lines.setdefault(answer.ecu, []).append(answer.data)
    return [EcuAnswer(ecu, j1979.join_lines(parts)) for ecu, parts in lines.items()]


def _merge(responses: Iterable[wwh_obd.Response]) -> j1979.MonitorStatus | None:
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
