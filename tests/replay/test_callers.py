"""Calls that are made of the header of a record."""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.records.format.decoding import Moment, Seat, read
from orchestrator.replay.callers import Callers
from tests.core.scene import FRONT, HELPDESK, team
from tests.replay.talks import billed


def test_the_team_of_the_record_answers() -> None:
    """With the tools that it had."""
    header = read(billed()).header
    callers = Callers(header, header.team)

    assert list(callers.calls) == ["caller"]
    assert callers.calls["caller"].state.functions.tools["billing"] == {"find_invoice": None}
    opened = callers.handle(Moment(0.1, "caller", ev.CallerJoined(), []))
    assert [effect.session for effect in opened if isinstance(effect, do.OpenSession)] == [FRONT]


def test_another_team_can_answer() -> None:
    """With its own tools."""
    header = read(billed()).header
    other = team(HELPDESK.replace("warm: next", "warm: none"))
    callers = Callers(header, other, {agent: {} for agent in other.agents}, {})

    assert callers.calls["caller"].state.functions.tools["billing"] == {}
    callers.join(Seat(0.2, "tech", {"seed": "s", "agent": "tech"}))
    assert callers.calls["tech"].state.route.active == "tech"
    assert callers.calls["tech"].state.shared is callers.shared
