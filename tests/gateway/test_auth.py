"""Keys, pages and proxies: who may call."""

from __future__ import annotations

import hashlib

import pytest
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from orchestrator.gateway import auth

KEYS = (SecretStr("key-one"), SecretStr("key-two"))


def request(query: str = "", **headers: str) -> HTTPConnection:
    """Make a request as the server hands it over."""
    named = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
    return HTTPConnection({"type": "websocket", "path": "/", "query_string": query.encode(), "headers": named})


GIVEN = [
    pytest.param({"Authorization": "Bearer key-two"}, True, id="bearer"),
    pytest.param({"authorization": "bearer key-one"}, True, id="bearer in small letters"),
    pytest.param({"api-key": "key-one"}, True, id="api-key"),
    pytest.param({"Sec-WebSocket-Protocol": "realtime, openai-insecure-api-key.key-one"}, True, id="subprotocol"),
    pytest.param({"Authorization": "Basic key-one"}, False, id="another scheme"),
    pytest.param({"Authorization": "Bearer key-on"}, False, id="part of a key"),
    pytest.param({"Authorization": "Bearer "}, False, id="empty"),
    pytest.param({"Sec-WebSocket-Protocol": "realtime, key-one"}, False, id="no prefix"),
    pytest.param({"Authorization": "Bearer schlüssel"}, False, id="not ASCII"),
    pytest.param({}, False, id="nothing"),
]


@pytest.mark.parametrize(("headers", "right"), GIVEN)
def test_p38_keys_are_checked(headers: dict[str, str], right: bool) -> None:
    """P38: a key counts in either header or in the browser's subprotocol, whole or not at all."""
    assert (auth.carried(request(**headers), KEYS) is not None) is right


@pytest.mark.parametrize(
    ("query", "right"),
    [("api-key=key-one", True), ("model=x&api_key=key-two", True), ("api-key=", False), ("key=key-one", False)],
)
def test_p73_a_key_in_the_query(query: str, right: bool) -> None:
    """P73: where a client can set no header, as Azure's do."""
    assert (auth.carried(request(query), KEYS) is not None) is right


def test_which_key_it_is() -> None:
    """Keys differ in what they may do."""
    assert auth.carried(request("api-key=key-two"), KEYS) == 1
    assert auth.carried(request(), ()) is None


def test_only_realtime_is_selected() -> None:
    """The handshake answers `realtime` or nothing, never the token with the key."""
    assert auth.select_subprotocol(auth.offered("realtime, openai-insecure-api-key.k, x")) == "realtime"
    assert auth.select_subprotocol(auth.offered("openai-insecure-api-key.k")) is None
    assert auth.select_subprotocol(auth.offered(None)) is None


ORIGINS = [
    pytest.param(None, False, id="no browser"),
    pytest.param("http://localhost:3000", False, id="a local page"),
    pytest.param("http://127.0.0.1:8080", False, id="our own page"),
    pytest.param("http://[::1]:8080", False, id="our own page over IPv6"),
    pytest.param("https://evil.example", True, id="another site"),
    pytest.param("null", True, id="a sandboxed page"),
    pytest.param("http://[", True, id="no URL"),
]


@pytest.mark.parametrize(("origin", "foreign"), ORIGINS)
def test_p38_foreign_pages_are_known_by_their_origin(origin: str | None, foreign: bool) -> None:
    """P38: only a page of this machine is not foreign."""
    headers = Headers({} if origin is None else {"Origin": origin})

    assert auth.foreign_page(headers) is foreign


@pytest.mark.parametrize(
    ("headers", "through"),
    [
        ({}, False),
        ({"Host": "127.0.0.1:8080"}, False),
        ({"Host": "[::1]:8080"}, False),
        ({"Host": "LOCALHOST"}, False),
        ({"Host": "app.localhost.:8080"}, False),
        ({"Host": "127.0.0.1", "X-Forwarded-Prefix": "/voice"}, False),
        ({"Host": "evil.example"}, True),
        ({"Host": "evil.example:8080"}, True),
        ({"Host": "127.0.0.1.evil.example"}, True),
        ({"Host": "localhost@evil.example"}, True),
        ({"Host": "192.168.1.4:8080"}, True),
        ({"Host": "["}, True),
        ({"Host": "localhost", "X-Forwarded-For": "127.0.0.1"}, True),
        ({"Host": "localhost", "Forwarded": "for=10.0.0.1"}, True),
        ({"Host": "localhost", "X-Real-IP": "10.0.0.1"}, True),
        ({"Host": "localhost", "Via": "1.1 proxy"}, True),
    ],
)
def test_p59_what_came_from_elsewhere_is_known_by_its_headers(headers: dict[str, str], through: bool) -> None:
    """P59: a host name that points to loopback, and what a proxy on this machine passes on, are not this machine."""
    assert auth.forwarded(Headers(headers)) is through


@pytest.mark.parametrize(
    ("headers", "beta"),
    [
        ({"OpenAI-Beta": "realtime=v1"}, True),
        ({"Sec-WebSocket-Protocol": "realtime, openai-insecure-api-key.k, openai-beta.realtime-v1"}, True),
        ({"Sec-WebSocket-Protocol": "realtime, openai-agents-sdk.0.20.0"}, False),
        ({}, False),
    ],
)
def test_p73_a_beta_client_says_so_in_its_handshake(headers: dict[str, str], beta: bool) -> None:
    """P73: by header, or by subprotocol in a browser."""
    assert auth.speaks_beta(Headers(headers)) is beta


def test_the_log_shows_no_ticket_of_a_phone_call() -> None:
    """A path is shown as far as it is long, and without what a phone call goes on with."""
    stream, other = ({"type": "websocket", "path": path, "headers": []} for path in ("/twilio/stream/abc", "/" * 999))
    assert auth.path_of(HTTPConnection({**stream, "path_params": {"ticket": "abc"}})) == "/twilio/stream/…"
    assert len(auth.path_of(HTTPConnection(other))) == auth.LONGEST_PATH


def test_p55_the_log_says_who_sends_a_request() -> None:
    """P55: the address, and a hash of the key that is too short to find the key, but finds it among known ones."""
    digest = hashlib.sha256(b"key-one").hexdigest()[:8]
    bearer, queried = request(Authorization="Bearer key-one"), request("api-key=key-one")
    bearer.scope["client"] = ("203.0.113.9", 5000)
    assert auth.who(bearer) == {"peer": "203.0.113.9", "key": digest}
    assert auth.who(queried) == {"peer": "unknown", "key": digest}
    assert auth.who(request(Authorization="Bearer schlüssel"))["key"] not in ("none", digest)
    assert auth.who(request())["key"] == "none"
