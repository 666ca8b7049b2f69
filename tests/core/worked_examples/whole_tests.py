"""Examples that only a whole test shows: windows, thresholds, decisions."""

from lanectl.core.diesel import opacity_pct, power_correction
from lanectl.core.formulas import air_ratio_lambda, asm_total_power_kw, dilution_factor, no_humidity_factor
from tests.core.worked_examples.playing import Adapter, Core, Found, Given, solved

NEAR = 1e-6


def uncorrected(core: Core, co_pct: float) -> dict[str, float]:
    """Return CO2 and weather under which DF and kH are 1, so that what is given is what is judged."""
    figures = core.petrol_figures("asm")
    a, cap = figures.rule("df_a_petrol"), figures.rule("df_cap")
    co2 = solved(lambda co2: dilution_factor(co_pct, co2, a, cap), 1.0, 8.0, 20.0)
    rh = solved(lambda rh: no_humidity_factor(25.0, rh, 101.3), 1.0, 1.0, 99.0)
    return {"co_pct": co_pct, "co2_pct": co2, "ambient_temp_c": 25.0, "humidity_pct": rh, "pressure_kpa": 101.3}


def asm_load(g: Given, core: Core) -> Found:
    found: Found = {}
    for phase, divisor in (("asm5025", "power_divisor_5025"), ("asm2540", "power_divisor_2540")):
        trial = core.bench.open(start=phase, car={"reference_mass_kg": float(g["reference_mass_kg"])})
        rule = core.petrol_figures("asm").rule(divisor)
        found[f"{phase}_kw"] = asm_total_power_kw(g["reference_mass_kg"], rule)
        found[f"{phase}_n"] = trial.total_force_n()
    return found


def asm_window(g: Given, core: Core) -> Found:
    """Put ten seconds of preset and the ten of the window before the method, and let limits tell what it saw."""
    rows = [
        {**row, **uncorrected(core, g["co_pct"]), "hc_ppm": g["hc_ppm"], "no_ppm": g["no_ppm"]}
        for row in core.bench.at_25(90)
    ]
    for second in range(10):
        rows[10 + second]["speed_kmh"] = g["speed_kmh"] + second * g["step_kmh"]
    quick = core.bench.run(rows[:20])
    # A looser rule lets an unsteady window be seen; the drift is where the strict rule begins to take it.
    drift = solved(lambda limit: 1.0 if steady(core, rows, limit) else 0.0, 0.5, 0.0, 3.0)
    seen = core.bench.run(rows[:20], switches={"steady_below_kmh": 3.0, "quick_fraction": 1.0})
    values = seen.values
    return {
        "first": values["asm5025_window_first_row"] - 10,
        "last": values["asm5025_window_last_row"] - 10,
        "speed_change_kmh": drift,
        "valid": steady(core, rows, 1.0),
        "mean": {name: values[f"asm5025_{name}_raw"] for name in ("co_pct", "hc_ppm", "no_ppm")},
        "within": seen.outcome == "pass",
        "within_half": quick.outcome == "pass" if steady(core, rows, 1.0) else halved(core, rows),
    }


def steady(core: Core, rows: list[dict[str, float]], limit: float) -> bool:
    """Tell whether the window counts where its speed may change by less than this."""
    switches = {"steady_below_kmh": limit, "quick_fraction": 1.0}
    return bool(core.bench.run(rows[:20], switches=switches).outcome == "pass")


def halved(core: Core, rows: list[dict[str, float]]) -> bool:
    """Tell whether the window would pass the quick check if only its speed were steady enough."""
    return bool(core.bench.run(rows[:20], switches={"steady_below_kmh": 3.0}).outcome == "pass")


def asm_immediate_fail(g: Given, core: Core) -> Found:
    figures = core.petrol_figures("asm")
    assert {name: figures.limit(f"asm5025_{name}") for name in g["limits"]} == g["limits"]
    return {name: threshold(core, name) for name in g["limits"]}


def threshold(core: Core, name: str) -> float:
    """Return the value from which on ten seconds in a row fail at once."""

    def fails(value: float) -> float:
        air = uncorrected(core, value if name == "co_pct" else 0.1)
        rows = [{**row, "hc_ppm": 10.0, "no_ppm": 10.0, **air} for row in core.bench.at_25(20)]
        verdict = core.bench.run([{**row, name: value} for row in rows])
        return 1.0 if verdict.reasons[:1] == ("immediate_fail_500_percent",) else 0.0

    limit = core.petrol_figures("asm").limit(f"asm5025_{name}")
    return solved(fails, 0.5, limit, limit * 10)


