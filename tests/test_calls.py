"""Whole calls over real sockets, one for each complaint that users of other systems have (P01 …).

The service is scripted (`orchestrator.testing`); the gateway, the runner and the core are the real ones.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from contextlib import suppress

import pytest
import structlog
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from orchestrator.testing import call, say
from tests.calls import TEAM, CallerClient, Desk, desk
from tests.patience import PATIENCE

INVOICE = "My invoice is wrong."


async def handed_over(desk_: Desk, caller: CallerClient) -> None:
    """Have a caller handed from front to billing, and heard there."""
    desk_.service.reply("front", say("I will connect you."), call("transfer_to_billing", reason="an invoice"))
    desk_.service.reply("billing", say("Which invoice is it?"))
    await caller.type(INVOICE)
    await caller.until("team.handoff.completed")
    await caller.until("response.done", 2)


# --- handoff ---


async def test_p01_each_agent_has_its_own_session_voice_and_model() -> None:
    """P01: the service sees one session an agent, each with its voice; the caller hears both."""
    async with desk() as desk_, desk_.caller() as caller:
        await handed_over(desk_, caller)
        front, billing = await desk_.service.session("front"), await desk_.service.session("billing")

        assert front.fields["audio"]["output"]["voice"] == "marin"
        assert billing.fields["audio"]["output"]["voice"] == "cedar"
        assert caller.voices() == [1, desk_.service.sessions.index(billing) + 1]


async def test_p02_p03_p14_the_new_agent_speaks_at_once_and_knows_what_was_said() -> None:
    """P02, P03, P14: one write seeds and asks; the briefing forbids a second greeting."""
    async with desk() as desk_, desk_.caller() as caller:
        await handed_over(desk_, caller)
        billing = await desk_.service.session("billing")

        assert [event["type"] for event in billing.received[1:3]] == ["conversation.item.create", "response.create"]
        text = billing.received[1]["item"]["content"][0]["text"]
        assert f"Caller: {INVOICE}" in text
        assert "no greeting" in text


async def test_p04_p19_only_one_agent_answers_and_in_speech() -> None:
    """P04, P19: the old agent gets its output and no response.create; the modality is said."""
    async with desk() as desk_, desk_.caller() as caller:
        await handed_over(desk_, caller)
        front, billing = await desk_.service.session("front"), await desk_.service.session("billing")
        await front.wait_for("input_audio_buffer.clear")

        assert len(front.of("response.create")) == 1
        outputs = [event["item"] for event in front.of("conversation.item.create") if "output" in event["item"]]
        assert [item["type"] for item in outputs] == ["function_call_output"]
        assert billing.of("response.create")[0]["response"]["output_modalities"] == ["audio"]


async def test_p05_p20_a_tool_beside_a_transfer() -> None:
    """P05, P20: the tool is answered first, then one handoff, and only the new agent speaks."""
    async with desk() as desk_, desk_.caller() as caller:
        desk_.service.reply("front", call("wait_long"), call("transfer_to_billing", reason="x"))
        await caller.type(INVOICE)
        await caller.until("team.handoff.started")
        desk_.go()
        await caller.until("team.handoff.completed")
        front = await desk_.service.session("front")
        await front.wait_for("conversation.item.create", 3)

        outputs = [event["item"]["output"] for event in front.of("conversation.item.create")[1:]]
        assert outputs[0] == "finally"
        assert "with billing now" in outputs[1]
        assert len(front.of("response.create")) == 1


async def test_p06_two_transfers_in_one_response() -> None:
    """P06: the first wins, the second is answered."""
    async with desk() as desk_, desk_.caller() as caller:
        desk_.service.reply("front", call("transfer_to_billing", reason="x"), call("transfer_to_tech", reason="y"))
        await caller.type(INVOICE)
        completed = await caller.until("team.handoff.completed")
        front = await desk_.service.session("front")
        await front.wait_for("conversation.item.create", 3)

        assert completed["to"] == "billing"
        assert any("superseded" in event["item"].get("output", "") for event in front.of("conversation.item.create"))


async def test_p07_the_way_back_works_and_no_foreign_id_travels() -> None:
    """P07: the caller returns to the first agent, which hears what it missed as text."""
    async with desk() as desk_, desk_.caller() as caller:
        await handed_over(desk_, caller)
        desk_.service.reply("billing", call("transfer_to_front", reason="something else"))
        desk_.service.reply("front", say("I am back."))
        await caller.type("I have another question.")
        await caller.until("team.handoff.completed", 2)
        front = await desk_.service.session("front")
        await front.wait_for("response.create", 2)

        briefing = json.dumps(front.received[-2:])
        assert "I have another question." in briefing
        assert INVOICE not in briefing
        assert "call_s2" not in json.dumps(front.received)


async def test_p08_what_is_said_during_the_switch_reaches_the_new_agent() -> None:
    """P08: audio sent while the handoff waits is replayed to the new agent, every frame of it."""
    async with desk() as desk_, desk_.caller() as caller:
        desk_.service.reply("front", call("wait_long"), call("transfer_to_billing", reason="x"))
        await caller.type(INVOICE)
        await caller.until("team.handoff.started")
        await caller.speak(5)
        desk_.go()
        await caller.until("team.handoff.completed")
        await caller.speak(2)
        billing = await desk_.service.session("billing")
        await billing.wait_for("input_audio_buffer.append", 7)

        assert (await desk_.service.session("front")).of("input_audio_buffer.append") == []


@pytest.mark.parametrize("how", ["held", "failed"])
async def test_p09_the_words_that_caused_the_handoff(how: str) -> None:
    """P09: a late transcript is awaited for half a second, then the reason stands for it."""
    async with desk() as desk_, desk_.caller() as caller:
        desk_.service.faults.transcription = how
        desk_.service.reply("front", call("transfer_to_billing", reason="an invoice"))
        await (await desk_.service.session("front")).hear(INVOICE)
        await caller.until("team.handoff.completed")
        text = (await desk_.service.session("billing")).received[1]["item"]["content"][0]["text"]

        assert "Reason: an invoice" in text
        assert INVOICE not in text


async def test_p09_a_transcript_in_time_is_in_the_briefing() -> None:
    """P09: the sentence that caused the handoff is not missing."""
    async with desk() as desk_, desk_.caller() as caller:
        desk_.service.reply("front", call("transfer_to_billing", reason="an invoice"))
        await (await desk_.service.session("front")).hear(INVOICE)
        await caller.until("team.handoff.completed")

        assert INVOICE in json.dumps((await desk_.service.session("billing")).received[1])


async def test_p10_a_failed_transfer_is_reported_and_the_old_agent_speaks() -> None:
    """P10: the target's session is refused twice; the source is told and answers."""
    text = TEAM.replace("    handoffs: [billing, tech]", "    handoffs: [billing, tech]\n    warm: none")
    async with desk(text) as desk_, desk_.caller() as caller:
        front = await desk_.service.session("front")
        desk_.service.faults.status = 503
        desk_.service.reply("front", call("transfer_to_billing", reason="x"))
        desk_.service.reply("front", say("I cannot reach them."))
        await caller.type(INVOICE)
        failed = await caller.until("team.handoff.failed")
        await front.wait_for("response.create", 2)

        assert failed["to"] == "billing"
        output = json.loads(front.of("conversation.item.create")[-1]["item"]["output"])
        assert "failed" in output["error"]


