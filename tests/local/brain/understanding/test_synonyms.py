"""Words that say the same on a service telephone."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.understanding.encoder import content
from orchestrator.local.brain.understanding.synonyms import groups


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I want to call it off", "cancel"),
        ("I can't make it", "cancel"),
        ("I don’t want it any more", "cancel"),
        ("track the delivery", "Where is my parcel?"),
        ("I want my money back", "refund"),
        ("It doesn't work", "it is broken"),
        ("Can you ring me back?", "a message"),
        ("my invoice", "our bill"),
        ("send a technician", "I need an engineer"),
    ],
)
def test_what_is_said_alike_is_the_same(one: str, other: str) -> None:
    """Callers and authors need not use the same words."""
    assert content(one) & content(other)


def test_the_rest_of_a_text_stays() -> None:
    """What belongs to no group is left for the stems."""
    found, rest = groups("My INVOICE for the kittens")
    assert found == {"bill"}
    assert rest.split() == ["my", "for", "the", "kittens"]


def test_a_word_inside_another_is_not_it() -> None:
    """Groups are whole words: "capable" is no "able", "planet" no plane."""
    assert groups("the planet Saturn")[0] == frozenset()
