"""A caller comes back whom nobody outside has answered."""

from __future__ import annotations

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.away.events import OutsideAnswered, OutsideEnded, Reach, Status
from orchestrator.core.ids import SessionId, TimerKind
from orchestrator.core.state import Phase
from orchestrator.core.takeover.events import CallTakenOver
from tests.core.away.outside import away, talking
from tests.core.people.desks import announced
from tests.core.scene import BILLING, FRONT, Scene, expired, only

BACK = ev.CallerAsked()


def texts(effects: list[do.Effect]) -> str:
    """Return what sessions are told."""
    items = [effect.item for effect in only(do.AddItem, effects)]
    return " ".join(str(part.get("text")) for item in items for part in item.get("content", ()))


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (Status.BUSY, "the line was busy"),
        (Status.NO_ANSWER, "nobody answered"),
        (Status.FAILED, "the call failed"),
        (Status.CANCELED, "the call was canceled"),
        (Status.UNKNOWN, "nobody could be reached"),
    ],
)
def test_the_agent_of_the_file_gets_the_caller_and_knows_why(status: Status, why: str) -> None:
    """A handoff from the agent before, whose session is closed; the new one speaks."""
    scene, _ = away("lawyer")
    scene.feed(OutsideEnded(status), ev.SessionOpened(BILLING))
    effects = scene.feed(BACK)

    assert f"The caller could not be connected to lawyer: {why}." in texts(effects)
    assert [one.session for one in only(do.CreateResponse, effects)] == [BILLING]
    scene.answer("billing", "r2", "I am sorry.")
    assert scene.call.state.route.active == "billing"
    assert scene.call.state.phase is Phase.TALKING


def test_the_agent_before_may_be_that_agent() -> None:
    """It is opened again, knows what was said, and what came of it."""
    scene, _ = away()
    effects = scene.feed(OutsideEnded(Status.BUSY))
    assert [one.session for one in only(do.OpenSession, effects)] == [FRONT]
    effects = scene.feed(BACK)
    assert scene.call.state.phase is Phase.RECOVERING
    effects += scene.feed(ev.SessionOpened(FRONT))

    assert "I want to talk to the office." in texts(effects)
    assert "The caller could not be connected to office: the line was busy." in texts(effects)
    assert "Go on where you stopped" not in texts(effects)
    assert [one.session for one in only(do.CreateResponse, effects)] == [FRONT]
    assert scene.call.state.route.away is None


def test_it_may_be_open_already_when_the_caller_comes() -> None:
    """Its session was opened as soon as nobody answered."""
    scene, _ = away()
    scene.feed(OutsideEnded(Status.BUSY), ev.SessionOpened(FRONT))
    assert scene.call.state.phase is Phase.AWAY
    effects = scene.feed(BACK)

    assert [one.session for one in only(do.CreateResponse, effects)] == [FRONT]
    assert scene.call.state.listening


def test_an_agent_that_cannot_have_the_caller_does_not_get_them() -> None:
    """The one before keeps them; a person is not there any more, so the call ends."""
    scene, _ = away("lawyer")
    occupied(scene)
    scene.feed(OutsideEnded(Status.BUSY))
    scene.feed(BACK)
    assert scene.call.state.phase is Phase.RECOVERING
    assert scene.call.state.route.active == "front"

    scene = talking()
    scene.transfer("front", "nurse")
    scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed"))
    scene.answer("front", "line", "I am looking for a nurse.")
    scene.after(2.0, ev.SessionOpened(SessionId("nurse")), ev.CallerReferred("lawyer"))
    scene.after(1.0, expired(TimerKind.GOODBYE))
    occupied(scene)
    effects = scene.feed(OutsideEnded(Status.BUSY), BACK)
    assert [one.ending for one in only(do.EndCall, effects)] == [ev.Ending.UNREACHABLE]


def occupied(scene: Scene) -> None:
    """Let billing need something that nobody has said."""
    team = scene.call.state.team
    agent = team.agents["billing"].model_copy(update={"instructions": "Guard {{ variables.account }}."})
    team.agents["billing"] = agent


def test_another_node_finds_the_caller_back() -> None:
    """Whoever takes the call over has a new stream: nobody has answered."""
    scene, _ = away("lawyer")
    effects = scene.after(9.0, CallTakenOver(silent=1.0))

    assert announced(effects, "transfer.ended")[0].fields["status"] == "unknown"
    assert [one.session for one in only(do.OpenSession, effects)] == [BILLING]
    assert scene.call.state.phase is Phase.HANDING_OFF


@pytest.mark.parametrize(("answers", "ending"), [(True, ev.Ending.TRANSFERRED), (False, ev.Ending.LEFT)])
def test_a_callback_that_never_comes_ends_the_call(answers: bool, ending: ev.Ending) -> None:
    """A call is not kept open for ever; what is known of it is in the record."""
    scene, _ = away()
    if answers:
        scene.feed(OutsideAnswered())
    effects = scene.after(90.0, expired(TimerKind.AWAY))

    assert [one.ending for one in only(do.EndCall, effects)] == [ending]
    assert announced(effects, "transfer.ended")[0].fields["status"] == ("completed" if answers else "unknown")


def test_a_caller_who_does_not_come_back_is_gone() -> None:
    """What came of the telephone call was said already."""
    scene, _ = away()
    scene.feed(OutsideEnded(Status.BUSY))
    effects = scene.after(30.0, expired(TimerKind.AWAY))

    assert [one.ending for one in only(do.EndCall, effects)] == [ev.Ending.LEFT]
    assert not announced(effects, "transfer.ended")


def test_a_client_has_as_long_as_the_file_says() -> None:
    """It stays connected: when it has not hung up by then, the caller is back."""
    scene, effects = away("lawyer", Reach.CLIENT)
    assert do.StartTimer(expired(TimerKind.AWAY).timer, 15.0) in effects
    effects = scene.after(15.0, expired(TimerKind.AWAY))

    assert announced(effects, "transfer.ended")[0].fields["status"] == "no-answer"
    assert [one.session for one in only(do.OpenSession, effects)] == [BILLING]
