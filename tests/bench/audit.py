"""Measure an audit: the whole of it, the same without judging, and hashing with the signature check alone, in one run.

Usage: python -m tests.bench.audit [--tests N] [--rounds N] [--folder F]. A measurement, not a test: it prints tests a
second and their ratio, round by round side by side on the same bundles, so that a busy machine is busy for all three.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from lanectl.app.audit.archive import walk
from lanectl.app.audit.bundle import SAME, Finding, audit_bundle, open_evidence
from lanectl.app.audit.pool import Pool
from lanectl.core import asm
from lanectl.ledger import cells
from lanectl.ledger.bundle import read_bundle
from lanectl.ledger.canonical import sha256_hex
from lanectl.ledger.keys import Signer, TrustedKey, TrustStore, new_key
from lanectl.ledger.members import RECORD, SIGNATURE
from tests.bench.bundles import Archive

ROOT = Path(__file__).parents[2]
BAR = 1.3
"""A full audit of a test may take so many times what the same takes with judging left out."""
Work = Callable[[Path], object]


def main() -> None:
    """Make an archive, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--folder", type=Path, help="where the archive is written")
    arguments = parser.parse_args()
    for module in (asm, cells):
        if not str(module.__file__).endswith(".so"):
            sys.exit("this is not compiled here: python setup.py build_ext --inplace")
    place: Path = arguments.folder or ROOT / "build"
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place) as folder:
        measure(Path(folder), arguments.tests, arguments.rounds)


def measure(folder: Path, tests: int, rounds: int) -> None:
    """Write so many bundles into the folder, and measure so many rounds over all of them."""
    signer = Signer(new_key())
    keys = TrustStore([TrustedKey(signer.key_id, signer.public, "lane")])
    say(f"making an archive of {tests} tests …")
    kinds = Archive(folder, signer).write(tests, distinct=48)
    paths = sorted(folder.rglob("*.lane"))
    size = sum(path.stat().st_size for path in paths)
    say(f"{len(paths)} bundles, {size / len(paths) / 1024:.0f} KiB each; medians of {rounds} rounds, one process\n")
    say(f"{'tests':<28}{'full audit':>14}{'no judging':>14}{'hash + key':>14}{'full / no judging':>20}")
    ratios = {kind: _measure_kind(kind, [paths[n] for n in numbers], keys, rounds) for kind, numbers in kinds.items()}
    everything = _measure_kind("all", paths, keys, rounds)
    kept = "kept" if everything <= BAR else "NOT KEPT"
    say(f"\nbar: full audit <= {BAR} times the same without judging: {everything:.2f} over all tests, {kept}")
    say(f"  the dearest kind: {max(ratios.values()):.2f}")
    _measure_all_cores(folder, keys, len(paths), rounds)


def _measure_kind(kind: str, paths: Sequence[Path], keys: TrustStore, rounds: int) -> float:
    works: tuple[Work, ...] = (
        lambda path: audit_bundle(path, keys),
        lambda path: open_evidence(path, keys),
        lambda path: hash_and_check(path, keys),
    )
    _hold(all(audit_bundle(path, keys).state == SAME for path in paths), "an archive of which each test is the same")
    taken = [[_seconds(work, paths) for work in works] for _ in range(rounds + 1)][1:]  # the first round warms up
    pace = [len(paths) / statistics.median(times) for times in zip(*taken, strict=True)]
    ratio = statistics.median(full / without for full, without, _ in taken)
    say(f"{f'{kind} ({len(paths)})':<28}" + "".join(f"{tests:>12.0f}/s" for tests in pace) + f"{ratio:>20.2f}")
    return ratio


def _seconds(work: Work, paths: Sequence[Path]) -> float:
    begin = time.perf_counter()
    for path in paths:
        work(path)
    return time.perf_counter() - begin


def hash_and_check(path: Path, keys: TrustStore) -> None:
    """Do what nobody can do without: read the file, hash every member, check the signature."""
    members = read_bundle(path)
    digests = json.loads(members[RECORD])["members"]
    said = json.loads(members[SIGNATURE])
    key = keys.find("lane", said["key_id"])
    _hold(key is not None and key.signed(members[RECORD], said["signature"]), "a good signature")
    _hold(all(sha256_hex(members[name]) == digest for name, digest in digests.items()), "good digests")


def _measure_all_cores(folder: Path, keys: TrustStore, tests: int, rounds: int) -> None:
    """Time the pool that the command uses, once its processes have started."""
    cores = len(os.sched_getaffinity(0))
    with Pool(folder, keys, None, cores) as pool:
        taken = []
        for _ in range(rounds + 1):
            begin = time.perf_counter()
            findings: list[Finding] = [finding for _item, finding, _fresh in pool.run(walk(folder))]
            taken.append(time.perf_counter() - begin)
            _hold(len(findings) == tests and all(finding.state == SAME for finding in findings), "all the same again")
    say(f"full audit, {cores} processes: {tests / statistics.median(taken[1:]):.0f} tests/s")


def _hold(holds: bool, what: str) -> None:
    if not holds:
        sys.exit(f"what was to be measured is not {what}")


def say(line: str) -> None:
    """Print one line at once, so that a long run shows where it is."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
