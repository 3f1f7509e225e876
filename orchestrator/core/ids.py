"""The names of sessions and timers inside the core.

An agent goes by its name in the team file, a plain `str`. A session does not: an agent has one of its own and can have
others beside it. Both are tuples, so that hashing and comparing stay in C.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class SessionKind(StrEnum):
    """What a session is for."""

    OWN = "own"  # the agent's own: the one that can have the caller
    CONSULT = "consult"  # answers one question of another agent
    SUCCESSOR = "successor"  # about to replace the agent's own


class SessionId(NamedTuple):
    """Which session: `number` counts the sessions of a call that are not an agent's own, and is 0 for those."""

    agent: str
    kind: SessionKind = SessionKind.OWN
    number: int = 0

    def __str__(self) -> str:
        return self.agent if self.kind is SessionKind.OWN else f"{self.agent} ({self.kind} {self.number})"


class TimerKind(StrEnum):
    """What a timer is for."""

    CALL = "call"  # the call's time limit
    SILENCE = "silence"  # nobody has spoken
    SPENT = "spent"  # another attempt to end a call that has used up its tokens or money
    GOODBYE = "goodbye"  # the goodbye is over
    HANDOFF = "handoff"  # the handoff takes too long
    TRANSCRIPT = "transcript"  # the handoff waits for the caller's last words
    SUMMARY = "summary"  # the handoff waits for a summary
    FAREWELL = "farewell"  # the last agent is still heard
    ANSWER = "answer"  # a session is to be looked at: it may have stopped in the middle of something
    OWED = "owed"  # the pause before a session is asked once more
    REOPEN = "reopen"  # the pause before a session is opened once more
    RENEW = "renew"  # an agent's session nears the end of its life
    LOOK = "look"  # an agent's successor looks for a quiet moment
    FILLER = "filler"  # a function call takes long
    CONSULT = "consult"  # a consult takes too long
    WAIT = "wait"  # nobody takes the call of a caller who waits for a person
    APPROVAL = "approval"  # nobody has decided whether a tool runs
    AWAY = "away"  # the caller is connected to somebody outside, and nothing is heard of it
    HOSTED = "hosted"  # nothing is heard of a tool that the provider calls
    HOLD = "hold"  # the hold sound goes on, or begins when what was said has been played


class Timer(NamedTuple):
    """Which timer: there is one of a kind for each session, agent or function call that it is about."""

    kind: TimerKind
    about: SessionId | str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.about}".rstrip()
