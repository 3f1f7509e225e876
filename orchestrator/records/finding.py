"""Finding calls among a million: the newest that somebody wants, without looking at the others.

The number of a call is when it began, and every table has it. So whichever table says most about what is wanted (the
words that were said, the agents, the calls) is read backwards by its index, from the newest call on, until there are
enough.
"""

from __future__ import annotations

from typing import Any

from peewee import JOIN, SQL, Database

from orchestrator.records import words
from orchestrator.records.filter import Filter
from orchestrator.records.tables import CALL_AGENTS, CALLS, is_sqlite

OPEN = "open"  # stands for the ending of a call that has none yet
FEW = 1000  # calls of which each is asked whether words were said in it


def find(database: Database, wanted: Filter, last: int | None) -> list[dict[str, Any]]:
    """Return the rows of calls, the newest first; `last` is the number of the last one of the page before."""
    source, number, conditions = _plan(wanted, last) if wanted.text is None else _plan_words(database, wanted, last)
    columns = [getattr(CALLS, name) for name in CALLS._columns]
    query = source.select(*columns).where(*conditions).order_by(number.desc()).limit(wanted.limit)
    return list(query.dicts().execute(database))


def _plan(wanted: Filter, last: int | None) -> tuple[Any, Any, list[Any]]:
    """Return what is read, the number in it, and what must hold. SQLite reads a cross join from left to right."""
    if wanted.agent is None:
        return CALLS, CALLS.number, [SQL("1 = 1"), *_conditions(CALLS.number, wanted, last)]
    number = CALL_AGENTS.call
    return CALL_AGENTS.join(CALLS, JOIN.CROSS), number, [CALLS.number == number, *_conditions(number, wanted, last)]


def _plan_words(database: Database, wanted: Filter, last: int | None) -> tuple[Any, Any, list[Any]]:
    """Return the same, for words that were said."""
    table, number = words.transcripts(database)
    few = _few(database, wanted, last)
    conditions = [CALLS.number == number, *_conditions(number, wanted, last)]
    if few is not None:
        conditions.append(number.in_(few))
    conditions.append(words.said(database, wanted.text or "", of_few=few is not None))
    if wanted.agent is not None:
        table = table.join(CALL_AGENTS, JOIN.CROSS)
        conditions.append(CALL_AGENTS.call == number)
    return table.join(CALLS, JOIN.CROSS), number, conditions


def _few(database: Database, wanted: Filter, last: int | None) -> list[int] | None:
    """Return the calls among which words are wanted, if they are few.

    Otherwise a word that is said everywhere would be followed to the end. PostgreSQL knows by itself what to do.
    """
    if not is_sqlite(database) or (wanted.agent, wanted.ending, wanted.team, wanted.teams) == (None,) * 4:
        return None
    source, number, conditions = _plan(wanted, last)
    query = source.select(number).where(*conditions).order_by(number.desc()).limit(FEW + 1)
    found = [few for (few,) in query.tuples().execute(database)]
    return found if len(found) <= FEW else None


def _conditions(number: Any, wanted: Filter, last: int | None) -> list[Any]:
    """Return what must hold, beside the words."""
    found = []
    if wanted.since is not None:
        found.append(number >= round(wanted.since * 1e6))
    if wanted.until is not None:
        found.append(number < round(wanted.until * 1e6))
    if last is not None:
        found.append(number < last)
    if wanted.team is not None:
        found.append(CALLS.team == wanted.team)
    if wanted.teams is not None:
        found.append(CALLS.team.in_(sorted(wanted.teams)))
    if wanted.agent is not None:
        found.append(CALL_AGENTS.agent == wanted.agent)
    if wanted.ending == OPEN:
        found.append(CALLS.ended.is_null())
    elif wanted.ending is not None:
        found.append((CALLS if wanted.agent is None else CALL_AGENTS).ending == wanted.ending)
    return found
