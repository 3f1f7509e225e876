"""Who was heard when."""

from __future__ import annotations

from orchestrator.core import events as ev
from orchestrator.observe.facts import Answered, CallerTurn, FirstAudio, Interrupted
from orchestrator.observe.story.voices import ITEMS, SETTLED
from tests.core.scene import BILLING, FRONT, frame
from tests.observe.told import Told


def asked(scene: Told, item: str = "i1") -> None:
    """Let the caller speak for two seconds, and wait for an answer."""
    scene.feed(ev.SpeechStarted(FRONT, item))
    scene.after(2.0, ev.SpeechStopped(FRONT, item), ev.TurnCommitted(FRONT, item))


def test_an_answer_is_heard_as_long_as_it_plays() -> None:
    """It comes faster than it is spoken; how long the caller waited is told with its first sound."""
    scene = Told()
    scene.open()
    asked(scene)
    scene.now += 0.5
    scene.answer("front", "r1", ms=3000.0)
    first = scene.one(FirstAudio)
    assert scene.all(Answered) == []  # it is still played

    scene.after(3.0 + SETTLED + 0.1, ev.SpeechStarted(FRONT, "i2"))

    turn, answer = scene.one(CallerTurn), scene.one(Answered)
    assert (turn.start, turn.end, turn.agent, turn.over) == (0.0, 2.0, "front", False)
    assert (first.start, first.end, first.response_id) == (2.0, 2.5, "r1")
    assert (answer.start, answer.end, answer.status, answer.cut) == (2.5, 5.5, "completed", False)


def test_an_interruption_cuts_an_answer_where_it_was_heard() -> None:
    """The caller speaks over it: it ends there, and what the client tells of it is believed."""
    scene = Told()
    scene.open()
    asked(scene)
    scene.speech("front", "r1", ms=4000.0)
    scene.after(1.5, ev.SpeechStarted(FRONT, "i2"))
    scene.after(0.1, ev.CallerTruncated("item_r1", 1400))
    scene.after(1.0, ev.SpeechStopped(FRONT, "i2"))
    scene.leave()

    answer, cut = scene.one(Answered), scene.one(Interrupted)
    assert (answer.start, answer.end, answer.cut) == (2.0, 3.4, True)
    assert (cut.start, cut.end, cut.response_id) == (3.5, 3.5, "r1")
    assert [turn.over for turn in scene.all(CallerTurn)] == [False, True]


def test_a_client_tells_of_an_interruption_that_the_service_did_not_hear() -> None:
    """A truncation alone says that the rest was not heard; one beyond what was given changes nothing."""
    scene = Told()
    scene.open()
    asked(scene)
    scene.answer("front", "r1", ms=4000.0)
    scene.after(0.5, ev.CallerTruncated("item_r1", 9000), ev.CallerTruncated("elsewhere", 10))
    scene.feed(ev.CallerTruncated("item_r1", 500))
    scene.leave()

    assert (scene.one(Answered).end, scene.one(Answered).cut) == (2.5, True)


def test_a_turn_that_the_caller_ends_by_hand_begins_with_their_first_sound() -> None:
    """Without speech that a session has heard; what a service commits by itself is no turn of its own."""
    scene = Told()
    scene.open()
    scene.after(1.0, frame(1))
    scene.after(1.0, frame(2), ev.CallerCommitted(), ev.TurnCommitted(FRONT, "i1"))
    scene.after(1.0, frame(3), ev.TurnCommitted(FRONT, "i2"))

    turn = scene.one(CallerTurn)
    assert (round(turn.start, 2), turn.end, turn.item_id) == (0.98, 2.0, "i1")


def test_a_typed_turn_is_waited_for_too() -> None:
    """From when it was sent; what an application loads into the conversation is no turn."""
    scene = Told()
    scene.open()
    scene.feed(ev.CallerTyped({"id": "a", "role": "assistant", "type": "message", "content": []}))
    scene.after(1.0, ev.CallerTyped({"id": "b", "role": "user", "type": "message", "content": []}))
    scene.after(0.5)
    scene.answer("front", "r1")

    assert (scene.one(FirstAudio).start, scene.one(FirstAudio).end) == (1.0, 1.5)


def test_the_next_agent_is_heard_behind_the_farewell() -> None:
    """Its frames wait; they are heard when the last agent has finished."""
    scene = Told()
    scene.open("billing")
    scene.turn("front", "i1")
    scene.speech("front", "bye", ms=1000.0)
    scene.function("front", "bye", "transfer_to_billing", '{"reason": "an invoice"}')
    scene.after(0.1)
    scene.speech("billing", "hello", ms=500.0)
    scene.feed(ev.ResponseFinished(FRONT, "bye", "completed"), ev.ResponseFinished(BILLING, "hello", "completed"))
    scene.leave()

    first, last = scene.all(Answered)
    assert (first.agent, first.start, round(first.end, 3)) == ("front", 0.0, 0.1)  # the caller hung up then
    assert (last.agent, last.start, last.heard) == ("billing", 1.0, True)


def test_what_was_not_heard_is_told_as_that() -> None:
    """A response of function calls alone; and one that the caller's side closed while its session was still at it."""
    scene = Told()
    scene.open()
    scene.feed(ev.ResponseStarted(FRONT, "r1"), ev.ResponseFinished(FRONT, "r1", "completed"))
    scene.feed(ev.ResponseStarted(FRONT, "aside", aside=True))
    scene.feed(ev.AudioProduced(FRONT, "unknown", "item", 20.0, ""))
    scene.after(SETTLED + 1, ev.SpeechStopped(FRONT, "i1"), ev.SpeechStarted(FRONT, "i2"))

    assert [(one.response_id, one.heard) for one in scene.all(Answered)] == [("r1", False)]


def test_what_is_remembered_is_bounded() -> None:
    """Of the items that are heard, and of the frames that wait."""
    scene = Told()
    scene.open()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    for number in range(ITEMS + 9):
        scene.feed(ev.AudioProduced(FRONT, "r1", f"item_{number}", 20.0, ""))
    assert len(scene.story._voices._items) == ITEMS


def test_an_answer_that_waits_for_the_one_before_it_is_told_when_it_was_heard() -> None:
    """The next agent has said all before the one that hands over is done: it is heard after that."""
    scene = Told()
    scene.open("tech")
    scene.transfer("front", "tech")
    scene.answer("tech", "hello", ms=3000.0)
    assert scene.all(Answered) == []
    scene.after(0.2, ev.ResponseFinished(FRONT, "resp_fc1", "completed"))
    scene.leave()

    answer = next(one for one in scene.all(Answered) if one.agent == "tech")
    assert (answer.response_id, answer.heard, round(answer.start, 3)) == ("hello", True, 0.2)
