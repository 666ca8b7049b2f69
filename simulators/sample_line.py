"""The way of the gas: probe, hose, pump, filters and the measuring cell of an analyser, with the air around it.

Knows delays, lags, residues and drift. Does not know command bytes, cars or limits.
"""

from collections import deque
from math import exp
from random import Random

from simulators.exhaust import AIR, ZERO_GAS, Gas, mix

TRANSPORT_DELAY_S = 6.0
AMBIENT_PORT_DELAY_S = 1.0
SLICE_S = 0.1
"""The hose is a row of slices, each this long in time."""
OPTICAL_LAG_S = 0.9
CHEMICAL_LAG_S = 1.2
"""Cells for O2 and NO are slower than the infrared bench."""
ZERO_S = 6.0
LEAK_CHECK_S = 8.0
CALIBRATION_S = 12.0
WARM_UP_S = 300.0
RESIDUE_SHARE = 0.05
"""Share of the HC that the walls of the hose take up and give back."""
RESIDUE_TAKEN_S = 60.0
RESIDUE_AIRED_S = 45.0
RESIDUE_PURGED_S = 4.0
TRAP_FULL_AFTER_S = 4.0 * 3600.0
HC_DRIFT_PPM_PER_S = 0.4
CO_DRIFT_PCT_PER_S = 0.002
NO_DRIFT_PPM_PER_S = 0.5
NOISE = Gas(hc_ppm=0.4, co_pct=0.0015, co2_pct=0.01, o2_pct=0.008, no_ppm=1.2)

DURATIONS_S = {"zero": ZERO_S, "leak": LEAK_CHECK_S, "calibrate": CALIBRATION_S, "check": CALIBRATION_S}


class Air:
    """The air of the test hall."""

    def __init__(self, temp_c: float = 25.0, humidity_pct: float = 50.0, pressure_kpa: float = 100.8) -> None:
        self.temp_c = temp_c
        self.humidity_pct = humidity_pct
        self.pressure_kpa = pressure_kpa


class Job:
    """A long-running task of the analyser: ``zero``, ``leak``, ``calibrate`` or ``check``."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.left_s = DURATIONS_S[kind]

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.left_s > 0.0


class SampleLine:
    """Everything between tail pipe and reading. Warm, pump off, probe out."""

    def __init__(self, seed: int = 0) -> None:
        self.air = Air()
        self.pump = "off"
        """``off``, ``ambient``, ``sample`` or ``purge``."""
        self.probe_in = False
        self.warm_up_left_s = 0.0
        self.job: Job | None = None
        self.cell = ZERO_GAS
        self.residue_ppm = 1.0
        self.trap_level = 0.0
        self.low_flow = False
        self.leaky = False
        self.stuck = False
        self.drifting = False
        self.busy_for_ever = False
        self.drift_hc_ppm = 0.0
        self.drift_co_pct = 0.0
        self.drift_no_ppm = 0.0
        self._random = Random(seed)  # noqa: S311 - noise, not a secret
        self._hose: deque[Gas] = deque([AIR] * round(TRANSPORT_DELAY_S / SLICE_S))
        self._port: deque[Gas] = deque([AIR] * round(AMBIENT_PORT_DELAY_S / SLICE_S))
        self._slice_s = 0.0
        self._arriving = ZERO_GAS
        self._shown: Gas | None = None

    @property
    def warming(self) -> bool:
        """Whether the analyser still heats up."""
        return self.warm_up_left_s > 0.0

    @property
    def trap_full(self) -> bool:
        """Whether the water trap wants emptying."""
        return self.trap_level >= 1.0

    def power_cut(self) -> None:
        """Begin again from cold, as after a loss of power."""
        self.warm_up_left_s, self.pump, self.job = WARM_UP_S, "off", None

    def start(self, kind: str) -> None:
        """Begin a long-running task."""
        self.job = Job(kind)
        if kind == "zero":
            self.pump = "off"

    def finish(self) -> bool:
        """Close the task that has ended; True when it went well."""
        job, self.job = self.job, None
        if job is not None and job.kind == "zero":
            self.drift_hc_ppm = self.drift_co_pct = self.drift_no_ppm = 0.0
        return not (job is not None and job.kind == "leak" and self.leaky)

    def step(self, dt_s: float, exhaust: Gas) -> None:
        """Move the gas on; ``exhaust`` is what the tail pipe gives now."""
        self.warm_up_left_s = max(0.0, self.warm_up_left_s - dt_s)
        if self.job is not None and not self.busy_for_ever:
            self.job.left_s -= dt_s
        if self.drifting:
            self.drift_hc_ppm -= HC_DRIFT_PPM_PER_S * dt_s
            self.drift_co_pct -= CO_DRIFT_PCT_PER_S * dt_s
            self.drift_no_ppm += NO_DRIFT_PPM_PER_S * dt_s
        self._slice_s += dt_s
        while self._slice_s >= SLICE_S:
            self._slice_s -= SLICE_S
            self._draw(exhaust)
        self._fill_cell(dt_s)

    def _draw(self, exhaust: Gas) -> None:
        """Let one slice of time pass in the hoses."""
        at_probe = exhaust if self.probe_in else AIR
        if self.pump == "sample" and not self.low_flow:
            self._soil(at_probe)
            self._hose.append(at_probe)
            gas = self._hose.popleft()
            self._arriving = gas._replace(hc_ppm=gas.hc_ppm + self.residue_ppm)
        elif self.pump == "ambient":
            self._port.append(AIR)
            self._arriving = self._port.popleft()
        elif self.pump == "purge":
            self.residue_ppm *= exp(-SLICE_S / RESIDUE_PURGED_S)
            self.trap_level = max(0.0, self.trap_level - SLICE_S / 30.0)
            self._hose.append(AIR)
            self._hose.popleft()

    def _soil(self, gas: Gas) -> None:
        taken = RESIDUE_SHARE * gas.hc_ppm
        lag_s = RESIDUE_TAKEN_S if taken > self.residue_ppm else RESIDUE_AIRED_S
        self.residue_ppm += (taken - self.residue_ppm) * SLICE_S / lag_s
        if gas.co2_pct > 1.0:
            self.trap_level = min(1.0, self.trap_level + SLICE_S / TRAP_FULL_AFTER_S)

    def _fill_cell(self, dt_s: float) -> None:
        if self.job is not None and self.job.kind == "zero":
            inlet = ZERO_GAS
        elif self.pump in ("off", "purge"):
            return
        else:
            inlet = self._arriving
        optical, chemical = min(1.0, dt_s / OPTICAL_LAG_S), min(1.0, dt_s / CHEMICAL_LAG_S)
        fast, slow = mix(self.cell, inlet, optical), mix(self.cell, inlet, chemical)
        self.cell = Gas(fast.hc_ppm, fast.co_pct, fast.co2_pct, slow.o2_pct, slow.no_ppm)

    def reading(self) -> Gas:
        """Return what the analyser shows now: the cell with its noise and drift; a stuck one shows what it showed."""
        if self.stuck and self._shown is not None:
            return self._shown
        gas = Gas(*(value + self._random.gauss(0.0, noise) for value, noise in zip(self.cell, NOISE, strict=True)))
        self._shown = gas._replace(
            hc_ppm=gas.hc_ppm + self.drift_hc_ppm,
            co_pct=gas.co_pct + self.drift_co_pct,
            no_ppm=gas.no_ppm + self.drift_no_ppm,
            co2_pct=max(0.0, gas.co2_pct),
        )
        return self._shown
