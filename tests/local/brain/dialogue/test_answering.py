"""Known answers beside functions."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from orchestrator.local.brain import language
from orchestrator.local.brain.dialogue.answering import is_asked_for, known_answer
from orchestrator.local.brain.dialogue.heard import Heard, hear
from orchestrator.local.brain.learned.meaning import Doing
from orchestrator.local.brain.understanding.choice import Choices, Ranked
from tests.local.brain.routing import INSTRUCTIONS, TODAY, desk, encoder, text, tool

pytestmark = pytest.mark.speech
HOURS = "From eight to six."


def heard(words: str, question: float = 0.0) -> Heard:
    """Return what was heard, and how likely it is a question, as was learnt."""
    rest = (1 - question) / (len(Doing) - 1)
    return hear(words, language.load("en"), dict.fromkeys(Doing, rest) | {Doing.QUESTION: question})


def choices() -> Choices:
    """Return a desk that knows its hours."""
    return Choices(encoder(), desk(), INSTRUCTIONS, TODAY)


def test_a_question_finds_its_answer() -> None:
    """It is asked for if no function fits better."""
    asked = heard("What are your opening hours?", question=0.9)
    score, known = known_answer(choices(), asked, [])

    assert known == HOURS
    assert is_asked_for(choices(), asked, score, known, best=0.3)
    assert not is_asked_for(choices(), heard("I want to know more about it"), score, known, best=0.3)


def test_what_was_learnt_to_be_about_an_answer_needs_less() -> None:
    """It beats a function that is nearer by words; a question that was not learnt to be about it must be nearer."""
    asked = heard("Until what hour could I come by?", question=0.9)
    near: Ranked = [(0.6, desk()[2])]
    with patch.object(Choices, "answer", lambda *_: (0.45, HOURS)):
        with patch.object(Choices, "is_rather_known", lambda *_: True):
            score, known = known_answer(choices(), asked, near)
            assert is_asked_for(choices(), asked, score, known, best=0.6)
        with patch.object(Choices, "is_rather_known", lambda *_: False):
            score, known = known_answer(choices(), asked, near)
            assert not is_asked_for(choices(), asked, score, known, best=0.3)


def test_what_can_be_looked_up_comes_first() -> None:
    """An answer without the day that was asked about is worth less; the caller's own matter is no general question."""
    free = tool("free_times", "Find out which times are free on a day.", day=text("the day", format="date"))
    among = Choices(encoder(), [free], INSTRUCTIONS, TODAY)
    asked = heard("What hours are free on Wednesday?", question=0.9)

    assert known_answer(among, asked, among.ranked(asked.text))[0] < known_answer(among, asked, [])[0]
    own = heard("When is my appointment?", question=0.9)
    assert known_answer(among, own, [(0.9, free)])[1] == ""
