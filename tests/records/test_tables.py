"""The tables as queries name them are those of the migrations."""

from __future__ import annotations

from operator import methodcaller

from orchestrator.records import Archive
from orchestrator.records.tables import CALL_AGENTS, CALLS, LINES
from tests.records.recording import execute


def test_queries_know_the_columns_that_there_are(archive: Archive) -> None:
    """Each table has exactly these columns."""
    for table in (CALLS, LINES, CALL_AGENTS):
        name, known = table.__name__, set(table._columns)
        columns = execute(archive, methodcaller("get_columns", name))
        assert {column.name for column in columns} == known
