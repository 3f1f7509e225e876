"""What the README shows is what the program does: its examples run, its tables are those of the code."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from orchestrator.gateway.closing import close_table
from orchestrator.gateway.phone.twilio import STREAM
from orchestrator.providers.prices import PRICES
from orchestrator.settings import Settings
from orchestrator.team import (
    Agent,
    Consult,
    Handoff,
    Limits,
    Price,
    Team,
    Variable,
    check_team,
    draw_mermaid,
    load_team,
)
from orchestrator.team.base import Strict
from orchestrator.team.rules import FORMS
from orchestrator.team.schema import CustomVoice, FunctionChoice
from orchestrator.tools import check_tools, load_tools
from tests.bank import README, bank, block
from tests.conformance.install import clients
from tests.conformance.scenarios import SCENARIOS
from tests.test_official_client import serving

ROOT = Path(__file__).parent.parent


def table(mark: str) -> str:
    """Return the table after a mark."""
    found = re.search(rf"<!-- {mark} -->\n+((?:\|.*\n)+)", README)
    assert found, f"no table {mark!r}"
    return found.group(1)


def keys(heading: str) -> set[str]:
    """Return the names in the first column of the table that follows a line."""
    rows = README.split(heading, 1)[1].split("| --- | --- |\n", 1)[1].split("\n\n", 1)[0]
    return {name for row in rows.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def settings_table() -> str:
    """Write the table of settings as the README has it."""
    rows = ["| variable | default | meaning |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in ((), None) else str(field.default)
        rows.append(f"| `ORCHESTRATOR_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows) + "\n"


def test_the_minimal_team_runs(tmp_path: Path) -> None:
    """P46: the example, with the tool that the README shows."""
    (tmp_path / "agents.yaml").write_text(block("team"), encoding="utf-8")
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "billing.py").write_text(block("tool"), encoding="utf-8")
    team = load_team(tmp_path / "agents.yaml", environ={})

    assert [tool.name for tool in load_tools(team)["billing"]] == ["find_invoice"]
    assert len({str(agent.voice) for agent in team.agents.values()}) == 3


def test_the_picture_is_that_of_the_sample_team() -> None:
    """`orchestrator graph` draws it."""
    assert block("graph") == draw_mermaid(load_team(ROOT / "agents.yaml", environ={}))


def test_every_key_of_the_team_file_is_explained() -> None:
    """No key without a word, no word without a key."""
    team = {field.alias or name for name, field in Team.model_fields.items()} | {"defaults"}
    assert keys("Every key.") == team
    assert keys("\nAn agent:") == set(Agent.model_fields) - {"name"}
    assert keys("\nA handoff (") == set(Handoff.model_fields) - {"to"}
    assert keys("\nA consult (") == set(Consult.model_fields) - {"to"}
    assert keys("\nA variable:") == set(Variable.model_fields)
    assert keys("\nA limit is") == set(Limits.model_fields)
    assert set(Price.model_fields) <= set(re.findall(r"`(\w+)`", README))
    assert re.findall(r"^\| `([^`]+)`", table("rules"), re.MULTILINE) == FORMS.split("; ")


def used(value: object, found: dict[type[Strict], set[str]]) -> None:
    """Collect the keys that a team says, by the mapping that they belong to."""
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


def test_the_team_with_everything_uses_every_key(tmp_path: Path) -> None:
    """No key is left out; of a voice and a forced function, which have two forms, the short one is shown."""
    found: dict[type[Strict], set[str]] = {}
    used(load_team(bank(tmp_path), environ={}), found)

    bases = {model for model in models(Strict) if model.__subclasses__() and model not in found}
    programs = {model for model in models(Strict) if model.__name__ == "Back"}
    assert models(Strict) - bases - programs - {CustomVoice, FunctionChoice} == set(found)
    assert {model.__name__: set(model.model_fields) - keys for model, keys in found.items()} == {
        model.__name__: set() for model in found
    }


def test_the_team_with_everything_is_right_and_drawn(tmp_path: Path) -> None:
    """Not one warning; every tool is there; the picture is that of the README."""
    path = bank(tmp_path)
    team = load_team(path, environ={})

    assert [*check_team(path, environ={}), *check_tools(team)] == []
    assert [tool.name for own in load_tools(team).values() for tool in own] == [
        *("check_pin", "refund", "payment_plan", "take_message")
    ]
    assert draw_mermaid(team) == block("everything graph")
    assert {agent.model for agent in team.agents.values()} == {"local"}


def test_the_tables_are_those_of_the_code() -> None:
    """Settings, prices and close codes."""
    assert table("settings") == settings_table()
    rows = [row.strip("| ").split(" | ") for row in table("prices").splitlines()]
    assert [name.replace(" ", "_") for name in rows[0][1:]] == list(Price.model_fields)
    known = {f"`{name}`": [f"{dollars:g}" for _, dollars in price] for name, price in PRICES.items()}
    assert {name: dollars for name, *dollars in rows[2:]} == known
    assert table("close codes").strip() == close_table()


@pytest.mark.parametrize("mark", ["run command", "test command"])
def test_the_two_commands_are_one_line_each(mark: str) -> None:
    """What CI and a newcomer run."""
    assert len(block(mark).strip().splitlines()) == 1


@pytest.mark.speech
async def test_the_example_of_the_official_client_runs(tmp_path: Path) -> None:
    """As it stands there, with the address filled in; those of the other clients run in the conformance suite."""
    path = tmp_path / "example.py"
    async with serving() as host:
        path.write_text(block("client openai").replace("127.0.0.1:8080", host), encoding="utf-8")
        process = await asyncio.create_subprocess_exec(sys.executable, str(path), stdout=asyncio.subprocess.PIPE)
        told, _ = await asyncio.wait_for(process.communicate(), 60)

    assert "Order 48213" in told.decode()


def test_the_conformance_table_is_of_all_clients_and_scenarios() -> None:
    """As `python -m tests.conformance` prints it: a cell that fails would be explained, none does."""
    head, _, *rows = (row.strip("| ").split(" | ") for row in table("conformance").splitlines())
    assert head[2:] == [scenario.name for scenario in SCENARIOS]
    assert [row[0] for row in rows] == [client.name for client in clients()]
    assert {cell for row in rows for cell in row[2:]} == {"✓✓"}


def test_the_twiml_example_is_for_this_server() -> None:
    """It parses, and names the route and a parameter that is a variable of the call."""
    stream = ElementTree.fromstring(block("twiml")).find("./Connect/Stream")
    assert stream is not None
    assert stream.attrib["url"].endswith(STREAM)
    assert [one.attrib["name"] for one in stream] == ["From"]
    assert set(re.findall(r"ORCHESTRATOR_(\w+)", block("twilio"))) <= {name.upper() for name in Settings.model_fields}
