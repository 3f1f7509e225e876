"""Whole calls with mahilo's clients over real sockets: several persons, each with an agent, in one call."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from orchestrator.testing import call, say
from tests.calls import Desk, desk
from tests.mahilo import TEAM, mahilo
from tests.worker import OFFICE_TOOLS


def told(session: Any) -> str:
    """Return all that an agent's session was told, as one text."""
    items = session.of("conversation.item.create")
    return "\n".join(str(part.get("text")) for one in items for part in one["item"].get("content", ()))


async def asked(at: Desk, query: str = "") -> list[dict[str, Any]]:
    """Ask for messages."""
    url = at.url.replace("ws", "http", 1)
    async with httpx.AsyncClient(base_url=url) as client:
        response = await client.get(query)
        response.raise_for_status()
        found: list[dict[str, Any]] = response.json()
        return found


async def test_a_line_is_answered_by_one_whole_reply() -> None:
    """In text, whatever it takes: here a word before a tool, and what came of it; nobody greets."""
    async with desk(TEAM, OFFICE_TOOLS) as at, mahilo(at.url, "dispatcher") as client:
        at.service.reply("dispatcher", say("Let me see."), call("find_order", number="48213"))
        at.service.reply("dispatcher", say("It is on its way."))
        await client.type("Where is my order?")
        await client.lines(1)
        await client.type("Thank you.")

        assert await client.lines(2) == ["Let me see. It is on its way.", "Okay."]
        session = await at.service.session("dispatcher")
        assert session.of("session.update")[0]["session"]["output_modalities"] == ["text"]
        assert "Where is my order?" in told(session)
    await at.quiet()


async def test_lines_are_answered_one_after_another() -> None:
    """One that is typed before the reply to the one before has come waits for its turn."""
    async with desk(TEAM, OFFICE_TOOLS) as at, mahilo(at.url, "dispatcher") as client:
        at.service.reply("dispatcher", call("wait_long"))
        at.service.reply("dispatcher", say("One."))
        at.service.reply("dispatcher", say("Two."))
        await client.type("First.")
        await client.type("Second.")
        await (await at.service.session("dispatcher")).wait_for("response.create")
        assert "Second." not in told(await at.service.session("dispatcher"))
        at.go()

        assert await client.lines(2) == ["One.", "Two."]


async def test_a_reply_may_take_a_handoff() -> None:
    """The caller is moved as by any transport; the reply is that of the agent who has them then."""
    async with desk(TEAM, OFFICE_TOOLS) as at, mahilo(at.url, "dispatcher") as client:
        at.service.reply("dispatcher", call("transfer_to_archive", reason="an old case"))
        at.service.reply("archive", say("The archive."))
        await client.type("What was it last year?")

        assert await client.lines(1) == ["The archive."]


async def test_what_another_agent_writes_comes_as_a_frame_of_its_own() -> None:
    """The second client joins the call of the first, with an agent of its own; queries tell what was written."""
    before = time.time()
    async with (
        desk(TEAM, OFFICE_TOOLS) as at,
        mahilo(at.url, "dispatcher") as caller,
        mahilo(at.url, "medic") as medic,
    ):
        await caller.type("Hello.")
        await medic.type("Hello.")
        await caller.lines(1)
        await medic.lines(1)
        at.service.reply("dispatcher", call("message_medic", text="Somebody fell.", urgent=True))
        at.service.reply("dispatcher", say("A medic knows."))
        at.service.reply("medic", say("Somebody fell, says the dispatcher."))
        await caller.type("My friend fell.")

        assert (await caller.lines(2))[1:] == ["A medic knows."]
        assert (await medic.lines(2))[1:] == ["Somebody fell, says the dispatcher."]
        assert "My friend fell." not in told(await at.service.session("medic"))
        [found] = await asked(at, "/messages")
        shared = next(iter(at.calls._register._open))
    fixed = {"sender": "dispatcher", "recipient": "medic", "payload": "Somebody fell.", "message_type": "direct"}
    assert found == {
        **fixed,
        "message_id": found["message_id"],
        "timestamp": found["timestamp"],
        "correlation_id": shared,
        "reply_to": None,
    }
    assert before <= found["timestamp"] <= time.time()


