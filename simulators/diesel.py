"""A diesel engine: fuel, governor, turbocharger, and what goes up the pipe: smoke, NOx and the five gases.

Knows torque, air and fuel of one engine. Does not know gears, wheels, pedals, or who looks at the smoke.
"""

from math import exp, pi

from simulators.exhaust import Gas, burnt
from simulators.presets import DieselData

TORQUE_RISE = 0.2
"""How much more torque there is at six tenths of the rated speed; power then is highest exactly at rated speed."""
BEST_SHARE = 0.6
BOOST_LAG_S = 0.45
UNBOOSTED_AIR = 0.62
"""Air of a turbocharged engine before its charger turns; what the smoke limiter lets it inject goes with it."""
FULL_BOOST_SHARE = 0.55
PLENTY_OF_AIR = 0.25
"""Up to this injection there is air enough, boost or none."""
IDLE_FUEL = 0.22
"""Fuel that keeps the engine turning, in terms of its air ratio."""
FULL_LOAD_AIR_RATIO = 1.45
LEANEST = 6.0
IDLE_NOX_PPM = 130.0
NO_SHARE = 0.92
"""The rest of the NOx is NO2."""
SOOT_BLOWN_OUT_S = 1.4
"""Loose soot in the pipe goes by this time constant at full flow."""


class DieselEngine:
    """One engine, warm and standing."""

    def __init__(self, data: DieselData, rated_rpm: float) -> None:
        self.fuel = 0.0
        """Share of the full injection, after the governor."""
        self.smoke_k_per_m = 0.0
        self.nox_ppm = 0.0
        self.loose_soot_k_per_m = data.loose_soot_k_per_m
        self._data = data
        self._rated_rpm = rated_rpm
        self._boost = 0.0

    @property
    def cut_off_rpm(self) -> float:
        """Speed at which the governor takes all fuel away."""
        return self._data.governed_rpm

    @property
    def rated_power_kw(self) -> float:
        """What it gives at its rated speed when all is well."""
        return self._data.rated_power_kw

    @property
    def inertia_kgm2(self) -> float:
        """Of flywheel and crank."""
        return self._data.inertia_kgm2

    @property
    def boost(self) -> float:
        """How much of its full pressure the charger gives."""
        return self._boost if self._data.turbo else 0.0

    @property
    def _air(self) -> float:
        return UNBOOSTED_AIR + (1.0 - UNBOOSTED_AIR) * self._boost if self._data.turbo else 1.0

    def torque_nm(self, rpm: float) -> float:
        """Return the torque that a full injection gives now."""
        rated = self._data.rated_power_kw * 1000.0 / (self._rated_rpm * 2.0 * pi / 60.0)
        share = (rpm / self._rated_rpm - BEST_SHARE) / (1.0 - BEST_SHARE)
        return rated * max(0.2, 1.0 + TORQUE_RISE * (1.0 - share * share)) * self._data.power_share * self._air

    def governed(self, opening: float, rpm: float) -> float:
        """Return what the governor leaves of this opening: less and less above the rated speed."""
        span = self._data.governed_rpm - self._rated_rpm
        return opening * min(1.0, max(0.0, (self._data.governed_rpm - rpm) / span))

    def step(self, dt_s: float, fuel: float, rpm: float) -> None:
        """Burn this share of a full injection for this long."""
        self.fuel = fuel
        share = rpm / self._rated_rpm
        goal = fuel * min(1.0, share / FULL_BOOST_SHARE)
        self._boost += (goal - self._boost) * min(1.0, dt_s / BOOST_LAG_S)
        flow = share * self._air
        self.loose_soot_k_per_m *= exp(-dt_s * flow / SOOT_BLOWN_OUT_S)
        self._smoke(share, flow)
        warmth = fuel**1.2 * (1.0 + 0.2 * (1.0 - share))
        self.nox_ppm = IDLE_NOX_PPM + (self._data.full_load_nox_ppm - IDLE_NOX_PPM) * warmth

    def _smoke(self, share: float, flow: float) -> None:
        data = self._data
        steady = data.full_load_k_per_m * self.fuel**3 * (1.0 + 0.4 * max(0.0, 1.0 - share))
        short_of_air = data.transient_k_per_m * max(0.0, self.fuel - PLENTY_OF_AIR) * (1.0 - self._boost)
        self.smoke_k_per_m = data.idle_k_per_m + steady + short_of_air + self.loose_soot_k_per_m * flow

    def stop(self) -> None:
        """Stand still: nothing comes out."""
        self.fuel = self._boost = self.smoke_k_per_m = self.nox_ppm = 0.0

    def gas(self) -> Gas:
        """Return what an analyser would find in the exhaust."""
        ratio = min(LEANEST, FULL_LOAD_AIR_RATIO * self._air / max(IDLE_FUEL, self.fuel))
        co_pct = 0.015 + 0.02 * self.smoke_k_per_m
        return burnt(ratio, co_pct, 12.0 + 10.0 * self.smoke_k_per_m, NO_SHARE * self.nox_ppm)
