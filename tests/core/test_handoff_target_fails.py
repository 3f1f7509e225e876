"""A handoff whose target does not open, drops or stays mute: it is taken back, and the source speaks."""

from __future__ import annotations

import json

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import TimerKind
from orchestrator.core.state import Phase
from tests.core.scene import BILLING, FRONT, HELPDESK, Scene, bank, expired, frame, only, verified


@pytest.mark.parametrize(
    "loss",
    [ev.SessionLost(BILLING, "no", fatal=True), expired(TimerKind.HANDOFF)],
    ids=["lost", "timer"],
)
def test_p10_a_target_that_cannot_open_is_reported_and_the_source_speaks(
    loss: ev.SessionLost | ev.TimerExpired,
) -> None:
    """P10: a failed transfer is never reported as success; held audio goes to the source."""
    scene = Scene()
    scene.open()
    scene.transfer("front", "billing")
    scene.feed(frame(1), ev.ResponseFinished(FRONT, "resp_fc1", "completed"))

    effects = scene.after(10.0, loss)

    (output,) = only(do.SendFunctionOutput, effects)
    assert "failed" in json.loads(output.output)["error"]
    assert [create.session.agent for create in only(do.CreateResponse, effects)] == ["front"]
    assert only(do.SendAudio, effects) == [do.SendAudio(FRONT, "frame 1")]
    assert scene.call.state.phase is Phase.TALKING
    assert scene.call.state.route.active == "front"


def test_a_target_that_drops_once_is_opened_again() -> None:
    """One more try within the handoff's time."""
    scene = Scene()
    scene.open()
    scene.transfer("front", "billing")

    assert only(do.OpenSession, scene.feed(ev.SessionLost(BILLING, "reset")))
    assert scene.call.state.phase is Phase.HANDING_OFF
    effects = scene.feed(ev.SessionLost(BILLING, "reset"))
    assert only(do.SendFunctionOutput, effects)


def test_a_target_asked_and_mute_is_taken_back_with_what_was_said_to_it() -> None:
    """The caller's words of the meantime go to the source, and a late response of the target is not heard."""
    scene = Scene()
    scene.open("billing")
    scene.transfer("front", "billing")
    scene.feed(frame(1), ev.ResponseFinished(FRONT, "resp_fc1", "completed"))
    effects = scene.after(10.0, expired(TimerKind.HANDOFF))
    assert do.SendAudio(FRONT, "frame 1") in effects

    late = scene.feed(ev.ResponseStarted(BILLING, "r9", {"type": "response.created"}))
    assert do.CancelResponse(BILLING, "r9") in late
    assert only(do.TellCaller, late) == []
    assert only(do.PlayAudio, scene.feed(ev.AudioProduced(BILLING, "r9", "i9", 20, "x"))) == []


def test_a_target_that_speaks_when_it_is_taken_back_is_cancelled() -> None:
    """A response that is already running is stopped at once."""
    scene = Scene(HELPDESK)
    scene.open("billing")
    scene.feed(ev.ResponseStarted(BILLING, "stray", {}))
    scene.transfer("front", "billing")

    assert do.CancelResponse(BILLING, "stray") in scene.after(10.0, expired(TimerKind.HANDOFF))


def test_both_ends_drop_and_the_source_comes_back() -> None:
    """The handoff is taken back and the source's session is opened again."""
    scene = Scene()
    scene.open()
    scene.transfer("front", "billing")
    scene.feed(ev.SessionLost(FRONT, "reset"))
    effects = scene.feed(ev.SessionLost(BILLING, "no", fatal=True))

    assert [effect.session.agent for effect in only(do.OpenSession, effects)] == ["front"]
    assert scene.call.state.phase is Phase.RECOVERING
    assert only(do.CreateResponse, scene.feed(ev.SessionOpened(FRONT)))


def test_a_target_that_drops_while_it_is_asked_is_told_everything_once_more() -> None:
    """Words that are transcribed meanwhile are in its briefing; the one before is no part of what it knew."""
    scene = Scene()
    scene.open("billing")
    scene.turn("front", "i1", None)
    scene.transfer("front", "billing")
    scene.feed(
        expired(TimerKind.TRANSCRIPT),
        ev.SessionLost(BILLING, "reset"),
        ev.TurnTranscribed(FRONT, "i1", "Invoice 77."),
    )
    (item,) = only(do.AddItem, scene.feed(ev.SessionOpened(BILLING)))

    assert "Caller: Invoice 77." in item.item["content"][0]["text"]


