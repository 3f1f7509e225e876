"""Speech starts after 60 ms and ends after the silence that the rule asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from orchestrator.local.speech.turns import STEP, Change, Rule, Turns

SILENT = np.zeros(STEP, np.int16)


def changes(likely: Iterable[float], rule: Rule | None = None) -> list[tuple[int, Change]]:
    """Return what each step of these probabilities changed, by its number from 1."""
    given = iter(likely)
    turns = Turns(lambda _: next(given), rule or Rule())
    found = []
    for at in range(1, 200):
        try:
            change = turns.advance(SILENT)
        except StopIteration:
            break
        if change is not None:
            found.append((at, change))
    return found


def limited(likely: Sequence[float], limit: float, times: int = 99) -> list[tuple[int, Change]]:
    """Return the changes when each of the first so many pauses gets a limit."""
    given = iter(likely)
    turns = Turns(lambda _: next(given), Rule())
    found = []
    for at in range(1, len(likely) + 1):
        if (change := turns.advance(SILENT)) is not None:
            found.append((at, change))
        if change is Change.PAUSED and times:
            times -= 1
            turns.end_after(limit)
    return found


def test_a_turn() -> None:
    """Two steps of speech start it; 160 ms of silence are a pause, 500 ms its end."""
    assert changes([0.9] * 10 + [0.1] * 30) == [(2, Change.STARTED), (15, Change.PAUSED), (26, Change.STOPPED)]


def test_a_click_is_no_speech() -> None:
    """One step above the threshold does not count, however often."""
    assert changes([0.9, 0.1] * 20) == []


def test_speech_resumes_after_a_pause() -> None:
    """Speech within the silence goes on with the turn; the silence counts anew."""
    likely = [0.9] * 5 + [0.1] * 10 + [0.9] * 5 + [0.1] * 16
    assert [change for _, change in changes(likely)] == [
        Change.STARTED,
        Change.PAUSED,
        Change.RESUMED,
        Change.PAUSED,
        Change.STOPPED,
    ]


def test_a_little_below_the_threshold_is_still_speech() -> None:
    """Speech that weakens does not end."""
    assert changes([0.9] * 5 + [0.4] * 40) == [(2, Change.STARTED)]


def test_a_short_rule_ends_without_a_pause() -> None:
    """With 200 ms of silence or less there is nothing to speculate about."""
    assert changes([0.9] * 5 + [0.1] * 10, Rule(silence_ms=150)) == [(2, Change.STARTED), (10, Change.STOPPED)]


@pytest.mark.parametrize(("limit", "end"), [(270.0, 18), (900.0, 38), (100.0, 16)])
def test_a_pause_may_have_a_limit_of_its_own(limit: float, end: int) -> None:
    """Shorter or longer than the rule's; when the time is up already, the next step ends the turn."""
    likely = [0.9] * 10 + [0.1] * 40
    assert limited(likely, limit)[-1] == (end, Change.STOPPED)


def test_the_limit_holds_for_one_pause() -> None:
    """The next silence has the rule's length again, and so has the next turn."""
    likely = [0.9] * 10 + [0.1] * 7 + [0.9] * 5 + [0.1] * 30
    assert limited(likely, 270.0, times=1)[-2:] == [(27, Change.PAUSED), (38, Change.STOPPED)]
