"""Phone calls that come back: two nodes, a telephone at Twilio's pace, and streams that are lost or closed."""

from __future__ import annotations

import asyncio
from xml.etree import ElementTree as Xml

import httpx
import pytest
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from orchestrator.core.events import Ending
from orchestrator.fleet.port import Reason
from orchestrator.gateway.phone import returning as module
from orchestrator.gateway.phone.returning import Returning
from orchestrator.gateway.phone.tickets import MOST_SHORT, Ticket, Tickets, digest
from orchestrator.testing import say
from tests.gateway.resuming.fleets import Store
from tests.gateway.resuming.nodes import Nodes, Station, nodes
from tests.gateway.serving import serve
from tests.redis_server import redis_server
from tests.test_hooks import until
from tests.twilio import TwilioCall, phoning

SECRET = "s" * 32
SID = "CA1"
BASE = "https://voice.example.com"


class Exchange:
    """Says which node answers the phone."""

    def __init__(self, both: Nodes) -> None:
        self.both, self.station = both, both.one

    def __call__(self) -> str:
        return self.station.url.replace("ws://", "http://")

    async def kill(self, phone: TwilioCall) -> None:
        """Kill the node that has the phone call; the other one answers from here on."""
        dying, self.station = self.station, self.other
        dying.fleet.kill()
        assert phone.stream is not None
        phone.stream.socket.transport.abort()
        await dying.quiet()

    @property
    def other(self) -> Station:
        return self.both.two if self.station is self.both.one else self.both.one


async def greeted(phone: TwilioCall, *, streams: int = 1) -> None:
    """Wait until the first agent has been heard to the end."""
    await phone.until(lambda: len(phone.streams) == streams and phone.streams[-1].of("mark"))
    marks = len(phone.streams[-1].of("mark"))
    await phone.until(lambda: phone.streams[-1].returned >= marks)


async def test_a_phone_call_lives_on_when_its_node_is_killed() -> None:
    """Twilio asks what is next, and the other node goes on with the call: the same one, which knows what was said."""
    async with nodes(secret=SECRET) as both:
        exchange = Exchange(both)
        async with phoning(exchange) as phone:
            await greeted(phone)
            (call_id,) = both.store.calls
            await exchange.kill(phone)
            again = await both.service.session("front", 1)
            await phone.until(lambda: len(phone.streams) == 2)
            both.service.reply("front", say("Which invoice is it?", 300))
            await again.hear("My invoice is wrong.")
            await phone.until(lambda: phone.streams[1].of("media"))

            assert list(both.store.calls) == [call_id]
            assert both.two.calls.find(call_id) is not None
            assert (phone.failures, phone.said) == ([], [])
        await both.two.quiet()
        await until(lambda: both.store.calls[call_id].state == "ended")


async def test_a_full_node_takes_a_phone_call_that_comes_back() -> None:
    """Up to twice its limit; beyond that the phone call asks again until there is room."""
    async with nodes(secret=SECRET) as both, both.two.caller(), both.two.caller() as leaving:
        exchange, two = Exchange(both), both.two.calls
        two.settings = two.settings.model_copy(update={"max_calls": 1})
        async with phoning(exchange) as phone:
            await greeted(phone)
            await exchange.kill(phone)
            await phone.until(lambda: "<Pause" in phone.answers[-1])
            assert len(phone.streams) == 1
            await leaving.socket.close()
            await phone.until(lambda: len(phone.streams) == 2)
            await both.service.session("front", 3)

            assert len(two) == 2
            assert (phone.failures, phone.said) == ([], [])


async def test_a_phone_call_comes_back_by_a_real_redis() -> None:
    """Its node leaves it; the other finds it by its ticket, and hangs up when it has ended."""
    with redis_server() as redis:
        async with nodes(secret=SECRET, redis=redis.url) as both:
            exchange = Exchange(both)
            async with phoning(exchange) as phone:
                await greeted(phone)
                exchange.station = both.two
                (call,) = both.one.calls._all()
                call.release("the server is shutting down")
                await both.service.session("front", 1)
                await phone.until(lambda: both.two.calls.find(call.call_id) is not None)
                fleet, reasons = both.two.calls.fleet, list[Reason | None]()
                assert fleet is not None
                while Reason.USED not in reasons:  # once the stream is heard
                    reasons.append(await fleet.look(call.call_id, 1))
                    await asyncio.sleep(0.01)
                assert await fleet.look(call.call_id, 2) is None
                both.two.calls._all()[0].hang_up(Ending.FINISHED, "done")
                await phone.until(phone.over.is_set)

                assert len(phone.streams) == 2
                assert phone.answers[-1].endswith("<Response><Hangup/></Response>")
                assert (phone.failures, phone.said) == ([], [])


