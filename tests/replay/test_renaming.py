"""Two calls side by side, and what things are called in each."""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId, SessionKind, Timer, TimerKind
from orchestrator.replay.renaming import Renaming, step
from tests.core.scene import BILLING, FRONT

OLD, NEW = f"call_{'0' * 24}", f"call_{'1' * 24}"
ASKS = SessionId("wise", SessionKind.CONSULT, 1)
ASKS_NOW = SessionId("wise", SessionKind.CONSULT, 2)


def steps(name: str, session: SessionId, more: object) -> list[do.Effect]:
    """What a call does in which its own names are."""
    return [
        do.RunTool(FRONT, name, "find", "{}"),
        do.StartTimer(Timer(TimerKind.FILLER, name), 2.0),
        do.OpenSession(session, ev.CallerSettings()),
        do.AddItem(FRONT, {"id": name.replace("call", "msg"), "x": more}),
    ]


def test_what_is_the_same_needs_no_names() -> None:
    """The effects are paired as they stand."""
    renaming = Renaming()
    effects: list[do.Effect] = [do.StopPlayback(), do.CloseSession(FRONT)]

    assert renaming.pairs(effects, list(effects)) == [(one, one) for one in effects]
    event = ev.ToolReturned(OLD, "x")
    assert renaming.event(event) is event


def test_names_are_learned_from_steps_that_are_the_same() -> None:
    """Of function calls, items, sessions and timers; what only one call does has no partner."""
    renaming = Renaming()
    then, now = steps(OLD, ASKS, [1]), [do.StopPlayback(), *steps(NEW, ASKS_NOW, 2)]
    found = renaming.pairs(then, now)

    assert [other for _, other in found] == now[1:]
    assert renaming.event(ev.ToolReturned(OLD, "x")) == ev.ToolReturned(NEW, "x")
    assert renaming.event(ev.SessionOpened(ASKS)) == ev.SessionOpened(ASKS_NOW)
    assert renaming.event(ev.TimerExpired(Timer(TimerKind.FILLER, OLD))).timer == Timer(TimerKind.FILLER, NEW)  # type: ignore[union-attr]
    old = ev.ItemReported(FRONT, OLD.replace("call", "msg"), {"items": [{"id": OLD.replace("call", "msg")}]})
    new = ev.ItemReported(FRONT, NEW.replace("call", "msg"), {"items": [{"id": NEW.replace("call", "msg")}]})
    assert renaming.event(old) == new
    assert renaming.event(ev.CallerLeft()) == ev.CallerLeft()


def test_a_step_is_what_is_done_to_whom() -> None:
    """Whatever it is called."""
    timers = [do.StopTimer(Timer(TimerKind.ANSWER, one)) for one in (FRONT, BILLING)]
    assert step(timers[0]) != step(timers[1])
    assert step(do.TellCaller({"type": "a"})) != step(do.TellCaller({"type": "b"}))
    assert step(do.Announce("a", {"x": 1})) == step(do.Announce("a", {"x": 2}))
    assert step(do.AddItem(FRONT, {"id": "a"})) == step(do.AddItem(FRONT, {"id": "b"}))
