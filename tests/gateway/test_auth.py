"""Keys and pages: who may call."""

from __future__ import annotations

import hashlib

import pytest
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from orchestrator.gateway import auth

KEYS = (SecretStr("key-one"), SecretStr("key-two"))
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
    assert auth.allowed(Headers(headers), KEYS) is right


def test_without_keys_everybody_on_this_machine_may_call() -> None:
    """A server without keys asks for none; it listens on loopback only."""
    assert auth.allowed(Headers({}), ())


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
    """P38: without keys a page of another site is refused; with keys the key decides."""
    headers = Headers({} if origin is None else {"Origin": origin})

    assert auth.foreign_page(headers, ()) is foreign
    assert auth.foreign_page(headers, KEYS) is False


def request(headers: dict[str, str], client: tuple[str, int] | None = ("203.0.113.9", 5000)) -> HTTPConnection:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    return HTTPConnection({"type": "http", "headers": raw, "client": client})


def test_p55_the_log_says_who_sends_a_request() -> None:
    """P55: the address, and a hash of the key that is too short to find the key, but finds it among known ones."""
    digest = hashlib.sha256(b"key-one").hexdigest()[:8]
    assert auth.who(request({"Authorization": "Bearer key-one"})) == {"peer": "203.0.113.9", "key": digest}
    assert auth.who(request({"api-key": "key-one", "Origin": "https://x"}))["key"] == digest
    assert auth.who(request({"Authorization": "Bearer schl\xfcssel"}))["key"] not in ("none", digest)
    assert auth.who(request({}, client=None)) == {"peer": "unknown", "key": "none"}
