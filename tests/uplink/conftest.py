"""A lane's uplink against two real brokers, with the simulated bureau or a hand-held one at the other end."""

import asyncio
import base64
import contextlib
import hashlib
import json
import shutil
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Protocol

import paho.mqtt.client as paho
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from paho.mqtt.enums import CallbackAPIVersion

from lanectl.lane.clock import RealClock
from lanectl.ledger.keys import TrustStore
from lanectl.model.record import LaneIdentity
from lanectl.uplink.bureau_port import Habits, MqttBureau
from lanectl.uplink.client import Line, LineSettings
from lanectl.uplink.commands import Command
from lanectl.uplink.sender import Pace
from simulators.broker import Broker, free_port
from simulators.pki import LineFiles, SigningKey, StationFiles, key_id, make_signing_key, make_station

LANE = "440106/44010625/01"
OTHER_LANE = "440106/44010699/01"
IDENTITY = LaneIdentity("440106", "44010625", "01", "training")
BEIJING = timezone(timedelta(hours=8))
QUICK = Habits(pace=Pace(window=8, resend_after_s=0.4, look_every_s=0.1), patience_s=3.0, state_every_s=0.5)


class AnyBroker(Protocol):
    """What a test may do to a broker."""

    host: str
    port: int

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def restart(self) -> None: ...


class Mosquitto:
    """Debian's mosquitto with TLS 1.3 and client certificates; the certificate's name is the user's name."""

    host = "127.0.0.1"

    def __init__(self, line: LineFiles, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        access = folder / "acl"
        lines = ["user bureau", "topic readwrite lanectl/v1/#"]
        for lane in (LANE, OTHER_LANE):
            lines += [f"user {lane}", f"topic write lanectl/v1/{lane}/#"]
            own = ("receipt", "answer", "command", "state")
            lines += [f"topic read lanectl/v1/{lane}/{last}" for last in own]
        access.write_text("\n".join(lines) + "\n")
        (folder / "mosquitto.conf").write_text(
            f"listener {self.port} {self.host}\ncafile {line.ca}\ncertfile {line.cert}\nkeyfile {line.key}\n"
            "tls_version tlsv1.3\nrequire_certificate true\nuse_identity_as_username true\n"
            f"acl_file {access}\npersistence true\npersistence_location {folder}/\nautosave_interval 1\n"
            "autosave_on_changes true\nallow_anonymous false\nlog_type error\nuser root\n"
        )

    async def start(self) -> None:
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
        assert program, "mosquitto is missing: apt-get install mosquitto (or leave its tests out: -m 'not peer')"
        self._process = await asyncio.create_subprocess_exec(
            program, "-c", str(self._folder / "mosquitto.conf"), stderr=asyncio.subprocess.DEVNULL
        )
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), 0.2):
                return
            await asyncio.sleep(0.01)
        raise AssertionError("mosquitto does not listen")

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            await process.wait()

    async def restart(self) -> None:
        await self.stop()
        await self.start()


@pytest.fixture(scope="session")
def station(tmp_path_factory: pytest.TempPathFactory) -> StationFiles:
    return make_station(tmp_path_factory.mktemp("station"), [LANE, OTHER_LANE], ["M0001"])


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> StationFiles:
    """Somebody with a CA and keys of their own, whom nobody trusts."""
    return make_station(tmp_path_factory.mktemp("stranger"), [LANE])


@pytest.fixture(params=["embedded", pytest.param("mosquitto", marks=pytest.mark.peer)])
async def broker(request: pytest.FixtureRequest, station: StationFiles, tmp_path: Path) -> AsyncIterator[AnyBroker]:
    served: AnyBroker
    served = Broker(station.broker, tmp_path) if request.param == "embedded" else Mosquitto(station.broker, tmp_path)
    await served.start()
    yield served
    await served.stop()


@dataclass(frozen=True)
class Row:
    message_id: str
    kind: str
    payload: bytes
    posted_at: datetime


@dataclass(frozen=True)
class Summary:
    waiting: int
    oldest_at: datetime | None


@dataclass
class MemoryOutbox:
    """An outbox that lives in memory and remembers what was done to it."""

    rows: dict[str, Row] = field(default_factory=dict)
    settled: dict[str, bytes] = field(default_factory=dict)
    quarantined: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    posted: int = 0

    def add(self, kind: str = "event", **content: object) -> str:
        self.posted += 1
        message_id = f"{kind}-{self.posted}"
        body = {"schema": f"lanectl/{kind}/1", "id": message_id, "seq": self.posted, **content}
        at = datetime.now(BEIJING)
        self.rows[message_id] = Row(message_id, kind, json.dumps(body).encode(), at)
        return message_id

    def pending(self, limit: int, /) -> Sequence[Row]:
        return list(self.rows.values())[:limit]

    def settle(self, message_id: str, receipt: bytes, /) -> bool:
        self.settled[message_id] = receipt
        return self.rows.pop(message_id, None) is not None

    def quarantine(self, message_id: str, reason: str, /) -> None:
        self.quarantined[message_id] = reason
        del self.rows[message_id]

    def post(self, kind: str, payload: Mapping[str, object], at: datetime, /) -> str:
        self.events.append(dict(payload))
        return f"{kind}-posted-{len(self.events)}"

    def outbox_state(self) -> Summary:
        return Summary(len(self.rows), next((row.posted_at for row in self.rows.values()), None))


