"""Calls of teams whose tools are those of MCP servers: on the embedded models, mocked and real, and with one that dies.

The program that is the server is `tests/tools/mcp/program.py`.
"""

from __future__ import annotations

import json
from pathlib import Path

from orchestrator.trials.cast import Cast
from orchestrator.trials.reading import read
from orchestrator.trials.results import Result, Verdict
from orchestrator.trials.run import Options, each_result
from tests.tools.mcp.house import COMMAND

TEAM = """\
team: shop
limits: {{tool: 10}}
mcp_servers:
  shop:
    command: {command}
    allow: [find_order, die]
    env: {{TRACE: {trace}}}
agents:
  front:
    instructions: Help with orders.
    handoffs: [desk]
  desk:
    description: knows where orders are
    instructions: Help with orders.
    tools:
      - {{mcp: shop/find_order, description: Finds an order by its number., examples: [where is my order 48213]}}
      - {{mcp: shop/die, description: Deletes an account., examples: [delete my account]}}
    handoffs: [front]
tests:
  real:
    given: {{tools: real}}
    talk:
      - {{caller: Where is my order 48213, expect: {{calls: {{find_order: {{number: "48213"}}}}, says: on its way}}}}
  mocked:
    given: {{tools: {{find_order: lost in the sea}}}}
    talk:
      - {{caller: Where is my order 48213, expect: {{calls: [find_order], says: lost in the sea}}}}
  dies:
    given: {{tools: real}}
    talk:
      - {{caller: Delete my account please, expect: {{calls: [die], says: "/sorry|not|cannot|unable|another/"}}}}
"""


def ran(folder: Path, command: object = COMMAND) -> tuple[Cast, dict[str, Result]]:
    """Run the tests of the team."""
    path = folder / "agents.yaml"
    path.write_text(TEAM.format(command=json.dumps(command), trace=json.dumps(str(folder / "trace"))))
    cast, cases, warnings = read([path], wanted="local", environ={})
    assert warnings == []
    return cast, {case.name: result for case, result in each_result(cast, cases, Options(environ={}))}


def test_a_caller_is_helped_by_tools_of_a_server(tmp_path: Path) -> None:
    """They are sent to whoever has the tools, which are called and mocked as functions are; that one died is said."""
    cast, results = ran(tmp_path)

    assert [tool.name for tool in cast.tools["desk"]] == ["find_order", "die"]
    failures = {name: result.attempts[0].failures for name, result in results.items() if result.bad}
    assert failures == {}
    assert {result.verdict for result in results.values()} == {Verdict.PASSED}


def test_without_its_server_a_test_is_skipped_with_the_reason(tmp_path: Path) -> None:
    """Models would not know the tools."""
    _, results = ran(tmp_path, ["/nowhere/server"])

    assert {result.verdict for result in results.values()} == {Verdict.SKIPPED}
    assert "an MCP server cannot be used: shop: FileNotFoundError" in results["real"].attempts[0].reason
