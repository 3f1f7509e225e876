"""Logging: colours on a terminal, one JSON object a line otherwise; secrets are taken out of every event.

The only module that touches global logging configuration: structlog's and the standard library's, through which
uvicorn and websockets log, and whatever a team's tools log.
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
    r"(?P<said>bearer\s+|openai-insecure-api-key\.|api[-_]key['\"]?\s*[:=]\s*['\"]?)[^\s,;&'\"]+"
    r"|\b(?:sk|ek)[-_][A-Za-z0-9_\-]{6,}",
    re.IGNORECASE,
)
AUDIO_NAMES = frozenset({"audio", "delta", "frame"})
WORDS = logging.getLogger("orchestrator.words")  # what is said in calls: off until somebody wants it
WORDS.setLevel(logging.CRITICAL + 1)
TRANSCRIPT_NAMES = frozenset({"transcript", "text", "arguments", "output"})
MASK: ContextVar[Callable[[str], str]] = ContextVar("mask", default=str)  # takes out the secrets of the call


class Redact:
    """A processor that hides keys wherever they stand in an event: by field name, by form, or by value."""

    def __init__(self, secrets: Iterable[str] = (), *, hidden_names: frozenset[str] = frozenset()) -> None:
        # The very values that must never be written, such as this server's keys; too short ones would hide words.
        self._secrets = sorted({secret for secret in secrets if len(secret) >= 4}, key=len, reverse=True)
        # Fields that are private rather than secret.
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
        return SECRETS.sub(lambda found: f"{found['said'] or ''}{HIDDEN}", text)


def set_up_log(
    *, level: str = "info", secrets: Iterable[str] = (), transcripts: bool = False, stream: TextIO | None = None
) -> None:
    """Configure logging for the process, by default to standard error.

    `level` is the least level written; `secrets` are values to hide wherever they appear; `transcripts` lets what was
    said into the log. Audio is never logged.
    """
    stream = stream or sys.stderr
    redact = Redact(secrets, hidden_names=AUDIO_NAMES | (frozenset() if transcripts else TRANSCRIPT_NAMES))
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(allow=()), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redact,
                _renderer(stream),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Their own words on each connection say what ours say better, and repeat the address with its query.
    for noisy in ("uvicorn.access", "uvicorn.error", "websockets", "httpx", "aioice", "aiortc"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    WORDS.setLevel(logging.INFO if transcripts else logging.CRITICAL + 1)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _renderer(stream: TextIO) -> Processor:
    if stream.isatty():
        return structlog.dev.ConsoleRenderer(colors=True, exception_formatter=structlog.dev.plain_traceback)
    return structlog.processors.JSONRenderer(ensure_ascii=False)
