"""Whole calls with several callers over real sockets: each on a seat with an agent of their own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from orchestrator.testing import ScriptedConnection, call, say
from tests.calls import CallerClient, Desk, desk
from tests.test_people import told
from tests.worker import OFFICE, OFFICE_TOOLS, audio, number_of, worker

DISPATCH = """
team: helpdesk
providers: {{service: {{url: "{url}"}}}}
variables:
  address: {{type: string, default: the centre}}
  card: {{type: string, set_by: take_card, secret: true}}
rules: [card stays in billing, medic before police]
limits: {{tool: 60}}
defaults: {{warm: none}}
agents:
  dispatcher:
    model: service/dispatcher
    instructions: Find out what happened.
    tools: [tools.py:note_address]
    messages: {{medic: when somebody is hurt, fire: when it burns, billing: when money is concerned}}
  medic:
    model: service/medic
    instructions: Lead the ambulance to {{{{ variables.address }}}}.
    messages: [dispatcher, fire]
  fire:
    model: service/fire
    voice: coral
    instructions: Lead the fire brigade.
    messages: [dispatcher, medic]
  billing:
    model: service/billing
    instructions: Write the bill.
    tools: [tools.py:take_card]
    messages: [dispatcher]
    consult: [planner]
  police: {{model: service/police, instructions: Lead the police.}}
  press: {{model: service/press, instructions: Inform the public.}}
  planner: {{kind: text, model: service/planner, instructions: Plan.}}
"""
TOOLS = '''
"""Tools of the control room."""


def note_address(address: str, call) -> str:
    """Note where it is."""
    call.variables["address"] = address
    return "Noted."


def take_card(number: str, call) -> str:
    """Take a card number."""
    call.variables["card"] = number
    return "Taken."
'''
SAID = "response.output_audio_transcript.done"
CREW = ("dispatcher", "medic", "fire")
CARD = "4111222244443333"


async def answered(caller: CallerClient, words: str) -> None:
    """Wait until an agent has said something to its end: then the caller may ask for something else."""
    await caller.until("response.done", where=lambda event: words in json.dumps(event))


@dataclass
class Room:
    """A control room with three callers: who reports the accident, and the crews."""

    at: Desk
    dispatcher: CallerClient
    medic: CallerClient
    fire: CallerClient

    async def writes(self, sender: str, to: str, text: str, *, urgent: bool = False) -> None:
        """Let one agent write to another, and wait until both have spoken of it."""
        service = self.at.service
        service.reply(sender, call(f"message_{to}", text=text, urgent=urgent))
        service.reply(sender, say(f"I have told them: {text}"))
        service.reply(to, say(f"They say: {text}"))
        await getattr(self, sender).type("Tell them.")
        await answered(getattr(self, to), f"They say: {text}")
        await answered(getattr(self, sender), f"I have told them: {text}")


@asynccontextmanager
async def room(text: str = DISPATCH, **settings: Any) -> AsyncIterator[Room]:
    """Serve the control room and let three callers in."""
    async with (
        desk(text, TOOLS, **settings) as at,
        at.caller() as dispatcher,
        at.joining(dispatcher, "medic") as medic,
        at.joining(medic, "fire", "&seat=engine") as fire,
    ):
        yield Room(at, dispatcher, medic, fire)


def written(session: ScriptedConnection) -> list[str]:
    """Return the messages that an agent's session was given, in order."""
    return [line for line in told(session).splitlines() if line.startswith("Message from")]


async def test_three_callers_whose_agents_write_to_each_other() -> None:
    """Two messages each way, in order and acknowledged, past a reconnect in the middle; nobody hears another seat."""
    expected: dict[str, list[str]] = {name: [] for name in CREW}
    async with room() as here:
        for number in (1, 2):
            for sender, to in permutations(CREW, 2):
                expected[to].append(f"Message from {sender}: {number} from {sender} to {to}.")
                urgent = number == 2 and to == "fire"
                await here.writes(sender, to, f"{number} from {sender} to {to}.", urgent=urgent)
            if number == 1:
                (await here.at.service.session("medic")).drop()
                await here.medic.until("team.session.restored")
        sessions = here.at.service.sessions
        callers = {name: getattr(here, name) for name in CREW}

    for name, caller in callers.items():
        mine = [session for session in sessions if session.model == name]
        assert len(mine) == (2 if name == "medic" else 1)
        assert written(mine[-1]) == expected[name]  # a session that is opened again is told what the old one knew
        assert set(caller.voices()) == {sessions.index(one) + 1 for one in mine}, f"{name} hears another seat"
    sent = [event for caller in callers.values() for event in caller.of("team.message.sent")]
    arrived = [event for caller in callers.values() for event in caller.of("team.message.delivered")]
    assert {event["outcome"] for event in sent} == {"delivered"}
    assert sorted(event["id"] for event in sent) == sorted(event["id"] for event in arrived)
    assert len(sent) == 12


