"""Full text: how what was said in a call is found again, in SQLite and in PostgreSQL alike.

Both get the same words, made here: without case, accents and punctuation, each character of Chinese and Japanese a
word of its own. A query finds the calls in which all of its words were said; what is written together in it must have
been said together.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from peewee import SQL, Database, Table

from orchestrator.records.tables import execute, is_sqlite

LONGEST = 300_000  # characters of a transcript that can be searched; PostgreSQL takes no more than a megabyte
MERGED_PAGES, MOST_MERGES = 500, 2000  # of the index: in one step, and steps at a time
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")


def words(text: str) -> str:
    """Return the words of a text, separated by spaces."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return " ".join(WORD.findall(unicodedata.normalize("NFC", bare).casefold()))


def add(database: Database, number: int, text: str) -> None:
    """Let a call be found by what was said in it."""
    if is_sqlite(database):
        statement = "INSERT OR REPLACE INTO transcripts (rowid, words) VALUES (?, ?)"
    else:
        statement = (
            "INSERT INTO transcripts (call, words) VALUES (%s, to_tsvector('simple', %s)) "
            "ON CONFLICT (call) DO UPDATE SET words = excluded.words"
        )
    execute(database, statement, (number, words(text[:LONGEST])))


def forget(database: Database, numbers: list[int]) -> None:
    """Let calls be found no more."""
    table, number = transcripts(database)
    table.delete().where(number.in_(numbers)).execute(database)


def overwrite(database: Database) -> None:
    """Let nothing be left of forgotten words in SQLite's index, where they otherwise stay until it is rewritten.

    It is rewritten in steps, so that others can write in between; one that is not finished here is continued next time.
    """
    if not is_sqlite(database):
        return
    pages = -MERGED_PAGES  # at first, to begin anew whatever has been rewritten before
    for _ in range(MOST_MERGES):
        before = _changes(database)
        execute(database, "INSERT INTO transcripts (transcripts, rank) VALUES ('merge', ?)", (pages,))
        if _changes(database) - before < 2:  # nothing was left to do; the statement itself counts as one
            return
        pages = MERGED_PAGES


def _changes(database: Database) -> int:
    return int(database.connection().total_changes)  # type: ignore[no-untyped-call]


def transcripts(database: Database) -> tuple[Any, Any]:
    """Return the table of words, and its column with the number of the call."""
    number = "rowid" if is_sqlite(database) else "call"
    table: Any = Table("transcripts", (number,))
    return table, getattr(table, number)


def said(database: Database, query: str, *, of_few: bool = False) -> Any:
    """Return the condition that all words of a query were said, for a query that reads the table of words.

    `of_few`: that query names a few calls, whose words SQLite reads faster than it finds them in its index.
    """
    phrases = [found for found in map(words, query.split()) if found]
    if not phrases:
        return SQL("1 = 0")
    if of_few:
        return SQL(" AND ".join(["instr(' ' || words || ' ', ?)"] * len(phrases)), [f" {each} " for each in phrases])
    if is_sqlite(database):
        return SQL("transcripts MATCH ?", (" ".join(f'"{phrase}"' for phrase in phrases),))
    wanted = " && ".join(["phraseto_tsquery('simple', %s)"] * len(phrases))
    return SQL(f"words @@ ({wanted})", phrases)
