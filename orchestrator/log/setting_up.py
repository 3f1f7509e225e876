"""The set-up of logging for the process."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable
from typing import TextIO

import structlog
from structlog.typing import Processor

from orchestrator.log.context import WORDS
from orchestrator.log.escaping import escape_fields, escape_json
from orchestrator.log.handler import LineHandler
from orchestrator.log.redaction import Redact, secrets_of_environment

AUDIO_NAMES = frozenset({"audio", "delta", "frame"})
TRANSCRIPT_NAMES = frozenset({"transcript", "text", "arguments", "output"})
# What is added to the events of structlog and of the standard library alike.
SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def set_up_log(
    *, level: str = "info", secrets: Iterable[str] = (), transcripts: bool = False, stream: TextIO | None = None
) -> None:
    """Configure logging for the process, by default to standard error.

    `level` is the lowest level that is logged; `secrets` are values to hide wherever they appear, besides those of
    environment variables that are named like secrets; `transcripts` logs what is said in calls. Audio is never logged.
    """
    stream = stream or sys.stderr
    redact = Redact(
        [*secrets, *secrets_of_environment(os.environ)],
        hidden_names=AUDIO_NAMES | (frozenset() if transcripts else TRANSCRIPT_NAMES),
    )
    handler = LineHandler(stream, redact)
    handler.setFormatter(_formatter(redact, _renderer(stream)))
    root = logging.getLogger()
    for before in _handlers():
        before.close()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    # What these log about each connection repeats our own log, and shows addresses with their query, or what is sent.
    for noisy in ("uvicorn.access", "uvicorn.error", "websockets", "httpx", "httpx2", "mcp", "aioice", "aiortc"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    WORDS.setLevel(logging.INFO if transcripts else logging.CRITICAL + 1)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def hide(secrets: Iterable[str]) -> None:
    """Hide these values too, which became known after the set-up: those of a team file."""
    found = list(secrets)
    for handler in _handlers():
        handler.redact.hide(found)


def without_secrets(text: str) -> str:
    """Return a text as the log shows it, for other places where it is kept."""
    for redact in [handler.redact for handler in _handlers()] or [Redact()]:
        text = redact.text(text)
    return text


def flush() -> None:
    """Wait a moment until what was logged is written, before a signal ends the process; otherwise exit does it."""
    for handler in _handlers():
        handler.flush()


def _handlers() -> list[LineHandler]:
    return [handler for handler in logging.getLogger().handlers if isinstance(handler, LineHandler)]


def _formatter(redact: Redact, renderer: Iterable[Processor]) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(allow=()), *SHARED],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact,
            *renderer,
        ],
    )


def _renderer(stream: TextIO) -> list[Processor]:
    if stream.isatty():
        console = structlog.dev.ConsoleRenderer(colors=True, exception_formatter=structlog.dev.plain_traceback)
        return [escape_fields, console]
    return [structlog.processors.JSONRenderer(ensure_ascii=False), escape_json]
