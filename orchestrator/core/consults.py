"""One agent asks another in the background: the caller stays, the answer is that of a function call.

Each consult has a session of its own (`planner#…`), in text, so that several run at once and none ever has the
caller's audio. The consulted agent is told what the edge lets travel and the question; it may use its tools and ask
others in turn. What it says first without calling a function is the answer.

Limits: 4 consults of a call at a time, 2 deep, `timeout` seconds each, 8,000 characters of an answer. Whatever is
beyond a limit, or fails, is told to the agent that asked, as an error that it can act on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestrator.core import functions, opening, recovery, requirements
from orchestrator.core.effects import CloseSession
from orchestrator.core.events import FunctionCalled, ResponseFinished, SessionLost, TranscriptProduced
from orchestrator.core.session import AgentSession, SessionState, agent_of
from orchestrator.core.state import State

if TYPE_CHECKING:
    from orchestrator.team import Consult as Edge

DEPTH = 2  # consults within each other
OPEN = 4  # consults of one call at a time
TRIES = 2  # of opening a session, and of a response
CHARACTERS = 8_000  # of an answer
ROLE = (
    "{asker} has a caller on the line and asks you. Answer {asker} in a few plain sentences: it tells the caller. "
    "You cannot ask back."
)


@dataclass(slots=True)
class Consult:
    """What a session was opened to answer."""

    asker: str  # the session that asked
    call_id: str  # its function call
    edge: Edge
    question: str
    depth: int  # 1: asked by the agent that has the caller
    words: str = ""  # of the response that runs


def edge(call: State, session: str, name: str) -> Edge | None:
    """Return the way to the agent that a function of this name asks."""
    return next((edge for edge in call.team.agents[agent_of(session)].consult if edge.function == name), None)


def begin(call: State, event: FunctionCalled, edge: Edge) -> None:
    """Open a session for a question, or refuse it with a reason that the model can act on."""
    above = call.sessions[event.agent].consult
    depth = above.depth + 1 if above else 1
    try:
        question = parse(event.arguments, edge)
        permit(call, edge, depth)
    except ValueError as error:
        functions.refuse(call, event, {"error": str(error)})
        return
    functions.remember(call, event, functions.Answerer.CONSULT, edge.filler)
    name = f"{edge.to}#{event.call_id}"
    session = call.sessions[name] = AgentSession(name, Consult(event.agent, event.call_id, edge, question, depth))
    session.model = call.sessions[edge.to].model  # the one that works, if it had to fall back before
    call.announce("consult.started", **{"from": agent_of(event.agent), "to": edge.to})
    call.out.start_timer(f"consult:{name}", edge.timeout)
    opening.open_session(call, name)


def parse(arguments: str, edge: Edge) -> str:
    """Read the question; raises ValueError with what is wrong."""
    question = requirements.arguments(arguments).get("question")
    if not isinstance(question, str) or not question.strip():
        raise ValueError(f"Missing: question. Call {edge.function} again with the whole question.")
    return question


def permit(call: State, edge: Edge, depth: int) -> None:
    """Check what the team allows; raises ValueError with the reason."""
    if call.caller.goodbye is not None:
        raise ValueError("The call is ending. Say goodbye.")
    if depth > DEPTH:
        raise ValueError(f"{edge.to!r} cannot be asked from here. Answer with what you know.")
    if sum(session.consult is not None for session in call.sessions.values()) >= OPEN:
        raise ValueError("Too many questions are open. Wait for their answers first.")
    if early := requirements.too_early(call, edge.to):
        raise ValueError(f"{edge.to!r} cannot be asked {early}.")


def opened(call: State, session: AgentSession) -> None:
    """Tell the consulted agent what it may know, and ask it."""
    consult = session.consult
    assert consult is not None
    asker = agent_of(consult.asker)
    facts = [ROLE.format(asker=asker)]
    if lines := call.transcript.told(consult.edge.context):
        facts.append("What was said in the call so far:\n" + "\n".join(map(str, lines)))
    readable = call.readable(agent_of(session.agent))
    brief, question = (call.variables.mask(text, readable) for text in ("\n".join(facts), consult.question))
    call.tell(session.agent, brief)
    call.tell(session.agent, question, role="user")
    call.ask(session.agent)


def said(session: AgentSession, event: TranscriptProduced) -> None:
    """Collect the words of an answer."""
    assert session.consult is not None
    session.consult.words = (session.consult.words + event.text)[:CHARACTERS]


def responded(call: State, session: AgentSession, event: ResponseFinished) -> None:
    """Take a response as the answer, unless functions were called: their outputs bring another one."""
    consult = session.consult
    assert consult is not None
    session.finished(event.response_id)
    words, consult.words = consult.words.strip(), ""
    if event.status in ("failed", "cancelled"):
        lost = SessionLost(session.agent, "it could not answer", str(event.error), event.error in recovery.FATAL)
        give_up(call, session, lost)
    elif functions.waiting(call, session.agent) or session.owed:
        call.pay(session.agent)
    elif words:
        finish(call, session, words, ok=True)
    else:
        fail(call, session, "it had no answer")


def give_up(call: State, session: AgentSession, event: SessionLost) -> None:
    """Ask again on a new session, by the next model if this one cannot; fail when nothing is left to try."""
    assert session.consult is not None
    session.consult.words = ""
    leave(call, session)
    session.failures += 1
    if recovery.fall_back(call, session, event, TRIES) or (not event.fatal and session.failures < TRIES):
        opening.open_session(call, session.agent)
    else:
        fail(call, session, event.reason)


def expired(call: State, name: str) -> None:
    """End a consult that takes too long."""
    session = call.sessions[name]
    assert session.consult is not None
    fail(call, session, f"no answer within {session.consult.edge.timeout:g} seconds")


def fail(call: State, session: AgentSession, reason: str) -> None:
    """Tell the agent that asked that there is no answer."""
    error = f"{agent_of(session.agent)} did not answer: {reason}. Tell the caller, or help them yourself."
    finish(call, session, {"error": error}, ok=False)


def finish(call: State, session: AgentSession, output: Mapping[str, Any] | str, *, ok: bool) -> None:
    """Close the session and answer the function call that asked; what the other may know may stay with the other."""
    consult = session.consult
    assert consult is not None
    drop(call, session)
    if isinstance(output, str):
        output = call.variables.mask(output, call.readable(agent_of(consult.asker)))
    function = functions.finished(call, consult.call_id, ok=ok)
    assert function is not None  # a function call that is forgotten takes its consult with it
    if ok and call.sessions[consult.asker].consult is None:
        call.transcript.tool_returned(agent_of(consult.asker), consult.call_id, function.name, str(output))
    functions.conclude(call, function, consult.call_id, output)


def drop(call: State, session: AgentSession) -> None:
    """Let go of a consult and of all that was begun for it."""
    leave(call, session)
    call.out.stop_timer(f"consult:{session.agent}")
    del call.sessions[session.agent]


def leave(call: State, session: AgentSession) -> None:
    """Close a consult's session and stop what it was doing."""
    for call_id, function in list(call.functions.items()):
        if function.agent == session.agent:
            functions.cancel(call, call_id)
    for timer in (f"answer:{session.agent}", f"owed:{session.agent}"):
        call.out.stop_timer(timer)
    session.owed = session.asked = None
    if session.state is not SessionState.CLOSED:
        session.move(SessionState.CLOSED)
        call.out.do(CloseSession(session.agent))


def of(call: State, call_id: str) -> AgentSession:
    """Return the session that answers a function call."""
    return next(one for one in call.sessions.values() if one.consult is not None and one.consult.call_id == call_id)
