"""A caller is connected to somebody outside: an agent says so, and what is open for them here is closed.

    LEAVING    the transfer call is answered; the agent says the line of the team file, a summary is written if the file
               wants one, and nothing else begins (it is a `Goodbye`)
    AWAY       the caller's side calls (`Dial`); nobody here hears or speaks
    (over)     somebody answered: the call ends when they have talked, see `ended`
    (back)     nobody did: the agent that the file names has the caller, see `coming_back.py`

Bounds: `SAY_SECONDS` to say the line; the file's limit for the telephone to ring, and `SLACK_SECONDS` more to learn
what came of it; `TALK_SECONDS` once somebody has answered; `RETURN_SECONDS` for the caller to come back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.core import briefing, functions, opening, relay, renewal, wording
from orchestrator.core.away.events import OutsideAnswered, OutsideEnded, Reach, Status
from orchestrator.core.effects import Dial, EndResponse
from orchestrator.core.events import Ending, FunctionCalled
from orchestrator.core.ids import Timer, TimerKind
from orchestrator.core.in_progress import Away, Goodbye, Handoff
from orchestrator.core.people import waiting
from orchestrator.core.session import AgentSession, SessionState
from orchestrator.core.state import Phase, State

if TYPE_CHECKING:
    from orchestrator.team.people import Wait

SAY_SECONDS = 20.0
SUMMARY_PAUSE = 0.5  # seconds between two looks for a summary that is being written
SLACK_SECONDS = 60.0  # the telephone network may take that long before it rings
TALK_SECONDS = 4 * 3600.0 + SLACK_SECONDS  # Twilio ends a telephone call after four hours
RETURN_SECONDS = 30.0
LONGEST_BRIEF = 1000  # characters that are read out to whoever answers: about a minute


# --- leaving ---


def request(call: State, session: AgentSession, event: FunctionCalled, handoff: Handoff) -> None:
    """Answer an agent's transfer call to somebody outside: the caller is told, and leaves."""
    told = wording.CONNECTING.format(agent=handoff.target)
    functions.answer(call, session.id, event.call_id, {"result": told})
    begin(call, handoff)


def begin(call: State, handoff: Handoff) -> None:
    """Let the agent that has the caller say what happens; a person has said it themselves."""
    waiting.end(call, f"the caller is connected to {handoff.target}")
    source = call.active
    words = handoff.edge.bridge or wait_of(call, handoff.target).say
    handoff = waiting.to_person(call, handoff)
    handoff.edge = handoff.edge.model_copy(update={"returns": False})
    call.route.away = Away(handoff)
    model = source.agent not in call.team.persons
    if handoff.edge.context.share == "summary" and model:
        briefing.summarize(call, source)
    ask = call.line(words, "", wording.EXACTLY) if model else None
    call.caller.goodbye = Goodbye(Ending.TRANSFERRED, f"the caller is connected to {handoff.target!r}", ask)
    call.start_timer(TimerKind.GOODBYE, SAY_SECONDS)


def leave(call: State, away: Away) -> None:
    """Let the caller's side call, once the line was said, and a summary is there or is given up."""
    if Timer(TimerKind.SUMMARY) in call.agenda.timers or call.phase is Phase.HANDING_OFF:
        call.start_timer(TimerKind.GOODBYE, SUMMARY_PAUSE)
        return
    agent = call.team.agents[away.target]
    assert agent.transfer is not None  # the check of the file demands it
    brief = "" if agent.brief == "none" else briefing.write(call, away.handoff)
    told = call.variables.mask(brief, call.readable(agent.name, away.handoff.args))[:LONGEST_BRIEF]
    close_sessions(call)
    call.caller.goodbye = None
    call.move(Phase.AWAY)
    limit = wait_of(call, away.target).limit
    slack = 0.0 if call.caller.reach is Reach.CLIENT else SLACK_SECONDS
    call.start_timer(TimerKind.AWAY, limit + slack)
    call.announce("transfer.started", **{"from": away.handoff.source, "to": agent.name}, seconds=limit)
    call.do(Dial(agent.name, agent.transfer, limit, told))


def close_sessions(call: State) -> None:
    """Close every agent's session: nobody speaks to, or hears, a caller who is away."""
    floor = call.caller.floor
    if floor.farewell is not None:
        relay.cut_farewell(call)
    floor.bridge = None
    for session in call.sessions.own.values():
        renewal.forget(call, session.agent)
        call.stop_timer(TimerKind.REOPEN, session.id)
        session.response.owe(None)
        if session.state is SessionState.CLOSED:
            continue
        response_id = session.response.id
        if response_id is not None and session is call.active and response_id != session.response.unheard.hidden:
            call.do(EndResponse(response_id, "cancelled"))
        functions.orphan(call, session)
        opening.close(call, session)


# --- what comes of it ---


def answered(call: State, _: OutsideAnswered) -> None:
    """Note that somebody has answered: how long they talk is theirs."""
    away = call.route.away
    if call.phase is Phase.AWAY and away is not None and not (away.answered or away.status):
        away.answered = True
        call.start_timer(TimerKind.AWAY, TALK_SECONDS)
        call.announce("transfer.answered", to=away.target)


def ended(call: State, event: OutsideEnded) -> None:
    """End the call if somebody answered, or the caller hung up; else wait for the caller to come back."""
    away = call.route.away
    if call.phase is not Phase.AWAY or away is None or away.status is not None:
        return
    opening.end_transfer(call, away, event.status, event.seconds)
    if event.status is Status.COMPLETED:
        opening.end(call, Ending.TRANSFERRED, f"the caller was connected to {away.target!r}")
    elif event.gone:
        opening.end(call, Ending.LEFT, "hang-up")
    else:
        call.start_timer(TimerKind.AWAY, RETURN_SECONDS)
        opening.open_session(call, call.sessions.own[wait_of(call, away.target).then])


def wait_of(call: State, agent: str) -> Wait:
    """Return how a caller waits for somebody outside to answer."""
    wait = call.team.agents[agent].wait
    assert wait is not None  # the check of the file demands it
    return wait
