"""The examples are whole, and say what callers mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.local.brain.learned.meaning import Doing, Pending
from tests.learning.examples import APART, DATA, example, examples

TEAM = """
{"team": "gym", "agents": {"desk": {"description": "Classes.", "functions": ["book_class"]}},
 "functions": {"book_class":
 {"doc": "Books a class.\\n\\nArgs:\\n    day: when", "parameters": {"day": "date", "name": "str"}}}}
{"team": "gym", "said": "Spinning at 2", "pending": "ask:book_class.day", "act": "answer", "target": "book_class",
 "values": {"book_class.name": "Spinning"}}
{"team": "gym", "said": "the showers are cold", "pending": null, "act": "complain", "target": "agent:desk"}
"""


def joined(team: str) -> str:
    """Return a team with each object in a line."""
    return team.replace("\n ", " ")


def test_a_team_is_read() -> None:
    """Functions and agents can be meant; they are described in several ways."""
    gym = example(joined(TEAM))

    assert gym.candidates["book_class"][0] == "book class: Books a class. (day, name)"
    assert gym.candidates["agent:desk"] == ["desk: Classes.", "Classes."]
    assert set(gym.owner.items()) == {("book_class", "desk"), ("agent:desk", "desk")}
    answer, complaint = gym.sentences
    assert (answer.said, answer.pending, answer.doing) == ("Spinning at 2", Pending.VALUE, Doing.ANSWER)
    assert complaint.meant == {"agent:desk"}


def test_facts_are_read() -> None:
    """They can be meant like functions, and are described with and without the question that the author wrote."""
    facts = '{"hours": {"told": "We close at ten."}, "pay": {"asked": "How can I pay?", "told": "By card."}}, '
    gym = example(
        joined(TEAM).replace('"agents"', f'"facts": {facts}"agents"', 1).replace('"agent:desk"', '"fact:pay"')
    )

    assert gym.candidates["fact:hours"] == ["We close at ten."]
    assert gym.candidates["fact:pay"] == ["How can I pay? By card.", "How can I pay?", "By card."]
    assert "fact:pay" not in gym.owner
    assert gym.sentences[1].meant == {"fact:pay"}


def test_values_are_read() -> None:
    """What is not marked, of the functions that are meant and of what was asked for, is said to have no value."""
    gym = example(joined(TEAM))

    answer, complaint = gym.sentences
    assert (answer.asked, dict(answer.values)) == (
        "book_class.day",
        {"book_class.day": None, "book_class.name": "Spinning"},
    )
    assert complaint.values == {}
    assert gym.parameters["book_class.day"] == [
        "day: when, a day (book class)",
        "day: a day (book class)",
        "day: when, a day",
    ]


def test_only_what_was_asked_for_may_be_marked() -> None:
    """Then nothing is known of the other parameters."""
    gym = example(joined(TEAM).replace('"agents"', '"values": "asked", "agents"'))

    assert gym.sentences[0].values == {"book_class.day": None, "book_class.name": "Spinning"}
    assert gym.sentences[1].values == {}


@pytest.mark.parametrize("path", sorted([*DATA.glob("*.jsonl"), *APART.glob("*.jsonl")]), ids=lambda path: path.stem)
def test_an_example_says_what_exists(path: Path) -> None:
    """What is meant is one of the candidates; values are words that are said, of the parameters of the team."""
    one = example(path.read_text("utf-8"))

    assert len(one.sentences) >= 50
    for sentence in one.sentences:
        assert sentence.said
        assert sentence.meant <= one.candidates.keys()
        assert sentence.values.keys() <= one.parameters.keys()
        assert all(words is None or (words and words in sentence.said) for words in sentence.values.values())


def test_the_examples_are_many() -> None:
    """Of different trades, each in a file of its own."""
    names = [one.name for folder in (DATA, APART) for one in examples(folder)]
    assert len(set(names)) == len(names) >= 300
