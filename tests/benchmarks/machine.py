"""Processes on cores of their own, and what the kernel says they cost."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ENDS, UNDER_TEST = 0, 1  # cores: of both ends of the line, and of what is measured
PATIENCE = 30.0
QUIET = 1.0  # seconds; a recording is given to another process within that


def on_core(core: int, *command: str) -> list[str]:
    """Return a command that runs on one core, where the machine can do that."""
    several = shutil.which("taskset") and (os.cpu_count() or 1) > 1
    return ["taskset", "-c", str(core), *command] if several else list(command)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used."""
    return time.clock_gettime(~pid << 3 | 2)  # its CPU clock: /proc counts hundredths of a second


def end_children(pid: int) -> None:
    """End the processes that a process has started, one after the other, until it starts none."""
    quiet = time.monotonic()
    while time.monotonic() - quiet < QUIET:
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            with suppress(OSError):  # it is over
                for child in path.read_text(encoding="utf-8").split():
                    os.kill(int(child), signal.SIGKILL)
                    quiet = time.monotonic()
        time.sleep(0.01)


def resident_kilobytes(pid: int) -> int:
    """Return the memory that a process holds."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
    assert found is not None
    return int(found[1])


@contextmanager
def running(port: int, core: int, *command: str, **environ: str) -> Iterator[int]:
    """Run a server while the block lasts; yields its process id once it listens on its port."""
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(on_core(core, *command), stdout=told, stderr=told, env={**os.environ, **environ})
        try:
            until = time.monotonic() + PATIENCE
            while not _listens(port):
                told.seek(0)
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit(told.read().decode())
                time.sleep(0.02)
            yield process.pid
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def relay(upstream: str, loop: str) -> Iterator[tuple[int, str]]:
    """Run the bare relay; yields its process id and URL."""
    port = free_port()
    script = str(Path(__file__).with_name("relay.py"))
    with running(port, UNDER_TEST, sys.executable, script, str(port), upstream, loop) as pid:
        yield pid, f"ws://127.0.0.1:{port}/"


@contextmanager
def gateway(team: str, **environ: str) -> Iterator[tuple[int, str]]:
    """Serve a team as a user does, calls recorded; yields its process id and URL."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "agents.yaml"
        path.write_text(team, encoding="utf-8")
        command = (sys.executable, "-m", "orchestrator.cli", "serve", str(path), "--port", str(port))
        kept = {"ORCHESTRATOR_RECORDS": f"sqlite:///{folder}/calls.db"}
        settings = {"ORCHESTRATOR_MAX_CALLS": "100000", "ORCHESTRATOR_LOG_LEVEL": "error", **kept, **environ}
        with running(port, UNDER_TEST, *command, **settings) as pid:
            yield pid, f"ws://127.0.0.1:{port}/v1/realtime?model=bench"
