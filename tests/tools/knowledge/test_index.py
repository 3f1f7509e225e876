"""What is found for a question."""

from __future__ import annotations

import pytest

from orchestrator.errors import RealtimeError
from orchestrator.tools.knowledge.encoder import Memory
from orchestrator.tools.knowledge.index import BEST, Index
from orchestrator.tools.knowledge.passages import passages
from tests.tools.knowledge.encoders import Topics

DOCUMENT = """
# Money
We take Visa, and cash up to fifty.

# Animals
Dogs are welcome. They sleep in the yard.

# Parking
The garage is below.
"""
TOPICS = ("visa cash pay money card", "dogs puppy animals", "garage car parking")


def index() -> Index:
    """Return an index of the document."""
    return Index(passages(DOCUMENT, "a.md"))


async def found(one: Index, question: str) -> list[str]:
    """Return the headings of what is found."""
    return [each.passage.headings[0] for each in await one.find(question)]


async def test_without_an_encoder_words_decide() -> None:
    """What has none of the question's words is not found."""
    one = index()

    assert not one.by_meaning
    assert await found(one, "Do you take Visa?") == ["Money"]
    assert await found(one, "May my puppy come?") == []
    assert await one.find_by_words("Is there a garage?") == await one.find("Is there a garage?")


async def test_with_an_encoder_meaning_decides() -> None:
    """Passages far behind the best one are no answer, and neither is the best of none."""
    one = index()
    await one.prepare(Topics(*TOPICS), Memory())

    assert one.by_meaning
    assert await found(one, "May my puppy come?") == ["Animals"]
    assert await found(one, "Where do I leave the car?") == ["Parking"]
    assert await found(one, "What is the weather like?") == []
    assert [each.passage.headings[0] for each in await one.find_by_words("Where do I leave the puppy?")] == []


async def test_the_nearest_sentence_of_a_passage_counts() -> None:
    """An encoder that needs it gets passages as a whole, with their heading, then sentences and headings."""
    parts, wholes = Topics(*TOPICS), Topics(*TOPICS, parts=False)
    await index().prepare(parts, Memory())
    await index().prepare(wholes, Memory())

    assert "Animals: Dogs are welcome. They sleep in the yard." in parts.encoded
    assert {"Dogs are welcome.", "They sleep in the yard.", "Animals"} <= set(parts.encoded)
    assert len(wholes.encoded) == 3


async def test_an_encoder_that_does_not_know_its_scale_always_finds_something() -> None:
    """The best three, the best first, whatever its numbers are like; words count beside them."""
    one = index()
    await one.prepare(Topics(*TOPICS, least=None, parts=False), Memory())
    same = Index(passages("One.\n\nTwo with Visa.", "a.txt"))
    await same.prepare(Topics("nothing", least=None, parts=False), Memory())

    assert (await found(one, "May my puppy come?"))[0] == "Animals"
    assert len(await found(one, "What is the weather like?")) == BEST
    assert (await same.find("Visa?"))[0].passage.text == "Two with Visa."


async def test_what_cannot_be_encoded_is_an_error() -> None:
    """Whoever asks decides what to do without."""
    one, encoder = index(), Topics(*TOPICS)
    await one.prepare(encoder, Memory())
    encoder.broken = True

    with pytest.raises(RealtimeError, match="out of order"):
        await one.find("May my puppy come?")