@pytest.mark.parametrize("drops", [1, 2])
def test_p08_what_was_said_to_a_target_that_failed_is_heard_by_the_source(drops: int) -> None:
    """P08: however often it dropped; and by the source's next session, if that drops too."""
    scene = Scene()
    scene.open("billing")
    scene.transfer("front", "billing")
    scene.feed(*(frame(number) for number in range(50)))
    scene.feed(*([ev.SessionLost(BILLING, "reset")] * (drops - 1)))
    effects = scene.feed(ev.SessionLost(BILLING, "reset", fatal=True))
    assert len(only(do.SendAudio, effects)) == 50

    scene.feed(ev.SpeechStarted(FRONT, "i9"), ev.SessionLost(FRONT, "reset"))
    assert len(only(do.SendAudio, scene.feed(ev.SessionOpened(FRONT)))) == 50


def test_a_target_that_cannot_be_reached_speaks_with_its_next_model() -> None:
    """`fallback` counts for a handoff too, though it gives up sooner than the agent that has the caller."""
    scene = bank("verify")
    verified(scene)
    scene.call.state.variables.set("account", "123456")
    scene.turn("verify", "i2")
    scene.transfer("verify", "billing", call_id="fc2")
    scene.feed(ev.SessionLost(BILLING, "refused", "unreachable"))
    effects = scene.feed(ev.SessionLost(BILLING, "refused", "unreachable"))

    assert do.Announce("session.fallback", {"agent": "billing", "model": "local", "reason": "unreachable"}) in effects
    assert only(do.OpenSession, effects)[0].model == 1


def test_what_befell_a_warm_session_before_does_not_fail_a_handoff() -> None:
    """Its failures while nobody waited for it are not those of this handoff."""
    scene = Scene()
    scene.open("billing")
    for _ in range(2):
        scene.feed(
            ev.SessionLost(BILLING, "idle"),
            expired(TimerKind.REOPEN, BILLING),
            ev.SessionOpened(BILLING),
        )
    scene.transfer("front", "billing")

    assert only(do.OpenSession, scene.feed(ev.SessionLost(BILLING, "reset")))


@pytest.mark.parametrize("away", [False, True])
def test_what_was_said_during_a_handoff_that_fails_is_told_to_who_keeps_the_caller(away: bool) -> None:
    """Typed to the target, which never answers; then the source goes on with it."""
    scene = Scene()
    scene.open("billing")
    scene.transfer("front", "billing")
    scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed"))
    scene.feed(ev.CallerTyped({"id": "t1", "role": "user", "content": [{"type": "input_text", "text": "And hurry."}]}))
    if away:
        scene.feed(ev.SessionLost(FRONT, "reset"))
    effects = scene.feed(expired(TimerKind.HANDOFF))
    told = only(do.AddItem, effects + (scene.feed(ev.SessionOpened(FRONT)) if away else []))

    assert {item.session.agent for item in told} == {"front"}
    texts = [item.item["content"][0]["text"] for item in told]
    assert texts.count("Said meanwhile:\nCaller: And hurry.") == 1


def test_what_was_said_to_the_target_before_it_answered_is_news_to_the_source() -> None:
    """The caller comes back later: the way back tells all that the source did not hear."""
    scene = Scene()
    scene.open("billing")
    scene.transfer("front", "billing")
    scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed"))
    scene.feed(ev.CallerTyped({"id": "t1", "role": "user", "content": [{"type": "input_text", "text": "And hurry."}]}))
    scene.feed(ev.ResponseStarted(BILLING, "r2"), ev.ResponseFinished(BILLING, "r2", "completed"))
    scene.turn("billing", "i3", "Back, please.")
    (briefing,) = only(do.AddItem, scene.transfer("billing", "front", "{}", "fc2"))

    assert "Caller: And hurry.\nCaller: Back, please." in briefing.item["content"][0]["text"]


def test_a_handoff_of_the_program_that_fails_is_told_to_the_source() -> None:
    """There is no function call to answer, so the agent that keeps the caller gets a note, and speaks."""
    scene = Scene()
    scene.open()
    scene.feed(ev.CallerReferred("billing"))

    effects = scene.after(10.0, expired(TimerKind.HANDOFF))
    (note,) = only(do.AddItem, effects)
    assert note.session.agent == "front"
    assert "failed" in note.item["content"][0]["text"]
    assert [effect.session.agent for effect in only(do.CreateResponse, effects)] == ["front"]
