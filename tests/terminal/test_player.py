"""The player on paper: what would be heard and when."""

from __future__ import annotations

from orchestrator.terminal.player import BYTES_PER_SECOND, Player

TENTH = BYTES_PER_SECOND // 10
A, B, SILENCE = b"\x01\x00" * (TENTH // 2), b"\x02\x00" * (TENTH // 2), bytes(TENTH)


def test_audio_is_laid_out_in_time() -> None:
    """Pauses are silence; what comes early waits for what is before it."""
    player = Player()
    player.add("a", A, 0.1)
    player.add("b", B, 0.1)
    player.add("b", B, 0.5)

    assert player.timeline() == SILENCE + A + B + 2 * SILENCE + B
    assert round(player.end, 6) == 0.6


def test_audio_that_flows_is_one_piece() -> None:
    """Deltas of an item that arrive before they are needed leave no gap."""
    player = Player()
    for now in (0.0, 0.01, 0.02):
        player.add("a", A, now)

    assert player.timeline() == 3 * A


def test_stopping_drops_what_was_not_heard() -> None:
    """Each item cut short is told with the milliseconds that were heard; those heard in full are not."""
    player = Player()
    player.add("a", A, 0.0)
    player.add("b", B + B, 0.0)
    player.add("c", A, 0.0)

    assert player.stop(0.25) == [("b", 150), ("c", 0)]
    assert len(player.timeline()) == round(0.25 * BYTES_PER_SECOND)
    assert player.stop(0.3) == []


def test_an_item_with_a_pause_is_told_once() -> None:
    """The milliseconds are those of all its pieces; a pause is not counted."""
    player = Player()
    player.add("a", A, 0.0)
    player.add("a", A + A, 0.3)

    assert player.stop(0.4) == [("a", 200)]
    assert player.timeline() == A + 2 * SILENCE + A


def test_a_stop_cuts_between_samples() -> None:
    """What is left are whole samples, never half of one."""
    player = Player()
    player.add("a", A, 0.0)
    player.stop(0.01 + 1 / BYTES_PER_SECOND)

    assert player.timeline() == A[: BYTES_PER_SECOND // 100]


def test_after_a_stop_new_audio_is_heard_at_once() -> None:
    """Nothing waits behind what was dropped."""
    player = Player()
    player.add("a", 5 * A, 0.0)
    player.stop(0.1)
    player.add("b", B, 0.1)

    assert player.timeline() == A + B


def test_nothing_heard_is_an_empty_recording() -> None:
    """A call without a word."""
    player = Player()

    assert (player.timeline(), player.end, player.stop(1.0)) == (b"", 0.0, [])
