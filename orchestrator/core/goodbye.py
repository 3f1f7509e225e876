"""How a call ends at a limit: the caller hears why, then the call ends.

What is being said is finished first, and a turn of the caller is still answered; then the agent says goodbye, and the
call ends when that has been played. All of it takes `GOODBYE_SECONDS` at the most. While sessions open or the caller is
moving, which is bounded, the goodbye waits for an agent that can say it.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from orchestrator.core import functions, opening, wording
from orchestrator.core.events import Ending, ResponseFinished
from orchestrator.core.ids import TimerKind
from orchestrator.core.in_progress import Goodbye
from orchestrator.core.response import Ask
from orchestrator.core.state import Phase, State

if TYPE_CHECKING:
    from orchestrator.team import Limit

GOODBYE_SECONDS = 20.0
GRACE_SECONDS = 0.5  # for the network and the player
LONGER_SECONDS = 30.0  # for a turn or an answer that has begun when the limit of silence is reached
AGAIN_SECONDS = 1.0  # until the next try, while no agent can speak


def silent(call: State) -> None:
    """End a call in which nobody has been heard for too long, unless an agent waits for a tool.

    A session on which somebody is about to speak has a little longer, and no more: one of which nothing is heard must
    not keep the call open.
    """
    session, limit = call.active, call.team.limits.silence
    progress = session.response.progress
    heard = max(call.caller.playback.end, progress.at if progress.spoken else -inf)
    busy = session.turn.speaking or session.response.busy
    if heard + limit.at > call.now:
        call.start_timer(TimerKind.SILENCE, heard + limit.at - call.now)
    elif functions.working(call, session):
        call.touch()
    elif busy and call.now < call.caller.acted + limit.at + LONGER_SECONDS:
        call.start_timer(TimerKind.SILENCE, AGAIN_SECONDS)
    else:
        begin(call, TimerKind.SILENCE, limit, Ending.SILENCE, "nobody has spoken for too long")


def too_long(call: State) -> None:
    """End a call that has reached its time."""
    begin(call, TimerKind.CALL, call.team.limits.call, Ending.TOO_LONG, "the call reached its time limit")


def spend(call: State, event: ResponseFinished) -> None:
    """Count what a response has cost."""
    for kind, total in call.spent.tokens.items():
        call.spent.tokens[kind] = total + whole(event.usage.get(f"{kind}_tokens"))
    call.spent.money += event.cost
    spent(call)


def whole(count: object) -> int:
    """Return a count that a service gave; 0 for what is none."""
    return count if isinstance(count, int) and count > 0 else 0


def spent(call: State) -> None:
    """End a call that has used up its tokens or its money."""
    limits, used = call.team.limits, call.spent
    if limits.tokens is not None and sum(used.tokens.values()) >= limits.tokens.at:
        begin(call, TimerKind.SPENT, limits.tokens, Ending.SPENT, "the call has used up its tokens")
    elif limits.money is not None and used.money >= limits.money.at:
        begin(call, TimerKind.SPENT, limits.money, Ending.SPENT, "the call has used up its money")


def begin(call: State, timer: TimerKind, limit: Limit, ending: Ending, why: str) -> None:
    """Let the agent that has the caller say goodbye."""
    if call.caller.goodbye is not None:
        return
    if call.phase is not Phase.TALKING:
        call.start_timer(timer, AGAIN_SECONDS)
        return
    ask = call.line(limit.say, wording.ENDING.format(why=why), wording.GOODBYE)
    call.caller.goodbye = Goodbye(ending, why, ask)
    call.start_timer(TimerKind.GOODBYE, GOODBYE_SECONDS)
    call.announce("call.ending", agent=call.route.active, reason=why)


def proceed(call: State) -> None:
    """Say goodbye as soon as nothing else is said; progress, see `call.py`."""
    goodbye, session = call.caller.goodbye, call.active
    if goodbye is not None and not goodbye.done and not session.engaged:
        call.ask(session, goodbye.ask)


def ended(call: State, ask: Ask | None, *, said: bool) -> None:
    """Note that a response is done, or that nothing comes of it: a goodbye is not asked for over and over.

    When it was said, the call ends as soon as it has been played.
    """
    goodbye = call.caller.goodbye
    if goodbye is None or ask is not goodbye.ask:
        return
    goodbye.done = True
    if said:
        played = call.caller.playback.remaining(call.now) + GRACE_SECONDS
        call.start_timer(TimerKind.GOODBYE, min(played, GOODBYE_SECONDS))


def over(call: State) -> None:
    """End the call: goodbye was said, or its time is over."""
    assert call.caller.goodbye is not None  # its timer starts with it
    opening.end(call, call.caller.goodbye.ending, call.caller.goodbye.why)
