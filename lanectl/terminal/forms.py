"""What may be typed: bodies of the local API, checked before the lane sees them.

Knows the shape of a plate, a VIN, a mass, an engine and a date. Knows no rules about vehicles: lane and gate decide.
"""

import json
import re
from datetime import date, datetime, timedelta, timezone
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from lanectl.model.view import AcceptForm
from lanectl.terminal.errors import ApiError

LARGEST_BODY = 16_384
PLATE = re.compile(r"[一-鿿A-Z0-9]{2,12}")
VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
MASS_KG = (200.0, 60_000.0)
POWER_KW = (1.0, 1_000.0)
RATED_RPM = (500.0, 12_000.0)
CHINA = timezone(timedelta(hours=8))

Form = TypeVar("Form", bound=BaseModel)


class Body(BaseModel):
    """Frozen, and fatal on unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OperatorForm(Body):
    """Who does it."""

    operator: str = Field(min_length=1, max_length=64)


class AnswerForm(OperatorForm):
    """The answer to a question of the running test."""

    question: str = Field(min_length=1, max_length=128)
    choice: str = Field(min_length=1, max_length=128)


class StopForm(OperatorForm):
    """Why the running test is to end now."""

    why: str = Field(min_length=1, max_length=200)


async def read_body(request: Request) -> bytes:
    """Return the body, or refuse one that is no JSON by its own word or too large."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise ApiError(415, "not_json")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise ApiError(413, "too_large", limit=LARGEST_BODY)
    return body


def parse(form: type[Form], body: bytes) -> Form:
    """Return the form, or name the first field that is not usable."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ApiError(422, "not_json") from error
    if not isinstance(value, dict):
        raise ApiError(422, "not_json")
    try:
        return form.model_validate(value)
    except ValidationError as error:
        where = error.errors(include_url=False, include_context=False, include_input=False)[0]["loc"]
        raise ApiError(422, "bad_field", field=".".join(str(part) for part in where)) from error


def check_accept(form: AcceptForm) -> AcceptForm:
    """Return the form if a vehicle can look like this, or name the field that cannot be."""
    checks = {
        "operator": bool(form.operator.strip()),
        "plate": PLATE.fullmatch(form.plate) is not None,
        "vin": VIN.fullmatch(form.vin) is not None,
        "reference_mass_kg": _is_within(MASS_KG, form.reference_mass_kg),
        "gross_mass_kg": form.gross_mass_kg is None or _is_within(MASS_KG, form.gross_mass_kg),
        "rated_power_kw": form.rated_power_kw is None or _is_within(POWER_KW, form.rated_power_kw),
        "rated_rpm": form.rated_rpm is None or _is_within(RATED_RPM, form.rated_rpm),
        "first_registered": form.first_registered is None or _is_past_day(form.first_registered),
        "built": form.built is None or _is_past_day(form.built),
    }
    for field, good in checks.items():
        if not good:
            raise ApiError(422, "bad_field", field=field)
    return form


def _is_within(bounds: tuple[float, float], value: float) -> bool:
    return bounds[0] <= value <= bounds[1]


def _is_past_day(text: str) -> bool:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2020-01-31") and day <= datetime.now(CHINA).date()
