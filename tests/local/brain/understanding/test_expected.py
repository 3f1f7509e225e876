"""Tests of what is expected from the caller."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from orchestrator.local.brain.understanding.expected import expected

TODAY = date(2026, 11, 28)


def tool(**properties: Any) -> dict[str, Any]:
    """Return a function with these parameters."""
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": "function", "name": "book", "description": "Book.", "parameters": schema}


TABLE = tool(
    name={"type": "string", "description": "the customer's name"},
    card={"type": "string", "description": "the card number, four digits"},
    people={"type": "integer", "description": "how many people"},
    day={"type": "string", "format": "date", "description": "the day"},
)


@pytest.mark.parametrize(
    ("said", "guesses", "heard"),
    [
        ("Shall I book a table at three?", ["Yes, but it four.", "Yes, but at four."], "Yes, but at four."),
        ("What can I do for you?", ["My card is 90035.", "My card is 9035."], "My card is 9035."),
        ("How many people?", ["Just wonderful.", "Just one."], "Just one."),
        ("What is your name?", ["Peter Obrien.", "Peter O'Brien."], "Peter O'Brien."),
        ("What is your name?", ["Anishmit."], "Anna Schmidt."),
        ("What can I do for you?", ["My name is Jonas Webber."], "My name is Jonas Weber."),
        ("What can I do for you?", ["Anishmit."], "Anishmit."),
        ("What can I do for you?", ["Cancel my booking 77731."], "Cancel my booking 7731."),
        ("What can I do for you?", ["It is 8 8 0 0 1."], "It is 8 8 0 0 1."),
        ("Shall I book it?", ["Perfect Perfect"], "Perfect"),
        ("What is your name?", ["It's use of Demir-D-E-M-I-R"], "It's Yusuf Demir-D-E-M-I-R"),
        ("What is your name?", ["in as Costa on Saturday."], "Ines Costa on Saturday."),
        ("What is your name?", ["It's use of Demir, D, E, N, I, R."], "It's Yusuf Demir"),
        ("What is your name?", ["not O'Connor, O'Connell"], "not O'Connor, O'Connell"),
        ("What is your name?", ["Is it far?"], "Is it far?"),
        ("What is your name?", ["Webber, W-E-B-B-E-R."], "Webber, W-E-B-B-E-R."),
    ],
)
def test_a_guess_is_chosen(said: str, guesses: list[str], heard: str) -> None:
    """Of guesses that are nearly as likely the one counts that answers, with names as they are written."""
    hypotheses = [(-0.5 - at / 10, guess) for at, guess in enumerate(guesses)]

    assert expected(said, [TABLE], TODAY).chosen(hypotheses) == heard


@pytest.mark.parametrize(
    ("said", "heard", "answered"),
    [
        ("How many people?", "Just two.", True),
        ("How many people?", "Two people would like to come, I think, or so", False),
        ("How many people?", "Well", False),
        ("On which day?", "On Friday.", False),
        ("Anything else?", "Two.", False),
    ],
)
def test_a_whole_answer(said: str, heard: str, *, answered: bool) -> None:
    """A short answer with the value is whole where nothing can follow it."""
    assert expected(said, [TABLE], TODAY).is_answered(heard) is answered


@pytest.mark.parametrize(
    ("said", "heard", "answered"),
    [
        ("What is your name?", "Anna Schmidt.", True),
        ("What is your name?", "Anna", False),
        ("On which day?", "On Friday.", True),
        ("On which day?", "I don't know.", False),
        ("Shall I book it?", "Yes, but with two.", True),
        ("Anything else?", "On Friday.", False),
    ],
)
def test_an_answer_that_may_go_on(said: str, heard: str, *, answered: bool) -> None:
    """A full name, a day, a yes: what was asked for, although more may follow."""
    assert expected(said, [TABLE], TODAY).is_likely_answered(heard) is answered