async def test_a_message_outlasts_a_session_that_is_lost() -> None:
    """It waits until the agent has a session again, behind those that came before."""
    async with room() as here:
        service = here.at.service
        service.script.faults.held = True
        (await service.session("medic")).drop()
        await here.medic.until("team.session.lost")
        service.reply("dispatcher", call("message_medic", text="Two are hurt.", urgent=False))
        service.reply("dispatcher", call("message_medic", text="One is trapped.", urgent=True))
        await here.dispatcher.type("Two are hurt, one is trapped.")
        await here.dispatcher.until("team.message.sent", 2)
        await service.held()
        service.admit()
        await here.medic.until("team.message.delivered", 2)
        session = await service.session("medic", 1)
        await session.wait_for("conversation.item.create", 2)

        assert [event["outcome"] for event in here.dispatcher.of("team.message.sent")] == ["queued", "queued"]
        assert written(session) == [
            *("Message from dispatcher: Two are hurt.", "Message from dispatcher: One is trapped.")
        ]


async def test_a_message_waits_for_a_caller() -> None:
    """The sender is told that it waits; who joins then is told of it, and of what was said on the other seats."""
    async with desk(DISPATCH, TOOLS) as at, at.caller() as dispatcher:
        at.service.reply("dispatcher", call("message_medic", text="Two are hurt.", urgent=False))
        at.service.reply("dispatcher", say("They are on their way."))
        await dispatcher.type("There was an accident.")
        sent = await dispatcher.until("team.message.sent")
        await dispatcher.until(SAID)
        async with at.joining(dispatcher, "medic") as medic:
            delivered = await medic.until("team.message.delivered")
            session = await at.service.session("medic")
            heard = told(session)

    assert sent["outcome"] == "queued"
    assert delivered["id"] == sent["id"]
    assert "There was an accident." in heard
    assert written(session) == ["Message from dispatcher: Two are hurt."]


async def test_variables_are_those_of_all() -> None:
    """What a tool sets on one seat is in the instructions of the agent on another."""
    async with room() as here:
        session = await here.at.service.session("medic")
        here.at.service.reply("dispatcher", call("note_address", address="Mill Lane 4"))
        await here.dispatcher.type("It is in Mill Lane 4.")
        await session.wait_for("session.update", 2)

        assert "Lead the ambulance to Mill Lane 4." in session.fields["instructions"]


async def test_a_card_stays_in_billing_for_all_seats(capfd: pytest.CaptureFixture[str]) -> None:
    """A message that holds it arrives without it, and what was said is without it elsewhere."""
    async with room() as here, here.at.joining(here.fire, "billing") as billing:
        service = here.at.service
        service.reply("billing", call("take_card", number=CARD), say("Taken."))
        service.reply("billing", call("message_dispatcher", text=f"It is {CARD}.", urgent=False))
        await billing.type(f"My card is {CARD}.")
        await here.dispatcher.until("team.message.delivered")
        async with here.at.joining(billing, "press") as press:
            await press.type("What is new?")
            await press.until(SAID)
        seen = {session.model: json.dumps(session.received) for session in service.sessions}

        assert CARD in seen.pop("billing")
        assert written(await service.session("dispatcher")) == ["Message from billing: It is [card]."]
        assert all(CARD not in text for text in seen.values())
        told_by_team = [event for event in here.dispatcher.events if event["type"].startswith("team.")]
        assert CARD not in json.dumps(told_by_team)
    logged = capfd.readouterr()
    assert CARD not in logged.out + logged.err


