"""Calls that are made of the header of a record."""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.tools.rules import ToolRule
from orchestrator.records.format.decoding import read
from orchestrator.replay.callers import Callers
from tests.core.scene import FRONT
from tests.replay.talks import billed


def test_the_team_of_the_record_answers() -> None:
    """With the tools that it had."""
    header = read(billed()).header
    callers = Callers(header, header.team)

    assert list(callers.calls) == ["caller"]
    assert callers.calls["caller"].state.functions.tools["billing"] == {"find_invoice": ToolRule()}
    opened = callers.handle("caller", ev.CallerJoined(), 0.1)
    assert [effect.session for effect in opened if isinstance(effect, do.OpenSession)] == [FRONT]


def test_seats_share_what_they_know() -> None:
    """As they did then."""
    header = read(billed()).header
    callers = Callers(header, header.team)
    callers.join("tech", {"seed": "s", "agent": "tech"})

    assert callers.calls["tech"].state.route.active == "tech"
    assert callers.calls["tech"].state.shared is callers.shared
