"""What becomes of the agents' sessions when another process takes a call over: they are opened anew."""

from __future__ import annotations

from orchestrator.core import opening
from orchestrator.core.session import SessionState
from orchestrator.core.state import Phase, State
from orchestrator.core.takeover.events import CallTakenOver


def taken_over(call: State, event: CallTakenOver) -> None:
    """Go on with a call that another process had, unless its caller had not joined yet."""
    if call.shared.began is None:
        return
    call.caller.hold.clear_audio()
    for session in call.sessions:
        if session.state is not SessionState.CLOSED:
            opening.closed(call, session)
    call.announce("call.taken_over", agent=call.route.active)
    if call.phase is Phase.TALKING:
        call.move(Phase.RECOVERING)
    opening.open_session(call, call.active)
