"""Makes a line of each record, within the share of the call that it is about, and hands it to the writer."""

from __future__ import annotations

import logging
from contextlib import suppress
from io import UnsupportedOperation
from typing import TextIO

import structlog

from orchestrator.log.rate import About, Rate
from orchestrator.log.redaction import Redact
from orchestrator.log.writer import Writer

NAMES = ("call", "peer")  # fields that say what a line is about
ENDED = "call ended"
LEFT_OUT, DROPPED = "log lines left out", "log lines dropped"
COUNTS = frozenset({LEFT_OUT, DROPPED})
ALWAYS = frozenset({"call opened", ENDED}) | COUNTS  # are logged, whatever else was
log = structlog.get_logger("orchestrator")


class LineHandler(logging.Handler):
    """A handler that never waits: lines for a file descriptor are written by a thread."""

    def __init__(self, stream: TextIO, redact: Redact) -> None:
        super().__init__()
        # Where the lines go.
        self._stream = stream
        # Hides secrets; the formatter uses it.
        self.redact = redact
        # How much each call has logged.
        self._rate = Rate()
        # Writes the lines; None for a stream in memory, which takes them at once.
        self._writer: Writer | None = None
        with suppress(UnsupportedOperation, AttributeError):
            self._writer = Writer(stream.fileno(), _dropped)

    def handle(self, record: logging.LogRecord) -> bool:
        """Log a record without the lock of other handlers: a slow `repr` in one thread keeps no other waiting."""
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Log a record if there is room for it; one that cannot be written is replaced by a line that says so."""
        about, event = about_of(record)
        if event not in COUNTS:
            _tell_left_out(self._rate.left_out() + (self._rate.end(about) if event == ENDED else []))
        if event in ALWAYS:
            self._put(record)
        elif self._rate.admits(about):
            self._rate.logged(about, self._put(record))

    def _put(self, record: logging.LogRecord) -> int:
        try:
            line = self.format(record)
        except Exception as error:
            fault = f"a line of {record.name!r} could not be written: {type(error).__name__}"
            line = self.format(logging.LogRecord("orchestrator", logging.ERROR, "", 0, fault, None, None))
        if self._writer is None:
            self._stream.write(f"{line}\n")
        else:
            self._writer.put(line)
        return len(line)

    def flush(self) -> None:
        """Wait a moment until everything is written; the standard library calls it when the process ends."""
        _tell_left_out(self._rate.counted())
        if self._writer is not None:
            self._writer.flush()

    def close(self) -> None:
        """Write what waits, then nothing more."""
        if self._writer is not None:
            self._writer.close()
        super().close()


def about_of(record: logging.LogRecord) -> tuple[About, object]:
    """Return what a record is about, a call, a peer or else its logger, and what it says."""
    said = record.msg if isinstance(record.msg, dict) else structlog.contextvars.get_contextvars()
    name = next((name for name in NAMES if said.get(name)), "logger")
    return (name, str(said.get(name) or record.name)), said.get("event")


def _tell_left_out(counts: list[tuple[About, int]]) -> None:
    for (name, value), lines in counts:
        log.warning(LEFT_OUT, lines=lines, **{name: value})


def _dropped(lines: int) -> None:
    log.warning(DROPPED, lines=lines)
