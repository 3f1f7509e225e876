"""The sentence encoder of the router: the real model."""

from __future__ import annotations

import pytest

from orchestrator.errors import RealtimeError
from orchestrator.local import models
from orchestrator.local.brain.understanding import encoder
from orchestrator.local.brain.understanding.encoder import SentenceEncoder, content, neutral
from orchestrator.local.models import SENTENCES

pytestmark = pytest.mark.speech


def test_near_meanings_are_near() -> None:
    """A sentence is nearer to what means the same than to what does not."""
    same, other = SentenceEncoder().likeness("Where is my parcel?", ["track my delivery", "I forgot my password"])
    assert same > other
    assert SentenceEncoder().likeness("Anything", []) == []


def test_numbers_say_nothing_about_what_is_wanted() -> None:
    """Two order numbers are the same sentence."""
    assert neutral("order 48213") == neutral("order 7, 7 0 4 2")
    assert content("Where are my orders, order 12?") == {"parcel", "whereabouts"}


def test_a_changed_model_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is compared with its SHA-256 before anything reads it."""
    monkeypatch.setattr(models, "FILES", {SENTENCES: {"resources/sp.model": "0" * 64}})
    encoder.sentence_model.cache_clear()
    with pytest.raises(RealtimeError, match="not the expected one") as caught:
        SentenceEncoder()

    assert (caught.value.code, caught.value.fatal) == ("bad_model", True)


def test_sentences_are_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions that open at the same time have the same sentences."""
    one = SentenceEncoder()
    one.remember(["Where is my parcel?"])
    monkeypatch.setattr(one, "_model", None)

    one.remember(["Where is my parcel?"])
