"""`orchestrator tools`: what every agent can do, and one tool tried without a call."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestrator.errors import OrchestratorError, TeamError
from orchestrator.log import HIDDEN, Redact
from orchestrator.tools.command import run
from orchestrator.tools.mcp.servers import Held
from tests.tools.everywhere.kinds import ROOT, SERVICE
from tests.tools.knowledge.encoders import Topics
from tests.tools.knowledge.teams import team_that_knows

TEAM = """\
team: shop
variables:
  customer: {type: string}
  tries: {type: integer, default: 2}
  note: ""
  pin: {secret: true}
agents:
  front:
    instructions: Help.
    tools:
      - agents/shop.py:find
      - {tool: "agents/shop.py:move", confirm: true, timeout: 5}
    handoffs: [billing]
  billing:
    instructions: Invoices.
    tools: [agents/shop.py:find, agents/shop.py:pay]
    handoffs: [front]
"""
SHOP = '''
print("loaded")

def find(number: str, call, exact: bool = False) -> str:
    """Find an order.

    Args:
        number: its number
        exact: whether it must be exact
    """
    return f"{number} of {call.variables['customer']!r} for {call.agent}: {exact}"

def move(call) -> str:
    """Move on."""
    call.variables["tries"] += 1
    call.variables["note"] = "moved"
    call.hand_over("billing", "an invoice")
    call.end("Bye.")
    return "Moved."

def pay(call) -> str:
    """Pay."""
    call.variables["tries"] = 7
    raise RuntimeError("no money")
'''


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """Write a team with tools."""
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "shop.py").write_text(SHOP, encoding="utf-8")
    path = tmp_path / "agents.yaml"
    path.write_text(TEAM, encoding="utf-8")
    return path


def told(team: Path, tool: str | None = None, arguments: str = "{}", **options: Any) -> tuple[int, list[str]]:
    """Run the command; return its exit code and its lines."""
    lines: list[str] = []
    given = {"agent": None, "set": [], "format": "text", **options}
    named = argparse.Namespace(team=str(team), tool=tool, arguments=arguments, **given)
    return run(named, lines.append, lambda secrets: Redact(secrets).keyless), lines


def test_every_tool_of_every_agent(team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its kind, its arguments, where it is and whether somebody is asked; what files print goes elsewhere."""
    code, lines = told(team)

    assert code == 0
    assert lines == [
        "agent    tool  kind    arguments       where",
        "front    find  python  number, exact?  agents/shop.py:find",
        "front    move  python  -               agents/shop.py:move (asks the caller)",
        "billing  find  python  number, exact?  agents/shop.py:find",
        "billing  pay   python  -               agents/shop.py:pay",
    ]
    assert capsys.readouterr() == ("", "loaded\n")


def test_the_list_as_json(team: Path) -> None:
    """For programs: with descriptions and schemas."""
    _, lines = told(team, format="json")

    listed = json.loads("\n".join(lines))
    move = listed["tools"][1]
    assert listed["servers"] == []
    assert move["description"].startswith("Move on. Ask the caller to confirm")
    assert move["parameters"]["type"] == "object"
    assert {key: move[key] for key in ("agent", "name", "kind", "confirm", "timeout", "idempotent")} == {
        "agent": "front",
        "name": "move",
        "kind": "python",
        "confirm": "caller",
        "timeout": 5.0,
        "idempotent": False,
    }


def test_a_tool_is_tried(team: Path) -> None:
    """As the first agent that has it, with the variables that are set."""
    code, lines = told(team, "find", '{"number": 7}', set=[("customer", "12")])

    assert code == 0
    assert lines[0] == "7 of '12' for front: False"
    assert lines[1].endswith(" s)")


def test_a_tool_is_tried_as_another_agent(team: Path) -> None:
    """Which matters for what it may know."""
    assert told(team, "find", '{"number": "7"}', agent="billing")[1][0] == "7 of None for billing: False"


