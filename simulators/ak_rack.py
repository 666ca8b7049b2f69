"""Wire face of an AK rack before a simulated sample line.

Knows which code does what to valves and cells, and that orders are taken in remote mode alone. Its inlet for zero gas
is open to the air of the hall, its own calibration (SATK) sets zero. While it warms up its values are not valid and its
error digit is up. Does not know where gas comes from, ports, or time of day.
"""

from collections.abc import Callable, Sequence

from protocols.ak import NAMES, UNKNOWN, Answer, Command, Commands, encode_answer
from simulators.patience import Patience
from simulators.sample_line import SampleLine

GAS_CHANNELS = ("co_ppm", "co2_pct", "hc_ppm", "o2_pct", "no_ppm")
NOX_CHANNELS = ("nox_ppm", "co2_pct")
OF_LINE = {"nox_ppm": "no_ppm"}
"""Behind a converter the line's NO is all nitrogen oxides."""
PPM_PER_PCT = 10_000.0
PUMPS = {"SMGA": "sample", "SNGA": "ambient", "SSPL": "purge", "STBY": "off", "SPAU": "off", "SRES": "off"}
ALWAYS = ("SREM", "SMAN", "STBY", "SRES")
"""Orders that are taken while it is busy."""
COLD, LOW_FLOW = "1", "2"
"""Numbers of this rack's errors."""


class AkRackFace:
    """A rack that answers one command at a time, in manual mode until it is taken over."""

    def __init__(self, line: SampleLine, channels: Sequence[str], *, lists_channels: bool = True) -> None:
        self.remote = False
        self.lists_channels = lists_channels
        """Whether it knows AKFG."""
        self._line = line
        self._channels = tuple(channels)
        self._state = "STBY"
        self._patience = Patience(Commands)
        self._errors: tuple[str, ...] = ()
        self._digit = 0

    def switches(self) -> dict[str, Callable[[bool], None]]:
        """Return what can go wrong inside, and how it is switched on and off."""
        return {"manual": lambda on: setattr(self, "remote", not on)}

    def feed(self, data: bytes) -> bytes:
        """Answer each command that these bytes complete."""
        return b"".join(encode_answer(self._answer(command)) for command in self._patience.feed(data))

    def step(self, dt_s: float) -> bytes:
        """Close work that has ended, and forget half a command after a while; it never speaks unasked."""
        self._patience.step(dt_s)
        job = self._line.job
        if job is not None and not job.running and not self._line.busy_for_ever:
            self._line.finish()
            self._state = "STBY"
        return b""

    def _answer(self, command: Command) -> Answer:
        self._look_for_errors()
        code = command.code
        if code not in NAMES or (code == "AKFG" and not self.lists_channels):
            return Answer(UNKNOWN, self._digit)
        fields = self._read(code) if code.startswith("A") else self._obey(code)
        return Answer(code, self._digit, fields)

    def _read(self, code: str) -> tuple[str, ...]:
        match code:
            case "ASTZ":
                return ("SREM" if self.remote else "SMAN", self._state)
            case "ASTF":
                return self._errors
            case "AKEN":
                return ("SIMULATED", "RACK")
            case "AKFG":
                names = [name.rsplit("_", 1)[0].upper() for name in self._channels]
                return tuple(word for n, name in enumerate(names, start=1) for word in (name, f"K{n}"))
            case "AKON":
                return self._concentrations()
        return ("NA",)

    def _obey(self, code: str) -> tuple[str, ...]:
        line = self._line
        if code in ("SREM", "SMAN"):
            self.remote = code == "SREM"
        elif not self.remote:
            return ("OF",)
        elif code not in ALWAYS and (line.warming or line.job is not None):
            return ("BS",)
        elif code in ("SATK", "SLEC"):
            line.start("zero" if code == "SATK" else "leak")
            self._state = code
        elif code in PUMPS:
            line.job, line.pump = None, PUMPS[code]
            self._state = "STBY" if code == "SRES" else code
        else:
            return ("NA",)
        return ()

    def _concentrations(self) -> tuple[str, ...]:
        gas = self._line.reading()._asdict()
        mark = "#" if self._line.warming else ""
        return tuple(f"{mark}{self._shown(name, gas)}" for name in self._channels)

    @staticmethod
    def _shown(name: str, gas: dict[str, float]) -> str:
        component, unit = name.rsplit("_", 1)
        if unit == "ppm" and f"{component}_pct" in gas:
            return f"{gas[f'{component}_pct'] * PPM_PER_PCT:.1f}"
        return f"{gas[OF_LINE.get(name, name)]:.{3 if unit == 'pct' else 1}f}"

    def _look_for_errors(self) -> None:
        found = ((COLD, self._line.warming), (LOW_FLOW, self._line.low_flow))
        errors = tuple(number for number, is_so in found if is_so)
        if errors != self._errors:
            self._errors = errors
            self._digit = self._digit % 9 + 1 if errors else 0
