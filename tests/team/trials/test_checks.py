"""Checks of tests; each mistake stands in `tests/team/broken/test*.yaml`, and what is right is not doubted."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.team import check_team, load_team
from orchestrator.tools import check_tools

TEAM = """team: bank
variables: {verified: {type: boolean, default: false, set_by: check_pin}, name: null}
people: {support: {}}
agents:
  front: {instructions: x, voice: marin, handoffs: [billing, colleague]}
  billing: {instructions: x, voice: {id: own}, handoffs: {third: {returns: true}}, consult: [planner]}
  third: {instructions: x, tools: [tools.py:check_pin, end_call], voice: ash}
  planner: {instructions: x, kind: text}
  colleague: {kind: person, desk: support, wait: {limit: 60, say: Wait., then: front}, handoffs: [third]}
tests:
"""


@pytest.mark.parametrize(
    "test",
    [
        "given: {tools: {check_pin: [{sets: {verified: true}}, wrong], end_call: real}, variables: {name: null}}, "
        "talk: [{caller: Hello., expect: {agent: third, handoff: {from: billing, to: third}, voice: own}}]",
        "talk: [{caller: Hello., expect: {agent: colleague, handoff: {from: front, to: colleague}}}]",
        "talk: [{caller: Hello., expect: {agent: front, handoff: {from: colleague, to: front}}}]",
        "talk: [{caller: Hello., expect: {agent: third, handoff: billing}}, "
        "{caller: Hello., expect: {agent: billing, handoff: {from: third, to: billing}}}]",
        "talk: [{caller: Hello., expect: {handoff: {within: 1}, consults: planner, refused: [needs]}}], "
        "end: {refused: [needs], never_calls: [end_call], variables: {verified: true, name: Ann}}",
        "talk: [{caller: Hello., expect: {calls: [{check_pin: {pin: /4.*/, n: 1}}]}}]",
        "caller: {goal: a refund, knows: {pin: 4821}}, expect: {reaches: [third], never_reaches: [front]}",
    ],
)
def test_what_can_happen_is_not_doubted(tmp_path: Path, test: str) -> None:
    """Handoffs of agents, the way back, persons who are waited for in vain, values of any variable."""
    path = tmp_path / "agents.yaml"
    path.write_text(f"{TEAM}  right: {{{test}}}\n", encoding="utf-8")

    tools = 'def check_pin(pin: str, n: int) -> None:\n    """Check."""\n'
    (tmp_path / "tools.py").write_text(tools, encoding="utf-8")
    problems = [*check_team(path, environ={}), *check_tools(load_team(path, environ={}))]
    assert [problem for problem in problems if "tests." in problem.where] == []
