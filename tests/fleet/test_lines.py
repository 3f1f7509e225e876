"""Journals in memory: what is kept of them, and what is to be sent."""

from __future__ import annotations

import pytest

from orchestrator.fleet import lines as lines_module
from orchestrator.fleet.lines import TOGETHER, TOGETHER_BYTES, Lines


def sent(lines: Lines) -> list[bytes]:
    """Send what is to be sent next."""
    taken = lines.unsent()
    lines.sent += len(taken)
    return taken


def test_lines_are_sent_in_order_and_a_hundred_together_at_most() -> None:
    """Those that waited; a new one goes alone."""
    lines = Lines()
    for number in range(TOGETHER + 5):
        assert lines.add(b"%d" % number)

    assert sent(lines) == [b"%d" % number for number in range(TOGETHER)]
    assert sent(lines) == [b"%d" % number for number in range(TOGETHER, TOGETHER + 5)]
    lines.add(b"new")
    assert sent(lines) == [b"new"]


def test_long_lines_are_not_sent_together() -> None:
    """No command holds others up; a line that is longer than all may be goes alone."""
    lines = Lines()
    for _ in range(3):
        lines.add(b"x" * (TOGETHER_BYTES - 10))

    assert [len(sent(lines)) for _ in range(3)] == [1, 1, 1]


def test_confirmed_lines_are_kept_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a Redis that loses them; the oldest go first."""
    monkeypatch.setattr(lines_module, "KEPT", 10)
    lines = Lines()
    for number in range(25):
        assert lines.add(b"%d" % number)
        sent(lines)
        lines.confirmed = lines.next

    assert lines.first == 15
    assert lines.rewind(15)
    assert sent(lines) == [b"%d" % number for number in range(15, 25)]
    assert not lines.rewind(14)


def test_so_many_bytes_of_them_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long lines are fewer."""
    monkeypatch.setattr(lines_module, "KEPT_BYTES", 100)
    lines = Lines()
    for _ in range(10):
        lines.add(b"x" * 30)
        sent(lines)
        lines.confirmed = lines.next

    assert lines.next - lines.first == 3


def test_lines_that_redis_does_not_have_are_kept_up_to_a_limit_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond it the journal is given up, since its middle would be missing."""
    monkeypatch.setattr(lines_module, "KEPT", 10)
    lines = Lines()

    assert [lines.add(b"x") for _ in range(11)] == [True] * 10 + [False]
    assert not lines.too_long


def test_a_journal_has_a_greatest_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether Redis has it or not."""
    monkeypatch.setattr(lines_module, "LONGEST", 100)
    lines = Lines()

    assert lines.add(b"x" * 100)
    assert not lines.add(b"x")
    assert lines.too_long


def test_a_journal_that_was_claimed_is_there_already() -> None:
    """Nothing of it is sent, and all can be sent again."""
    lines = Lines([b"header", b"a"])

    assert (lines.next, lines.sent, lines.confirmed, lines.size) == (2, 2, 2, 7)
    assert lines.rewind(0)
    assert sent(lines) == [b"header", b"a"]


def test_a_journal_that_is_given_up_is_forgotten() -> None:
    """Nothing of it is to be sent."""
    lines = Lines([b"header"])
    lines.add(b"a")
    lines.clear()

    assert lines.sent == lines.confirmed == lines.next == lines.first == 2
    assert not lines.rewind(0)
