"""Where the lines of a record come from: a file that `orchestrator calls export` wrote, or the database of calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from orchestrator.errors import OrchestratorError
from orchestrator.records import Archive, records_for
from orchestrator.records.archive import UnknownCall
from orchestrator.settings import read_settings

SUFFIX = ".jsonl"
NO_RECORD = "Calls are not recorded: ORCHESTRATOR_RECORDS is none. Name a .jsonl file instead."


def archive() -> Archive:
    """Return the calls of `ORCHESTRATOR_RECORDS`."""
    records = records_for(read_settings())
    if records is None:
        raise OrchestratorError(NO_RECORD)
    return records.archive


def lines_of(call: str) -> Iterator[str]:
    """Return the lines of a record, read as they are wanted; raises `OSError` or `UnknownCall` before the first."""
    if call.endswith(SUFFIX) or Path(call).is_file():
        return _of_file(Path(call))
    found = archive()
    try:
        return found.lines(call)
    except UnknownCall:
        return found.lines(found.named(call))  # a client over WebRTC knows it as `sess_…`


def _of_file(path: Path) -> Iterator[str]:
    opened = path.open(encoding="utf-8", errors="replace")

    def read() -> Iterator[str]:
        with opened:
            yield from opened

    return read()
