"""The cars that a simulated lane can be given, as data.

Knows names and figures of made-up cars. Does not know how a car behaves.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Condition:
    """How well a car burns and cleans."""

    air_ratio: float = 1.025
    """At the tail pipe: mixture plus the little air that leaks in."""
    raw_co_pct: float = 0.8
    raw_hc_ppm: float = 220.0
    raw_no_ppm: float = 2600.0
    """Before the catalyst; NO at full load and 2000 r/min."""
    catalyst: float = 0.955
    """Share that a hot catalyst takes away."""


@dataclass(frozen=True, slots=True)
class ControlUnit:
    """One control unit on the car's diagnostic bus. Calibrations and their check numbers pair up by index."""

    address: int
    """Last digit of 7E8.. on 11-bit buses, source address on 29-bit ones."""
    source: int
    name: str
    cal_ids: tuple[str, ...]
    cvns: tuple[bytes, ...]
    cvn_delay_s: float = 0.0
    """A unit that first has to work its check numbers out answers 'wait' meanwhile."""
    engine: bool = True


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What on-board diagnosis has to say."""

    mil_on: bool = False
    lamp_works: bool = True
    stored: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    permanent: tuple[str, ...] = ()
    incomplete: frozenset[str] = frozenset()
    """Of catalyst, evap, o2_sensor, o2_heater, egr_vvt; of a diesel nmhc_catalyst, nox_scr, boost_pressure,
    exhaust_gas_sensor, pm_filter, egr_vvt."""
    distance_with_mil_km: int = 0
    distance_since_clear_km: int = 5230
    warm_ups_since_clear: int = 88
    obd_type: int = 0x29
    protocol: str = "6"
    """As an ELM327 counts them: 6 is CAN with 11-bit identifiers at 500 kbit/s, 7 the same with 29, 9 at 250 kbit/s;
    3 and 5 are a K line (ISO 9141-2, ISO 14230)."""
    dialect: str = "j1979"
    """What is spoken there: ``j1979``, ``iso27145`` or ``j1939``."""
    units: tuple[ControlUnit, ...] = ()


ENGINE_UNIT = ControlUnit(0, 0x10, "ECM-EngineControl", ("04E906016EQ4177",), (bytes.fromhex("4A6F12C3"),))
SLOW_ENGINE_UNIT = ControlUnit(
    0,
    0x10,
    "ECM-EngineControl",
    ("5WY7C61A-F10", "5WY7C61B-F10"),
    (bytes.fromhex("91D3A07E"), bytes.fromhex("0015E2B4")),
    cvn_delay_s=1.2,
)
GEARBOX_UNIT = ControlUnit(1, 0x18, "TCM-TransmisCtrl", ("0CW300050R2301",), (bytes.fromhex("00C07A55"),), engine=False)
HEAVY_ENGINE_UNIT = ControlUnit(
    0,
    0x00,
    "EMS-HeavyDuty",
    ("PBT5MPR3", "PBT5MPR3-DATA"),
    (bytes.fromhex("40DCBF96"), bytes.fromhex("0A51E2C7")),
)
AFTERTREATMENT_UNIT = ControlUnit(
    1, 0x3D, "ACM-Aftertreat", ("ACM21P0417",), (bytes.fromhex("7711B0E5"),), engine=False
)


@dataclass(frozen=True, slots=True)
class DieselData:
    """What makes an engine a diesel, and how well it is looked after."""

    rated_power_kw: float = 60.0
    power_share: float = 1.0
    """What is left of the rated torque."""
    governed_rpm: float = 3560.0
    """Without load the governor cuts off here."""
    turbo: bool = True
    inertia_kgm2: float = 0.42
    idle_k_per_m: float = 0.02
    full_load_k_per_m: float = 0.25
    """Steady smoke of a full injection at rated speed."""
    transient_k_per_m: float = 1.1
    """Smoke of fuel for which the charger has no air yet."""
    loose_soot_k_per_m: float = 0.5
    """What lies in the pipe and the first snaps blow out."""
    full_load_nox_ppm: float = 640.0


@dataclass(frozen=True, slots=True)
class VehicleData:
    """What stays as it is while a car stands on the lane."""

    plate: str = "粤A12345"
    vin: str = "LSVAA4182E2123456"
    fuel: str = "petrol"
    reference_mass_kg: float = 1170.0
    gross_mass_kg: float = 1550.0
    displacement_l: float = 1.6
    idle_rpm: float = 780.0
    stall_rpm: float = 450.0
    rated_rpm: float = 6000.0
    torque_nm: float = 142.0
    rpm_per_kmh: tuple[float, ...] = (118.0, 65.5, 43.0, 32.0, 26.0)
    """One figure a gear, first gear first."""
    rotating_mass_kg: float = 28.0
    """Wheels and drive train, as if they were moving along."""
    drive_efficiency: float = 0.9
    """Share of the engine's work that reaches the wheels."""
    shift_up_rpm: float = 3400.0
    shift_down_rpm: float = 1250.0
    condition: Condition = field(default_factory=Condition)
    diagnosis: Diagnosis = field(default_factory=lambda: Diagnosis(units=(ENGINE_UNIT,)))
    diesel: DieselData | None = None


