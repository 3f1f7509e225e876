"""What the caller has heard of what it was sent."""

from __future__ import annotations

from orchestrator.core.memory.playback import REMEMBERED, Playback


def test_audio_sent_at_once_is_played_in_its_own_time() -> None:
    """One second of audio sent now has one second to go."""
    playback = Playback()
    playback.add("front", "a", 600, now=10.0)
    playback.add("front", "a", 400, now=10.0)

    assert playback.remaining(10.0) == 1.0
    assert playback.remaining(10.25) == 0.75
    assert playback.remaining(12.0) == 0.0


def test_a_player_that_is_stopped_plays_nothing_more() -> None:
    """What was sent before is still known: the caller's side says how much of it was heard."""
    playback = Playback()
    playback.add("front", "a", 1000, now=0.0)
    playback.stop(now=0.25)

    assert playback.remaining(0.25) == 0.0
    assert playback.truncate("a", 250) == ("front", 250, 0.25)


def test_p25_the_caller_is_believed_up_to_what_was_sent() -> None:
    """P25: a truncation beyond the audio, or beyond an earlier one, changes nothing; a negative one is zero."""
    playback = Playback()
    playback.add("front", "a", 1000, now=0.0)

    assert playback.truncate("a", 1000) is None
    assert playback.truncate("a", 400) == ("front", 400, 0.4)
    assert playback.truncate("a", 500) is None
    assert playback.truncate("a", -3) == ("front", 0, 0.0)
    assert playback.truncate("a", -3) is None
    assert playback.truncate("unknown", 1) is None


def test_items_are_forgotten_after_a_while() -> None:
    """Memory does not grow with the call."""
    playback = Playback()
    for number in range(REMEMBERED + 1):
        playback.add("front", f"item{number}", 10, now=float(number))

    assert not playback.knows("item0")
    assert playback.knows("item1")


def test_what_was_not_played_is_taken_back_from_the_last_items() -> None:
    """The player went with its process; what had been heard before stays."""
    playback = Playback()
    playback.add("front", "a", 1000.0, 10.0)
    playback.add("front", "b", 400.0, 10.0)
    playback.add("front", "c", 600.0, 10.0)

    assert [playback.behind(item, 250) for item in "abcd"] == [1750.0, 750.0, 350.0, 0.0]
    assert playback.take_back(playback.remaining(11.25) * 1000, 11.25) == [("front", "c", 0.0), ("front", "b", 0.625)]
    assert [playback.behind(item, 0) for item in "abc"] == [1250.0, 250.0, 0.0]
    assert playback.remaining(11.25) == 0.0
    assert playback.take_back(50.0, 12.0) == [("front", "b", 0.8)]
