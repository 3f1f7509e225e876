"""What the desk tells the agent that has the caller."""

from __future__ import annotations

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId
from orchestrator.core.people.events import PersonNoted, Purpose, When
from tests.core.people.desks import DESK, TOOLS, connected
from tests.core.scene import FRONT, Scene, only


def talking() -> Scene:
    """A call in which front has the caller."""
    scene = Scene(DESK, TOOLS)
    scene.open("billing")
    scene.turn("front", "i1")
    return scene


def told(effects: list[do.Effect]) -> str:
    """Return what a session was told first."""
    return str(only(do.AddItem, effects)[0].item["content"][0]["text"])


@pytest.mark.parametrize(
    ("purpose", "words"), [(Purpose.NOTE, "not for the caller"), (Purpose.SAY, "tell"), (Purpose.INSTRUCT, "from now")]
)
def test_the_agent_knows_what_it_is_told_for(purpose: Purpose, words: str) -> None:
    """To know, to say, or to follow."""
    text = told(talking().feed(PersonNoted("They are a good customer.", purpose)))

    assert "They are a good customer." in text
    assert words in text


def test_a_silent_note_lets_nobody_speak() -> None:
    """The caller notices nothing."""
    assert not only(do.CreateResponse, talking().feed(PersonNoted("x")))


def test_a_note_waits_until_nothing_else_is_said() -> None:
    """It is asked for when the present response is done."""
    scene = talking()
    scene.speech("front", "r1")
    assert not only(do.CreateResponse, scene.feed(PersonNoted("x", Purpose.SAY, When.WHEN_IDLE)))

    assert only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "r1", "completed")))


def test_a_note_can_interrupt() -> None:
    """What is being said is stopped."""
    scene = talking()
    scene.speech("front", "r1")
    effects = scene.feed(PersonNoted("Stop!", Purpose.SAY, When.INTERRUPT))

    assert do.CancelResponse(FRONT, "r1") in effects
    assert only(do.StopPlayback, effects)
    assert only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "r1", "cancelled")))
    assert only(do.CreateResponse, talking().feed(PersonNoted("x", Purpose.SAY, When.INTERRUPT)))


def test_the_next_agent_knows_a_note_too() -> None:
    """It travels with what was said."""
    scene = talking()
    scene.answer("front", "r1")
    scene.feed(PersonNoted("They are a good customer."))
    effects = scene.transfer("front", "billing")

    assert "They are a good customer." in told(effects)


def test_a_note_while_nobody_listens_is_kept() -> None:
    """The agent is told when it is back."""
    scene = talking()
    scene.feed(ev.SessionLost(FRONT, "reset"))
    assert not only(do.AddItem, scene.feed(PersonNoted("They are a good customer.")))

    assert any("good customer" in str(one.item) for one in only(do.AddItem, scene.feed(ev.SessionOpened(FRONT))))


def test_a_person_reads_what_another_notes() -> None:
    """And is not asked for anything."""
    effects = connected().feed(PersonNoted("x", Purpose.SAY, When.INTERRUPT))

    assert only(do.AddItem, effects)[0].session == SessionId("colleague")
    assert not only(do.CreateResponse, effects)


def test_a_note_of_a_person_who_has_the_caller_stops_nobody() -> None:
    """They are speaking with each other."""
    scene = connected()
    scene.feed(ev.ResponseStarted(SessionId("colleague"), "p1"))

    assert not only(do.StopPlayback, scene.feed(PersonNoted("x", Purpose.SAY, When.INTERRUPT)))


def test_rules_hold_for_notes() -> None:
    """What stays in another agent is not told to this one, and not again when it turns out to be secret."""
    scene = talking()
    scene.feed(PersonNoted("The card is 4111222244443333."))
    scene.call.state.variables.set("card", "4111222244443333")
    assert "4111" not in told(scene.feed(PersonNoted("The card is 4111222244443333.")))

    scene.feed(ev.SessionLost(FRONT, "reset"))
    told_again = [one.item["content"][0]["text"] for one in only(do.AddItem, scene.feed(ev.SessionOpened(FRONT)))]
    assert len([text for text in told_again if "The card is" in text]) == 2
    assert not any("4111" in text for text in told_again)


def test_a_note_goes_to_the_agent_that_takes_over() -> None:
    """Which was briefed before it was written."""
    scene = talking()
    scene.answer("front", "r1")
    scene.transfer("front", "billing")

    assert only(do.AddItem, scene.feed(PersonNoted("x")))[0].session == SessionId("billing")
