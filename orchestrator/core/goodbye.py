"""How a call ends at a limit, or because the agent ends it: the caller hears the last words, then the call ends.

What is being said is finished first, and a turn of the caller is still answered; then the agent says goodbye, and the
call ends when that has been played. Until it was said, `GOODBYE_SECONDS` pass at the most. While sessions open or the
caller is moving, which is bounded, the goodbye waits for an agent that can say it.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from orchestrator.core import functions, opening, wording
from orchestrator.core.away import leaving
from orchestrator.core.events import Ending, Parting, ResponseFinished
from orchestrator.core.ids import TimerKind
from orchestrator.core.in_progress import FunctionCall, Goodbye
from orchestrator.core.response import Ask
from orchestrator.core.state import Phase, State

if TYPE_CHECKING:
    from orchestrator.team import Limit

GOODBYE_SECONDS = 20.0
LAST_WORDS_SECONDS = 60.0  # to play them
GRACE_SECONDS = 0.5  # for the network and the player
PROMPTS = 3  # in a row, to a caller who says nothing (`idle_timeout_ms`)
UNHEARD = "nobody has spoken for too long"
LONGER_SECONDS = 30.0  # for a turn or an answer that has begun when the limit of silence is reached
AGAIN_SECONDS = 1.0  # until the next try, while no agent can speak …
AWAY_SECONDS = 30.0  # … and while the caller is connected to somebody outside


def silent(call: State) -> None:
    """End a call in which nobody has been heard for too long, unless an agent waits for a tool, or a person is there.

    A session on which somebody is about to speak has a little longer, and no more: one of which nothing is heard must
    not keep the call open.
    """
    session, limit = call.active, call.team.limits.silence
    elsewhere = call.route.waiting is not None or call.phase is Phase.AWAY
    if elsewhere or session.agent in call.team.persons:
        call.touch()  # who waits for a person, has one, or is away has other limits
        return
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
        begin(call, TimerKind.SILENCE, limit, Ending.SILENCE, UNHEARD)


def prompted(call: State) -> None:
    """Count that a service speaks because the caller does not; one that nobody answers does so `PROMPTS` times."""
    call.caller.prompts += 1
    if call.caller.prompts > PROMPTS:
        begin(call, TimerKind.SILENCE, call.team.limits.silence, Ending.SILENCE, UNHEARD)
        call.active.response.unheard.next = True


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
        call.start_timer(timer, AWAY_SECONDS if call.phase is Phase.AWAY else AGAIN_SECONDS)
        return
    ask = call.line(limit.say, wording.ENDING.format(why=why), wording.GOODBYE)
    take_leave(call, Goodbye(ending, why, ask))


def part(call: State, function: FunctionCall, parting: Parting) -> str | None:
    """End the call for the agent that has the caller, after its last words. Returns why not, when it cannot be.

    What the agent said before it called the function is its goodbye, unless there is more to say; a person says it
    before they call it.
    """
    if function.session != call.active.id or call.route.handoff is not None or call.phase is Phase.AWAY:
        return wording.NOT_YOURS_TO_END
    if call.caller.goodbye is None:
        ask = None
        person = function.session.agent in call.team.persons
        if not person and (parting.say or parting.result or not function.spoken):
            ask = call.line(parting.say, wording.LAST_WORDS, wording.GOODBYE)
        take_leave(call, Goodbye(Ending.FINISHED, "the agent ended the call", ask))
    return None


def take_leave(call: State, goodbye: Goodbye) -> None:
    """Begin nothing new: the call ends with this goodbye."""
    call.caller.goodbye = goodbye
    call.start_timer(TimerKind.GOODBYE, GOODBYE_SECONDS)
    call.announce("call.ending", agent=call.route.active, reason=goodbye.why)


def proceed(call: State) -> None:
    """Say goodbye as soon as nothing else is said; progress, see `call.py`."""
    goodbye, session = call.caller.goodbye, call.active
    if goodbye is None or goodbye.done or session.engaged:
        return
    if goodbye.ask is None:
        finish(call, goodbye)
    else:
        call.ask(session, goodbye.ask)


def ended(call: State, ask: Ask | None, *, said: bool) -> None:
    """Note that a response is done, or that nothing comes of it: a goodbye is not asked for over and over.

    When it was said, the call ends as soon as it has been played.
    """
    goodbye = call.caller.goodbye
    if goodbye is None or ask is None or ask is not goodbye.ask:
        return
    if said:
        finish(call, goodbye)
    goodbye.done = True


def finish(call: State, goodbye: Goodbye) -> None:
    """End the call as soon as what was said has been played."""
    goodbye.done = True
    played = call.caller.playback.remaining(call.now) + GRACE_SECONDS
    call.start_timer(TimerKind.GOODBYE, min(played, LAST_WORDS_SECONDS))


def over(call: State) -> None:
    """End the call, or let the caller leave for somebody outside: goodbye was said, or its time is over."""
    assert call.caller.goodbye is not None  # its timer starts with it
    if call.caller.goodbye.ending is Ending.TRANSFERRED and call.route.away is not None:
        leaving.leave(call, call.route.away)
        return
    opening.end(call, call.caller.goodbye.ending, call.caller.goodbye.why)
