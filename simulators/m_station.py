"""An M-station: repairs, settles, and hands the repair record in at the bureau's door. It can also do it wrong.

Knows the bureau's door (HTTPS, client certificate) and nothing of lanes.
"""

import http.client
import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from simulators.pki import LineFiles


class NotTakenError(Exception):
    """The bureau did not take the record, and said why."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A settled repair. ``settled_on`` is a local date, or a date with time."""

    record: str
    plate: str
    vin: str
    settled_on: str
    certificate: str | None = None
    settlement_list: str | None = None
    invoice: str | None = None
    items: Sequence[str] = field(default_factory=tuple)

    def body(self, *, uploaded: bool) -> dict[str, object]:
        """Return the message's body."""
        return {
            "plate": self.plate,
            "vin": self.vin,
            "settled_on": self.settled_on,
            "documents": {
                "certificate": self.certificate,
                "settlement_list": self.settlement_list,
                "invoice": self.invoice,
            },
            "items": list(self.items),
            "uploaded": uploaded,
        }


class MStation:
    """One M-station with its certificate. The calls block; each opens its own connection."""

    def __init__(self, line: LineFiles, host: str, port: int) -> None:
        self._line = line
        self._host, self._port = host, port

    def upload(self, repair: Repair) -> None:
        """Hand a repair record in, complete; raises NotTakenError."""
        self._put(repair.record, repair.body(uploaded=True))

    def announce(self, repair: Repair) -> None:
        """Tell the bureau of a settled repair without uploading its record: the gate must not open for it."""
        self._put(repair.record, repair.body(uploaded=False))

    def _put(self, record: str, body: Mapping[str, object]) -> None:
        connection = http.client.HTTPSConnection(self._host, self._port, timeout=10, context=self._tls())
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("PUT", f"/repairs/{quote(record)}", json.dumps(body), headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if not answer.get("accepted"):
            raise NotTakenError(str(answer.get("reason")))

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self._line.ca))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self._line.cert, self._line.key)
        return context
