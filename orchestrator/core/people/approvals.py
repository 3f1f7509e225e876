"""What a person decides before a tool runs: the answer arrives later, as the tool's outcome.

The caller hears the filler meanwhile, and the conversation goes on. Nobody who answers in time counts as a no, with
the words that the file has for it. A function call is decided once.
"""

from __future__ import annotations

from orchestrator.core import functions, wording
from orchestrator.core.ids import TimerKind
from orchestrator.core.in_progress import Answerer, FunctionCall
from orchestrator.core.people.events import PersonDecided
from orchestrator.core.state import State
from orchestrator.core.tools import hosted


def decided(call: State, event: PersonDecided) -> None:
    """Run the tool, or tell the agent that it may not."""
    function = pending(call, event.call_id)
    if function is None:
        return
    call.stop_timer(TimerKind.APPROVAL, event.call_id)
    call.announce("approval.answered", id=event.call_id, name=function.name, approve=event.approve)
    if event.approve:
        if function.server:
            hosted.start(call, event.call_id)
        else:
            function.answerer = Answerer.TOOL
            functions.start(call, event.call_id, function.arguments)
        return
    said = wording.DECLINED_BECAUSE if event.reason else wording.DECLINED
    refuse(call, event.call_id, said.format(reason=event.reason))


def expired(call: State, call_id: str) -> None:
    """Tell the agent that nobody has decided in time."""
    function = pending(call, call_id)
    assert function is not None  # its timer stops with it
    approval = function.rule.approval
    assert approval is not None  # its timer starts with it
    call.announce("approval.answered", id=call_id, name=function.name, approve=False)
    refuse(call, call_id, approval.refusal)


def pending(call: State, call_id: str) -> FunctionCall | None:
    """Return a function call that waits for a person; None when it does not, or no more."""
    function = call.functions.open.get(call_id)
    return function if function is not None and function.answerer is Answerer.PERSON else None


def refuse(call: State, call_id: str, why: str) -> None:
    """Answer a function call whose tool does not run; it counts as not begun."""
    function = functions.forget(call, call_id)
    assert function is not None
    call.functions.runs[function.name] -= 1
    if function.server:
        hosted.decline(call, function, why)
    else:
        functions.conclude(call, function, {"error": why})
