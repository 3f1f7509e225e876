"""What was learnt tells what sentences mean: the real model."""

from __future__ import annotations

import pytest

from orchestrator.errors import RealtimeError
from orchestrator.local import models
from orchestrator.local.brain.learned import meaning as module
from orchestrator.local.brain.learned import network
from orchestrator.local.brain.learned.meaning import NEVER, Doing, Meaning, Pending, meaning
from orchestrator.local.models import LEARNED, PIECES

pytestmark = pytest.mark.speech

BOOK, CANCEL, PRICE = (
    "book lesson: Book a riding lesson. (rider, day)",
    "cancel lesson: Cancel a riding lesson. (rider, day)",
    "price list: What lessons and rides cost. (kind)",
)


@pytest.fixture
def english() -> Meaning:
    """What was learnt for English."""
    learnt = meaning("en")
    assert learnt is not None
    return learnt


def test_only_english_was_learnt() -> None:
    """Other languages go without; the model is loaded once."""
    assert meaning("zh") is None
    assert meaning("en") is meaning("en")


def test_a_sentence_is_near_the_function_that_it_is_about(english: Meaning) -> None:
    """Also if it has none of its words; capitals do not count."""
    book, cancel, price = english.match("my daughter is ill and won't be riding on Friday", [BOOK, CANCEL, PRICE])
    assert cancel > max(book, price)
    book, cancel, price = english.match("What would you charge me for an hour?", [BOOK, CANCEL, PRICE])
    assert price > max(book, cancel)
    assert english.match("BOOK me in", [BOOK]) == english.match("book me in", [BOOK])
    assert english.match("anything", []) == []


def test_small_talk_is_about_none(english: Meaning) -> None:
    """What is likelier about no function has less than nothing."""
    assert max(english.match("terrible weather we are having", [BOOK, CANCEL, PRICE])) < 0


def test_a_question_may_be_about_what_is_known(english: Meaning) -> None:
    """Also where a function would be likelier than nothing only just."""
    known = ["How can I pay? By card.", "Where are you? In Mill Lane."]
    pay, find = english.match_known("do you take cash?", known)
    assert pay > max(find, 0)
    assert all(
        one >= other
        for one, other in zip(english.match_known("hello", known), english.match("hello", known), strict=True)
    )
    assert english.match_known("hello", []) == []


def test_what_a_sentence_does_depends_on_what_was_asked(english: Meaning) -> None:
    """The likelihoods of everything that it can do add up to one."""
    confirmed = english.doing("yes that's the one", Pending.YES)
    assert max(confirmed, key=confirmed.__getitem__) is Doing.CONFIRM
    assert sum(confirmed.values()) == pytest.approx(1)
    answered = english.doing("the brown pony", Pending.VALUE)
    assert max(answered, key=answered.__getitem__) is Doing.ANSWER


def test_values_are_found(english: Meaning) -> None:
    """Of each parameter its own words, with a likelihood that tells what is none; whether it was asked for counts."""
    said, wanted = "it's Ruth Delgado, for two people", ["rider: name of the rider (book lesson)", "riders: how many"]

    rider, riders = (one.best(1)[0] for one in english.likely(said, wanted, 0))

    assert said[rider.start : rider.end] == "Ruth Delgado"
    assert "two" in said[riders.start : riders.end]
    assert rider.likelier > 0
    (asked,) = english.likely("Bramley", wanted[:1], 0)
    (other,) = english.likely("Bramley", wanted[:1], None, other=True)
    (none,) = english.likely("why do you need to know that", wanted[:1], 0)
    assert asked.best(1)[0].likelier > max(0, other.best(1)[0].likelier)
    assert none.best(1)[0].likelier < 0


def test_words_at_a_place_are_likely(english: Meaning) -> None:
    """Those words alone, or with a word or two around them; no value begins in the middle of a word."""
    said = "the party's on Friday, for the Cobbler's Arms"
    (day,) = english.likely(said, ["day: which day, a day (book party)"], None)
    start, end = said.index("Friday"), said.index("Friday") + 6

    assert day.near(start - 3, end) >= day.near(start, end) >= day.at(start, end) > NEVER
    assert day.at(start + 1, end) == NEVER
    assert {said[one.start :][:2] for one in day.best(500)}.isdisjoint({"s ", "'s"})


def test_no_words_have_no_value(english: Meaning) -> None:
    """Nor are there values where no parameter is wanted."""
    assert [one.best(1) for one in english.likely(" ", ["name"], 0)] == [[]]
    assert english.likely("Ruth", [], None) == []


def test_the_oldest_sentences_are_forgotten(english: Meaning, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the network makes of each piece is kept of few."""
    monkeypatch.setattr(module, "LATEST", 2)

    for said in ("one day", "two days", "three days"):
        english.doing(said, Pending.NOTHING)

    assert list(english._readings) == ["two days", "three days"]


def test_texts_are_encoded_once(english: Meaning, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was prepared is not encoded again, unless it was dropped."""
    english.remember([BOOK, CANCEL])
    monkeypatch.setattr(network, "encode", lambda *_: pytest.fail("encoded again"))

    english.remember([BOOK, CANCEL])


def test_the_oldest_texts_are_dropped(english: Meaning, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache is bounded."""
    monkeypatch.setattr(module, "REMEMBERED", 2)

    english.remember(["one", "two", "three"])

    assert list(english._vectors) == ["two", "three"]


def test_a_changed_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own file is checked like those of others."""
    monkeypatch.setattr(models, "FILES", {**models.FILES, LEARNED: {module.FILE: "0" * 64}})
    with pytest.raises(RealtimeError, match="not the expected one"):
        module._english.__wrapped__()
    monkeypatch.setattr(models, "FILES", {**models.FILES, PIECES: {module.VOCABULARY: "0" * 64}})
    with pytest.raises(RealtimeError, match="not the expected one"):
        module._english.__wrapped__()
