"""What the thread holds of one call between two transactions: its lines until they are in the database."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import structlog

from orchestrator.records.writing import Writing

AT_ONCE = 5  # entries that are encoded before the thread gives way to the event loop
log = structlog.get_logger("orchestrator")


class Unwritten:
    """One call, as the thread sees it. Lines stay here until a transaction with them has been committed."""

    def __init__(self, writing: Writing) -> None:
        # The call as the event loop sees it.
        self.writing = writing
        # Its number in the database, None until it is there; the number of the next lines.
        self.number: int | None = None
        self.next = 0
        # Lines that are not written.
        self.lines = [self._header()]
        # Entries dropped by the event loop that the record tells of.
        self._told = 0
        # How often lines that wait have been masked again, and those that are in the database.
        self._masked = self._rewritten = 0
        # What the call amounts to so far, and what of it is in the database.
        self.so_far: Mapping[str, Any] | None = None
        self._noted: Mapping[str, Any] | None = None
        # How often the database has refused what this call has, while it took that of others.
        self.refused = 0
        # Whether the end is known, and nothing more will come; whether somebody has deleted the call meanwhile.
        self.ended = self.deleted = False

    @cached_property
    def started(self) -> float:
        """When it began, in unix seconds."""
        return float(self.writing.opening.header.get("started") or time.time())

    @property
    def size(self) -> int:
        """The characters that wait to be written."""
        return sum(map(len, self.lines))

    @property
    def call_id(self) -> str:
        """The id of the call."""
        return self.writing.opening.call_id

    @property
    def waits(self) -> bool:
        """Whether there is something to write."""
        return bool(self.lines) or self.ended or self.masks_again or self.has_news

    @property
    def has_news(self) -> bool:
        """Whether the database does not know what the call amounts to so far."""
        return self.so_far is not self._noted

    @property
    def masks_again(self) -> bool:
        """Whether lines that are in the database have to be masked again."""
        return self.number is not None and self._rewritten != self._masked

    def mask(self, text: str) -> str:
        """Mask a text; of one that cannot be masked nothing is left."""
        try:
            return self.writing.opening.mask(text)
        except Exception:
            log.exception("a text of a call could not be masked, so it is not recorded", call=self.call_id)
            return ""

    def collect(self, room: int, give_way: Callable[[], None] = lambda: None) -> int:
        """Take and encode what the event loop has put here; return its characters. Beyond `room` it is dropped."""
        ended, remasks = self.writing.closed is not None, self.writing.remasks
        self.so_far = self.writing.so_far
        entries = [self.writing.entries.popleft() for _ in range(len(self.writing.entries))]
        missed = self.writing.missed - self._told
        self._told += missed
        if remasks != self._masked:
            self._masked, self._noted = remasks, None
            self.lines = [self.mask(line) for line in self.lines]
        lines = []
        for start in range(0, len(entries), AT_ONCE):
            lines += self._encoded(entries[start : start + AT_ONCE])
            give_way()
        size = sum(map(len, lines))
        if size > room:
            self.writing.dropped.add(len(entries))
            missed += len(entries)
            lines, size = [], 0
        self.lines += lines
        if missed:
            self.lines.append(self._gap(missed))
        self.ended = ended
        return size

    def give_up(self) -> None:
        """Drop the lines that wait, because the database refuses them; the record says so."""
        self.refused += 1
        count = len(self.lines)
        self.writing.dropped.add(count)
        self.lines = [self._gap(count)]

    def written(self) -> None:
        """Forget the lines that waited: they are in the database."""
        self.next += bool(self.lines)
        self.lines = []
        self._rewritten, self._noted = self._masked, self.so_far

    def figures(self) -> dict[str, Any]:
        """Return what the call amounts to so far, masked."""
        found: dict[str, Any] = self._masked_within(self.so_far or {})
        return found

    def summary(self) -> tuple[dict[str, Any], str]:
        """Return the summary and the transcript of a call that has ended, both masked."""
        given, text = self.writing.closed or ({}, "")
        return {"ended": time.time(), "ending": "", **self._masked_within(given)}, self.mask(text)

    def _masked_within(self, value: Any) -> Any:
        """Mask each text in a value of JSON; digits of a number are not taken for a secret."""
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, Mapping):
            return {str(key): self._masked_within(each) for key, each in value.items()}
        return [self._masked_within(each) for each in value] if isinstance(value, list | tuple) else value

    def _encoded(self, entries: list[Any]) -> list[str]:
        try:
            return self.writing.opening.encode(entries)
        except Exception:
            log.exception("a part of a call could not be recorded", call=self.call_id)
            self.writing.dropped.add(len(entries))
            return [self._gap(len(entries))]

    def _header(self) -> str:
        return as_json(self._masked_within(self.writing.opening.header))

    def _gap(self, entries: int) -> str:
        return as_json({"t": round(max(time.time() - self.started, 0.0), 3), "gap": entries})


def as_json(value: Any) -> str:
    """Write a value on one line; what JSON cannot hold is written as text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
