"""Persons who take the caller, and what happens when none comes, or one is gone.

A person's session is one like any other: the caller is handed over to it, and from it, by the same handoff. Three
things differ. It opens when somebody takes the call, for which the caller waits (`waiting.py`). A person speaks when
they like, so nothing is asked of their session. And nobody else can take a person's place: when their session is
lost, the caller goes to the agent that the file names.
"""

from __future__ import annotations

from dataclasses import replace

from orchestrator.core import barge_in, handoff, opening, permission, relay, wording
from orchestrator.core.effects import EndResponse
from orchestrator.core.events import Ending, SessionLost
from orchestrator.core.in_progress import Handoff, Waiting
from orchestrator.core.people import waiting
from orchestrator.core.people.events import PersonTook
from orchestrator.core.response import ResponseState
from orchestrator.core.session import AgentSession
from orchestrator.core.state import Phase, State


def took(call: State, event: PersonTook) -> None:
    """Let a person at the desk have the caller as soon as their session is open, unless a rule forbids it."""
    source = call.route.active
    refused = permission.refusal(call, event.agent)
    if refused is None and event.agent not in call.team.persons:
        refused = f"{event.agent!r} is not a person."
    if refused is not None:
        call.announce("handoff.failed", **{"from": source, "to": event.agent}, reason=refused)
        return
    edge = call.team.way(source, event.agent, "wait")
    wanted = Handoff(source, event.agent, None, edge, event.reason, {}, call.now)
    waiting.begin(call, Waiting(waiting.to_person(call, wanted), taken=True))


def missed(call: State) -> None:
    """Note that nobody came in time."""
    assert call.route.waiting is not None  # its timer stops with it
    call.route.waiting.in_vain = "nobody took the call in time"


def proceed(call: State) -> None:
    """Hand over to the person who has taken the call, or move on; progress, see `call.py`."""
    awaited = call.route.waiting
    if awaited is None or call.phase is not Phase.TALKING or call.caller.goodbye is not None:
        return
    if awaited.in_vain:
        move_on(call, awaited)
    elif call.sessions.own[awaited.person].ready:
        hand_over(call, awaited)


def hand_over(call: State, awaited: Waiting) -> None:
    """Begin the handoff: what the caller hears is stopped, so that the person is heard at once."""
    waiting.hush(call, awaited)
    waiting.forget(call)
    active, response = call.active, call.active.response
    barge_in.stop(call, told=True)
    if response.busy:
        relay.cancel(call, active)
    if response.state is ResponseState.ACTIVE:
        response.unheard.hidden = response.id
        call.do(EndResponse(str(response.id), "cancelled"))
    handoff.begin(call, replace(awaited.handoff, source=active.agent, since=call.now))


def move_on(call: State, awaited: Waiting) -> None:
    """Tell the caller that nobody comes, by the agent that is there for it.

    A person who asked for another one keeps the caller. Of a person who was not asked for, nobody knows.
    """
    person, why = awaited.person, awaited.in_vain
    waiting.end(call, why)
    told = wording.NOBODY_CAME.format(person=person, why=why)
    if call.route.active in call.team.persons:
        call.tell(call.active, told)
    elif not awaited.taken:
        go_to(call, person, told)


def go_to(call: State, person: str, why: str) -> None:
    """Give the caller to the agent that the file names for when a person does not come, or is gone."""
    wait, source = call.team.agents[person].wait, call.active
    assert wait is not None  # the check of the file demands it
    early = permission.unable(call, wait.then)
    if source.ready and (wait.then == source.agent or early):
        call.tell(source, why)
        call.ask(source)
        return
    if early:
        opening.end(call, Ending.UNREACHABLE, f"the agent {wait.then!r} cannot take over {early}")
        return
    edge = call.team.way(source.agent, wait.then, "continue")
    handoff.begin(call, Handoff(source.agent, wait.then, None, edge, why, {}, call.now))


def lost(call: State, session: AgentSession, event: SessionLost) -> None:
    """Handle the loss of a person's session, which is closed already."""
    awaited, current = call.route.waiting, call.route.handoff
    session.response.owe(None)
    if awaited is not None and awaited.person == session.agent:
        awaited.in_vain = event.reason
    elif current is not None and session.agent == current.source:
        handoff.stop_waiting(call)
    elif session is call.active and call.phase is Phase.TALKING:
        call.announce("person.left", agent=session.agent, reason=event.reason)
        go_to(call, session.agent, wording.PERSON_GONE.format(person=session.agent))
