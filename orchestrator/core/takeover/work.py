"""What becomes of function calls when another process takes a call over; nobody knows which were done.

| what | becomes |
| --- | --- |
| a tool that ran, `idempotent` in the team file | runs again, with the same function call's id |
| any other tool that ran | its agent is told that the outcome is not known, and has to find out |
| a tool that the provider calls (`hosted`) | the same; one that was not allowed yet is not called |
| a tool that waits for a person's approval | waits on, for what is left of the time |
| a function of the caller's application | waits on; the agent is told its output in words |
| a transfer | goes on without an answer: the session that made it is gone |
| a consult, a message to an agent that works by itself | is asked again, and told what its tools did |
| a consult within a consult | is gone; the agent that asked is told what that one's tools did, and may ask again |
"""

from __future__ import annotations

from orchestrator.core import consults, dispatch, functions, opening
from orchestrator.core.ids import SessionKind
from orchestrator.core.in_progress import Answerer, FunctionCall
from orchestrator.core.session import RAN, AgentSession
from orchestrator.core.state import State
from orchestrator.core.wording import OUTCOME_UNKNOWN


def go_on(call: State) -> None:
    """Go on with the function calls of agents' sessions that are gone, and with what other agents were asked."""
    for made, function in list(call.functions.open.items()):
        if function.running and function.session.kind is SessionKind.OWN:
            run_again(call, made, function)
    asked = call.sessions.consults()
    for session in asked:
        opening.closed(call, session)
    for session in asked:
        if session.id in call.sessions.beside:  # one that another consult asked goes with that one
            learn(call, session)
            consults.leave(call, session)
            session.failures = 0
            opening.open_session(call, session)


def run_again(call: State, made: str, function: FunctionCall) -> None:
    """Run a tool again, or tell its agent that it may have been done."""
    if function.rule.idempotent:
        functions.work(call, made, function.arguments)
        return
    functions.cancel(call, made)
    told = OUTCOME_UNKNOWN.format(name=function.name)
    dispatch.found(call, function, told)
    functions.show_output(call, made, told)
    call.sessions.own[function.session.agent].response.due = True


def learn(call: State, session: AgentSession) -> None:
    """Note what a consulted agent has to know when it is asked again: what may have been done for it."""
    consult = consults.consult_of(session)
    for made, function in list(call.functions.open.items()):
        if function.session != session.id:
            continue
        if function.running and not function.rule.idempotent:
            consult.note(function.name, OUTCOME_UNKNOWN.format(name=function.name))
        elif function.answerer is Answerer.CONSULT:
            other = next(one for one in call.sessions.consults() if consults.consult_of(one).call_id == made)
            learn(call, other)
            consult.ran = (*consult.ran, *consults.consult_of(other).ran)[-RAN:]
