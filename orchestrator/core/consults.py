"""One agent asks another in the background: the caller stays, the answer is that of a function call.

Each consult has a session of its own, in text, so that several run at once and none ever has the caller's audio. The
consulted agent is told what the edge lets travel and the question; it may use its tools and ask others in turn. The
first thing that it says without calling a function is the answer. A message to an agent that never has a caller is
such a question, for which nobody waits: the answer goes back as a message.

Limits: 4 consults of a call at a time, 2 deep, `timeout` seconds each, 8,000 characters of an answer. Whatever
exceeds a limit, or fails, is reported to the agent that asked, as an error that it can act on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from orchestrator.core import events as ev
from orchestrator.core import functions, opening, permission, wording
from orchestrator.core.ids import SessionId, SessionKind, TimerKind
from orchestrator.core.in_progress import Answerer
from orchestrator.core.memory.shared import Message
from orchestrator.core.permission import Forbidden, Rule
from orchestrator.core.response import BUSY, ResponseState
from orchestrator.core.seats import mail
from orchestrator.core.session import AgentSession, Consult
from orchestrator.core.state import State

if TYPE_CHECKING:
    from orchestrator.team import Consult as Edge

DEPTH = 2  # consults within each other
OPEN = 4  # consults of one call at a time
TRIES = 2  # of opening a session, and of a response
AGAIN_SECONDS = 1.0  # until a session is asked again that was busy
CHARACTERS = 8_000  # of an answer


def edge(call: State, agent: str, name: str) -> Edge | None:
    """Return the way to the agent that a function of this name asks."""
    return next((edge for edge in call.team.agents[agent].consult if edge.function == name), None)


def begin(call: State, session: AgentSession, event: ev.FunctionCalled, edge: Edge) -> None:
    """Open a session for a question, or refuse it with a reason that the model can act on."""
    depth = session.consult.depth + 1 if session.consult else 1
    steps = session.consult.steps if session.consult else 0
    try:
        question = parse(event.arguments, edge)
        allow(call, edge.to, depth)
    except ValueError as error:
        functions.refuse(call, event, permission.rule_of(error), {"error": str(error)})
        return
    made = functions.remember(call, event, Answerer.CONSULT, edge.filler)
    call.announce("consult.started", **{"from": session.agent, "to": edge.to})
    ask(call, Consult(session.id, made, edge, question, depth, steps))


def write(call: State, session: AgentSession, message: Message) -> str:
    """Open a session for a message to an agent that works on it by itself; return what becomes of it."""
    edge = call.team.question(message.to)
    call.shared.sent.append(message)
    ask(call, Consult(session.id, None, edge, message.text, 1, message.steps))
    names = {"from": message.sender, "to": message.to}
    call.announce("message.sent", **names, id=message.id, urgent=message.urgent, outcome=mail.DELIVERED)
    return mail.DELIVERED


def ask(call: State, consult: Consult) -> None:
    """Open a session for a question, for the time that it has."""
    consulted = call.sessions.add(consult.edge.to, SessionKind.CONSULT, consult)
    call.start_timer(TimerKind.CONSULT, consult.edge.timeout, consulted.id)
    opening.open_session(call, consulted)


def parse(arguments: str, edge: Edge) -> str:
    """Read the question; raises ValueError with what is wrong."""
    question = permission.arguments(arguments).get("question")
    if not isinstance(question, str) or not question.strip():
        raise ValueError(wording.NO_QUESTION.format(function=edge.function))
    return question


def allow(call: State, agent: str, depth: int) -> None:
    """Check that an agent may be asked now; raises `Forbidden` with the reason."""
    if call.caller.goodbye is not None:
        raise Forbidden(Rule.ENDING, wording.CALL_ENDS)
    if depth > DEPTH:
        raise Forbidden(Rule.CONSULTS, wording.TOO_DEEP.format(agent=agent))
    if len(call.sessions.consults()) >= OPEN:
        raise Forbidden(Rule.CONSULTS, wording.TOO_MANY_CONSULTS)
    if early := permission.too_early(call, agent):
        raise Forbidden(early.rule, wording.CANNOT_BE_ASKED.format(agent=agent, early=early))


def opened(call: State, session: AgentSession) -> None:
    """Tell the consulted agent what it may know, and ask it."""
    consult = consult_of(session)
    role = wording.ROLE.format(asker=consult.asker.agent)
    facts = [role if consult.call_id else wording.WRITTEN_TO.format(sender=consult.asker.agent)]
    if lines := call.transcript.told(consult.edge.context, call.shared.elsewhere(call)):
        facts.append(wording.SAID_SO_FAR.format(lines="\n".join(map(str, lines))))
    facts += [wording.EARLIER.format(line=line) for line in consult.ran]
    readable = call.readable(session.agent)
    call.tell(session, call.variables.mask("\n".join(facts), readable))
    call.tell(session, call.variables.mask(consult.question, readable), role="user")
    call.ask(session)


def heard(call: State, session: AgentSession, event: ev.SessionSaid) -> None:
    """Take in what a consulted agent's session says; it calls its functions like any other."""
    match event:
        case ev.ResponseStarted(response_id=response_id):
            session.started(response_id)
            call.watch(session)
        case ev.TranscriptProduced(text=text):
            consult = consult_of(session)
            consult.words = (consult.words + text)[:CHARACTERS]
            if text:
                session.response.progress.at = call.now
        case ev.ResponseFinished():
            responded(call, session, event)
        case ev.RequestRefused():
            refused(call, session, event)
        case _:
            pass  # it has no caller to whom anything else would matter