def test_what_a_tool_does_in_a_call_is_told(team: Path) -> None:
    """Variables, a handoff, the end."""
    _, lines = told(team, "move")

    assert lines[:-1] == ["Moved.", "tries = 3", 'note = "moved"', "hands the caller over to billing", "ends the call"]


def test_an_attempt_as_json(team: Path) -> None:
    """The same, for programs."""
    attempt = json.loads(told(team, "move", format="json")[1][0])

    assert attempt.pop("seconds") >= 0
    assert attempt == {
        "output": "Moved.",
        "failed": False,
        "cause": None,
        "variables": {"tries": 3, "note": "moved"},
        "transfer": ["billing", "an invoice"],
        "last_words": "Bye.",
    }


def test_a_tool_that_fails(team: Path) -> None:
    """It is told what the model would be told, and the cause beside it; the exit code is 1, and nothing is set."""
    code, lines = told(team, "pay")

    assert code == 1
    assert lines[0] == "pay failed; try again later, or help the caller in another way."
    assert lines[1] == "RuntimeError: no money"
    assert lines[2].startswith("(failed, ")
    assert len(lines) == 3


def test_arguments_that_a_tool_does_not_take(team: Path) -> None:
    """They are refused as in a call."""
    code, lines = told(team, "find", '{"nummer": "7"}')

    assert code == 1
    assert lines[0].startswith("Invalid arguments for find: number: Field required")


@pytest.mark.parametrize(
    ("tool", "options", "said"),
    [
        ("fnd", {}, "There is no tool 'fnd'. Did you mean 'find'?"),
        ("move", {"agent": "billing"}, "billing has no tool 'move'. There are: find, pay."),
        ("find", {"agent": "x"}, "There is no agent 'x'. There are: front, billing."),
        ("find", {"set": [("custmer", "1")]}, "There is no variable 'custmer'. Did you mean 'customer'?"),
        ("find", {"set": [("tries", "many")]}, "The variable 'tries' must be of type integer."),
    ],
)
def test_what_is_not_there(team: Path, tool: str, options: dict[str, Any], said: str) -> None:
    """Names that are close are shown."""
    with pytest.raises(OrchestratorError) as raised:
        told(team, tool, **options)

    assert str(raised.value) == said


def test_values_are_read_as_their_variable_wants_them(team: Path) -> None:
    """Text stays text; null unsets."""
    assert "tries = 6" in told(team, "move", set=[("tries", "5"), ("note", "7"), ("pin", "null")])[1]


def test_a_team_that_cannot_be_loaded(team: Path) -> None:
    """All of its errors are told."""
    team.write_text(TEAM.replace("shop.py:pay", "shop.py:pey"), encoding="utf-8")

    with pytest.raises(TeamError, match="Did you mean 'pay'"):
        told(team)


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """Write a team with tools of MCP servers: one that runs, and one that does not."""
    team = {
        "team": "shop",
        "variables": {"customer": {"type": "string"}, "tries": 2, "note": ""},
        "mcp_servers": {
            "desk": {"command": [sys.executable, "-m", SERVICE, "mcp"], "cwd": str(ROOT)},
            "gone": {"command": [sys.executable, "-c", "pass"]},
        },
        "agents": {"front": {"instructions": "Help.", "tools": ["mcp:desk", "mcp:gone"]}},
    }
    path = tmp_path / "agents.yaml"
    path.write_text(yaml.safe_dump(team), encoding="utf-8")
    return path


def test_tools_of_servers_are_listed_with_the_state_of_each(served: Path) -> None:
    """They run while the command does; of one that is down it is told why."""
    _, lines = told(served)

    assert lines[1:3] == [
        "front  find_order    mcp   order_number  desk",
        "front  cancel_order  mcp   order_number  desk",
    ]
    assert lines[3] == "desk is up"
    assert lines[4].startswith("gone is down: ")
    servers = json.loads(told(served, format="json")[1][0])["servers"]
    assert [(server["name"], server["state"]) for server in servers] == [("desk", "up"), ("gone", "down")]


