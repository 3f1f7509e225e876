"""A file with several mistakes: all that can be checked is, and nothing is doubted that is only missing by them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestrator.team import in_order, read_team
from orchestrator.tools import check_tools
from tests.bank import bank

TOOLS = """
import nothing_of_this_name

def check_pin(pin: str) -> str:
    \"\"\"Check the PIN.

    Args:
        pin: the PIN
    \"\"\"
    return "ok"
"""
MISTAKES = """
team: t
variables: {pin: {type: txt}, name: "${NOBODY}"}
rules: [nonsense here, front before bacK, check_pni needs pin, check_pin needs pni]
agents:
  front:
    instructions: x {{ variables.nmae }}
    speed: 9
    functions: []
    handoffs: [back, bakc]
    tools: [tools.py:check_pin]
    model: opnai/gpt-realtime
  back: {instructions: y, handoffs: {front: {whn: x, needs: [pni]}}, consult: [front]}
"""


def problems(folder: Path, text: str) -> list[str]:
    path = folder / "t.yaml"
    path.write_text(text, encoding="utf-8")
    team, found = read_team(path, environ={})
    return [str(problem) for problem in in_order([*found, *(check_tools(team) if team else ())]) if problem.fatal]


def test_p66_mistakes_of_every_stage_are_reported_at_once(tmp_path: Path) -> None:
    """P66: the environment, the schema, names, rules, providers and tools; each once, in the order of the file."""
    (tmp_path / "tools.py").write_text(TOOLS, encoding="utf-8")
    whats = [problem.split(": ", 1)[0].split(" ")[1] for problem in problems(tmp_path, MISTAKES)]
    assert whats == [
        "variables.pin.type",
        "variables.name",
        "rules.0",
        "rules.1",
        "rules.3",
        "agents.front.instructions",
        "agents.front.speed",
        "agents.front.functions",
        "agents.front.handoffs.1",
        "agents.front.tools.0",
        "agents.front.model",
        "agents.back.handoffs.front.whn",
        "agents.back.handoffs.front.needs.0",
    ]
    # Without the key that may be meant to hold tools, rules are compared with those that can be known by name.
    others = problems(tmp_path, MISTAKES.replace("    functions: []\n", ""))
    (rule,) = [problem for problem in others if "rules.2" in problem]
    assert "no agent has a tool 'check_pni'. Did you mean 'check_pin'?" in rule


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ("variables: [a]", "variables"),
        ("varaibles: {v: 1}", "varaibles"),
        ("variables: {v: [1]}", "variables.v"),
        ("variables: {v: '${NOBODY}'}", "variables.v"),
        ("variables: {v: {enum: [x, [y]]}}", "variables.v.enum.1"),
        ("variables: {v: {set_by: [x]}}", "variables.v.set_by"),
        ("variables: {v: 1}\nproviders: {mine: [x]}", "providers.mine"),
        ("variables: {v: 1}\nproviders: {mine: {ulr: x}}", "providers.mine.ulr"),
        ("variables: {v: 1}\nproviders: {mine: {url: '${NOBODY}'}}", "providers.mine.url"),
        ("variables: {v: 1}\nproivders: {mine: {url: 'ws://h'}}", "proivders"),
        ("variables: {v: 1}\nstart: [a]", "start"),
        ("variables: {v: 1}\nstart: '${NOBODY}'", "start"),
    ],
)
def test_p66_what_is_wrong_with_one_value_has_no_consequences(tmp_path: Path, wrong: str, where: str) -> None:
    """P66: names that it declares are used elsewhere."""
    text = f"team: t\n{wrong}\nagents:\n  a: {{instructions: 'x {{{{variables.v}}}}', handoffs: [b]}}\n"
    text += "  b: {instructions: y, model: mine/m, handoffs: {a: {needs: [v], args: {x: {enum: [x]}}}}}\n"
    if "mine" not in wrong:
        text = text.replace("mine/m", "local")
    (problem,) = problems(tmp_path, text)
    assert problem.split(": ", 1)[0].split(" ")[1] == where


@pytest.mark.parametrize(
    "agent",
    ["[x]", "5", "null", "{instructions: y, toolz: [tools.py:check_pin]}", "{instructions: y, tools: [[x]]}", "'${N}'"],
)
def test_p66_an_agent_whose_tools_cannot_be_known_breaks_no_rule(tmp_path: Path, agent: str) -> None:
    """P66: the mistake is reported, not what the rules say of it."""
    rule = "check_pin at most 3 per call"
    text = f"team: t\nrules: [{rule}]\nagents: {{a: {{instructions: x, handoffs: [b]}}, b: {agent}}}\n"
    (problem,) = problems(tmp_path, text)
    assert "agents.b" in problem


@pytest.mark.parametrize("text", ["team: t\nagents: {}\n", "team: t\n", "a: b\n", "team: t\nagents: [x]\n", "[]\n"])
def test_where_hardly_anything_is_right_nothing_more_is_checked(tmp_path: Path, text: str) -> None:
    """Without agents there is no team."""
    path = tmp_path / "t.yaml"
    path.write_text(text, encoding="utf-8")
    team, found = read_team(path, environ={})
    assert team is None
    assert any(problem.fatal for problem in found)


def _values(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(below for key, item in items for below in _values(item, (*path, key)))]


def _put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    items = list(value.items() if isinstance(value, dict) else enumerate(value))
    changed = [(key, _put(item, path[1:], new) if key == path[0] else item) for key, item in items]
    return dict(changed) if isinstance(value, dict) else [item for _, item in changed]


@pytest.mark.parametrize(
    "new", [[["a"]], "Not A Thing", {"a": "b"}, "${NOBODY}"], ids=["list", "text", "mapping", "unset"]
)
def test_p66_a_wrong_value_in_a_large_team_is_told_once(tmp_path: Path, new: Any) -> None:
    """P66: one in sixteen of all its values; whatever it is, the rest is still checked, and a leaf gives one error."""
    whole = yaml.safe_load(bank(tmp_path).read_text(encoding="utf-8"))
    for path in _values(whole)[1::16]:
        leaf = whole
        for step in path:
            leaf = leaf[step]
        found = problems(tmp_path, json.dumps(_put(whole, path, new)))  # which is YAML
        if not isinstance(leaf, dict | list) and not isinstance(new, dict) and "enum" not in path:
            assert len(found) <= 1 or path[-1] in ("type", "kind"), (path, found)