async def test_queries_are_answered_after_the_call() -> None:
    """By sender, recipient, both, or both ways; by time; the newest first, and no more than asked for."""
    async with desk(TEAM, OFFICE_TOOLS) as at:
        async with mahilo(at.url, "dispatcher") as caller:
            texts = {"one": "medic", "two": "police", "three": "medic"}
            for text, to in texts.items():
                at.service.reply("dispatcher", call(f"message_{to}", text=text))
                at.service.reply("dispatcher", say(text))
                await caller.type(text)
            await caller.lines(3)
        await at.quiet()

        async def payloads(query: str) -> list[str]:
            return [one["payload"] for one in await asked(at, query)]

        assert await payloads("/messages") == ["three", "two", "one"]
        assert await payloads("/messages?limit=1") == ["three"]
        assert await payloads("/messages?sender=medic") == []
        assert await payloads("/messages?sender=dispatcher&recipient=medic") == ["three", "one"]
        assert await payloads("/conversations/medic/dispatcher") == ["three", "one"]
        assert await payloads("/conversations/medic/police") == []
        [two] = await asked(at, "/messages?recipient=police")
        since = two["timestamp"]
        assert (await payloads(f"/messages?start_time={since}"))[-1] == "two"
        assert (await payloads(f"/messages?end_time={since}"))[0] == "two"
        assert await payloads(f"/messages?start_time={since + 3600}") == []
        with pytest.raises(httpx.HTTPStatusError, match="400"):
            await asked(at, "/messages?limit=many")


