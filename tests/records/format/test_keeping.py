"""Which words are left out of a record."""

from __future__ import annotations

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId
from orchestrator.records.format.keeping import FUNCTIONS, WORDS, Kept, dropped, without

FRONT = SessionId("front")
NOTHING = frozenset[str]()
SPOKEN = ev.TranscriptProduced(FRONT, "r", "i", "words")
TOLD = do.TellCaller({"type": "response.done"})
HEARD = ev.TurnTranscribed(FRONT, "i", "words")
HEARD_TOLD = do.TellCaller({"type": "conversation.item.input_audio_transcription.completed"})
ITEM = do.AddItem(FRONT, {})
ITEM_TOLD = do.TellCaller({"type": "conversation.item.added"})
REASONED = do.Announce("handoff.started", {})
LEFT = ev.CallerLeft()


@pytest.mark.parametrize("value", [SPOKEN, TOLD, HEARD, HEARD_TOLD, ITEM, ITEM_TOLD, REASONED, LEFT], ids=repr)
def test_all_words_are_kept_by_default(value: ev.Event | do.Effect) -> None:
    """Nothing is left out."""
    assert dropped(value, Kept.ALL) == NOTHING


@pytest.mark.parametrize("value", [SPOKEN, TOLD, HEARD, HEARD_TOLD, ITEM, ITEM_TOLD, LEFT], ids=repr)
def test_no_words_are_kept_where_none_are_wanted(value: ev.Event | do.Effect) -> None:
    """Whoever says them."""
    assert dropped(value, Kept.NONE) == WORDS


def test_why_things_are_wanted_are_words() -> None:
    """Why a call ended is not."""
    assert "reason" in dropped(REASONED, Kept.NONE)
    assert "reason" in dropped(ev.ToolFailed("c", "no"), Kept.NONE)
    assert "reason" not in dropped(LEFT, Kept.NONE)


def test_only_agents_words_are_kept_while_the_record_pauses() -> None:
    """What functions are given and return is not, in none of their events."""
    assert [dropped(value, Kept.AGENTS) for value in (SPOKEN, TOLD)] == [FUNCTIONS] * 2
    assert [dropped(value, Kept.AGENTS) for value in (HEARD, HEARD_TOLD, ITEM)] == [WORDS] * 3


def test_what_was_said_before_is_not_kept_after_a_pause() -> None:
    """What is said then is."""
    assert [dropped(value, Kept.NEW) for value in (ITEM, ITEM_TOLD)] == [WORDS] * 2
    assert [dropped(value, Kept.NEW) for value in (SPOKEN, TOLD, HEARD, HEARD_TOLD, REASONED)] == [NOTHING] * 5


def test_what_a_person_is_told_of_a_call_is_words() -> None:
    """It repeats what was said."""
    fields = {"agent": "colleague", "brief": "What was said so far: words"}

    assert (
        without({"fields": fields}, dropped(do.Announce("person.brief", fields), Kept.NONE))["fields"]["brief"] is None
    )


def test_text_is_left_out_at_any_depth() -> None:
    """A list of outputs is no text."""
    value = {"response": {"output": [{"text": "words", "id": "i"}]}, "arguments": "{}"}

    assert without(value, WORDS) == {"response": {"output": [{"text": None, "id": "i"}]}, "arguments": None}
