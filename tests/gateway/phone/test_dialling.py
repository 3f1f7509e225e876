"""Phone calls that are connected to somebody outside, by a stand-in for Twilio that follows `<Dial>`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from orchestrator.core.away.events import OutsideEnded, Status
from orchestrator.core.events import TimerExpired
from orchestrator.core.ids import Timer, TimerKind
from orchestrator.gateway.phone.dialling import outcome
from orchestrator.gateway.phone.tickets import Ticket, Tickets, digest
from orchestrator.gateway.phone.twilio_signature import signature
from orchestrator.testing import ScriptedConnection, call, say
from tests.calls import TEAM, Desk, desk
from tests.gateway.phone.test_returning import SECRET, Exchange
from tests.gateway.resuming.nodes import Nodes, nodes
from tests.patience import PATIENCE
from tests.twilio import TwilioCall, phoning

OUTSIDE = (
    TEAM.replace("handoffs: [billing, tech]", "handoffs: [billing, tech, office, lawyer]")
    + """
  office:
    kind: outside
    transfer: tel:+4930999
    brief: spoken
    wait: {{limit: 20, say: I put you through., then: billing}}
  lawyer:
    kind: outside
    transfer: sip:lawyer@example.com
    brief: none
    wait: {{limit: 20, say: I call the lawyer., then: front}}