WORN = Condition(raw_co_pct=1.2, catalyst=0.25)
REPAIRED = Condition(catalyst=0.94)
GROSS = Condition(air_ratio=0.88, raw_co_pct=6.3, raw_hc_ppm=1150.0, raw_no_ppm=500.0, catalyst=0.08)

SMOKY = DieselData(
    full_load_k_per_m=2.3, transient_k_per_m=5.0, idle_k_per_m=0.12, loose_soot_k_per_m=1.5, full_load_nox_ppm=780.0
)
WEAK = DieselData(power_share=0.5)
WEAK_DRIVE = 0.42
"""A clutch that slips and brakes that drag."""


def _diesel_van(plate: str, vin: str, engine: DieselData, drive_efficiency: float = 0.9) -> VehicleData:
    """Return a van of 2.4 t with a turbocharged two-litre engine: 65 km/h at rated speed in fourth gear."""
    return VehicleData(
        plate=plate,
        vin=vin,
        fuel="diesel",
        reference_mass_kg=2050.0,
        gross_mass_kg=3100.0,
        displacement_l=2.0,
        idle_rpm=780.0,
        rated_rpm=3200.0,
        rpm_per_kmh=(150.0, 88.0, 62.0, 49.0, 38.0),
        rotating_mass_kg=45.0,
        drive_efficiency=drive_efficiency,
        shift_up_rpm=2500.0,
        shift_down_rpm=1150.0,
        diagnosis=Diagnosis(units=(ENGINE_UNIT,)),
        diesel=engine,
    )


def _heavy_diesel(plate: str, vin: str, diagnosis: Diagnosis) -> VehicleData:
    """Return a truck with a turbocharged engine of 6.7 litres: 70 km/h at rated speed in fifth gear."""
    return VehicleData(
        plate=plate,
        vin=vin,
        fuel="diesel",
        reference_mass_kg=7400.0,
        gross_mass_kg=16000.0,
        displacement_l=6.7,
        idle_rpm=650.0,
        stall_rpm=380.0,
        rated_rpm=2300.0,
        rpm_per_kmh=(145.0, 84.0, 56.0, 42.0, 32.8, 25.0),
        rotating_mass_kg=260.0,
        shift_up_rpm=1700.0,
        shift_down_rpm=950.0,
        diagnosis=diagnosis,
        diesel=DieselData(rated_power_kw=170.0, governed_rpm=2560.0, inertia_kgm2=1.7),
    )


HEAVY_UNITS = (HEAVY_ENGINE_UNIT, AFTERTREATMENT_UNIT)

