"""A handoff whose source drops: the switch is finished, and nothing is owed to it."""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.state import Phase
from tests.core.scene import BILLING, FRONT, Scene, only


def test_the_source_drops_meanwhile_and_the_switch_is_finished() -> None:
    """Nothing is owed to a source that is gone."""
    scene = Scene()
    scene.open()
    scene.transfer("front", "billing")
    scene.feed(ev.SessionLost(FRONT, "reset"))
    assert scene.call.state.phase is Phase.HANDING_OFF

    effects = scene.feed(ev.SessionOpened(BILLING))
    effects += scene.feed(ev.ResponseStarted(BILLING, "r2", {"type": "response.created"}))

    assert only(do.SendFunctionOutput, effects) == []
    assert scene.call.state.route.active == "billing"
