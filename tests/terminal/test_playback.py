"""The simulated playback: what is heard, and when."""

from __future__ import annotations

from orchestrator.terminal.playback import BYTES_PER_SECOND, Playback

TENTH = BYTES_PER_SECOND // 10
A, B, SILENCE = b"\x01\x00" * (TENTH // 2), b"\x02\x00" * (TENTH // 2), bytes(TENTH)


def test_audio_is_laid_out_in_time() -> None:
    """Pauses are silence; audio that arrives early waits for the audio before it."""
    playback = Playback()
    playback.add("a", A, 0.1)
    playback.add("b", B, 0.1)
    playback.add("b", B, 0.5)

    assert playback.recording() == SILENCE + A + B + 2 * SILENCE + B
    assert round(playback.end, 6) == 0.6


def test_continuous_audio_has_no_gaps() -> None:
    """Deltas of an item that arrive before they are needed leave no gap."""
    playback = Playback()
    for now in (0.0, 0.01, 0.02):
        playback.add("a", A, now)

    assert playback.recording() == 3 * A


def test_stopping_drops_what_was_not_heard() -> None:
    """Each item cut short is returned with the milliseconds that were heard; those heard in full are not."""
    playback = Playback()
    playback.add("a", A, 0.0)
    playback.add("b", B + B, 0.0)
    playback.add("c", A, 0.0)

    assert playback.stop(0.25) == [("b", 150), ("c", 0)]
    assert len(playback.recording()) == round(0.25 * BYTES_PER_SECOND)
    assert playback.stop(0.3) == []


def test_an_item_with_a_pause_is_cut_once() -> None:
    """The milliseconds are those of all its pieces; a pause is not counted."""
    playback = Playback()
    playback.add("a", A, 0.0)
    playback.add("a", A + A, 0.3)

    assert playback.stop(0.4) == [("a", 200)]
    assert playback.recording() == A + 2 * SILENCE + A


def test_a_stop_cuts_between_samples() -> None:
    """Whole samples are left, never half of one."""
    playback = Playback()
    playback.add("a", A, 0.0)
    playback.stop(0.01 + 1 / BYTES_PER_SECOND)

    assert playback.recording() == A[: BYTES_PER_SECOND // 100]


def test_after_a_stop_new_audio_is_heard_at_once() -> None:
    """It does not wait for the audio that was dropped."""
    playback = Playback()
    playback.add("a", 5 * A, 0.0)
    playback.stop(0.1)
    playback.add("b", B, 0.1)

    assert playback.recording() == A + B


def test_a_call_without_audio_has_an_empty_recording() -> None:
    """Nothing was heard and nothing is cut."""
    playback = Playback()

    assert (playback.recording(), playback.end, playback.stop(1.0)) == (b"", 0.0, [])
