"""A million damaged frames for every protocol of the registry: `make fuzz`.

Each has to end in a value or a named FrameError, within bounded work and with flat memory. What was done is noted block
by block, so that a run that was broken off goes on where it stopped. ``--publish`` writes how often damage was
accepted with another value than the true one to docs/devices/undetected.toml. The same seed damages the same way.
"""

import argparse
import hashlib
import json
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from drivers.registry import DECODERS
from tests.fuzz import published
from tests.fuzz.judge import MOST_HELD, READING, WHO, flood, resident_kb, run, subjects_of

ROOT = Path(__file__).parents[2]
FRAMES, BLOCK = 1_000_000, 20_000
MOST_GROWN_KB = 8 * 1024
"""Memory that all blocks of a device together may add once the first is done."""


@dataclass(frozen=True, slots=True)
class Work:
    """One block: which device, and which part of its frames."""

    device: str
    number: int
    frames: int
    seed: str

    @property
    def key(self) -> tuple[str, int, int, str]:
        """What makes this block the same as one that was done before."""
        return (self.device, self.number, self.frames, self.seed)


@dataclass(slots=True)
class Done:
    """What became of a block."""

    device: str
    number: int
    frames: int
    seed: str
    genuine: str
    """Digest of the genuine frames: other frames are another run."""
    took_s: float
    """Processor time: a run in the background waits for others most of the time."""
    grown_kb: int
    held: int
    ends: dict[str, int]
    errors: dict[str, int]
    trouble: str = ""


@dataclass(slots=True)
class Total:
    """Everything that was done to one device."""

    frames: int = 0
    took_s: float = 0.0
    grown_kb: int = 0
    held: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def add(self, done: Done) -> None:
        """Take one more block."""
        self.frames += done.frames
        self.took_s += done.took_s
        self.grown_kb += done.grown_kb if done.number else 0
        self.held = max(self.held, done.held)
        self.ends += Counter(done.ends)
        self.errors += Counter(done.errors)


def main() -> None:
    """Damage, report, and end 1 when something was wrong."""
    options = _options()
    devices = options.device or list(DECODERS)
    done = _known(options.output, devices)
    blocks = [(number, min(BLOCK, options.frames - number * BLOCK)) for number in range(-(-options.frames // BLOCK))]
    wanted = [Work(device, number, size, options.seed) for device in devices for number, size in blocks]
    known = {(each.device, each.number, each.frames, each.seed): each for each in done}
    totals, troubles = {device: Total() for device in devices}, []
    options.output.parent.mkdir(parents=True, exist_ok=True)
    with options.output.open("a", encoding="utf-8") as file:
        left = [work for work in wanted if work.key not in known]
        for each in [known[work.key] for work in wanted if work.key in known]:
            totals[each.device].add(each)
        for each in _at_work(left, options.workers):
            if each.trouble:
                troubles.append(f"{each.device}, block {each.number} of seed {each.seed!r}: {each.trouble}")
                continue
            file.write(json.dumps(asdict(each)) + "\n")
            file.flush()
            totals[each.device].add(each)
    _report(totals)
    troubles += list(_too_much(totals))
    if options.publish and not troubles:
        published.write({device: (total.frames, total.ends) for device, total in totals.items()})
    sys.stdout.writelines(f"WRONG: {trouble}\n" for trouble in troubles)
    sys.exit(1 if troubles else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=FRAMES, help="damaged frames for each device")
    parser.add_argument("--device", action="append", choices=list(DECODERS), help="only this one; may be repeated")
    parser.add_argument("--seed", default="2018")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "fuzz.jsonl", help="where blocks are noted")
    parser.add_argument("--publish", action="store_true", help=f"write {published.PLACE.name}")
    return parser.parse_args()


def _at_work(wanted: list[Work], workers: int) -> Iterator[Done]:
    """Do the blocks, all of a device in one process, so that its memory can be watched; give each as it is done."""
    by_device: dict[str, list[Work]] = {}
    for work in wanted:
        by_device.setdefault(work.device, []).append(work)
    spawn = multiprocessing.get_context("spawn")
    done: multiprocessing.SimpleQueue[Done] = spawn.SimpleQueue()
    with spawn.Pool(workers, _begin, (done,), maxtasksperchild=1) as pool:
        pool.map_async(_all_of, by_device.values(), chunksize=1)
        for _ in wanted:
            yield done.get()


_done: "multiprocessing.SimpleQueue[Done]"
"""Where a worker hands over its blocks; a pool has no other way to give its workers something."""


def _begin(done: "multiprocessing.SimpleQueue[Done]") -> None:
    global _done
    _done = done


def _all_of(works: list[Work]) -> None:
    for place, work in enumerate(works):
        done = _block(work)
        if not place:
            done.grown_kb = 0  # what a process learns first is no growth, whichever block that is
        _done.put(done)


def _block(work: Work) -> Done:
    done = Done(work.device, work.number, work.frames, work.seed, "", 0.0, 0, 0, {}, {})
    try:
        subjects = subjects_of(work.device)
        done.genuine = digest(work.device)
        listeners = {id(each.genuine.listening): each.genuine.listening for each in subjects if each.genuine.listening}
        done.held = max((flood(each, f"{work.seed}:{work.number}") for each in listeners.values()), default=0)
        before_kb, began_s = resident_kb(), time.process_time()
        tally = run(work.device, work.frames, f"{work.seed}:{work.device}:{work.number}")
        done.took_s, done.grown_kb = time.process_time() - began_s, resident_kb() - before_kb
        done.ends = {" ".join(key): count for key, count in sorted(tally.ends.items())}
        done.errors = dict(tally.errors)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what this run looks for
        cause = error.__cause__
        done.trouble = f"{error!r}" + (f" because of {cause!r}" if cause else "")
    return done


def digest(device: str) -> str:
    """Return what the genuine frames of a device come down to."""
    text = "\n".join(f"{subject.who} {subject.frame.hex()}" for subject in subjects_of(device))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _known(output: Path, devices: Iterable[str]) -> list[Done]:
    """Return the blocks done before, with the genuine frames of today."""
    if not output.exists():
        return []
    found = [Done(**json.loads(line)) for line in output.read_text(encoding="utf-8").splitlines()]
    today = {device: digest(device) for device in {each.device for each in found} & set(devices)}
    return [each for each in found if today.get(each.device) == each.genuine]


def _report(totals: dict[str, Total]) -> None:
    head = f"{'device':<24}{'frames':>9}{'frames/s':>10}{'held':>7}{'grown kB':>10}"
    sys.stdout.write(head + f"{'readings':>11}{'words':>9}{'codec':>9}   accepted with another value\n")
    for device, total in totals.items():
        rate = total.frames / total.took_s if total.took_s else 0.0
        shares = [published.share(total.ends, who) for who in WHO]
        told = "".join(f"{'-' if share is None else f'{100 * share:.3f} %':>{11 if who == READING else 9}}"
                       for who, share in zip(WHO, shares, strict=True))  # fmt: skip
        sys.stdout.write(f"{device:<24}{total.frames:>9}{rate:>10.0f}{total.held:>7}{total.grown_kb:>10}{told}\n")


def _too_much(totals: dict[str, Total]) -> Iterator[str]:
    for device, total in totals.items():
        if total.grown_kb > MOST_GROWN_KB:
            yield f"{device}: memory grew by {total.grown_kb} kB"
        if total.held > MOST_HELD:
            yield f"{device}: a framer kept {total.held} bytes"


if __name__ == "__main__":
    main()
