"""Repair records come in at the bureau's door, from M-stations with a certificate and from nobody else."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators.bureau.door import Door
from simulators.m_station import MStation, NotTakenError, Repair
from simulators.pki import make_station

WORK = Repair("R1", "粤A12345", "LSVAA4182E2123456", "2026-11-22", "C1", "L1", "I1", ("catalyst replaced",))


@pytest.fixture
def bureau(world: Any) -> Any:
    return world.bureau()


@pytest.fixture
def door(bureau: Any, station: Any) -> Iterator[Door]:
    made = Door(station.bureau_door, bureau.take_repair)
    made.start()
    yield made
    made.stop()


def _shop(station: Any, door: Door, code: str = "M0001") -> MStation:
    return MStation(station.m_stations[code], door.host, door.port)


def test_an_uploaded_record_is_in_the_vehicles_history(world: Any, bureau: Any, door: Door, station: Any) -> None:
    _shop(station, door).upload(WORK)
    [repair] = bureau.history(world.plate, world.vin)["repairs"]
    assert (repair["record"], repair["m_station"], repair["uploaded"], repair["used_by"]) == ("R1", "M0001", True, None)
    assert repair["documents"] == {"certificate": "C1", "settlement_list": "L1", "invoice": "I1"}


def test_an_announced_record_is_known_but_not_uploaded_until_it_is(
    world: Any, bureau: Any, door: Door, station: Any
) -> None:
    shop = _shop(station, door)
    shop.announce(WORK)
    assert [repair["uploaded"] for repair in bureau.history(world.plate, world.vin)["repairs"]] == [False]
    shop.upload(WORK)
    assert [repair["uploaded"] for repair in bureau.history(world.plate, world.vin)["repairs"]] == [True]


def test_the_certificate_and_not_the_message_says_whose_record_it_is(door: Door, station: Any) -> None:
    _shop(station, door).upload(WORK)
    with pytest.raises(NotTakenError, match="another M-station"):
        _shop(station, door, "M0002").upload(WORK)


def test_an_uploaded_record_cannot_be_rewritten_but_sent_again(door: Door, station: Any) -> None:
    shop = _shop(station, door)
    shop.upload(WORK)
    shop.upload(WORK)
    with pytest.raises(NotTakenError, match="other content"):
        shop.upload(Repair("R1", "粤A12345", "LSVAA4182E2123456", "2026-12-01", "C1", "L1", "I1"))


def test_a_record_without_a_date_is_not_taken(door: Door, station: Any) -> None:
    with pytest.raises(NotTakenError):
        _shop(station, door).upload(Repair("R2", "x", "y", "tomorrow"))


def test_a_lanes_certificate_opens_no_door(world: Any, door: Door, station: Any) -> None:
    with pytest.raises(NotTakenError, match="not an M-station"):
        MStation(station.lanes[world.lane].line, door.host, door.port).upload(WORK)


def test_a_strangers_certificate_opens_no_door(
    world: Any, bureau: Any, door: Door, station: Any, tmp_path: Path
) -> None:
    theirs = make_station(tmp_path / "theirs", [world.lane], ["M0001"]).m_stations["M0001"]
    with pytest.raises((ssl.SSLError, OSError)):
        MStation(type(theirs)(station.broker.ca, theirs.cert, theirs.key), door.host, door.port).upload(WORK)
    assert bureau.history(world.plate, world.vin)["repairs"] == []
