"""How long it takes to start, and how much is installed."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parent.parent.parent
TEAM = """
team: bench
agents:
  front: {model: openai/gpt-realtime-2.1, instructions: Talk.}
"""


def to_first_call(times: int = 7) -> float:
    """Return the median seconds from the command to a server that takes calls, with the provider `openai`."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "agents.yaml"
        path.write_text(TEAM, encoding="utf-8")
        command = (sys.executable, "-m", "orchestrator.cli", "serve", str(path), "--port", "0")
        environ = {**os.environ, "OPENAI_API_KEY": "none"}
        for _ in range(times):
            began = perf_counter()
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ) as process:
                assert process.stdout is not None
                while b"endpoint" not in process.stdout.readline():  # the socket listens before that
                    assert process.poll() is None
                found.append(perf_counter() - began)
                process.kill()
    return statistics.median(found)


def to_import(module: str, times: int = 7) -> float:
    """Return the median seconds that an import takes in a new interpreter, beyond starting it."""

    def seconds(line: str) -> float:
        began = perf_counter()
        subprocess.run([sys.executable, "-c", line], check=True)
        return perf_counter() - began

    return statistics.median(seconds(f"import {module}") - seconds("pass") for _ in range(times))


def installed_megabytes() -> float:
    """Install the package without extras in a new environment; return what came with it, pip left out."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        (packages,) = Path(folder).glob("lib/python*/site-packages")
        before = _size(packages)
        pip = [str(Path(folder) / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-compile", str(ROOT)]
        subprocess.run(pip, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return (_size(packages) - before) / 1e6


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
