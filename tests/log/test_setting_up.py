"""Logs: JSON lines, colours on a terminal, context bound once, and no secret in any of them."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from orchestrator.log import HIDDEN, WORDS, flush, hide, set_up_log
from orchestrator.observe.journal import Journal
from tests.patience import PATIENCE


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, words = root.handlers[:], root.level, WORDS.level
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)
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


CONTROLS = {
    "escape": "\x1b[2J\x1b]0;owned\x07",
    "C1": "\x9b31m \x85 \x90",
    "newline": "x\n2030-01-01 [info] forged\r\x0b\x0c",
    "direction": "\u202egnp.exe\u2066\u200f\u061c",
    "separators": "\u2028\u2029",
    "half a pair": "\ud800",
    "tags": "\U000e0041",
    "delete": "\x7f\x08\x00",
}


@pytest.mark.parametrize("sent", CONTROLS.values(), ids=CONTROLS)
@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_p55_what_a_peer_sends_controls_nothing(sent: str, kind: type[io.StringIO]) -> None:
    """P55: in the text, in a field and its name, in a library's line, in a traceback; on a terminal and in JSON."""
    stream = kind()
    set_up_log(stream=stream)
    log = structlog.get_logger("orchestrator")

    log.info(sent)
    log.info("refused", reason=sent, listed=[sent], named={sent: 1}, **{sent: 2})
    logging.getLogger("library").warning("got %s", sent)
    try:
        raise ValueError(sent)
    except ValueError:
        log.exception("failed", error=ValueError(sent))

    written = stream.getvalue()
    for colour in ("\x1b[0m", "\x1b[1m", "\x1b[2m", *(f"\x1b[3{number}m" for number in range(8))):
        written = written.replace(colour, "")
    assert not set(written) & set(
        "\x1b\x9b\x07\x90\x85\r\x0b\x0c\u202e\u2066\u200f\u061c\u2028\u2029\ud800\x7f\x08\x00"
    )
    assert "\U000e0041" not in written
    assert not any(line.startswith("2030") for line in written.splitlines())
    if kind is io.StringIO:
        assert lines(stream)[1]["reason"] == sent


def test_a_traceback_can_be_read_on_a_terminal() -> None:
    """Its lines stay lines."""
    stream = Terminal()
    set_up_log(stream=stream)

    try:
        raise ValueError("no")
    except ValueError:
        structlog.get_logger("orchestrator").exception("failed")

    assert "\n    Traceback (most recent call last):\n" in stream.getvalue()
    assert stream.getvalue().endswith("\n    ValueError: no\n")


def test_p55_secrets_that_become_known_later_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """P55: those of a team file; those of the environment, by their names, from the start."""
    monkeypatch.setenv("CRM_PASSWORD", "correct-horse")
    monkeypatch.setenv("PARTNER_API_KEYS", "first-one, second-one")
    stream = io.StringIO()
    set_up_log(stream=stream)
    log = structlog.get_logger("orchestrator")
    hide(["battery staple"])

    log.info("battery staple, correct-horse", also={"x": ["second-one"]})
    try:
        raise RuntimeError("GET https://h/battery%20staple with first-one")
    except RuntimeError:
        log.exception("failed")

    for secret in ("staple", "horse", "first-one", "second-one"):
        assert secret not in stream.getvalue()


def test_p55_warnings_take_the_same_path() -> None:
    """P55: they would be written to standard error by whoever causes them."""
    stream = io.StringIO()
    set_up_log(stream=stream)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        logging.captureWarnings(True)
        warnings.warn("Bearer abc is old", UserWarning, stacklevel=1)
        logging.captureWarnings(False)

    [line] = lines(stream)
    assert f"Bearer {HIDDEN}" in line["event"]
    assert line["level"] == "warning"


ENDING = """
import signal, sys
from orchestrator.log import flush, set_up_log
import structlog
set_up_log()
log = structlog.get_logger("orchestrator")
for number in range(150):
    log.info("line", number=number)
if sys.argv[1] == "signal":
    flush()
    signal.raise_signal(signal.SIGKILL)
raise SystemExit(3)
"""


@pytest.mark.parametrize("how", ["exit", "signal"])
def test_p55_nothing_is_lost_when_the_process_ends(how: str) -> None:
    """P55: what was logged last is what explains the end."""
    done = subprocess.run([sys.executable, "-c", ENDING, how], stderr=subprocess.PIPE, check=False, timeout=PATIENCE)

    assert [json.loads(line)["number"] for line in done.stderr.splitlines()] == [*range(150)]


def test_p55_a_process_ends_although_nobody_reads_its_log() -> None:
    """P55: it waits a moment, then leaves the rest unwritten."""
    unread, written = os.pipe()
    try:
        filler = "set_up_log()\nimport logging\nfor _ in range(150): logging.getLogger(f'x{_}').warning('x' * 9000)\n"
        moment = "from orchestrator.log.writer import Writer\nWriter.flush.__defaults__ = (0.1,)\n"
        script = moment + ENDING.replace("set_up_log()\n", filler, 1)
        done = subprocess.run([sys.executable, "-c", script, "exit"], stderr=written, check=False, timeout=PATIENCE)
    finally:
        os.close(unread)
        os.close(written)

    assert done.returncode == 3


def test_a_second_set_up_replaces_the_first() -> None:
    """Each line is written once."""
    first, second = io.StringIO(), io.StringIO()
    set_up_log(stream=first)
    set_up_log(stream=second)

    structlog.get_logger("orchestrator").info("once")
    flush()

    assert (first.getvalue(), len(lines(second))) == ("", 1)


@pytest.mark.parametrize("name", ["httpx", "httpx2", "mcp.client"])
def test_clients_log_no_addresses_and_no_messages(name: str) -> None:
    """An address may have a key in its query, and a message what is hidden elsewhere."""
    stream = io.StringIO()
    set_up_log(level="debug", stream=stream)

    logging.getLogger(name).info("HTTP Request: POST https://crm.example.com/mcp?key=a")

    assert lines(stream) == []