async def test_a_voice_is_heard_and_answered_in_mahilos_frames() -> None:
    """PCM16 at 24 kHz both ways; the audio is that of the agent, byte by byte."""
    async with desk(TEAM, OFFICE_TOOLS) as at, mahilo(at.url, "medic", voice=True) as client:
        session = await at.service.session("medic")
        await session.wait_for("session.update")
        at.service.reply("medic", say("On my way.", ms=600))
        await client.speak(3, sound=b"\1\2" * 1024)
        append = await session.wait_for("input_audio_buffer.append")
        assert base64.b64decode(append["audio"]) == b"\1\2" * 1024
        await session.hear("Come quickly.")
        await client.event("media")
        update = session.of("session.update")[0]["session"]
        assert update["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 24_000}
        while len(client.heard()) < 600 * 48:
            await client.event("media", len(client.frames) + 1)

    assert len(client.heard()) == 600 * 48


async def test_whoever_speaks_hears_what_was_written_and_nobody_else_does() -> None:
    """One types, two speak: the message is audio of its own agent for one of them, and no sound crosses."""
    async with (
        desk(TEAM, OFFICE_TOOLS) as at,
        mahilo(at.url, "dispatcher") as caller,
        mahilo(at.url, "medic", voice=True) as medic,
        mahilo(at.url, "police", voice=True) as police,
    ):
        for agent in ("medic", "police"):
            await (await at.service.session(agent)).wait_for("session.update")
        at.service.reply("dispatcher", call("message_medic", text="Somebody fell."))
        at.service.reply("medic", say("Somebody fell.", ms=400))
        await caller.type("My friend fell.")
        await caller.lines(1)
        while len(medic.heard()) < 400 * 48:
            await medic.event("media", len(medic.frames) + 1)
        number = [session.model for session in at.service.sessions].index("medic") + 1

        assert int.from_bytes(medic.heard()[:2], "little") == number
        assert (police.frames, len(caller.frames)) == ([], 1)


async def test_programs_of_the_realtime_protocol_join_the_same_call() -> None:
    """By its id, with an agent of their own; the messages go both ways."""
    async with desk(TEAM, OFFICE_TOOLS) as at, mahilo(at.url, "medic") as medic:
        await medic.type("Hello.")
        await medic.lines(1)
        shared = next(iter(at.calls._register._open))
        async with at.caller(f"call={shared}&agent=dispatcher&events=team") as caller:
            at.service.reply("dispatcher", call("message_medic", text="Somebody fell."))
            at.service.reply("medic", say("Somebody fell."))
            await caller.type("My friend fell.")
            sent = await caller.until("team.message.sent")

            assert (sent["from"], sent["to"]) == ("dispatcher", "medic")
            assert (await medic.lines(2))[1:] == ["Somebody fell."]


async def test_an_interruption_is_told_and_cut_to_what_was_heard() -> None:
    """Of a long answer the client has had half a second more than was played when the caller begins to speak."""
    async with desk(TEAM, OFFICE_TOOLS) as at, mahilo(at.url, "medic", voice=True) as client:
        session = await at.service.session("medic")
        await session.wait_for("session.update")
        at.service.reply("medic", say("It is a very long story.", ms=60_000))
        await client.speak()
        await session.hear("Tell me.")
        await client.event("media")
        await session.hear("Stop.")
        await client.event("clear")
        truncate = await session.wait_for("conversation.item.truncate")

        assert len(client.heard()) < 30_000 * 48
        assert truncate["audio_end_ms"] < 30_000


async def test_the_first_agent_is_for_whoever_names_none() -> None:
    """`/ws`, and what the client makes of a name that it was not given."""
    async with desk(TEAM, OFFICE_TOOLS) as at:
        for path in ("/ws", "/ws/main", "/ws/", "/ws/voice-stream/None"):
            async with connect(f"{at.url}{path}"):
                await at.service.session("dispatcher")
            await at.quiet()


@pytest.mark.parametrize("voice", [False, True])
async def test_an_agent_that_is_not_there_is_refused_in_mahilos_words(voice: bool) -> None:
    """A line, then 1008; the library shows both."""
    async with desk(TEAM, OFFICE_TOOLS) as at, mahilo(at.url, "nobody", voice=voice) as client:
        assert await client.lines(1) == ["Error: Agent 'nobody' is not registered with the server"]
        assert await client.closed() == 1008
        assert len(at.calls) == 0


async def test_an_agent_has_one_caller() -> None:
    """Another client is refused until the first has left; then the call goes on with it."""
    async with desk(TEAM, OFFICE_TOOLS) as at, mahilo(at.url, "medic") as other:
        async with mahilo(at.url, "dispatcher"), mahilo(at.url, "dispatcher") as late:
            assert (await late.lines(1))[0].startswith("Error: ")
            assert await late.closed() == 1008
        async with mahilo(at.url, "dispatcher") as next_one:
            await next_one.type("Hello?")
            assert await next_one.lines(1) == ["Okay."]
        await other.type("Still here.")
        assert await other.lines(1) == ["Okay."]
    await at.quiet()


async def test_a_call_begins_anew_when_all_have_left() -> None:
    """What was said in one is not known in the next."""
    async with desk(TEAM, OFFICE_TOOLS) as at:
        for number in (1, 2):
            async with mahilo(at.url, "medic") as client:
                await client.type(f"I am number {number}.")
                await client.lines(1)
            await at.quiet()
        assert "number 1" not in told(await at.service.session("medic", 1))


async def test_without_the_setting_nothing_is_there() -> None:
    """It is off when there are API keys: mahilo knows none."""
    async with desk(TEAM, OFFICE_TOOLS, api_keys="a-key-of-this-server") as at:
        for path in ("/ws/medic", "/health"):
            with pytest.raises(InvalidStatus, match="404"):
                await connect(f"{at.url}{path}")


async def test_with_keys_and_the_setting_this_machine_needs_none() -> None:
    """Others need one; messages, which are those of all calls, need one from everybody."""
    key = {"Authorization": "Bearer a-key-of-this-server"}
    async with desk(TEAM, OFFICE_TOOLS, api_keys="a-key-of-this-server", mahilo=True) as at:
        async with mahilo(at.url, "medic") as client:
            await client.type("Hello.")
            assert await client.lines(1) == ["Okay."]
        proxied = {"X-Forwarded-For": "203.0.113.7"}
        async with connect(f"{at.url}/ws/medic", additional_headers=proxied) as socket:
            assert str(await socket.recv()).startswith("Error: Incorrect API key.")
        async with connect(f"{at.url}/ws/medic", additional_headers=proxied | key) as socket:
            await socket.send("Hello.")
            assert await socket.recv() == "Okay."
        with pytest.raises(httpx.HTTPStatusError, match="401"):
            await asked(at, "/messages")


async def test_pages_of_other_sites_are_refused() -> None:
    """As for every caller of a server without keys."""
    async with desk(TEAM, OFFICE_TOOLS) as at:
        with pytest.raises(InvalidStatus, match="403"):
            await connect(f"{at.url}/ws/medic", origin="https://elsewhere.example")  # type: ignore[arg-type]


async def test_the_health_socket_opens_and_closes() -> None:
    """mahilo's health check is a handshake."""
    async with desk(TEAM, OFFICE_TOOLS) as at, connect(f"{at.url}/health") as socket:
        await socket.wait_closed()
        assert socket.close_code == 1000


async def test_text_that_is_no_json_is_taken_as_it_is() -> None:
    """Quotation marks or not; a binary frame means nothing."""
    async with desk(TEAM, OFFICE_TOOLS) as at, mahilo(at.url, "medic") as client:
        await client.socket.send(b"\0")
        await client.socket.send('{"text": "hello"}')
        await client.lines(1)
        assert told(await at.service.session("medic")).count('{"text": "hello"}') == 1
        await client.socket.send(json.dumps("\ud83d half"))
        assert len(await client.lines(2)) == 2


async def test_what_is_wrong_is_said_in_a_line() -> None:
    """The call goes on."""
    async with desk(TEAM, OFFICE_TOOLS) as at, mahilo(at.url, "medic") as client:
        await client.type("x" * 70_000)
        assert await client.lines(1) == ["Error: The line is longer than 65536 characters."]
        at.service.reply("medic", say("Here I am."))
        await client.type("Hello?")
        assert await client.lines(2) == [client.frames[0], "Here I am."]
