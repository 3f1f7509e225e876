"""What the caller has just said."""

from __future__ import annotations

from orchestrator.local.brain import language
from orchestrator.local.brain.dialogue.heard import hear
from orchestrator.local.brain.learned.meaning import Doing
from orchestrator.local.brain.understanding.acts import Act

ENGLISH = language.load("en")


def test_what_words_alone_tell() -> None:
    """Acts, question, correction, agreement."""
    heard = hear("Yes, but at four", ENGLISH)
    assert (heard.agreed, heard.question, heard.repair) == (True, False, None)
    assert hear("no wait, Thursday", ENGLISH).repair is not None
    assert hear("thanks", ENGLISH).only(Act.THANKS)
    assert hear("How much is it?", ENGLISH).question
    assert not hear("So are we! Bye", ENGLISH).question


def doings(**likely: float) -> dict[Doing, float]:
    """Return how likely a sentence does what."""
    return dict.fromkeys(Doing, 0.0) | {Doing[name.upper()]: share for name, share in likely.items()}


def test_what_was_learnt_adds_acts_and_takes_them_away() -> None:
    """Where it is sure; thanks are often said beside what counts."""
    assert Act.PERSON in hear("is Sabine about", ENGLISH, doings(person=0.9)).acts
    assert Act.REPEAT not in hear("sorry, what did you say about parking", ENGLISH, doings(question=0.9)).acts
    assert Act.REPEAT in hear("sorry, what did you say", ENGLISH, doings(question=0.5, repeat=0.4)).acts
    assert Act.THANKS in hear("thanks, and the bill", ENGLISH, doings(request=0.9)).acts
    assert hear("till when can I use it", ENGLISH, doings(question=0.9)).question


def test_words_tell_yes_from_no_and_examples_what_no_word_tells() -> None:
    """A yes that no word tells must be certain."""
    assert hear("yes", ENGLISH, doings(deny=0.9)).agreed is True
    assert hear("smashing", ENGLISH, doings(confirm=0.9)).agreed is True
    assert hear("good, but no, I don't want it", ENGLISH, doings(cancel=0.6, deny=0.4)).agreed is None
    assert hear("maybe", ENGLISH, doings(confirm=0.75)).agreed is None
    assert hear("I think I will pass", ENGLISH, doings(deny=0.9)).agreed is False


def test_nothing_is_sure_where_nothing_was_learnt() -> None:
    """In other languages."""
    heard = hear("how much is it", ENGLISH)
    assert not heard.surely(Doing.QUESTION)
    assert not heard.hardly(Doing.ANSWER)
    assert hear("how much", ENGLISH, doings(question=0.6, request=0.2)).surely(Doing.QUESTION, Doing.REQUEST)
    assert hear("how much", ENGLISH, doings(question=0.99)).hardly(Doing.ANSWER, Doing.CORRECT)


def test_of_two_things_one_is_likelier() -> None:
    """Nothing is, where nothing was learnt."""
    heard = hear("What is the weather in Paris?", ENGLISH, doings(question=0.6, small_talk=0.3))

    assert heard.rather(Doing.QUESTION, Doing.SMALL_TALK)
    assert not heard.rather(Doing.SMALL_TALK, Doing.QUESTION)
    assert not hear("What is the weather in Paris?", ENGLISH).rather(Doing.QUESTION, Doing.SMALL_TALK)
