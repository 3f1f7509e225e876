"""Entries for tools of servers, as far as the team file tells."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from orchestrator.team import load_team
from orchestrator.tools import check_tools
from orchestrator.tools.mcp.loading import known_names

TEAM = """\
team: shop
variables: {{account: {{set_by: find_customer}}}}
rules: [find_customer at most 2 per call, pay needs account]
mcp_servers:
  crm: {server}
agents:
  front:
    instructions: Help.
    tools: [{tools}]
"""
CRM = "{url: 'https://crm.example.com/mcp', allow: [find_customer, pay, 'search_*']}"


def problems(folder: Path, tools: str = "mcp:crm", server: str = CRM) -> list[str]:
    """Return what is wrong with a team."""
    path = folder / "agents.yaml"
    path.write_text(TEAM.format(server=server, tools=tools))
    return [str(problem) for problem in check_tools(load_team(path))]


def test_names_in_full_are_known_to_rules(tmp_path: Path) -> None:
    """Without asking the server; a rule about a tool that may be behind a pattern is a mistake."""
    assert problems(tmp_path) == []
    assert known_names(load_team(tmp_path / "agents.yaml"), "front") == ["find_customer", "pay"]
    assert problems(tmp_path, "mcp:crm/find_customer, {mcp: crm/search_all, name: pay}") == []

    assert any("pay" in one for one in problems(tmp_path, server=CRM.replace("pay, ", "")))


@pytest.mark.parametrize(
    ("tools", "server", "told"),
    [
        ("mcp:cmr", CRM, "there is no MCP server 'cmr'. Did you mean 'crm'?"),
        ("mcp:else", CRM, "Declare it under `mcp_servers`; there are: crm."),
        ("mcp:crm/delete", CRM, "crm does not allow 'delete'"),
        ("{mcp: crm, name: x}", CRM, "several tools cannot have one name"),
        ("mcp:crm", "{allow: [pay, find_customer]}", "agents.yaml:5:3 mcp_servers.crm: a server has an address or is"),
        ("mcp:crm", f"{CRM[:-1]}, command: [x]}}", "Write either `url` or `command`"),
        ("mcp:crm", CRM.replace("https://", ""), "not the address of an MCP server"),
        (
            "mcp:crm",
            CRM.replace("crm.example.com", "127.0.0.1:8000"),
            "crm.url: the address is not public. Write",
        ),
        ("mcp:crm", CRM.replace("crm.example.com", "[::1]:8000"), "crm.url: the address is not public"),
        ("mcp:crm", CRM.replace("crm.example.com", "u:p@[fd00::1]"), "crm.url: the address is not public"),
        ("mcp:crm", f"{CRM[:-1]}, env: {{A: b}}}}", "`env` means something only for a program"),
        (
            "mcp:crm",
            "{command: [x], headers: {A: b}, allow: [pay, find_customer]}",
            "`headers` means something only for a server",
        ),
        ("mcp:crm", "{command: [x], cwd: nowhere, allow: [pay, find_customer]}", "there is no folder 'nowhere'"),
    ],
)
def test_each_mistake_is_told_at_its_place(tmp_path: Path, tools: str, server: str, told: str) -> None:
    """Where, what, and what to do."""
    found = problems(tmp_path, tools, server)

    assert any(told in one for one in found), found


def test_it_is_told_when_the_library_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a call is taken."""
    found = importlib.util.find_spec
    monkeypatch.setattr("orchestrator.tools.mcp.loading.find_spec", lambda name: None if name == "mcp" else found(name))

    assert any("pip install 'voice-orchestrator[mcp]'" in one for one in problems(tmp_path))


def test_an_address_that_is_not_public_is_fine_where_the_file_says_so(tmp_path: Path) -> None:
    """Or where the provider is the one that goes there."""
    for more in ("private: true", "hosted: true"):
        assert problems(tmp_path, server=f"{CRM.replace('crm.example.com', 'localhost:1')[:-1]}, {more}}}") == []


def test_a_rule_about_a_name_that_two_servers_have_is_a_mistake(tmp_path: Path) -> None:
    """Neither tool is called so: each has its server's name before it."""
    two = f"{CRM}\n  till: {CRM}"

    found = problems(tmp_path, "mcp:crm, mcp:till", two)

    assert any("no agent has a tool 'pay'. Did you mean" in one or "Known: crm__" in one for one in found), found
    assert known_names(load_team(tmp_path / "agents.yaml"), "front")[:2] == ["crm__find_customer", "crm__pay"]


def test_a_tool_with_an_entry_of_its_own_has_one_name(tmp_path: Path) -> None:
    """The one that its entry gives it."""
    problems(tmp_path, "mcp:crm, {mcp: crm/pay, name: settle}")

    assert known_names(load_team(tmp_path / "agents.yaml"), "front") == ["find_customer", "settle"]
