"""The page on the desk: its tables are those of the code, its example runs."""

from __future__ import annotations

import ast
import asyncio
import re
import sys
from pathlib import Path
from typing import get_args

from orchestrator.gateway.caller import FOR_DESK
from orchestrator.gateway.desk.events import EVENTS
from orchestrator.gateway.desk.worker import SHOWN
from orchestrator.team import check_team, load_team
from orchestrator.team.people import Confirm, May, Role, Wait
from orchestrator.tools import check_tools
from tests.calls import desk
from tests.docs.pages import CLIENTS, DESK, ROOT, block, read, rows, table
from tests.gateway.console.test_desk import REFUND, TEAM, ask_for_a_person
from tests.patience import PATIENCE

TOOLS = '''
def find_order(number: str) -> str:
    """Find an order.

    Args:
        number: the order number
    """
    return number


def refund(amount: int) -> str:
    """Pay money back.

    Args:
        amount: how much, in euros
    """
    return str(amount)
'''


def names(mark: str, column: int = 0) -> list[list[str]]:
    """Return the names in a column of a table."""
    return [re.findall(r"`([\w.]+)`", row[column]) for row in rows(table(DESK, mark))]


def test_every_key_is_explained() -> None:
    """Those of a person, of how one is waited for, of roles and of approvals, and all rights."""
    for mark, model in (("wait keys", Wait), ("role keys", Role), ("confirm keys", Confirm)):
        assert names(mark) == [[name] for name in model.model_fields]
    assert [name for row in names("person keys")[:3] for name in row] == ["desk", "brief", "wait"]
    assert names("rights") == [[right] for right in get_args(May)]


def test_the_example_of_a_team_is_right(tmp_path: Path) -> None:
    """Not one problem and not one warning."""
    (tmp_path / "tools.py").write_text(TOOLS, encoding="utf-8")
    path = tmp_path / "agents.yaml"
    path.write_text(block(DESK, "team"), encoding="utf-8")

    assert [*check_team(path, environ={}), *check_tools(load_team(path, environ={}))] == []


def test_every_event_that_is_taken_is_explained() -> None:
    """With the right that it takes."""
    explained = {row[0].strip("`"): row[2].strip("`") for row in rows(table(DESK, "client events"))}

    assert explained == {name: right for name, (_, right) in EVENTS.items()}


def told() -> set[str]:
    """Return the names of the events that workers are told beside those of the team, from the source."""
    found = {"team.audio.delta"}
    for path, prefix in (
        ("gateway/desk/worker.py", ""),
        ("people/session.py", "person."),
        ("gateway/desk/board.py", ""),
    ):
        for node in ast.walk(ast.parse((ROOT / "orchestrator" / path).read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("_tell", "tell")
            ):
                literal = [one.value for one in node.args if isinstance(one, ast.Constant)]
                found |= {f"team.{prefix}{name!s}" for name in literal}
    line = (ROOT / "orchestrator/gateway/desk/line.py").read_text(encoding="utf-8")
    return found | set(re.findall(r'server_frame\("([\w.]+)"', line))


def test_every_event_that_is_sent_is_explained() -> None:
    """Those of the worker's socket, those for the desk alone, and those of the Realtime protocol that are shown."""
    of_team = {row[0].strip("`") for row in rows(table(CLIENTS, "team events"))}
    alone = {f"team.{name}" for name in FOR_DESK}
    assert {name for row in names("server events") for name in row} == (told() | alone) - of_team
    assert all(f"`{name}`" in read(DESK) for name in SHOWN)


async def test_the_example_runs(tmp_path: Path) -> None:
    """As printed, with another address and a key: the caller is taken, and given back with the note."""
    path = tmp_path / "example.py"
    async with desk(TEAM, REFUND) as house, house.caller() as caller:
        address = f'"{house.url}/v1/realtime?desk=support", additional_headers={{"api-key": "desk-key-1"}}'
        example = block(DESK, "client").replace('"ws://127.0.0.1:8080/v1/realtime?desk=support"', address)
        path.write_text(example, encoding="utf-8")
        process = await asyncio.create_subprocess_exec(sys.executable, "-u", str(path), stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), PATIENCE) == b"calls: 1\n"
        await ask_for_a_person(house, caller)
        printed, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
        await caller.until("team.handoff.completed", 2)

    assert "A person, please." in printed.decode()
    assert printed.decode().splitlines()[-1] == "done"
