"""Explains captured frames of Mingquan's diesel analyzers.

Knows how requests and replies read as named values. Does not know ports, drivers, limits, or whether a unit's NO word
is NOx.
"""

from dataclasses import asdict

from protocols.captured import Captured, Explain, Explained
from protocols.mqw_510x import (
    Action,
    DataAndStatus,
    Done,
    Model,
    Refused,
    Status,
    decode_reply,
    decode_request,
)
from protocols.values_mqw_510x import Ambient, Background, Data5101, Data5102, SmokeMaxima

NO_OR_NOX = "no_or_nox"
"""Readers of the MQW-5102 differ on whether its word is NO or NOx; it is given under the name NO."""


def explainer(model: Model) -> Explain:
    """Return the function that explains frames of this model."""
    return lambda captured: _explain(model, captured)


def _explain(model: Model, captured: Captured) -> Explained:
    if captured.to_device:
        return _explain_request(model, captured.frame)
    reply = decode_reply(model, _asked(model, captured), captured.frame)
    match reply:
        case Done(done):
            return Explained(done.name.lower(), flags=("accepted",))
        case Refused(code, error):
            values = {"code": float(code), "error": None if error is None else float(error)}
            return Explained("refused", values, flags=("refused",))
        case Status():
            return Explained("status", flags=_words(model, reply), texts={"status_bytes": reply.raw.hex(" ").upper()})
        case DataAndStatus(data, status):
            texts = {"status_bytes": status.raw.hex(" ").upper()}
            return Explained("data_and_status", asdict(data), _words(model, status), texts)
        case Data5101():
            return Explained("data", asdict(reply))
        case Data5102():
            return Explained("data", asdict(reply), flags=(NO_OR_NOX,))
        case Background():
            return Explained("background", asdict(reply))
        case Ambient():
            return Explained("ambient", asdict(reply))
        case SmokeMaxima():
            return Explained("smoke_maxima", {f"{name}_max": value for name, value in asdict(reply).items()})


def _asked(model: Model, captured: Captured) -> Action | None:
    return decode_request(model, captured.request).action if captured.request else None


def _words(model: Model, status: Status) -> tuple[str, ...]:
    return tuple(sorted(model.words(status)))


def _explain_request(model: Model, frame: bytes) -> Explained:
    request = decode_request(model, frame)
    if request.action is None:
        return Explained("unknown_request", {"code": float(request.code)}, flags=("unknown_to_this_model",))
    return Explained(request.action.name.lower())