async def test_a_seat_that_leaves_leaves_the_others(capfd: pytest.CaptureFixture[str]) -> None:
    """They are told, and go on; the seat can be taken again, also that of the first, by the id that the call had."""
    async with room() as here:
        await here.dispatcher.until("team.seat.joined", 2)
        await here.fire.socket.close()
        await here.medic.until("team.seat.left")
        await here.dispatcher.until("team.seat.left")
        joined = here.dispatcher.of("team.seat.joined")
        async with here.at.joining(here.dispatcher, "fire", "&seat=engine") as fire:
            assert fire.of("session.created")[0]["session"]["audio"]["output"]["voice"] == "coral"
            await here.dispatcher.socket.close()
            await fire.until("team.seat.left")
            async with here.at.joining(here.dispatcher, "dispatcher", "&seat=caller") as again:
                await again.type("I am back.")
                await again.until(SAID)
                assert len(here.at.calls) == 3

    assert [(event["seat"], event["agent"], event["call"]) for event in joined] == [
        ("medic", "medic", here.medic.call),
        ("engine", "fire", here.fire.call),
    ]
    assert here.medic.of("team.call.started")[0]["joined"] == here.dispatcher.call
    out = capfd.readouterr().out
    lines = [line for line in out.splitlines() if f"call={here.fire.call}" in line]
    assert ["call opened" in lines[0], "call ended" in lines[-1]] == [True, True]
    assert all(f"joined={here.dispatcher.call}" in line and "seat=engine" in line for line in lines)


async def test_each_line_of_the_log_is_about_one_seat(capfd: pytest.CaptureFixture[str]) -> None:
    """Also when it is written because of what happens on another."""
    async with room() as here:
        await here.writes("medic", "dispatcher", "We are there.")
        await here.writes("medic", "fire", "Bring the cutter.")
    lines = [line for line in capfd.readouterr().out.splitlines() if "message delivered" in line]

    assert all(f"call={one.call}" in line for line, one in zip(lines, (here.dispatcher, here.fire), strict=True))
    assert ["seat=" in line for line in lines] == [False, True]
    assert "seat=engine" in lines[1]


async def test_a_call_that_ends_with_the_first_caller() -> None:
    """The others are closed with 1000 and the reason."""
    async with room("ends_with: first\n" + DISPATCH.lstrip()) as here:
        await here.dispatcher.socket.close()
        for other in (here.medic, here.fire):
            assert await other.closed() == (1000, "the first caller has left")


async def test_hanging_up_the_first_seat_ends_all_and_another_only_itself() -> None:
    """Over REST, which knows each seat by its own id, as do sideband sockets and `refer`."""
    async with room() as here, httpx.AsyncClient(base_url=here.at.url.replace("ws", "http")) as http:
        calls = "/v1/realtime/calls"
        async with here.at.caller(f"call_id={here.medic.call}") as side:
            assert side.call == here.medic.call
            assert (await http.post(f"{calls}/{here.fire.call}/hangup")).status_code == 200
            assert await here.fire.closed() == (1000, "hung up")
            taken = await http.post(f"{calls}/{here.medic.call}/refer", json={"target_uri": "agent:dispatcher"})
            moved = await http.post(f"{calls}/{here.medic.call}/refer", json={"target_uri": "agent:press"})
            await here.medic.until("team.handoff.completed")
            assert (await http.post(f"{calls}/{here.dispatcher.call}/hangup")).status_code == 200
            for caller in (here.dispatcher, here.medic):
                assert await caller.closed() == (1000, "hung up")

    assert (taken.status_code, moved.status_code) == (400, 200)
    assert "another caller" in taken.json()["error"]["message"]


REFUSED = [
    ("call=sess_aNowhere&agent=fire", "invalid_value", "call"),
    ("call={call}", "missing_required_parameter", "agent"),
    ("call={call}&agent=fire&seat=" + "x" * 65, "invalid_value", "seat"),
    ("call={call}&agent=nobody", "seat_refused", "agent"),
    ("call={call}&agent=planner", "seat_refused", "agent"),
    ("call={call}&agent=dispatcher", "seat_refused", "agent"),
    ("call={call}&agent=police", "seat_refused", "agent"),
    ("call={call}&agent=fire&seat=caller", "seat_refused", "seat"),
]


