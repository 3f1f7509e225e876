"""WebRTC callers who come back to a call: they offer again, to whichever node; aiortc is the caller."""

from __future__ import annotations

import asyncio

import httpx

from orchestrator.testing import Say
from tests.gateway.resuming.nodes import Station, nodes, token_of
from tests.gateway.webrtc.phone import Phone
from tests.patience import PATIENCE
from tests.test_hooks import until


def calls_url(station: Station, query: str) -> str:
    """Return where a node takes offers."""
    return f"{station.url.replace('ws', 'http', 1)}/v1/realtime/calls?{query}"


async def test_a_caller_offers_again() -> None:
    """The call is the same, and goes on over the new connection."""
    async with nodes() as at:
        first, second = Phone(), Phone()
        assert (await first.connect(calls_url(at.one, "events=team,resume"))).status_code == 201
        await first.client.until("team.call.resumable")
        at.service.reply("front", Say("Hello there.", ms=200))
        await first.client.type("Hi.")
        await first.client.until("output_audio_buffer.stopped")
        at.one.fleet.kill()
        first.vanish()

        response = await second.connect(calls_url(at.two, f"events=team&resume={token_of(first.client)}"))
        assert (response.status_code, second.call_id) == (201, first.call_id)
        await second.client.until("team.call.resumable")
        at.service.reply("front", Say("And hello again.", ms=200))
        await second.client.type("And again.")
        await second.client.until("output_audio_buffer.stopped")
        kinds = [event["type"] for event in second.client.events]
        sessions = [one.of("session.created")[0]["session"]["id"] for one in (first.client, second.client)]
        for phone in (first, second):
            await phone.close()
        await at.two.quiet()

    assert kinds.index("session.created") < kinds.index("team.call.resumed") < kinds.index("team.call.resumable")
    assert sessions[0] == sessions[1]


async def test_a_full_node_takes_who_comes_back() -> None:
    """Up to twice its limit; beyond that the answer is when to try again."""
    async with nodes() as at, at.two.caller(), at.two.caller() as leaving:
        at.two.calls.settings = at.two.calls.settings.model_copy(update={"max_calls": 1})
        first, second, third = Phone(), Phone(), Phone()
        await first.connect(calls_url(at.one, "events=resume"))
        await first.client.until("team.call.resumable")
        at.one.fleet.kill()
        first.vanish()
        url = calls_url(at.two, f"resume={token_of(first.client)}")
        refused = await second.connect(url)
        await leaving.socket.close()
        await until(lambda: len(at.two.calls) == 1)
        back = await third.connect(url)
        await third.client.until("team.call.resumed")
        for phone in (first, second, third):
            await phone.close()

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert refused.json()["error"]["code"] == "too_many_calls"
    assert back.status_code == 201


async def test_a_node_that_stops_says_so() -> None:
    """There is no close code here: an event tells the caller to offer again, and the connection is closed."""
    async with nodes(drain=PATIENCE) as at:
        phone, again = Phone(), Phone()
        await phone.connect(calls_url(at.one, "events=resume"))
        await phone.client.until("team.call.resumable")
        draining = asyncio.ensure_future(at.one.calls.drain())
        await phone.client.until("team.call.moved")
        response = await again.connect(calls_url(at.two, f"resume={token_of(phone.client)}"))
        await again.client.until("team.call.resumed")
        assert response.status_code == 201
        await again.close()
        await draining
        await phone.close()
        await at.two.quiet()


async def test_who_cannot_come_back_is_told_why() -> None:
    """A token that is nobody's, and requests that are wrong otherwise: the right token is not used up by them."""
    async with nodes() as at, at.one.caller() as caller:
        headers, token = {"content-type": "application/sdp"}, token_of(caller)
        async with httpx.AsyncClient() as http:
            phone = Phone()
            forged = await http.post(calls_url(at.two, "resume=x"), content=await phone.offer(), headers=headers)
            unheard = calls_url(at.two, f"resume={token}&heard=all")
            wrong = await http.post(unheard, content=await phone.offer(), headers=headers)
            broken = await http.post(calls_url(at.two, f"resume={token}"), content="hello", headers=headers)
            await phone.close()
        assert (forged.status_code, forged.json()["error"]["code"]) == (404, "call_not_resumable")
        assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "heard")
        assert (broken.status_code, broken.json()["error"]["code"]) == (400, "invalid_offer")
        await caller.type("Still there?")
        await caller.until("response.done")
