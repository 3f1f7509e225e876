"""A caller comes back whom nobody outside has answered: the agent that the file names has them, and is told why."""

from __future__ import annotations

from orchestrator.core import handoff, opening, permission, wording
from orchestrator.core.away import leaving
from orchestrator.core.away.events import Reach, Status
from orchestrator.core.events import Ending
from orchestrator.core.ids import TimerKind
from orchestrator.core.in_progress import Away, Handoff
from orchestrator.core.state import Phase, State

REASONS = {
    Status.BUSY: "the line was busy",
    Status.NO_ANSWER: "nobody answered",
    Status.FAILED: "the call failed",
    Status.CANCELED: "the call was canceled",
}
UNHEARD = "nothing was heard of the caller, who was being connected to somebody outside"


def missed(call: State) -> None:
    """Handle a caller of whom nothing was heard in time: whoever is still connected here comes back."""
    away = call.route.away
    assert away is not None  # its timer stops with it
    if call.caller.reach is Reach.CLIENT:
        returned(call, Status.NO_ANSWER)
    else:
        opening.end(call, Ending.TRANSFERRED if away.answered else Ending.LEFT, UNHEARD)


def returned(call: State, status: Status = Status.UNKNOWN) -> None:
    """Give a caller who is back to the agent that the file names; `status` is why they are, if nobody has said so."""
    away = call.route.away
    assert away is not None
    if away.status is None:
        opening.end_transfer(call, away, status)
    away.why = told(away)
    call.stop_timer(TimerKind.AWAY)
    call.touch()
    then, source = leaving.wait_of(call, away.target).then, call.active
    early = permission.unable(call, then)
    if then == source.agent or (early and source.agent not in call.team.persons):
        call.move(Phase.TALKING if source.ready else Phase.RECOVERING)
        opening.open_session(call, source)
    elif early:
        opening.end(call, Ending.UNREACHABLE, f"the agent {then!r} cannot take over {early}")
    else:
        call.route.away = None
        call.move(Phase.TALKING)
        edge = call.team.way(source.agent, then, "continue")
        handoff.begin(call, Handoff(source.agent, then, None, edge, away.why, {}, call.now))


def told(away: Away) -> str:
    """Return what the agent is told."""
    why = REASONS.get(away.status or Status.UNKNOWN, "nobody could be reached")
    return wording.NOBODY_ANSWERED.format(agent=away.target, why=why)


def proceed(call: State) -> None:
    """Tell the agent that had the caller before that it has them again, once it can; progress, see `call.py`."""
    away, session = call.route.away, call.active
    if away is None or not away.why or call.phase is not Phase.TALKING:
        return
    call.route.away = None
    call.tell(session, away.why)
    call.ask(session)
    opening.warm(call)
