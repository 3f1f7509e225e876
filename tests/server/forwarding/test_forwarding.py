"""Requests about a call reach it wherever it is: two nodes, and clients who know one of them."""

from __future__ import annotations

import asyncio
import socket as sockets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from websockets.exceptions import InvalidStatus

from orchestrator.core.events import CallerAsked, CallerLeft, CallerReferred, Ending
from orchestrator.server.forwarding import forwarding as module
from orchestrator.server.forwarding.passes import HEADER, Passes
from tests.gateway.serving import Gateway, receive, send
from tests.patience import PATIENCE
from tests.server.forwarding.nodes import SECRET, Finder, calling, node, two
from tests.test_hooks import until

KEY = {"api-key": "k-123"}


async def ask(gateway: Gateway, method: str, path: str, **request: Any) -> httpx.Response:
    async with httpx.AsyncClient(base_url=gateway.url) as client:
        return await client.request(method, path, **{"headers": KEY, **request})


def closed_port() -> int:
    with sockets.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


# --- HTTP ---


async def test_a_program_refers_and_hangs_up_the_call_of_another_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the answers that it would get there, refusals among them."""
    async with two(monkeypatch, api_keys="k-123") as (here, there), calling(there) as (_, call, call_id):
        path = f"/v1/realtime/calls/{call_id}"
        moved = await ask(here, "POST", f"{path}/refer", json={"target_uri": "agent:billing", "reason": "An invoice."})
        refused = await ask(here, "POST", f"{path}/refer", json={"target_uri": "agent:nobody"})
        hung_up = await ask(here, "POST", f"{path}/hangup")

        assert (moved.status_code, refused.status_code, hung_up.status_code) == (200, 400, 200)
        assert refused.json()["error"]["param"] == "target_uri"
        assert await call.next() == CallerReferred("billing", "An invoice.")
        assert await call.next() == CallerLeft("hung up", Ending.LEFT)


async def test_keys_are_checked_where_the_call_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the node that was asked do not matter."""
    finder = Finder()
    async with (
        node(monkeypatch, finder, api_keys="k-here") as here,
        node(monkeypatch, Finder(), api_keys="k-123") as far,
    ):
        finder.url = far.url
        async with calling(far) as (_, _call, call_id):
            path = f"/v1/realtime/calls/{call_id}/hangup"
            refused = await ask(here, "POST", path, headers={"api-key": "k-here"})
            taken = await ask(here, "POST", path)

    assert (refused.status_code, taken.status_code) == (401, 200)


async def test_the_log_there_says_who_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client's address, not that of the node between."""
    async with two(monkeypatch, api_keys="k-123") as (here, there), calling(there) as (_, _call, call_id):
        given = Passes(SECRET, time.monotonic).make("POST", f"/v1/realtime/calls/{call_id}/hangup", "203.0.113.7")
        with capture_logs() as logs:
            path = f"/v1/realtime/calls/{call_id}/hangup"
            assert (await ask(there, "POST", path, headers={HEADER: given})).status_code == 401
            assert (await ask(there, "POST", path, headers={HEADER: given + "0"})).status_code == 401
            assert (await ask(here, "POST", path, headers={"api-key": "wrong"})).status_code == 401

    assert [log["peer"] for log in logs if log["event"] == "request refused"] == [
        "203.0.113.7",
        "127.0.0.1",
        "127.0.0.1",
    ]


async def test_a_request_makes_one_hop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two nodes that take each other for the holder of a call do not send a request to and fro."""
    one, other = Finder(), Finder()
    async with node(monkeypatch, one) as here, node(monkeypatch, other) as there:
        one.url, other.url = there.url, here.url
        answer = await ask(here, "POST", "/v1/realtime/calls/sess_x/hangup")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "call_not_found")
    assert (one.asked, other.asked) == (["sess_x"], [])


async def test_a_call_of_this_node_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor one that is named by somebody who may not ask."""
    finder = Finder()
    async with node(monkeypatch, finder) as here, calling(here) as (_, _call, call_id):
        assert (await ask(here, "POST", f"/v1/realtime/calls/{call_id}/hangup")).status_code == 200
        foreign = {"origin": "https://evil.example"}
        assert (await ask(here, "POST", "/v1/realtime/calls/sess_x/hangup", headers=foreign)).status_code == 403
        assert finder.asked == []
        assert (await ask(here, "POST", "/v1/realtime/calls/sess_x/hangup")).status_code == 404
        assert finder.asked == ["sess_x"]


