"""The past of a call that was taken over: it happens again, and only what the caller was told is done about it.

What was sent to sessions, tools and timers was sent by another process. The caller's side is told what it was told
then, while nobody listens, so that it knows what the caller knows. Audio is not in the past: what is played is counted.

Those who keep the call, its record and its story, are shown the past later: nobody waits for them. For them it happens
once more, to a `Call` that is there for nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orchestrator.core import Call
from orchestrator.core import effects as do
from orchestrator.core.events import Event
from orchestrator.observe.watch import Watch

# Effects that are for the caller's side alone.
SEEN = frozenset(
    {
        do.PlayAudio,
        do.StartHold,
        do.PlayHold,
        do.PressKeys,
        do.TellWords,
        do.TellCaller,
        do.StopPlayback,
        do.EndResponse,
        do.Refuse,
        do.Announce,
    }
)


def retold(core: Call, past: Iterable[tuple[Event, float]], watch: Watch) -> Iterator[None]:
    """Show those who keep a call what has happened in it, one event for each step; then they go on with what waits."""
    try:
        for event, t in past:
            effects = core.handle(event, t)
            watch.remember(event, effects, watch.began + t, core.state.route.agents)
            yield
    finally:
        watch.go_on()
