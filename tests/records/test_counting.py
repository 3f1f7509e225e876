"""What is counted together: audio and words that were only passed on, each source for itself, within a second."""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.records.counting import TOGETHER, begun, countable, counted
from orchestrator.records.format.keeping import Kept
from tests.core.scene import BILLING, FRONT

SPOKE = ev.CallerSpoke("frame", 20.0)
SENT = [do.SendAudio(FRONT, "frame")]


def test_what_was_only_passed_on_is_countable() -> None:
    """Or not even that; what has brought about more has a line of its own."""
    assert countable(ev.CallerSpoke, SENT)
    assert countable(ev.CallerSpoke, [])
    assert not countable(ev.CallerSpoke, [*SENT, do.Announce("something")])
    assert not countable(ev.CallerCleared, [])
    assert not countable(ev.AudioProduced, SENT)


def test_those_alike_are_counted_for_a_second() -> None:
    """To the same session, as long as each other; then another entry begins."""
    entry = begun("", SPOKE, SENT, 1.0, Kept.ALL)

    assert counted(entry, ev.CallerSpoke, SPOKE, SENT, 1.5)
    assert (entry.frames, entry.ms, entry.until) == (2, 40.0, 1.5)
    assert not counted(entry, ev.CallerSpoke, ev.CallerSpoke("frame", 10.0), SENT, 1.5)
    assert not counted(entry, ev.CallerSpoke, SPOKE, [do.SendAudio(BILLING, "frame")], 1.5)
    assert not counted(entry, ev.CallerSpoke, SPOKE, SENT, 1.0 + TOGETHER)
    assert not counted(None, ev.CallerSpoke, SPOKE, SENT, 1.5)


def test_words_of_one_part_are_joined() -> None:
    """Those of another item, or of another part, are not."""
    words = ev.TranscriptProduced(FRONT, "r", "i", "Good ", frame="frame")
    told = [do.TellWords("r", "i", 0, "Good ", "frame")]
    entry = begun("", words, told, 1.0, Kept.ALL)

    assert counted(entry, ev.TranscriptProduced, ev.TranscriptProduced(FRONT, "r", "i", "day"), told, 1.1)
    assert entry.texts == ["Good ", "day"]
    assert not counted(entry, ev.TranscriptProduced, ev.TranscriptProduced(FRONT, "r", "j", "day"), told, 1.1)
    other = ev.TranscriptProduced(FRONT, "r", "i", "day", content_index=1)
    assert not counted(entry, ev.TranscriptProduced, other, told, 1.1)