def test_a_tool_of_a_server_is_tried(served: Path) -> None:
    """As any other."""
    code, lines = told(served, "find_order", '{"order_number": "48213"}')

    assert code == 0
    assert "a mesh router" in lines[0]


def test_a_tool_of_no_server_is_tried_without_any(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They may be slow, or away; and so may those of other agents than the one that is named."""
    team = yaml.safe_load(served.read_text(encoding="utf-8"))
    team["agents"]["front"]["tools"].append("shop.py:pay")
    team["agents"]["front"]["handoffs"] = ["billing"]
    team["agents"]["billing"] = {"instructions": "Invoices.", "tools": ["shop.py:find"]}
    served.write_text(yaml.safe_dump(team), encoding="utf-8")
    served.with_name("shop.py").write_text(SHOP, encoding="utf-8")
    holding = list[str]()
    hold = Held.hold

    def noted(held: Held) -> AbstractContextManager[None]:
        holding.append(held.name)
        return hold(held)

    monkeypatch.setattr(Held, "hold", noted)

    assert told(served, "find", '{"number": 7}')[0] == 0
    assert told(served, "pay")[0] == 1
    with pytest.raises(OrchestratorError, match="billing has no tool 'find_order'"):
        told(served, "find_order", agent="billing")
    assert holding == []
    assert told(served, "find_order", '{"order_number": "48213"}', agent="front")[0] == 0
    assert set(holding) == {"desk", "gone"}


def test_no_secret_is_told(served: Path) -> None:
    """Neither in the cause of a failure, nor in why a server is down."""
    secret = "tok-5up3r-s3cret"
    team = yaml.safe_load(served.read_text(encoding="utf-8"))
    script = f"import sys; sys.exit('no access for {secret}')"
    team["mcp_servers"] = {"gone": {"command": [sys.executable, "-c", script], "env": {"API_KEY": secret}}}
    team["agents"]["front"]["tools"] = ["mcp:gone", "shop.py:pay"]
    served.write_text(yaml.safe_dump(team), encoding="utf-8")
    served.with_name("shop.py").write_text(SHOP.replace("no money", f"no money for {secret}"), encoding="utf-8")

    _, failed = told(served, "pay")
    _, listed = told(served)
    with pytest.raises(OrchestratorError) as unknown:
        told(served, "find")

    assert failed[1] == f"RuntimeError: no money for {HIDDEN}"
    for text in (*failed, *listed, str(unknown.value)):
        assert secret not in text


@pytest.mark.parametrize(("tool", "encoded"), [(None, False), ("look_up", True)])
def test_only_a_tool_that_is_tried_encodes_files(tmp_path: Path, tool: str | None, encoded: bool) -> None:
    """A list needs no model."""
    encoder = Topics("visa cash", "dogs puppy")
    team = team_that_knows(tmp_path, "[docs/*.md]", faq="We take Visa.\n\nDogs are welcome.\n").files[0]
    given = argparse.Namespace(
        team=str(team), tool=tool, arguments='{"question": "My puppy?"}', agent=None, set=[], format="text"
    )
    lines: list[str] = []

    assert run(given, lines.append, lambda _: str, encoder) == 0
    assert bool(encoder.encoded) == encoded
    assert ("Dogs are welcome." in "".join(lines)) == encoded


def test_a_server_of_which_nothing_can_be_used_says_why(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is up, and brings more tools than the team file leaves open."""
    monkeypatch.setattr("orchestrator.tools.mcp.listing.FEW", 1)

    servers = json.loads(told(served, format="json")[1][0])["servers"]

    assert "Name some under `allow`" in servers[0]["why"]
    assert servers[0]["state"] == "up"


def test_a_tool_that_is_not_there_may_be_of_a_server_that_is_down(served: Path) -> None:
    """Then it is told which one, and why."""
    with pytest.raises(OrchestratorError, match=r"There are: find_order.*Its tools cannot be tried: gone is down"):
        told(served, "add_note")