"""
)
TOKEN = "t" * 32


@asynccontextmanager
async def calling(**how: Any) -> AsyncIterator[tuple[Desk, TwilioCall]]:
    """Serve the team, and call it; the caller has been greeted."""
    async with desk(OUTSIDE, **how) as desk_:
        reach, token = desk_.url.replace("ws://", "http://"), how.get("twilio_auth_token")
        voice = f"{how.get('public_url', '')}/twilio/voice"
        async with phoning(lambda: reach, token=token, voice=voice) as phone:
            await phone.until(lambda: phone.streams and phone.streams[0].returned)
            yield desk_, phone
        await desk_.quiet()


async def wanted(desk_: Desk | Nodes, agent: str = "office", number: int = 0) -> ScriptedConnection:
    """Let the first agent connect the caller to somebody outside."""
    front = await desk_.service.session("front", number)
    desk_.service.reply("front", call(f"transfer_to_{agent}", reason="a form"))
    await front.hear("I want to talk to somebody.")
    return front


def told(session: ScriptedConnection) -> str:
    """Return all that a session was told in words."""
    items = [event["item"] for event in session.of("conversation.item.create")]
    return " ".join(str(part.get("text")) for item in items for part in item.get("content", ()))


def who_knows(served: Desk | Nodes) -> ScriptedConnection:
    """Return the session that was told that nobody has answered."""
    (session,) = [one for one in served.service.sessions if "could not be connected" in told(one)]
    return session


def ended(logs: list[Any]) -> list[str]:
    """Return how calls ended, by the log."""
    return [log["ending"] for log in logs if log["event"] == "call ended"]


async def test_somebody_answers_and_the_call_is_over_when_they_have_talked() -> None:
    """The caller hears the line, whoever answers is briefed, and Twilio is told to hang up at the end."""
    with capture_logs() as logs:
        async with calling() as (desk_, phone):
            front = await wanted(desk_)
            await phone.until(lambda: phone.outside.told)
            (dialled,) = phone.outside.dialled
            (one,) = desk_.calls._all()
            assert one.running.state.phase.value == "away"
            await front.gone()
            phone.outside.over.set()
            await phone.until(phone.over.is_set)

    assert front.of("response.create")[-1]["response"]["instructions"] == "Say exactly: I put you through."
    assert dialled[:2] == ("Number", "+4930999")
    assert (dialled[2]["timeout"], dialled[2]["callerId"]) == ("20", "+4930123")
    assert "Reason: a form" in phone.outside.told[0]
    assert "Caller: I want to talk to somebody." in phone.outside.told[0]
    assert phone.streams[0].code == 1000
    assert phone.answers[-1].endswith("<Response><Hangup/></Response>")
    assert ended(logs) == ["transferred"]
    (over,) = [log for log in logs if log["event"] == "caller was connected"]
    assert (over["status"], over["seconds"]) == ("completed", 7.0)
    assert phone.failures == []


@pytest.mark.parametrize(
    ("status", "why"),
    [("busy", "the line was busy"), ("no-answer", "nobody answered"), ("failed", "the call failed")],
)
async def test_nobody_answers_and_the_caller_is_back(status: str, why: str) -> None:
    """With another stream, on the same call: the agent of the file is told why, and speaks."""
    async with calling() as (desk_, phone):
        phone.outside.does = status
        desk_.service.reply("billing", say("I am sorry, nobody is there.", 300))
        await wanted(desk_)
        await phone.until(lambda: len(phone.streams) == 2 and phone.streams[1].returned)
        billing = who_knows(desk_)
        (one,) = desk_.calls._all()

        assert f"The caller could not be connected to office: {why}." in told(billing)
        assert one.running.state.route.active == "billing"
        await phone.press("1#")
        await billing.wait_for("response.create", 2)
        assert "pressed 1 #" in told(billing)
    assert (phone.failures, phone.said) == ([], [])


async def test_the_agent_before_can_have_the_caller_again_and_try_once_more() -> None:
    """A SIP address, nothing said to who answers; the second time they do."""
    with capture_logs() as logs:
        async with calling() as (desk_, phone):
            phone.outside.does = "busy"
            await wanted(desk_, "lawyer")
            await phone.until(lambda: len(phone.streams) == 2 and phone.streams[1].returned)
            phone.outside.does = "answers"
            await wanted(desk_, "lawyer", 1)
            await phone.until(lambda: len(phone.outside.dialled) == 2)
            phone.outside.over.set()
            await phone.until(phone.over.is_set)

    assert [one[:2] for one in phone.outside.dialled] == [("Sip", "sip:lawyer@example.com")] * 2
    assert phone.outside.told == []
    assert ended(logs) == ["transferred"]


async def test_a_caller_who_hangs_up_while_it_rings_is_gone() -> None:
    """Twilio says so, and nothing is kept open."""
    with capture_logs() as logs:
        async with calling() as (desk_, phone):
            phone.outside.does = "rings"
            await wanted(desk_)
            await phone.until(lambda: phone.outside.dialled)
            await phone.hang_up()
            await phone.until(phone.over.is_set)

    assert ended(logs) == ["left"]


async def test_a_callback_that_never_comes_leaves_nothing_open() -> None:
    """The call ends by itself when nothing was heard for too long."""
    with capture_logs() as logs:
        async with calling() as (desk_, phone):
            phone.outside.does = "lost"
            await wanted(desk_)
            await phone.until(phone.over.is_set)
            (one,) = desk_.calls._all()
            one.running.feed(TimerExpired(Timer(TimerKind.AWAY)))
            await desk_.quiet()

    assert ended(logs) == ["left"]


async def test_a_forged_callback_changes_nothing() -> None:
    """Without Twilio's signature it is refused; with a ticket of another phone call it is told that it was lost."""
    async with calling(twilio_auth_token=TOKEN, public_url="https://voice.example.com") as (desk_, phone):
        phone.outside.does = "rings"
        await wanted(desk_)
        await phone.until(lambda: phone.outside.dialled)
        action = phone.outside.dialled[0][2]["action"]
        form = {"CallSid": phone.sid, "DialCallStatus": "completed", "CallStatus": "in-progress"}
        async with httpx.AsyncClient(base_url=desk_.url.replace("ws://", "http://")) as forger:
            path = action.removeprefix("https://voice.example.com")
            for to in (path, path.replace("/next", "/brief")):
                assert (await forger.post(to, data=form)).status_code == 403
            other = {**form, "CallSid": "CA0", "ParentCallSid": "CA0"}
            for to, lost in ((action, True), (action.replace("/next", "/brief"), False)):
                headers = {"X-Twilio-Signature": signature(TOKEN, to, other.items())}
                answer = await forger.post(urlsplit(to).path + "?" + urlsplit(to).query, data=other, headers=headers)
                assert answer.status_code == 200
                assert ("connection was lost" in answer.text) is lost
        (one,) = desk_.calls._all()
        assert one.running.state.phase.value == "away"
    assert phone.failures == []


