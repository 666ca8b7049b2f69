"""What a lug-down comes to: the sums of the state machine as means, judged values and raw ones.

Knows which count stands for which value of the verdict. Judges nothing.
"""

from typing import NamedTuple

from lanectl.core.lug_down import LugDown
from lanectl.core.lug_down_figures import DENSITY, FINE, PERCENT, SCALE_OF, LugDownFigures

POINTS = ("100", "80")
K, NOX, RPM, CO2, SPEED, KH, WHEEL_POWER = range(7)
SCALES = (DENSITY, FINE, FINE, PERCENT, FINE, 10**9, FINE)
"""Counts of a point's channels, in the order of the state machine's sums."""
JUDGED_VALUES = (("k100_per_m", 0, K, "k"), ("k80_per_m", 1, K, "k"), ("nox80_ppm", 1, NOX, "nox"))
POWER = "corrected_max_power_kw"


class Reading(NamedTuple):
    """A quantity that is compared: as it is compared, as it is, and as the other way of rounding has it."""

    judged: float | None = None
    raw: float | None = None
    otherwise: float | None = None


class LugDownValues:
    """The values of one test as far as it went: ``readings`` are those that are compared or stand beside them."""

    def __init__(self, machine: LugDown, figures: LugDownFigures) -> None:
        self.machine = machine
        self.figures = figures
        self.has_scanned = machine.target > 0
        self._sums = [self._sums_of(point) for point in range(len(POINTS))]
        self.readings = self._readings()

    def total(self, point: int, channel: int) -> tuple[int, int] | None:
        """Return a channel's sum over a whole point and the number of its seconds."""
        return self._sums[point][channel]

    def mean(self, point: int, channel: int) -> float | None:
        """Return a channel's mean over a whole point."""
        found = self._sums[point][channel]
        return None if found is None else found[0] / (SCALES[channel] * found[1])

    def discarded(self, point: int, channel: int) -> float | None:
        """Return the highest mean of a point's samplings that were broken off (k or NOx)."""
        mean = (self.machine.at_100, self.machine.at_80)[point].discarded_of(channel)
        return mean / SCALES[channel] if mean >= 0 else None

    def as_mapping(self) -> dict[str, float | None]:
        """Return every value of the verdict by name."""
        values: dict[str, float | None] = {}
        for key, reading in self.readings.items():
            values[key], values[f"{key}_raw"] = reading.judged, reading.raw
        scan = self.machine.scan
        values["power_factor"] = self.machine.power.factor if self.has_scanned else None
        values["max_rpm"] = scan.max_rpm / FINE if scan.max_rpm > 0 else None
        values["calculated_vel_max_hp_kmh"] = calculated_vel_max_hp_kmh(self.machine, self.figures)
        values["nox100_ppm"] = self.mean(0, NOX)
        for point, name in enumerate(POINTS):
            values[f"speed{name}_kmh"] = self.mean(point, SPEED)
            values[f"rpm{name}"] = self.mean(point, RPM)
            values[f"co2_{name}_pct"] = self.mean(point, CO2)
            values[f"kh{name}"] = self.mean(point, KH)
            values[f"power{name}_kw"] = self.mean(point, WHEEL_POWER)
        return values | self._values_that_confirm()

    def _sums_of(self, point: int) -> list[tuple[int, int] | None]:
        """Return a point's sums; a channel that a sampled second lacked has none."""
        kept = (self.machine.at_100, self.machine.at_80)[point]
        counts = [kept.count_of(channel) for channel in range(len(SCALES))]
        least = max(self.figures.sample_s, 1)
        return [(kept.sum_of(channel), count) if count >= least else None for channel, count in enumerate(counts)]

    def _readings(self) -> dict[str, Reading]:
        scan, seen = self.machine.scan, self.machine.scan.max_power > 0
        found = {}
        for key, point, channel, name in JUDGED_VALUES:
            total, parts = self._sums[point][channel] or (None, 1)
            found[key] = self._reading(total, parts, name)
        found["max_power_kw"] = self._reading(scan.max_power if seen else None, 1, "power")
        found[POWER] = self._reading(self._corrected_power(), 1, "power")
        found["vel_max_hp_kmh"] = self._reading(scan.vel_max if seen else None, 1, "speed")
        return found

    def _reading(self, total: int | None, parts: int, name: str) -> Reading:
        if total is None:
            return Reading()
        raw, rounded = total / (parts * SCALE_OF[name]), self.figures.rounded(total, parts, name)
        return Reading(raw, raw, rounded) if self.figures.compares_full else Reading(rounded, raw, raw)

    def _corrected_power(self) -> int | None:
        """Return the corrected power that the least power is compared with."""
        power = self.machine.power
        if self.figures.from_point:
            return power.corrected_100 if self.total(0, WHEEL_POWER) is not None else None
        return power.corrected if self.has_scanned else None

    def _values_that_confirm(self) -> dict[str, float | None]:
        machine, watch, scan = self.machine, self.machine.watch, self.machine.scan
        pointed = self.total(0, WHEEL_POWER) is not None
        return {
            "expected_power100_kw": scan.expected_100 / FINE if self.has_scanned else None,
            "expected_power80_kw": scan.expected_80 / FINE if self.has_scanned else None,
            "corrected_power100_kw": machine.power.corrected_100 / FINE if pointed else None,
            "pedal_highest_pct": watch.pedal_highest / PERCENT if watch.knows_pedal else None,
            "pedal_lowest_pct": watch.pedal_lowest / PERCENT if watch.knows_lowest else None,
            "obd_rpm": watch.told / (FINE * watch.obd_s) if watch.obd_s else None,
            "engine_temp_c": watch.warmth.engine_temp_c,
            "sampling_restarts": float(machine.sampling_restarts),
            "discarded_k100_per_m": self.discarded(0, K),
            "discarded_k80_per_m": self.discarded(1, K),
            "discarded_nox80_ppm": self.discarded(1, NOX),
        }


def calculated_vel_max_hp_kmh(machine: LugDown, figures: LugDownFigures) -> float | None:
    """Return where the power maximum is to be expected: the rated engine speed in the gear that is driven."""
    scan = machine.scan
    if scan.max_rpm <= 0 or scan.speed_at_max_rpm <= 0:
        return None
    return scan.speed_at_max_rpm / FINE * figures.rated_rpm / (scan.max_rpm / FINE)
