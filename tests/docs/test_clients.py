"""The page on clients: its tables are those of the code, its first example runs here.

The examples of the other clients run in the conformance suite.
"""

from __future__ import annotations

import ast
import asyncio
import json
import re
import sys
from pathlib import Path

from orchestrator.core.effects import Dial
from orchestrator.gateway.caller import FOR_DESK, FOR_RECORD
from orchestrator.protocol.client_events import EVENTS, MEDIA_EVENTS
from orchestrator.testing import say
from tests.conformance.install import TEAM, clients
from tests.conformance.scenarios import SCENARIOS
from tests.docs.pages import CLIENTS, ROOT, block, read, rows, table
from tests.gateway.resuming.nodes import in_front, nodes
from tests.gateway.test_caller import caller, frames
from tests.patience import PATIENCE


def test_every_client_has_an_example() -> None:
    """One for each client of the conformance suite, which runs it."""
    examples = re.findall(r"<!-- client (\w+) -->", read(CLIENTS))

    assert sorted(examples) == sorted(client.name for client in clients() if client.team == TEAM)


def test_every_client_event_is_explained() -> None:
    """Those that are accepted, and no others."""
    explained = [row[0].strip("`") for row in rows(table(CLIENTS, "accepted events"))]

    assert sorted(explained) == sorted([*EVENTS, *MEDIA_EVENTS])


SPREAD = {"team.approval.requested": {"agent", "name", "arguments"}}  # fields that an event is given together


SEAT_EVENTS = {"team.seat.joined": {"seat", "agent", "call"}, "team.seat.left": {"seat"}}  # told by the runner


def announced() -> dict[str, set[str]]:
    """Return the names of the team's events in the core's source, and the fields that each is given."""
    found: dict[str, set[str]] = {name: set(fields) for name, fields in SEAT_EVENTS.items()}
    for path in sorted((ROOT / "orchestrator" / "core").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "announce":
                for name in names(node.args[0]):
                    found.setdefault(f"team.{name}", set()).update(keyword.arg or "" for keyword in node.keywords)
    return found


def names(node: ast.expr) -> list[str]:
    """Return the names that an announcement can have: one of two kinds of function calls returns."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.IfExp):
        return names(node.body) + names(node.orelse)
    assert "returned" in ast.unparse(node), ast.unparse(node)
    return ["tool.returned", "consult.returned"]


def test_every_team_event_is_explained() -> None:
    """All that callers are told, with the fields; `from` and `to`, which Python cannot name, come together."""
    explained = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[1])) for row in rows(table(CLIENTS, "team events"))}
    found = announced()
    assert set(explained) == set(found) - {f"team.{name}" for name in FOR_DESK | FOR_RECORD}
    for name, fields in explained.items():
        pair = SPREAD.get(name, {"from", "to"}) if "" in found[name] else set()
        own = {"call", "seat", "joined"} if name == "team.call.started" else set()  # the gateway adds them
        assert fields == found[name] - {""} | pair | own, name


def test_the_conformance_table_is_of_all_clients_and_scenarios() -> None:
    """As `make conformance` prints it: a cell that failed would be explained, and none does."""
    head, _, *lines = (row.strip("| ").split(" | ") for row in table(CLIENTS, "conformance").splitlines())

    assert head[2:] == [scenario.name for scenario in SCENARIOS if not scenario.client]
    assert [line[0] for line in lines] == [client.name for client in clients() if client.team == TEAM]
    assert {cell for line in lines for cell in line[2:]} == {"✓✓"}


async def test_the_event_of_a_transfer_is_as_printed() -> None:
    """Its fields are those that a client gets."""
    told, box = caller("transfer")
    told.dial(Dial("office", "tel:+4930123456", 20.0, "The caller was handed to you by front.\nReason: a form"))
    (event,) = await frames(box)
    printed = json.loads(block(CLIENTS, "transfer event"))

    assert {**event, "event_id": printed["event_id"]} == printed


def test_every_event_of_a_return_is_explained() -> None:
    """With the fields that a node sends."""
    explained = {
        row[0].strip("`"): set(re.findall(r"`(\w+)`", row[1])) for row in rows(table(CLIENTS, "resume events"))
    }

    assert explained == {
        "team.call.resumable": {"token", "seconds", "index"},
        "team.call.resumed": {"from", "lost_ms", "last_turn"},
    }


async def test_the_example_of_a_return_runs(tmp_path: Path) -> None:
    """As printed, with the address of a proxy before two nodes: the first is killed while the agent speaks."""
    path = tmp_path / "example.py"
    async with nodes() as both, in_front(both) as front_end:
        both.service.reply("front", say("Let me look for it.", 60_000), pace=1.0)
        address = f"ws://127.0.0.1:{front_end.port}"
        path.write_text(block(CLIENTS, "coming back").replace("ws://127.0.0.1:8080", address), encoding="utf-8")
        process = await asyncio.create_subprocess_exec(sys.executable, str(path), stdout=asyncio.subprocess.PIPE)
        front = await both.service.session("front")
        await front.wait_for("response.create")
        both.service.reply("front", say("It arrives tomorrow."))
        both.one.fleet.kill()
        front_end.cut()
        told, _ = await asyncio.wait_for(process.communicate(), PATIENCE)

    back, answer = told.decode().splitlines()
    assert re.fullmatch(r"back after \d+ ms", back)
    assert answer == "It arrives tomorrow."
