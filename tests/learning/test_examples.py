"""The examples are whole, and say what callers mean."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.learned.meaning import Doing, Pending
from tests.learning.examples import DATA, Example, example, examples

TEAM = """
{"team": "gym", "agents": {"desk": {"description": "Classes.", "functions": ["book_class"]}},
 "functions": {"book_class": {"doc": "Books a class.\\n\\nArgs:\\n    day: when", "parameters": {"day": "date"}}}}
{"team": "gym", "said": "Spinning at 2", "pending": "ask:book_class.day", "act": "answer", "target": "book_class"}
{"team": "gym", "said": "the showers are cold", "pending": null, "act": "complain", "target": "agent:desk"}
"""


def test_a_team_is_read() -> None:
    """Functions and agents can be meant; they are described in several ways."""
    gym = example(TEAM.replace(",\n ", ", "))

    assert gym.candidates["book_class"][0] == "book class: Books a class. (day)"
    assert gym.candidates["agent:desk"] == ["desk: Classes.", "Classes."]
    assert set(gym.owner.items()) == {("book_class", "desk"), ("agent:desk", "desk")}
    answer, complaint = gym.sentences
    assert (answer.said, answer.pending, answer.doing) == ("spinning at 12345", Pending.VALUE, Doing.ANSWER)
    assert complaint.meant == {"agent:desk"}


@pytest.mark.parametrize("one", examples(), ids=lambda one: one.name)
def test_everything_that_is_meant_exists(one: Example) -> None:
    """In each of the teams."""
    assert len(one.sentences) >= 50
    assert all(sentence.meant <= one.candidates.keys() for sentence in one.sentences)
    assert all(sentence.said for sentence in one.sentences)


def test_the_examples_are_many() -> None:
    """Of different trades, each in a file of its own."""
    assert len({one.name for one in examples()}) == len(list(DATA.glob("*.jsonl"))) >= 50
