"""Secrets in the log: by name, by value, by form."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from orchestrator.log.context import MASK
from orchestrator.log.redaction import (
    HIDDEN,
    LARGEST,
    LINE,
    LONGEST,
    MARGIN,
    MOST,
    Redact,
    secrets_in,
    secrets_of_environment,
)
from tests.timing import seconds, takes_less_than

SECRET_EVENTS = [
    pytest.param({"event": "x", "authorization": "Basic abc"}, id="a field by its name"),
    pytest.param({"event": "x", "headers": {"Authorization": "abc"}}, id="a nested field"),
    pytest.param({"event": "x", "api_key": "abc"}, id="api_key"),
    pytest.param({"event": "x", "api-key": ["abc"]}, id="api-key"),
    pytest.param({"event": "key sk-proj-abc0123456"}, id="sk- in the words"),
    pytest.param({"event": "x", "value": ["ek_abc0123456"]}, id="ek_ in a list"),
    pytest.param({"event": "x", "protocol": "realtime, openai-insecure-api-key.abc"}, id="subprotocol"),
    pytest.param({"event": "x", "url": "wss://host/v1?api-key=abc&model=m"}, id="query"),
    pytest.param({"event": "x", "error": ValueError("Bearer abc")}, id="an exception"),
    pytest.param({"event": "x", "note": "own-abc-key"}, id="a key of this server by value"),
]


@pytest.mark.parametrize("event", SECRET_EVENTS)
def test_secrets_are_hidden_everywhere(event: dict[str, Any]) -> None:
    """Keys are removed from names, text, lists, headers, addresses and exceptions."""
    redacted = Redact(["own-abc-key"])(None, "info", event)

    assert "abc" not in repr(redacted)
    assert HIDDEN in repr(redacted)


def test_other_values_are_kept() -> None:
    """Numbers, token counts and ordinary words are unchanged."""
    event = {"event": "call ended", "input_tokens": 10, "ok": True, "agent": "desk", "reason": None}

    assert Redact()(None, "info", dict(event)) == event


KEY = 'Zk9/+ "q\\7=='
WRITTEN = [
    f"refused {KEY}",
    "wss://host/v1?x=Zk9%2F%2B%20%22q%5C7%3D%3D",
    "form x=Zk9%2F%2B+%22q%5C7%3D%3D",
    '{"x": "Zk9/+ \\"q\\\\7=="}',
    repr({"x": KEY}),
    repr(ValueError(KEY)),
    f"prefix{KEY}suffix",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_p55_a_configured_secret_is_hidden_in_every_way_of_writing_it(text: str) -> None:
    """P55: as it is, in an address, in JSON, in a `repr`; white space around it is none of it."""
    shown = Redact([f"{KEY}\n"])(None, "info", {"event": text, "error": ValueError(text)})

    assert "Zk9" not in repr(shown)
    assert "7=" not in repr(shown)


FORMS = [
    "Incorrect API key provided: sk-proj-SECRET1234.",
    "Incorrect API key provided: SECRET12ab34cd56ef78ab.",
    "https://host/v1beta?key=AIzaSECRET1234567890abcdefghij&alt=sse",
    "https://host/hook?code=SECRET",
    "GET /v1/realtime?api-key=SECRET",
    "GET /x?subscription-key=SECRET",
    "{'Authorization': 'Bearer SECRET.abc'}",
    "[(b'authorization', b'Basic U0VDUkVUOng=')]",
    "Authorization: Token SECRET",
    '"x-goog-api-key": "SECRET"',
    "Ocp-Apim-Subscription-Key=SECRET",
    "redis://user:SEC:RET@cache:6379/0",
    "https_proxy=http://SECRET@proxy:3128",
    "postgresql://app:SECRET@db/orders",
    "xoxb-1234-SECRET",
    "ghp_SECRETabcdefghijkl0123",
    "hf_SECRETabcdefghijklmnop",
    "eyJhbGciOiJIUzI1NiJ9.eyJzSECRETI6IjEyMzQ1.SflKxwRJSMeKSECRET",
    "AKIASECRET7EXAMPLE12",
    "aws_secret_access_key=SECRET/K7MDENG+bPx",
    "private_key: SECRET",
    "the token SECRET0123456789abcdef is not valid",
    'token: "SECRET"',
    "password='SECRET' host=x",
    "client_secret=ek_SECRET0123456",
    "-----BEGIN RSA PRIVATE KEY-----\nSECRET+/\nSECRET\n-----END RSA PRIVATE KEY-----",
    "realtime, openai-insecure-api-key.SECRET",
]


@pytest.mark.parametrize("text", FORMS)
def test_p55_what_looks_like_a_secret_is_hidden(text: str) -> None:
    """P55: in any text, although nobody configured it."""
    shown = Redact().text(text)

    assert HIDDEN in shown
    assert not {"SECRET", "U0VDUkVU", "SEC", "RET"} & {
        part for part in ("SECRET", "U0VDUkVU", "SEC:", "RET@") if part in shown
    }
    assert "SECRET" not in shown


ORDINARY = [
    "max_tokens=5, input_tokens: 10, the basic subscription plan",
    "transfer_to_billing needs a token: call check_pin first",
    "item_0AbCdEfGhIjKlMnOpQrStU of sess_0AbCdEfGhIjKlMnOpQrStU was not found",
    "https://host:8080/v1/realtime?model=bank&events=team",
    "key: value, and the key to billing is with the caller",
    "Set ORCHESTRATOR_API_KEYS, or OPENAI_API_KEY.",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_are_kept(text: str) -> None:
    """A log that hides too much explains nothing."""
    assert Redact().text(text) == text


BOMBS = [
    "eyJ",
    "eyJaaaaaaaa.",
    "sk-",
    "bearer ",
    "bearer",
    "key a ",
    "token: ",
    "authorization:bearer ",
    "://",
    "://a:",
]
BOMBS += ["password=' ", "basic ", "ya29.a", "secret", " ", "a", "?key=", "-----BEGIN ", "=", "'", "\\", "a@"]


@pytest.mark.parametrize("bomb", BOMBS)
def test_p55_no_text_takes_long(bomb: str) -> None:
    """P55: the time for each is in proportion to its length."""
    redact = Redact(["own-key-123"])

    short, long = ((bomb * length)[:length] for length in (8_000, 80_000))
    limit = 40 * seconds(partial(redact.text, short)) + 0.3
    assert takes_less_than(limit, partial(redact.text, long))


def size(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(size(key) + size(one) for key, one in value.items())
    return sum(map(size, value)) if isinstance(value, list) else len(str(value))


def nested(depth: int) -> Any:
    return [nested(depth - 1)] * 50 if depth else "x" * 50


@pytest.mark.parametrize(
    "value",
    ["x" * 10**6, b"x" * 10**6, ["x" * 1000] * 10**5, {str(key): "x" for key in range(10**5)}, nested(4), [1] * 10**6],
    ids=["text", "bytes", "list", "mapping", "nested", "numbers"],
)
def test_p55_a_line_is_bounded(value: Any) -> None:
    """P55: whatever a caller or a tool brings into it; its other fields are kept."""
    shown = Redact()(None, "info", {"event": "tool failed", "value": value, "more": value, "level": "info"})

    assert (shown["event"], shown["level"]) == ("tool failed", "info")
    assert size(shown) < LINE + 4 * MOST * 100
    assert len(str(Redact().text("x" * 10))) == 10


def test_p55_no_part_of_a_secret_stays_where_a_text_is_cut() -> None:
    """P55: a text that is cut is looked at beyond the cut."""
    secret = "0123456789" * 20
    for before in range(LONGEST - 300, LONGEST + 10, 7):
        shown = Redact([secret])(None, "info", {"event": "x" * before + secret + "x" * MARGIN * 2})
        assert "0123" not in shown["event"]
        assert shown["event"].endswith("characters)")


def test_p55_what_we_fill_in_ourselves_is_no_secret_of_a_caller() -> None:
    """P55: a time or an id may hold the digits of a PIN; keys are hidden there too."""
    before = MASK.set(lambda text: text.replace("2026", "[pin]"))
    try:
        event = {"event": "said 2026", "timestamp": "2026-01-01", "call": "sess_2026", "peer": "sk-abc0123456"}
        shown = Redact()(None, "info", event)
    finally:
        MASK.reset(before)

    assert shown == {"event": "said [pin]", "timestamp": "2026-01-01", "call": "sess_2026", "peer": HIDDEN}


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no")


def test_p55_every_value_can_be_written() -> None:
    """P55: numbers that JSON has no word for, numbers that are too long, objects whose own code fails, circles."""
    circle: list[Any] = []
    circle.append(circle)
    event = {
        "a": float("nan"),
        "b": -float("inf"),
        "c": 1 << LARGEST,
        "d": Broken(),
        "e": circle,
        "f": 1.5,
        "g": 10**30,
    }
    shown = Redact()(None, "info", event)

    assert (shown["a"], shown["b"], shown["c"], shown["d"]) == ("nan", "-inf", "(a long number)", "<Broken>")
    assert "…" in repr(shown["e"])
    assert (shown["f"], shown["g"]) == (1.5, 10**30)


class Part(BaseModel):
    """A part of the settings in a test."""

    api_key: SecretStr | None = None
    url: str = ""
    headers: dict[str, SecretStr] = {}
    others: tuple[SecretStr, ...] = ()


def test_p55_the_secrets_of_settings_are_found() -> None:
    """P55: wherever they are in it; in an address, what authorises."""
    part = Part(
        api_key=SecretStr("one"),
        url="wss://user:password1@host/v1?x=12345678&y=short",
        headers={"X-Key": SecretStr("two")},
        others=(SecretStr("three"),),
    )

    assert {*secrets_in({"service": part, "none": None})} == {"one", "two", "three", "password1", "12345678"}
    assert [*secrets_in("http://[broken")] == []
    assert [*secrets_in("no address")] == []


def test_p55_the_secrets_of_the_environment_are_found() -> None:
    """P55: by the names of variables; what is too short for a secret is not hidden."""
    environ = {"OPENAI_API_KEY": "a-long-key", "ORCHESTRATOR_API_KEYS": "first-key,second-key", "A_TOKEN": "true"}
    found = {*secrets_of_environment({**environ, "MONKEY": "business", "KEYBOARD": "a-long-one", "PATH": "/usr/bin"})}

    assert found == {"a-long-key", "first-key,second-key", "first-key", "second-key", "business"}
