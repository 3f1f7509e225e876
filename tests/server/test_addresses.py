"""Addresses in every spelling, and what is answered where nothing is served."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
import structlog
from openai import AsyncOpenAI
from websockets.exceptions import InvalidStatus

from orchestrator.server.addresses import canonical
from tests.gateway.serving import Gateway, receive, serve


async def asked(gateway: Gateway, method: str, path: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.request(method, gateway.url + path, headers=headers)


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/v1/realtime", "/v1/realtime"),
        ("//v1///realtime//", "/v1/realtime"),
        ("/realtime", "/v1/realtime"),
        ("/realtime/client_secrets", "/v1/realtime/client_secrets"),
        ("/models/gpt-realtime", "/v1/models/gpt-realtime"),
        ("/v1/models/openai/gpt-realtime", "/v1/models/openai/gpt-realtime"),
        ("/openai/v1/realtime/", "/v1/realtime"),
        ("/openai//v1/realtime/calls", "/v1/realtime/calls"),
        ("/openai/realtime", "/openai/realtime"),
        ("/realtimes", "/realtimes"),
        ("/", "/"),
        ("", "/"),
        ("//", "/"),
    ],
)
def test_p73_spellings_of_a_path(path: str, known: str) -> None:
    """P73: slashes, Azure's prefix, and a base URL without a version."""
    assert canonical(path) == known


SOCKETS = [
    "/v1/realtime?model=helpdesk",
    "/v1/realtime/?model=gpt-realtime",
    "//v1//realtime",
    "/realtime?model=gpt-4o-realtime-preview-2024-12-17",
    "/openai/v1/realtime?model=my-deployment&api-key=k-123",
    "/openai/v1/realtime/",
    "/v1/realtime?model=",
]


