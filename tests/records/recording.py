"""Calls that tests record, without the thread where its pace does not matter."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest

from orchestrator.records import Archive, Records, Writing
from orchestrator.records.ledger import Ledger
from orchestrator.records.writing import Dropped, Opening

STARTED = 1_790_000_000.0


class Secrets:
    """What is secret in a call, which may become more."""

    def __init__(self) -> None:
        # The secrets.
        self.known: list[str] = []

    def mask(self, text: str) -> str:
        """Hide what is secret by now."""
        for secret in self.known:
            text = text.replace(secret, "secret:pin")
        return text

    def encode(self, entries: Sequence[Any]) -> list[str]:
        """Write each entry on a line."""
        return [self.mask(json.dumps(entry)) for entry in entries]


def opening(call_id: str, *, secrets: Secrets | None = None, started: float = STARTED, **changed: Any) -> Opening:
    """Return what is known of a call when it begins."""
    secrets = secrets or Secrets()
    header = {"v": 1, "call": call_id, "started": started, "team_hash": "f00d"}
    given: dict[str, Any] = {
        "team": "helpdesk",
        "keep": None,
        "encode": secrets.encode,
        "mask": secrets.mask,
        **changed,
    }
    return Opening(call_id, header, **given)


class Recorder:
    """A ledger that writes when the test says so."""

    def __init__(self, archive: Archive) -> None:
        # What is under test, where it writes, and the entries that could not be kept.
        self.ledger, self.archive, self.dropped = Ledger(), archive, Dropped()
        # Calls that it has not been given yet.
        self._new: list[Writing] = []

    def open(self, call_id: str, **given: Any) -> Writing:
        """Begin a call."""
        writing = Writing(opening(call_id, **given), self.dropped)
        self._new.append(writing)
        return writing

    def flush(self) -> None:
        """Write what there is."""
        new, self._new = self._new, []
        self.ledger.collect(new)
        with self.archive.database.connection() as connection:
            self.ledger.flush(connection)

    def add(self, call_id: str, *, text: str = "", summary: dict[str, Any] | None = None, **given: Any) -> Writing:
        """Record a whole call."""
        writing = self.open(call_id, **given)
        writing.put({"t": 0.5})
        writing.close({"ended": STARTED + 60, "ending": "left", **(summary or {})}, text)
        self.flush()
        return writing


def begin(records: Records, call_id: str, *, secrets: Secrets | None = None, **changed: Any) -> Writing:
    """Begin a call, as a server does."""
    known = opening(call_id, secrets=secrets, **changed)
    return records.open(call_id, known.header, team=known.team, keep=known.keep, encode=known.encode, mask=known.mask)


def entries(archive: Archive, call_id: str) -> list[dict[str, Any]]:
    """Return the lines of a record after its header."""
    return [json.loads(line) for line in archive.lines(call_id)][1:]


def execute(archive: Archive, work: Callable[[Any], Any]) -> Any:
    """Work on the database itself."""
    with archive.database.connection() as connection:
        return work(connection)


@contextmanager
def one_connection(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Read and write over one connection in this block: to connect takes longer than most of what a test does then."""
    with archive.database.connection() as connection, monkeypatch.context() as patch:
        patch.setattr(archive.database, "connection", lambda: nullcontext(connection))
        yield
