"""To the caller's application a whole team is one Realtime session: its history, its tools, its errors.

Over real sockets; the service is scripted, the gateway, the runner and the core are the real ones.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from openai import AsyncOpenAI
from websockets.asyncio.client import connect

from orchestrator.testing import call, say
from tests.calls import CallerClient, Desk, desk
from tests.patience import PATIENCE

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)


async def handed_over(desk_: Desk, caller: CallerClient) -> None:
    """Have a caller handed from front to billing, by a spoken turn, and heard there."""
    desk_.service.reply("front", say("I will connect you."), call("transfer_to_billing", reason="an invoice"))
    desk_.service.reply("billing", say("Which invoice is it?"))
    front = await desk_.service.session("front")
    await front.hear("My invoice is wrong.")
    await caller.until("response.done", 2)


def items(caller: CallerClient) -> list[dict[str, Any]]:
    """Return the items that the caller was told of."""
    return [event["item"] for event in caller.of("conversation.item.added")]


async def test_one_history_across_a_handoff() -> None:
    """Each item follows the one before; the handoff is not in it; each response that began has ended once."""
    async with desk() as desk_, desk_.caller(query="") as caller:
        await handed_over(desk_, caller)

        added = caller.of("conversation.item.added")
        assert [event["previous_item_id"] for event in added] == [None, *(event["item"]["id"] for event in added[:-1])]
        assert [item["role"] for item in items(caller)] == ["user", "assistant", "assistant"]
        created = [event["response"]["id"] for event in caller.of("response.created")]
        assert [event["response"]["id"] for event in caller.of("response.done")] == created
        conversations = {event["response"]["conversation_id"] for event in caller.of("response.done")}
        assert len(conversations) == 1
        assert not any("function_call" in str(event) for event in caller.events)


async def test_items_are_reached_where_they_are_after_the_caller_has_moved_on() -> None:
    """Retrieve, truncate and delete go to the session that has the item."""
    async with desk() as desk_, desk_.caller(query="") as caller:
        await handed_over(desk_, caller)
        front, billing = await desk_.service.session("front"), await desk_.service.session("billing")
        words, first, second = (item["id"] for item in items(caller))

        for item_id in (words, first, second):
            await caller.send("conversation.item.retrieve", item_id=item_id)
        await caller.until("conversation.item.retrieved", 3)
        got = [event["item"]["id"] for event in caller.of("conversation.item.retrieved")]
        assert sorted(got) == sorted([words, first, second])

        await caller.send("conversation.item.truncate", item_id=first, content_index=0, audio_end_ms=100)
        await caller.until("conversation.item.truncated")
        assert (await front.wait_for("conversation.item.truncate"))["item_id"] == first

        await caller.send("conversation.item.delete", item_id=words)
        await caller.until("conversation.item.deleted")
        assert (await front.wait_for("conversation.item.delete"))["item_id"] == words
        assert billing.of("conversation.item.delete") == []
        assert caller.of("error") == []


async def test_a_deleted_item_is_in_nobodys_history() -> None:
    """It is not told to the next agent either, and naming it again is an error."""
    async with desk() as desk_, desk_.caller(query="") as caller:
        await caller.send("conversation.item.create", item=typed("My PIN is 1234.", id="pin"))
        await caller.until("conversation.item.done")
        await caller.send("conversation.item.delete", item_id="pin")
        await caller.until("conversation.item.deleted")
        await handed_over(desk_, caller)
        billing = await desk_.service.session("billing")
        assert "1234" not in str(billing.received)

        await caller.send("conversation.item.retrieve", item_id="pin", event_id="rci_pin")
        error = (await caller.until("error"))["error"]
        assert (error["code"], error["event_id"]) == ("item_retrieve_invalid_item_id", "rci_pin")


def typed(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}], **more}


async def test_the_service_names_the_callers_event() -> None:
    """What only the service can know to be wrong is told with the `event_id` and the `param` of the caller's event."""
    async with desk() as desk_, desk_.caller(query="") as caller:
        front = await desk_.service.session("front")
        await caller.send("input_audio_buffer.commit", event_id="mine_1")
        error = (await caller.until("error"))["error"]
        assert (error["code"], error["event_id"]) == ("input_audio_buffer_commit_empty", "mine_1")

        reference = {"input": [{"type": "item_reference", "id": "nowhere"}], "conversation": "none"}
        await caller.send("response.create", response=reference, event_id="mine_1b")
        error = (await caller.until("error", 2))["error"]
        assert (error["code"], error["param"], error["event_id"]) == ("invalid_value", "response.input", "mine_1b")

        await caller.send("response.create", response={"conversation": "none"}, event_id="mine_2")
        await front.wait_for("response.create")
        assert front.of("response.create")[0]["event_id"] == "mine_2"
        await caller.type("Are you there?")
        await caller.until("response.done")