@pytest.mark.parametrize("path", SOCKETS)
async def test_p73_calls_by_every_address_and_model_name(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """P73, P69: whatever model a program has built in, it is answered by the team, and told so by the session."""
    async with serve(monkeypatch, api_keys="k-123") as gateway:
        headers = {} if "api-key" in path else {"api-key": "k-123"}
        async with gateway.connect(path, additional_headers=headers) as socket:
            created = await receive(socket)

    assert (created["type"], created["session"]["model"]) == ("session.created", "helpdesk")


async def test_p69_the_log_says_that_another_model_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """P69: in the URL, in the list of models, in a client secret's session when it is made and when it is used."""
    async with serve(monkeypatch) as gateway:
        client = AsyncOpenAI(api_key="none", base_url=f"{gateway.url}/v1")
        with structlog.testing.capture_logs() as logs:
            async with gateway.connect("/v1/realtime?model=gpt-realtime") as socket:
                await receive(socket)
            assert (await client.models.retrieve("openai/gpt-realtime")).id == "helpdesk"
            made = await client.realtime.client_secrets.create(
                session={"type": "realtime", "model": "gpt-realtime-2.1"}
            )
            async with gateway.connect(additional_headers={"Authorization": f"Bearer {made.value}"}) as socket:
                await receive(socket)
            assert (await client.models.retrieve("helpdesk")).id == "helpdesk"
        await client.close()
    named = [line["model"] for line in logs if line["event"] == "the team answers for another model"]
    assert named == ["gpt-realtime", "openai/gpt-realtime", "gpt-realtime-2.1", "gpt-realtime-2.1"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/", "/desk", "/console/console.js"])
async def test_p69_head(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """P69: monitors ask with HEAD; the answer is that to GET, without a body."""
    async with serve(monkeypatch) as gateway:
        answer = await asked(gateway, "HEAD", path)

    assert (answer.status_code, answer.content) == (200, b"")


REFUSED = [
    ("GET", "/v1/nothing", 404, "/v1/realtime?model="),
    ("POST", "/v1/chat/completions", 404, "/v1/realtime?model="),
    ("POST", "/v1/realtime/sessions", 410, "/v1/realtime/client_secrets"),
    ("POST", "/realtime/sessions/", 410, "/v1/realtime/client_secrets"),
    ("POST", "/v1/realtime/transcription_sessions", 410, "/v1/realtime/client_secrets"),
    ("POST", "/openai/realtimeapi/sessions?api-version=2025-04-01-preview", 410, "/v1/realtime/client_secrets"),
    ("POST", "/v1/realtime?model=gpt-4o-realtime-preview", 410, "/v1/realtime/calls"),
    ("POST", "/openai/v1/realtime", 410, "/v1/realtime/calls"),
    ("GET", "/v1/realtime", 426, "Upgrade"),
    ("POST", "/twilio/stream", 426, "Upgrade"),
]


@pytest.mark.parametrize(("method", "path", "status", "instead"), REFUSED)
async def test_p73_nothing_is_served_there(
    monkeypatch: pytest.MonkeyPatch, method: str, path: str, status: int, instead: str
) -> None:
    """P73: the answer says what to use instead, in the service's shape; the log has path and reason, not the query."""
    async with serve(monkeypatch) as gateway:
        with structlog.testing.capture_logs() as logs:
            answer = await asked(gateway, method, path)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, "unknown_url")
    assert instead in answer.json()["error"]["message"]
    refused = [(line["reason"], line["path"]) for line in logs if line["event"] == "request refused"]
    assert refused == [("unknown_url", canonical(path.partition("?")[0]))]


@pytest.mark.parametrize(
    ("path", "status", "instead"),
    [
        ("/v1/elsewhere", 404, "/v1/realtime?model="),
        ("/v1/realtime/calls", 404, "/v1/realtime?model="),
        ("/console/console.js", 404, "/v1/realtime?model="),
        ("/openai/realtime?api-version=2024-10-01-preview&deployment=gpt-4o", 410, "/v1/realtime?model="),
    ],
)
async def test_p73_no_socket_is_served_there(
    monkeypatch: pytest.MonkeyPatch, path: str, status: int, instead: str
) -> None:
    """P73: an unknown address does not look like a wrong key."""
    async with serve(monkeypatch) as gateway:
        with structlog.testing.capture_logs() as logs, pytest.raises(InvalidStatus) as refused:
            await gateway.connect(path)

    assert refused.value.response.status_code == status
    assert instead in json.loads(refused.value.response.body or b"")["error"]["message"]
    assert [(line["event"], line["path"]) for line in logs] == [("request refused", path.partition("?")[0])]


async def test_p73_every_refusal_is_logged_with_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """P73: a wrong key, a call that is not there, a wrong method, a body that is wrong."""
    wanted = [
        ("GET", "/v1/models", "invalid_api_key", {}),
        ("POST", "/v1/realtime/calls/sess_x/hangup", "call_not_found", {"api-key": "k-123"}),
        ("GET", "/v1/realtime/client_secrets", "405", {"api-key": "k-123"}),
        ("POST", "/v1/realtime/calls", "invalid_content_type", {"api-key": "k-123"}),
    ]
    async with serve(monkeypatch, api_keys="k-123") as gateway:
        with structlog.testing.capture_logs() as logs:
            for method, path, _, headers in wanted:
                assert (await asked(gateway, method, path, **headers)).status_code >= 400
    assert [(line["path"], line["reason"]) for line in logs] == [(path, reason) for _, path, reason, _ in wanted]


@pytest.mark.parametrize(
    ("settings", "path", "headers"),
    [
        ({"root_path": "/voice"}, "/voice", {}),
        ({"root_path": "voice/"}, "/voice/", {}),
        ({"root_path": "/voice"}, "/", {}),  # the proxy removes it
        ({}, "/", {"X-Forwarded-Prefix": "/voice"}),
        ({}, "/voice/", {"X-Forwarded-Prefix": "/voice/"}),
        ({"root_path": "/other"}, "/", {"X-Forwarded-Prefix": "/voice, /inner"}),
    ],
)
async def test_p69_the_page_under_a_prefix(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], path: str, headers: dict[str, str]
) -> None:
    """P69: its addresses begin with the prefix, whether the proxy removes it or not, and are served there."""
    async with serve(monkeypatch, **settings) as gateway:
        page = await asked(gateway, "GET", path, **headers)
        inside = path.rstrip("/")
        desk = await asked(gateway, "GET", f"{inside}/desk", **headers)
        file = await asked(gateway, "GET", f"{inside}/console/console.js", **headers)
        team = await asked(gateway, "GET", f"{inside}/v1/team", **headers)
        async with gateway.connect(f"{inside}/v1/realtime", additional_headers=headers) as socket:
            await receive(socket)

    assert '<base href="/voice/">' in page.text
    assert 'src="console/console.js"' in page.text
    assert '<base href="/voice/">' in desk.text
    assert 'src="console/desk.js"' in desk.text
    assert (file.status_code, team.json()["name"]) == (200, "helpdesk")


@pytest.mark.parametrize("prefix", ['/"><script>', "voice", "//evil.example", "/", "/a" * 11])
async def test_p69_a_prefix_that_is_none(monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    """P69: what is not a path is not taken from the header; the page's addresses stay relative."""
    async with serve(monkeypatch) as gateway:
        page = await asked(gateway, "GET", "/", **{"X-Forwarded-Prefix": prefix})

    assert "<base" not in page.text
    assert 'href="console/style.css"' in page.text
