# cython: annotation_typing=False
"""Many tests in one loop: each is what its machine makes of its own rows of columns that hold them all.

Knows loops only, no formula and no figure: a machine is begun anew for each test, given what belongs to the vehicle,
fed, ended and asked. Compiled, the loop runs without the interpreter's lock, so that threads that judge a part each run
side by side; whoever has threads calls ``judge_part`` once a thread, with a machine for each. Types: batch.pxd.
"""

from collections.abc import MutableSequence, Sequence

from lanectl.core.asm import Asm

try:
    import cython as compiler  # compiled, this is no import; interpreted, whatever is installed
except ImportError:
    from lanectl.core import uncompiled as compiler

FORCES: int = 4
"""Numbers a test in ``forces``: roller force and tolerance at 25 km/h, the same at 40 km/h."""
TOLD: int = 36
"""Numbers a test in ``told``, as asm_verdict.TOLD."""


def judge_part(
    machine: Asm, phase: int, forces: Sequence[int], starts: Sequence[int], rows: Sequence[int],
    block: "memoryview[float]", told: MutableSequence[int], first: int, end: int,
) -> None:  # fmt: skip
    """Judge the tests from ``first`` up to ``end``, without it, each begun in ``phase``, and write what each tells.

    Test n has the seconds from ``starts[n]`` up to ``starts[n + 1]`` of ``rows`` (samples a second) and ``block`` (a
    channel a line).
    """
    with compiler.nogil:
        judge_each(machine, phase, forces, starts, rows, block, told, first, end)


def judge_each(
    machine: Asm, phase: int, forces: Sequence[int], starts: Sequence[int], rows: Sequence[int],
    block: "memoryview[float]", told: MutableSequence[int], first: int, end: int,
) -> None:  # fmt: skip
    """Judge a part of the tests, as judge_part."""
    test = first
    while test < end:
        machine.begin(phase)
        machine.set_force(0, forces[test * FORCES], forces[test * FORCES + 1])
        machine.set_force(1, forces[test * FORCES + 2], forces[test * FORCES + 3])
        machine.feed_part(rows, block, starts[test], starts[test + 1])
        machine.end()
        machine.tell(told, test * TOLD)
        test += 1
