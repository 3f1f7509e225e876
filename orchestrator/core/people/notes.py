"""What the desk tells the agent that has the caller: to know, to say, or to follow from now on."""

from __future__ import annotations

from orchestrator.core import barge_in, relay, wording
from orchestrator.core.people.events import PersonNoted, Purpose, When
from orchestrator.core.response import Ask, ResponseState
from orchestrator.core.session import AgentSession
from orchestrator.core.state import Phase, State

TOLD = {
    Purpose.NOTE: wording.NOTE_FROM_DESK,
    Purpose.SAY: wording.SAY_FROM_DESK,
    Purpose.INSTRUCT: wording.INSTRUCTION_FROM_DESK,
}


def noted(call: State, event: PersonNoted) -> None:
    """Tell the agent; it speaks of it at once, when nothing else is said, or not at all."""
    session = call.active
    text = TOLD[event.purpose].format(text=event.text)
    item_id = call.items.new_id()
    call.transcript.noted(session.agent, item_id, text)  # whoever gets the caller next knows it too
    if not session.ready or call.phase is not Phase.TALKING:
        return  # it is told with the rest when it is back, or the next agent is
    call.tell(session, text, item_id=item_id)
    bring_up(call, session, event.when)


def bring_up(call: State, session: AgentSession, when: When) -> None:
    """Let an agent speak of what it was just told."""
    if when is When.SILENT:
        return
    if when is When.INTERRUPT and session.response.state is not ResponseState.IDLE:
        barge_in.stop(call)
        relay.cancel(call, session)
    call.ask(session, Ask(call.reply()))
