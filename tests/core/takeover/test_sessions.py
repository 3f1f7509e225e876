"""What becomes of the agents' sessions when another process takes the call over."""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core.takeover.events import CallTakenOver
from tests.core.scene import FRONT, Scene, only


def test_a_call_whose_caller_has_not_joined_just_begins() -> None:
    """There is nothing to go on with."""
    scene = Scene()

    assert scene.feed(CallTakenOver()) == []


def test_the_session_of_the_agent_that_has_the_caller_is_opened_anew() -> None:
    """Nothing is closed: this process has no session."""
    scene = Scene()
    scene.open("billing")
    effects = scene.feed(CallTakenOver())

    assert [effect.session for effect in only(do.OpenSession, effects)] == [FRONT]
    assert only(do.CloseSession, effects) == []
