"""Tools that come and go while a call runs: servers list others than before, or can be reached again.

What an agent can call changes at once. What its session is told of it changes in a quiet moment: a session that is
configured again while it speaks would stumble.
"""

from __future__ import annotations

from orchestrator.core import renewal
from orchestrator.core.effects import ConfigureSession
from orchestrator.core.permission import unset
from orchestrator.core.state import State
from orchestrator.core.tools.events import ToolsChanged
from orchestrator.core.tools.rules import PLAIN


def changed(call: State, event: ToolsChanged) -> None:
    """Take in which tools agents have of servers from here on."""
    functions = call.functions
    for agent, listed in event.tools.items():
        if agent in functions.own:  # else the call goes on with another version of the team
            known = functions.sources.get(agent, {})
            found = {name: known.get(source, PLAIN) for name, source in listed.items()}
            functions.tools[agent] = {**found, **functions.own[agent]}
    for agent in event.changed:
        functions.editions[agent] = functions.editions.get(agent, 0) + 1
    if event.missing:
        call.announce("tools.missing", servers=list(event.missing))


def settle(call: State) -> None:
    """Tell each session of its agent's tools, once it is quiet there; progress, see `call.py`."""
    for session in call.sessions:
        edition = call.functions.editions.get(session.agent, 0)
        told = session.edition == edition or session.consult is not None  # a consult is over soon
        if session.configured is None or told or not renewal.quiet(call, session) or unset(call, session.agent):
            continue
        session.edition = edition
        call.do(ConfigureSession(session.id, session.configured.settings, session.configured.variables))
