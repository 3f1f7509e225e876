"""How much each call may log."""

from __future__ import annotations

import pytest

from orchestrator.log import rate as rate_module
from orchestrator.log.rate import CHARACTERS, LEAST, WINDOW, Rate

LINES = CHARACTERS // LEAST
ONE, OTHER = ("call", "sess_1"), ("peer", "203.0.113.9")


class Clock:
    """A clock that stands still."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def log(rate: Rate, lines: int, characters: int = 10) -> int:
    """Log lines about one call; return how many were admitted."""
    admitted = 0
    for _ in range(lines):
        if rate.admits(ONE):
            rate.logged(ONE, characters)
            admitted += 1
    return admitted


def test_p55_a_call_has_a_share() -> None:
    """P55: of characters, and so of lines; what is beyond it is counted; others have their own."""
    rate = Rate(Clock())

    assert log(rate, LINES * 3) == LINES
    assert rate.admits(OTHER)
    assert rate.counted() == [(ONE, LINES * 2)]
    assert log(rate, 5) == 0
    assert rate.end(ONE) == [(ONE, 5)]
    assert rate.end(ONE) == rate.counted() == []
    assert log(rate, 100, characters=CHARACTERS // 4) == 4


def test_p55_a_share_is_renewed_and_what_was_left_out_is_told() -> None:
    """P55: when its window has ended."""
    clock = Clock()
    rate = Rate(clock)
    log(rate, LINES + 5)
    rate.admits(OTHER)
    clock.now = WINDOW / 2
    assert rate.left_out() == []
    clock.now = WINDOW

    assert rate.left_out() == [(ONE, 5)]
    assert log(rate, LINES + 1) == LINES


def test_p55_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """P55: of many peers the first begin anew."""
    monkeypatch.setattr(rate_module, "REMEMBERED", 3)
    rate = Rate(Clock())
    log(rate, LINES + 1)
    for number in range(5):
        rate.admits(("peer", str(number)))

    assert rate.left_out() == [(ONE, 1)]
    assert rate.admits(ONE)
    rate.logged(("peer", "gone"), 10)
