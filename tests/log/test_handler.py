"""Lines of the log, within the share of the call that they are about."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from orchestrator.log import flush, set_up_log
from orchestrator.log.handler import LEFT_OUT, about_of
from orchestrator.log.rate import CHARACTERS, LEAST
from orchestrator.log.writer import WAITING

LINES = CHARACTERS // LEAST


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Log to memory for a test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    memory = io.StringIO()
    set_up_log(stream=memory)
    yield memory
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_p55_a_call_that_logs_much_is_cut_and_counted(stream: io.StringIO) -> None:
    """P55: by its own lines and those of tools and libraries; how it began and ended is always logged."""
    log = structlog.get_logger("orchestrator").bind(call="sess_1")
    log.info("call opened")
    with structlog.contextvars.bound_contextvars(call="sess_1"):
        for _ in range(LINES):
            log.info("caller refused", reason="x" * 100)
            logging.getLogger("a.tool").warning("again")
    structlog.get_logger("orchestrator").info("call opened", call="sess_2")
    log.info("call ended", turns=3)

    told = lines(stream)
    refused = [line for line in told if line["event"] in ("caller refused", "again")]
    assert len(refused) == LINES
    assert [line["event"] for line in told if line not in refused] == [
        "call opened",
        "call opened",
        LEFT_OUT,
        "call ended",
    ]
    [counted] = [line for line in told if line["event"] == LEFT_OUT]
    assert (counted["call"], counted["lines"]) == ("sess_1", LINES)


def test_p55_a_peer_that_is_refused_over_and_over_is_cut(stream: io.StringIO) -> None:
    """P55: it has no call, but an address."""
    for _ in range(10 * LINES):
        structlog.get_logger("orchestrator").info(
            "call refused", reason="invalid_api_key", peer="203.0.113.9", key="none"
        )
    structlog.get_logger("orchestrator").info("call refused", reason="invalid_api_key", peer="203.0.113.10", key="none")

    assert len(lines(stream)) == LINES + 1
    flush()
    assert (lines(stream)[-1]["event"], lines(stream)[-1]["peer"]) == (LEFT_OUT, "203.0.113.9")
    assert lines(stream)[-1]["lines"] == 9 * LINES


@pytest.mark.parametrize(
    ("said", "about"),
    [
        ({"event": "x", "call": "sess_1", "peer": "a"}, ("call", "sess_1")),
        ({"event": "x", "peer": "a"}, ("peer", "a")),
        ({"event": "x"}, ("logger", "uvicorn")),
        ("text", ("logger", "uvicorn")),
    ],
)
def test_what_a_line_is_about(said: Any, about: tuple[str, str]) -> None:
    """A call, else a peer, else whoever logs."""
    assert about_of(logging.LogRecord("uvicorn", logging.INFO, "", 0, said, None, None))[0] == about


def test_p55_a_line_that_cannot_be_written_is_told(stream: io.StringIO) -> None:
    """P55: a wrong log call in a library ends nothing, and writes nothing past the log."""
    record = logging.LogRecord("library", logging.WARNING, "", 0, "%d lines", ("no number",), None)
    logging.getLogger().handlers[0].handle(record)

    [line] = lines(stream)
    assert line["event"] == "a line of 'library' could not be written: TypeError"


def test_p55_a_stream_in_memory_needs_no_thread(stream: io.StringIO) -> None:
    """P55: it takes each line at once."""
    logging.getLogger("library").warning("now")

    assert [line["event"] for line in lines(stream)] == ["now"]
    logging.getLogger().handlers[0].flush()
    assert WAITING > CHARACTERS


def test_p55_a_library_that_logs_much_is_counted_by_its_name(stream: io.StringIO) -> None:
    """P55: its lines are about no call and no peer."""
    for _ in range(LINES + 7):
        logging.getLogger("library").warning("again")
    flush()

    assert (lines(stream)[-1]["logger"], lines(stream)[-1]["lines"]) == ("library", 7)
