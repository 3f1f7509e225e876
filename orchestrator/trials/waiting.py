"""What keeps a team from having nothing more to say."""

from __future__ import annotations

from orchestrator.core.state import State


def waits_for(state: State) -> str:
    """Return what has to happen before a team has nothing more to say; "" when nothing does."""
    if state.route.handoff is not None:
        return f"the handoff to {state.route.handoff.target}"
    if state.route.waiting is not None:
        return f"the person {state.route.waiting.person}"
    if state.route.away is not None:
        return f"the call to {state.route.away.target}"
    if state.caller.goodbye is not None:
        return "the end of the call"
    if tools := [one.name for one in state.functions.open.values() if one.of_team]:
        return f"the function {', '.join(tools)}"
    return "" if state.at_rest else f"the answer of {state.route.active} ({state.phase.value})"
