"""Known answers beside functions."""

from __future__ import annotations

import pytest

from orchestrator.local.brain import language
from orchestrator.local.brain.dialogue.answering import is_asked_for, is_wish
from orchestrator.local.brain.dialogue.heard import Heard, hear
from orchestrator.local.brain.learned.meaning import Doing
from orchestrator.local.brain.understanding.choice import Choices
from tests.local.brain.routing import INSTRUCTIONS, TODAY, desk, encoder

pytestmark = pytest.mark.speech
HOURS = "From eight to six."


def heard(words: str, question: float = 0.0) -> Heard:
    """Return what was heard, and how likely it is a question, as was learnt."""
    rest = (1 - question) / (len(Doing) - 1)
    return hear(words, language.load("en"), dict.fromkeys(Doing, rest) | {Doing.QUESTION: question})


def test_a_question_finds_its_answer() -> None:
    """It is asked for if no function fits better."""
    asked = heard("What are your opening hours?", question=0.9)
    score, known = Choices(encoder(), desk(), INSTRUCTIONS, TODAY).answer(asked.text)

    assert known == HOURS
    assert is_asked_for(asked, score, known, best=0.3)
    assert not is_asked_for(asked, score, known, best=score + 0.01)
    assert not is_asked_for(asked, score, "", best=0.3)
    assert not is_asked_for(heard("I want to know more about it"), score, known, best=0.3)


def test_where_nothing_was_learnt_an_answer_that_fits_well_comes_first() -> None:
    """A function must be clearly ahead of it."""
    asked = hear("Wann haben Sie geöffnet?", language.load("de"))

    assert is_asked_for(asked, 0.7, HOURS, best=0.75)
    assert not is_asked_for(asked, 0.6, HOURS, best=0.65)
    assert not is_asked_for(asked, 0.7, HOURS, best=0.85)


def test_what_somebody_is_asked_to_do_is_no_question() -> None:
    """Unless the answer fits surely."""
    wish = hear("Can somebody bring me a towel?", language.load("en"), dict.fromkeys(Doing, 0.0) | {Doing.REQUEST: 0.9})

    assert is_wish(wish, score=0.6, best=0.4)
    assert not is_wish(wish, score=0.8, best=0.4)
    assert not is_wish(wish, score=0.6, best=0.1)
    assert not is_asked_for(wish, 0.6, "No, towels are there for you.", best=0.4)


def test_an_answer_with_the_value_that_is_asked_for_comes_first() -> None:
    """A function that does something must be far ahead of it."""
    asked = heard("Until when can I order a meal?", question=0.9)

    assert is_asked_for(asked, 0.8, "Until eleven.", best=0.9, tells=True)
    assert not is_asked_for(asked, 0.8, "Until eleven.", best=0.9)
    assert not is_asked_for(asked, 0.8, "Until eleven.", best=1.1, tells=True)
