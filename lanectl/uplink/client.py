"""One MQTT connection after another, for as long as the lane runs.

Knows paho, TLS and reconnecting. Does not know what the messages mean, and keeps none: each connection starts with a
fresh client without a queue, because what must not be lost stays in the ledger's outbox until it is receipted.
"""

import asyncio
import contextlib
import logging
import random
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from lanectl.uplink.ports import LineClock

log = logging.getLogger(__name__)

CONNECT_LIMIT_S = 5.0
"""For TCP and TLS, and once more for CONNACK. Network time is real time, whatever clock the lane runs on."""
GOODBYE_LIMIT_S = 2.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 8.0
TAKEN_OVER = "Session taken over"
"""Another machine connects with our name. Lane and clone must not fight over it many times a minute."""
TAKEN_OVER_PAUSE_S = 30.0
IN_FLIGHT = 64
"""More than the sender ever has under way, so that states and queries are not held up behind records."""


class _TidySocket(ssl.SSLSocket):
    """Closes itself when the handshake fails; paho leaves that to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


@dataclass(frozen=True, slots=True)
class LineSettings:
    """Where the broker is and who we are. Host name and client certificate are always checked."""

    host: str
    port: int
    ca: Path
    cert: Path
    key: Path
    keepalive_s: int = 15
    session_expiry_s: int = 7 * 24 * 3600

    def tls(self) -> ssl.SSLContext:
        """Return the TLS context; files are read for each connection, so that a renewed certificate is picked up."""
        context = ssl.create_default_context(cafile=str(self.ca))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.sslsocket_class = _TidySocket
        context.load_cert_chain(self.cert, self.key)
        return context


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as it came from the broker."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Retained:
    """A message that the broker keeps: a state, a will, a farewell."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Face:
    """What the line calls, always on the event loop: ``will`` before each connection, ``farewell`` before leaving."""

    will: Callable[[], Awaitable[Retained]]
    farewell: Callable[[], Retained]
    on_up: Callable[[], None]
    on_down: Callable[[str], None]
    on_message: Callable[[Incoming], None]


class Line:
    """Keeps one connection up. ``publish`` is to be called on the event loop."""

    def __init__(
        self,
        settings: LineSettings,
        client_id: str,
        topics: Sequence[str],
        clock: LineClock,
        face: Face,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._client_id = client_id
        self._topics = topics
        self._clock = clock
        self._face = face
        self._jitter = jitter
        self._up: paho.Client | None = None
        self._give_way = False

    @property
    def connected(self) -> bool:
        """Say whether the broker has accepted us and the connection has not ended."""
        return self._up is not None

    def give_way(self) -> None:
        """Say that another machine uses our name: when this connection ends, it was that one, and we wait long."""
        self._give_way = True

    async def run(self) -> None:
        """Connect, and connect again whenever the connection ends, until cancelled."""
        failures = 0
        while True:
            was_up, reason = await self._one_connection()
            reason, self._give_way = (TAKEN_OVER if self._give_way else reason), False
            log.warning("the line to the bureau is down: %s", reason)
            self._face.on_down(reason)
            failures = 0 if was_up else failures + 1
            await self._clock.sleep(pause_s(failures, reason, self._jitter()))

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, answer_to: str | None = None) -> bool:
        """Hand one QoS 1 message to the connection; False when there is none. Promises nothing about arrival."""
        if self._up is None:
            return False
        properties = _properties(PacketTypes.PUBLISH)
        properties.ContentType = "application/json"
        if answer_to is not None:
            properties.ResponseTopic = answer_to
        info = self._up.publish(topic, payload, qos=1, retain=retain, properties=properties)
        return info.rc == paho.MQTT_ERR_SUCCESS

    async def _one_connection(self) -> tuple[bool, str]:
        """Return whether it came up, and why it ended."""
        connection = _Connection(asyncio.get_running_loop(), self._face.on_message)
        client = self._client(connection, await self._face.will())
        try:
            await _to_the_end(self._open, client)
            async with asyncio.timeout(CONNECT_LIMIT_S):
                refusal = await connection.answered
            if refusal is not None:
                return False, refusal
            self._up = client
            self._face.on_up()
            return True, await connection.ended
        except OSError as error:  # TimeoutError and SSLError are among them
            return self._up is not None, str(error) or "no answer from the broker"
        except asyncio.CancelledError:
            if self._up is not None:
                await _to_the_end(_say_farewell, client, self._face.farewell())
            raise
        finally:
            self._up = None
            await _to_the_end(_close, client, connection)

    def _client(self, connection: "_Connection", will: Retained) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            protocol=paho.MQTTv5,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_LIMIT_S
        client.max_inflight_messages_set(IN_FLIGHT)
        client.will_set(will.topic, will.payload, qos=1, retain=True)
        connection.listen(client, self._topics)
        return client

    def _open(self, client: paho.Client) -> None:
        client.tls_set_context(self._settings.tls())
        properties = _properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = self._settings.session_expiry_s
        client.connect(
            self._settings.host,
            self._settings.port,
            keepalive=self._settings.keepalive_s,
            clean_start=False,
            properties=properties,
        )
        client.loop_start()


