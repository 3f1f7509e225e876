"""Answers that come when the conversation has gone on: the caller has had a turn since, or the agent has spoken again.

What becomes of one is said by the tool's `when_late`. A filler is not a step of the conversation: it says that the
answer is still to come.
"""

from __future__ import annotations

from orchestrator.core import barge_in, opening, relay
from orchestrator.core.in_progress import FunctionCall
from orchestrator.core.session import AgentSession
from orchestrator.core.state import Phase, State
from orchestrator.core.tools.rules import WhenLate


def caller_went_on(call: State) -> None:
    """Note a turn of the caller: all answers that are awaited come late."""
    for function in call.functions.open.values():
        function.late = True


def agent_went_on(call: State, session: AgentSession) -> None:
    """Note that an agent begins to say something, unless it only bridges the time until an answer comes."""
    asked = session.response.asked
    if asked is None or not asked.filler:
        for function in call.functions.open.values():
            function.late = function.late or function.session == session.id


def when(function: FunctionCall) -> WhenLate:
    """Return what becomes of an answer that has come."""
    return function.rule.when_late if function.late else WhenLate.WHEN_IDLE


def interrupt(call: State, session: AgentSession) -> None:
    """Cut what an agent is saying, as the caller would: it is asked to speak at once.

    Not the caller's own words, a goodbye, what the law wants said, or another agent.
    """
    response = session.response
    if session is not call.active or call.phase is not Phase.TALKING or call.caller.goodbye is not None:
        return
    if session.turn.speaking or opening.says_notice(call, session):
        return
    runs = response.busy and not response.ending
    if runs or call.caller.playback.remaining(call.now) > 0:
        barge_in.stop(call, told=True)
    if runs:
        relay.cancel(call, session)
