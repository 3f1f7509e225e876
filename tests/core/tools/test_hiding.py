"""Arguments that are shown nowhere."""

from __future__ import annotations

import pytest

from orchestrator.core import Call
from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.tools.hiding import shown
from orchestrator.core.tools.rules import ToolRule
from orchestrator.team.people import Confirm
from tests.core.people.desks import DESK, TOOLS, announced
from tests.core.scene import FRONT, Scene, only, team


@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        ('{"pin": "4821", "city": "Kiel"}', '{"pin": "•••", "city": "Kiel"}'),
        ('{"city": "Kiel"}', '{"city": "Kiel"}'),
        ("", ""),
        ("{pin: 4821", "•••"),
        ('["4821"]', "•••"),
    ],
)
def test_only_their_values_are_hidden(arguments: str, seen: str) -> None:
    """All of it, where nobody can tell what is what."""
    assert shown(arguments, {"pin"}) == seen
    assert shown(arguments, ()) == arguments


@pytest.mark.parametrize("approval", [None, Confirm(by="person")])
def test_the_tool_gets_them_and_nobody_else_sees_them(approval: Confirm | None) -> None:
    """Not the desk that is asked, and not who looks into the call."""
    rule = ToolRule(approval=approval, hidden=frozenset({"number"}))
    scene = Scene(DESK, TOOLS)
    scene.call = Call(team(DESK), {**TOOLS, "front": {"find_order": rule}}, seed="test")
    scene.open()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    effects = scene.function("front", "r1", "find_order", '{"number": "48213"}')

    if approval is None:
        (run,) = only(do.RunTool, effects)
        assert (run.arguments, run.hidden) == ('{"number": "48213"}', ("number",))
        assert [one.arguments for one in scene.call.state.functions.seen.values()] == ['{"number": "•••"}']
    else:
        (asked,) = announced(effects, "approval.requested")
        assert asked.fields["arguments"] == '{"number": "•••"}'
    assert "48213" not in str(only(do.Announce, effects))
