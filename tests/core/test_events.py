"""The shape of events and effects: frozen, slotted, about a session or about an agent, never both."""

from __future__ import annotations

import dataclasses
from types import UnionType
from typing import Any, get_args, get_type_hints

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.away import events as away_events
from orchestrator.core.ids import SessionId
from orchestrator.core.people import events as people_events
from orchestrator.core.takeover import events as takeover_events
from orchestrator.core.tools import events as tool_events

EVENTS, EFFECTS = get_args(ev.Event), get_args(do.Effect)


def members(union: UnionType) -> set[type[Any]]:
    """Return the classes of a union."""
    return set(get_args(union))


@pytest.mark.parametrize("kind", [*EVENTS, *EFFECTS], ids=lambda kind: kind.__name__)
def test_each_is_a_value_that_says_what_it_is(kind: type[Any]) -> None:
    """It cannot change while it is passed on, and nothing can be added to it."""
    assert kind.__dataclass_params__.frozen
    assert not hasattr(kind, "__dict__") or "__slots__" in vars(kind)
    assert kind.__doc__


@pytest.mark.parametrize("kind", [*EVENTS, *EFFECTS], ids=lambda kind: kind.__name__)
def test_sessions_are_never_confused_with_agents(kind: type[Any]) -> None:
    """What is about a session carries `session`, first; what is about an agent carries its name."""
    hints = get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]

    if "session" in hints:
        assert hints["session"] is SessionId
        assert names[0] == "session"
        assert "agent" not in names
    assert hints.get("agent", str) is str


def test_every_class_belongs_to_the_language() -> None:
    """An event or effect that the unions do not name would never be handled."""
    everywhere = (ev, away_events, people_events, takeover_events, tool_events)
    for modules, union in ((everywhere, EVENTS), ((do,), EFFECTS)):
        written = [one for module in modules for one in vars(module).values() if isinstance(one, type)]
        names = {module.__name__ for module in modules}
        own = {one for one in written if dataclasses.is_dataclass(one) and one.__module__ in names}
        assert own - {ev.CallerSettings, ev.Parting, ev.OfSession, ev.OfItem, do.OnSession} == set(union)


def test_the_unions_do_not_overlap() -> None:
    """Each event comes from one place."""
    caller, session = members(ev.CallerEvent), members(ev.SessionEvent)

    assert not caller & session
    tools = {ev.ToolReturned, ev.ToolFailed, *members(tool_events.ToolEvent)}
    rest = {*members(people_events.PersonEvent), *tools, ev.TimerExpired, *members(ev.Elsewhere)}
    assert set(EVENTS) == caller | session | rest