def two_speed_idle(g: Given, core: Core) -> Found:
    figures = core.petrol_figures("two_speed_idle")
    hcv, ocv = figures.rule("lambda_hcv_petrol"), figures.rule("lambda_ocv_petrol")
    high = {"co_pct": g["high"]["co_pct"], "hc_ppm": float(g["high"]["hc_ppm"]), "co2_pct": 14.5, "no_ppm": 50.0}
    high["o2_pct"] = solved(
        lambda o2: air_ratio_lambda(high["co_pct"], 14.5, o2, high["hc_ppm"], 50.0, hcv, ocv),
        g["high"]["lambda"],
        0.0,
        10.0,
    )
    low = {"co_pct": g["low"]["co_pct"], "hc_ppm": float(g["low"]["hc_ppm"])}
    rows = core.bench.high_idle(45, **high) + core.bench.idle(45, **low)
    verdict = core.bench.run(rows, method="two_speed_idle", limit_set=g["limits"])
    assert abs(verdict.values["high_idle_lambda_raw"] - g["high"]["lambda"]) < NEAR
    holds = {judgement.quantity: judgement.ok for judgement in verdict.judgements}
    return {
        "high_pass": holds["high_idle_co_pct"] and holds["high_idle_hc_ppm"],
        "lambda_pass": holds["high_idle_lambda"],
        "low_pass": holds["idle_co_pct"] and holds["idle_hc_ppm"],
        "overall": verdict.outcome,
    }


def lug_down_power(g: Given, core: Core) -> Found:
    shape = {"ambient_temp_c": float(g["t_c"]), "pressure_kpa": float(g["p_kpa"])}
    car = {"rated_power_kw": g["rated_kw"], "aspiration": "turbo" if g["turbo"] else "natural"}
    rows = [
        core.diesel.second(row["speed_kmh"], g["observed_kw"] - 0.05 * (row["speed_kmh"] - 66.0) ** 2, **shape)
        for row in core.diesel.lug()
    ]
    verdict = core.diesel.lug_down(rows, car=car)
    found = {judgement.quantity: judgement for judgement in verdict.judgements}["corrected_max_power_kw"]
    corrected = g["observed_kw"] * power_correction(int(g["turbo"]), g["t_c"], g["p_kpa"], 1.2)
    assert abs(found.value_raw - corrected) < NEAR  # the method keeps counts of 1e-6 kW
    return {
        "factor": verdict.values["power_factor"],
        "corrected_kw": corrected,
        "limit_kw": found.limit,
        "passes": found.ok,
    }


def lug_down_second_point(g: Given, core: Core) -> Found:
    """Let the scan find its maximum at this speed; ask where the rollers are wanted after the first point."""
    top = g["vel_max_hp_kmh"]
    trial = core.diesel.open_diesel("lug_down")
    scan = [top + 12.0 - 1.2 * i for i in range(23)]
    seconds = [core.diesel.second(v, 71.0 - 0.05 * (v - top) ** 2) for v in [*scan, *[top] * 12]]
    for second in core.diesel.seconds([(i * 1000, row) for i, row in enumerate(seconds)]):
        trial.push(second)
    return {"second_point_kmh": trial.target_kmh()[0]}


def lug_down_nox(g: Given, core: Core) -> Found:
    parts = {"nox_ppm": None, "no_ppm": float(g["no_ppm"]), "no2_ppm": float(g["no2_ppm"])}
    verdict = core.diesel.lug_down(core.diesel.lug(parts, parts, **parts))
    return {"nox_ppm": verdict.values["nox80_ppm"]}


def altitude(g: Given, core: Core) -> Found:
    verdict = core.diesel.lug_down(core.diesel.lug(), switches={"station_altitude_m": float(g["altitude_m"])})
    flat = {judgement.quantity: judgement.limit for judgement in core.diesel.lug_down(core.diesel.lug()).judgements}
    assert (flat["k100_per_m"], flat["k80_per_m"]) == (g["limit_k_per_m"], g["limit_k_per_m"])
    limits = {judgement.quantity: judgement.limit for judgement in verdict.judgements}
    assert limits["k100_per_m"] == limits["k80_per_m"]
    return {"allowed_k_per_m": limits["k100_per_m"]}


def free_acceleration(g: Given, core: Core) -> Found:
    peaks = [opacity_pct(k, 0.430) for k in g["peaks_k_per_m"]]
    values = core.diesel.smoke(core.diesel.snaps(*peaks)).values
    assert [values[f"snap{i}_k_per_m"] for i in (1, 2, 3)] == g["peaks_k_per_m"]
    return {"mean_k_per_m": values["opacity_k_per_m_raw"], "mean_k_per_m_rounded": values["opacity_k_per_m"]}


WHOLE_TESTS: dict[str, Adapter] = {
    "asm_load": asm_load,
    "asm_window": asm_window,
    "asm_immediate_fail": asm_immediate_fail,
    "two_speed_idle": two_speed_idle,
    "lug_down_power": lug_down_power,
    "lug_down_second_point": lug_down_second_point,
    "lug_down_nox": lug_down_nox,
    "altitude": altitude,
    "free_acceleration": free_acceleration,
}
