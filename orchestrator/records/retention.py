"""Deleting calls: those that have been kept long enough, one by its id, and all that belongs to them.

Recordings go first: were the process to die in between, the call would still say that there is something to delete.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from peewee import Database

from orchestrator.records import words
from orchestrator.records.statements import close_lost, transaction
from orchestrator.records.tables import CALL_AGENTS, CALLS, LINES


def overdue(database: Database, before: float | None, limit: int) -> dict[int, str]:
    """Return the numbers and ids of calls that have been kept long enough, or that ended before a time."""
    close_lost(database)
    old = CALLS.expires <= time.time() if before is None else CALLS.ended < before
    query = CALLS.select(CALLS.number, CALLS.id).where(old).limit(limit)
    return dict(query.tuples().execute(database))


def delete(database: Database, folders: Mapping[int, Path]) -> None:
    """Delete calls by their numbers, and the folders of their recordings."""
    for folder in folders.values():
        remove_recordings(folder)
    numbers = list(folders)
    if not numbers:
        return
    with transaction(database):
        words.forget(database, numbers)
        LINES.delete().where(LINES.call.in_(numbers)).execute(database)
        CALL_AGENTS.delete().where(CALL_AGENTS.call.in_(numbers)).execute(database)
        CALLS.delete().where(CALLS.number.in_(numbers)).execute(database)
    words.overwrite(database)


def remove_recordings(folder: Path) -> None:
    """Delete the recordings of a call, if there are any."""
    if folder.is_dir():
        shutil.rmtree(folder)
