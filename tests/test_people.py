"""Whole calls with persons over real sockets: a caller, the gateway, agents on a scripted service, and the desk."""

from __future__ import annotations

import asyncio
import base64
import json
import random
from typing import Any

import pytest
from websockets.asyncio.client import connect

from orchestrator.protocol.audio import decoded
from orchestrator.protocol.hold import hold_sound
from orchestrator.testing import ScriptedConnection, call, say
from tests.calls import CallerClient, Desk, desk
from tests.patience import PATIENCE
from tests.worker import OFFICE, OFFICE_TOOLS, audio, connected, number_of, wait_for, worker

SHORT = OFFICE.replace("limit: 60", "limit: 0.3")


def told(session: ScriptedConnection) -> str:
    """Return all that an agent's session was told, as one text."""
    items = session.of("conversation.item.create")
    return "\n".join(str(part.get("text")) for one in items for part in one["item"].get("content", ()))


def spoken(caller: CallerClient) -> list[int]:
    """Return the numbers of the audio that a person has let the caller hear."""
    deltas = [event["delta"] for event in caller.of("response.output_audio.delta")]
    return [number_of(delta) for delta in deltas if len(delta) == len(audio(0))]


async def test_a_caller_asks_for_a_person_and_gets_them() -> None:
    """The desk reads what it is about before it accepts; then both hear each other, every frame in order."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at) as anna:
        await wait_for(at, caller)
        brief = await anna.told("brief")
        assert "wants a human" in brief["brief"]
        assert "A person please." in brief["brief"]
        await caller.until("response.output_audio_transcript.done")
        await anna.do("accept", call=brief["call"])
        joined = await anna.told("joined")
        assert {one["name"] for one in joined["functions"]} >= {"find_order", "hand_back", "transfer_to_billing"}
        await caller.until("team.handoff.completed")

        async def both(number: int) -> None:
            await caller.send("input_audio_buffer.append", audio=audio(number))
            await anna.speak(number)

        for number in range(1, 201):
            await both(number)
        await anna.until("team.audio.delta", where=lambda event: number_of(event["delta"]) == 200)
        await caller.until("response.output_audio.delta", where=lambda event: number_of(event["delta"]) == 200)

        assert [number for number in anna.heard() if number] == list(range(1, 201))
        assert spoken(caller) == list(range(1, 201))


async def test_the_caller_hears_a_line_and_then_the_hold_sound() -> None:
    """A response like any other, which ends when the person comes; the client is told to stop what it plays."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at) as anna:
        await wait_for(at, caller)
        hold = await caller.until("response.output_audio.delta", where=lambda e: e["delta"] == hold_sound(PCM, 0, 400))
        assert hold["response_id"] in [event["response"]["id"] for event in caller.of("response.created")]
        create = (await at.service.session("front")).of("response.create")[-1]
        assert create["response"]["instructions"] == "Say exactly: I am looking for a colleague."
        await anna.do("accept", call=(await anna.told("brief"))["call"])
        cleared = await caller.until("output_audio_buffer.cleared")
        done = await caller.until("response.done", where=lambda e: e["response"]["id"] == hold["response_id"])

        assert cleared["response_id"] == hold["response_id"]
        assert done["response"]["status"] == "completed"


PCM = "audio/pcm"


