"""The scripted Realtime server speaks the protocol: the official client and its types accept every event."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from openai import AsyncOpenAI
from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter
from websockets.asyncio.client import connect

from orchestrator.testing import ScriptedRealtime, call, say

SERVER_EVENT: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)


async def test_the_official_client_holds_a_call_with_it() -> None:
    """A text turn, a spoken turn and a tool call."""
    async with ScriptedRealtime() as server:
        server.reply("front", say("Hello there."))
        server.reply("front", say("I heard you."))
        server.reply("front", call("find_order", number="1"))
        base = server.url.removesuffix("/realtime")
        client = AsyncOpenAI(api_key="x", websocket_base_url=base, base_url=base.replace("ws", "http"))
        async with client.realtime.connect(model="front") as connection:
            seen = []
            await connection.session.update(session={"type": "realtime", "instructions": "Hi"})
            await connection.response.create()
            async for event in connection:
                SERVER_EVENT.validate_python(event.model_dump(exclude_unset=True))
                seen.append(event.type)
                if seen.count("session.updated") == seen.count("response.done") == 1 and "speaking" not in seen:
                    seen.append("speaking")
                    await server.sessions[0].hear("How are you?")
                if seen.count("response.done") == 2 and "asking" not in seen:
                    seen.append("asking")
                    await connection.response.create()
                if seen.count("response.done") == 3:
                    break
            await client.close()

        assert seen.index("input_audio_buffer.speech_started") < seen.index("input_audio_buffer.committed")
        assert "conversation.item.input_audio_transcription.completed" in seen
        assert "response.function_call_arguments.done" in seen


async def test_it_keeps_to_the_rules_of_the_service() -> None:
    """One active response, known items, known events; each fault has the service's code."""
    async with ScriptedRealtime() as server, connect(f"{server.url}?model=front") as socket:
        server.reply("front", say("One."), say("Two."), held=True)
        item = {"type": "message", "role": "user", "content": [], "id": "mine"}
        for event in (
            {"type": "session.update", "session": {"type": "realtime"}},
            {"type": "conversation.item.create", "item": item},
            {"type": "conversation.item.create", "item": item},
            {"type": "conversation.item.retrieve", "item_id": "mine"},
            {"type": "conversation.item.truncate", "item_id": "mine", "content_index": 0, "audio_end_ms": 5},
            {"type": "conversation.item.delete", "item_id": "mine"},
            {"type": "conversation.item.delete", "item_id": "mine"},
            {"type": "input_audio_buffer.commit"},
            {"type": "input_audio_buffer.clear"},
            {"type": "response.cancel"},
            {"type": "response.create"},
            {"type": "response.create"},
            {"type": "response.create", "response": {"conversation": "none"}},
            {"type": "response.cancel"},
            {"type": "nonsense"},
        ):
            await socket.send(json.dumps(event))
        seen: list[dict[str, Any]] = []
        async with asyncio.timeout(10):
            while not seen or seen[-1].get("error", {}).get("param") != "type":
                seen.append(json.loads(await socket.recv()))
                SERVER_EVENT.validate_python(seen[-1])

        codes = [event["error"]["code"] for event in seen if event["type"] == "error"]
        assert codes == [
            "item_create_duplicate_item_id",
            "item_delete_invalid_item_id",
            "response_cancel_not_active",
            "conversation_already_has_active_response",
            "invalid_value",
        ]
        kinds = {event["type"] for event in seen}
        assert {"conversation.item.retrieved", "conversation.item.truncated", "conversation.item.deleted"} <= kinds