async def test_p11_ping_pong_is_refused() -> None:
    """P11: back without a word of the caller is refused with a reason, and the agent speaks."""
    async with desk() as desk_, desk_.caller() as caller:
        desk_.service.reply("front", call("transfer_to_billing", reason="x"))
        desk_.service.reply("billing", call("transfer_to_front", reason="y"))
        desk_.service.reply("billing", say("Let me help you then."))
        await caller.type(INVOICE)
        failed = await caller.until("team.handoff.failed")

        assert "said nothing since" in failed["reason"]
        await (await desk_.service.session("billing")).wait_for("response.create", 2)


async def test_p11_the_hop_limit_ends_a_loop() -> None:
    """P11: after `limits.handoffs` the caller stays."""
    async with desk() as desk_, desk_.caller() as caller:
        names = ["front", "billing"]
        for hop in range(1, 5):
            desk_.service.reply(names[0], call(f"transfer_to_{names[1]}", reason="x"))
            await caller.type("Next, please.")
            await caller.until("team.handoff.completed", hop)
            await caller.until("response.done", hop)
            names.reverse()
        desk_.service.reply(names[0], call(f"transfer_to_{names[1]}", reason="x"))
        await caller.type("And again.")

        assert "too often" in (await caller.until("team.handoff.failed"))["reason"]