def responded(call: State, session: AgentSession, event: ev.ResponseFinished) -> None:
    """Take a response as the answer, unless functions were called: their outputs bring another one."""
    consult = consult_of(session)
    session.response.finished(event.response_id)
    words, consult.words = consult.words.strip(), ""
    if event.status in ("failed", "cancelled"):
        miss(call, session, "it could not answer", str(event.error), fatal=event.error in opening.FATAL)
    elif functions.waiting(call, session) or session.response.owed is not None:
        pass
    elif words:
        finish(call, session, words, ok=True)
    else:
        miss(call, session, "it had no answer", event.error or "nothing said")


def look(call: State, session: AgentSession) -> None:
    """Ask the agent's next model when this one has stopped; the last one has all the time that is left.

    A model may think for long before its first word, and nobody hears it: each has its share of the consult's time.
    """
    edge, response = consult_of(session).edge, session.response
    asked = response.state is ResponseState.ASKED
    if not asked and not (response.busy and opening.next_model(call, session)):
        return
    share = edge.timeout / (1 + len(call.team.agents[session.agent].fallback))
    left = response.progress.at + (call.team.limits.answer if asked else share) - call.now
    if left > 0:
        call.start_timer(TimerKind.ANSWER, left, session.id)
    else:
        miss(call, session, "it did not answer", "timeout", fatal=not asked)


def miss(call: State, session: AgentSession, reason: str, code: str, *, fatal: bool = False) -> None:
    """Note that an answer is missing, and ask again."""
    call.announce("response.unheard", agent=session.agent, reason=code)
    give_up(call, session, ev.SessionLost(session.id, reason, code, fatal))


def refused(call: State, session: AgentSession, event: ev.RequestRefused) -> None:
    """Ask again later when the session was busy; fail when it does not take what it is asked."""
    if event.code == BUSY:
        call.stop_timer(TimerKind.ANSWER, session.id)
        session.response.owe_again()
        if not session.response.busy:
            call.start_timer(TimerKind.OWED, AGAIN_SECONDS, session.id)
    elif session.response.rejected(event.event_id, event.param):
        fail(call, session, "its request was refused")


def give_up(call: State, session: AgentSession, event: ev.SessionLost) -> None:
    """Ask again on a new session, by the next model if this one cannot; fail when nothing is left to try."""
    consult_of(session).words = ""
    leave(call, session)
    session.failures += 1
    if opening.fall_back(call, session, event, TRIES) or (not event.fatal and session.failures < TRIES):
        opening.open_session(call, session)
    else:
        fail(call, session, event.reason)


def expired(call: State, session_id: SessionId) -> None:
    """End a consult that takes too long."""
    session = call.sessions.beside[session_id]
    fail(call, session, f"no answer within {consult_of(session).edge.timeout:g} seconds")


def fail(call: State, session: AgentSession, reason: str) -> None:
    """Tell the agent that asked that there is no answer."""
    finish(call, session, {"error": wording.NO_ANSWER.format(agent=session.agent, reason=reason)}, ok=False)


def finish(call: State, session: AgentSession, output: Mapping[str, Any] | str, *, ok: bool) -> None:
    """Close the session and answer the function call that asked; what the asker may not know is masked."""
    consult = consult_of(session)
    drop(call, session)
    if isinstance(output, str):
        output = call.variables.mask(output, call.readable(consult.asker.agent))
    if consult.call_id is None:
        reply(call, session, consult, output if isinstance(output, str) else str(output["error"]))
        return
    function = functions.finished(call, consult.call_id, ok=ok)
    assert function is not None  # a function call that is forgotten takes its consult with it
    if ok and consult.depth > 1:
        consult_of(call.sessions.beside[consult.asker]).note(function.name, str(output))
    elif ok:  # what a consulted agent found out is in its own answer
        call.transcript.tool_returned(consult.asker.agent, call.items.new_id(), function.name, str(output))
    functions.conclude(call, function, output)


def reply(call: State, session: AgentSession, consult: Consult, words: str) -> None:
    """Send what came of a message back to the agent that wrote it; one that never has a caller does not read it."""
    if call.team.agents[consult.asker.agent].kind != "text":
        steps = consult.steps + 1
        mail.post(
            call, Message(call.items.new_id(), session.agent, consult.asker.agent, words, urgent=False, steps=steps)
        )


def drop(call: State, session: AgentSession) -> None:
    """Drop a consult and everything that was started for it."""
    leave(call, session)
    call.stop_timer(TimerKind.CONSULT, session.id)
    call.sessions.remove(session)


def leave(call: State, session: AgentSession) -> None:
    """Close a consult's session and stop what it was doing, the questions that it asked included."""
    for call_id, function in list(call.functions.open.items()):
        if function.session != session.id:
            continue
        if function.answerer is Answerer.CONSULT:
            functions.finished(call, call_id, ok=False)
            drop(call, next(one for one in call.sessions.consults() if consult_of(one).call_id == call_id))
        else:
            functions.cancel(call, call_id)
    session.response.owed = session.response.asked = None
    opening.close(call, session)


def consult_of(session: AgentSession) -> Consult:
    """Return what a session beside an agent's own is asked."""
    assert session.consult is not None
    return session.consult
