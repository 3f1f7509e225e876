"""What the thread writes into the database, within one transaction for all calls."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from peewee import Database, IntegrityError

from orchestrator.records import clocks, words
from orchestrator.records.filter import LOST
from orchestrator.records.tables import CALL_AGENTS, CALLS, LINES, LINES_COLUMNS, execute, is_sqlite
from orchestrator.records.unwritten import Unwritten, as_json

LOST_SECONDS = 60.0  # since that process last said that it has the call
AT_ONCE = 100  # rows in one statement
MOST_AT_ONCE = 1000  # calls that begin within microseconds of each other


def transaction(database: Database) -> AbstractContextManager[Any]:
    """Begin a transaction that writes; of SQLite it waits here, and nowhere else, for other processes that write."""
    return database.atomic("IMMEDIATE") if is_sqlite(database) else database.atomic()


def write(database: Database, calls: Sequence[Unwritten], give_way: Callable[[], None] = lambda: None) -> bool:
    """Write what calls have, giving way in between; return whether lines that were there already have changed."""
    for call in calls:
        if call.number is None:
            call.number = _begin(database, call)
    _touch(database, calls)
    calls = [call for call in calls if not call.deleted]
    give_way()
    for some in _parts([(call.number, call.next, _clean("\n".join(call.lines))) for call in calls if call.lines]):
        # A transaction whose commit succeeded may have been reported as failed: its lines are there.
        values = ", ".join([database.param] * len(LINES_COLUMNS))
        columns = ", ".join(f'"{name}"' for name in LINES_COLUMNS)
        insert = f'INSERT INTO "lines" ({columns}) VALUES ({values}) ON CONFLICT DO NOTHING'
        cursor: Any = database.cursor()  # type: ignore[no-untyped-call]
        cursor.executemany(insert, some)  # without peewee, whose rows take ten times as long
        give_way()
    for some in _parts([call for call in calls if call.has_news and not call.ended]):
        _note(database, some)
        give_way()
    for call in calls:
        if call.ended:
            _end(database, call)
    return sum(_mask_again(database, call) for call in calls if call.masks_again) > 0


def _touch(database: Database, calls: Sequence[Unwritten]) -> None:
    """Say that this process has these calls; one that another process took for lost is open again."""
    there, now = set[int](), clocks.steady(database)
    for some in _parts([call.number for call in calls]):
        # Twice a second, and so without peewee's query builder: it takes longer than SQLite does.
        value = database.param
        mine = f'"number" IN ({", ".join([value] * len(some))})'
        alive = f'UPDATE "calls" SET "touched" = {value}, "alive" = {value} WHERE {mine}'
        execute(database, alive, (time.time(), now, *some))
        again = (
            f'UPDATE "calls" SET "ended" = NULL, "ending" = NULL, "expires" = NULL WHERE "ending" = {value} AND {mine}'
        )
        execute(database, again, (LOST, *some))
        there.update(number for (number,) in execute(database, f'SELECT "number" FROM "calls" WHERE {mine}', some))
    for call in calls:
        call.deleted = call.number not in there


def close_lost(database: Database) -> None:
    """End the calls whose process has died: nothing was heard of it for a minute, by a clock that nobody sets.

    What it says of a call from before the machine was started is later than now, or long ago, or soon is. Processes of
    older versions tell by the wall clock only; calls of theirs that it takes for lost are open again seconds later.
    """
    lost = {CALLS.ended: CALLS.touched, CALLS.ending: LOST, CALLS.expires: CALLS.touched + CALLS.keep}
    now = clocks.steady(database)
    quiet = CALLS.alive.is_null(False) & ~CALLS.alive.between(now - LOST_SECONDS, now + LOST_SECONDS)
    old = CALLS.alive.is_null() & (CALLS.touched < time.time() - LOST_SECONDS)
    silent = (CALLS.ended.is_null(), quiet | old)
    if CALLS.select(CALLS.number).where(*silent).exists(database):  # who only reads waits for nobody who writes
        CALLS.update(lost).where(*silent).execute(database)


def _begin(database: Database, call: Unwritten) -> int:
    """Add a call; return its number, which is when it began, in microseconds, or the next that is free.

    It may be there: another process has recorded it, from which it was taken over, or a commit had only seemed to fail.
    All of it comes again, so what is there goes; with another number, a process that still writes finds it deleted.
    """
    number, opening = round(call.started * 1e6), call.writing.opening
    if (before := _number(database, call.call_id)) is not None:
        number = max(number, before + 1)
        CALLS.delete().where(CALLS.number == before).execute(database)  # first: whoever writes into it has to end
        LINES.delete().where(LINES.call == before).execute(database)
        CALL_AGENTS.delete().where(CALL_AGENTS.call == before).execute(database)
        words.forget(database, [before])
    row: dict[str, Any] = {
        "id": call.call_id,
        "team": opening.team,
        "team_hash": str(opening.header.get("team_hash", "")),
        "started": call.started,
        "touched": time.time(),
        "alive": clocks.steady(database),
        "keep": opening.keep,
        "summary": "{}",
    }
    for free in range(number, number + MOST_AT_ONCE):
        CALLS.insert([{**row, "number": free}]).on_conflict_ignore().execute(database)
        if (mine := _number(database, call.call_id)) is not None:
            return mine
    raise IntegrityError("the call cannot be added")


def _number(database: Database, call_id: str) -> int | None:
    for (number,) in CALLS.select(CALLS.number).where(CALLS.id == call_id).tuples().execute(database):
        return int(number)
    return None


def _end(database: Database, call: Unwritten) -> None:
    summary, text = call.summary()
    ended, keep = float(summary["ended"]), call.writing.opening.keep
    changed = {
        CALLS.ended: ended,
        CALLS.ending: str(summary["ending"]),
        CALLS.expires: None if keep is None else ended + keep,
        CALLS.summary: _clean(as_json(summary)),
    }
    CALLS.update(changed).where(CALLS.number == call.number).execute(database)
    known = {"call": call.number, "ending": changed[CALLS.ending]}
    for some in _parts([{"agent": agent, **known} for agent in dict.fromkeys(summary.get("agents") or ())]):
        CALL_AGENTS.insert(some).on_conflict_ignore().execute(database)
    words.add(database, call.number or 0, text)


def _note(database: Database, calls: Sequence[Unwritten]) -> None:
    """Write what open calls amount to so far."""
    rows = [(_clean(as_json(call.figures())), call.number) for call in calls]
    cursor: Any = database.cursor()  # type: ignore[no-untyped-call]
    cursor.executemany(f'UPDATE "calls" SET "summary" = {database.param} WHERE "number" = {database.param}', rows)


def _mask_again(database: Database, call: Unwritten) -> bool:
    """Mask the lines of a call that are in the database; return whether any has changed."""
    changed = False
    for first in range(0, call.next, AT_ONCE):
        part = LINES.number.between(first, first + AT_ONCE - 1)
        rows = LINES.select(LINES.number, LINES.body).where(LINES.call == call.number, part).tuples()
        for number, body in list(rows.execute(database)):
            masked = _clean("\n".join(map(call.mask, body.split("\n"))))
            if masked != body:
                this = (LINES.call == call.number, LINES.number == number)
                LINES.update({LINES.body: masked}).where(*this).execute(database)
                changed = True
    return changed


def _clean(text: str) -> str:
    """Return a text that can be stored: a lone surrogate is written as JSON writes it; PostgreSQL stores no zero."""
    return text.encode(errors="backslashreplace").decode().replace("\0", "")


def _parts(rows: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]