@pytest.mark.parametrize("name", ["transfer_to_front", "transfer_to_nobody", "unheard_of"])
async def test_p12_p23_calls_of_nothing_are_answered(name: str) -> None:
    """P12, P23: itself, an unknown agent, an unknown tool: the model is told what there is, and speaks."""
    async with desk() as desk_, desk_.caller() as caller:
        desk_.service.reply("front", call(name))
        await caller.type("Hello.")
        front = await desk_.service.session("front")
        await front.wait_for("response.create", 2)

        assert "error" in json.loads(front.of("conversation.item.create")[-1]["item"]["output"])


async def test_p13_the_callers_audio_format_holds_for_every_agent() -> None:
    """P13: µ-law is said to each session, those that are open and those that open later."""
    mulaw = {"type": "audio/pcmu"}
    async with desk() as desk_, desk_.caller() as caller:
        session = {"type": "realtime", "audio": {"input": {"format": mulaw}, "output": {"format": mulaw}}}
        await caller.send("session.update", session=session)
        await caller.until("session.updated")
        await handed_over(desk_, caller)
        for name in ("front", "billing"):
            audio = (await desk_.service.session(name)).fields["audio"]
            assert (audio["input"]["format"], audio["output"]["format"]) == (mulaw, mulaw)


async def test_p15_handoffs_are_measured() -> None:
    """P15: the completed event carries the seconds from the transfer call to the first audio."""
    async with desk() as desk_, desk_.caller() as caller:
        await handed_over(desk_, caller)

        assert 0 <= caller.of("team.handoff.completed")[0]["seconds"] < 10


async def test_p16_the_farewell_is_not_clipped() -> None:
    """P16: the new agent's audio comes after all of the old one's, which goes on after the transfer call."""
    async with desk() as desk_, desk_.caller() as caller:
        farewell = say("Goodbye.", ms=500)
        desk_.service.reply("front", call("transfer_to_billing", reason="x"), farewell, held=True)
        await caller.type(INVOICE)
        billing = await desk_.service.session("billing")
        await billing.wait_for("response.create")
        (await desk_.service.session("front")).release()
        await caller.until("response.done", 2)

        assert caller.voices() == [1, desk_.service.sessions.index(billing) + 1]
        assert caller.of("response.done")[0]["response"]["id"].startswith("resp_s1")


async def test_the_source_drops_during_a_handoff() -> None:
    """The switch is finished without it."""
    async with desk() as desk_, desk_.caller() as caller:
        desk_.service.reply("front", call("wait_long"), call("transfer_to_billing", reason="x"))
        await caller.type(INVOICE)
        await caller.until("team.handoff.started")
        (await desk_.service.session("front")).drop()
        await caller.until("team.session.lost")
        desk_.go()

        assert (await caller.until("team.handoff.completed"))["to"] == "billing"


async def test_the_caller_leaves_during_a_handoff() -> None:
    """Every session is closed."""
    async with desk() as desk_:
        async with desk_.caller() as caller:
            desk_.service.reply("front", call("wait_long"), call("transfer_to_billing", reason="x"))
            await caller.type(INVOICE)
            await caller.until("team.handoff.started")
        await desk_.quiet()
        for session in desk_.service.sessions:
            await asyncio.wait_for(session.gone(), PATIENCE)


async def test_the_caller_speaks_during_a_handoff() -> None:
    """P72: words that the old agent's turn detection noticed stop its speech; the handoff, held for it, goes on."""
    async with desk() as desk_, desk_.caller() as caller:
        long = say("I will connect you, one moment please.", ms=3000)
        desk_.service.reply("front", long, call("wait_long"), call("transfer_to_billing", reason="x"))
        await caller.type(INVOICE)
        await caller.until("team.handoff.started")
        front = await desk_.service.session("front")
        await front.hear_start()
        await caller.until("input_audio_buffer.speech_started")
        desk_.go()

        assert (await caller.until("team.handoff.completed"))["to"] == "billing"


# --- responses, tools, interruption ---


async def test_p21_a_second_response_is_refused_as_the_service_does_it() -> None:
    """P21: no turn is answered twice; the error names the event, and the call goes on."""
    async with desk() as desk_, desk_.caller() as caller:
        front = await desk_.service.session("front")
        desk_.service.reply("front", say("One moment."), say("Still here."), held=True)
        await caller.type("Hello.")
        await caller.until("response.created")
        await caller.send("response.create", event_id="second")
        error = (await caller.until("error"))["error"]
        front.release()
        await caller.until("response.done")

        assert (error["code"], error["event_id"]) == ("conversation_already_has_active_response", "second")
        assert len(front.of("response.create")) == 1


