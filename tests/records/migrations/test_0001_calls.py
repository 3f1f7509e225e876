"""The first schema: what a list needs has an index."""

from __future__ import annotations

from orchestrator.records import Archive
from tests.records.recording import execute


def test_the_first_schema_has_its_indexes(archive: Archive) -> None:
    """On the columns by which calls are listed, closed and deleted."""
    indexes = execute(archive, lambda connection: connection.get_indexes("calls"))

    assert {index.name for index in indexes} >= {"calls_team", "calls_ending", "calls_open", "calls_expires"}
