"""The database that calls are recorded in: where it is, how it is opened, and what is done to an older one.

SQLite: a write-ahead log, so that nobody who reads is in the way of a writer; what is deleted is overwritten; a file
that another process is writing is waited for. PostgreSQL: every wait has a limit. Connections are opened for one piece
of work and closed after it, so that none is broken by a server that was restarted.

The schema is brought up to date by whoever opens the database first; the others wait meanwhile. A database with a newer
schema than this version knows is refused.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.errors import OrchestratorError

if TYPE_CHECKING:
    from peewee import Database as Connection

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 5  # for a file that another process is writing, or a server to connect to
STATEMENT_SECONDS = 30  # for one statement of PostgreSQL
SILENCE_MS = 10_000  # of a server, after which its connection is given up
LOCK = 0x6F726368  # the advisory lock of PostgreSQL under which the schema is changed
PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "normal",  # a crash of the process loses nothing, one of the machine the last seconds at most
    "secure_delete": "on",
    "cache_size": -8000,  # kilobytes
    "journal_size_limit": 16_000_000,
}
POSTGRESQL: dict[str, Any] = {
    "prefer_psycopg3": True,
    "connect_timeout": BUSY_SECONDS,
    "options": f"-c statement_timeout={STATEMENT_SECONDS}s",
    "tcp_user_timeout": SILENCE_MS,
    "application_name": "orchestrator",
}


def load() -> None:
    """Import what databases need: a tenth of a second in which calls of this process would be held up."""
    import playhouse.migrations  # noqa: F401

    import orchestrator.records.retention  # noqa: F401


class RecordsError(OrchestratorError):
    """The database cannot be used; the message says why, and what to do."""


class Database:
    """One database, by its address (`ORCHESTRATOR_RECORDS`)."""

    def __init__(self, address: str) -> None:
        # The file of SQLite; None for PostgreSQL.
        path = address.removeprefix("sqlite:///")
        self.file = Path(path) if path != address else None
        if self.file is None and importlib.util.find_spec("psycopg") is None:
            raise RecordsError(
                "ORCHESTRATOR_RECORDS: PostgreSQL needs a package that is not installed. "
                "Install it with: pip install 'voice-orchestrator[postgres]'"
            )
        # Where it is, with the password if there is one.
        self._address = address
        # Gives each thread a connection of its own; None until it is first used.
        self._peewee: Connection | None = None
        # Held while it is opened for the first time.
        self._opening = threading.Lock()

    @property
    def exists(self) -> bool:
        """Whether there may be calls in it; SQLite's file is made with the first call."""
        return self.file is None or self.file.exists()

    @property
    def folder(self) -> Path:
        """Where files lie that belong to calls."""
        return (self.file.parent if self.file else Path(".orchestrator")) / "recordings"

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Open a connection for this block, in this thread; raises `RecordsError` when the database cannot be used."""
        import peewee

        try:
            with self._opened().connection_context():
                yield self._opened()
        except (peewee.PeeweeException, OSError) as error:
            raise RecordsError(self._said(error)) from error

    def _opened(self) -> Connection:
        if self._peewee is None:
            with self._opening:
                self._peewee = self._peewee or self._prepared()
        return self._peewee

    def _prepared(self) -> Connection:
        """Make the database if it is not there, and bring its schema up to date."""
        import peewee

        database: Connection
        if self.file is None:
            database = peewee.PostgresqlDatabase(self._address, **POSTGRESQL)
        else:
            self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.file.touch(mode=0o600)  # what callers said is nobody else's business on this machine
            database = peewee.SqliteDatabase(str(self.file), pragmas=PRAGMAS, timeout=BUSY_SECONDS)
        with database.connection_context():
            _bring_up_to_date(database)
        return database

    def _said(self, error: Exception) -> str:
        """Say what the database said, without its address: that holds a password."""
        what = str(error).strip().partition("\n")[0] or type(error).__name__
        where = str(self.file) if self.file else "PostgreSQL"
        remedy = "Check the file, its folder and the disk." if self.file else "Check the server and the address."
        return f"ORCHESTRATOR_RECORDS: {where}: {what}. {remedy}"


def _bring_up_to_date(database: Connection) -> None:
    """Apply the migrations that are missing, all or none; others who open the database wait meanwhile."""
    from playhouse.migrations import Runner

    from orchestrator.records.statements import close_lost, transaction
    from orchestrator.records.tables import execute, is_sqlite

    runner = Runner(database, str(MIGRATIONS))
    if not _is_current(runner):
        with transaction(database):
            if not is_sqlite(database):
                execute(database, "SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            if not _is_current(runner):
                runner.up()
    close_lost(database)


def _is_current(runner: Any) -> bool:
    """Return whether nothing is left to apply; raises `RecordsError` if more was applied than is known."""
    status = runner.status()
    if unknown := [each.name for each in status if each.path is None]:
        raise RecordsError(
            f"ORCHESTRATOR_RECORDS: the database was written by a newer version (it has {unknown[-1]}). "
            "Install that version, or choose another database."
        )
    return all(each.applied for each in status)
