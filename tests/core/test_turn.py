"""The caller's turn on one session: the table, and what is ignored."""

from __future__ import annotations

import pytest

from orchestrator.core.turn import MOVES, Cue, Turn


def after(*cues: Cue) -> Turn:
    """Return where cues lead from QUIET."""
    turn = Turn.QUIET
    for cue in cues:
        turn = turn.after(cue)
    return turn


@pytest.mark.parametrize(
    ("cues", "turn"),
    [
        ([Cue.STARTED], Turn.SPEAKING),
        ([Cue.STARTED, Cue.COMMITTED], Turn.QUIET),
        ([Cue.STARTED, Cue.DETECTED], Turn.AWAITED),
        ([Cue.STARTED, Cue.DETECTED, Cue.ANSWERED], Turn.QUIET),
        ([Cue.STARTED, Cue.DETECTED, Cue.REFUSED], Turn.QUIET),
        ([Cue.STARTED, Cue.DETECTED, Cue.STARTED], Turn.RESUMED),
        ([Cue.STARTED, Cue.DETECTED, Cue.STARTED, Cue.ANSWERED], Turn.SPEAKING),
        ([Cue.STARTED, Cue.DETECTED, Cue.STARTED, Cue.CLEARED], Turn.AWAITED),
        ([Cue.STARTED, Cue.DETECTED, Cue.STARTED, Cue.DETECTED], Turn.AWAITED),
        ([Cue.STARTED, Cue.CLEARED], Turn.QUIET),
    ],
)
def test_a_turn_goes_its_way(cues: list[Cue], turn: Turn) -> None:
    """From the first word to the answer."""
    assert after(*cues) is turn


@pytest.mark.parametrize(
    ("turn", "cue"),
    [
        (Turn.QUIET, Cue.DETECTED),  # a turn that nobody heard begin
        (Turn.QUIET, Cue.ANSWERED),  # a response that we asked for
        (Turn.SPEAKING, Cue.STARTED),  # told twice
        (Turn.SPEAKING, Cue.ANSWERED),
        (Turn.AWAITED, Cue.DETECTED),
        (Turn.AWAITED, Cue.CLEARED),  # the turn is an item already
    ],
)
def test_what_a_state_does_not_accept_is_ignored(turn: Turn, cue: Cue) -> None:
    """Services repeat themselves, reorder events and drop some."""
    assert turn.after(cue) is turn


@pytest.mark.parametrize("turn", Turn)
def test_a_session_without_the_caller_is_quiet(turn: Turn) -> None:
    """Wherever the turn was."""
    assert turn.after(Cue.LEFT) is Turn.QUIET


@pytest.mark.parametrize("turn", Turn)
def test_the_two_questions_about_a_turn(turn: Turn) -> None:
    """Who speaks, and whether an answer comes by itself."""
    assert turn.speaking is (Cue.COMMITTED in MOVES[turn])
    assert turn.awaited is (Cue.ANSWERED in MOVES[turn])
