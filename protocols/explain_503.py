"""Explains captured frames of the 503 dialect.

Knows how its requests and replies read as named values. Does not know ports, drivers or limits.
"""

from dataclasses import replace

from protocols.captured import Captured, Explain, Explained
from protocols.dialect_503 import (
    Action,
    Ambient,
    CalibrationProgress,
    Data,
    Model,
    Pef,
    Status,
    WarmUpLeft,
    Word,
    decode_reply,
    decode_request,
)

HOTTEST_OIL_C = 200
"""No engine's oil is hotter. A larger word of a model that counts whole degrees must count tenths."""


def explainer(model: Model) -> Explain:
    """Return the function that explains frames of this model."""
    return lambda captured: _explain(model, captured)


def _explain(model: Model, captured: Captured) -> Explained:
    if captured.to_device:
        return _explain_request(model, captured.frame)
    action = decode_request(model, captured.request).action if captured.request else None
    reply = decode_reply(model, action, captured.frame)
    match reply:
        case Word():
            return Explained(reply.name.lower(), flags=(reply.name.lower(),))
        case Data():
            return _explain_data(model, captured.frame, reply)
        case Ambient():
            values = {"ambient_temp_c": reply.ambient_temp_c, "pressure_kpa": reply.pressure_kpa}
            return Explained("ambient", values | {"humidity_pct": reply.humidity_pct})
        case Status(state):
            return Explained("status", {"status_byte": float(captured.frame[0])}, flags=(state,))
        case WarmUpLeft(seconds):
            return Explained("warm_up_left", {"warm_up_left_s": float(seconds)})
        case Pef(pef):
            return Explained("pef", {"pef": pef})
        case CalibrationProgress():
            return Explained("calibration_progress", _gases(reply) | {"pef": reply.pef}, flags=("running",))


def _explain_request(model: Model, frame: bytes) -> Explained:
    request = decode_request(model, frame)
    if request.action is None:
        return Explained("unknown_request", {"code": float(request.code)}, flags=("unknown_to_this_model",))
    values: dict[str, float | None] = {}
    if request.gas is not None:
        gas = request.gas
        values = {"c3h8_ppm": gas.c3h8_ppm, "co_pct": gas.co_pct, "co2_pct": gas.co2_pct, "no_ppm": gas.no_ppm}
    if request.sensor_value is not None:
        name = "pressure_kpa" if request.action is Action.CALIBRATE_PRESSURE else "sensor_value"
        values = {name: request.sensor_value}
    return Explained(request.action.name.lower(), values)


def _explain_data(model: Model, frame: bytes, data: Data) -> Explained:
    flags = sorted(model.flags(data))
    if model.states_in_data:
        flags.append(model.state(data) or "unknown_state")
    if model.oil_divisor == 1 and abs(data.oil_temp_c) > HOTTEST_OIL_C:
        # Sources differ on whether this model counts degrees or tenths; the frame itself decides, and says so.
        data = replace(data, oil_temp_c=data.oil_temp_c / 10)
        flags.append("oil_temp_in_tenths")
    values = _gases(data) | {"engine_rpm": data.engine_rpm, "oil_temp_c": data.oil_temp_c, "lambda": data.lambda_}
    values |= {"flow_word": float(data.flow_word), "status_byte": float(data.status_byte)}
    if data.water_trap_full is not None:
        values["water_full"] = float(data.water_trap_full)
    return Explained("data", values, tuple(flags))


def _gases(gases: Data | CalibrationProgress) -> dict[str, float | None]:
    names = ("hc_ppm", "co_pct", "co2_pct", "o2_pct", "no_ppm")
    return {name: getattr(gases, name) for name in names}
