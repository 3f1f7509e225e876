"""Checkpoints: a call as bytes, and back. That it is the same call then, see `test_crash.py`."""

from __future__ import annotations

import pickle

import pytest

from orchestrator.core import Call
from orchestrator.core.events import AudioProduced, CallerJoined, CallerSpoke, TimerExpired
from orchestrator.core.ids import Timer, TimerKind
from orchestrator.core.in_progress import Handoff, Waiting
from orchestrator.core.memory.shared import FIRST, Shared
from orchestrator.core.state import Seat
from orchestrator.core.takeover.checkpoint import CheckpointError, Parts, given, load, save
from orchestrator.team.edges import Back
from tests.core.scene import FRONT, Scene, team

TEXT = """
team: t
variables: {pin: {secret: true}, name: {}}
agents: {front: {instructions: "Hi {name}", handoffs: [{billing: {}}]}, billing: {instructions: Hello}}
"""
TEAM = team(TEXT)
PARTS = Parts(TEAM)


def fresh() -> Call:
    """Return a call that was just made, as another process makes it."""
    return Call(TEAM, {}, seed="seed", seat=Seat(Shared(TEAM), FIRST, "front"))


def begun() -> Scene:
    """Return a call that goes on."""
    scene = Scene(TEXT, {})
    scene.feed(CallerJoined())
    scene.open("front")
    return scene


def test_a_call_is_as_it_was() -> None:
    """What was said, variables, and timers; what belongs to the team is that of this process."""
    scene = begun()
    scene.call.state.variables.set("pin", "48213")
    scene.call.state.transcript.caller_typed("front", "item_1", "My pin is 48213.")
    call = fresh()

    saved = save(scene.call.state, Parts(scene.call.state.team), {"given": ["item_1"]})

    assert load(call.state, PARTS, saved) == {"given": ["item_1"]}
    assert call.state.phase is scene.call.state.phase
    assert call.state.agenda.timers == scene.call.state.agenda.timers
    assert [line.text for line in call.state.transcript.history()] == ["My pin is 48213."]
    assert call.masked("It is 48213.") == scene.call.masked("It is 48213.") != "It is 48213."
    assert call.state.team is TEAM
    assert call.state.variables._declared is TEAM.variables
    assert call.state.shared.seats == {FIRST: call.state}
    assert call.handle(TimerExpired(Timer(TimerKind.SILENCE)), 99.0)


def test_no_audio_is_in_it() -> None:
    """Nobody has it who takes the call over; each frame is another one all the same."""
    scene = begun()
    side = scene.call.state.caller
    for number in range(3):
        side.hold.sent(CallerSpoke(f"SOUND{number}", 20.0), speaking=True)
    side.floor.wait(AudioProduced(FRONT, "resp_1", "item_1", 20.0, "SOUND"))
    call = fresh()
    saved = save(scene.call.state, Parts(scene.call.state.team), {})
    load(call.state, PARTS, saved)

    assert b"SOUND" not in saved
    assert len({frame.frame for frame in call.state.caller.hold._recent}) == 3
    assert call.state.caller.hold._recent_ms == 60.0


def test_what_is_neither_the_cores_nor_in_the_team_file_cannot_be_written() -> None:
    """A way back, for example, which follows from how the caller came; or what pickle does not know."""
    scene = begun()
    parts = Parts(scene.call.state.team)
    way = Handoff("front", "billing", None, Back(**{"(target)": "billing"}), "", {}, 0.0)
    scene.call.state.route.waiting = Waiting(way)
    with pytest.raises(CheckpointError, match="Back is not in the team file"):
        save(scene.call.state, parts, {})
    scene.call.state.route.waiting = None
    with pytest.raises(CheckpointError):
        save(scene.call.state, parts, {"beside": lambda: None})


class Evil:
    """Runs a command when it is read."""

    def __reduce__(self) -> tuple[object, ...]:
        return print, ("evil",)


@pytest.mark.parametrize(
    "written",
    [pickle.dumps(Evil()), pickle.dumps(FRONT)[:-3], pickle.dumps(({}, {}, {})), b"", pickle.dumps(given)],
    ids=["another class", "cut", "not a call", "nothing", "not its own"],
)
def test_what_is_no_checkpoint_cannot_be_read(written: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing but the core's classes is made, and the call stays as it was made."""
    call = fresh()
    with pytest.raises(CheckpointError):
        load(call.state, PARTS, written)

    assert capsys.readouterr().out == ""
    assert call.state.team is TEAM
    with pytest.raises(AssertionError):
        given(1)
