"""Examples of what the equipment of a lane has to show."""

from lanectl.core.equipment.coast_down import coast_down_power_kw, coast_down_s
from lanectl.core.equipment.gas_check import LOADED, Bottle, check_gas, hc_label_ppm, tolerance_of
from lanectl.core.equipment.inertia import LoadedTime, base_inertia_kg, check_base_inertia
from lanectl.core.equipment.load import asm_load, indicated_power_kw
from lanectl.core.equipment.result import Tolerance, compared
from lanectl.core.equipment.sheet import Sheet
from tests.core.worked_examples.playing import Adapter, Core, Found, Given, rounded


def asm_brake_power(g: Given, core: Core) -> Found:
    rule = core.petrol_figures("asm").rule
    load = asm_load(g["reference_mass_kg"], rule("power_divisor_5025"), rule("speed_5025_kmh"))
    assert load is not None
    return {"total_kw": load.power_kw, "indicated_kw": indicated_power_kw(load.power_kw, g["parasitic_kw"])}


def coast_down_time(g: Given, _: Core) -> Found:
    return {"time_s": coast_down_s(g["base_inertia_kg"], g["from_kmh"], g["to_kmh"], g["total_kw"])}


def coast_down_error(g: Given, core: Core) -> Found:
    tolerance = Sheet.of(core.equipment, "coast_down", "petrol").tolerance("time")
    assert tolerance == Tolerance(relative=g["limit_pct"] / 100)
    time = compared("time_s", g["nominal_s"], g["measured_s"], tolerance)
    assert time.relative_error is not None
    return {"error_pct": 100 * abs(time.relative_error), "passes": time.ok}


def parasitic_power(g: Given, _: Core) -> Found:
    return {"parasitic_kw": coast_down_power_kw(g["base_inertia_kg"], g["from_kmh"], g["to_kmh"], g["time_s"])}


def base_inertia(g: Given, core: Core) -> Found:
    one, other = LoadedTime(g["force1_n"], g["time1_s"]), LoadedTime(g["force2_n"], g["time2_s"])
    inertia = base_inertia_kg(one, other, g["dv_kmh"])
    assert inertia is not None
    return {
        "base_inertia_kg": inertia,
        "in_light_band": check_base_inertia("light", inertia, inertia, core.equipment).ok,
    }


def low_gas(g: Given, core: Core) -> Found:
    """Judge by the exact label; the errors are shown against the label as an analyser shows it, in whole 1e-6."""
    certified = {name: float(value) for name, value in g["gas"].items()}
    pef = certified.pop("pef")
    check = check_gas("low", LOADED, Bottle("7", certified), pef, g["reading"], core.equipment)
    label = hc_label_ppm(certified["c3h8_ppm"], pef)
    assert label == check.nominal["hc_ppm"]
    shown = {**check.nominal, "hc_ppm": rounded(label, 0)}
    sheet = Sheet.of(core.equipment, "gas")
    errors = [
        compared(name, nominal, g["reading"][name], tolerance_of(name, nominal, LOADED, sheet))
        for name, nominal in shown.items()
    ]
    assert all(error.ok for error in errors)
    return {
        "hc_label_ppm": shown["hc_ppm"],
        "error": {error.name: error.error for error in errors},
        "passes": check.ok,
    }


EQUIPMENT: dict[str, Adapter] = {
    "asm_brake_power": asm_brake_power,
    "coast_down_time": coast_down_time,
    "coast_down_error": coast_down_error,
    "parasitic_power": parasitic_power,
    "base_inertia": base_inertia,
    "low_gas": low_gas,
}
