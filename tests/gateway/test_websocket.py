"""The Realtime endpoint over a real socket: handshake, keys, events in, events out, limits, closing."""

from __future__ import annotations

import asyncio
import base64
import json
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest
import structlog
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from orchestrator.core.events import (
    CallerAnswered,
    CallerAsked,
    CallerCommitted,
    CallerConfigured,
    CallerInterrupted,
    CallerLeft,
    CallerSettings,
    CallerSpoke,
    CallerTruncated,
    CallerTyped,
    Ending,
)
from orchestrator.gateway import open_call as open_call_module
from orchestrator.gateway.admission import MOST_SIDEBANDS
from orchestrator.gateway.inbox import Inbox
from tests.gateway.serving import ScriptedCall, receive, receive_all, send, serve
from tests.patience import PATIENCE

TENTH = base64.b64encode(bytes(4800)).decode()  # 100 ms of PCM16
HEAD = '{"type":"input_audio_buffer.append"'
USER_ITEM = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]}


async def closed(socket: Any) -> tuple[int, str]:
    await asyncio.wait_for(socket.wait_closed(), PATIENCE)
    return socket.close_code, socket.close_reason


# --- handshake ---


@pytest.mark.parametrize(
    "path", ["/v1/realtime?model=helpdesk", "/realtime?model=helpdesk", "/v1/realtime", "/realtime?x=1"]
)
async def test_first_frame_is_the_whole_session(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """Both paths answer with a complete `session.created`; without a model the only team is meant."""
    async with serve(monkeypatch) as gateway, gateway.connect(path) as socket:
        event = await receive(socket)

    session = event["session"]
    assert event["type"] == "session.created"
    assert (session["type"], session["object"], session["model"]) == ("realtime", "realtime.session", "helpdesk")
    assert session["id"] == gateway.calls[0].call_id
    assert isinstance(session["expires_at"], int)
    assert session["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 24000}
    assert session["audio"]["output"]["voice"] == "marin"


async def test_p41_ids_are_made_by_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """P41: two callers that ask for one id get two sessions of their own."""
    async with serve(monkeypatch) as gateway:
        path = "/v1/realtime?model=helpdesk&session_id=sess_mine"
        async with gateway.connect(path) as one, gateway.connect(path) as two:
            ids = {(await receive(one))["session"]["id"], (await receive(two))["session"]["id"]}

    assert len(ids) == 2
    assert "sess_mine" not in ids


async def test_browsers_get_their_subprotocol_and_never_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the tokens offered only `realtime` is selected."""
    async with serve(monkeypatch, api_keys="k-123") as gateway:
        offered: list[Any] = ["realtime", "openai-insecure-api-key.k-123"]
        async with gateway.connect(subprotocols=offered) as socket:
            assert socket.subprotocol == "realtime"
            assert (await receive(socket))["type"] == "session.created"


@pytest.mark.parametrize(
    "headers", [{"Authorization": "Bearer k-123"}, {"api-key": "k-123"}], ids=["bearer", "api-key"]
)
async def test_keys_in_headers(monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]) -> None:
    """A key is taken from either header."""
    keys = "other,k-123"
    async with serve(monkeypatch, api_keys=keys) as gateway, gateway.connect(additional_headers=headers) as socket:
        assert (await receive(socket))["type"] == "session.created"


REFUSALS = [
    pytest.param("/v1/realtime", {"Authorization": "Bearer wrong"}, "invalid_api_key", 3000, id="wrong key"),
    pytest.param("/v1/realtime", {}, "invalid_api_key", 3000, id="no key"),
    pytest.param("/v1/realtime?intent=transcription", {"api-key": "k-123"}, "invalid_value", 4000, id="intent"),
    pytest.param("/v1/realtime?call_id=rtc_1", {"api-key": "k-123"}, "invalid_value", 4000, id="sideband"),
    pytest.param(
        "/v1/realtime",
        {"api-key": "k-123", "OpenAI-Beta": "realtime=v1"},
        "beta_api_shape_disabled",
        4000,
        id="beta header",
    ),
]


@pytest.mark.parametrize(("path", "headers", "code", "close"), REFUSALS)
async def test_p38_refused_after_the_handshake_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, path: str, headers: dict[str, str], code: str, close: int
) -> None:
    """P38: key and model are checked after the upgrade: an `error` event says why, then the socket closes."""
    serving = serve(monkeypatch, api_keys="k-123")
    async with serving as gateway, gateway.connect(path, additional_headers=headers) as socket:
        event = await receive(socket)

        assert (event["type"], event["error"]["code"]) == ("error", code)
        assert "k-123" not in event["error"]["message"]
        assert (await closed(socket))[0] == close


async def test_foreign_pages_are_refused_without_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of another site cannot use the user's local server; a local page can."""
    async with serve(monkeypatch) as gateway:
        with pytest.raises(InvalidStatus) as refused:
            await gateway.connect(origin="https://evil.example")
        async with gateway.connect(origin=gateway.url) as socket:
            assert (await receive(socket))["type"] == "session.created"

    assert refused.value.response.status_code == 403


# --- limits ---


async def test_too_many_calls_are_refused_before_the_upgrade(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full server answers 503 with a body that says so; a place that becomes free is given away again."""
    async with serve(monkeypatch, max_calls=1) as gateway:
        async with gateway.connect() as socket:
            await receive(socket)
            with pytest.raises(InvalidStatus) as refused:
                await gateway.connect()
        await asyncio.wait_for(gateway.app.state.calls.emptied.wait(), PATIENCE)
        async with gateway.connect() as again:
            assert (await receive(again))["type"] == "session.created"

    assert refused.value.response.status_code == 503
    body = json.loads(refused.value.response.body)
    assert body["error"]["code"] == "too_many_calls"
    assert refused.value.response.headers["Retry-After"]


async def test_a_huge_frame_closes_this_call_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame of 20 MB is answered with 1009; another call goes on."""
    async with serve(monkeypatch) as gateway, gateway.connect() as other, gateway.connect() as socket:
        with suppress(ConnectionClosed):
            await socket.send("x" * 20_000_000)
        assert (await closed(socket))[0] == 1009
        await receive(other)
        await send(other, type="input_audio_buffer.commit")
        assert await gateway.calls[0].next() == CallerCommitted()


async def test_the_gateway_has_its_own_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a server that lets larger frames through the gateway closes with 1009 itself."""
    serving = serve(monkeypatch, server_frame=1_000_000, max_frame=70_000)
    async with serving as gateway, gateway.connect() as socket:
        await socket.send("x" * 80_000)
        assert (await closed(socket))[0] == 1009


async def test_a_server_that_cannot_refuse_a_handshake_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a server cannot answer 503 before the upgrade the caller gets the close code."""
    sent: list[Any] = []

    async def receive_nothing() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def keep(message: Any) -> None:
        sent.append(message)

    async with serve(monkeypatch, max_calls=1) as gateway, gateway.connect() as socket:
        await receive(socket)
        scope = {"type": "websocket", "path": "/v1/realtime", "headers": [], "query_string": b"", "subprotocols": []}
        await gateway.app(scope, receive_nothing, keep)

    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.close"]
    assert sent[1]["code"] == 4029


async def test_a_silent_line_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller from which no frame comes for the idle time is closed with 4408 after an `error`."""
    async with serve(monkeypatch, idle=0.05) as gateway, gateway.connect() as socket:
        events = await receive_all(socket)

    assert [event["type"] for event in events] == ["session.created", "error"]
    assert events[1]["error"]["code"] == "session_expired"
    assert socket.close_code == 4408


async def test_a_caller_that_never_reads_ends_its_own_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the outbound queue is full the call ends; what is queued is let go."""
    async with serve(monkeypatch) as gateway, gateway.connect() as socket, gateway.connect() as other:
        await receive(socket)
        await receive(other)
        call = gateway.calls[0]
        words = "x" * 1_000_000
        for _ in range(40):
            call.caller.refuse("invalid_value", words, None, None)

        assert isinstance(await call.next(), CallerLeft)
        await send(other, type="input_audio_buffer.commit")
        assert await gateway.calls[1].next() == CallerCommitted()
        await receive_all(socket)

    assert socket.close_code == 4008


# --- events in ---


async def test_audio_takes_the_hot_path_verbatim(monkeypatch: pytest.MonkeyPatch) -> None:
    """An append frame reaches the call as it came, with its length; keys in another order take the full path."""
    async with serve(monkeypatch) as gateway, gateway.connect() as socket:
        frame = json.dumps({"type": "input_audio_buffer.append", "audio": TENTH}, separators=(",", ":"))
        await socket.send(frame)
        await socket.send(json.dumps({"audio": TENTH, "type": "input_audio_buffer.append"}))
        await receive(socket)
        hot, full = await gateway.calls[0].next(), await gateway.calls[0].next()

    assert hot == CallerSpoke(frame, 100.0)
    assert full == CallerSpoke(frame, 100.0)


async def test_a_mistake_of_ours_costs_one_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is logged with the call's id and answered with `server_error`; the call goes on."""

    def fail(_: object) -> None:
        raise RecursionError("a mistake of ours")

    monkeypatch.setattr(open_call_module, "to_core", fail)
    with structlog.testing.capture_logs() as logs:
        async with serve(monkeypatch) as gateway, gateway.connect() as socket:
            await receive(socket)
            await send(socket, type="response.create", event_id="e1")
            error = (await receive(socket))["error"]
            assert (error["type"], error["code"], error["event_id"]) == ("server_error", "server_error", "e1")
            await socket.send(f'{HEAD},"audio":"{TENTH}"}}')
            assert isinstance(await gateway.calls[0].next(), CallerSpoke)
            call_id = gateway.calls[0].call_id
    failed = [line for line in logs if line["event"] == "event failed"]
    assert [(line["call"], line["type"]) for line in failed] == [(call_id, "response.create")]


async def test_another_asgi_server_serves_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames then take the queues: audio both ways, and the close."""
    delta = '{"type":"response.output_audio.delta","response_id":"r","item_id":"i","delta":"AAAA"}'
    async with serve(monkeypatch, ws="websockets-sansio") as gateway, gateway.connect() as socket:
        await receive(socket)
        await socket.send(f'{HEAD},"audio":"{TENTH}"}}')
        call = gateway.calls[0]
        assert await call.next() == CallerSpoke(f'{HEAD},"audio":"{TENTH}"}}', 100.0)

        call.caller.tell({"type": "response.created", "response": {"id": "r", "status": "in_progress", "output": []}})
        item = {"id": "i", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
        at = {"response_id": "r", "output_index": 0}
        call.caller.tell({"type": "response.output_item.added", **at, "item": item})
        call.caller.play("i", delta)
        assert [(await receive(socket))["type"] for _ in range(2)] == ["response.created", "response.output_item.added"]
        assert await socket.recv() == delta
        call.end(Ending.LEFT, "over")
        assert await receive_all(socket) == []
        assert socket.close_code == 1000


HIDDEN_EVENTS = [
    pytest.param(f'{HEAD},"audio":"{TENTH}","type":"session.update","session":{{}}}}', "session.type", id="update"),
    pytest.param(f'{HEAD},"audio":"event_id","type":"response.truncate"}}', "type", id="event_id as audio"),
    pytest.param(f'{HEAD},"event_id":"audio","type":"response.truncate"}}', "type", id="audio as event_id"),
    pytest.param(f'{HEAD},"type":"audio"}}', "type", id="audio as type"),
]


@pytest.mark.parametrize(("frame", "param"), HIDDEN_EVENTS)
async def test_no_other_event_hides_in_an_audio_frame(monkeypatch: pytest.MonkeyPatch, frame: str, param: str) -> None:
    """A frame that begins as audio and says another `type` at its end is parsed, never forwarded as it came."""
    async with serve(monkeypatch) as gateway, gateway.connect() as socket:
        await receive(socket)
        await socket.send(frame)

        assert (await receive(socket))["error"]["param"] == param
        assert gateway.calls[0].events.empty()


async def test_caller_events_reach_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each client event becomes one event of the core, in order, with its `event_id`."""
    async with serve(monkeypatch) as gateway, gateway.connect() as socket:
        await receive(socket)
        await send(socket, type="conversation.item.create", item={**USER_ITEM, "id": "mine"}, event_id="e1")
        await send(socket, type="response.create", event_id="e2", response={"metadata": {"a": "b"}})
        await send(socket, type="response.create")
        await send(socket, type="input_audio_buffer.commit")
        await send(socket, type="response.cancel", response_id="resp_1")
        truncate = {"item_id": "i", "content_index": 0, "audio_end_ms": 120}
        await send(socket, type="conversation.item.truncate", **truncate)
        output = {"type": "function_call_output", "call_id": "call_1", "output": "done", "id": "out"}
        await send(socket, type="conversation.item.create", item=output)
        events = [await gateway.calls[0].next() for _ in range(7)]

    assert events == [
        CallerTyped({**USER_ITEM, "id": "mine"}, None, "e1"),
        CallerAsked({"metadata": {"a": "b"}}, "e2"),
        CallerAsked({}, None),
        CallerCommitted(),
        CallerInterrupted("resp_1", None),
        CallerTruncated("i", 120, None),
        CallerAnswered(output, None),
    ]


async def test_session_update_is_echoed_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """An update reaches the call as settings and comes back as `session.updated`."""
    async with serve(monkeypatch) as gateway, gateway.connect() as socket:
        await receive(socket)
        update = {"type": "realtime", "instructions": "Be brief.", "audio": {"input": {"turn_detection": None}}}
        await send(socket, type="session.update", session=update)
        event = await receive(socket)
        configured = await gateway.calls[0].next()

    assert event["type"] == "session.updated"
    assert event["session"]["instructions"] == "Be brief."
    assert event["session"]["audio"]["input"]["turn_detection"] is None
    assert isinstance(configured, CallerConfigured)
    assert configured.settings.instructions == "Be brief."


BAD_FRAMES = [
    pytest.param("{", "invalid_json", None, id="no json"),
    pytest.param("[1]", "invalid_json", None, id="no object"),
    pytest.param(b"{}", "invalid_event", None, id="binary"),
    pytest.param("[" * 100_000, "invalid_json", None, id="too deep"),
    pytest.param('{"type":"nonsense"}', "invalid_value", "type", id="unknown type"),
    pytest.param("{}", "missing_required_parameter", "type", id="no type"),
    pytest.param('{"type":"output_audio_buffer.clear"}', "invalid_value", "type", id="not on a WebSocket"),
    pytest.param('{"audio":"!!!!","type":"input_audio_buffer.append"}', "invalid_value", "audio", id="no base64"),
    pytest.param('{"type":"input_audio_buffer.append","audio":"AAA"}', "invalid_value", "audio", id="cut base64"),
    pytest.param('{"type":"session.update"}', "missing_required_parameter", "session", id="no session"),
]


@pytest.mark.parametrize(("frame", "code", "param"), BAD_FRAMES)
async def test_bad_frames_get_an_error_and_the_call_goes_on(
    monkeypatch: pytest.MonkeyPatch, frame: str | bytes, code: str, param: str | None
) -> None:
    """Nothing that a caller sends ends its call or reaches the core unchecked."""
    async with serve(monkeypatch) as gateway, gateway.connect() as socket:
        await receive(socket)
        await socket.send(frame)
        error = (await receive(socket))["error"]
        await send(socket, type="input_audio_buffer.commit")

        assert (error["type"], error["code"], error["param"]) == ("invalid_request_error", code, param)
        assert await gateway.calls[0].next() == CallerCommitted()


async def test_errors_echo_the_event_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """An `error` names the event that caused it, so that a client can match the two."""
    async with serve(monkeypatch) as gateway, gateway.connect() as socket:
        await receive(socket)
        await send(socket, type="conversation.item.delete", event_id="mine_7")
        error = (await receive(socket))["error"]

    assert (error["event_id"], error["param"]) == ("mine_7", "item_id")


async def test_item_ids_and_places_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """An id cannot be used twice, and an item cannot follow one that was never there."""
    async with serve(monkeypatch) as gateway, gateway.connect() as socket:
        await receive(socket)
        await send(socket, type="conversation.item.create", item={**USER_ITEM, "id": "one"})
        await send(socket, type="conversation.item.create", item={**USER_ITEM, "id": "one"})
        await send(socket, type="conversation.item.create", item=USER_ITEM, previous_item_id="nowhere")
        await send(socket, type="conversation.item.create", item=USER_ITEM, previous_item_id="one")
        codes = [(await receive(socket))["error"]["code"] for _ in range(2)]
        await gateway.calls[0].next()
        placed = await gateway.calls[0].next()

    assert codes == ["item_create_duplicate_item_id", "item_create_invalid_previous_item_id"]
    assert isinstance(placed, CallerTyped)
    assert placed.previous_item_id == "one"
    assert placed.item["id"].startswith("item_")


@pytest.mark.parametrize(
    ("response", "param"),
    [
        ({"audio": {"output": {"format": {"type": "audio/pcmu"}}}}, "response.audio.output.format"),
        ({"tools": [{"type": "function", "name": "other"}]}, "response.tools"),
    ],
    ids=["format", "tools"],
)
async def test_p13_one_response_cannot_change_format_or_tools(
    monkeypatch: pytest.MonkeyPatch, response: dict[str, Any], param: str
) -> None:
    """P13: the audio format belongs to the call; what cannot be put in force is refused, never ignored."""
    async with serve(monkeypatch) as gateway, gateway.connect() as socket:
        await receive(socket)
        await send(socket, type="response.create", response=response)

        assert (await receive(socket))["error"]["param"] == param


# --- events out, and the end ---


async def test_what_the_call_says_reaches_the_caller_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Server events and verbatim audio frames leave in the order in which they were told."""
    audio = json.dumps({"type": "response.output_audio.delta", "event_id": "event_x", "response_id": "resp_1",
                        "item_id": "item_1", "output_index": 0, "content_index": 0, "delta": TENTH})  # fmt: skip
    item = {"id": "item_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    created = {"type": "response.created", "response": {"id": "resp_1", "status": "in_progress", "output": []}}
    added = {"type": "response.output_item.added", "response_id": "resp_1", "output_index": 0, "item": item}
    async with serve(monkeypatch) as gateway, gateway.connect() as socket:
        await receive(socket)
        caller = gateway.calls[0].caller
        caller.tell(created)
        caller.tell(added)
        caller.play("item_1", audio)
        caller.play("item_9", audio)
        gateway.calls[0].end(Ending.LEFT, "goodbye")
        async with asyncio.timeout(PATIENCE):
            told = [frame async for frame in socket]

    assert [json.loads(frame)["type"] for frame in told] == [
        "response.created",
        "response.output_item.added",
        "response.output_audio.delta",
    ]
    assert told[2] == audio
    assert (socket.close_code, socket.close_reason) == (1000, "goodbye")


async def test_a_failure_is_an_error_and_then_a_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """When no agent can be reached the caller gets an `error` event and the code of the table."""
    async with serve(monkeypatch) as gateway, gateway.connect() as socket:
        await receive(socket)
        gateway.calls[0].end(Ending.UNREACHABLE, "agents unreachable")
        [event] = await receive_all(socket)

    assert (event["error"]["type"], event["error"]["code"]) == ("server_error", "server_error")
    assert socket.close_code == 4500


async def test_a_hang_up_reaches_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the caller closes its socket the call is told, and its place is free again."""
    async with serve(monkeypatch) as gateway:
        async with gateway.connect() as socket:
            await receive(socket)
        assert await gateway.calls[0].next() == CallerLeft("hang-up")
        await asyncio.wait_for(gateway.app.state.calls.emptied.wait(), PATIENCE)


async def test_team_events_only_for_those_who_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """`?events=team` adds `team.*` events; without it not one unknown event leaves."""
    path = "/v1/realtime?events=team"
    async with serve(monkeypatch) as gateway, gateway.connect() as plain, gateway.connect(path) as curious:
        await receive(plain)
        await receive(curious)
        for call in gateway.calls:
            call.caller.announce("handoff.completed", {"from": "front", "to": "billing", "seconds": 0.1})
            call.end(Ending.LEFT, "")
        told = json.loads(await curious.recv())
        assert await receive_all(plain) == []

    assert told.pop("event_id")
    assert told == {"type": "team.handoff.completed", "from": "front", "to": "billing", "seconds": 0.1}


async def test_a_mistake_of_ours_is_a_clear_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that fails inside closes with 1011 and a plain word; nothing of the inside is told."""

    async def fail(call: ScriptedCall, settings: CallerSettings) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(ScriptedCall, "run", fail)
    async with serve(monkeypatch) as gateway, gateway.connect() as socket:
        events = await receive_all(socket)

    assert [event["type"] for event in events] == ["session.created", "error"]
    assert "secret detail" not in str(events)
    assert socket.close_code == 1011


async def test_a_client_secret_joins_nobody_elses_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """P38: sideband sockets are for those who hold an API key."""
    key = {"Authorization": "Bearer k-123"}
    async with serve(monkeypatch, api_keys="k-123") as gateway, gateway.connect(additional_headers=key) as socket:
        call_id = (await receive(socket))["session"]["id"]
        secret = gateway.app.state.admission.secrets.make({"type": "realtime"}).value
        path = f"/v1/realtime?call_id={call_id}"
        async with gateway.connect(path, additional_headers={"Authorization": f"Bearer {secret}"}) as other:
            assert (await receive(other))["error"]["code"] == "invalid_api_key"
        async with gateway.connect(path, additional_headers=key) as side:
            assert (await receive(side))["type"] == "session.created"


async def test_p57_only_so_many_sockets_read_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """P57: each gets all that the caller gets; one that leaves makes room for another."""
    async with serve(monkeypatch) as gateway, gateway.connect() as socket, AsyncExitStack() as stack:
        path = f"/v1/realtime?call_id={(await receive(socket))['session']['id']}"
        results = await asyncio.gather(*(gateway.connect(path) for _ in range(100)), return_exceptions=True)
        sides = [one for one in results if isinstance(one, ClientConnection)]
        refused = [one for one in results if isinstance(one, InvalidStatus)]
        assert (len(sides), len(refused)) == (MOST_SIDEBANDS, 100 - MOST_SIDEBANDS)
        assert {one.response.status_code for one in refused} == {503}
        for side in sides:
            stack.push_async_callback(side.close)
        await sides[0].close()
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(InvalidStatus):
                    async with gateway.connect(path) as other:
                        assert (await receive(other))["type"] == "session.created"
                        return


async def test_p53_a_socket_that_is_refused_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """P53: it is told why, however much it sends, and then it is cut."""
    put: list[object] = []
    monkeypatch.setattr(Inbox, "put", lambda *given: put.append(given))
    async with serve(monkeypatch, api_keys="k-123") as gateway, gateway.connect() as socket:
        for _ in range(20):
            socket.transport.write(Frame(Opcode.TEXT, b"{}" + b" " * 100_000).serialize(mask=True))
        assert (await receive(socket))["error"]["code"] == "invalid_api_key"
        with suppress(ConnectionClosed):
            await receive(socket)
    assert put == []


async def test_p53_who_sends_much_is_told_what_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """P53: an event that is too long is refused by an error, and the call goes on."""
    text = {"type": "input_text", "text": "x" * 300_000}
    image = {"type": "input_image", "image_url": "data:image/png;base64," + "QUJD" * 250_000}
    async with serve(monkeypatch) as gateway, gateway.connect() as socket:
        await receive(socket)
        for content in (text, image):
            item = {"type": "message", "role": "user", "content": [content]}
            await send(socket, type="conversation.item.create", item=item)
        assert (await receive(socket))["error"]["code"] == "event_too_large"
        event = await gateway.calls[0].next()
        assert isinstance(event, CallerTyped)
        assert event.item["content"] == [image]
