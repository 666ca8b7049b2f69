"""``lanectl-sim`` commands of the bureau side: keys, broker, bureau, M-station. Each runs until it is interrupted."""

import asyncio
import json
import signal
import sys
import threading
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from simulators.broker import Broker
from simulators.bureau import Bureau, Misdeeds, MStation, enrolled
from simulators.m_station import MStation as Shop
from simulators.m_station import NotTakenError, Repair
from simulators.pki import LineFiles, file_name, make_station

Folder = Annotated[Path, typer.Option(help="Folder that 'pki' made.")]


def add_commands(app: typer.Typer) -> None:
    """Mount the commands on the program's app."""
    app.command("pki")(pki)
    app.command("broker")(broker)
    app.command("bureau")(bureau)
    app.command("repair")(repair)


def pki(
    folder: Annotated[Path, typer.Option(help="Where to put everything; must not hold keys yet.")],
    lane: Annotated[list[str], typer.Option(help="region/station/lane; repeatable.")],
    m_station: Annotated[list[str] | None, typer.Option(help="Code of an M-station; repeatable.")] = None,
) -> None:
    """Make a training CA, certificates, signing keys and a trust store."""
    station = make_station(folder, lane, m_station or [])
    _say(
        {
            "trust": str(station.trust),
            "lanes": {name: str(files.signing.private) for name, files in station.lanes.items()},
        }
    )


def broker(folder: Folder, port: Annotated[int, typer.Option(help="Port on loopback; 0 chooses one.")] = 8883) -> None:
    """Run the embedded broker: TLS 1.3, client certificates, loopback only."""
    asyncio.run(_serve_broker(Broker(_line(folder, "broker"), folder / "broker", port)))


def bureau(
    folder: Folder,
    broker_port: Annotated[int, typer.Option(help="Port of the broker on loopback.")] = 8883,
    door_port: Annotated[int, typer.Option(help="Port at which M-stations hand in repair records.")] = 8443,
    m_station: Annotated[list[str] | None, typer.Option(help="Code of a listed M-station; repeatable.")] = None,
    receipt_key: Annotated[Path | None, typer.Option(help="Sign receipts with this key instead: a bad bureau.")] = None,
    *,
    forget_failures: Annotated[bool, typer.Option(help="Answer as if no vehicle ever failed: a bad bureau.")] = False,
) -> None:
    """Run the environment bureau."""
    listed = [MStation(code, date(2020, 1, 1)) for code in m_station or []]
    misdeeds = Misdeeds(seals_receipts_with=receipt_key, forgets_failures=forget_failures)
    keys = folder / "keys"
    with Bureau(
        folder / "bureau.db", keys / "bureau.key.pem", enrolled(folder / "trust"), m_stations=listed, misdeeds=misdeeds
    ) as office:
        office.start("127.0.0.1", broker_port, _line(folder, "bureau"), _line(folder, "bureau-door"), door_port)
        _say({"door": office.door_port})
        _until_interrupted()
        for row in office.received():
            _say({"lane": row.lane, "sequence": row.sequence, "outcome": row.outcome, "verified": row.verified})


def repair(
    folder: Folder,
    m_station: Annotated[str, typer.Option(help="Code of the M-station whose certificate is used.")],
    record: Annotated[str, typer.Option(help="Number of the repair record.")],
    plate: Annotated[str, typer.Option()],
    vin: Annotated[str, typer.Option()],
    settled_on: Annotated[str, typer.Option(help="YYYY-MM-DD, or with time.")],
    door_port: Annotated[int, typer.Option()] = 8443,
    *,
    announce: Annotated[bool, typer.Option(help="Only announce it: settled, but not uploaded.")] = False,
    papers: Annotated[bool, typer.Option(help="With certificate, settlement list and invoice.")] = True,
) -> None:
    """Hand a repair record in at the bureau, as an M-station."""
    shop = Shop(_line(folder, f"m-station-{m_station}"), "127.0.0.1", door_port)
    numbers = (f"CERT-{record}", f"LIST-{record}", f"INV-{record}") if papers else (None, None, None)
    work = Repair(record, plate, vin, settled_on, *numbers)
    try:
        shop.announce(work) if announce else shop.upload(work)
    except (NotTakenError, OSError) as error:
        sys.stderr.write(f"not taken: {error}\n")
        raise typer.Exit(1) from None
    _say({"record": record, "uploaded": not announce})


async def _serve_broker(served: Broker) -> None:
    async with served:
        _say({"host": served.host, "port": served.port})
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await stop.wait()


def _until_interrupted() -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()


def _line(folder: Path, name: str) -> LineFiles:
    tls = folder / "tls"
    return LineFiles(tls / "ca.pem", tls / f"{file_name(name)}.pem", tls / f"{file_name(name)}.key.pem")


def _say(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()