async def test_a_drain_moves_a_phone_call_and_closes_nothing_by_mistake() -> None:
    """Its stream is closed as a plain end, and it goes on with another on the other node."""
    async with nodes(secret=SECRET, drain=30.0) as both:
        exchange = Exchange(both)
        async with phoning(exchange) as phone:
            await greeted(phone)
            exchange.station = both.two
            await both.one.calls.drain()
            await phone.until(lambda: len(phone.streams) == 2)
            await both.service.session("front", 1)

            assert phone.streams[0].code == 1000
            assert (phone.failures, phone.said) == ([], [])


async def test_a_half_typed_number_is_typed_on() -> None:
    """What was pressed before the stream was lost and after it is one message."""
    async with nodes(secret=SECRET) as both:
        exchange = Exchange(both)
        async with phoning(exchange) as phone:
            await greeted(phone)
            await phone.press("48")
            await phone.until(
                lambda: any('"keys":"48"' in line for one in both.store.calls.values() for line in one.lines)
            )
            await exchange.kill(phone)
            again = await both.service.session("front", 1)
            await phone.until(lambda: phone.stream is not None)
            await phone.press("2#")

            def typed() -> list[str]:
                items = [event["item"] for event in again.of("conversation.item.create")]
                texts = [part.get("text", "") for item in items for part in item.get("content", ())]
                return [text for text in texts if "on the keypad" in text]

            await phone.until(typed)
            assert typed() == ["The caller pressed 4 8 2 # on the keypad."]


async def test_an_answer_that_was_cut_is_given_again() -> None:
    """Marks say how much of it was heard, and the agent is told no more than that."""
    words = "One moment please, I am looking for your invoice, which takes a while."
    async with nodes(secret=SECRET) as both:
        exchange = Exchange(both)
        async with phoning(exchange) as phone:
            await greeted(phone)
            front = await both.service.session("front")
            heard = phone.streams[0].returned
            both.service.reply("front", say(words, 6000))
            await front.hear("My invoice is wrong.")
            await phone.until(lambda: phone.streams[0].returned >= heard + 2)
            await exchange.kill(phone)
            both.service.reply("front", say("I have found your invoice.", 300))
            again = await both.service.session("front", 1)
            await phone.until(lambda: again.of("response.create"))
            await phone.until(lambda: len(phone.streams) == 2 and phone.streams[1].of("media"))
            items = [event["item"] for event in again.of("conversation.item.create")]
            told = " ".join(part.get("text", "") for item in items for part in item.get("content", ()))

            assert "My invoice is wrong. One" in told
            assert "which takes a while" not in told


async def test_a_call_that_has_ended_is_hung_up() -> None:
    """By the answer to what is next, silently."""
    async with nodes(secret=SECRET) as both:
        exchange = Exchange(both)
        async with phoning(exchange) as phone:
            await greeted(phone)
            exchange.station = both.two
            (call,) = both.one.calls._all()
            call.hang_up(Ending.FINISHED, "done")
            await phone.until(phone.over.is_set)

            assert phone.answers[-1].endswith("<Response><Hangup/></Response>")
            assert (len(phone.streams), phone.said, phone.failures) == (1, [], [])


async def test_a_caller_who_hangs_up_is_gone() -> None:
    """The call ends, on a server in a cluster too."""
    async with nodes(secret=SECRET) as both:
        async with phoning(Exchange(both)) as phone:
            await greeted(phone)
        await both.one.quiet()

        assert [one.state for one in both.store.calls.values()] == ["ended"]


async def test_a_call_that_nobody_knows_is_said_to_be_lost() -> None:
    """Redis has forgotten it."""
    async with nodes(secret=SECRET) as both:
        exchange = Exchange(both)
        async with phoning(exchange) as phone:
            await greeted(phone)
            both.store.calls.clear()
            with capture_logs() as logs:
                await exchange.kill(phone)
                await phone.until(phone.over.is_set)

    assert phone.said == ["We are sorry, the connection was lost. Please call again."]
    assert [log["reason"] for log in logs if log["event"] == "phone call not resumed"] == ["the call is not known"]


async def test_a_team_that_the_other_node_does_not_serve() -> None:
    """The caller is not led in circles."""
    async with nodes(secret=SECRET) as both:
        exchange = Exchange(both)
        async with phoning(exchange) as phone:
            await greeted(phone)
            both.two.calls.teams.remove("helpdesk")
            await exchange.kill(phone)
            await phone.until(phone.over.is_set)

    assert phone.said == ["We are sorry, the connection was lost. Please call again."]
    assert len(phone.streams) == MOST_SHORT + 2