async def test_p22_a_response_that_is_due_is_not_lost() -> None:
    """P22: a tool returns while the service answers a turn by itself: the agent is asked when that is done."""
    async with desk() as desk_, desk_.caller() as caller:
        desk_.service.reply("front", call("wait_long"))
        await caller.type("Look it up.")
        await caller.until("team.tool.called")
        front = await desk_.service.session("front")
        desk_.service.reply("front", say("One moment."), say("Still here."), held=True)
        await front.hear("Are you there?")
        await caller.until("team.response.started", 2)  # the team knows of it before the tool returns
        desk_.go()
        await caller.until("team.tool.returned")
        assert len(front.of("response.create")) == 1
        front.release()
        await front.wait_for("response.create", 2)


async def test_p22_a_failed_response_is_tried_again() -> None:
    """P22: a rate limit does not leave silence."""
    async with desk() as desk_, desk_.caller() as caller:
        desk_.service.reply("front", fails="rate_limit_exceeded")
        desk_.service.reply("front", say("Here I am."))
        await caller.type("Hello.")
        done = await caller.until("response.done", where=lambda event: event["response"]["status"] == "completed")

        assert done["response"]["output"][0]["content"][0]["transcript"] == "Here I am."


async def test_p23_a_tool_that_raises_is_an_answer() -> None:
    """P23: the model is told that it failed and speaks; what was raised, and where, is for the log."""
    with structlog.testing.capture_logs() as logs:
        async with desk() as desk_, desk_.caller() as caller:
            desk_.service.reply("front", call("break_down"))
            await caller.type("Hello.")
            front = await desk_.service.session("front")
            await front.wait_for("response.create", 2)

            output = json.loads(front.of("conversation.item.create")[-1]["item"]["output"])
    assert output == {"error": "break_down failed; try again later, or help the caller in another way."}
    (line,) = [line for line in logs if line["event"] == "tool failed"]
    assert line["cause"] == "RuntimeError('the database is away')"
    assert re.search(r"tools\.py:\d+$", line["where"])


async def test_a_tool_of_the_team_is_invisible_to_the_caller() -> None:
    """The result reaches the model intact; the caller sees one response and no function call."""
    async with desk() as desk_, desk_.caller("") as caller:
        desk_.service.reply("front", call("find_order", number="48213"))
        desk_.service.reply("front", say("It is on its way."))
        await caller.type("Where is order 48213?")
        await caller.until("response.done")
        front = await desk_.service.session("front")

        assert front.of("conversation.item.create")[-1]["item"]["output"] == "Order 48213 is on its way."
        assert "find_order" not in json.dumps(caller.events)
        assert len(caller.of("response.created")) == len(caller.of("response.done")) == 1


async def test_p25_truncation_is_clamped() -> None:
    """P25: beyond the audio nothing is sent; at zero the item is deleted; the caller is answered each time."""
    async with desk() as desk_, desk_.caller() as caller:
        desk_.service.reply("front", say("A long answer.", ms=4000))
        await caller.type("Hello.")
        item = (await caller.until("response.done"))["response"]["output"][0]["id"]
        front = await desk_.service.session("front")
        for ms in (9000, 500, 0):
            await caller.send("conversation.item.truncate", item_id=item, content_index=0, audio_end_ms=ms)
        await caller.until("conversation.item.truncated", 3)
        await front.wait_for("conversation.item.delete")

        assert [event["audio_end_ms"] for event in front.of("conversation.item.truncate")] == [500]
        assert caller.of("error") == []


async def test_p26_late_audio_of_a_cancelled_response_is_not_heard() -> None:
    """P26: dropped by its response, and the caller sees one `response.done`."""
    async with desk() as desk_, desk_.caller() as caller:
        desk_.service.reply("front", say("One."), say("Two."), held=True, late_ms=500)
        await caller.type("Hello.")
        await caller.until("response.output_audio.delta", 4)
        await caller.send("response.cancel")
        done = await caller.until("response.done")
        await caller.type("Are you there?")
        await caller.until("response.done", 2)
        last = caller.of("response.output_audio.delta")

        assert done["response"]["status"] == "cancelled"
        assert sum(event["response_id"] == done["response"]["id"] for event in last) == 4


