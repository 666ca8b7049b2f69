"""Processes that judge bundles side by side.

Each has a pipe of its own, so that one that dies is known with the bundle it died over: that one is reported, the rest
of its batch is given to another. Does not know what is counted or remembered of a finding.
"""

import multiprocessing
import signal
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Self

from lanectl.app.audit.bundle import Finding, audit_bundle, damaged
from lanectl.ledger.keys import TrustStore

BATCH = 16
"""Bundles given at once: enough that nobody waits for the pipe, few enough that all end at about the same time."""
LEAVE_S = 5.0
_READY = "ready"


class PoolError(Exception):
    """The processes that should judge cannot be started."""


@dataclass(frozen=True, slots=True)
class Item:
    """One bundle of an archive: its path below it, and what tells whether it was changed since."""

    path: str
    mark: str = ""
    """What any change of the file changes; empty where there is no file to read."""


Work = Iterator[tuple[Item, Finding | None]]
"""Bundles to judge; one whose finding is known is passed on."""


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: "Connection[object, object]"
    todo: deque[Item] = field(default_factory=deque)
    ready: bool = False


class Pool:
    """So many processes under one archive; each is started when there is work for it."""

    def __init__(self, archive: Path, keys: TrustStore, limit_set: str | None, jobs: int) -> None:
        self._given = (archive, keys, limit_set)
        self._jobs = jobs
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []
        self._again: deque[Item] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.pipe.close()  # a worker that finds its pipe closed leaves
        for worker in self._workers:
            worker.process.terminate()
            worker.process.join(LEAVE_S)

    def run(self, work: Work) -> Iterator[tuple[Item, Finding, bool]]:
        """Yield each bundle with its finding, and whether it was judged just now; in no order."""
        while True:
            while self._may_take():
                batch: deque[Item] = deque()
                while len(batch) < BATCH and (found := self._next(work)) is not None:
                    item, finding = found
                    if finding is None:
                        batch.append(item)
                    else:
                        yield item, finding, False
                if not batch:
                    break
                self._give(batch)
            busy = [worker for worker in self._workers if worker.todo]
            if not busy:
                return
            heard = wait([worker.pipe for worker in busy])
            for worker in busy:
                if worker.pipe in heard:
                    yield from self._collect(worker)

    def _may_take(self) -> bool:
        return len(self._workers) < self._jobs or any(not worker.todo for worker in self._workers)

    def _next(self, work: Work) -> tuple[Item, Finding | None] | None:
        return (self._again.popleft(), None) if self._again else next(work, None)

    def _give(self, batch: deque[Item]) -> None:
        worker = next((worker for worker in self._workers if not worker.todo), None) or self._start()
        try:
            worker.pipe.send([item.path for item in batch])
        except OSError:  # it died without work: over no bundle
            self._let_go(worker)
            self._again.extend(batch)
        else:
            worker.todo = batch

    def _start(self) -> _Worker:
        """Start a process that Ctrl-C does not reach: the one that asks ends it, when what was found is kept."""
        mine, theirs = self._context.Pipe()
        process = self._context.Process(target=_work, args=(theirs, *self._given), daemon=True)
        interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            process.start()
        finally:
            signal.signal(signal.SIGINT, interrupt)
        theirs.close()
        worker = _Worker(process, mine)
        self._workers.append(worker)
        return worker

    def _collect(self, worker: _Worker) -> Iterator[tuple[Item, Finding, bool]]:
        try:
            heard = worker.pipe.recv()
        except (EOFError, OSError):  # it ended between two findings, or in the middle of one
            yield self._lost(worker), damaged("program_died", _how(worker.process)), True
            return
        if isinstance(heard, Finding):
            yield worker.todo.popleft(), heard, True
        else:
            worker.ready = True

    def _lost(self, worker: _Worker) -> Item:
        """Let a dead process go; return the bundle that it was at, and keep the others for the next."""
        self._let_go(worker)
        item = worker.todo.popleft()
        self._again.extend(worker.todo)
        return item

    def _let_go(self, worker: _Worker) -> None:
        worker.process.join(LEAVE_S)
        worker.pipe.close()
        self._workers.remove(worker)
        if not worker.ready:
            raise PoolError(f"a process that should judge did not start ({_how(worker.process)})")


def _how(process: BaseProcess) -> str:
    code = process.exitcode
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def _work(pipe: "Connection[object, list[str]]", archive: Path, keys: TrustStore, limit_set: str | None) -> None:
    """Judge what is asked for, until nobody asks any more."""
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        pipe.send(_READY)
        while True:
            for path in pipe.recv():
                pipe.send(audit_bundle(archive / path, keys, limit_set))