async def test_each_ticket_begins_one_call() -> None:
    """A second stream with it is refused, while the call is there and afterwards."""
    async with nodes(secret=SECRET) as both:
        exchange = Exchange(both)
        async with phoning(exchange) as phone:
            await greeted(phone)
            path = phone.streams[0].path
            with pytest.raises(AssertionError):
                await opened(both.one, path)
        await both.one.quiet()
        with pytest.raises(AssertionError):
            await opened(both.two, path)
        with pytest.raises(AssertionError):
            await opened(both.two, "/twilio/stream/nonsense")


async def opened(station: Station, path: str) -> None:
    """Open a stream; fails when it is refused."""
    try:
        async with connect(station.url + path):
            pass
    except InvalidStatus as error:
        raise AssertionError(error.response.status_code) from None


async def test_a_ticket_is_for_one_phone_call() -> None:
    """Another cannot come back with it."""
    tickets, store = Tickets(SECRET), Store()
    answers = Returning(store.node("one"), SECRET, BASE)
    own = tickets.write(Ticket("rtc_1", digest(SID), 2))

    assert "connection was lost" in await answers.answer(own, "CA2", 0, open_here=True)
    assert "connection was lost" in await answers.answer(
        tickets.write(Ticket("rtc_1", digest(SID))), SID, 0, open_here=True
    )
    assert "connection was lost" in await answers.answer("nonsense", SID, 0, open_here=True)


class Told(Returning):
    """Says what is next when the fleet says one thing."""

    def __init__(self, lost: Reason | None) -> None:
        fleet = Store().node("one")

        async def look(call_id: str, epoch: int) -> Reason | None:
            assert (call_id, epoch) == ("rtc_1", 1)
            return lost

        fleet.look = look  # type: ignore[method-assign]
        super().__init__(fleet, SECRET, BASE)

    async def next(self, tries: int = 0, *, open_here: bool = True) -> list[str]:
        """Return the verbs, and where they lead."""
        written = Tickets(SECRET).write(Ticket("rtc_1", digest(SID), 2))
        verbs = Xml.fromstring(f"<Response>{await self.answer(written, SID, tries, open_here=open_here)}</Response>")
        return [verb.tag for verb in verbs]


@pytest.mark.parametrize(
    ("lost", "verbs"),
    [
        (None, ["Connect", "Redirect"]),
        (Reason.ENDED, ["Hangup"]),
        (Reason.UNREACHABLE, ["Pause", "Redirect"]),
        *((reason, ["Say", "Hangup"]) for reason in (Reason.USED, Reason.UNKNOWN, Reason.STRANDED, Reason.EXPIRED)),
    ],
)
async def test_what_is_next(lost: Reason | None, verbs: list[str]) -> None:
    """As the fleet knows it."""
    assert await Told(lost).next() == verbs


async def test_a_phone_call_asks_again_while_no_answer_can_be_given() -> None:
    """At most so many times: then it is hung up if Redis cannot be reached, and told if no node takes calls."""
    for tries in (0, module.MOST_TRIES - 1):
        assert await Told(None).next(tries, open_here=False) == ["Pause", "Redirect"]
        assert await Told(Reason.UNREACHABLE).next(tries) == ["Pause", "Redirect"]
    assert await Told(Reason.UNREACHABLE).next(module.MOST_TRIES) == ["Hangup"]
    assert await Told(None).next(module.MOST_TRIES, open_here=False) == ["Say", "Hangup"]


async def test_without_a_cluster_the_answer_is_to_hang_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was before: the phone call is over when its stream is."""
    async with serve(monkeypatch) as gateway:
        form = {"CallSid": SID}
        first = await gateway.post("/twilio/voice", data=form)
        again = await gateway.post(f"/twilio/voice?resume=x&tries={'9' * 5000}", data=form)

    assert [verb.tag for verb in Xml.fromstring(first.text)] == ["Connect"]
    assert [verb.tag for verb in Xml.fromstring(again.text)] == ["Hangup"]


async def test_status_callbacks_are_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    """What went wrong with a stream is in the log beside Twilio's ids."""
    async with serve(monkeypatch, twilio_auth_token="t" * 16) as gateway:
        refused: httpx.Response = await gateway.post("/twilio/status", data={"CallSid": SID})
    async with serve(monkeypatch) as gateway:
        with capture_logs() as logs:
            for said in (
                {"StreamEvent": "stream-started"},
                {"StreamEvent": "stream-error", "StreamError": "31921\n" * 90},
            ):
                answer = await gateway.post("/twilio/status", data={"CallSid": SID, "StreamSid": "MZ1", **said})
                assert answer.status_code == 204

    assert refused.status_code == 403
    assert [
        (log["log_level"], log["call_sid"], log["stream_sid"]) for log in logs if "phone stream" in log["event"]
    ] == [
        ("info", SID, "MZ1"),
        ("warning", SID, "MZ1"),
    ]
    assert len(logs[-1]["error"]) <= 200