async def test_a_person_runs_a_tool_and_gives_the_caller_back_with_a_note() -> None:
    """The agent goes on without a greeting, and knows what was promised and said."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at) as anna:
        await connected(at, caller, anna)
        await anna.do("run", name="find_order", arguments={"number": "7"})
        assert (await anna.told("returned"))["output"] == "Order 7 is on its way."
        ear = [await at.service.session("front", 1), await at.service.session("front", 2)]
        await anna.speak(1)
        await caller.send("input_audio_buffer.append", audio=audio(2))
        for one in ear:
            await one.wait_for("input_audio_buffer.append")
        (mine,) = [one for one in ear if one.of("input_audio_buffer.append")[0]["audio"] == audio(1)]
        (other,) = [one for one in ear if one is not mine]
        assert mine.fields["audio"]["input"]["turn_detection"]["create_response"] is False
        await mine.hear("I will refund it today.")
        await other.hear("Thank you, on Monday?")
        await caller.until("conversation.item.input_audio_transcription.completed")
        await caller.until("response.output_audio_transcript.done", where=lambda e: "refund" in e["transcript"])
        at.service.reply("front", say("Monday is fine."))
        await anna.do("give_back", note="promised a refund")
        await anna.told("released")
        front = await at.service.session("front")
        await caller.until("response.output_audio_transcript.done", where=lambda e: "Monday is" in e["transcript"])

    assert "Reason: promised a refund" in told(front)
    assert "colleague: I will refund it today." in told(front)
    assert "Caller: Thank you, on Monday?" in told(front)
    assert "no greeting" in told(front)


async def test_what_is_being_said_when_the_caller_is_given_back_is_written_down_first() -> None:
    """The turns end there, and their words are waited for."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at) as anna:
        await connected(at, caller, anna)
        ear = [await at.service.session("front", 1), await at.service.session("front", 2)]
        for number in range(10):
            await anna.speak(number + 1)
        for one in ear:
            await one.wait_for("session.update")
        mine = await first_heard(ear)
        await mine.wait_for("input_audio_buffer.append", 10)
        await mine.hear_start()
        at.service.script.words = "I promise."
        await anna.do("give_back", note="see above")
        await mine.wait_for("input_audio_buffer.commit")
        await caller.until("team.handoff.completed", 2)

        assert "colleague: I promise." in told(await at.service.session("front"))


async def first_heard(sessions: list[ScriptedConnection]) -> ScriptedConnection:
    """Return the session that hears something first."""
    loop = asyncio.get_running_loop()
    tasks = {loop.create_task(one.wait_for("input_audio_buffer.append")): one for one in sessions}
    done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    return tasks[done.pop()]


async def test_an_ear_that_fails_costs_words_only() -> None:
    """The conversation goes on, and the caller can be given back."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at) as anna:
        await connected(at, caller, anna)
        for number in (1, 2):
            (await at.service.session("front", number)).drop()
        at.service.faults.status = 503
        await anna.speak(1)
        await caller.until("response.output_audio.delta", where=lambda event: number_of(event["delta"]) == 1)
        await anna.do("give_back")
        await caller.until("team.handoff.completed", 2)


async def test_notes_reach_the_agent() -> None:
    """To know, to say, to follow; what is to be said is asked for."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at) as anna:
        front = await at.service.session("front")
        call_id = await only_call(at)
        for name in ("note", "instruct"):
            await anna.do(name, call=call_id, text=f"text of {name}")
        await front.wait_for("conversation.item.create", 2)
        assert not front.of("response.create")
        at.service.reply("front", say("We close at nine."))
        await anna.do("say", call=call_id, text="We close at nine.", when="interrupt")
        await caller.until("response.output_audio_transcript.done", where=lambda e: "nine" in e["transcript"])

    assert all(f"text of {name}" in told(front) for name in ("note", "instruct"))


async def settled(caller: CallerClient) -> None:
    """Wait until nothing is being said."""
    await caller.until("response.done", len(caller.of("response.created")))


async def only_call(at: Desk) -> str:
    """Return the id of the one call."""
    (entry,) = at.calls.board.entries()
    return entry.call


async def test_a_person_takes_over_an_agent_that_speaks() -> None:
    """What it says is stopped, for the client too, and the person is heard."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at) as anna:
        at.service.reply("front", say("A very long story."), say("The end."), held=True)
        await caller.type("Tell me a story.")
        audible = await caller.until("response.output_audio.delta")
        await anna.do("take", call=await only_call(at), reason="I know them")
        await anna.told("joined")
        assert (await caller.until("output_audio_buffer.cleared"))["response_id"] == audible["response_id"]
        done = await caller.until("response.done", where=lambda e: e["response"]["id"] == audible["response_id"])
        assert done["response"]["status"] == "cancelled"
        await anna.speak(5)

        await caller.until("response.output_audio.delta", where=lambda event: number_of(event["delta"]) == 5)


async def test_a_running_tool_does_not_hold_a_person_up() -> None:
    """Its result reaches the agent, which has not the caller any more."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at) as anna:
        at.service.reply("front", call("wait_long"))
        await caller.type("Look it up.")
        await caller.until("team.tool.called")
        await anna.do("take", call=await only_call(at))
        await caller.until("team.handoff.completed")
        await anna.speak(5)
        await caller.until("response.output_audio.delta", where=lambda event: number_of(event["delta"]) == 5)
        at.go()
        await caller.until("team.tool.returned")


