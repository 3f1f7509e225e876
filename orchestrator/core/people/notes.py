"""What the desk tells the agent that has the caller: to know, to say, or to follow from now on."""

from __future__ import annotations

from orchestrator.core import barge_in, relay, wording
from orchestrator.core.memory.transcript import Speaker
from orchestrator.core.people.events import PersonNoted, Purpose, When
from orchestrator.core.response import Ask, ResponseState
from orchestrator.core.session import AgentSession
from orchestrator.core.state import State

TOLD = {
    Purpose.NOTE: wording.NOTE_FROM_DESK,
    Purpose.SAY: wording.SAY_FROM_DESK,
    Purpose.INSTRUCT: wording.INSTRUCTION_FROM_DESK,
}


def noted(call: State, event: PersonNoted) -> None:
    """Tell the agent; it speaks of it at once, when nothing else is said, or not at all.

    The rules hold for what a person writes, too: what stays in other agents is masked.
    """
    session = call.listener
    told = call.variables.mask(event.text, call.readable(session.agent))
    text = TOLD[event.purpose].format(text=told)
    item_id = call.items.new_id()
    call.transcript.noted(session.agent, item_id, text, Speaker.DESK)  # whoever gets the caller next knows it too
    if not session.ready or not call.listening:
        return  # it is told with the rest when it is back, or the next agent is
    call.tell(session, text, item_id=item_id)
    bring_up(call, session, event.when)


def bring_up(call: State, session: AgentSession, when: When) -> None:
    """Let an agent speak of what it was just told."""
    if when is When.SILENT or session.agent in call.team.persons:
        return
    if when is When.INTERRUPT and session.response.state is not ResponseState.IDLE:
        barge_in.stop(call)
        relay.cancel(call, session)
    call.ask(session, Ask(call.reply()))
