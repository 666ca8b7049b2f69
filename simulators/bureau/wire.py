"""The bureau's own connection to the broker. Knows MQTT; hands every message to the desk and sends what it returns."""

import logging
import ssl
from collections.abc import Callable

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from simulators.bureau.desk import Reply
from simulators.pki import LineFiles

log = logging.getLogger(__name__)

EVERY_LANE = "lanectl/v1/+/+/+/#"
OWN = ("receipt", "answer", "command")
"""What the bureau itself publishes under the topics that it listens to."""
Handle = Callable[[str, bytes, str | None], list[Reply]]


class Wire:
    """One lasting session; paho reconnects by itself, and what was missed is resent by the lanes."""

    def __init__(self, host: str, port: int, line: LineFiles, handle: Handle, client_id: str = "bureau") -> None:
        self._host, self._port = host, port
        self._handle = handle
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=paho.MQTTv5)
        self._client.tls_set_context(_tls(line))
        self._client.reconnect_delay_set(1, 2)
        self._client.on_connect = self._connected
        self._client.on_message = self._message

    def start(self) -> None:
        """Connect; raises OSError when nobody is there."""
        properties = _properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = 3600
        self._client.connect(self._host, self._port, keepalive=15, clean_start=False, properties=properties)
        self._client.loop_start()

    def stop(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, reply: Reply) -> None:
        """Publish once, QoS 1, not retained."""
        properties = _properties(PacketTypes.PUBLISH)
        properties.ContentType = "application/json"
        self._client.publish(reply.topic, reply.payload, qos=1, properties=properties)

    def _connected(self, client: paho.Client, _u: object, _f: object, code: ReasonCode, _p: object) -> None:
        if code.is_failure:
            log.warning("the broker refuses the bureau: %s", code)
        else:
            client.subscribe(EVERY_LANE, qos=1)

    def _message(self, _c: paho.Client, _u: object, message: paho.MQTTMessage) -> None:
        if message.topic.split("/", 5)[-1] in OWN:
            return
        answer_to = getattr(message.properties, "ResponseTopic", None)
        for reply in self._handle(message.topic, bytes(message.payload), answer_to):
            self.send(reply)


def _tls(line: LineFiles) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(line.ca))
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(line.cert, line.key)
    return context


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]  # paho left this one without annotations
