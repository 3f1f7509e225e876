"""Opening, configuring and warming the agents' sessions, on another model if need be; ending the call."""

from __future__ import annotations

from itertools import chain

from orchestrator.core import permission
from orchestrator.core.away.events import Status
from orchestrator.core.effects import (
    CancelTool,
    CloseSession,
    ConfigureSession,
    EndCall,
    EndResponse,
    OpenSession,
    StopTimer,
)
from orchestrator.core.events import Ending, SessionLost
from orchestrator.core.ids import TimerKind
from orchestrator.core.in_progress import Away
from orchestrator.core.session import AgentSession, SessionState
from orchestrator.core.state import Phase, State
from orchestrator.core.wording import EXACTLY

FATAL = frozenset({"insufficient_quota", "account_deactivated", "billing_hard_limit_reached"})  # codes of `error`


def open_session(call: State, session: AgentSession) -> None:
    """Open a session unless it is open or opening."""
    if session.state is not SessionState.CLOSED:
        return
    session.move(SessionState.OPENING)
    session.configured = configured = call.configuration(session)
    session.edition = call.functions.editions.get(session.agent, 0)
    depth = session.consult.depth if session.consult else 0
    call.stop_timer(TimerKind.REOPEN, session.id)
    call.do(OpenSession(session.id, configured.settings, configured.variables, session.model, depth))


def reconfigure(call: State) -> None:
    """Tell every open session what has changed in the caller's settings or the variables it mentions."""
    for session in call.sessions:
        wanted = call.configuration(session)
        if session.ready and session.configured != wanted and not permission.unset(call, session.agent):
            session.configured = wanted
            session.edition = call.functions.editions.get(session.agent, 0)
            call.do(ConfigureSession(session.id, wanted.settings, wanted.variables))


def warm(call: State) -> None:
    """Open the sessions that the active agent wants ahead of need, as far as their variables are set."""
    agent = call.team.agents[call.route.active]
    edges = [edge.to for edge in call.team.edges(agent.name)]
    wanted = {"none": [], "next": edges, "all": list(call.team.agents)}[agent.warm]
    for name in wanted:
        if call.team.agents[name].kind == "voice" and not permission.unset(call, name):
            open_session(call, call.sessions.own[name])


def give_notice(call: State, session: AgentSession) -> None:
    """Let the first agent say first that the call is recorded, in the words of the team file."""
    record = call.team.record
    if record is not None and record.notice:
        call.caller.notice = call.line(record.notice, "", EXACTLY)
        call.ask(session, call.caller.notice)
        call.announce("notice.started", agent=session.agent)


def says_notice(call: State, session: AgentSession) -> bool:
    """Return whether a session says that the call is recorded, or was asked to."""
    asked = session.response.asked
    return asked is not None and asked is call.caller.notice and session.response.busy


def close(call: State, session: AgentSession) -> None:
    """Close a session unless it is closed."""
    if session.state is not SessionState.CLOSED:
        closed(call, session)
        call.do(CloseSession(session.id))


def closed(call: State, session: AgentSession) -> None:
    """Note that a session is closed, and stop waiting for what it was to answer."""
    session.move(SessionState.CLOSED)
    for timer in (TimerKind.ANSWER, TimerKind.OWED):
        call.stop_timer(timer, session.id)


def next_model(call: State, session: AgentSession) -> str | None:
    """Return the model after the one that a session runs on; None when there is none."""
    models = call.team.agents[session.agent].fallback
    return models[session.model] if session.model < len(models) else None


def fall_back(call: State, session: AgentSession, event: SessionLost, tries: int) -> bool:
    """Switch to the agent's next model when the present one is unavailable; return whether there is one."""
    model = next_model(call, session)
    if model is None or not (event.fatal or session.failures >= tries):
        return False
    session.model += 1
    session.failures = 0
    call.announce("session.fallback", agent=session.agent, model=model, reason=event.code)
    return True


def end_transfer(call: State, away: Away, status: Status, seconds: float = 0.0) -> None:
    """Note how the telephone call to somebody outside ended; `seconds`: how long they talked."""
    away.status = status
    names = {"from": away.handoff.source, "to": away.target}
    call.announce("transfer.ended", **names, status=status.value, seconds=seconds)


def end(call: State, ending: Ending, reason: str) -> None:
    """End the call: close every session, stop every tool and timer, hang up."""
    waiting = call.route.waiting
    if waiting is not None and waiting.hold is not None:
        call.do(EndResponse(waiting.hold[0], "completed"))
    away = call.route.away
    if call.phase is Phase.AWAY and away is not None and away.status is None:
        end_transfer(call, away, Status.COMPLETED if away.answered else Status.UNKNOWN)
    call.move(Phase.ENDED)
    call.route.handoff = call.route.waiting = call.route.away = None
    for call_id, function in call.functions.open.items():
        if function.running:
            call.do(CancelTool(call_id))
    call.functions.open.clear()
    for session in call.sessions:
        if session.state is not SessionState.CLOSED:
            session.move(SessionState.CLOSED)
            call.do(CloseSession(session.id))
    for timer in call.agenda.timers:
        call.do(StopTimer(timer))
    call.agenda.timers.clear()
    call.shared.leave(call.seat)
    if not call.others:
        for message in chain.from_iterable(call.shared.mail.values()):
            call.announce("message.undelivered", **{"from": message.sender, "to": message.to}, id=message.id)
    call.do(EndCall(ending, reason))
