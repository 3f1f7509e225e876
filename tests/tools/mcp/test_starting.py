"""The servers of a team, started where no call runs."""

from __future__ import annotations

import json
from pathlib import Path

from orchestrator.team import load_team
from orchestrator.tools import load_tools
from orchestrator.tools.mcp.starting import started
from tests.tools.mcp.house import COMMAND

TEAM = """\
team: shop
mcp_servers:
  shop: {{command: {command}, allow: [find_order, environment], cwd: sub, env: {{GIVEN: yes}}}}
  gone: {{command: [/nowhere/server]}}
agents:
  front:
    instructions: Help.
    tools: [end_call, "mcp:shop", "mcp:shop/rename", "mcp:gone"]
"""


def test_agents_have_what_is_listed_and_it_is_told_what_is_not_there(tmp_path: Path) -> None:
    """Their own tools first; a server that cannot be started says why."""
    (tmp_path / "sub").mkdir()
    path = tmp_path / "agents.yaml"
    path.write_text(TEAM.format(command=json.dumps(COMMAND)).replace('"mcp:shop/rename", ', ""))
    team = load_team(path)

    with started(team, load_tools(team)) as found:
        assert [tool.name for tool in found.tools["front"]] == ["end_call", "find_order", "environment"]
        (fault,) = found.faults
        assert fault.startswith("gone: FileNotFoundError")
