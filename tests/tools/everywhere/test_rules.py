"""Rules of a team file hold for its tools, wherever they run: the service proposes, and the core decides."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestrator.testing import ScriptedConnection, call, say
from tests.calls import CallerClient, Desk, Event, desk
from tests.tools.everywhere.kinds import KINDS, keys, servers, serving
from tests.worker import worker

TEAM = {
    "team": "helpdesk",
    "providers": {"service": {"url": "URL"}},
    "variables": {"customer": None, "cancelled": ""},
    "rules": ["find_order at most 2 per call", "cancel_order needs customer"],
    "people": {"support": {}},
    "limits": {"tool": 60},
}
TOOLS = '''
def remember(customer: str, call) -> str:
    """Remember who calls."""
    call.variables["customer"] = customer
    return "Noted."
'''
CONFIRM = {"find_order": "caller", "cancel_order": {"by": "person", "desk": "support", "within": 60}}


@asynccontextmanager
async def calling(kind: str, folder: Path) -> AsyncIterator[tuple[Desk, CallerClient]]:
    """Serve a team whose tools are of a kind, and call it."""
    async with serving(kind) as url:
        entries: list[Any] = [
            {**keys(kind, name, url, folder), "confirm": confirm} for name, confirm in CONFIRM.items()
        ]
        front = {"model": "service/front", "instructions": "Help.", "tools": ["tools.py:remember", *entries]}
        whole = {**TEAM, "mcp_servers": servers(kind, url), "agents": {"front": front}}
        text = yaml.safe_dump(whole, sort_keys=False, width=1000).replace("{", "{{").replace("}", "}}")
        async with desk(text.replace("URL", "{url}"), TOOLS) as desk_, desk_.caller() as caller:
            yield desk_, caller


async def offered(session: ScriptedConnection, name: str) -> dict[str, Any]:
    """Wait until a tool is offered to a session; a server may list it a little later."""
    for count in range(1, 100):
        await session.wait_for("session.update", count)
        for tool in session.of("session.update")[count - 1]["session"].get("tools", ()):
            if tool["name"] == name:
                return dict(tool)
    raise AssertionError(name)


async def tried(desk_: Desk, caller: CallerClient, name: str, **arguments: Any) -> str:
    """Let the agent call a function, and return what it is told."""
    words = f"After {len(caller.of('response.done'))}."
    desk_.service.reply("front", call(name, **arguments))
    desk_.service.reply("front", say(words, ms=20))
    await caller.type("Please.")
    await caller.until("response.done", where=partial(_has, words))
    return await last_output(desk_)


def _has(words: str, event: Event) -> bool:
    return words in json.dumps(event)


async def last_output(desk_: Desk) -> str:
    """Return what the agent's last function call was answered."""
    items = [event["item"] for event in (await desk_.service.session("front")).of("conversation.item.create")]
    return str([item["output"] for item in items if item["type"] == "function_call_output"][-1])


@pytest.mark.parametrize("kind", KINDS)
async def test_rules_hold(tmp_path: Path, kind: str) -> None:
    """`at most`, `needs` and `confirm`: what is refused never reaches the tool, what is allowed does."""
    async with calling(kind, tmp_path) as (desk_, caller):
        session = await desk_.service.session("front")
        assert "confirm" in (await offered(session, "find_order"))["description"]

        for number, words in (("48213", "shipped"), ("1", "cannot find")):
            assert words in await tried(desk_, caller, "find_order", order_number=number)
        assert "2 times per call and has already" in await tried(desk_, caller, "find_order", order_number="48213")

        assert "customer" in await tried(desk_, caller, "cancel_order", order_number="77042")
        assert await tried(desk_, caller, "remember", customer="Ada") == "Noted."

        async with worker(desk_) as person:
            told = []
            for time, approve in ((1, False), (2, True)):
                desk_.service.reply("front", call("cancel_order", order_number="77042"))
                desk_.service.reply("front", say(f"Asked {time}.", ms=20))
                await caller.type("Please.")
                asked = await person.until("team.approval.requested", time)
                answer = {"call": asked["call"], "id": asked["id"], "approve": approve}
                await person.send("team.approval.answer", **answer)
                await caller.until("response.done", where=partial(_has, f"Asked {time}."))
                told.append(await last_output(desk_))
        assert "is cancelled" not in told[0]
        assert told[1] == "Order 77042, a smart thermostat, is cancelled. You will not be charged."