async def test_p28_p29_errors_do_not_end_the_call() -> None:
    """P28, P29: unknown events, service errors and a cancel of nothing; then a normal answer."""
    async with desk() as desk_, desk_.caller() as caller:
        desk_.service.faults.unknown_events = True
        front = await desk_.service.session("front")
        await front.error("server_error", "a hiccup")
        await caller.send("response.cancel", event_id="mine")
        await caller.until("error", where=lambda event: event["error"]["event_id"] == "mine")
        await caller.type("Hello.")

        assert (await caller.until("response.done"))["response"]["status"] == "completed"


# --- sessions, load, operation ---


async def test_p32_an_upstream_drop_is_not_silence() -> None:
    """P32: the session is opened again, knows what was said, and gives the answer that was cut."""
    async with desk() as desk_, desk_.caller() as caller:
        desk_.service.reply("front", say("Your order"), say("is lost here"), held=True)
        desk_.service.reply("front", say("Your order comes tomorrow."))
        await caller.type("Where is my order?")
        await caller.until("response.output_audio.delta", 4)
        (await desk_.service.session("front")).drop()
        again = await desk_.service.session("front", 1)
        done = await caller.until("response.done", 2)

        assert done["response"]["output"][0]["content"][0]["transcript"] == "Your order comes tomorrow."
        assert caller.of("response.done")[0]["response"]["status"] == "failed"
        assert "Where is my order?" in json.dumps(again.received)


async def test_p32_when_nothing_helps_the_caller_is_told() -> None:
    """P32: a key that is refused ends the call with a word; nothing of the key or the service is told."""
    async with desk() as desk_:
        desk_.service.faults.status = 401
        async with desk_.caller() as caller:
            code, reason = await caller.closed()

        assert code == 4500
        assert "front" in str(reason)
        assert not any("401" in event["error"]["message"] for event in caller.of("error"))


async def test_p33_sessions_are_closed_when_the_caller_hangs_up() -> None:
    """P33: nothing is left behind."""
    async with desk() as desk_:
        async with desk_.caller() as caller:
            await handed_over(desk_, caller)
        await desk_.quiet()
        for session in desk_.service.sessions:
            await asyncio.wait_for(session.gone(), PATIENCE)


async def test_p34_a_session_that_never_answers_the_close_frame_holds_nothing_up() -> None:
    """P34: the call is over within a bounded time."""
    async with desk() as desk_:
        async with desk_.caller() as caller:
            await handed_over(desk_, caller)
            for session in desk_.service.sessions:
                session.deafen()
        await desk_.quiet()


async def test_p38_p41_callers_are_kept_apart() -> None:
    """P38, P41: two callers at once, each with sessions and ids of its own; nobody hears the other."""
    async with desk() as desk_, desk_.caller() as one, desk_.caller() as two:
        desk_.service.reply("front", say("First."))
        await one.type("I am the first.")
        await one.until("response.done")
        desk_.service.reply("front", say("Second."))
        await two.type("I am the second.")
        await two.until("response.done")

        assert one.events[0]["session"]["id"] != two.events[0]["session"]["id"]
        assert "second" not in json.dumps(one.events).lower()
        assert "first" not in json.dumps(two.events).lower()
        assert set(one.voices()).isdisjoint(two.voices())


async def test_p38_a_key_is_needed_when_one_is_set() -> None:
    """P38: without it the caller is told and closed with 3000."""
    async with desk(api_keys="right-key-1234") as desk_:
        async with connect(f"{desk_.url}/v1/realtime", additional_headers={"Authorization": "Bearer wrong"}) as socket:
            client = CallerClient(socket)
            error = await client.until("error")
            code, _ = await client.closed()

        assert (error["error"]["code"], code) == ("invalid_api_key", 3000)
        assert desk_.service.sessions == []


async def test_p39_nothing_is_sent_before_the_session_is_configured() -> None:
    """P39: audio of the first moment is held and arrives after `session.update`, in order."""
    async with desk() as desk_, desk_.caller() as caller:
        await caller.speak(3)
        front = await desk_.service.session("front")
        await front.wait_for("input_audio_buffer.append", 3)

        assert front.received[0]["type"] == "session.update"


