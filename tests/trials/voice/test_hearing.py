"""What a caller hears."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.trials.voice.hearing import Hearing


def audio(item: str, seconds: float, response: str = "resp_1") -> dict[str, Any]:
    """Return an event with so much sound."""
    delta = "A" * (round(seconds * 48_000) * 4 // 3)
    return {"type": "response.output_audio.delta", "response_id": response, "item_id": item, "delta": delta}


def words(item: str, text: str, response: str = "resp_1") -> dict[str, Any]:
    """Return an event with words."""
    kind = "response.output_audio_transcript.delta"
    return {"type": kind, "response_id": response, "item_id": item, "delta": text}


def started(response: str, agent: str) -> dict[str, Any]:
    """Return the event that says who speaks."""
    return {"type": "team.response.started", "response_id": response, "agent": agent}


def test_answers_are_played_one_behind_the_other() -> None:
    """However fast they come."""
    hearing = Hearing()
    for event in (started("resp_1", "front"), audio("a", 1.0), words("a", "Good "), words("a", "day.")):
        hearing.take(event, 5.0)
    for event in (started("resp_2", "billing"), words("b", "Hello.", "resp_2"), audio("b", 2.0, "resp_2")):
        hearing.take(event, 5.2)
    heard = list(hearing.utterances.values())

    assert [(one.agent, one.text) for one in heard] == [("front", "Good day."), ("billing", "Hello.")]
    assert [one.begins for one in heard] == pytest.approx([5.0, 6.0])
    assert hearing.quiet_at == pytest.approx(8.0)
    assert hearing.answer_begins == pytest.approx(6.0)


def test_what_is_interrupted_is_not_heard() -> None:
    """Of the item that is played a part, of those behind it nothing; words that come late are not heard either."""
    hearing = Hearing()
    for event in (words("a", "one two three four"), audio("a", 2.0), words("b", "five"), audio("b", 1.0)):
        hearing.take(event, 10.0)

    assert list(hearing.stop(11.0)) == [("a", 1000), ("b", 0)]
    hearing.take(words("b", " six"), 11.1)
    assert [one.text for one in hearing.utterances.values()] == ["one two", ""]
    assert list(hearing.stop(11.2)) == []
    assert hearing.quiet_at < 12.0 + 1e-6


def test_nothing_was_heard_yet() -> None:
    """Then there is no answer."""
    hearing = Hearing()
    hearing.take(words("a", "Hm."), 1.0)

    assert hearing.answer_begins is None
    assert hearing.quiet_at == 0.0
