"""What wire faces of gas analysers have in common that share a vocabulary.

Knows how work ends, how a look at the gas is filled, and that half a request is forgotten. Does not know frames, which
command does what, where gas comes from, ports, or time of day.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

from protocols.gas import Dialect, Gases, Request
from protocols.weather import Weather
from simulators.exhaust import air_ratio
from simulators.patience import Patience
from simulators.sample_line import SampleLine

LAMBDA_WITHOUT_EXHAUST = 0.0
LARGEST_LAMBDA = 2.2
"""No such device shows more, so that its air to fuel ratio fits as well."""
STOICHIOMETRIC = 14.7


class GasFace(ABC):
    """A gas analyser that answers one request at a time.

    ``engine`` returns what the clamp on the ignition and the probe in the oil feel: r/min and degrees C.
    """

    def __init__(self, dialect: Dialect, line: SampleLine, engine: Callable[[], tuple[float, float]]) -> None:
        self._dialect = dialect
        self._line = line
        self._engine = engine
        self._patience = Patience(dialect.request_framer)

    def switches(self) -> dict[str, Callable[[bool], None]]:
        """Return nothing: whatever can go wrong with it happens in the sample line."""
        return {}

    def feed(self, data: bytes) -> bytes:
        """Answer each request that these bytes complete; a damaged one gets no answer."""
        return b"".join(self._say(request) for request in self._patience.feed(data))

    def step(self, dt_s: float) -> bytes:
        """Close work that has ended, and forget half a request after a while."""
        self._patience.step(dt_s)
        job = self._line.job
        if job is not None and not job.running and not self._line.busy_for_ever:
            return self._ended(job.kind, self._line.finish())
        return b""

    @abstractmethod
    def _say(self, request: Request) -> bytes:
        """Return the answer to one request as bytes."""

    def _ended(self, kind: str, went_well: bool) -> bytes:
        """Take note that work of this kind has ended; return what the device says of it unasked."""
        return b""

    @property
    def _occupied(self) -> bool:
        return self._line.warming or self._line.job is not None

    def _gases(self, *words: str, weather: bool = False) -> Gases:
        gas, (rpm, oil_c), air = self._line.reading(), self._engine(), self._line.air
        ratio = air_ratio(gas)
        shown = LAMBDA_WITHOUT_EXHAUST if ratio is None else min(LARGEST_LAMBDA, ratio)
        return Gases(
            *gas,
            engine_rpm=rpm,
            oil_temp_c=oil_c,
            lambda_=shown,
            air_fuel_ratio=shown * STOICHIOMETRIC,
            weather=Weather(air.temp_c, air.humidity_pct, air.pressure_kpa) if weather else None,
            words=frozenset(words),
        )
