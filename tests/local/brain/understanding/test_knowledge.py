"""What an agent knows without a function."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from orchestrator.local.brain import language
from orchestrator.local.brain.understanding.acts import Act
from orchestrator.local.brain.understanding.encoder import content
from orchestrator.local.brain.understanding.knowledge import Knowledge, statements, topic
from tests.local.brain.routing import encoder

pytestmark = pytest.mark.speech
INSTRUCTIONS = """# Role
You are the desk of a garage. Find out what the customer needs.
- A courtesy car costs 25 euros a day.
- Ask for the plate first, which is on the car.
Customers can wait in the cafe next door. If they complain, the manager is responsible.
Be brief.

# Known answers
Q: When are you open? A: The workshop is open from seven to six, on weekdays."""


def test_statements_are_told_from_orders() -> None:
    """What the agent is to do, and what it is, is nothing for callers."""
    assert statements(INSTRUCTIONS.partition("# Known")[0], language.load("en")) == (
        "A courtesy car costs 25 euros a day.",
        "Customers can wait in the cafe next door.",
    )


@pytest.mark.parametrize(
    ("code", "orders", "facts"),
    [
        (
            "de",
            "Du bist der Empfang. Frage nach dem Namen, er ist wichtig. Nenne keine Preise, sie sind geheim.",
            ["Ein Parkplatz kostet fünf Euro."],
        ),
        (
            "fr",
            "Vous êtes l'accueil. Demandez le nom. Restez poli, c'est important.",
            ["Notre cabinet est ouvert le samedi.", "Le restaurant ferme à dix heures."],
        ),
        (
            "es",
            "Eres la recepción. Pregunta el nombre, es importante. Nunca digas que es gratis.",
            ["No se admiten perros, son las normas."],
        ),
        (
            "it",
            "Sei la reception. Chiedi il nome, è importante. Non dare consigli, è vietato.",
            ["La colazione è inclusa."],
        ),
        ("zh", "你是前台。先问姓名，这是必须的。", ["停车每天收费五元。", "早餐免费提供。"]),
    ],
)
def test_statements_are_told_from_orders_in_other_languages(code: str, orders: str, facts: Sequence[str]) -> None:
    """What the orchestrator adds to instructions is English, and no fact for callers either."""
    added = "\n\nSpeak German unless the caller asks for another language. Your colleague has a desk."

    assert statements(" ".join([orders, *facts]) + added, language.load(code)) == tuple(facts)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("what time do you open?", "The workshop is open"),
        ("what does a courtesy car cost?", "A courtesy car costs 25 euros a day."),
        ("where can I wait?", "Customers can wait in the cafe"),
    ],
)
def test_questions_are_answered(asked: str, answer: str) -> None:
    """By a known answer, or by a sentence of the instructions."""
    score, found = Knowledge(encoder(), INSTRUCTIONS).best(asked)

    assert found.startswith(answer)
    assert score > 0.3


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("I only have cash on me, is that a problem?", "By card or in cash."),
        ("we might be a bit late bringing it back", "Every late day costs ten euros."),
    ],
)
def test_what_was_learnt_finds_what_is_only_meant(asked: str, answer: str) -> None:
    """The words of question and answer need not be there; of answers that are near each other, one is right."""
    asks = "Q: How can I pay? A: By card or in cash.\nQ: What does a day cost? A: 20 euros."
    known = f"{asks}\nEvery late day costs ten euros."

    assert Knowledge(encoder(), known).best(asked)[1] == answer


def test_likeness_decides_where_nothing_was_learnt() -> None:
    """In other languages it does alone."""
    with language.speaking("de"):
        known = Knowledge(encoder(), "Q: Wann haben Sie geöffnet? A: Von acht bis sechs.\nParken kostet fünf Euro.")

        assert known.best("Wann ist denn bei Ihnen geöffnet?")[1] == "Von acht bis sechs."
        assert known.best("Was kostet das Parken?")[1] == "Parken kostet fünf Euro."


def test_nothing_is_known_without_instructions() -> None:
    """There is no answer then."""
    assert Knowledge(encoder(), "").best("when are you open?") == (0.0, "")


def test_sentences_are_listed() -> None:
    """All of them can be encoded in advance."""
    known = Knowledge(encoder(), INSTRUCTIONS)

    assert len(known.sentences()) == 4
    assert known.described()[1:3] == ["When are you open?", "The workshop is open from seven to six, on weekdays."]
    assert len(known.described()) == 5


def test_the_author_says_what_the_agent_is() -> None:
    """Whatever the words of caller and author, both ask who is speaking; nothing is made up for another act."""
    known = Knowledge(encoder(), "Q: Are you a robot? A: I am Pip.")

    assert known.for_act(Act.WHO, "am I talking to a machine?") == "I am Pip."
    assert known.for_act(Act.HELP, "what can you do?") == ""


def test_what_a_question_asks_for_is_not_its_topic() -> None:
    """Nor is what is said out of courtesy."""
    assert topic("Sorry, what time does the museum open?") == content("museum open")


def test_what_is_said_beside_an_order_is_told() -> None:
    """Of somebody whom the agent works for."""
    orders = "You take messages for Ms Castellano, the manager, who calls everybody back within one day. Be brief."

    assert statements(orders, language.load("en")) == (
        "Ms Castellano, the manager calls everybody back within one day.",
    )
