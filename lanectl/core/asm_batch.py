"""Many ASM tests at once: columns of all of them in one block, judged by the loop of batch.py, verdicts on demand.

Knows how tests are laid side by side and how verdicts are read back; the same come out as from one trial a test. Knows
no thread: ``judge`` may be called from several, each for a part of the tests.
"""

from array import array
from collections.abc import Mapping, Sequence

from lanectl.core.asm_law import AsmLaw
from lanectl.core.asm_trial import CHANNELS, PHASES, STARTS
from lanectl.core.asm_verdict import TOLD, AsmVerdict
from lanectl.core.batch import judge_part
from lanectl.core.columns import Columns
from lanectl.core.second import NO_VALUE
from lanectl.core.trial import number_of
from lanectl.core.verdict import Verdict


class AsmBatch:
    """Tests under one law (limits and fuel) that begin in one phase; each has a reference mass and a trace.

    Test n has the seconds from ``starts[n]`` up to ``starts[n + 1]`` of ``rows`` (samples a second) and ``block`` (a
    channel a line, as asm_trial.CHANNELS); ``forces`` holds roller force and tolerance of both modes, test by test.
    """

    def __init__(self, law: AsmLaw, start_phase: str, masses_kg: Sequence[float], traces: Sequence[Columns]) -> None:
        self._law = law
        self._phase = PHASES.index(start_phase)
        modes = range(2)
        self.forces = array("q", [n for mass in masses_kg for mode in modes for n in law.force_counts(mode, mass)])
        self.starts, self.rows = array("q", [0]), array("i")
        for trace in traces:
            self.rows.extend(trace.rows)
            self.starts.append(len(self.rows))
        self.block = _side_by_side(traces, len(self.rows))
        self._told = array("q", bytes(8 * TOLD * len(traces)))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def judge(self, first: int = 0, end: int | None = None) -> None:
        """Judge the tests from ``first`` up to ``end``, without it; IndexError where there are no such tests."""
        machine, last = self._law.machine(self._phase), len(self) if end is None else end
        if not 0 <= first <= last <= len(self):
            raise IndexError(f"tests {first} to {last} of {len(self)}")  # the compiled loop would not look
        judge_part(
            machine, self._phase, self.forces, self.starts, self.rows, self.block, self._told, first, last
        )  # fmt: skip

    def told(self, test: int) -> Sequence[int]:
        """Return the numbers that a judged test told, as AsmVerdict takes them."""
        return self._told[test * TOLD : (test + 1) * TOLD]

    def verdict(self, test: int) -> Verdict:
        """Return the verdict of a judged test."""
        return AsmVerdict(self._law, self.told(test)).verdict()


def judge_many(
    vehicles: Sequence[Mapping[str, object]], traces: Sequence[Columns], section: Mapping[str, object],
    limit_set: str, start_phase: str | None = None,
) -> list[Verdict]:  # fmt: skip
    """Return the verdicts of whole tests, as a trial each would give them at the end of its trace.

    Raises VehicleFactMissing where a vehicle lacks fuel or reference mass, LimitsMissing where a figure is missing.
    """
    verdicts: dict[int, Verdict] = {}
    by_fuel: dict[object, list[int]] = {}
    for test, vehicle in enumerate(vehicles):
        by_fuel.setdefault(vehicle.get("fuel"), []).append(test)
    for tests in by_fuel.values():
        masses = [number_of(vehicles[test], "reference_mass_kg") for test in tests]
        law = AsmLaw(vehicles[tests[0]], section, limit_set)
        batch = AsmBatch(law, start_phase or STARTS[0], masses, [traces[test] for test in tests])
        batch.judge()
        verdicts |= {test: batch.verdict(place) for place, test in enumerate(tests)}
    return [verdicts[test] for test in range(len(vehicles))]


def _side_by_side(traces: Sequence[Columns], length: int) -> "memoryview[float]":
    """Return all traces as one block, a channel a line; one without any row still has a row, that nobody reads."""
    block = bytearray()
    for name in CHANNELS:
        for trace in traces:
            block += trace.values.get(name, array("d", [NO_VALUE]) * len(trace.rows)).tobytes()
        block += bytes(0 if length else 8)
    return memoryview(block).cast("d", (len(CHANNELS), max(1, length)))
