"""The sample of an emergency desk, as it is, on the embedded models: callers, messages, an approval, a take-over."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import connect

from orchestrator.cli import SAMPLES
from orchestrator.server.serve import build, running
from orchestrator.settings import Settings
from tests.calls import CallerClient, load
from tests.patience import BUSY
from tests.worker import WorkerClient

pytestmark = pytest.mark.speech
SAID = "response.output_audio_transcript.done"


@asynccontextmanager
async def caller(url: str, query: str = "") -> AsyncIterator[CallerClient]:
    """Connect a caller, who is greeted."""
    async with connect(f"{url}/v1/realtime?events=team{query}", max_size=None) as socket:
        client = CallerClient(socket)
        await client.until("session.created")
        await client.send("response.create")
        await client.until(SAID)
        yield client
    await client.reading
    assert client.wrong == []


async def hears(client: CallerClient, words: str) -> None:
    """Wait until an agent has said certain words."""
    await client.until(SAID, where=lambda event: bool(re.search(words, event["transcript"], re.IGNORECASE)))


async def test_the_emergency_desk() -> None:
    """What the caller reports, medic and police hear; the chief approves, takes the caller, and gives them back."""
    settings = Settings(port=0, drain=0.0, max_lag=BUSY)
    house = build(SAMPLES / "dispatch" / "agents.yaml", settings, {})
    load(house)
    async with running(house, settings) as url, caller(url) as one:
        call = f"&call={one.call}&agent="
        async with caller(url, f"{call}medic") as medic, caller(url, f"{call}police") as police:
            await one.type("My father has fallen, he is bleeding badly.")
            await hears(medic, "dispatcher says: my father has fallen, he is bleeding badly")
            await hears(one, "passed it on")
            await medic.type("Tell them we are there in five minutes.")
            await hears(one, "medic says: tell them we are there in five minutes")
            await one.type("And there is a man with a knife!")
            await hears(police, "man with a knife")

            async with connect(f"{url}/v1/realtime?desk=chiefs", max_size=None) as desk:
                chief = WorkerClient(desk)
                await police.type("Please close Harbour Street.")
                asked = await chief.until("team.approval.requested")
                assert (asked["name"], asked["agent"]) == ("close_road", "police")
                await chief.send("team.approval.answer", call=asked["call"], id=asked["id"], approve=True)
                await hears(police, "harbour street is closed")

                await one.type("I want to speak to somebody in charge.")
                brief = await chief.told("brief")
                assert "bleeding" in brief["brief"]
                await chief.do("accept", call=brief["call"])
                await chief.told("joined")
                await chief.do("give_back", note="Help comes through the back door.")
                await chief.told("released")
                await one.until("team.handoff.completed", 2)
            await chief.reading

    handoffs = [(event["from"], event["to"]) for event in one.of("team.handoff.completed")]
    assert handoffs == [("dispatcher", "chief"), ("chief", "dispatcher")]