async def test_a_ticket_begins_one_call_and_goes_on_with_one() -> None:
    """A stream with a ticket of nothing, of another call, or used already is refused."""
    async with calling() as (desk_, phone):
        path = phone.streams[0].path
        call_id = path.split("/")[3]
        other = path.replace(call_id, "rtc_0000")
        for wrong in (path, other, f"/twilio/calls/{call_id}/stream/nonsense", "/twilio/stream/nonsense"):
            with pytest.raises(InvalidStatus):
                await connect(desk_.url + wrong)
        (following,) = parse_qs(urlsplit(redirect(phone)).query)["resume"]
        async with connect(f"{desk_.url}/twilio/calls/{call_id}/stream/{following}") as socket:
            start = {"streamSid": "MZ2", "callSid": phone.sid, "customParameters": {}}
            await socket.send(json.dumps({"event": "start", "start": start}))
            await socket.wait_closed()  # nobody was called: it is not needed
            assert socket.close_code == 1000
        assert len(desk_.calls) == 1


def redirect(phone: TwilioCall) -> str:
    """Return where the phone call asks next."""
    return phone.answers[0].split('<Redirect method="POST">')[1].split("<")[0].replace("&amp;", "&")


async def test_a_team_with_nobody_outside_is_as_it_was() -> None:
    """No ticket, and nothing after the stream."""
    async with (
        desk(secret=SECRET) as desk_,
        httpx.AsyncClient(base_url=desk_.url.replace("ws://", "http://")) as twilio,
    ):
        answer = await twilio.post("/twilio/voice", data={"CallSid": "CA1"})
        over = await twilio.post("/twilio/calls/rtc_1/next?resume=x", data={"CallSid": "CA1"})
        unknown = Tickets(SECRET).write(Ticket("rtc_1", digest("CA1"), 2))
        gone = await twilio.post(f"/twilio/calls/rtc_1/next?resume={unknown}", data={"CallSid": "CA1"})
        done = {"CallSid": "CA1", "DialCallStatus": "completed"}
        late = await twilio.post(f"/twilio/calls/rtc_1/next?resume={unknown}", data=done)

    assert "Redirect" not in answer.text
    assert "connection was lost" in over.text
    assert "<Hangup/>" in gone.text
    assert "<Hangup/>" in late.text


# --- in a cluster ---


@asynccontextmanager
async def two(**how: Any) -> AsyncIterator[tuple[Nodes, Exchange, TwilioCall]]:
    """Serve the team from two nodes, and call it; the caller has been greeted."""
    async with nodes(OUTSIDE, secret=SECRET, **how) as both:
        exchange = Exchange(both)
        async with phoning(exchange) as phone:
            await phone.until(lambda: phone.streams and phone.streams[0].returned)
            yield both, exchange, phone


async def test_whichever_node_is_asked_the_one_that_holds_the_call_answers() -> None:
    """Twilio may come to any: whom to call, what they are told, and how it ended go to the one that knows."""
    with capture_logs() as logs:
        async with two() as (both, exchange, phone):
            exchange.station = both.two
            await wanted(both)
            await phone.until(lambda: phone.outside.told)
            phone.outside.over.set()
            await phone.until(phone.over.is_set)
            await both.one.quiet()

    assert ended(logs) == ["transferred"]
    assert phone.failures == []


async def test_a_caller_whom_nobody_answers_goes_on_at_another_node() -> None:
    """The stream comes there, and the agent of the file is told why."""
    async with two() as (both, exchange, phone):
        exchange.station = both.two
        phone.outside.does = "busy"
        await wanted(both)
        await phone.until(lambda: len(phone.streams) == 2 and phone.streams[1].returned)
        billing = who_knows(both)

        assert "The caller could not be connected to office: the line was busy." in told(billing)
        assert len(both.two.calls) == 1
        await both.one.quiet()
        assert (phone.failures, phone.said) == ([], [])


