"""Servers that are programs of this machine."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from orchestrator.tools.mcp import stdio
from orchestrator.tools.mcp.server import State
from orchestrator.tools.mcp.stdio import environment
from tests.patience import PATIENCE
from tests.tools.mcp.house import lives, nothing, pid, program, trace, until, up

FINE = {"number": "48213"}


def test_a_program_gets_little_of_this_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No keys; what the file says, it gets."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("LANG", "C.UTF-8")

    found = environment({"NOTES": "here"})

    assert found["NOTES"] == "here"
    assert found["LANG"] == "C.UTF-8"
    assert "PATH" in found
    assert "OPENAI_API_KEY" not in found


async def test_it_runs_in_the_teams_folder_with_what_the_file_says(tmp_path: Path) -> None:
    """And what it says on its standard error is logged, with the name of the server, not all of it."""
    (tmp_path / "below").mkdir()
    with structlog.testing.capture_logs() as logs, up(program(tmp_path, cwd="below"), tmp_path) as shop:
        result = await shop.call("environment", {"name": "SECRET"}, PATIENCE, nothing)
        await until(lambda: any(line.get("text") == "I have begun." for line in logs))

    assert str(result.content[0]).count("hidden below") == 1
    assert {line["server"] for line in logs if line.get("text") == "I have begun."} == {"shop"}


async def test_a_program_that_does_not_obey_is_killed_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a bounded time, when nobody needs it any more."""
    monkeypatch.setattr(stdio, "GRACE", 0.2)
    monkeypatch.setattr("orchestrator.tools.mcp.servers.LINGER", 0.0)
    with up(program(tmp_path), tmp_path) as shop:
        await shop.call("disobey", {}, PATIENCE, nothing)
        processes = [pid(tmp_path), int(trace(tmp_path)[-1].split()[1])]
        assert all(map(lives, processes))

    await until(lambda: not any(map(lives, processes)))
    await until(lambda: shop.server.state is State.UNUSED)


def test_a_program_ends_with_this_process_however_that_ends(tmp_path: Path) -> None:
    """Killed by force: the end of its input tells it."""
    script = f"""
import asyncio, os, signal, sys
from pathlib import Path
from tests.tools.mcp.house import program, up
folder = Path({str(tmp_path)!r})
with up(program(folder), folder):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script], timeout=PATIENCE, check=False, env={**os.environ})

    assert done.returncode == -9
    asyncio.run(until(lambda: not lives(pid(tmp_path))))