async def test_a_person_hangs_up() -> None:
    """The call ends in order."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at) as anna:
        await connected(at, caller, anna)
        await anna.do("hang_up")
        await anna.until("team.call.ended")

        assert await caller.closed() == (1000, "hung up at the desk")


async def test_whoever_listens_hears_both_sides_and_cannot_be_heard() -> None:
    """Two tracks; audio from a worker who has no caller is refused, whatever they send."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at, "trainee") as tom:
        call_id = await only_call(at)
        await tom.do("listen", call=call_id)
        listening = await tom.told("listening")
        assert listening["format"] == {"type": "audio/pcm", "rate": 24000}
        await caller.send("input_audio_buffer.append", audio=audio(3))
        at.service.reply("front", say("Hello."))
        await caller.type("Hello?")
        await tom.until("team.audio.delta", where=lambda event: event["leg"] == "team")
        await tom.until("team.audio.delta", where=lambda event: event["leg"] == "caller")
        assert tom.heard("caller") == [3]
        await tom.send("input_audio_buffer.append", call=call_id, audio=audio(9))
        assert (await tom.refused())["code"] == "forbidden"
        await tom.do("listen", call=call_id, on=False)
        await tom.told("listening", 2)

        async with worker(at) as anna:
            await anna.send("input_audio_buffer.append", call=call_id, audio=audio(9))
            assert (await anna.refused())["code"] == "not_yours"
        assert 9 not in [number_of(event["delta"]) for event in caller.of("response.output_audio.delta")]


async def test_secrets_are_hidden_from_whom_they_do_not_concern() -> None:
    """`card stays in billing` holds at the desk: in what is said, in notes, in the brief; a role may see them."""
    async with (
        desk(OFFICE, OFFICE_TOOLS) as at,
        at.caller() as caller,
        worker(at) as anna,
        worker(at, "chief") as chief,
    ):
        call_id = await only_call(at)
        at.service.reply("front", call("transfer_to_billing", reason="a card"))
        await caller.type("I have a card.")
        await caller.until("team.handoff.completed")
        await settled(caller)
        at.service.reply("billing", call("take_card", number="4111222244443333"))
        at.service.reply("billing", say("Thank you."))
        await caller.type("It is 4111222244443333.")
        await caller.until("response.output_audio_transcript.done", where=lambda e: e["transcript"] == "Thank you.")
        await settled(caller)
        for one in (anna, chief):
            await one.do("watch", call=call_id)
            await one.told("watching")
        at.service.reply("billing", say("Your card 4111222244443333 is known."), call("transfer_to_colleague"))
        await caller.type("Give me a person.")
        await anna.told("brief")
        await anna.do("accept", call=call_id)
        await anna.told("joined")
        await chief.until("team.handoff.completed", where=lambda event: event["to"] == "colleague")
        await anna.do("note", call=call_id, text="Their card is 4111222244443333.")
        await anna.told("told", 2)

        assert "4111222244443333" not in json.dumps(anna.events)
        assert "4111222244443333" in json.dumps(chief.of("team.person.watching"))


@pytest.mark.parametrize("role", ["trainee", "writer"])
async def test_a_role_can_do_nothing_that_it_may_not(role: str) -> None:
    """Whatever it sends, nothing comes of it: no caller moves, nobody is heard, no call ends."""
    may = {"trainee": {"watch", "listen"}, "writer": {"note", "say", "instruct"}}[role]
    names = ["watch", "listen", "note", "say", "instruct", "accept", "decline", "take", "give_back", "run", "hang_up"]
    needed = {"note": {"text": "x"}, "say": {"text": "x"}, "instruct": {"text": "x"}, "run": {"name": "find_order"}}
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at, role) as tom, worker(at) as anna:
        call_id = await connected(at, caller, anna)
        wrong = [name for name in names if name not in may]
        for name in wrong:
            await tom.do(name, call=call_id, **needed.get(name, {}))
        await tom.send("input_audio_buffer.append", call=call_id, audio=audio(9))
        await tom.refused(len(wrong) + 1)
        assert {event["error"]["code"] for event in tom.of("error")} == {"forbidden"}
        await anna.speak(1)
        await caller.until("response.output_audio.delta", where=lambda event: number_of(event["delta"]) == 1)

        assert spoken(caller) == [1]
        assert len(at.calls) == 1