async def test_metadata_and_ids_are_echoed() -> None:
    """LiveKit takes a response without its metadata for somebody else's; Pipecat takes an item by its own id."""
    async with desk() as desk_, desk_.caller(query="") as caller:
        await caller.send("conversation.item.create", item=typed("Hello.", id="a" * 32), previous_item_id="root")
        await caller.until("conversation.item.done")
        await caller.send("response.create", response={"metadata": {"client_event_id": "x"}})
        done = await caller.until("response.done")

        assert items(caller)[0]["id"] == "a" * 32
        for event in (*caller.of("response.created"), done):
            assert event["response"]["metadata"] == {"client_event_id": "x"}
        usage = done["response"]["usage"]
        assert {"total_tokens", "input_token_details", "output_token_details"} <= usage.keys()


async def test_an_answer_outside_the_conversation() -> None:
    """It runs beside the conversation, its items are in no history, and it is known by its metadata."""
    async with desk() as desk_, desk_.caller(query="") as caller:
        desk_.service.reply("front", say("A complaint."))
        aside = {"conversation": "none", "output_modalities": ["text"], "metadata": {"topic": "sort"}}
        await caller.send("response.create", response={**aside, "instructions": "Classify.", "input": [typed("Hm!")]})
        done = await caller.until("response.done")
        front = await desk_.service.session("front")
        sent = front.of("response.create")[0]["response"]

        assert done["response"]["conversation_id"] is None
        assert done["response"]["metadata"] == {"topic": "sort"}
        assert caller.of("conversation.item.added") == []
        assert (sent["output_modalities"], sent["input"]) == (["text"], [typed("Hm!")])


async def test_text_only() -> None:
    """A caller without ears gets text from every agent."""
    async with desk() as desk_, desk_.caller(query="") as caller:
        await caller.send("session.update", session={"type": "realtime", "output_modalities": ["text"]})
        updated = await caller.until("session.updated")
        assert updated["session"]["output_modalities"] == ["text"]
        await (await desk_.service.session("front")).wait_for("session.update", 2)
        await handed_over(desk_, caller)

        assert [event["text"] for event in caller.of("response.output_text.done")] == [
            "I will connect you.",
            "Which invoice is it?",
        ]
        assert caller.of("response.output_audio.delta") == []


async def test_a_picture() -> None:
    """An image item reaches the agent as it is."""
    async with desk() as desk_, desk_.caller(query="") as caller:
        content = [{"type": "input_text", "text": "What is this?"}, {"type": "input_image", "image_url": PIXEL}]
        await caller.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})
        await caller.until("conversation.item.done")
        front = await desk_.service.session("front")

        assert front.of("conversation.item.create")[0]["item"]["content"] == content


async def test_turns_by_hand() -> None:
    """Push to talk: no turn detection on any session, the caller commits, clears and asks itself."""
    async with desk() as desk_, desk_.caller(query="") as caller:
        manual = {"type": "realtime", "audio": {"input": {"turn_detection": None}}}
        await caller.send("session.update", session=manual)
        updated = await caller.until("session.updated")
        assert updated["session"]["audio"]["input"]["turn_detection"] is None
        await caller.speak(3)
        await caller.send("input_audio_buffer.clear")
        await caller.until("input_audio_buffer.cleared")
        desk_.service.script.words = "My invoice is wrong."
        await caller.speak(10)
        await caller.send("input_audio_buffer.commit")
        await caller.until("input_audio_buffer.committed")
        assert caller.of("response.created") == []
        desk_.service.reply("front", call("transfer_to_billing", reason="an invoice"))
        await caller.send("response.create")
        await caller.until("response.output_audio.done")
        billing = await desk_.service.session("billing")

        assert billing.fields["audio"]["input"]["turn_detection"] is None


async def test_idle_timeout_and_rate_limits_pass_through() -> None:
    """What the agent's service says of its session and the caller's silence is told as it is."""
    async with desk() as desk_, desk_.caller(query="") as caller:
        front = await desk_.service.session("front")
        limits = [{"name": "tokens", "limit": 10, "remaining": 9, "reset_seconds": 0.5}]
        await front.send("rate_limits.updated", rate_limits=limits)
        assert (await caller.until("rate_limits.updated"))["rate_limits"] == limits

        detection = {"type": "server_vad", "idle_timeout_ms": 6000}
        session = {"type": "realtime", "audio": {"input": {"turn_detection": detection}}}
        await caller.send("session.update", session=session)
        await caller.until("session.updated")
        await front.wait_for("session.update", 2)
        assert front.fields["audio"]["input"]["turn_detection"]["idle_timeout_ms"] == 6000
        await front.send("input_audio_buffer.timeout_triggered", item_id="item_9", audio_start_ms=0, audio_end_ms=6000)
        assert (await caller.until("input_audio_buffer.timeout_triggered"))["item_id"] == "item_9"


