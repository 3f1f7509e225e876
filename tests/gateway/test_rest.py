"""What a program does over HTTP, with the official client where it has a call for it."""

from __future__ import annotations

import asyncio
import base64
import zlib

import httpx
import pytest
import structlog
from openai import APIStatusError, AsyncOpenAI

from orchestrator.core.events import CallerLeft, CallerReferred, Ending
from orchestrator.gateway.rest import LONGEST_BODY
from tests.gateway.serving import Gateway, only, receive, send, serve
from tests.patience import PATIENCE

KEY = {"Authorization": "Bearer k-123"}


def official(gateway: Gateway, key: str = "k-123") -> AsyncOpenAI:
    return AsyncOpenAI(api_key=key, base_url=f"{gateway.url}/v1", max_retries=0)


async def test_a_client_secret_opens_a_call_with_its_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """As bearer and as subprotocol; the session object is in force from the first event on."""
    async with serve(monkeypatch, api_keys="k-123") as gateway, official(gateway) as client:
        session = {"type": "realtime", "instructions": "Be brief.", "audio": {"input": {"turn_detection": None}}}
        made = await client.realtime.client_secrets.create(
            expires_after={"anchor": "created_at", "seconds": 60},
            session=session,  # type: ignore[arg-type]
        )
        assert made.value.startswith("ek_")
        assert made.session.id.startswith("sess_")

        bearer = {"additional_headers": {"Authorization": f"Bearer {made.value}"}}
        browser = {"subprotocols": ["realtime", f"openai-insecure-api-key.{made.value}"]}
        for offer in (bearer, browser):
            async with gateway.connect(**offer) as socket:
                said = (await receive(socket))["session"]
                assert said["instructions"] == "Be brief."
                assert said["audio"]["input"]["turn_detection"] is None
        assert [call.settings.instructions for call in gateway.calls] == ["Be brief.", "Be brief."]  # type: ignore[union-attr]


async def test_a_secret_whose_session_is_not_right_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool of it has meanwhile become the team's: the caller is told, not cut off."""
    tools = [{"type": "function", "name": "sing", "parameters": {"type": "object"}}]
    async with serve(monkeypatch, api_keys="k-123") as gateway, official(gateway) as client:
        made = await client.realtime.client_secrets.create(session={"type": "realtime", "tools": tools})  # type: ignore[arg-type]
        vars(only(gateway.app.state.calls.teams))["reserved"] = frozenset({"sing"})
        bearer = {"Authorization": f"Bearer {made.value}"}
        async with gateway.connect(additional_headers=bearer) as socket:
            assert (await receive(socket))["error"]["code"] == "invalid_value"
            await socket.wait_closed()
        assert socket.close_code == 4000


async def test_what_is_not_there_is_told_in_the_services_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients read `error.message`."""
    async with serve(monkeypatch) as gateway:
        answer = await gateway.post("/v1/responses", json={})
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "invalid_request_error")


async def test_a_secret_that_has_expired_or_is_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused as a bad key, also where no key is needed: it was bound to a session."""
    headers = {"Authorization": "Bearer ek_madeup"}
    for keys in ("k-123", ""):
        async with (
            serve(monkeypatch, api_keys=keys) as gateway,
            gateway.connect(additional_headers=headers) as socket,
        ):
            assert (await receive(socket))["error"]["code"] == "invalid_api_key"


BAD = [
    ({"expires_after": {"seconds": 9}}, "expires_after.seconds"),
    ({"expires_after": {"anchor": "now"}}, "expires_after.anchor"),
    ({"session": {"type": "realtime", "voice": "alloy"}}, "session.voice"),
    ({"session": 7}, "session"),
    ({"secret": True}, "secret"),
    ({"seat": {"agent": "billing"}}, "seat.call"),
    ({"seat": {"call": "sess_1", "agent": "nobody"}}, "seat.agent"),
]


@pytest.mark.parametrize(("body", "param"), BAD)
async def test_bad_requests_for_a_secret(monkeypatch: pytest.MonkeyPatch, body: dict[str, object], param: str) -> None:
    """Each names the field, in the service's shape."""
    async with serve(monkeypatch, api_keys="k-123") as gateway:
        answer = await gateway.post("/v1/realtime/client_secrets", json=body, headers=KEY)

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param
    assert answer.json()["error"]["type"] == "invalid_request_error"


