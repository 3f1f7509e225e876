"""What was given to a model, and what it made up."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from orchestrator.local.brain.gguf.facts import Facts, told

TODAY = date(2026, 11, 28)  # a Saturday
GIVEN = [
    "You are the front desk of Mill Lane Dental. A cleaning costs ninety euros. Open Monday to Friday, eight to five.",
    '{"order": "48213", "total": 103.50, "day": "2026-12-01", "time": "15:30", "with": "Dr. Lee"}',
    "My number is five five five, oh one three four. I am Anna Schmidt.",
]
FACTS = Facts.of(GIVEN, TODAY, prose=GIVEN[0])


@pytest.mark.parametrize(
    "text",
    [
        "A cleaning costs 90 euros.",
        "That is €90.00, please.",
        "We are open from Monday to Friday.",
        "Order 4 8 2 1 3 comes to 103.5.",
        "Tuesday, the first of December, at half past three.",
        "It is on December 1 at 3:30 pm.",
        "Is 5550134 right, Ms Schmidt?",
        "Dr. Lee sees you then. One moment, please.",
        "Mill Lane Dental's desk, I am glad to help you, Anna.",
        "Do you want one or two nights?",
    ],
)
def test_what_was_given_may_be_said(text: str) -> None:
    """In other words, digits and forms, too."""
    assert FACTS.unfounded(text) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("A cleaning costs 80 euros.", ["80"]),
        ("It takes forty-five minutes.", ["45"]),
        ("Order 48214 was sent.", ["48214"]),
        ("You come on Wednesday, the second of December.", ["2026-12-02"]),
        ("You come at 4:15.", ["4:15"]),
        ("Please ask for Doctor Miller.", ["Doctor", "Miller"]),
        ("We are open on Sunday.", ["2026-11-29"]),
        ("It costs two euros.", ["2"]),
    ],
)
def test_what_was_made_up_is_found(text: str, wrong: list[str]) -> None:
    """Prices, numbers, days, times and names that nobody gave."""
    assert FACTS.unfounded(text) == wrong


def test_nouns_of_german_are_no_names() -> None:
    """Where the language writes nouns with a capital, capitals tell nothing; numbers still do."""
    prose = (
        "Sie sind der Empfang einer Praxis. Sie nehmen den Namen und das Anliegen auf und verbinden mit der Abteilung."
    )
    facts = Facts.of([prose], TODAY, prose=prose)

    assert facts.unfounded("Gern, ich sehe nach Ihrem Termin.") == []
    assert facts.unfounded("Die Reinigung kostet 80 Euro.") == ["80"]


def test_name_must_be_given_word_by_word() -> None:
    """An argument that is a name may begin the text, and be written small."""
    assert FACTS.strange("anna Schmidt", whole=True) == []
    assert FACTS.strange("John Smith", whole=True) == ["John", "Smith"]


def test_model_is_no_witness_of_its_own_words() -> None:
    """What the conversation tells: the caller, notes and results; not what the model said."""
    items: list[dict[str, Any]] = [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello."}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "It costs 80."}]},
        {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "Handed over."}]},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"n": 7}'},
        {"type": "function_call_output", "call_id": "c", "output": "Done."},
    ]

    assert told(items) == ["Hello.", "Handed over.", "Done."]
