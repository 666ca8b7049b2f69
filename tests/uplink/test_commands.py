"""Orders of the bureau: signed, for this lane, in time, once."""

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lanectl.ledger.keys import TrustStore
from lanectl.uplink.commands import Command, CommandDesk, RefusalMeter
from lanectl.uplink.memory import LineMemory, MemoryDamagedError
from lanectl.uplink.signed import NotTrustedError


class Orders:
    def __init__(self, say: Any, station: Any, memory: LineMemory, wall_ms: int) -> None:
        self.obeyed: list[Command] = []
        trust = TrustStore.folder(station.trust)
        self.desk = CommandDesk(say.lane, trust, memory, lambda: wall_ms, self.obeyed.append)


NOW = datetime.fromisoformat("2026-11-21T10:00:00+08:00")


def _times(issued_s: float = 0.0, lasts_s: float = 60.0) -> dict[str, str]:
    issued = NOW + timedelta(seconds=issued_s)
    return {"issued_at": issued.isoformat(), "expires_at": (issued + timedelta(seconds=lasts_s)).isoformat()}


@pytest.fixture
def orders(say: Any, station: Any) -> Orders:
    return Orders(say, station, LineMemory(), round(NOW.timestamp() * 1000))


async def test_a_signed_order_is_obeyed(orders: Orders, say: Any, station: Any) -> None:
    command = await orders.desk.take(say.order(station.bureau_signing, **_times()))
    assert orders.obeyed == [command]
    assert command is not None
    assert (command.command, command.reason) == ("stop", "spot check")


async def test_a_second_delivery_of_the_same_order_is_neither_obeyed_nor_refused(
    orders: Orders, say: Any, station: Any
) -> None:
    payload = say.order(station.bureau_signing, **_times())
    await orders.desk.take(payload)
    assert await orders.desk.take(payload) is None
    assert len(orders.obeyed) == 1


async def test_an_older_order_is_a_replay_even_after_a_restart(say: Any, station: Any, tmp_path: Path) -> None:
    wall_ms, file = round(NOW.timestamp() * 1000), tmp_path / "line.json"
    first = Orders(say, station, LineMemory(file), wall_ms)
    unlock = say.order(station.bureau_signing, 1, command="unlock", **_times())
    await first.desk.take(unlock)
    await first.desk.take(say.order(station.bureau_signing, 2, command="lock", **_times()))
    second = Orders(say, station, LineMemory(file), wall_ms)
    with pytest.raises(NotTrustedError, match="replayed"):
        await second.desk.take(unlock)
    assert second.obeyed == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (_times(-61.0), "expired"),
        (_times(3600.0), "from_the_future"),
        ({"expires_at": "2026-11-21T10:30:00"}, "bad_time"),
        ({"expires_at": "soon"}, "bad_time"),
        ({"lane": "440106/44010625/02"}, "other_lane"),
        ({"command": "format"}, "wrong_shape"),
        ({"schema": "lanectl/receipt/1"}, "wrong_shape"),
    ],
)
async def test_a_signed_order_that_is_not_for_us_now_is_refused(
    orders: Orders, say: Any, station: Any, changes: Any, code: str
) -> None:
    with pytest.raises(NotTrustedError, match=code):
        await orders.desk.take(say.order(station.bureau_signing, **{**_times(), **changes}))
    assert orders.obeyed == []


async def test_a_forged_order_is_refused(orders: Orders, say: Any, forger: Any) -> None:
    with pytest.raises(NotTrustedError, match="unknown_key"):
        await orders.desk.take(say.order(forger, **_times()))


async def test_no_changed_byte_of_a_signed_order_is_obeyed(orders: Orders, say: Any, station: Any) -> None:
    good = say.order(station.bureau_signing, 7, **_times())
    for place in range(len(good)):
        changed = good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]
        with pytest.raises(NotTrustedError):
            await orders.desk.take(changed)
    assert orders.obeyed == []


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda text: text.replace('"command":"stop"', '"command":"unlock"'), "bad_signature"),
        (lambda text: text[:-1] + ',"command":"unlock"}', "unreadable"),
        (lambda text: text.replace('"seq":1', '"seq":NaN'), "unreadable"),
        (lambda text: "[" * 100_000, "unreadable"),
        (lambda text: "x" * 1_000_001, "too_large"),
        (lambda text: "[]", "unreadable"),
        (lambda text: "{}", "unsigned"),
    ],
)
async def test_tricks_with_json_are_refused(orders: Orders, say: Any, station: Any, edit: Any, code: str) -> None:
    text = json.dumps(json.loads(say.order(station.bureau_signing, **_times())), separators=(",", ":"))
    with pytest.raises(NotTrustedError, match=code):
        await orders.desk.take(edit(text).encode())


def test_a_session_number_is_never_used_twice(tmp_path: Path) -> None:
    file = tmp_path / "line.json"
    assert [LineMemory(file).next_session() for _ in range(3)] == [1, 2, 3]


def test_a_damaged_memory_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    file = tmp_path / "line.json"
    file.write_text('{"session": 3, "comm')
    with pytest.raises(MemoryDamagedError):
        LineMemory(file)


def test_a_flood_of_refusals_is_told_ten_times_a_minute() -> None:
    meter = RefusalMeter()
    assert sum(meter.may_tell(1_000) for _ in range(10_000)) == 10
    assert meter.may_tell(61_000)
    assert meter.told() == 9_990
    assert meter.told() == 0


async def test_a_thousand_forgeries_are_refused(orders: Orders, say: Any, forger: Any) -> None:
    forged = say.order(forger, **_times())
    for number in range(1_000):
        with pytest.raises(NotTrustedError):
            await orders.desk.take(forged + b" " * (number % 7))
    await asyncio.sleep(0)
    assert orders.obeyed == []