async def test_p40_a_refused_configuration_is_not_spoken_over() -> None:
    """P40: an agent whose `session.update` was refused never speaks with default instructions."""
    async with desk() as desk_:
        desk_.service.faults.refuse_update = "unknown_parameter"
        async with desk_.caller() as caller:
            code, _ = await caller.closed()

        assert code == 4500
        assert all(session.of("response.create") == [] for session in desk_.service.sessions)


# --- interruption, audio ---


async def test_a_barge_in_cuts_the_agents_item_to_what_the_client_says_was_heard() -> None:
    """As with the service: the client knows what it has played, nobody else guesses."""
    async with desk() as desk_, desk_.caller() as caller:
        desk_.service.reply("front", say("A very long answer.", ms=5000))
        await caller.type("Hello.")
        await caller.until("response.done")
        front = await desk_.service.session("front")
        await front.hear("Stop.")
        await caller.until("input_audio_buffer.speech_started")
        assert front.of("conversation.item.truncate") == []
        item = caller.of("response.output_item.done")[0]["item"]["id"]
        await caller.send("conversation.item.truncate", item_id=item, content_index=0, audio_end_ms=700)
        event = await front.wait_for("conversation.item.truncate")

        assert event["audio_end_ms"] == 700


async def test_the_greeting_is_spoken_when_the_caller_asks_first() -> None:
    """A client that wants the agent to speak first sends `response.create`; nothing is spoken unasked."""
    async with desk() as desk_, desk_.caller() as caller:
        await caller.send("response.create")
        await caller.until("response.done")
        front = await desk_.service.session("front")

        assert front.of("response.create")[0]["response"]["instructions"] == "Say exactly: Hello, this is Acme."


async def test_tools_of_the_callers_application_are_offered_to_every_agent() -> None:
    """Its function calls are shown to it, its output goes to the agent that asked, also after a handoff."""
    tool = {"type": "function", "name": "show_map", "parameters": {"type": "object", "properties": {}}}
    async with desk() as desk_, desk_.caller() as caller:
        await caller.send("session.update", session={"type": "realtime", "tools": [tool]})
        await caller.until("session.updated")
        await handed_over(desk_, caller)
        desk_.service.reply("billing", call("show_map"))
        await caller.type("Where are you?")
        shown = await caller.until("response.function_call_arguments.done")
        item = {"type": "function_call_output", "call_id": shown["call_id"], "output": "shown"}
        await caller.until("response.done", 3)
        await caller.send("conversation.item.create", item=item)
        await caller.send("response.create")
        billing = await desk_.service.session("billing")
        await billing.wait_for("response.create", 3)

        assert billing.of("conversation.item.create")[-1]["item"]["output"] == "shown"
        names = [known["name"] for known in billing.fields["tools"]]
        assert names == ["transfer_to_front", "show_map"]


async def test_extra_instructions_of_the_application_do_not_replace_the_agents() -> None:
    """They stand under a heading, in the session and in a single response."""
    async with desk() as desk_, desk_.caller() as caller:
        await caller.send("session.update", session={"type": "realtime", "instructions": "Be brief."})
        await caller.until("session.updated")
        await caller.send("response.create", response={"instructions": "Whisper."})
        front = await desk_.service.session("front")
        asked = await front.wait_for("response.create")

        assert "Find out what the caller needs." in front.fields["instructions"]
        assert asked["response"]["instructions"].startswith("Find out what the caller needs.")
        assert asked["response"]["instructions"].endswith("Whisper.")


async def test_a_large_odd_frame_harms_nobody() -> None:
    """Bad frames of one caller: errors for it, nothing for the other."""
    async with desk() as desk_, desk_.caller() as bad, desk_.caller() as good:
        for frame in ("nonsense", "[]", '{"type": 5}', '{"type": "input_audio_buffer.append"}'):
            await bad.socket.send(frame)
        await bad.socket.send(b"binary")
        await bad.until("error", 5)
        await good.type("Hello.")
        await good.until("response.done")
        await bad.type("Hello.")
        await bad.until("response.done")

        assert good.of("error") == []


async def test_a_frame_of_20_megabytes_ends_only_that_call() -> None:
    """The server closes with 1009; the other call goes on."""
    async with desk() as desk_, desk_.caller() as bad, desk_.caller() as good:
        with suppress(ConnectionClosed):
            await bad.send("input_audio_buffer.append", audio=base64.b64encode(bytes(15_000_000)).decode())
        code, _ = await bad.closed()
        await good.type("Hello.")

        assert await good.until("response.done")
        assert code == 1009
