"""Ends of a wire: a stable name over pulled plugs, a full buffer, and memory on a clock by hand."""

import os
import select
import stat
import termios
from pathlib import Path
from typing import Any

import pytest

from simulators.ends import MemoryEnd, PtyEnd
from simulators.station import LockStep


@pytest.fixture
def link(tmp_path: Path) -> Path:
    return tmp_path / "ports" / "gas"


def heard(fd: int, count: int) -> bytes:
    """Return this many bytes, waiting only for the kernel to hand them over."""
    said = b""
    while len(said) < count:
        ready, _, _ = select.select([fd], [], [], 2.0)
        assert ready, f"only {len(said)} of {count} bytes came"
        said += os.read(fd, count - len(said))
    return said


def nothing_comes_any_more(fd: int) -> bool:
    """Say whether reading ends at once: as an error or as end of file, which a host's serial library treats alike."""
    try:
        return os.read(fd, 1) == b""
    except OSError:
        return True


def test_bytes_cross_a_pseudo_terminal_unchanged_both_ways(link: Path) -> None:
    end = PtyEnd(link)
    near = end.plug()
    host = os.open(link, os.O_RDWR | os.O_NOCTTY)
    everything = bytes(range(256))
    os.write(host, everything)
    select.select([near], [], [], 2.0)
    assert end.read() == everything
    end.write(everything)
    assert heard(host, 256) == everything
    os.close(host)
    end.unplug()


def test_the_name_is_stable_over_unplugging_and_plugging_in(link: Path) -> None:
    end = PtyEnd(link)
    for _ in range(3):
        end.plug()
        assert link.is_symlink()
        assert stat.S_ISCHR(link.stat().st_mode)
        end.write(b"x")
        host = os.open(link, os.O_RDONLY | os.O_NOCTTY)
        assert heard(host, 1) == b"x"
        end.unplug()
        end.unplug()
        assert not link.is_symlink()
        assert end.fd is None
        assert nothing_comes_any_more(host)
        os.close(host)
    assert sorted(os.listdir(link.parent)) == []


def test_a_name_left_by_a_killed_process_is_taken_over(link: Path) -> None:
    link.parent.mkdir(parents=True)
    link.symlink_to("/dev/pts/does-not-exist")
    end = PtyEnd(link)
    end.plug()
    assert link.exists()
    end.unplug()


def test_between_two_hosts_the_end_lives_on(link: Path) -> None:
    end = PtyEnd(link)
    near = end.plug()
    for word in (b"one", b"two"):
        host = os.open(link, os.O_RDWR | os.O_NOCTTY)
        os.write(host, word)
        select.select([near], [], [], 2.0)
        assert end.read() == word
        os.close(host)
        assert end.read() == b""
    end.unplug()


def test_a_host_that_never_reads_costs_bytes_and_blocks_nobody(link: Path) -> None:
    end = PtyEnd(link)
    end.plug()
    for _ in range(200):
        end.write(b"A" * 1000)
    assert end.lost > 100_000
    end.unplug()


def test_the_line_is_raw(link: Path) -> None:
    end = PtyEnd(link)
    end.plug()
    host = os.open(link, os.O_RDWR | os.O_NOCTTY)
    local_modes = termios.tcgetattr(host)[3]
    assert not local_modes & (termios.ECHO | termios.ICANON | termios.ISIG)
    os.close(host)
    end.unplug()


class Mailbox:
    """A pipe's far end by hand."""

    def __init__(self) -> None:
        self.written = bytearray()
        self.arrived = bytearray()
        self.plugged = True

    def take(self) -> bytes:
        data = bytes(self.written)
        self.written.clear()
        return data

    def give(self, data: bytes) -> None:
        self.arrived += data

    def set_plugged(self, plugged: bool) -> None:
        self.plugged = plugged


@pytest.fixture
def boxes(host: Any) -> dict[str, Mailbox]:
    return {name: Mailbox() for name in host.lane.wires}


@pytest.fixture
def steps(host: Any, boxes: dict[str, Mailbox]) -> LockStep:
    wires = host.lane.wires
    ends = [MemoryEnd(wires[name], box.take, box.give, box.set_plugged) for name, box in boxes.items()]
    return LockStep(host.lane, ends, started_ms=1_000_000)


def test_in_memory_the_lane_lives_exactly_as_long_as_the_clock_says(
    host: Any, boxes: dict[str, Mailbox], steps: LockStep
) -> None:
    steps.pump(1_000_019)
    assert host.lane.time_s == 0.0
    steps.pump(1_002_000)
    assert host.lane.time_s == pytest.approx(2.0)
    assert len(boxes["dyno"].arrived) == 100 * 17
    steps.pump(1_002_000)
    assert host.lane.time_s == pytest.approx(2.0)


def test_in_memory_a_question_is_answered_without_time_passing(boxes: dict[str, Mailbox], steps: LockStep) -> None:
    boxes["gas"].written += b"\x26"
    steps.pump(1_000_000)
    assert boxes["gas"].arrived == b"\x00"


def test_in_memory_a_pulled_plug_is_told_and_nothing_arrives(
    host: Any, boxes: dict[str, Mailbox], steps: LockStep
) -> None:
    host.lane.fault("dyno", "unplug", for_s=1.0)
    steps.pump(1_000_500)
    assert not boxes["dyno"].plugged
    assert boxes["dyno"].arrived == b""
    steps.pump(1_001_500)
    assert boxes["dyno"].plugged
    assert boxes["dyno"].arrived != b""