async def test_names_of_the_callers_tools_cannot_hide_the_teams() -> None:
    """The update is refused whole, and names the parameter."""
    async with desk() as desk_, desk_.caller(query="") as caller:
        tools = [{"type": "function", "name": name} for name in ("mine", "find_order")]
        await caller.send("session.update", session={"type": "realtime", "tools": tools}, event_id="u1")
        error = (await caller.until("error"))["error"]

        assert (error["param"], error["event_id"]) == ("session.tools[1].name", "u1")
        assert "find_order" in error["message"]
        front = await desk_.service.session("front")
        assert "mine" not in str(front.fields["tools"])


async def test_a_tool_of_the_caller_is_called_by_both_agents() -> None:
    """Each function call is shown, its output goes to the agent that asked."""
    tool = {"type": "function", "name": "show_map", "parameters": {"type": "object", "properties": {}}}
    async with desk() as desk_, desk_.caller(query="") as caller:
        await caller.send("session.update", session={"type": "realtime", "tools": [tool]})
        await caller.until("session.updated")
        for number, agent in enumerate(("front", "billing"), 1):
            desk_.service.reply(agent, call("show_map"))
            desk_.service.reply(agent, say("There you are."))
            await caller.type("Where?")
            asked = await caller.until("response.function_call_arguments.done", number)
            await caller.until("response.done", 4 * number - 3)
            output = {"type": "function_call_output", "call_id": asked["call_id"], "output": agent}
            await caller.send("conversation.item.create", item=output)
            await caller.send("response.create")
            await caller.until("response.done", 4 * number - 2)
            session = await desk_.service.session(agent)
            given = [e["item"] for e in session.of("conversation.item.create") if "output" in e["item"]]
            assert [(item["call_id"], item["output"]) for item in given if item["output"] == agent] == [
                (asked["call_id"], agent)
            ]
            if agent == "front":
                await handed_over_after(desk_, caller)


async def handed_over_after(desk_: Desk, caller: CallerClient) -> None:
    """Have a caller that has heard two responses handed to billing."""
    desk_.service.reply("front", say("I will connect you."), call("transfer_to_billing", reason="an invoice"))
    desk_.service.reply("billing", say("Which invoice is it?"))
    await caller.type("My invoice is wrong.")
    await caller.until("response.done", 4)


async def test_a_response_lost_with_its_session_ends_once() -> None:
    """The caller is told the end of it, and hears the answer from the session that is opened again."""
    async with desk() as desk_, desk_.caller(query="") as caller:
        desk_.service.reply("front", say("One."), say("Two."), held=True)
        await caller.type("Count.")
        await caller.until("response.output_audio.delta")
        front = await desk_.service.session("front")
        front.drop()
        await caller.until("response.done", 2)

        created = [event["response"]["id"] for event in caller.of("response.created")]
        done = [event["response"]["id"] for event in caller.of("response.done")]
        assert created == done
        assert caller.of("response.done")[0]["response"]["status"] == "failed"


async def test_items_outlive_the_session_they_were_on() -> None:
    """After a reconnect the caller's items have the ids it knows: they can be read and deleted."""
    async with desk() as desk_, desk_.caller(query="") as caller:
        await caller.send("conversation.item.create", item=typed("Hello.", id="hello"))
        await caller.send("response.create")
        await caller.until("response.done")
        (await desk_.service.session("front")).drop()
        again = await desk_.service.session("front", 1)
        await again.wait_for("conversation.item.create", 2)
        for item in items(caller):
            await caller.send("conversation.item.retrieve", item_id=item["id"])
        await caller.until("conversation.item.retrieved", 2)
        await caller.send("conversation.item.delete", item_id="hello")
        assert (await again.wait_for("conversation.item.delete"))["item_id"] == "hello"


async def test_p18_the_application_moves_the_caller() -> None:
    """P18: with the official client's `refer`; the new agent is told why and speaks."""
    async with desk() as desk_, desk_.caller() as caller:
        desk_.service.reply("billing", say("Billing here."))
        call_id = caller.of("session.created")[0]["session"]["id"]
        await desk_.service.session("billing")
        async with AsyncOpenAI(api_key="x", base_url=f"{desk_.url.replace('ws', 'http', 1)}/v1") as client:
            await client.realtime.calls.refer(call_id, target_uri="agent:billing")
        await caller.until("team.handoff.completed")
        await caller.until("response.done")
        billing = await desk_.service.session("billing")

        assert "The application moved the caller." in str(billing.of("conversation.item.create"))
        assert (await desk_.service.session("front")).of("conversation.item.create") == []