async def test_without_keys_a_page_of_this_machine_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever says so is for the first node, and not passed on."""
    async with two(monkeypatch) as (here, there), calling(there) as (_, _call, call_id):
        headers = {"origin": "http://localhost:3000"}
        answer = await ask(here, "POST", f"/v1/realtime/calls/{call_id}/hangup", headers=headers)

    assert answer.status_code == 200
    assert answer.headers.get_list("access-control-allow-origin") == ["http://localhost:3000"]


@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}", "http://[broken", "https://127.0.0.1:{port}"])
async def test_a_node_that_does_not_answer_is_told_as_such(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """As an error that may go away, and in the log."""
    finder = Finder()
    finder.url = address.format(port=closed_port())
    async with node(monkeypatch, finder) as here:
        with capture_logs() as logs:
            answer = await ask(here, "POST", "/v1/realtime/calls/sess_x/hangup")
            with pytest.raises(InvalidStatus) as refused:
                async with here.connect("/v1/realtime?call_id=sess_x"):
                    pass

    assert (answer.status_code, refused.value.response.status_code) == (503, 503)
    assert answer.json()["error"]["code"] == "node_unreachable"
    assert answer.headers["retry-after"] == "5"
    assert b"node_unreachable" in (refused.value.response.body or b"")
    assert [log["node"] for log in logs if log["event"] == "node does not answer"] == ["there", "there"]


class Holding:
    """A node that answers no request until it is told to."""

    def __init__(self) -> None:
        self.asked, self.go = list[str](), asyncio.Event()

    @asynccontextmanager
    async def serving(self, finder: Finder) -> AsyncIterator[None]:
        """Have all calls."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked.append(head.split(b" ")[1].decode())
            await self.go.wait()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        finder.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            async with server:
                yield
        finally:
            self.go.set()


HANG_UP, SOUND = "/v1/realtime/calls/sess_x/hangup", "/v1/calls/sess_x/audio"


@pytest.mark.parametrize(
    ("method", "path", "other"), [("POST", HANG_UP, ("GET", SOUND)), ("GET", SOUND, ("POST", HANG_UP))]
)
async def test_requests_on_their_way_are_bounded(
    monkeypatch: pytest.MonkeyPatch, method: str, path: str, other: tuple[str, str]
) -> None:
    """One has the place, one waits, and a third is refused; those of the other kind have places of their own."""
    for name, value in {"MOST_ACTING": 1, "MOST_READING": 1, "WAIT_SECONDS": PATIENCE}.items():
        monkeypatch.setattr(module, name, value)
    there, finder = Holding(), Finder()
    async with node(monkeypatch, finder) as here, there.serving(finder):
        asking = [asyncio.ensure_future(ask(here, method, path)) for _ in range(3)]
        done, waiting = await asyncio.wait(asking, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        beside = asyncio.ensure_future(ask(here, *other))
        await until(lambda: other[1] in there.asked)
        there.go.set()
        answers = [(await one).status_code for one in (*waiting, beside)]
        (refused,) = (one.result() for one in done)

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert refused.json()["error"]["code"] == "too_many_forwarded"
    assert answers == [200, 200, 200]
    assert there.asked.count(path) == 2


async def test_a_request_waits_for_a_place_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """And one about a phone call, which would be over, is answered here instead."""
    monkeypatch.setattr(module, "MOST_ACTING", 1)
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.01)
    there, finder = Holding(), Finder()
    async with node(monkeypatch, finder) as here, there.serving(finder):
        first = asyncio.ensure_future(ask(here, "POST", HANG_UP))
        await until(lambda: there.asked)
        with capture_logs() as logs:
            refused = await ask(here, "POST", HANG_UP)
            phone = await ask(here, "POST", "/twilio/calls/rtc_x/next?resume=y")
        there.go.set()
        assert (await first).status_code == 200

    assert (refused.status_code, phone.status_code) == (503, 200)
    assert len([log for log in logs if log["event"] == "request not forwarded"]) == 2


async def test_a_request_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then its place is free again."""
    monkeypatch.setattr(module, "MOST_ACTING", 1)
    monkeypatch.setattr(module, "ACTING_SECONDS", 0.05)
    there, finder = Holding(), Finder()
    async with node(monkeypatch, finder) as here, there.serving(finder):
        late = [(await ask(here, "POST", HANG_UP)).json()["error"]["code"] for _ in range(2)]

    assert late == ["node_unreachable", "node_unreachable"]


async def test_a_phone_call_is_answered_here_if_its_node_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twilio asks once: whichever node is asked takes the call over, or says that it is lost."""
    finder = Finder()
    finder.url = f"http://127.0.0.1:{closed_port()}"
    async with node(monkeypatch, finder) as here:
        answer = await ask(here, "POST", "/twilio/calls/rtc_x/next?resume=y")

    assert answer.status_code == 200
    assert "the connection was lost" in answer.text


