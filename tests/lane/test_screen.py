"""How a sealed record's judgements reach a screen: with their units, and with the right side of the limit."""

from typing import Any

import pytest

from lanectl.lane.screen import result_view
from lanectl.ledger.canonical import canonical_bytes
from lanectl.ledger.values import ResultRow, SealedRecord


def shown(*judgements: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the judgements of a record of these, as a screen gets them."""
    body = {
        "test_id": "44010625-01-1",
        "vehicle": {"plate": "粤B12345", "vin": "LSVAG218XE2100001"},
        "method": "lug_down",
        "outcome": "fail",
        "reasons": ["over_limit"],
        "judgements": list(judgements),
        "ended_at": "2026-03-05T09:31:20+08:00",
    }
    sealed = SealedRecord(7, canonical_bytes(body), b"{}")
    return [each.model_dump() for each in result_view(ResultRow(sealed, None), "T-0001").judgements]


@pytest.mark.parametrize(
    ("quantity", "unit"),
    [
        ("asm5025_co_pct", "%"),
        ("nox80_ppm", "10⁻⁶"),
        ("k100_per_m", "m⁻¹"),
        ("opacity_k_per_m", "m⁻¹"),
        ("corrected_max_power_kw", "kW"),
        ("engine_speed_100_rpm", "r/min"),
        ("high_idle_lambda", ""),
    ],
)
def test_every_quantity_comes_with_its_unit(quantity: str, unit: str) -> None:
    (judgement,) = shown({"quantity": quantity, "value": 1.0, "value_raw": 1.0, "limit": 2.0, "ok": True})

    assert judgement["unit"] == unit


def test_a_minimum_and_a_range_keep_their_lower_limit() -> None:
    power, air, opacity = shown(
        {"quantity": "corrected_max_power_kw", "value": 31.2, "limit": 37.2, "limit_min": 37.2, "ok": False},
        {"quantity": "high_idle_lambda", "value": 1.01, "limit": 1.05, "limit_min": 0.95, "ok": True},
        {"quantity": "k100_per_m", "value": 1.1, "limit": 1.2, "limit_min": None, "ok": True},
    )

    assert (power["limit_min"], power["limit"]) == (37.2, 37.2)
    assert (air["limit_min"], air["limit"]) == (0.95, 1.05)
    assert (opacity["limit_min"], opacity["limit"]) == (None, 1.2)
