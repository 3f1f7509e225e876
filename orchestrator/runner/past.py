"""The past of a call that was taken over: it happens again, and only what the caller was told is done about it.

What was sent to sessions, tools and timers was sent by another process. The caller's side is told what it was told
then, while nobody listens, so that it knows what the caller knows. Audio is not in the past: what is played is counted.
"""

from __future__ import annotations

from orchestrator.core import effects as do

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
