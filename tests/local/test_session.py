"""A local session is a `port.Session`: bounded, and closed for good."""

from __future__ import annotations

import asyncio
import gc

import pytest

from orchestrator.errors import RealtimeError
from orchestrator.local.session import QUEUE
from tests.local.scene import speech, talk, word_for_word
from tests.reading import into


async def test_closing_ends_the_iteration_and_the_work() -> None:
    """A response and a transcription under way end with the session; closing twice is fine."""
    async with talk() as client:
        client.brain.gate.clear()
        client.send("response.create")
        client.hear(speech(300))
        await client.until("response.created")
        await client.session.close()
        await client.session.close()
        client.send("response.cancel")
        left: list[str] = []
        await client.session.read(into(left))
        assert all("response.output" not in frame for frame in left)
    gc.collect()
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("local:")] == []


async def test_too_much_at_once_ends_the_session() -> None:
    """A full queue of client events: `stalled`."""
    async with talk() as client:
        for _ in range(QUEUE + 1):
            client.send("response.cancel")
        with pytest.raises(RealtimeError) as caught:
            await client.until("never")
        assert caught.value.code == "stalled"


async def test_sessions_share_no_ids() -> None:
    """Ids of two sessions differ, as a call has several."""
    async with talk() as one, talk() as two:
        ids = set()
        for client in (one, two):
            client.send("response.create", response=word_for_word("Hello."))
            response = (await client.last("response.done"))["response"]
            ids |= {response["id"], response["conversation_id"], response["output"][0]["id"]}
            ids.add(client.log[0]["session"]["id"])
        assert len(ids) == 8
