"""The orders tools of the sample team, wherever they run: the same spoken call, the same words, the same record."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from orchestrator.observe.facts import HandedOver, Said, ToolRan
from orchestrator.records.archive import Archive
from orchestrator.records.filter import Filter
from orchestrator.records.reading import read_call
from orchestrator.server.serve import build, load_all, running
from orchestrator.settings import Settings
from tests.calls import CallerClient
from tests.patience import BUSY
from tests.test_story import Caller
from tests.tools.everywhere.kinds import KINDS, serving, written

pytestmark = pytest.mark.speech
# What of a fact differs between two calls that are alike: times and ids, whether a session was open in time, and how
# sure the router was, to which the commas count that were heard.
OTHERWISE = {"start", "end", "asked", "warm", "item_id", "response_id", "call_id", "decision"}


async def spoken(folder: Path, kind: str) -> tuple[list[str], list[dict[str, Any]]]:
    """Hold a spoken call with the team whose tools are of a kind; returns what was heard, and what its record says."""
    records = f"sqlite:///{folder}/kept/calls.db"
    async with serving(kind) as service:
        house = build(written(folder, kind, service), Settings(port=0, drain=0.0, max_lag=BUSY, records=records), {})
        await load_all(house)
        async with running(house, Settings(port=0, drain=0.0, max_lag=BUSY, records=records)) as url:
            async with connect(f"{url}/v1/realtime?events=team", max_size=None) as socket:
                caller = Caller(CallerClient(socket))
                try:
                    heard = await conversation(caller)
                finally:
                    caller.microphone.speaking.cancel()
            await caller.client.reading
            assert caller.client.wrong == []
    archive = Archive(records)
    (call,) = archive.find(Filter())
    facts = [
        asdict(fact) for fact in read_call(archive, call["id"])[1] if isinstance(fact, Said | ToolRan | HandedOver)
    ]
    return heard, [{key: _plain(value) for key, value in fact.items() if key not in OTHERWISE} for fact in facts]


def _plain(value: Any) -> Any:
    """Return what was said without what is not heard: signs, and spaces between digits."""
    return re.sub(r"\W", "", value).casefold() if isinstance(value, str) and "{" not in value else value


async def conversation(caller: Caller) -> list[str]:
    """Ask where an order is, and cancel another one; returns all that was heard."""
    await caller.client.send("response.create")
    await caller.hears("How can I help you", 0)
    await caller.says("Where is my order?", hears="number")
    await caller.says("Four eight two one three.", hears="will arrive on Tuesday")
    await caller.says("Please cancel order seven seven zero four two.", hears="Shall I")
    await caller.says("Yes, please.", hears="is cancelled")
    return [event["transcript"] for event in caller.said()]


@pytest.fixture(scope="module")
def by_python() -> dict[str, Any]:
    """Keep what comes of the call with Python functions, by which the others are judged."""
    return {}


@pytest.mark.parametrize("kind", KINDS[1:])
async def test_the_same_call(tmp_path: Path, kind: str, by_python: dict[str, Any]) -> None:
    """Whatever is behind the tools: nobody on the telephone can tell, and the record says the same of them."""
    if not by_python:
        (tmp_path / "python").mkdir()
        by_python["heard"], by_python["facts"] = await spoken(tmp_path / "python", "python")
    (tmp_path / kind).mkdir()

    heard, facts = await spoken(tmp_path / kind, kind)

    servers = {fact["server"] for fact in facts if "output" in fact}
    assert servers == {"desk" if kind.startswith("mcp") else ""}
    assert heard == by_python["heard"]
    assert [{**fact, "server": ""} if "server" in fact else fact for fact in facts] == by_python["facts"]
    ran = [(fact["name"], json.loads(fact["arguments"]), fact["variables"]) for fact in facts if "output" in fact]
    assert ran == [
        ("find_order", {"order_number": "48213"}, {}),
        ("cancel_order", {"order_number": "77042"}, {"cancelled": "77042 "}),
    ]