async def test_a_body_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything of it is sent on."""
    async with two(monkeypatch) as (here, _there):
        answer = await ask(here, "POST", "/v1/realtime/calls/sess_x/refer", content=b"a" * 1_100_000)

    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "request_too_large")


async def test_records_of_an_open_call_are_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """With a file of each node's own; the nodes of one database answer themselves, but for the sound."""
    records = f"sqlite:///{tmp_path}/calls.db"
    finder = Finder()
    async with node(monkeypatch, finder, records=records) as here:
        for path in ("", "/lines", "/audio"):
            assert (await ask(here, "GET", f"/v1/calls/sess_x{path}")).status_code == 404
        assert finder.asked == ["sess_x"] * 3
        finder.asked.clear()
        here.app.state.records.archive.database.file = None
        monkeypatch.setattr(type(here.app.state.records.archive.database), "exists", False)
        for path in ("", "/lines", "/audio"):
            assert (await ask(here, "GET", f"/v1/calls/sess_x{path}")).status_code == 404
        assert finder.asked == ["sess_x"]


# --- WebSockets ---


async def test_a_program_joins_a_call_of_another_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """It sees its events and acts on it, in both directions, and leaves without ending it."""
    async with two(monkeypatch, api_keys="k-123") as (here, there), calling(there) as (caller, call, call_id):
        browser = {"subprotocols": ["realtime", "openai-insecure-api-key.k-123"]}
        async with here.connect(f"/v1/realtime?call_id={call_id}", **browser) as beside:
            assert beside.subprotocol == "realtime"
            assert (await receive(beside))["session"]["id"] == call_id
            await send(beside, type="response.create")
            assert isinstance(await call.next(), CallerAsked)
            there.app.state.calls.find(call_id).caller.session_updated([])
            assert (await receive(beside))["type"] == "session.updated"
        await send(caller, type="response.create")
        assert isinstance(await call.next(), CallerAsked)
        call.end(Ending.FINISHED, "done")


async def test_an_end_there_is_an_end_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its code and its reason."""
    async with two(monkeypatch) as (here, there), calling(there) as (_, call, call_id):  # noqa: SIM117
        async with here.connect(f"/v1/realtime?call_id={call_id}") as beside:
            await receive(beside)
            call.end(Ending.TOO_LONG, "time is over")
            await asyncio.wait_for(beside.wait_closed(), PATIENCE)
            assert (beside.close_code, beside.close_reason) == (4410, "time is over")


async def test_a_refusal_there_is_a_refusal_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the upgrade as an HTTP answer, after it as an event and a close code."""
    monkeypatch.setattr("orchestrator.gateway.admission.MOST_SIDEBANDS", 0)
    async with two(monkeypatch, api_keys="k-123") as (here, there), calling(there) as (_, _call, call_id):
        path = f"/v1/realtime?call_id={call_id}"
        async with here.connect(path) as beside:
            assert (await receive(beside))["error"]["code"] == "invalid_api_key"
            await beside.wait_closed()
            assert beside.close_code == 3000
        with pytest.raises(InvalidStatus) as refused:
            async with here.connect(path, additional_headers=KEY):
                pass
        assert refused.value.response.status_code == 503
        assert b"too_many_sidebands" in (refused.value.response.body or b"")


async def test_sockets_on_their_way_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """One too many is refused; when another has gone there is room again."""
    monkeypatch.setattr(module, "MOST_SOCKETS", 1)
    async with two(monkeypatch) as (here, there), calling(there) as (_, _call, call_id):
        path = f"/v1/realtime?call_id={call_id}"
        async with here.connect(path) as beside:
            await receive(beside)
            with pytest.raises(InvalidStatus) as refused:
                async with here.connect(path):
                    pass
            assert b"too_many_forwarded" in (refused.value.response.body or b"")


async def test_a_caller_joins_others_at_another_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that they have in common has one node."""
    async with two(monkeypatch) as (here, there), calling(there) as (_, _call, call_id):  # noqa: SIM117
        async with here.connect(f"/v1/realtime?call={call_id}&agent=billing") as second:
            assert (await receive(second))["type"] == "session.created"
            assert there.calls[-1].place.party.id == call_id
            assert here.app.state.calls.party(call_id) == []
            there.calls[-1].end(Ending.FINISHED, "done")
