"""One SQLite connection, opened the one way that keeps its promises.

Knows pragmas, transactions, and which of our errors an SQLite error is. Does not know what is stored.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlite_utils import Database

from lanectl.ledger.errors import LedgerDamagedError, LedgerUnavailableError
from lanectl.ledger.schema import migrations

_PRAGMAS = ("journal_mode=wal", "synchronous=full", "foreign_keys=on", "busy_timeout=5000")
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open or create a ledger file and bring its tables up to date: WAL, every commit synced."""
    with told_apart():
        # The writer thread uses the connection that the main thread opened; never both at once.
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            for pragma in _PRAGMAS:
                connection.execute(f"pragma {pragma}")
            migrations.apply(Database(connection))
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def open_for_reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a ledger file read-only, for as long as the block lasts; also one on a read-only medium."""
    address = path.resolve().as_uri()
    with told_apart(), closing(_readable(address)) as connection:
        connection.text_factory = _text
        connection.execute("begin")  # one moment for all that is read, while the daemon goes on writing
        yield connection


def schema_of(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    """Return name and text of every table, index and trigger."""
    rows = connection.execute("select name, sql from sqlite_master where sql is not null and name not like 'sqlite_%'")
    return {(name, sql) for name, sql in rows if not name.startswith("_sqlite_migrations")}


def fresh_schema() -> set[tuple[str, str]]:
    """Return what schema_of says of a ledger file that is made now."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrations.apply(Database(connection))
        return schema_of(connection)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All of the block or nothing of it, synced when the block is left; errors are told apart by who can act."""
    with told_apart():
        connection.execute("begin immediate")
        try:
            yield connection
            connection.execute("commit")
        except BaseException:
            if connection.in_transaction:
                connection.execute("rollback")
            raise


@contextmanager
def told_apart() -> Iterator[None]:
    """Turn SQLite's errors into the ledger's: damaged, or unavailable."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise  # a rule of the tables was broken: a fault of the program, not of the disk
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
            raise LedgerDamagedError(f"not a sound ledger file: {error}") from error
        raise LedgerUnavailableError(str(error)) from error


def _text(cell: bytes) -> str:
    return cell.decode("utf-8", "replace")  # damaged text must be seen, not raise


def _readable(address: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{address}?mode=ro", uri=True, isolation_level=None)
    try:
        connection.execute("select count(*) from sqlite_master").fetchone()
    except sqlite3.OperationalError:
        # A WAL file needs a writable -shm beside it; without one the file is at rest and can be read as it is.
        connection.close()
        connection = sqlite3.connect(f"{address}?mode=ro&immutable=1", uri=True, isolation_level=None)
    return connection