async def test_who_may_make_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Holders of an API key; a client secret makes no other."""
    async with serve(monkeypatch, api_keys="k-123") as gateway:
        made = await gateway.post("/v1/realtime/client_secrets", json={}, headers=KEY)
        for key, status, said in (("wrong", 401, "Incorrect"), (made.json()["value"], 403, "only start calls")):
            bearer = {"Authorization": f"Bearer {key}"}
            answer = await gateway.post("/v1/realtime/client_secrets", json={}, headers=bearer)
            assert (answer.status_code, answer.json()["error"]["code"]) == (status, "invalid_api_key")
            assert said in answer.json()["error"]["message"]
            assert "k-123" not in answer.text


@pytest.mark.parametrize(("body", "code"), [("nonsense", 400), ("[]", 400), ("x" * (LONGEST_BODY + 1), 413)])
async def test_bodies_that_are_no_object(monkeypatch: pytest.MonkeyPatch, body: str, code: int) -> None:
    """Not JSON, no object, too long."""
    async with serve(monkeypatch) as gateway:
        answer = await gateway.post("/v1/realtime/client_secrets", content=body)

    assert answer.status_code == code
    assert answer.json()["error"]["message"]


async def test_hanging_up_and_moving_a_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """P18: with the official client; the call's id is the session's."""
    async with (
        serve(monkeypatch, api_keys="k-123") as gateway,
        official(gateway) as client,
        gateway.connect(additional_headers=KEY) as socket,
    ):
        call_id = (await receive(socket))["session"]["id"]
        await client.realtime.calls.refer(call_id, target_uri="agent:billing")
        await client.realtime.calls.hangup(call_id)
        call = gateway.calls[0]

        assert await call.next() == CallerReferred("billing", "The application moved the caller.")
        assert await call.next() == CallerLeft("hung up", Ending.LEFT)


async def test_callers_that_cannot_be_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    """No such call, nowhere in the team, and what the call itself refuses."""
    async with serve(monkeypatch) as gateway, official(gateway) as client, gateway.connect() as socket:
        call_id = (await receive(socket))["session"]["id"]
        for call, target, status, said in (
            ("sess_none", "agent:billing", 404, "no open call"),
            (call_id, "tel:+4912345", 400, "within the team"),
            (call_id, "agent:nobody", 400, "no agent"),
        ):
            with pytest.raises(APIStatusError, match=said) as refused:
                await client.realtime.calls.refer(call, target_uri=target)
            assert refused.value.status_code == status


async def test_a_page_from_elsewhere_makes_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """P38: without API keys only this machine's own pages may."""
    async with serve(monkeypatch) as gateway:
        answer = await gateway.post("/v1/realtime/client_secrets", json={}, headers={"Origin": "https://evil.example"})

    assert answer.status_code == 403


async def test_p60_secrets_are_revoked_by_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """P60: with an API key, never with a client secret; calls that run go on."""
    async with serve(monkeypatch, api_keys="k-123") as gateway, official(gateway) as client:
        made = await client.realtime.client_secrets.create(session={"type": "realtime"})
        secret = {"Authorization": f"Bearer {made.value}"}
        path = "/v1/realtime/client_secrets"
        async with gateway.connect(additional_headers=secret) as running:
            await receive(running)
            async with httpx.AsyncClient(base_url=gateway.url) as http:
                assert (await http.delete(path, headers=secret)).status_code == 403
                assert (await http.delete(path, headers=KEY)).json()["deleted"] is True
            async with gateway.connect(additional_headers=secret) as socket:
                assert (await receive(socket))["error"]["code"] == "invalid_api_key"
            await send(running, type="session.update", session={"type": "realtime"})
            assert (await receive(running))["type"] == "session.updated"


async def test_p73_a_secret_for_a_session_with_an_mcp_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """P73: the secret is made without the server's credentials; its call is told of the failure first."""
    mcp = {"type": "mcp", "server_label": "wiki", "server_url": "https://mcp.example", "authorization": "s3cret"}
    async with serve(monkeypatch) as gateway:
        body = {"session": {"type": "realtime", "instructions": "Be brief.", "tools": [mcp]}}
        made = (await gateway.post("/v1/realtime/client_secrets", json=body)).json()
        assert made["session"]["tools"] == []
        content = made["value"].removeprefix("ek_")
        raw = base64.urlsafe_b64decode(content + "=" * (-len(content) % 4))
        assert b"s3cret" not in zlib.decompress(raw[32:])
        async with gateway.connect(additional_headers={"Authorization": f"Bearer {made['value']}"}) as socket:
            events = [await receive(socket) for _ in range(3)]

    assert [event["type"] for event in events[1:]] == ["mcp_list_tools.in_progress", "mcp_list_tools.failed"]
    assert events[0]["session"]["instructions"] == "Be brief."


async def test_p73_a_flat_session_for_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """P73: all old keys at once, as over a socket."""
    async with serve(monkeypatch) as gateway:
        body = {"session": {"model": "gpt-4o-realtime-preview", "voice": "alloy", "temperature": 0.8}}
        answer = await gateway.post("/v1/realtime/client_secrets", json=body)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "beta_api_shape_disabled")
    assert "session.audio.output.voice" in error["message"]
    assert "session.temperature" in error["message"]


async def test_p55_a_body_that_breaks_off_is_one_line_of_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """P55: whoever hangs up in the middle of it writes no traceback."""
    async with serve(monkeypatch) as gateway:
        with structlog.testing.capture_logs() as logs:
            reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
            writer.write(b"POST /v1/realtime/client_secrets HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
            writer.write_eof()
            await asyncio.wait_for(reader.read(), PATIENCE)
            writer.close()
            await gateway.post("/v1/realtime/client_secrets")  # by then the other request is over
    assert [line["reason"] for line in logs if line["event"] == "request refused"][:1] == ["request_incomplete"]
    assert not caplog.records
