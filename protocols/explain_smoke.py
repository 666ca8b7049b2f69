"""Explains captured frames of opacimeters.

Knows how requests and replies read as named values. Does not know any frame, ports, drivers or limits.
"""

from dataclasses import asdict

from protocols.captured import Captured, Explain, Explained
from protocols.smoke import Alarms, Dialect, Done, Full, Maxima, Refused, Results, Smoke, State

Values = dict[str, float | None]


def explainer(dialect: Dialect) -> Explain:
    """Return the function that explains frames of this dialect."""
    return lambda captured: _explain(dialect, captured)


def _explain(dialect: Dialect, captured: Captured) -> Explained:
    if captured.to_device:
        return _explain_request(dialect, captured.frame)
    action = dialect.decode_request(captured.request).action if captured.request else None
    reply = dialect.decode_reply(action, captured.frame)
    match reply:
        case Done(done):
            return Explained(done.name.lower(), flags=("accepted",))
        case Refused(error):
            return Explained("refused", {"error": float(error)}, flags=("refused",))
        case State(state, number):
            return Explained("state", {"state": None if number is None else float(number)}, flags=(state,))
        case Alarms(bits):
            return Explained("alarms", {"alarm_bits": float(bits)}, flags=("alarm",) if bits else ())
        case Smoke():
            return Explained("data", _smoke(reply), flags=_flags(dialect, reply))
        case Full(smoke, weather):
            return Explained("full", _smoke(smoke) | asdict(weather), flags=_flags(dialect, smoke))
        case Maxima():
            return Explained("maxima", _maxima(reply))
        case Results():
            return Explained("results", _results(reply))


def _smoke(smoke: Smoke) -> Values:
    """Return what was told; a temperature of the oil that could have been told, and was not, is None."""
    optional = ("opacity_k_per_m", "gas_temp_c", "disputed_word")
    return {name: value for name, value in asdict(smoke).items() if value is not None or name not in optional}


def _flags(dialect: Dialect, smoke: Smoke) -> tuple[str, ...]:
    return ("no_oil_probe",) if dialect.tells_oil and smoke.oil_temp_c is None else ()


def _maxima(maxima: Maxima) -> Values:
    values: Values = {
        "opacity_n_max_pct": maxima.opacity_n_pct,
        "opacity_k_max_per_m": maxima.opacity_k_per_m,
        "engine_rpm_max": maxima.engine_rpm,
    }
    return values if maxima.oil_temp_c is None else values | {"oil_temp_c_max": maxima.oil_temp_c}


def _results(results: Results) -> Values:
    values: Values = {f"snap{number}_k_per_m": k for number, k in enumerate(results.snaps_k_per_m, start=1)}
    return values | {"opacity_k_per_m": results.mean_k_per_m, "idle_rpm": results.idle_rpm}


def _explain_request(dialect: Dialect, frame: bytes) -> Explained:
    request = dialect.decode_request(frame)
    if request.action is None:
        if request.code in dialect.unused:
            return Explained(dialect.unused[request.code])
        return Explained("unknown_request", {"code": float(request.code)}, flags=("unknown_to_this_model",))
    if request.state is None:
        return Explained(request.action.name.lower())
    numbered: Values = {} if request.number is None else {"state": float(request.number)}
    return Explained("set_state", numbered, flags=(request.state,))
