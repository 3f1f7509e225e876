"""Questions about what was said and done before."""

from __future__ import annotations

import pytest

from orchestrator.local.brain import language
from orchestrator.local.brain.dialogue.heard import hear
from orchestrator.local.brain.dialogue.history import sentences_said
from orchestrator.local.brain.dialogue.recall import refers_only, told_about, told_before
from orchestrator.local.brain.language import normalized, speaking
from tests.local.brain.routing import TODAY, Caller, desk, message, text, tool

pytestmark = pytest.mark.speech
ENGLISH = language.load("en")
SAID = (
    "It is ready on Friday at half past three. The bill comes to 430 euros. It stands on the second floor. "
    "Your mechanic is Marco."
)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("how much was that?", "The bill comes to 430 euros."),
        ("sorry, which day was it?", "It is ready on Friday at half past three."),
        ("what time did you say?", "It is ready on Friday at half past three."),
        ("which floor was it again?", "It stands on the second floor."),
        ("sorry, how much?", "The bill comes to 430 euros."),
        ("who is it?", "Your mechanic is Marco."),
        ("how much is a cleaning?", ""),
        ("which colour was it?", ""),
    ],
)
def test_what_was_said_is_told_again(asked: str, told: str) -> None:
    """The sentence that answers the question, and nothing when none does."""
    assert told_before(hear(asked, ENGLISH), [message("assistant", SAID)], TODAY) == told


@pytest.mark.parametrize(
    ("code", "said", "asked", "told"),
    [
        ("de", "Es ist am Freitag um halb vier fertig. Das kostet 430 Euro.", "Wie viel war das noch mal?", 1),
        ("de", "Es ist am Freitag um halb vier fertig. Das kostet 430 Euro.", "An welchem Tag war das?", 0),
        ("fr", "C'est prêt vendredi à quinze heures. Cela coûte 430 euros.", "C'était combien déjà ?", 1),
        ("fr", "C'est prêt vendredi à quinze heures. Cela coûte 430 euros.", "À quelle heure avez-vous dit ?", 0),
        ("es", "Está listo el viernes a las tres y media. Cuesta 430 euros.", "¿Cuánto era?", 1),
        ("es", "Está listo el viernes a las tres y media. Cuesta 430 euros.", "¿A qué hora ha dicho?", 0),
        ("it", "È pronto venerdì alle tre e mezza. Costa 430 euro.", "Quanto era?", 1),
        ("it", "È pronto venerdì alle tre e mezza. Costa 430 euro.", "Che giorno ha detto?", 0),
        ("zh", "星期五下午三点半可以取。一共四百三十元。", "多少钱来着？", 1),
        ("zh", "星期五下午三点半可以取。一共四百三十元。", "你刚才说几点？", 0),
    ],
)
def test_it_is_told_again_in_other_languages(code: str, said: str, asked: str, told: int) -> None:
    """The first or the second of two sentences."""
    with speaking(code):
        items = [message("assistant", said)]
        sentences = sentences_said(items)[::-1]
        assert len(sentences) == 2
        assert told_before(hear(normalized(asked), language.load(code)), items, TODAY) == sentences[told]


def test_the_newest_sentence_counts() -> None:
    """Of two sentences that answer, the one that was said last."""
    items = [message("assistant", "It costs 5 euros."), message("assistant", "It costs 7 euros.")]

    assert told_before(hear("how much was that?", ENGLISH), items, TODAY) == "It costs 7 euros."


def test_a_question_about_nothing_but_it() -> None:
    """It names nothing that could be looked up by meaning."""
    assert refers_only(hear("wait, when is it again?", ENGLISH))
    assert not refers_only(hear("when is it, the delivery?", ENGLISH))
    assert not refers_only(hear("it is", ENGLISH))


def test_what_is_about_to_be_changed_is_looked_up_first() -> None:
    """The number that was given for one function serves another that only tells something."""
    caller = Caller(desk())
    assert caller.say("Cancel order 77042") == "Shall I cancel order 77042?"
    assert caller.say("wait, when is it again?") == ("find_order", {"order_number": "77042"})
    assert caller.returns("It arrives on Monday.") == "It arrives on Monday. Shall I cancel order 77042?"
    assert caller.say("which day was that?") == "It arrives on Monday. Shall I cancel order 77042?"


def test_what_was_asked_is_asked_again() -> None:
    """The question itself has the answer."""
    day, time = text("the day"), text("the time")
    caller = Caller([tool("book_table", "Book a table.", confirm=True, day=day, time=time)])
    question = caller.say("Book a table on Tuesday at eight")

    assert caller.say("what time was that?") == question


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("How many mistakes?", "You passed with three mistakes."),
        ("when do the chairs come?", "The chairs arrive next week."),
        ("how many sofas are there?", ""),
        ("three mistakes", ""),
    ],
)
def test_a_question_goes_on_about_what_was_told(asked: str, told: str) -> None:
    """The sentence that has its words and the kind of value that it asks for; what was said at first is no answer."""
    items = [
        message("assistant", "Hello, we have three sofas."),
        message("user", "hi"),
        message("assistant", "You passed with three mistakes. The chairs arrive next week."),
    ]

    assert told_about(hear(asked, ENGLISH), items, TODAY) == told


def test_what_a_question_is_about() -> None:
    """The words that say what kind of value is asked for, and courtesies, are not what it is about."""
    items = [message("user", "Rolls."), message("assistant", "The rolls are ordered. They are here from seven.")]

    assert (
        told_about(hear("Sorry, from what time can I get them?", ENGLISH), items, TODAY) == "They are here from seven."
    )


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("Where is my order 48213?", "Order 48213 has been shipped."),
        ("Where is my order?", "Order 48213 has been shipped."),
        ("Where is my order 77042?", ""),
    ],
)
def test_a_question_about_another_thing_is_not_about_what_was_told(asked: str, told: str) -> None:
    """By the number that names it."""
    items = [message("user", "Hello."), message("assistant", "Order 48213 has been shipped.")]
    assert told_about(hear(asked, ENGLISH), items, TODAY) == told