async def test_a_role_that_may_not_listen_sees_no_call_by_naming_it() -> None:
    """Neither with the socket (`&call_id=`) nor with an event."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller:
        await caller.type("Hello.")
        await caller.until("response.done")
        async with worker(at, "writer", f"&call_id={await only_call(at)}") as tom:
            await tom.do("watch")
            assert (await tom.refused())["code"] == "forbidden"
            await caller.type("Are you there?")
            await caller.until("response.done", 2)
            assert {event["type"] for event in tom.events} == {"team.desk.opened", "error"}
            assert tom.of("team.desk.opened")[0]["calls"] == []


def strange(dice: random.Random, call_ids: list[str]) -> str | bytes:
    """Return something that nobody should send."""
    names = ["watch", "listen", "note", "say", "instruct", "accept", "decline", "take", "give_back", "run", "nonsense"]
    names += ["approve", "__init__", ""]
    odd: list[Any] = [None, True, -1, 1e308, "", "x" * 5000, [], [[]], {}, {"a": {}}, "\ud800", call_ids[0], "sess_no"]
    fields = ["call", "text", "when", "on", "agent", "reason", "to", "note", "name", "arguments", "audio", "event_id"]
    kind: Any = dice.choice([f"team.person.{dice.choice(names)}", "input_audio_buffer.append", "response.create", *odd])
    event = {"type": kind, **{name: dice.choice(odd) for name in dice.sample(fields, dice.randrange(5))}}
    if dice.random() < 0.5:
        event["call"] = dice.choice(call_ids)
    text = json.dumps(event)
    frames: list[str | bytes] = [
        *[text] * 8,
        text[: dice.randrange(len(text) + 1)],
        text.encode(),
        dice.randbytes(40),
        "[" * 5000,
        '{"type":"input_audio_buffer.append","audio":"' + "A" * 300_000 + '"}',
        '{"type":"team.person.note","type":"team.person.take"}',
    ]
    return dice.choice(frames)


@pytest.mark.parametrize("role", ["trainee", "writer", "ward"])
async def test_nothing_that_is_sent_to_the_desk_ends_a_call(role: str) -> None:
    """2,000 random and broken frames: each is answered or ignored, the socket stays, and the callers notice nothing."""
    dice = random.Random(role)
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as first, at.caller() as second, worker(at) as anna:
        call_id = await connected(at, first, anna)
        ids = [entry.call for entry in at.calls.board.entries()]
        async with worker(at, role) as tom:
            for _ in range(2000):
                await tom.socket.send(strange(dice, ids))
            await tom.send("team.person.nonsense", event_id="the last")
            await tom.until("error", where=lambda event: event["error"]["event_id"] == "the last")
            codes = {event["error"]["code"] for event in tom.of("error")}
        await anna.speak(1)
        await first.until("response.output_audio.delta", where=lambda event: number_of(event["delta"]) == 1)
        await second.type("Are you there?")
        await second.until("response.done")

        assert "server_error" not in codes
        assert at.calls.board.find(call_id) is not None
        assert len(at.calls) == 2


async def test_nobody_takes_the_call_in_time() -> None:
    """The agent that the file names gets the caller, and tells them."""
    async with desk(SHORT, OFFICE_TOOLS) as at, at.caller() as caller, worker(at) as anna:
        at.service.reply("billing", say("I am sorry, nobody is free."))
        await wait_for(at, caller)
        await anna.told("missed")
        await caller.until("team.handoff.completed", where=lambda event: event["to"] == "billing")
        await caller.until("response.output_audio_transcript.done", where=lambda e: "sorry" in e["transcript"])
        await anna.do("accept", call=await only_call(at))

        assert (await anna.refused())["code"] == "taken"
        assert "has waited for colleague, and nobody took the call in time" in told(await at.service.session("billing"))


async def test_everybody_declines() -> None:
    """Nobody is waited for any longer; who is not of the role has no say."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at) as anna, worker(at) as tom:
        await wait_for(at, caller)
        call_id = await only_call(at)
        async with worker(at, "ward") as other:
            await other.do("decline", call=call_id)
            await anna.do("decline", call=call_id, reason="lunch")
        await tom.do("decline", call=call_id)
        missed = await tom.told("missed")

        assert missed["reason"] == "everybody at the desk declined"
        await caller.until("team.handoff.completed", where=lambda event: event["to"] == "billing")