PRESETS: dict[str, VehicleData] = {
    "clean_petrol": VehicleData(plate="粤A12345", vin="LSVAA4182E2123456"),
    "worn_catalyst": VehicleData(
        plate="粤A88K21", vin="LFV2A21K8D4207719", reference_mass_kg=1240.0, gross_mass_kg=1660.0, condition=WORN
    ),
    "repaired": VehicleData(
        plate="粤A88K21",
        vin="LFV2A21K8D4207719",
        reference_mass_kg=1240.0,
        gross_mass_kg=1660.0,
        condition=REPAIRED,
        diagnosis=Diagnosis(
            incomplete=frozenset({"evap"}),
            distance_since_clear_km=146,
            warm_ups_since_clear=9,
            units=(ENGINE_UNIT,),
        ),
    ),
    "gross_emitter": VehicleData(
        plate="粤AZ9051",
        vin="LDC13L2B5A1018832",
        reference_mass_kg=1100.0,
        gross_mass_kg=1475.0,
        condition=GROSS,
        diagnosis=Diagnosis(pending=("P0172",), units=(ENGINE_UNIT,)),
    ),
    "mil_on": VehicleData(
        plate="粤AC7306",
        vin="LHGGK5830F8031247",
        condition=REPAIRED,
        diagnosis=Diagnosis(
            mil_on=True,
            stored=("P0420",),
            pending=("P0420", "P0171"),
            permanent=("P0420",),
            incomplete=frozenset({"catalyst"}),
            distance_with_mil_km=412,
            units=(ENGINE_UNIT,),
        ),
    ),
    "not_ready": VehicleData(
        plate="粤AD1150",
        vin="LVSHCAMB1CE054249",
        diagnosis=Diagnosis(
            incomplete=frozenset({"catalyst", "evap", "o2_sensor", "egr_vvt"}),
            distance_since_clear_km=11,
            warm_ups_since_clear=1,
            units=(ENGINE_UNIT,),
        ),
    ),
    "before_can": VehicleData(
        plate="粤AB6027",
        vin="LFPH3ABC461A00317",
        condition=REPAIRED,
        diagnosis=Diagnosis(
            mil_on=True,
            stored=("P0420", "P0171", "P0300", "P0440"),
            pending=("P0171",),
            incomplete=frozenset({"evap"}),
            distance_with_mil_km=96,
            obd_type=0x06,
            protocol="5",
            units=(ENGINE_UNIT,),
        ),
    ),
    "two_units": VehicleData(
        plate="粤AE2290",
        vin="LBVNU3909DSE91177",
        diagnosis=Diagnosis(protocol="7", units=(SLOW_ENGINE_UNIT, GEARBOX_UNIT)),
    ),
    "clean_diesel": _diesel_van("粤AF3308", "LJXBMCHD1KT031527", DieselData()),
    "smoky_diesel": _diesel_van("粤AF7741", "LJXBMCHD5HT088206", SMOKY),
    "weak_diesel": _diesel_van("粤AF9162", "LJXBMCHD3JT054913", WEAK, WEAK_DRIVE),
    "heavy_diesel": _heavy_diesel(
        "粤AG5170", "LZGJLDR47FX012345", Diagnosis(protocol="9", dialect="j1939", obd_type=0x14, units=HEAVY_UNITS)
    ),
    "heavy_diesel_mil_on": _heavy_diesel(
        "粤AG8834",
        "LZGJLDR49FX067890",
        Diagnosis(
            mil_on=True,
            stored=("SPN3216 FMI4", "SPN4364 FMI18"),
            pending=("SPN3216 FMI4",),
            permanent=("SPN3216 FMI4",),
            incomplete=frozenset({"nox_scr"}),
            distance_with_mil_km=230,
            protocol="9",
            dialect="j1939",
            obd_type=0x14,
            units=HEAVY_UNITS,
        ),
    ),
    "heavy_diesel_wwh": _heavy_diesel(
        "粤AG2206", "LZZ5CLSB8LA443120", Diagnosis(protocol="7", dialect="iso27145", obd_type=0x15, units=HEAVY_UNITS)
    ),
}
