"""Public MCP servers, as they are: the reference server from npm, and one from PyPI.

They are installed into a temporary folder, from whatever registries npm and pip use here, so this is run on request:
`MCP_PUBLIC=1 pytest -n0 tests/test_mcp_public.py`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

import pytest

from orchestrator.team import load_team
from orchestrator.tools import CallView, Tool, load_tools
from orchestrator.tools.mcp.starting import started
from tests.patience import PATIENCE

pytestmark = pytest.mark.skipif("MCP_PUBLIC" not in os.environ, reason="it installs public packages: set MCP_PUBLIC")
INSTALL_SECONDS = 300.0
TEAM = """\
team: public
mcp_servers:
  public: {{command: {command}, allow: {allow}}}
agents:
  front:
    instructions: Help.
    tools: [mcp:public]
"""


def installed(*command: str | Path, cwd: Path) -> None:
    """Install something, or skip the test where that is not possible."""
    if shutil.which(str(command[0])) is None:
        pytest.skip(f"{command[0]} is not there")
    done = subprocess.run([*map(str, command)], cwd=cwd, timeout=INSTALL_SECONDS, capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"it cannot be installed: {done.stderr.decode()[-300:]}")


async def said(folder: Path, program: Path, allow: Sequence[str], tool: str, arguments: str) -> str:
    """Start a server for a team, and return what a tool of it says."""
    path = folder / "agents.yaml"
    path.write_text(TEAM.format(command=json.dumps([str(program)]), allow=json.dumps(allow)))
    team = load_team(path)
    with started(team, load_tools(team), PATIENCE) as found:
        assert found.faults == ()
        tools: dict[str, Tool] = {one.name: one for one in found.tools["front"]}
        return await tools[tool].run(arguments, CallView("call_1", "front"), seconds=PATIENCE)


async def test_the_reference_server_from_npm(tmp_path: Path) -> None:
    """It speaks the protocol of the era of handshakes, and reports progress."""
    installed("npm", "install", "--no-audit", "--no-fund", "@modelcontextprotocol/server-everything", cwd=tmp_path)
    program = tmp_path / "node_modules" / ".bin" / "mcp-server-everything"

    assert await said(tmp_path, program, ["echo"], "echo", '{"message": "hi"}') == "Echo: hi"
    added = await said(tmp_path, program, ["*sum*"], "get-sum", '{"a": 2, "b": 3}')
    assert "5" in added
    pictures = await said(tmp_path, program, ["get-tiny-image"], "get-tiny-image", "{}")
    assert "[image, image/png: it cannot be shown]" in pictures


async def test_a_server_from_pypi(tmp_path: Path) -> None:
    """In an environment of its own, as its requirements are its own."""
    venv.create(tmp_path / "own", with_pip=True)
    scripts = tmp_path / "own" / ("Scripts" if sys.platform == "win32" else "bin")
    installed(scripts / "pip", "install", "-q", "mcp-server-time", cwd=tmp_path)

    answer = await said(
        tmp_path, scripts / "mcp-server-time", ["get_*"], "get_current_time", '{"timezone": "Europe/Berlin"}'
    )

    assert json.loads(answer)["timezone"] == "Europe/Berlin"
