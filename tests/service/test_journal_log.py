"""What a log record becomes: a journal entry with fields where the journal listens, else a line of text."""

import asyncio
import logging
import os
import socket
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lanectl.app.journal_log import JournalHandler, TextFormatter, journal_listens
from lanectl.lane import log_fields


class Journal:
    """The far end: takes datagrams as journald does, and reads them by the protocol's own description."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(2.0)

    def entry(self) -> dict[str, str]:
        data, descriptors, _, _ = socket.recv_fds(self.socket, 1 << 20, 1)
        if descriptors:
            with os.fdopen(descriptors[0], "rb") as file:
                file.seek(0)
                data = file.read()
        return dict(parsed(data))


def parsed(data: bytes) -> Iterator[tuple[str, str]]:
    while data:
        line, _, rest = data.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            (length,) = struct.unpack("<Q", rest[:8])
            value, rest = rest[8 : 8 + length], rest[8 + length :]
            assert rest[:1] == b"\n"
            rest = rest[1:]
        yield name.decode(), value.decode()
        data = rest


@pytest.fixture
def journal() -> Iterator[Journal]:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        made = Journal(Path(folder) / "socket")
        yield made
        made.socket.close()


@pytest.fixture
def log(journal: Journal) -> Iterator[logging.Logger]:
    logger = logging.getLogger("lanectl.somewhere")
    handler = JournalHandler(journal.path, {"lane": "440106/44010625/01"})
    logger.addHandler(handler)
    yield logger
    logger.removeHandler(handler)
    handler.close()


def test_an_entry_says_who_where_how_grave_and_of_which_lane(journal: Journal, log: logging.Logger) -> None:
    log.warning("device %s is %s", "gas", "lost", extra={"device": "gas"})

    entry = journal.entry()

    assert entry["MESSAGE"] == "device gas is lost"
    assert (entry["PRIORITY"], entry["SYSLOG_IDENTIFIER"], entry["LOGGER"]) == ("4", "lanectl", "lanectl.somewhere")
    assert (entry["LANE"], entry["DEVICE"]) == ("440106/44010625/01", "gas")
    assert entry["CODE_FILE"] == __file__
    assert entry["CODE_FUNC"] == "test_an_entry_says_who_where_how_grave_and_of_which_lane"
    assert "TEST_ID" not in entry


@pytest.mark.parametrize(("level", "priority"), [(50, "2"), (40, "3"), (30, "4"), (20, "6"), (10, "7")])
def test_levels_become_the_numbers_of_syslog(journal: Journal, log: logging.Logger, level: int, priority: str) -> None:
    log.setLevel(logging.DEBUG)
    log.log(level, "x")

    assert journal.entry()["PRIORITY"] == priority


async def test_what_a_task_notes_its_children_say_and_nobody_else(journal: Journal, log: logging.Logger) -> None:
    async def child() -> None:
        log.error("child")

    async def test_run() -> None:
        log_fields.note(test_id="t-7")
        await asyncio.create_task(child())

    await asyncio.create_task(test_run())
    log.error("neighbour")

    assert journal.entry()["TEST_ID"] == "t-7"
    assert "TEST_ID" not in journal.entry()


def test_a_traceback_travels_with_its_line_ends(journal: Journal, log: logging.Logger) -> None:
    try:
        raise OSError("the disk\nis full")
    except OSError:
        log.exception("sealing")

    message = journal.entry()["MESSAGE"]

    assert message.startswith("sealing\nTraceback (most recent call last):\n")
    assert message.endswith("OSError: the disk\nis full")


def test_an_entry_that_no_datagram_holds_goes_as_a_sealed_file(journal: Journal, log: logging.Logger) -> None:
    log.error("长" * 300_000)

    assert journal.entry()["MESSAGE"] == "长" * 300_000


def test_a_journal_that_is_gone_ends_nothing(
    journal: Journal, log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    journal.socket.close()

    log.error("nobody hears this")

    assert "ConnectionRefusedError" in capsys.readouterr().err


def test_only_the_stream_that_the_variable_names_is_the_journals() -> None:
    with tempfile.TemporaryFile("w") as file:
        found = os.fstat(file.fileno())

        assert journal_listens(file, f"{found.st_dev}:{found.st_ino}")
        assert not journal_listens(file, f"{found.st_dev}:{found.st_ino + 1}")
        assert not journal_listens(file, None)


@pytest.mark.parametrize(("fields", "end"), [({"device": "gas"}, " [device=gas]"), ({}, "")])
def test_without_a_journal_fields_stand_at_the_end_of_the_line(fields: dict[str, str], end: str) -> None:
    record = logging.LogRecord("lanectl.x", logging.INFO, __file__, 1, "device is %s", ("ready",), None)
    vars(record).update(fields)

    line = TextFormatter("%(levelname)s %(name)s: %(message)s").format(record)

    assert line == f"INFO lanectl.x: device is ready{end}"