async def test_one_of_two_gets_the_call() -> None:
    """The other is told who has it."""
    async with (
        desk(OFFICE, OFFICE_TOOLS) as at,
        at.caller() as caller,
        worker(at, query="&name=Anna") as anna,
        worker(at) as tom,
    ):
        await wait_for(at, caller)
        call_id = await only_call(at)
        await anna.told("brief")
        await anna.do("accept", call=call_id)
        await tom.told("accepted")
        await tom.do("accept", call=call_id)
        await tom.do("take", call=call_id)
        assert (await tom.refused())["message"] == "Anna has this caller."
        assert (await tom.refused(2))["code"] in ("taken", "invalid_value")
        await anna.told("joined")
        await tom.until("team.handoff.completed")
        await anna.do("accept", call=call_id)

        assert (await anna.refused())["message"] == "Give your present caller back first."
        assert not tom.of("team.person.joined")


async def test_two_take_a_call_that_waits_for_nobody() -> None:
    """One gets it."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at) as anna, worker(at) as tom:
        call_id = await only_call(at)
        await asyncio.gather(anna.do("take", call=call_id), tom.do("take", call=call_id))
        await caller.until("team.handoff.completed")
        winner, other = (anna, tom) if anna.of("team.person.joined") else (tom, anna)
        await winner.told("joined")

        assert (await other.refused())["code"] in ("taken", "invalid_value")
        assert not other.of("team.person.joined")


async def test_the_caller_hangs_up_while_they_wait() -> None:
    """The desk sees the call end, and who accepted at this moment is free again."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, worker(at) as anna:
        async with at.caller() as caller:
            await wait_for(at, caller)
            call_id = await only_call(at)
        await anna.until("team.call.ended")
        await anna.do("accept", call=call_id)
        assert (await anna.refused())["code"] == "call_not_found"
        async with at.caller() as caller:
            await connected(at, caller, anna)


async def test_a_caller_stops_waiting() -> None:
    """They ask, and the agent takes them out of the queue."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at) as anna:
        await wait_for(at, caller)
        at.service.reply("front", call("stop_waiting"))
        at.service.reply("front", say("Gladly."))
        await caller.type("Never mind, you do it.")
        left = await anna.told("left")
        await caller.until("response.output_audio_transcript.done", where=lambda e: e["transcript"] == "Gladly.")

        assert left["reason"] == "the caller did not want to wait"


async def test_a_second_person() -> None:
    """A person asks for another one; nobody comes, and the caller stays with the first, who is told."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at) as anna:
        await connected(at, caller, anna)
        await anna.do("give_back", to="nurse")
        await anna.told("missed")
        await anna.told("told", 2)
        await anna.speak(4)
        await caller.until("response.output_audio.delta", where=lambda event: number_of(event["delta"]) == 4)
        async with worker(at, "ward") as nurse:
            await anna.do("give_back", to="nurse")
            await nurse.do("accept", call=(await nurse.told("waiting"))["call"])
            await nurse.told("joined")
            await anna.told("released")
            await nurse.speak(6)
            await caller.until("response.output_audio.delta", where=lambda event: number_of(event["delta"]) == 6)


