"""The page on the team file: every key is explained, and its examples run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from orchestrator.errors import ToolError
from orchestrator.team import Agent, Consult, Handoff, Limits, Price, Team, Variable, check_team, load_team
from orchestrator.team.base import Strict
from orchestrator.team.hooks.keys import AfterCall, BeforeCall
from orchestrator.team.limits import Record
from orchestrator.team.rules import FORMS
from orchestrator.team.schema import PartSpec, ProviderSpec
from orchestrator.team.session_keys import CustomVoice, FunctionChoice
from orchestrator.team.tools import Knowledge, McpRef, McpServer, OpenApiFile, OpenApiRef, ToolKeys, ToolRef
from orchestrator.team.trials import Recorded
from orchestrator.tools import CallView, check_tools, load_tools
from tests.bank import bank
from tests.docs.pages import LOCAL, TEAM_FILE, block, keys, read, rows, table

# Kinds of tools that the team cannot have yet.
SOON_KEYS: dict[type[Strict], set[str]] = {
    Team: {"mcp_servers"},
    ToolRef: set(),
}
SOON = {OpenApiRef, OpenApiFile, McpRef, McpServer}


def test_every_key_is_explained() -> None:
    """No key without a word, no word without a key."""
    team = {field.alias or name for name, field in Team.model_fields.items()} | {"defaults"}

    assert keys(TEAM_FILE, "### The team") == team
    assert keys(TEAM_FILE, "### Agents") == set(Agent.model_fields) - {"name"}
    assert keys(TEAM_FILE, "### Handoffs") == set(Handoff.model_fields) - {"to"}
    assert keys(TEAM_FILE, "### Consults") == set(Consult.model_fields) - {"to"}
    assert keys(TEAM_FILE, "### Variables") == set(Variable.model_fields)
    assert keys(TEAM_FILE, "### Limits") == set(Limits.model_fields)
    assert keys(TEAM_FILE, "### The record") == set(Record.model_fields)


def test_the_keys_that_have_no_table_are_named() -> None:
    """Those of prices, tools, providers and their parts."""
    named = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", read(TEAM_FILE)))))
    models = (Price, ToolRef, ProviderSpec, PartSpec, BeforeCall, AfterCall)

    assert {field.alias or name for model in models for name, field in model.model_fields.items()} <= named


def test_every_form_of_a_rule_is_explained() -> None:
    """In the order and the spelling of the error that lists them."""
    assert [row[0].strip("`") for row in rows(table(TEAM_FILE, "rules"))] == FORMS.split("; ")


def used(value: object, found: dict[type[Strict], set[str]]) -> None:
    """Collect the keys that a team has, by the mapping that they belong to."""
    if isinstance(value, Strict):
        found.setdefault(type(value), set()).update(value.model_fields_set)
        value = {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, dict | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            used(each, found)


def models(model: type[Strict]) -> set[type[Strict]]:
    """Return the mappings that there are, found by the classes of the code."""
    below = [each for own in model.__subclasses__() for each in models(own)]
    return {model, *below}


def test_the_team_that_uses_every_key_does(tmp_path: Path) -> None:
    """No key is left out; of a voice, a forced function, words, and who is given calls, one form is shown."""
    found: dict[type[Strict], set[str]] = {}
    used(load_team(bank(tmp_path), environ={}), found)

    bases = {model for model in models(Strict) if model.__subclasses__() and model not in found}
    programs = {model for model in models(Strict) if model.__name__ == "Back"}
    assert models(Strict) - bases - programs - {CustomVoice, FunctionChoice, Recorded} - SOON == set(found)
    for model, unused in SOON_KEYS.items():
        found[model] |= unused
    found[Knowledge] |= set(ToolKeys.model_fields)  # shown with other tools
    assert {model.__name__: set(model.model_fields) - keys for model, keys in found.items()} == {
        model.__name__: {"url", "secret"} if model is AfterCall else set() for model in found
    }


def test_the_team_that_uses_every_key_is_right(tmp_path: Path) -> None:
    """Not one warning, and every tool is found."""
    path = bank(tmp_path)
    team = load_team(path, environ={})

    assert [*check_team(path, environ={}), *check_tools(team)] == []
    assert [tool.name for own in load_tools(team).values() for tool in own] == [
        *("check_pin", "refund", "raise_limit", "dispute_fee", "payment_plan", "look_up", "take_message")
    ]
    assert {agent.model for agent in team.agents.values() if agent.kind in ("voice", "text")} == {"local"}


async def test_the_tool_that_uses_the_call_runs(tmp_path: Path) -> None:
    """It sets a variable and moves the caller, and its function call is named; what it raises is for the model."""
    (tmp_path / "shop.py").write_text(block(TEAM_FILE, "call"), encoding="utf-8")
    path = tmp_path / "agents.yaml"
    path.write_text(
        "team: shop\nvariables: {customer: null}\n"
        "agents:\n  front: {instructions: Help., tools: [shop.py:change_address], handoffs: [billing]}\n"
        "  billing: {instructions: Invoices., handoffs: [front]}\n",
        encoding="utf-8",
    )
    team = load_team(path, environ={})
    assert [*check_team(path, environ={}), *check_tools(team)] == []
    (tool,) = load_tools(team)["front"]
    call = CallView("call_1", "front", {"customer": None}, "fc_7", tuple(team.agents))

    told = await tool.run('{"customer": "12", "street": "Elm Road 3"}', call, seconds=5)
    assert told == "Address change fc_7 is booked."
    assert call.variables["customer"] == "12"
    assert call.transfer == ("billing", "wants the invoice corrected")
    with pytest.raises(ToolError, match="Ask the caller for the street"):
        await tool.run('{"customer": "12", "street": ""}', call, seconds=5)


def test_the_examples_of_providers_are_right(tmp_path: Path) -> None:
    """Added to a team that consults the text agent, they give no error and no warning."""
    path = tmp_path / "agents.yaml"
    front = {"instructions": "Help.", "consult": ["planner"]}
    text_agent = yaml.safe_load(block(TEAM_FILE, "text agent"))
    parts = yaml.safe_load(block(LOCAL, "parts"))
    team = {
        "team": "shop",
        "agents": {"front": front, **text_agent["agents"]},
        "providers": {**text_agent["providers"], **parts["providers"]},
    }
    path.write_text(yaml.safe_dump(team, sort_keys=False), encoding="utf-8")

    assert check_team(path, environ={}) == []


def test_the_example_of_ending_a_call_is_right(tmp_path: Path) -> None:
    """Its agent has the function beside those of the file."""
    (tmp_path / "agents").mkdir()
    tool = "def find_order() -> None:\n    '''Find an order.'''\n"
    (tmp_path / "agents" / "orders.py").write_text(tool, encoding="utf-8")
    path = tmp_path / "agents.yaml"
    path.write_text(f"team: shop\n{block(TEAM_FILE, 'ending')}", encoding="utf-8")

    assert [tool.name for tool in load_tools(load_team(path))["front"]] == ["find_order", "end_call"]
