"""Both databases: most tests of this folder run on SQLite, and on PostgreSQL where that is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.records import Archive
from tests.records.postgresql import PostgreSQL, missing, postgresql


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQL]:
    """Run PostgreSQL, one server for the tests of this process."""
    if reason := missing():
        pytest.skip(reason)
    with postgresql() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the address of a new database; files that belong to its calls lie in the test's folder."""
    monkeypatch.chdir(tmp_path)
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'kept' / 'calls.db'}"
    return str(request.getfixturevalue("server").database())


@pytest.fixture
def archive(address: str) -> Archive:
    """Return the calls of a new database."""
    return Archive(address)


@pytest.fixture
def sqlite(tmp_path: Path) -> Archive:
    """Return the calls of a new file."""
    return Archive(f"sqlite:///{tmp_path / 'calls.db'}")