async def test_p18_a_tool_moves_the_caller() -> None:
    """P18: `call.hand_over(…)` in a tool; the source gets the tool's result and says no more."""
    async with desk() as desk_, desk_.caller() as caller:
        desk_.service.reply("front", call("escalate"))
        desk_.service.reply("tech", say("Tell me what is broken."))
        await caller.type("It is broken!")
        told = await caller.until("team.handoff.completed")
        front = await desk_.service.session("front")

        assert (told["from"], told["to"]) == ("front", "tech")
        assert front.of("conversation.item.create")[-1]["item"]["output"] == "Escalated."
        assert len(front.of("response.create")) == 1


async def test_p30_a_tool_is_stopped_when_the_caller_hangs_up() -> None:
    """P30: nothing goes on in the background for a caller who is gone."""
    async with desk() as desk_:
        async with desk_.caller() as caller:
            desk_.service.reply("front", call("wait_for_ever"))
            await caller.type("Wait.")
            await caller.until("team.tool.called")
        await desk_.quiet()

        assert (desk_.folder / "stopped").read_text(encoding="utf-8").startswith("call_")


async def test_p30_a_barge_in_does_not_run_a_tool_twice() -> None:
    """P30: the caller speaks while a tool runs: it runs on, once, and its result is answered once."""
    async with desk() as desk_, desk_.caller() as caller:
        desk_.service.reply("front", call("wait_long"))
        await caller.type("Look it up.")
        await caller.until("team.tool.called")
        front = await desk_.service.session("front")
        await front.hear("And quickly.")
        desk_.go()
        await caller.until("team.tool.returned")
        await front.wait_for("conversation.item.create", 2)
        await caller.until("response.done", 2)

        outputs = [event["item"] for event in front.of("conversation.item.create") if "output" in event["item"]]
        assert [item["output"] for item in outputs] == ["finally"]
        assert len(caller.of("team.tool.called")) == 1


async def test_a_sideband_socket_sees_the_call_and_acts_on_it() -> None:
    """`?call_id=`: a second socket beside the caller's, which outlives it not, and ends nothing when it goes."""
    async with desk() as desk_, desk_.caller() as caller:
        call_id = caller.of("session.created")[0]["session"]["id"]
        async with desk_.caller(query=f"call_id={call_id}") as side:
            assert side.events[0]["session"]["id"] == call_id
            desk_.service.reply("front", say("Hello you."))
            await side.type("Greet the caller.")
            await side.until("response.done")
            await caller.until("response.done")
            assert side.of("response.output_audio.delta") == []
            assert caller.of("response.output_audio.delta")
            await side.socket.close()
        await caller.type("Still there?")
        await caller.until("response.done", 2)
        async with desk_.caller(query=f"call_id={call_id}") as other:
            await caller.socket.close()
            assert (await other.closed())[0] == 1000


@pytest.mark.parametrize(
    ("mine", "theirs"), [("events=team", ""), ("", "&events=team")], ids=["the caller", "the sideband socket"]
)
async def test_team_events_are_for_the_socket_that_asked(mine: str, theirs: str) -> None:
    """`events=` holds for the socket that says it: the other one, which may be strict, hears nothing of them."""
    async with desk() as desk_, desk_.caller(query=mine) as caller:
        call_id = caller.of("session.created")[0]["session"]["id"]
        async with desk_.caller(query=f"call_id={call_id}{theirs}") as side:
            desk_.service.reply("front", call("transfer_to_billing", reason="an invoice"))
            desk_.service.reply("billing", say("Which?"))
            await caller.type("My invoice is wrong.")
            for client in (caller, side):
                await client.until("response.done")
            told, other = (side, caller) if theirs else (caller, side)
            assert told.of("team.handoff.completed")
            assert not [event for event in other.events if event["type"].startswith("team.")]
            assert caller.wrong == side.wrong == []
            await side.socket.close()


@pytest.mark.parametrize("tail", ["call_id=sess_none", "call_id="])
async def test_a_sideband_socket_of_no_call(tail: str) -> None:
    """It is refused with the reason."""
    async with desk() as desk_, connect(f"{desk_.url}/v1/realtime?{tail}") as socket:
        client = CallerClient(socket)
        assert "no open call" in (await client.until("error"))["error"]["message"]
        assert (await client.closed())[0] == 4000
        await asyncio.wait_for(client.reading, PATIENCE)
