"""What keeps a team from having nothing more to say."""

from __future__ import annotations

from orchestrator.core.events import CallerAsked
from orchestrator.trials.waiting import waits_for
from tests.core.scene import Scene, calling


def test_a_team_at_rest_waits_for_nothing() -> None:
    """Until somebody wants an answer: then for whoever has the caller."""
    scene = Scene()
    scene.open("front")
    assert waits_for(scene.call.state) == ""

    scene.feed(CallerAsked())
    assert waits_for(scene.call.state).startswith("the answer of front (")


def test_a_function_is_waited_for() -> None:
    """By its name."""
    scene, _ = calling()

    assert waits_for(scene.call.state) == "the function find_order"


def test_a_handoff_is_waited_for() -> None:
    """Until the next agent speaks."""
    scene = Scene()
    scene.open("front", "billing")
    scene.transfer("front", "billing")

    assert waits_for(scene.call.state) == "the handoff to billing"
