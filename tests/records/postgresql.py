"""A PostgreSQL server of the tests' own: in a temporary folder, on a free port, by the binaries that are installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.patience import PATIENCE

DEBIAN = "/usr/lib/postgresql"
LEAVE = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid()"""
# Runs a server for as long as this process holds its standard input: none is left when the tests are killed.
GUARD = '"$0" "$@" </dev/null & cat >/dev/null; kill -QUIT $!; wait'


def binaries() -> Path | None:
    """Return the folder with `initdb` and `postgres`, which Debian keeps out of the path."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    folders = sorted(Path(DEBIAN).glob("*/bin"))
    return folders[-1] if folders else None


def missing() -> str:
    """Return why there can be no server here; "" if there can be one."""
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "the extra `postgres` is not installed"
    return "" if binaries() else "PostgreSQL is not installed (apt-get install postgresql)"


class PostgreSQL:
    """A server that can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        # Its files, its programs and its port.
        self._data, self._programs = folder / "data", binaries()
        # The process that stops it when we end.
        self._guard: subprocess.Popen[bytes]
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        # It refuses to run as root.
        self._user: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
        if self._user:
            shutil.chown(folder, "postgres", "postgres")
        self._run("initdb", "-D", str(self._data), "-U", "orchestrator", "-A", "trust", "--no-sync", "-E", "UTF8")
        settings = {"port": self.port, "listen_addresses": "'127.0.0.1'", "unix_socket_directories": "''"}
        lines = [f"{name} = {value}\n" for name, value in {**settings, "fsync": "off"}.items()]
        with (self._data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
            file.writelines(lines)

    def _run(self, program: str, *arguments: str) -> None:
        assert self._programs is not None
        command = [str(self._programs / program), *arguments]
        quiet: dict[str, Any] = {
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
            "cwd": "/",
            "timeout": PATIENCE,
        }
        subprocess.run(command, check=True, **quiet, **self._user)

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        assert self._programs is not None
        command = ["sh", "-c", GUARD, str(self._programs / "postgres"), "-D", str(self._data)]
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._guard = subprocess.Popen(command, stdin=subprocess.PIPE, cwd="/", **quiet, **self._user)
        deadline = time.monotonic() + PATIENCE
        while not self._takes_connections():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def _takes_connections(self) -> bool:
        import psycopg

        with suppress(psycopg.OperationalError):
            psycopg.connect(f"postgresql://orchestrator@127.0.0.1:{self.port}/postgres").close()
            return True
        return False

    def stop(self) -> None:
        """Stop it at once, whoever is connected."""
        self._guard.communicate(timeout=PATIENCE)

    def database(self) -> str:
        """Return the address of a database in which nothing is, and to which nobody is connected any more.

        It is always the same one: to make another takes ten times as long as to empty it.
        """
        import psycopg

        address = f"postgresql://orchestrator@127.0.0.1:{self.port}/postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(LEAVE)
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return address


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """Run a server while the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        server = PostgreSQL(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()