class _Connection:
    """One paho client's callbacks, handed over from its thread to the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, on_message: Callable[[Incoming], None]) -> None:
        self.answered: asyncio.Future[str | None] = loop.create_future()
        """None when the broker accepted us, else why not."""
        self.ended: asyncio.Future[str] = loop.create_future()
        self.closed = threading.Event()
        self._loop = loop
        self._on_message = on_message

    def listen(self, client: paho.Client, topics: Sequence[str]) -> None:
        """Wire the callbacks. They run in paho's thread and do nothing but hand over."""

        def connected(_c: paho.Client, _u: object, _f: object, code: ReasonCode, _p: object) -> None:
            if topics and not code.is_failure:
                client.subscribe([(topic, 1) for topic in topics])
            self._hand_over(_settle, self.answered, str(code) if code.is_failure else None)

        def disconnected(_c: paho.Client, _u: object, _f: object, code: ReasonCode, _p: object) -> None:
            self.closed.set()
            self._hand_over(_settle, self.answered, str(code))
            self._hand_over(_settle, self.ended, str(code))

        def message(_c: paho.Client, _u: object, message: paho.MQTTMessage) -> None:
            self._hand_over(self._on_message, Incoming(message.topic, bytes(message.payload)))

        client.on_connect = connected
        client.on_disconnect = disconnected
        client.on_message = message

    def _hand_over(self, function: Callable[..., None], *args: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to tell
            self._loop.call_soon_threadsafe(function, *args)


def pause_s(failures: int, reason: str, jitter: float) -> float:
    """Return how long to wait before the next connection; ``jitter`` in [0, 1) spreads the lanes of a station."""
    if reason == TAKEN_OVER:
        return TAKEN_OVER_PAUSE_S * (1.0 + jitter)
    longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures, 10))
    return longest * (0.5 + jitter / 2.0)


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]  # paho left this one without annotations


def _settle(future: "asyncio.Future[str | None]", value: str | None) -> None:
    if not future.done():
        future.set_result(value)


async def _to_the_end(work: Callable[..., None], *args: object) -> None:
    """Run blocking work in a thread and see it through, even when cancelled meanwhile; then pass the cancel on."""
    task = asyncio.ensure_future(asyncio.to_thread(work, *args))
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        with contextlib.suppress(OSError):
            task.result()
        raise cancelled
    task.result()


def _say_farewell(client: paho.Client, farewell: Retained) -> None:
    info = client.publish(farewell.topic, farewell.payload, qos=1, retain=True)
    with contextlib.suppress(RuntimeError, ValueError):  # the line broke meanwhile: the will speaks instead
        info.wait_for_publish(GOODBYE_LIMIT_S)


def _close(client: paho.Client, connection: _Connection) -> None:
    if client.disconnect() == paho.MQTT_ERR_SUCCESS and not connection.closed.wait(GOODBYE_LIMIT_S):
        wire = client.socket()
        if isinstance(wire, socket.socket):  # a dead line swallows even the goodbye
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)
    client.loop_stop()
