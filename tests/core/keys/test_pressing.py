"""An agent presses keys, which the other end hears behind what was said."""

from __future__ import annotations

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId, TimerKind
from orchestrator.core.keys.pressing import duration
from orchestrator.core.memory.playback import Playback
from orchestrator.protocol.tones import OFF_MS, ON_MS, WAIT_MS
from tests.core.people.desks import announced
from tests.core.scene import BILLING, FRONT, HELPDESK, Scene, expired, only, refused, rules, told

PHONE = HELPDESK.replace("    greeting: Hello, this is Acme.", "    greeting: Hello, this is Acme.\n    press: true")
KEYS = '{"keys": "1w4 82-1#"}'


def pressing(arguments: str = KEYS, settings: ev.CallerSettings | None = None) -> tuple[Scene, list[do.Effect]]:
    """A call in which an agent says something and presses keys in the same response, which goes on."""
    scene = Scene(PHONE)
    scene.open("billing", settings=settings)
    scene.speech("front", "r1", "I choose one.", ms=800.0)
    return scene, scene.function("front", "r1", "press_keys", arguments)


def test_the_keys_are_heard_behind_what_was_said() -> None:
    """As a response of their own, once that of the agent is done; then the agent goes on."""
    scene, effects = pressing()
    assert not only(do.PressKeys, effects)
    before = scene.call.state.caller.playback.remaining(scene.now)
    effects = scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))
    (keys,) = only(do.PressKeys, effects)

    assert keys.keys == "1w4821#"
    assert do.EndResponse(keys.response_id, "completed") in effects
    assert "hears the keys now" in told(effects)
    assert announced(effects, "keys.pressed") == [do.Announce("keys.pressed", {"agent": "front", "count": 6})]
    assert len(only(do.CreateResponse, effects)) == 1
    played = scene.call.state.caller.playback.remaining(scene.now) - before
    assert played == pytest.approx(6 * 0.17 + 0.5)
    assert scene.call.state.caller.playback.knows(keys.item_id)


def test_they_take_as_long_as_their_sound() -> None:
    """The core reckons with what the gateway plays."""
    assert duration("1w") == ON_MS + OFF_MS + WAIT_MS
    assert Playback().remaining(0.0) == 0.0


@pytest.mark.parametrize("arguments", ["{}", '{"keys": "call me"}', '{"keys": "' + "1" * 33 + '"}', "nonsense"])
def test_what_is_no_key_is_not_pressed(arguments: str) -> None:
    """The agent is told what keys there are."""
    _, effects = pressing(arguments)

    assert "1 to 32 of 0-9" in refused(effects)["error"]
    assert rules(effects) == ["arguments"]


def test_without_sound_there_are_no_keys() -> None:
    """A client that reads hears nothing."""
    _, effects = pressing(settings=ev.CallerSettings(modalities=("text",)))

    assert "no sound is heard" in refused(effects)["error"]


def test_an_agent_without_the_key_in_its_file_has_no_such_function() -> None:
    """It is told what there is."""
    scene = Scene(PHONE)
    scene.open("billing")
    scene.moved("front", "billing")
    effects = scene.function("billing", "opening_fc1", "press_keys", KEYS, "fc2")

    assert rules(effects) == ["unknown"]
    assert "press_keys" not in refused(effects)["error"].split("Functions you can call:")[1]
    scene = Scene(PHONE)
    scene.open()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    assert "press_keys" in refused(scene.function("front", "r1", "nonsense"))["error"]


def test_a_caller_who_is_with_another_agent_hears_no_keys() -> None:
    """The agent that wanted to press them is told so; while they are on the way there, it is not known."""
    scene, _ = pressing()
    scene.function("front", "r1", "transfer_to_billing", '{"reason": "x"}', "fc2")
    assert not only(do.SendFunctionOutput, scene.feed(ev.ResponseFinished(FRONT, "r1", "completed")))
    effects = scene.feed(ev.ResponseStarted(BILLING, "r2"))

    assert not only(do.PressKeys, effects)
    assert any("not done" in one.output for one in only(do.SendFunctionOutput, effects))


def test_a_farewell_is_heard_first() -> None:
    """One voice at a time, tones too."""
    scene, _ = pressing()
    scene.call.state.caller.floor.farewell = "billing"
    scene.call.state.start_timer(TimerKind.FAREWELL, 3.0)
    scene.call.state.sessions.own["billing"].response.started("farewell")
    assert not only(do.PressKeys, scene.feed(ev.ResponseFinished(FRONT, "r1", "completed")))

    assert only(do.PressKeys, scene.feed(expired(TimerKind.FAREWELL)))


def test_a_session_that_drops_takes_its_keys_along() -> None:
    """Nobody knows whether they are still wanted."""
    scene, _ = pressing()
    effects = scene.feed(ev.SessionLost(FRONT, "gone"), ev.SessionOpened(FRONT))

    assert not only(do.PressKeys, effects)
    assert not scene.call.state.functions.open


def test_a_session_that_drops_while_it_hands_over_takes_its_keys_along() -> None:
    """They are forgotten when it is decided who has the caller."""
    scene, _ = pressing()
    scene.function("front", "r1", "transfer_to_stock", '{"sku": "1"}', "fc2")
    scene.feed(ev.SessionLost(FRONT, "gone"))
    assert scene.call.state.functions.open
    stock = SessionId("stock")
    effects = scene.feed(ev.SessionOpened(stock), ev.ResponseStarted(stock, "r2"))

    assert not only(do.PressKeys, effects)
    assert not scene.call.state.functions.open
