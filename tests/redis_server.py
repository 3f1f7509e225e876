"""A Redis of the tests' own: in a temporary folder, on a free port, by the program that is installed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, RedisError

from tests.patience import PATIENCE

# Runs a server for as long as this process holds its standard input: none is left when the tests are killed.
GUARD = '"$0" "$@" </dev/null >/dev/null 2>&1 & echo $!; cat >/dev/null; kill -CONT $!; kill -KILL $!; wait'


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


class RedisServer:
    """A server that can be paused, stopped, and started again with or without what it knew."""

    def __init__(self, folder: Path, options: Sequence[str] = (), sentinel: Path | None = None) -> None:
        # Its port, and how it is started.
        self.port = free_port()
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip("Redis is not installed (apt-get install redis-server)")
        where = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder)]
        kind = ["--save", ""] if sentinel is None else ["--sentinel"]
        self._command = [program, *([] if sentinel is None else [str(sentinel)]), *where, *kind, *options]
        # What ends it when we end, and its own process.
        self._guard: subprocess.Popen[str] | None = None
        self._pid = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self, **options: object) -> Redis:
        """Return a client that waits for its answers."""
        return Redis(host="127.0.0.1", port=self.port, **options)  # type: ignore[arg-type]

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = ["sh", "-c", GUARD, *self._command]
        self._guard = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._guard.stdout is not None
        self._pid = int(self._guard.stdout.readline())
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except AuthenticationError:
            return True
        except RedisError:
            return False

    def stop(self) -> None:
        """Kill it."""
        if self._guard is not None:
            self._guard.communicate(timeout=PATIENCE)
            self._guard = None

    def pause(self) -> None:
        """Let it answer nobody, and keep its connections."""
        os.kill(self._pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it answer again."""
        os.kill(self._pid, signal.SIGCONT)


@contextmanager
def redis_server(*options: str, sentinel: Path | None = None) -> Iterator[RedisServer]:
    """Run a server while the block lasts; `sentinel`: it is one, with this file of settings."""
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(Path(folder), options, sentinel)
        server.start()
        try:
            yield server
        finally:
            server.stop()
