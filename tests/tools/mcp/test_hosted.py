"""Servers whose client is the provider."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.core.tools.rules import ToolRule, WhenLate, rules_of
from orchestrator.errors import ToolError
from orchestrator.team import Filler, Team, load_team
from orchestrator.tools import CallView, check_tools, load_tools
from orchestrator.tools.mcp.hosted import HostedTool

TEAM = """
team: helpdesk
mcp_servers:
  crm: {server}
agents:
  front:
    instructions: Help.
    tools: [{tools}]
"""
AT = "url: https://crm.example.com/mcp, hosted: true"


def written(folder: Path, tools: str = "mcp:crm", server: str = AT, more: str = "") -> Team:
    """A team whose agent has tools of a hosted server."""
    path = folder / "agents.yaml"
    path.write_text(TEAM.format(server=f"{{{server}}}", tools=tools) + more, encoding="utf-8")
    return load_team(path, environ={})


def names(folder: Path, tools: str, server: str = AT) -> list[str]:
    """Return what the entries of an agent are called among its rules."""
    return [tool.name for tool in load_tools(written(folder, tools, server))["front"]]


def test_an_entry_is_a_server_with_what_holds_for_its_tools(tmp_path: Path) -> None:
    """Without tools of its own: the provider lists them."""
    said = "{mcp: crm, description: Customers., filler: One moment., when_late: silent, hide: [pin]}"
    team = written(tmp_path, said, f"{AT}, headers: {{X-Key: a}}")
    (tool,) = load_tools(team)["front"]

    assert isinstance(tool, HostedTool)
    assert (tool.kind, tool.definition()) == (
        "hosted",
        {
            "type": "mcp",
            "server_label": "crm",
            "server_url": "https://crm.example.com/mcp",
            "headers": {"X-Key": "a"},
            "server_description": "Customers.",
            "require_approval": "always",
        },
    )
    rule = ToolRule(Filler(say="One moment."), None, False, WhenLate.SILENT, frozenset({"pin"}))
    assert rules_of({"front": [tool]}) == {"front": {"mcp:crm": rule}}


def test_what_is_allowed_are_entries_of_their_own(tmp_path: Path) -> None:
    """An entry of a tool goes before that of the whole server; of a pattern the provider is told nothing."""
    allow = f"{AT}, allow: [refund, 'find_*']"
    assert names(tmp_path, "mcp:crm", allow) == ["mcp:crm/refund", "mcp:crm/find_*"]
    assert names(tmp_path, "mcp:crm, {mcp: crm/refund, confirm: caller}", allow) == ["mcp:crm/find_*", "mcp:crm/refund"]
    exact, pattern = load_tools(written(tmp_path, "mcp:crm", allow))["front"]
    assert exact.definition()["allowed_tools"] == ["refund"]
    assert "allowed_tools" not in pattern.definition()


@pytest.mark.parametrize(
    ("tools", "server", "more", "what"),
    [
        ("mcp:crm", "command: [npx], hosted: true", "", "cannot start 'crm'"),
        ("mcp:crm/drop", f"{AT}, allow: [find]", "", "crm does not allow 'drop'"),
        ("{mcp: crm, timeout: 5}", AT, "", "`timeout` means nothing"),
        ("{mcp: crm/find, result: '{{ result }}'}", AT, "", "`result` means nothing"),
        ("mcp:crm", AT, "    kind: text\n  other: {instructions: x, consult: [front]}\nstart: other\n", "a text agent"),
    ],
)
def test_what_a_provider_cannot_do_is_reported(tmp_path: Path, tools: str, server: str, more: str, what: str) -> None:
    """In its place."""
    problems = check_tools(written(tmp_path, tools, server, more))

    assert [problem.where.partition(" ")[2] for problem in problems if what in problem.what] != []


def test_rules_know_the_names_that_the_file_has(tmp_path: Path) -> None:
    """Those of entries, and those that are allowed in full."""
    rules = "rules: [refund needs account]\nvariables: {account: null}\n"

    assert not check_tools(written(tmp_path, "mcp:crm/refund", AT, rules))
    assert not check_tools(written(tmp_path, "mcp:crm", f"{AT}, allow: [refund]", rules))
    assert any("refund" in problem.what for problem in check_tools(written(tmp_path, "mcp:crm/find", AT, rules)))


async def test_it_cannot_be_run_here(tmp_path: Path) -> None:
    """Whoever tries one out is told so."""
    (tool,) = load_tools(written(tmp_path))["front"]

    with pytest.raises(ToolError, match="called by the provider"):
        await tool.run("{}", CallView(id="c", agent="front", variables={}), seconds=1)
