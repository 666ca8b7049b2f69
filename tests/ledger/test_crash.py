"""kill -9 at random moments: what was acknowledged is there, once, and the chain holds."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from lanectl.ledger.keys import Signer, new_key, write_private_key
from lanectl.ledger.verify import verify_ledger

WRITER = """
import sys
from datetime import datetime, timezone
from pathlib import Path
from lanectl.ledger.keys import Signer
from lanectl.ledger.store import Ledger
from lanectl.ledger.values import TestOpening
from lanectl.model.record import LaneIdentity
from lanectl.model.sample import LaneEvent
import json
folder, body = Path(sys.argv[1]), json.loads(sys.argv[2])
ledger = Ledger.open(folder / "ledger.db", LaneIdentity(*sys.argv[3:7]), Signer.load(folder / "key.pem"))
at = datetime(2026, 3, 1, tzinfo=timezone.utc)
start = len(ledger.results(10_000))
def tell(*words):
    sys.stdout.write(" ".join(map(str, words)) + "\\n"); sys.stdout.flush()
for test in ledger.unfinished():
    told = {**test.opening.body, "outcome": "aborted", "cause": "crash", "ended_at": at.isoformat()}
    ledger.seal(test.opening.test_id, told, at)
    tell("sealed", test.opening.test_id)
number = 0
while True:
    number += 1
    test_id = f"run{sys.argv[7]}-{number}"
    mine = {**body, "test_id": test_id}
    ledger.begin_test(TestOpening(test_id, at, mine, {}))
    tell("begun", test_id)
    for beat in range(3):
        ledger.append(test_id, [], [], [LaneEvent(beat, beat, "beat")])
        tell("kept", test_id, beat)
    ledger.seal(test_id, {**mine, "outcome": "pass", "ended_at": at.isoformat()}, at)
    tell("sealed", test_id)
"""


@pytest.mark.system
def test_a_killed_writer_loses_nothing_that_it_acknowledged(bench: Any, tmp_path: Path) -> None:
    import json

    private = new_key()
    bench.signer = Signer(private)
    write_private_key(tmp_path / "key.pem", private)
    lane = bench.lane
    arguments = [str(tmp_path), json.dumps(bench.body("x")), lane.region, lane.station, lane.lane, lane.mode]
    chance = random.Random(3)
    begun: set[str] = set()
    sealed: list[str] = []
    for run in range(20 if os.environ.get("FULL") == "1" else 5):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, *arguments, str(run)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(chance.uniform(0.0, 0.08))
            writer.kill()
            said = [line.split() for line in writer.stdout.read().splitlines() if line.strip()]
        sealed += [words[1] for words in said if words[0] == "sealed" and len(words) == 2]
        begun |= {words[1] for words in said if words[0] == "begun" and len(words) == 2}
        ledger = bench.open()
        kept = [str(row.sealed.body["test_id"]) for row in ledger.results(100_000)]
        assert len(kept) == len(set(kept)), "a record is there twice"
        assert set(sealed) <= set(kept), "an acknowledged record is gone"
        open_tests = {test.opening.test_id: len(test.kept.events) for test in ledger.unfinished()}
        assert begun <= set(kept) | set(open_tests), "an acknowledged beginning is gone"
        last = {words[1]: int(words[2]) + 1 for words in said if words[0] == "kept" and len(words) == 3}
        assert all(open_tests[test_id] >= last.get(test_id, 0) for test_id in open_tests), "acknowledged beats are gone"
        waiting = ledger.outbox_state().waiting
        bench.close()
        assert waiting == 2 * len(kept)
        assert verify_ledger(bench.path, bench.keys).ok
    assert len(sealed) > 3
