"""One response at a time in the conversation, and a few beside it."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.local.responses import MOST_OUT_OF_BAND
from tests.local.scene import talk

ASIDE: dict[str, Any] = {
    "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Aside"}]}]
}


async def test_one_response_at_a_time() -> None:
    """A second `response.create` is refused, echoing the client's event id."""
    async with talk() as client:
        client.brain.gate.clear()
        client.say("Hello")
        client.send("response.create")
        client.send("response.create", event_id="second")
        refused = await client.refused()
        assert (refused["code"], refused["event_id"]) == ("conversation_already_has_active_response", "second")


async def test_nothing_to_cancel() -> None:
    """`response.cancel` without a response is refused harmlessly."""
    async with talk() as client:
        client.send("response.cancel")
        assert (await client.refused())["code"] == "response_cancel_not_active"


async def test_a_response_out_of_band_leaves_the_conversation_alone() -> None:
    """`conversation: none` runs beside the active response, with its own input, and adds no item."""
    async with talk() as client:
        client.brain.gate.clear()
        client.say("Hello")
        client.send("response.create")
        content = [{"type": "input_text", "text": "Aside"}]
        aside = {
            "conversation": "none",
            "output_modalities": ["text"],
            "input": [{"type": "message", "role": "user", "content": content}],
            "metadata": {"for": "summary"},
        }
        client.send("response.create", response=aside)
        await client.until("response.created")
        created = (await client.until("response.created"))[-1]["response"]
        assert created["conversation_id"] is None
        client.brain.gate.set()
        both = [(await client.last("response.done"))["response"] for _ in range(2)]
        done = next(response for response in both if response["metadata"])
        assert done["output"][0]["content"] == [{"type": "output_text", "text": "Aside"}]
        added = [event["item"]["id"] for event in client.log if event["type"] == "conversation.item.added"]
        assert done["output"][0]["id"] not in added


async def test_memory_lasts_from_response_to_response() -> None:
    """The brain's memory is the session's own."""
    async with talk() as client:
        for _ in range(2):
            client.say("Hello")
            client.send("response.create")
            await client.until("response.done")
        assert client.brain.memory == {"responses": 2}
        assert len(client.brain.seen[1].items) == 3


async def test_only_a_few_responses_run_beside_the_conversation() -> None:
    """One too many is refused; when one has ended there is room again."""
    async with talk() as client:
        client.brain.gate.clear()
        for _ in range(MOST_OUT_OF_BAND):
            client.send("response.create", response={"conversation": "none", **ASIDE})
        client.send("response.create", response={"conversation": "none", **ASIDE})
        assert (await client.refused())["code"] == "rate_limit_exceeded"
        client.brain.gate.set()
        for _ in range(MOST_OUT_OF_BAND):
            await client.until("response.done")
        client.send("response.create", response={"conversation": "none", **ASIDE})
        assert (await client.last("response.done"))["response"]["status"] == "completed"


async def test_a_response_is_cancelled_by_its_id() -> None:
    """One out of band is meant only if it is named; one that has ended cannot be."""
    async with talk() as client:
        client.brain.gate.clear()
        client.send("response.create", response={"conversation": "none", **ASIDE})
        response_id = (await client.last("response.created"))["response"]["id"]
        client.send("response.cancel")
        assert (await client.refused())["code"] == "response_cancel_not_active"
        client.send("response.cancel", response_id=response_id)
        assert (await client.last("response.done"))["response"]["status"] == "cancelled"
        client.send("response.cancel", response_id=response_id)
        assert (await client.refused())["code"] == "response_cancel_not_active"


async def test_a_response_may_refer_to_items_of_the_conversation() -> None:
    """Those that exist; its context then has nothing else."""
    async with talk() as client:
        client.say("First")
        item_id = (await client.last("conversation.item.done"))["item"]["id"]
        client.say("Second")
        given = [{"type": "item_reference", "id": item_id}]
        client.send("response.create", response={"conversation": "none", "input": given})
        await client.until("response.done")
        assert [item["id"] for item in client.brain.seen[0].items] == [item_id]
        client.send("response.create", response={"input": [{"type": "item_reference", "id": "item_0"}]})
        assert (await client.refused())["code"] == "item_reference_invalid_item_id"


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"audio": {"output": {"voice": "nobody"}}}, "response.audio.output.voice"),
        ({"tools": [{"type": "mcp"}]}, "response.tools[0].type"),
        ({"temperature": 1}, "response.temperature"),
    ],
)
async def test_what_the_provider_does_not_have_is_refused(options: dict[str, Any], param: str) -> None:
    """Before anything of the response begins."""
    async with talk() as client:
        client.send("response.create", response=options)
        assert (await client.refused())["param"] == param
        client.send("response.cancel")
        assert (await client.refused())["code"] == "response_cancel_not_active"


async def test_audio_fixes_the_voice() -> None:
    """Text does not."""
    async with talk() as client:
        client.send("response.create", response={"output_modalities": ["text"], **ASIDE})
        await client.until("response.done")
        await client.update(audio={"output": {"voice": "cedar"}})
        client.send("response.create", response=ASIDE)
        await client.until("response.done")
        client.send("session.update", session={"type": "realtime", "audio": {"output": {"voice": "marin"}}})
        assert (await client.refused())["code"] == "cannot_update_voice"