async def killed(both: Nodes) -> None:
    """Let the first node be gone, and what it has of the call with it."""
    both.one.fleet.kill()
    (one,) = both.one.calls._all()
    one.let_go("killed")
    await both.one.quiet()


async def test_a_node_is_killed_while_it_rings_and_the_caller_is_back() -> None:
    """Nobody knows what the node knew but the journal: that the caller was being connected."""
    async with two() as (both, exchange, phone):
        phone.outside.does = "rings"
        await wanted(both)
        await phone.until(lambda: phone.outside.dialled)
        exchange.station = both.two
        await killed(both)
        phone.outside.over.set()
        await phone.until(lambda: len(phone.streams) == 2 and phone.streams[1].returned)
        billing = who_knows(both)

        assert "The caller could not be connected to office: nobody could be reached." in told(billing)
        assert (phone.failures, phone.said) == ([], [])


async def test_a_node_is_killed_while_they_talk_and_the_call_is_ended_by_another() -> None:
    """With what Twilio says of it, so that the record is whole."""
    async with two() as (both, exchange, phone):
        await wanted(both)
        await phone.until(lambda: phone.outside.told)
        exchange.station = both.two
        await killed(both)
        with capture_logs() as logs:
            phone.outside.over.set()
            await phone.until(phone.over.is_set)
        assert [log["node"] for log in logs if log["event"] == "call ended for its node"] == ["one"]
        assert [one.state for one in both.store.calls.values()] == ["ended"]
        assert phone.answers[-1].endswith("<Response><Hangup/></Response>")


async def test_a_drain_does_not_wait_for_a_caller_who_is_away() -> None:
    """The call is left to whichever node Twilio asks; one that was ended meanwhile is no matter."""
    async with two(drain=PATIENCE) as (both, exchange, phone):
        await wanted(both)
        await phone.until(lambda: phone.outside.told)
        exchange.station = both.two
        await asyncio.wait_for(both.one.calls.drain(), PATIENCE / 2)
        phone.outside.over.set()
        await phone.until(phone.over.is_set)
        assert [one.state for one in both.store.calls.values()] == ["ended"]
        await phone._follow(phone.outside.dialled[0][2]["action"], DialCallStatus="completed", CallStatus="completed")
        assert phone.failures == []


async def test_a_node_that_takes_no_calls_lets_the_phone_call_ask_again() -> None:
    """In the same place, so that the caller can be connected once more later."""
    async with two() as (both, exchange, phone):
        phone.outside.does = "busy"
        exchange.station = both.two
        both.one.calls._register.draining = both.two.calls._register.draining = True
        await wanted(both)
        await phone.until(lambda: any("Pause" in answer for answer in phone.answers))
        asked = next(answer for answer in phone.answers if "Pause" in answer)
        assert f"/twilio/calls/{next(iter(both.store.calls))}/next?" in asked
        both.one.calls._register.draining = both.two.calls._register.draining = False
        await phone.until(lambda: len(phone.streams) == 2)


# --- what Twilio says ---


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({}, None),
        ({"DialCallStatus": "answered", "DialCallDuration": "12"}, OutsideEnded(Status.COMPLETED, 12.0)),
        ({"DialCallStatus": "busy", "CallStatus": "in-progress"}, OutsideEnded(Status.BUSY)),
        ({"DialCallStatus": "canceled", "CallStatus": "completed"}, OutsideEnded(Status.CANCELED, gone=True)),
        ({"DialCallStatus": "news", "DialCallDuration": "1" * 400}, OutsideEnded(Status.FAILED)),
        ({"DialCallStatus": "completed", "DialCallDuration": "²"}, OutsideEnded(Status.COMPLETED)),
    ],
)
def test_what_twilio_says_of_a_telephone_call(said: dict[str, str], meant: OutsideEnded | None) -> None:
    """A word that is not known is a failure; a number that is none is no time."""
    assert outcome(said) == meant