async def at_once(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return function(*args, **kwargs)


class Bench:
    """Makes uplinks and ends them with the test."""

    def __init__(self, broker: AnyBroker, station: StationFiles) -> None:
        self.broker = broker
        self.station = station
        self.orders: list[Command] = []
        self._tasks: list[asyncio.Task[None]] = []

    def settings(self, line: LineFiles) -> LineSettings:
        return LineSettings(self.broker.host, self.broker.port, line.ca, line.cert, line.key)

    def uplink(self, outbox: Any, *, on_ledger: Any = at_once, **options: Any) -> MqttBureau:
        clock = RealClock()
        given = {"on_command": self.orders.append, "habits": QUICK, **options}
        settings = self.settings(self.station.lanes[LANE].line)
        trust = TrustStore.folder(self.station.trust)
        return MqttBureau(IDENTITY, settings, outbox, on_ledger, trust, clock, clock.wall_ms, **given)

    def run(self, uplink: MqttBureau) -> "asyncio.Task[None]":
        task = asyncio.create_task(uplink.run())
        self._tasks.append(task)
        return task

    async def end(self, task: "asyncio.Task[None]") -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def end_all(self) -> None:
        for task in self._tasks:
            await self.end(task)


@pytest.fixture
async def bench(broker: AnyBroker, station: StationFiles) -> AsyncIterator[Bench]:
    made = Bench(broker, station)
    yield made
    await made.end_all()


class Peer:
    """A plain MQTT client with any certificate: listens, and says what a test tells it to."""

    def __init__(self, broker: AnyBroker, line: LineFiles, name: str, topics: Sequence[str] = ()) -> None:
        self.heard: list[paho.MQTTMessage] = []
        self.react: Callable[[paho.MQTTMessage], None] = lambda _message: None
        self._topics = topics
        self._ready = False
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=paho.MQTTv5)
        self._client.tls_set(str(line.ca), str(line.cert), str(line.key))
        self._client.on_connect = self._connected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._message
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()

    def _connected(self, client: paho.Client, *_: Any) -> None:
        if self._topics:
            client.subscribe([(topic, 1) for topic in self._topics])
        else:
            self._ready = True

    def _subscribed(self, *_: Any) -> None:
        self._ready = True

    def _message(self, _c: Any, _u: Any, message: paho.MQTTMessage) -> None:
        self.heard.append(message)
        self.react(message)

    @property
    def ready(self) -> bool:
        return self._ready

    def say(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, qos=1)

    def payloads(self, last: str) -> list[dict[str, Any]]:
        return [json.loads(m.payload) for m in list(self.heard) if m.topic.endswith("/" + last)]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
async def peer(broker: AnyBroker, station: StationFiles) -> AsyncIterator[Callable[..., Awaitable[Peer]]]:
    made: list[Peer] = []

    async def make(*topics: str, line: LineFiles | None = None) -> Peer:
        one = await asyncio.to_thread(Peer, broker, line or station.bureau, f"peer-{len(made)}", topics)
        made.append(one)
        await eventually(lambda: one.ready)
        return one

    yield make
    for one in made:
        await asyncio.to_thread(one.close)


async def eventually(holds: Callable[[], object], within_s: float = 8.0) -> None:
    """Wait for another process or thread; the loop stays free."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        await asyncio.sleep(0.01)


def cut(line: Line) -> None:
    """Break the connection under a line, as a pulled cable and a broker that noticed would."""
    assert line._up is not None
    wire: Any = line._up.socket()
    with contextlib.suppress(OSError):  # paho's thread may notice, and close, while we are still at it
        wire.shutdown(socket.SHUT_RDWR)


def sign(files: SigningKey, body: Mapping[str, object]) -> bytes:
    """Sign as a bureau does, with any key."""
    key = load_pem_private_key(files.private.read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    named: dict[str, Any] = {**body, "key_id": key_id(key.public_key())}
    signature = base64.b64encode(key.sign(rfc8785.dumps(named))).decode()
    return json.dumps({**named, "signature": signature}).encode()


def receipt(files: SigningKey, message_id: str, payload: bytes, **changes: object) -> bytes:
    body = {
        "schema": "lanectl/receipt/1",
        "id": message_id,
        "sha256": hashlib.sha256(payload).hexdigest(),
        "accepted": True,
        "reason": "kept",
        "report": None,
        "received_at": datetime.now(BEIJING).isoformat(),
    }
    return sign(files, {**body, **changes})


def order(files: SigningKey, seq: int = 1, **changes: object) -> bytes:
    now = datetime.now(BEIJING)
    body = {
        "schema": "lanectl/command/1",
        "id": f"command-{seq}",
        "seq": seq,
        "lane": LANE,
        "command": "stop",
        "reason": "spot check",
        "issued_at": now.isoformat(),
        "expires_at": (now + timedelta(seconds=60)).isoformat(),
    }
    return sign(files, {**body, **changes})


def answer(files: SigningKey, query: Mapping[str, Any], **changes: object) -> bytes:
    body = {
        "schema": "lanectl/answer/1",
        "id": query["id"],
        "nonce": query["nonce"],
        "plate": query["plate"],
        "vin": query["vin"],
        "failures": [],
        "repairs": [],
        "m_stations": [],
        "answered_at": datetime.now(BEIJING).isoformat(),
    }
    return sign(files, {**body, **changes})


@pytest.fixture
def say() -> Any:
    """The vocabulary of these tests: eventually, sign, receipt, order, answer, and who is who."""

    class Vocabulary:
        lane, other_lane, identity = LANE, OTHER_LANE, IDENTITY
        memory_outbox = MemoryOutbox
        quick = QUICK
        eventually = staticmethod(eventually)
        cut = staticmethod(cut)
        sign = staticmethod(sign)
        receipt = staticmethod(receipt)
        order = staticmethod(order)
        answer = staticmethod(answer)
        at_once = staticmethod(at_once)

    return Vocabulary


@pytest.fixture(scope="session")
def forger(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    """A signing key that nobody trusts."""
    return make_signing_key(tmp_path_factory.mktemp("forger"), "forger")
