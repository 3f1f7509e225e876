"""How a call ends at a limit: the caller hears why, then the line is closed.

What is being said is finished first, and a turn of the caller is still answered; then the agent says goodbye, and the
call ends when that has been played. All of it takes `GOODBYE_SECONDS` at the most. While sessions open or the caller is
moving, which is bounded, the goodbye waits for an agent that can say it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.core import functions, opening
from orchestrator.core.session import Ask
from orchestrator.core.state import Phase, State

if TYPE_CHECKING:
    from orchestrator.team import Limit

GOODBYE_SECONDS = 20.0
GRACE_SECONDS = 0.5  # for the way to the caller's ear
AGAIN_SECONDS = 1.0  # until it is tried again, while nobody can speak
# Close codes of the gateway's table.
SILENT, TOO_LONG, SPENT = 4408, 4410, 4413
WORDS = "The call ends now: {why}. Tell the caller so in one sentence and say goodbye."


@dataclass(slots=True)
class Goodbye:
    """The end of a call at one of its limits."""

    code: int
    why: str
    ask: Ask  # the response that says it
    said: bool = False


def silent(call: State) -> None:
    """End a call in which nobody has spoken for too long, unless an agent still does, or waits for what takes long."""
    session = call.active
    heard = session.hearing or session.busy or call.caller.playback.remaining(call.now) > 0
    if heard or functions.working(call, session.agent):
        call.touch()
    else:
        begin(call, "silence", call.team.limits.silence, SILENT, "nobody has spoken for too long")


def too_long(call: State) -> None:
    """End a call that has reached its time."""
    begin(call, "call", call.team.limits.call, TOO_LONG, "the call reached its time limit")


def spent(call: State) -> None:
    """End a call that has used up its tokens or its money."""
    limits, used = call.team.limits, call.spent
    if limits.tokens is not None and sum(used.tokens.values()) >= limits.tokens.at:
        begin(call, "spent", limits.tokens, SPENT, "the call has used up its tokens")
    elif limits.money is not None and used.money >= limits.money.at:
        begin(call, "spent", limits.money, SPENT, "the call has used up its money")


def begin(call: State, timer: str, limit: Limit, code: int, why: str) -> None:
    """Let the agent that has the caller say goodbye."""
    if call.caller.goodbye is not None:
        return
    if call.phase is not Phase.TALKING:
        call.out.start_timer(timer, AGAIN_SECONDS)
        return
    call.caller.goodbye = Goodbye(code, why, call.line(limit.say, WORDS.format(why=why)))
    call.out.start_timer("goodbye", GOODBYE_SECONDS)
    call.announce("call.ending", agent=call.route.active, reason=why)
    proceed(call)


def proceed(call: State) -> None:
    """Say goodbye as soon as nothing else is said."""
    goodbye, session = call.caller.goodbye, call.active
    if goodbye is not None and not goodbye.said and not session.busy and not session.hearing and not session.turn_open:
        call.ask(session.agent, goodbye.ask)


def said(call: State, ask: Ask | None) -> None:
    """Go on after a response of the agent: it was the goodbye, which is played to its end, or something before it."""
    goodbye = call.caller.goodbye
    if goodbye is None:
        return
    if ask is goodbye.ask:
        goodbye.said = True
        played = call.caller.playback.remaining(call.now) + GRACE_SECONDS
        call.out.start_timer("goodbye", min(played, GOODBYE_SECONDS))
    else:
        proceed(call)


def over(call: State) -> None:
    """End the call: goodbye was said, or its time is over."""
    assert call.caller.goodbye is not None  # its timer starts with it
    opening.end(call, call.caller.goodbye.code, call.caller.goodbye.why)
