"""Recorded calls over REST, with a real server, database and calls."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from orchestrator.records.audio.files import FINISHED
from orchestrator.testing import call, say
from tests.calls import TEAM, TOOLS, Desk, desk
from tests.patience import PATIENCE

KEY = "a-key-for-the-tests-0001"
LOCAL = """
team: shop
agents:
  front:
    model: local
    instructions: Find out what the caller needs.
    handoffs: {{orders: where an order or a parcel is, billing: invoices and payments}}
  orders: {{model: local, instructions: Look for orders., handoffs: [front]}}
  billing: {{model: local, instructions: Explain invoices., handoffs: [front]}}
"""
REFUSES = '''

def refuse(finished: dict) -> None:
    """Take no call."""
    raise ConnectionError("the CRM is away, with sk-abcdef0123456789")
'''
RECORDED = TEAM + "record: {{audio: true}}\n"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Desk]:
    """A server with two calls over: one about an order, in which the caller spoke, and one that only said hello."""
    async with desk(RECORDED, records=f"sqlite:///{tmp_path}/calls.db") as house:
        async with house.caller() as caller:
            house.service.reply("front", call("find_order", number="7"))
            house.service.reply("front", say("It is on its way.", 400))
            await caller.speak(50)
            await caller.type("Where is my order?")
            await caller.until("response.done")
        async with house.caller() as caller:
            await caller.type("Hello.")
            await caller.until("response.done")
        async with client(house) as rest, asyncio.timeout(PATIENCE):
            while {call_["ending"] for call_ in (await rest.get("/v1/calls")).json()["data"]} != {"left"}:  # noqa: ASYNC110
                await asyncio.sleep(0.05)  # it is written twice a second
            kept = tmp_path / "recordings"
            while sum(path.suffix in FINISHED for path in kept.glob("*/*")) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.05)  # files are made of what was recorded when a call is over
        yield house


def client(house: Desk) -> httpx.AsyncClient:
    """A client of the REST API."""
    return httpx.AsyncClient(base_url=house.url.replace("ws", "http", 1))


async def test_calls_are_listed_and_found(house: Desk) -> None:
    """The newest first, page by page; by agent, ending, time and words."""
    async with client(house) as rest:
        listed = (await rest.get("/v1/calls")).json()
        page = (await rest.get("/v1/calls", params={"limit": 1})).json()
        rest_of = (await rest.get("/v1/calls", params={"after": page["data"][0]["id"]})).json()
        said = (await rest.get("/v1/calls", params={"text": "order", "agent": "front", "ending": "left"})).json()
        none = (await rest.get("/v1/calls", params={"until": "1000", "team": "nobody"})).json()

    newest, oldest = listed["data"]
    assert (listed["object"], listed["has_more"]) == ("list", False)
    assert newest["started"] > oldest["started"]
    assert (oldest["object"], oldest["agents"], oldest["tools"], oldest["ending"]) == ("call", ["front"], 1, "left")
    assert (page["data"], page["has_more"]) == ([newest], True)
    assert rest_of["data"] == said["data"] == [oldest]
    assert none["data"] == []


async def test_one_call_is_told_in_full(house: Desk) -> None:
    """Its transcript, its timeline and the record that they come from."""
    async with client(house) as rest:
        oldest = (await rest.get("/v1/calls", params={"text": "order"})).json()["data"][0]["id"]
        told = (await rest.get(f"/v1/calls/{oldest}")).json()
        lines = (await rest.get(f"/v1/calls/{oldest}/lines")).text.splitlines()

    assert [(line["who"], line["text"]) for line in told["transcript"]] == [
        ("caller", "Where is my order?"),
        ("front", "It is on its way."),
    ]
    tool = next(fact for fact in told["timeline"] if fact["fact"] == "ToolRan")
    assert (tool["name"], json.loads(tool["arguments"]), tool["outcome"]) == (
        "find_order",
        {"number": "7"},
        "completed",
    )
    assert told["interactions"].keys() >= {"response_latency_mean", "yield_rate", "agent_interruption_rate"}
    assert json.loads(lines[0])["call"] == oldest
    assert all(json.loads(line).keys() & {"in", "out"} for line in lines[1:])


async def test_sound_is_given_whole_or_in_parts(house: Desk, tmp_path: Path) -> None:
    """As a `Range` asks for it; one beyond the end is refused, and so is a call without sound."""
    async with client(house) as rest:
        newest, oldest = ((call_["id"]) for call_ in (await rest.get("/v1/calls")).json()["data"])
        path = f"/v1/calls/{oldest}/audio"
        whole = await rest.get(path)
        first = await rest.get(path, headers={"range": "bytes=0-3"})
        last = await rest.get(path, headers={"range": "bytes=-4"})
        after = await rest.get(path, headers={"range": f"bytes={len(whole.content)}-"})
        odd = await rest.get(path, headers={"range": "bytes=0-1,3-4"})
        shutil.rmtree(tmp_path / "recordings" / newest)
        silent = await rest.get(f"/v1/calls/{newest}/audio")

    assert (whole.status_code, whole.headers["content-type"]) in ((200, "audio/wav"), (200, "audio/ogg"))
    assert (first.status_code, first.content, last.content) == (206, whole.content[:4], whole.content[-4:])
    assert first.headers["content-range"] == f"bytes 0-3/{len(whole.content)}"
    assert after.status_code == 416
    assert odd.content == whole.content
    assert (silent.status_code, silent.json()["error"]["code"]) == (404, "no_recording")


async def test_a_call_is_deleted_with_all_that_was_kept_of_it(house: Desk, tmp_path: Path) -> None:
    """Then it is unknown."""
    async with client(house) as rest:
        oldest = (await rest.get("/v1/calls", params={"text": "order"})).json()["data"][0]["id"]
        assert (tmp_path / "recordings" / oldest).is_dir()
        deleted = (await rest.delete(f"/v1/calls/{oldest}")).json()
        gone = [await rest.get(f"/v1/calls/{oldest}{below}") for below in ("", "/lines", "/audio")]

    assert deleted == {"id": oldest, "object": "call", "deleted": True}
    assert not (tmp_path / "recordings" / oldest).exists()
    assert {(answer.status_code, answer.json()["error"]["code"]) for answer in gone} == {(404, "call_not_found")}


@pytest.mark.parametrize("asked", [{"limit": "many"}, {"since": "yesterday"}])
async def test_what_is_no_number_is_refused(house: Desk, asked: dict[str, str]) -> None:
    """With the name of the parameter."""
    async with client(house) as rest:
        refused = await rest.get("/v1/calls", params=asked)

    assert (refused.status_code, refused.json()["error"]["param"]) == (400, next(iter(asked)))


async def test_only_an_api_key_opens_the_record(tmp_path: Path) -> None:
    """Not a client secret; and a server that records nothing says so."""
    async with desk(api_keys=(KEY,), records="none") as house, client(house) as rest:
        secret = await rest.post("/v1/realtime/client_secrets", headers={"authorization": f"Bearer {KEY}"})
        refused = [
            (await rest.get("/v1/calls", headers={"authorization": f"Bearer {key}"})).status_code
            for key in ("none", secret.json()["value"])
        ]
        none = await rest.get("/v1/calls", headers={"authorization": f"Bearer {KEY}"})

    assert refused == [401, 403]
    assert (none.status_code, none.json()["error"]["code"]) == (404, "not_recorded")


async def test_a_call_that_goes_on_is_listed_with_what_is_so_far(tmp_path: Path) -> None:
    """Its turns, handoffs and agents, half a second late."""
    live: dict[str, Any] = {}
    async with (
        desk(records=f"sqlite:///{tmp_path}/calls.db") as house,
        client(house) as rest,
        house.caller() as caller,
        asyncio.timeout(PATIENCE),
    ):
        house.service.reply("front", call("transfer_to_billing", reason="an invoice"))
        await caller.type("My invoice, please.")
        await caller.until("team.handoff.completed")
        while not live.get("handoffs"):
            await asyncio.sleep(0.05)  # it is written twice a second
            found = (await rest.get("/v1/calls", params={"ending": "open"})).json()["data"]
            live = found[0] if found else {}

    assert (live["ended"], live["ending"], live["turns"], live["handoffs"]) == (None, None, 1, 1)
    assert (live["agent"], live["agents"]) == ("billing", ["front", "billing"])
    assert live["seconds"] > 0


async def test_a_call_says_how_far_it_is_on_its_way(tmp_path: Path) -> None:
    """To whom the team file names under `after`: why it was not taken, without keys; nothing of its body."""
    team = TEAM + "after: tools.py:refuse\n"
    async with desk(team, tools=TOOLS + REFUSES, records=f"sqlite:///{tmp_path}/calls.db") as house:
        async with house.caller() as caller:
            await caller.type("Hello.")
            await caller.until("response.done")
        async with client(house) as rest, asyncio.timeout(PATIENCE):
            delivery = None
            while delivery is None or not delivery["attempts"]:
                await asyncio.sleep(0.05)
                told = await rest.get(f"/v1/calls/{caller.call}")
                delivery = told.json().get("delivery")

    assert delivery["due"] > told.json()["started"]
    assert {name: delivery[name] for name in ("state", "attempts")} == {"state": "waiting", "attempts": 1}
    assert "the CRM is away" in delivery["error"]
    assert "sk-" not in delivery["error"]


@pytest.mark.speech
async def test_a_handoff_of_the_local_router_says_what_it_chose_among(tmp_path: Path) -> None:
    """From the session to the record and back: why, and how likely each way was; none of it reaches the caller."""
    async with desk(LOCAL, records=f"sqlite:///{tmp_path}/calls.db") as house:
        async with house.caller() as caller:
            await caller.type("There is a mistake in my invoice.")
            await caller.until("team.handoff.started")
        async with client(house) as rest, asyncio.timeout(PATIENCE):
            timeline: list[dict[str, Any]] = []
            while not any(fact["fact"] == "CallEnded" for fact in timeline):
                await asyncio.sleep(0.05)
                timeline = (await rest.get(f"/v1/calls/{caller.call}")).json().get("timeline", [])

    way = next(fact for fact in timeline if fact["fact"] == "HandedOver")
    assert (way["target"], way["function"], way["decision"]["why"]) == (
        "billing",
        "transfer_to_billing",
        "wants something",
    )
    assert next(iter(way["decision"]["candidates"])) == "transfer_to_billing"
    assert "transfer_to_orders" in way["decision"]["candidates"]
    assert "candidates" not in json.dumps(caller.events)
