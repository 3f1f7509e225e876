"""Logs: JSON lines, colours on a terminal, context bound once, and no secret in any of them."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from orchestrator.log import HIDDEN, WORDS, Redact, set_up_log
from orchestrator.observe.journal import Journal


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, words = root.handlers[:], root.level, WORDS.level
    yield
    root.handlers[:], root.level = handlers, level
    WORDS.setLevel(words)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_one_json_object_per_line() -> None:
    """Without a terminal each event is one JSON object with level, time and fields."""
    stream = io.StringIO()
    set_up_log(stream=stream)

    structlog.get_logger("orchestrator").info("call ended", seconds=1.5, turns=3)

    [line] = lines(stream)
    assert (line["event"], line["level"], line["seconds"], line["turns"]) == ("call ended", "info", 1.5, 3)
    assert line["timestamp"].endswith("Z")


def test_colours_on_a_terminal() -> None:
    """On a terminal the lines are easy to read."""
    stream = Terminal()
    set_up_log(stream=stream)

    structlog.get_logger("orchestrator").warning("session lost", agent="billing")

    assert "\x1b[" in stream.getvalue()
    assert "session lost" in stream.getvalue()


async def test_lines_logged_in_a_call_name_it_and_hide_its_secrets() -> None:
    """Also the lines that a tool logs in its thread."""
    stream = io.StringIO()
    set_up_log(stream=stream)
    log = logging.getLogger("a.tool")

    with Journal("sess_1", "bank", lambda text: text.replace("4111", "[card]")).open():
        await asyncio.to_thread(log.warning, "charged %s", "4111")
    log.warning("outside 4111")

    inside, outside = lines(stream)
    assert (inside["call"], inside["team"], inside["event"]) == ("sess_1", "bank", "charged [card]")
    assert "call" not in outside
    assert outside["event"] == "outside 4111"


@pytest.mark.parametrize("transcripts", [True, False])
def test_transcripts_are_logged_only_if_enabled(transcripts: bool) -> None:
    """`ORCHESTRATOR_LOG_TRANSCRIPTS`."""
    stream = io.StringIO()
    set_up_log(stream=stream, transcripts=transcripts)
    structlog.get_logger(WORDS.name).info("said", who="caller", text="Where is my order?")

    assert ("Where is my order?" in stream.getvalue()) is transcripts
    assert bool(stream.getvalue()) is transcripts


def test_the_level_is_respected() -> None:
    """Lower levels are not logged."""
    stream = io.StringIO()
    set_up_log(stream=stream, level="warning")

    structlog.get_logger("orchestrator").info("quiet")
    structlog.get_logger("orchestrator").error("loud")

    assert [line["event"] for line in lines(stream)] == ["loud"]


def test_the_standard_library_logs_the_same_way() -> None:
    """Libraries' records become the same lines, redacted too; access lines with addresses are left out."""
    stream = io.StringIO()
    set_up_log(stream=stream)

    logging.getLogger("library").warning("sent %s", "Authorization: Bearer abc.def")
    logging.getLogger("uvicorn.access").info("GET /?api_key=abc")

    [line] = lines(stream)
    assert line["event"] == f"sent Authorization: Bearer {HIDDEN}"


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


def test_exception_texts_are_redacted() -> None:
    """A traceback that quotes a key is written without it."""
    stream = io.StringIO()
    set_up_log(stream=stream, secrets=["own-key-12345"])

    try:
        raise RuntimeError("own-key-12345 refused")
    except RuntimeError:
        structlog.get_logger("orchestrator").exception("failed")

    [line] = lines(stream)
    assert "RuntimeError" in line["exception"]
    assert "own-key-12345" not in stream.getvalue()


@pytest.mark.parametrize(("transcripts", "words"), [(False, HIDDEN), (True, "my card number")])
def test_transcripts_are_hidden_by_default(transcripts: bool, words: str) -> None:
    """Transcripts are hidden unless they are enabled; audio is always hidden."""
    stream = io.StringIO()
    set_up_log(stream=stream, transcripts=transcripts)

    structlog.get_logger("orchestrator").info("turn", transcript="my card number", audio="AAAA")

    [line] = lines(stream)
    assert (line["transcript"], line["audio"]) == (words, HIDDEN)
