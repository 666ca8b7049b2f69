"""What a judged ASM window tells: the mean of each channel over its own ten seconds, no two of them alike."""

from typing import Any

import pytest

from lanectl.core.formulas import air_ratio_lambda, dilution_factor, no_humidity_factor

PETROL = {"a": 4.644, "cap": 3.0, "hcv": 1.7261, "ocv": 0.0176}
HIGH = {"no_ppm": 2500.0, "hc_ppm": 150.0}
"""Far above the limits of either mode, and not so far that the car fails at once."""


def restless(rows: list[Any]) -> list[Any]:
    """Return the rows with every value a little off in its own way in every second, speed and force within bounds."""
    steady = ("speed_kmh", "force_n", "ambient_temp_c", "humidity_pct", "pressure_kpa")
    return [
        {
            name: value * (1.0 + ((second * 7 + place * 11) % 23) / (20_000.0 if name in steady else 400.0))
            for place, (name, value) in enumerate(row.items())
        }
        for second, row in enumerate(rows)
    ]


def mean(rows: list[Any], told: Any) -> float:
    return float(sum(told(row) for row in rows) / len(rows))


def diluted(row: Any) -> float:
    return dilution_factor(row["co_pct"], row["co2_pct"], PETROL["a"], PETROL["cap"])


def wetted(row: Any) -> float:
    return no_humidity_factor(row["ambient_temp_c"], row["humidity_pct"], row["pressure_kpa"])


def expected(rows: list[Any]) -> dict[str, float]:
    """Return what a window of these seconds tells, by the formulas alone."""
    return {
        "co_pct_raw": mean(rows, lambda row: row["co_pct"] * diluted(row)),
        "hc_ppm_raw": mean(rows, lambda row: row["hc_ppm"] * diluted(row)),
        "no_ppm_raw": mean(rows, lambda row: row["no_ppm"] * diluted(row) * wetted(row)),
        "co2_pct": mean(rows, lambda row: row["co2_pct"]),
        "o2_pct": mean(rows, lambda row: row["o2_pct"]),
        "rpm": mean(rows, lambda row: row["engine_rpm"]),
        "power_kw": mean(rows, lambda row: row["force_n"] * row["speed_kmh"] / 3600.0),
        "lambda": mean(
            rows,
            lambda row: air_ratio_lambda(
                row["co_pct"], row["co2_pct"], row["o2_pct"], row["hc_ppm"], row["no_ppm"], PETROL["hcv"], PETROL["ocv"]
            ),
        ),
    }


def told(verdict: Any, mode: str) -> dict[str, float]:
    return {name: verdict.values[f"{mode}_{name}"] for name in expected([verdict_row()])}


def verdict_row() -> dict[str, float]:
    return {
        "co_pct": 0.3, "co2_pct": 14.0, "hc_ppm": 60.0, "no_ppm": 400.0, "o2_pct": 0.5, "engine_rpm": 1800.0,
        "force_n": 1440.0, "speed_kmh": 25.0, "ambient_temp_c": 25.0, "humidity_pct": 50.0, "pressure_kpa": 101.3,
    }  # fmt: skip


def test_the_last_window_of_each_mode_tells_the_means_of_its_own_seconds(bench: Any) -> None:
    at_25, at_40 = restless(bench.at_25(90, **HIGH)), restless(bench.at_40(95, **HIGH))
    verdict = bench.run(at_25 + at_40)
    assert (verdict.outcome, verdict.values["asm2540_window_last_row"]) == ("fail", 90.0)
    assert told(verdict, "asm5025") == pytest.approx(expected(at_25[80:]), rel=1e-7)
    assert told(verdict, "asm2540") == pytest.approx(expected(at_40[85:]), rel=1e-7)


def test_the_window_of_the_quick_check_tells_the_means_of_its_own_seconds(bench: Any) -> None:
    rows = restless(bench.at_25(20, hc_ppm=30.0, co_pct=0.1, no_ppm=90.0))
    verdict = bench.run(rows)
    assert "quick_check_passed" in verdict.reasons
    assert told(verdict, "asm5025") == pytest.approx(expected(rows[10:]), rel=1e-7)
    assert all(value is None for name, value in verdict.values.items() if name.startswith("asm2540"))
