"""Explains captured frames of Nanhua opacimeters.

Knows how requests and replies read as named values. Does not know ports, drivers or limits.
"""

from protocols.captured import Captured, Explain, Explained
from protocols.nht import (
    Alarms,
    Done,
    Maxima,
    Model,
    Refused,
    Results,
    Smoke,
    State,
    decode_reply,
    decode_request,
)


def explainer(model: Model) -> Explain:
    """Return the function that explains frames of this model."""
    return lambda captured: _explain(model, captured)


def _explain(model: Model, captured: Captured) -> Explained:
    if captured.to_device:
        return _explain_request(model, captured.frame)
    action = decode_request(model, captured.request).action if captured.request else None
    reply = decode_reply(model, action, captured.frame)
    match reply:
        case Done(done):
            return Explained(done.name.lower(), flags=("accepted",))
        case Refused(error):
            return Explained("refused", {"error": float(error)}, flags=("refused",))
        case State(state):
            return Explained("state", {"state": float(captured.frame[1])}, flags=(state,))
        case Alarms(bits):
            return Explained("alarms", {"alarm_bits": float(bits)}, flags=("alarm",) if bits else ())
        case Smoke():
            return _explain_smoke(reply)
        case Maxima():
            values = {"opacity_n_max_pct": reply.opacity_n_pct, "opacity_k_max_per_m": reply.opacity_k_per_m}
            return Explained("maxima", values | {"engine_rpm_max": reply.engine_rpm})
        case Results():
            return _explain_results(reply)


def _explain_smoke(smoke: Smoke) -> Explained:
    values: dict[str, float | None] = {
        "opacity_n_pct": smoke.opacity_n_pct,
        "opacity_k_per_m": smoke.opacity_k_per_m,
        "engine_rpm": smoke.engine_rpm,
        "oil_temp_c": smoke.oil_temp_c,
    }
    return Explained("data", values, flags=("no_oil_probe",) if smoke.oil_temp_c is None else ())


def _explain_results(results: Results) -> Explained:
    values: dict[str, float | None] = {
        f"snap{number}_k_per_m": k for number, k in enumerate(results.snaps_k_per_m, start=1)
    }
    return Explained("results", values | {"opacity_k_per_m": results.mean_k_per_m, "idle_rpm": results.idle_rpm})


def _explain_request(model: Model, frame: bytes) -> Explained:
    request = decode_request(model, frame)
    if request.action is None:
        return Explained("unknown_request", {"code": float(request.code)}, flags=("unknown_to_this_model",))
    if request.state is None:
        return Explained(request.action.name.lower())
    return Explained("set_state", {"state": float(frame[1])}, flags=(request.state,))
