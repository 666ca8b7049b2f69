"""Examples of single formulas."""

from lanectl.core.diesel import (
    atmospheric_factor,
    opacity_over_path_pct,
    opacity_pct,
    power_correction,
    smoke_density_per_m,
)
from lanectl.core.formulas import (
    air_ratio_lambda,
    dilution_factor,
    humidity_grains_per_lb,
    is_missing,
    no_humidity_factor,
    saturation_pressure_kpa,
)
from lanectl.core.pipes import mean_of_pipes
from lanectl.core.vmas_cycle import distance_is_valid, distance_km, read_cycle, seconds_by_kind
from lanectl.core.vmas_formulas import (
    exhaust_flow_l_s,
    exhaust_share,
    gas_mass_g,
    molar_density_g_l,
    standard_flow_l_s,
)
from tests.core.worked_examples.playing import Adapter, Core, Found, Given, rounded

NO_CAP = 1e9
PPM, PERCENT = 1e-6, 1e-2


def smoke_density(g: Given, _: Core) -> Found:
    k = smoke_density_per_m(g["n_pct"], g["path_m"])
    return {"k_per_m": k, "k_per_m_rounded": rounded(k, 2)}


def opacity(g: Given, _: Core) -> Found:
    n = opacity_pct(g["k_per_m"], g["path_m"])
    return {"n_pct": n, "n_pct_rounded": rounded(n, 1)}


def opacity_over_path(g: Given, _: Core) -> Found:
    return {"n_pct": opacity_over_path_pct(g["n_pct"], g["from_m"], g["to_m"])}


def full_opacity(g: Given, _: Core) -> Found:
    return {"has_value": not is_missing(smoke_density_per_m(g["n_pct"], g["path_m"]))}


def dilution(g: Given, core: Core) -> Found:
    figures = core.petrol_figures("asm")
    assert (figures.rule(f"df_a_{g['fuel']}"), figures.rule("df_cap")) == (g["a"], g["cap"])
    uncapped = dilution_factor(g["co_pct"], g["co2_pct"], g["a"], NO_CAP)
    adjusted = uncapped * g["co2_pct"]
    return {
        "co2_adjusted_pct": adjusted,
        "share": g["a"] * adjusted / (100 - 1.88 * adjusted),
        "df_uncapped": uncapped,
        "df": dilution_factor(g["co_pct"], g["co2_pct"], g["a"], g["cap"]),
    }


def humidity(g: Given, _: Core) -> Found:
    air = (g["t_c"], g["rh_pct"], g["p_kpa"])
    vapour = saturation_pressure_kpa(g["t_c"])
    # The metric form is not used anywhere; it stands here to show that it is the same to three decimals.
    grams_per_kg = 6.211 * g["rh_pct"] * vapour / (g["p_kpa"] - vapour * g["rh_pct"] / 100)
    metric = 1 / (1 - 0.0329 * (grams_per_kg - 10.71))
    assert abs(metric - no_humidity_factor(*air)) < 5e-4
    return {
        "vapour_kpa": vapour,
        "grains_per_lb": humidity_grains_per_lb(*air),
        "kh": no_humidity_factor(*air),
        "kh_metric_form": metric,
    }


def air_ratio(g: Given, core: Core) -> Found:
    figures = core.petrol_figures("two_speed_idle")
    hcv, ocv = figures.rule("lambda_hcv_petrol"), figures.rule("lambda_ocv_petrol")
    gases = (g["co_pct"], g["co2_pct"], g["o2_pct"], g["hc_ppm"], g["no_ppm"])
    return {"lambda": air_ratio_lambda(*gases, hcv, ocv)}


def factor_of_power(g: Given, _: Core) -> Found:
    air = (int(g["turbo"]), g["t_c"], g["p_kpa"])
    return {"fa": atmospheric_factor(*air), "factor": power_correction(*air, 1.2)}


def pipes(g: Given, _: Core) -> Found:
    return dict(mean_of_pipes([g["pipe1"], g["pipe2"]]))


def vmas_share(g: Given, _: Core) -> Found:
    return {"exhaust_share": exhaust_share(g["ambient_o2_pct"], g["dilute_o2_pct"], g["raw_o2_pct"])}


def vmas_second(g: Given, core: Core) -> Found:
    share = exhaust_share(g["ambient_o2_pct"], g["dilute_o2_pct"], g["raw_o2_pct"])
    standard = standard_flow_l_s(g["flow_l_s"], g["flow_temp_c"], g["flow_pressure_kpa"])
    exhaust = exhaust_flow_l_s(standard, share, 0.0)
    density = densities(core, g.get("density_set", "molar0C"))
    df = g.get("df", 1.0)
    return {
        "exhaust_share": share,
        "standard_flow_l_s": standard,
        "exhaust_flow_l_s": exhaust,
        "density_g_l": density,
        "mass_g": {
            "co": gas_mass_g(g["co_pct"] * PERCENT, exhaust, density["co"], df),
            "hc": gas_mass_g(g["hc_ppm"] * PPM, exhaust, density["hc"], df),
            "nox": gas_mass_g(g["no_ppm"] * PPM, exhaust, density["nox"], df * g["kh"]),
        },
    }


def vmas_nox(g: Given, core: Core) -> Found:
    return {"nox_g": vmas_second(g, core)["mass_g"]["nox"]}


def densities(core: Core, which: str) -> dict[str, float]:
    rule = core.petrol_figures("vmas").rule
    if which == "ece0C":
        return {gas: rule(f"density_{gas}_g_l") for gas in ("co", "hc", "nox")}
    volume = rule("molar_volume_l")
    return {gas: molar_density_g_l(rule(f"molar_mass_{gas}_g"), volume) for gas in ("co", "hc", "nox")}


def cycle_distance(g: Given, core: Core) -> Found:
    assert g["trace"] == "speed_alt_kmh"
    return {"km": distance_km(read_cycle(core.papers["gb18285-2018"]["vmas"], "holds_35"))}


def cycle_budget(_: Given, core: Core) -> Found:
    return dict(seconds_by_kind(read_cycle(core.papers["gb18285-2018"]["vmas"], "falls_to_32")))


def cycle_distance_check(g: Given, core: Core) -> Found:
    rule = core.petrol_figures("vmas").rule
    assert rule("distance_nominal_km") == g["nominal_km"]
    most = rule("distance_max_error_km")
    return {"valid": [distance_is_valid(driven, g["nominal_km"], most) for driven in g["driven_km"]]}


FORMULAS: dict[str, Adapter] = {
    "smoke_density": smoke_density,
    "opacity": opacity,
    "opacity_over_path": opacity_over_path,
    "full_opacity": full_opacity,
    "dilution_factor": dilution,
    "humidity_factor": humidity,
    "air_ratio": air_ratio,
    "power_correction": factor_of_power,
    "mean_of_pipes": pipes,
    "vmas_share": vmas_share,
    "vmas_second": vmas_second,
    "vmas_nox": vmas_nox,
    "cycle_distance": cycle_distance,
    "cycle_budget": cycle_budget,
    "cycle_distance_check": cycle_distance_check,
}