async def test_a_person_whose_connection_is_lost_can_come_back() -> None:
    """The caller hears the hold sound meanwhile; another socket of the role goes on."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at, "trainee") as tom:
        async with worker(at) as anna:
            call_id = await connected(at, caller, anna)
            anna.socket.transport.abort()
        await tom.told("away")
        await caller.until("response.output_audio.delta", where=lambda e: e["delta"] == hold_sound(PCM, 0, 400))
        async with worker(at, "ward") as nurse:
            await nurse.do("accept", call=call_id)
            assert (await nurse.refused())["code"] == "taken"
        async with worker(at, query="&name=Anna") as anna:
            (seen,) = anna.of("team.desk.opened")[0]["calls"]
            assert seen["person"]["away"] is True
            await anna.do("accept", call=call_id)
            await anna.told("joined")
            await anna.speak(8)
            await caller.until("response.output_audio.delta", where=lambda event: number_of(event["delta"]) == 8)


async def test_a_person_who_does_not_come_back_loses_the_caller() -> None:
    """Who goes to the agent that the file names, which tells them."""
    async with desk(OFFICE, OFFICE_TOOLS, desk_lease=0.3) as at, at.caller() as caller:
        at.service.reply("billing", say("I am sorry, we lost them."))
        async with worker(at) as anna:
            await connected(at, caller, anna)
            anna.socket.transport.abort()
        await caller.until("response.output_audio_transcript.done", where=lambda e: "we lost them" in e["transcript"])

        assert "The connection to colleague was lost." in told(await at.service.session("billing"))


async def test_a_desk_that_reads_nothing_holds_nobody_up() -> None:
    """What it does not read is bounded: then its socket is closed, and the caller goes on without it."""
    async with desk(OFFICE, OFFICE_TOOLS, desk_lease=0.3) as at, at.caller() as caller:
        async with worker(at) as anna:
            await connected(at, caller, anna)
            anna.socket.transport.pause_reading()
            piece = base64.b64encode(bytes(240_000)).decode()
            for _ in range(120):
                await caller.send("input_audio_buffer.append", audio=piece)
            await caller.until("team.person.left")
            await caller.until("team.handoff.completed", where=lambda event: event["to"] == "billing")
            anna.socket.transport.resume_reading()
        await caller.type("Are you there?")
        await caller.until("response.done", where=lambda e: e["response"]["status"] == "completed")


async def test_the_agents_session_is_opened_again_while_a_caller_waits() -> None:
    """They still wait, and get their person."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at) as anna:
        await wait_for(at, caller)
        (await at.service.session("front")).drop()
        await caller.until("team.session.restored")
        await anna.do("accept", call=await only_call(at))
        await anna.told("joined")
        await caller.until("team.handoff.completed")


async def test_the_server_stops_while_a_person_has_a_caller() -> None:
    """Both are told in order, and nothing hangs."""
    async with desk(OFFICE, OFFICE_TOOLS) as at:
        socket = await connect(f"{at.url}/v1/realtime?model=helpdesk&events=team")
        caller = CallerClient(socket)
        async with connect(f"{at.url}/v1/realtime?desk=support") as anna:
            await anna.recv()
            await wait_for(at, caller)
            await anna.send(json.dumps({"type": "team.person.accept", "call": await only_call(at)}))
            await caller.until("team.handoff.completed")
            stopping = asyncio.get_running_loop().create_task(at.calls.drain())
            code, _ = await caller.closed()
            await asyncio.wait_for(stopping, PATIENCE)
            await asyncio.wait_for(anna.send("x"), PATIENCE)  # the desk has no call to lose
        await caller.reading

    assert code == 1001


async def test_a_desk_is_closed_when_the_server_stops() -> None:
    """Without a call there is nothing to wait for."""
    async with desk(OFFICE, OFFICE_TOOLS) as at:
        anna = await connect(f"{at.url}/v1/realtime?desk=support")
        await anna.recv()
    await asyncio.wait_for(anna.wait_closed(), PATIENCE)

    assert anna.close_code == 1012


async def test_a_telephone_caller_is_heard_as_they_are() -> None:
    """µ-law goes through unchanged, both ways, and the hold sound is made in it."""
    pcmu = {"type": "audio/pcmu"}
    session = {"type": "realtime", "audio": {"input": {"format": pcmu}, "output": {"format": pcmu}}}
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at) as anna:
        await caller.send("session.update", session=session)
        await caller.until("session.updated")
        await wait_for(at, caller)
        sound = hold_sound("audio/pcmu", 0, 400)
        await caller.until("response.output_audio.delta", where=lambda event: event["delta"] == sound)
        assert len(decoded(sound, "audio")) == 3200
        await anna.do("accept", call=await only_call(at))
        assert (await anna.told("joined"))["format"] == pcmu
        await caller.until("team.handoff.completed")
        for number in range(1, 51):
            await caller.send("input_audio_buffer.append", audio=audio(number, 160))
            await anna.send("input_audio_buffer.append", audio=audio(number, 160))
        await anna.until("team.audio.delta", where=lambda event: event["delta"] == audio(50, 160))
        await caller.until("response.output_audio.delta", where=lambda event: event["delta"] == audio(50, 160))

        assert [event["delta"] for event in anna.of("team.audio.delta")][-50:] == [audio(n, 160) for n in range(1, 51)]
