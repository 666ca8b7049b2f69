"""What the expensive steps cost on this machine, measured in one run: medians over rounds, and how the bars stand.

Compiled and interpreted core are measured in turns, so that both see the same machine; bars are medians of ratios,
round by round. Numbers of one machine say nothing about another: docs/performance.md holds a run with its machine.
"""

import argparse
import tempfile
from pathlib import Path

from tests.bench.core_batch import Batch, batch_bars, batch_steps
from tests.bench.core_push import push_bars, push_steps
from tests.bench.evidence import ROOT, evaluate_steps, evidence_steps, second_step
from tests.bench.measure import Taken, machine, measure, report, say
from tests.core.interpreted_core import compiled_core, compiled_names, interpreted_core


def main() -> None:
    """Measure every step and print the table, then the bars."""
    arguments = _arguments()
    place: Path = arguments.folder or ROOT / "build"
    place.mkdir(parents=True, exist_ok=True)
    compiled, interpreted = compiled_core(), interpreted_core()
    loose = [name for name in compiled_names() if not str(compiled[name].__file__).endswith(".abi3.so")]
    if loose:
        raise SystemExit(f"not built as it is shipped (abi3): {', '.join(loose)}")
    with tempfile.TemporaryDirectory(dir=place) as folder:
        batch = Batch(compiled, interpreted)
        say(machine(Path(folder)))
        say(f"medians of {arguments.rounds} rounds; {batch.check()}\n")
        say(f"{'step':<52}{'median':>12}{'fastest':>12}{'slowest':>12}")
        taken: Taken = {}
        groups = [*push_steps(compiled, interpreted), batch_steps(batch, Path(folder))]
        if not arguments.core:
            groups += [[second_step()], evaluate_steps(Path(folder)), evidence_steps(Path(folder))]
        for steps in groups:
            found = measure(steps, arguments.rounds)
            report(found)
            taken |= found
    say(f"\n{'bar (times faster, or part)':<62}{'least':>8}{'found':>10}")
    for bar in [*push_bars(taken), *batch_bars(taken)]:
        say(bar.line())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--core", action="store_true", help="measure the core alone")
    parser.add_argument("--folder", type=Path, help="where the ledger is written; its disk is part of the answer")
    return parser.parse_args()


if __name__ == "__main__":
    main()
