"""Logging: coloured text on a terminal, otherwise one JSON object per line; secrets are removed from every event.

Only this module changes global logging configuration: that of structlog and of the standard library, which uvicorn,
websockets and a team's tools use.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "[hidden]"
SECRET_NAMES = re.compile(r"authorization|api[-_ ]?key|secret|password|^token$|cookie", re.IGNORECASE)
SECRETS = re.compile(
    r"(?P<label>bearer\s+|openai-insecure-api-key\.|api[-_]key['\"]?\s*[:=]\s*['\"]?)[^\s,;&'\"]+"
    r"|\b(?:sk|ek)[-_][A-Za-z0-9_\-]{6,}",
    re.IGNORECASE,
)
AUDIO_NAMES = frozenset({"audio", "delta", "frame"})
WORDS = logging.getLogger("orchestrator.words")  # what is said in calls; off unless transcripts are enabled
WORDS.setLevel(logging.CRITICAL + 1)
TRANSCRIPT_NAMES = frozenset({"transcript", "text", "arguments", "output"})
MASK: ContextVar[Callable[[str], str]] = ContextVar("mask", default=str)  # hides the secrets of the current call

# What is added to the events of structlog and of the standard library alike.
SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class Redact:
    """A structlog processor that hides secrets anywhere in an event: by field name, by pattern, or by value."""

    def __init__(self, secrets: Iterable[str] = (), *, hidden_names: frozenset[str] = frozenset()) -> None:
        # Values that must never be logged, such as this server's keys; very short ones would hide parts of words.
        self._secrets = sorted({secret for secret in secrets if len(secret) >= 4}, key=len, reverse=True)
        # Fields that are hidden because they are private.
        self._hidden_names = hidden_names

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {key: self._field(key, value) for key, value in event.items()}

    def _field(self, key: Any, value: Any) -> Any:
        if isinstance(key, str) and (key in self._hidden_names or SECRET_NAMES.search(key)):
            return HIDDEN
        return self._value(value)

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return {self._value(key): self._field(key, one) for key, one in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._value(one) for one in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return self._text(repr(value) if not isinstance(value, BaseException) else str(value))

    def _text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        text = MASK.get()(text)
        return SECRETS.sub(lambda found: f"{found['label'] or ''}{HIDDEN}", text)


def set_up_log(
    *, level: str = "info", secrets: Iterable[str] = (), transcripts: bool = False, stream: TextIO | None = None
) -> None:
    """Configure logging for the process, by default to standard error.

    `level` is the lowest level that is logged; `secrets` are values to hide wherever they appear; `transcripts` logs
    what is said in calls. Audio is never logged.
    """
    stream = stream or sys.stderr
    redact = Redact(secrets, hidden_names=AUDIO_NAMES | (frozenset() if transcripts else TRANSCRIPT_NAMES))
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(redact, _renderer(stream)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # What these log about each connection repeats our own log, and shows addresses with their query.
    for noisy in ("uvicorn.access", "uvicorn.error", "websockets", "httpx", "aioice", "aiortc"):
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


def _formatter(redact: Redact, renderer: Processor) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(allow=()), *SHARED],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ],
    )


def _renderer(stream: TextIO) -> Processor:
    if stream.isatty():
        return structlog.dev.ConsoleRenderer(colors=True, exception_formatter=structlog.dev.plain_traceback)
    return structlog.processors.JSONRenderer(ensure_ascii=False)
