"""What the TwiML of a phone call carries."""

from __future__ import annotations

import time

import pytest

from orchestrator.gateway.phone.tickets import MOST, MOST_SHORT, SHORT, Ticket, Tickets, digest

CALL, SID = "rtc_abcdefghijklmnopqrstu", "CA0123456789abcdef0123456789abcdef"


def test_a_ticket_is_read_by_every_node() -> None:
    """With the same secret; it belongs to one phone call, and fits into a URL."""
    ticket = Ticket(CALL, digest(SID), 7, 2, 1_800_000_000)
    written = Tickets("a" * 32).write(ticket)

    assert Tickets("a" * 32).read(written) == ticket
    assert Tickets("b" * 32).read(written) is None
    assert written.replace("-", "").replace("_", "").isalnum()
    assert len(written) < 100
    assert ticket.is_of(SID)
    assert not ticket.is_of("")
    assert not ticket.first


def test_a_ticket_cannot_be_changed() -> None:
    """Not one letter of it."""
    tickets = Tickets("a" * 32)
    written = tickets.write(Ticket(CALL, digest(SID)))
    for at in range(len(written) - 1):  # of the last letter some bits are not used
        other = "A" if written[at] != "A" else "B"
        assert tickets.read(written[:at] + other + written[at + 1 :]) is None


@pytest.mark.parametrize("written", ["", "A", "A" * 60, "é", "%%", "A" * 1000])
def test_what_is_no_ticket_is_none(written: str) -> None:
    """Whatever it is."""
    assert Tickets("a" * 32).read(written) is None


def test_streams_that_are_over_at_once_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those in a row: one that lasts ends the row."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    ticket = Ticket(CALL, digest(SID))
    assert ticket.first
    ticket = ticket.next()
    for _ in range(MOST_SHORT):
        assert not ticket.spent
        ticket = ticket.next()
        now += SHORT / 2
    assert not ticket.spent
    assert ticket.next().spent
    now += SHORT
    assert ticket.next().short == 0
    now -= 3600.0  # a clock that was set, or that of another node
    assert ticket.next().short == 0
    assert Ticket(CALL, digest(SID), MOST + 1).spent
