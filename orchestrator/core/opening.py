"""Opening, configuring and warming the agents' sessions; ending the call."""

from __future__ import annotations

from orchestrator.core.effects import CancelTool, CloseSession, ConfigureSession, EndCall, OpenSession, StopTimer
from orchestrator.core.session import SessionState, agent_of
from orchestrator.core.state import Phase, State


def open_session(call: State, name: str) -> None:
    """Open a session unless it is open or opening."""
    session = call.sessions[name]
    if session.state is not SessionState.CLOSED:
        return
    session.move(SessionState.OPENING)
    session.configured = configured = call.configuration(session)
    depth = session.consult.depth if session.consult else 0
    call.out.stop_timer(f"reopen:{name}")
    call.out.do(OpenSession(name, configured.settings, configured.variables, session.model, depth))


def reconfigure(call: State) -> None:
    """Tell every open session what has changed in the caller's settings or the variables it mentions."""
    for name, session in call.sessions.items():
        wanted = call.configuration(session)
        if session.ready and session.configured != wanted and not call.unset(agent_of(name)):
            session.configured = wanted
            call.out.do(ConfigureSession(name, wanted.settings, wanted.variables))


def warm(call: State) -> None:
    """Open the sessions that the active agent wants ahead of need, as far as their variables are set."""
    agent = call.team.agents[call.route.active]
    edges = [edge.to for edge in call.team.edges(agent.name)]
    wanted = {"none": [], "next": edges, "all": list(call.team.agents)}[agent.warm]
    for name in wanted:
        if call.team.agents[name].kind == "voice" and not call.unset(name):
            open_session(call, name)


def end(call: State, code: int, reason: str) -> None:
    """End the call: close every session, stop every tool and timer, hang up."""
    call.move(Phase.ENDED)
    call.handoff = None
    for call_id, function in call.functions.items():
        if function.running:
            call.out.do(CancelTool(call_id))
    call.functions.clear()
    for agent, session in call.sessions.items():
        if session.state is not SessionState.CLOSED:
            session.move(SessionState.CLOSED)
            call.out.do(CloseSession(agent))
    for name in sorted(call.out.timers):
        call.out.do(StopTimer(name))
    call.out.timers.clear()
    call.out.do(EndCall(code, reason))