@pytest.mark.parametrize(("query", "code", "param"), REFUSED)
async def test_who_cannot_join(query: str, code: str, param: str) -> None:
    """An error says what is wrong, then the socket is closed with 4000; the call goes on."""
    async with desk(DISPATCH, TOOLS) as at, at.caller() as caller:
        async with connect(f"{at.url}/v1/realtime?{query.format(call=caller.call)}") as socket:
            error = json.loads(await socket.recv())["error"]
            await socket.wait_closed()

        assert (error["code"], error["param"], socket.close_code) == (code, param, 4000)
        assert len(at.calls) == 1
        assert caller.of("team.seat.joined") == []


async def test_seats_count_among_the_calls() -> None:
    """A server without room takes no more callers, whether they join others or not."""
    async with desk(DISPATCH, TOOLS, max_calls=1) as at, at.caller() as caller:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{at.url}/v1/realtime?call={caller.call}&agent=fire")

    assert refused.value.response.status_code == 503


def bearer(key: str) -> dict[str, str]:
    """Return the header that carries a key."""
    return {"Authorization": f"Bearer {key}"}


async def test_a_client_secret_for_a_seat() -> None:
    """It opens this seat and nothing else; an ordinary one opens no seat."""
    api = bearer("k-123")
    async with desk(DISPATCH, TOOLS, api_keys="k-123") as at, at.caller(additional_headers=api) as caller:
        seat = {"call": caller.call, "agent": "fire", "seat": "engine"}
        async with httpx.AsyncClient(base_url=at.url.replace("ws", "http"), headers=api) as http:
            made = (await http.post("/v1/realtime/client_secrets", json={"seat": seat})).json()
            plain = (await http.post("/v1/realtime/client_secrets", json={})).json()
            wrong = await http.post("/v1/realtime/client_secrets", json={"seat": {**seat, "agent": "nobody"}})
        for query, key in (
            (f"call={caller.call}&agent=fire", plain["value"]),
            ("model=helpdesk", made["value"]),
            ("call=sess_other", made["value"]),
            (f"call={caller.call}&agent=medic", made["value"]),
            (f"call={caller.call}&seat=other", made["value"]),
            (f"call_id={caller.call}", made["value"]),
        ):
            async with connect(f"{at.url}/v1/realtime?{query}", additional_headers=bearer(key)) as socket:
                assert json.loads(await socket.recv())["error"]["code"] == "invalid_api_key"
                await socket.wait_closed()
            assert socket.close_code == 3000
        async with at.caller(f"events=team&call={caller.call}", additional_headers=bearer(made["value"])) as fire:
            joined = await caller.until("team.seat.joined")

    assert (joined["seat"], joined["agent"], joined["call"]) == ("engine", "fire", fire.call)
    assert wrong.json()["error"]["param"] == "seat.agent"
    assert made["session"]["audio"]["output"]["voice"] == "coral"


async def test_the_desk_sees_each_seat_and_takes_one_over() -> None:
    """Listening and speaking are about one caller: the other goes on with their agent, and hears nothing of it."""
    async with (
        desk(OFFICE, OFFICE_TOOLS) as at,
        at.caller() as first,
        at.joining(first, "billing") as second,
        worker(at) as anna,
    ):
        listed = {one["call"]: one for one in anna.of("team.desk.opened")[0]["calls"]}
        await anna.do("listen", call=first.call)
        await anna.told("listening")
        await anna.do("take", call=second.call)
        await anna.told("joined")
        await second.until("team.handoff.completed")
        for number in (1, 2):
            await anna.speak(number)
            await second.send("input_audio_buffer.append", audio=audio(10 + number))
            await first.send("input_audio_buffer.append", audio=audio(20 + number))
        await second.until(AUDIO, where=lambda event: number_of(event["delta"]) == 2)
        await anna.until("team.audio.delta", where=lambda event: number_of(event["delta"]) == 12)
        await anna.until("team.audio.delta", where=lambda event: number_of(event["delta"]) == 22)
        heard = {
            call: [number_of(event["delta"]) for event in anna.of("team.audio.delta") if event["call"] == call]
            for call in listed
        }
        await anna.do("hang_up")
        assert (await second.closed())[0] == 1000
        await first.until("team.seat.left")
        assert first.of(AUDIO) == []
        assert len(at.calls) == 1

    assert listed[second.call]["seat"] == "billing"
    assert listed[second.call]["joined"] == first.call
    assert "seat" not in listed[first.call]
    assert [number for number in heard[second.call] if number] == [11, 12]
    assert heard[first.call] == [21, 22]


AUDIO = "response.output_audio.delta"
