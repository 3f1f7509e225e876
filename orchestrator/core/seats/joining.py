"""Several callers in one call: who may join, and what one seat does when something has happened on another."""

from __future__ import annotations

from orchestrator.core import goodbye, opening, permission, wording
from orchestrator.core.events import Ending
from orchestrator.core.memory.shared import FIRST, SEATS
from orchestrator.core.state import Phase, State


def refusal(call: State, agent: str, seat: str) -> str | None:
    """Return why nobody can join the call now, with an agent and as a seat; None when somebody can."""
    able = [name for name, one in call.team.agents.items() if one.kind == "voice"]
    seats = call.shared.seats
    if agent not in able:
        return f"There is no agent {agent!r} in this team with whom a caller can begin. Agents: {', '.join(able)}."
    if seat in seats:
        return f"The seat {seat!r} is taken. Choose another name for it (seat=NAME)."
    if len(seats) >= SEATS:
        return f"A call has {SEATS} callers at most."
    if call.phase is Phase.ENDED or call.caller.goodbye is not None:
        return "The call is ending."
    if missed := call.team.before(agent):
        early = wording.BEFORE_AGENTS.format(agents=", ".join(missed))
    elif names := permission.unset(call, agent):
        early = wording.BEFORE_KNOWN.format(names=", ".join(names))
    elif call.shared.holder(agent) is not None:
        early = wording.OCCUPIED
    else:
        return None
    return wording.CANNOT_TAKE_OVER.format(agent=agent, early=early)


def stirred(call: State) -> None:
    """Take in what another seat has changed; what has become possible by it is done in the progress pass."""
    if call.team.ends_with == "first" and FIRST not in call.shared.seats:
        opening.end(call, Ending.FINISHED, "the first caller has left")
        return
    opening.reconfigure(call)
    goodbye.spent(call)
