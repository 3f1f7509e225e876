"""The parts of what a caller says."""

from __future__ import annotations

import pytest

from orchestrator.local.brain import language
from orchestrator.local.brain.understanding.clauses import Repaired, is_question, repaired, requests

ENGLISH = language.load("en")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("no wait, Thursday", Repaired("Thursday", "", "")),
        ("Monday, no, Wednesday at eleven", Repaired("Wednesday at eleven", "", "Monday")),
        ("not O'Connor, O'Connell", Repaired("O'Connell", "O'Connor", "")),
        ("it's O'Connell, not O'Connor", Repaired("it's O'Connell", "O'Connor", "")),
        ("actually make it two nights", Repaired("two nights", "", "")),
        ("sorry, I meant Thursday", Repaired("Thursday", "", "")),
        ("I want to book a room", None),
    ],
)
def test_corrections(text: str, found: Repaired | None) -> None:
    """What counts, and what is taken back."""
    assert repaired(text, ENGLISH) == found


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("cancel order 77042 and ask about my bill", ["cancel order 77042", "ask about my bill"]),
        ("I need a room. And where can I park?", ["I need a room.", "And where can I park?"]),
        ("a room with bath and balcony", ["a room with bath and balcony"]),
        ("", []),
    ],
)
def test_requests(text: str, parts: list[str]) -> None:
    """Sentences, and what is joined by a word and long enough to be a request."""
    assert requests(text, ENGLISH) == parts


def test_questions() -> None:
    """By the mark, or by the first words."""
    assert is_question("do you have a pool", ENGLISH)
    assert is_question("and how much is it", ENGLISH)
    assert is_question("Friday?", ENGLISH)
    assert not is_question("I would like a room", ENGLISH)


@pytest.mark.parametrize(
    ("code", "text", "right", "wrong"),
    [
        ("de", "nein, Donnerstag", "Donnerstag", ""),
        ("de", "nicht O'Connor, sondern O'Connell", "O'Connell", "O'Connor"),
        ("de", "am Montag, ach nein, am Mittwoch", "am Mittwoch", ""),
        ("fr", "non, jeudi", "jeudi", ""),
        ("fr", "pas O'Connor, mais O'Connell", "O'Connell", "O'Connor"),
        ("es", "no, el jueves", "el jueves", ""),
        ("es", "no O'Connor, sino O'Connell", "O'Connell", "O'Connor"),
        ("it", "no, giovedì", "giovedì", ""),
        ("it", "non O'Connor, ma O'Connell", "O'Connell", "O'Connor"),
        ("zh", "不对, 是星期四", "星期四", ""),
        ("zh", "不是张伟, 是张威", "张威", "张伟"),
    ],
)
def test_corrections_of_other_languages(code: str, text: str, right: str, wrong: str) -> None:
    """What is taken back, and what counts instead."""
    repair = repaired(text, language.load(code))

    assert repair is not None
    assert (repair.right, repair.wrong) == (right, wrong)
