"""Full text: what is found by which words, alike in both databases."""

from __future__ import annotations

from string import ascii_lowercase

import pytest

from orchestrator.records import Archive, Filter
from orchestrator.records import words as words_module
from orchestrator.records.words import words
from tests.records.recording import Recorder, execute


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("My invoice, INV-77!", "my invoice inv 77"),
        ("Zoë ordered crème brûlée", "zoe ordered creme brulee"),
        ("我想退款 now", "我 想 退 款 now"),
        ("Straße", "strasse"),
        ("한국어", "한국어"),
        ("...", ""),
    ],
)
def test_words_are_without_case_and_accents(text: str, made: str) -> None:
    """So that nobody has to type what a transcript made of a name."""
    assert words(text) == made


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("invoice", True),
        ("creme", True),
        ("BRÛLÉE invoice", True),
        ("INV-77", True),
        ("77-INV", False),
        ("退款", True),
        ("款退", False),
        ("refund", False),
        ("invoice refund", False),
        ('"invoice', True),
        ("invoice' OR 1=1 --", False),
        ("NOT invoice", False),
        ("*", False),
    ],
)
def test_all_words_of_a_query_must_have_been_said(archive: Archive, query: str, found: bool) -> None:
    """What is written together must be together; no character of a query is an operator."""
    Recorder(archive).add("sess_1", text="Caller: my invoice INV-77, crème brûlée, 我想退款.")

    assert bool(archive.find(Filter(text=query))) is found


def test_a_very_long_transcript_is_searched_at_its_beginning(archive: Archive) -> None:
    """Both databases take it."""
    Recorder(archive).add("sess_1", text="early " + "word " * 300_000 + "late")

    assert archive.find(Filter(text="early"))
    assert not archive.find(Filter(text="late"))


def test_forgotten_words_leave_the_file(sqlite: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """The index is rewritten until nothing is left of a call that was deleted."""
    monkeypatch.setattr(words_module, "MERGED_PAGES", 1)
    recorder, letters = Recorder(sqlite), ascii_lowercase[:20]
    for letter in letters:  # in one transaction, so that the index has them in one piece
        recorder.open(f"sess_{letter}").close({}, f"{letter}anzibar and more")
    recorder.flush()
    sqlite.delete("sess_b")
    execute(sqlite, lambda connection: connection.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)"))
    assert sqlite.database.file is not None
    left = sqlite.database.file.read_bytes()

    assert [call["id"] for call in sqlite.find(Filter(text="canzibar"))] == ["sess_c"]
    assert not sqlite.find(Filter(text="banzibar"))
    assert b"canzibar" in left
    assert b"banzibar" not in left
