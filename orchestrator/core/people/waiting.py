"""A caller who waits for a person: the agent that has them keeps them, and they may speak as before.

    ASKED      the person's desk is asked (`OpenSession`), the caller hears the waiting line, then the hold sound
    READY      a person has taken the call: `persons.py` hands over as soon as it can
    IN VAIN    nobody came in time, or everybody declined: `persons.py` moves the caller on

The caller is taken out of the queue when they want to (`stop_waiting`), and when they are moved to another agent.
"""

from __future__ import annotations

from orchestrator.core import briefing, functions, opening, relay, wording
from orchestrator.core.effects import EndResponse, PlayHold, StartHold
from orchestrator.core.events import FunctionCalled
from orchestrator.core.ids import Timer, TimerKind
from orchestrator.core.in_progress import Handoff, Waiting
from orchestrator.core.session import AgentSession
from orchestrator.core.state import Phase, State

PIECE_MS = 200  # of the hold sound at a time
AHEAD = 2  # pieces that the caller's player has before it needs them: a person who comes is heard so much later


def to_person(call: State, handoff: Handoff) -> Handoff:
    """Return a handoff to a person: they are briefed as the file says, and speak when they like."""
    share = call.team.agents[handoff.target].brief
    context = handoff.edge.context.model_copy(update={"share": share})
    handoff.edge = handoff.edge.model_copy(update={"context": context, "opening": "wait", "bridge": ""})
    return handoff


def request(call: State, session: AgentSession, event: FunctionCalled, handoff: Handoff) -> None:
    """Answer an agent's transfer call to a person: the caller waits, and stays with it until then."""
    told = wording.WAITS_FOR.format(person=handoff.target)
    functions.answer(call, session.id, event.call_id, {"result": told})
    begin(call, Waiting(to_person(call, handoff)))


def begin(call: State, waiting: Waiting) -> None:
    """Ask the person's desk; the caller hears what they wait for."""
    end(call, "another person was asked")
    call.route.waiting, handoff = waiting, waiting.handoff
    agent = call.team.agents[waiting.person]
    reason = call.variables.mask(handoff.reason)
    call.announce("person.waiting", agent=agent.name, desk=agent.desk, reason=reason)
    session = call.sessions.own[agent.name]
    dismiss(call, session)
    opening.open_session(call, session)
    if waiting.taken:
        return
    assert agent.wait is not None  # the check of the file demands it
    call.start_timer(TimerKind.WAIT, agent.wait.limit)
    if handoff.edge.context.share == "summary" and call.route.active not in call.team.persons:
        briefing.summarize(call, call.active)
    call.ask(call.active, call.line(agent.wait.say, "", wording.EXACTLY))


def dismiss(call: State, session: AgentSession) -> None:
    """Let go of a person who has given the caller back, although their last words are still heard."""
    if call.caller.floor.farewell == session.agent:
        relay.cut_farewell(call)
    functions.orphan(call, session)
    opening.close(call, session)


def stopped(call: State, session: AgentSession, event: FunctionCalled) -> None:
    """Answer an agent's `stop_waiting`: the caller does not want to wait any longer."""
    waiting = call.route.waiting
    if waiting is None:
        told = {"error": wording.NOBODY_AWAITED}
    else:
        told = {"result": wording.WAITS_NO_MORE.format(person=waiting.person)}
        end(call, "the caller did not want to wait")
    functions.go_on_with(call, session, event.call_id, told)


def end(call: State, why: str) -> None:
    """Wait for nobody any more; a person who was asked need not come."""
    waiting = call.route.waiting
    if waiting is None:
        return
    hush(call, waiting)
    forget(call)
    opening.close(call, call.sessions.own[waiting.person])
    call.announce("person.missed" if waiting.in_vain else "person.left", agent=waiting.person, reason=why)


def forget(call: State) -> None:
    """Note that nobody is waited for any more."""
    call.route.waiting = None
    call.stop_timer(TimerKind.WAIT)
    call.stop_timer(TimerKind.SUMMARY)


def brief(call: State) -> None:
    """Show the desk what the call is about, once there is a summary if there is to be one; progress, see `call.py`."""
    waiting = call.route.waiting
    if waiting is None or waiting.briefed or Timer(TimerKind.SUMMARY) in call.agenda.timers:
        return
    waiting.briefed = True
    text = call.variables.mask(briefing.write(call, waiting.handoff), call.readable(waiting.person))
    call.announce("person.brief", agent=waiting.person, brief=text)


# --- the hold sound ---


def sound(call: State) -> None:
    """Play the hold sound while nobody speaks, and stop it as soon as somebody does; progress, see `call.py`."""
    waiting = call.route.waiting
    if waiting is None:
        return
    wait = call.team.agents[waiting.person].wait
    if waiting.taken or wait is None or wait.sound == "none" or not silent(call):
        hush(call, waiting)
        return
    if Timer(TimerKind.HOLD) in call.agenda.timers:
        return  # it goes on then, or begins
    said = call.caller.playback.remaining(call.now)
    if said > 0:
        call.start_timer(TimerKind.HOLD, said)
        return
    waiting.hold = call.items.new_id("resp_"), call.items.new_id()
    call.do(StartHold(*waiting.hold))
    play(call, AHEAD)


def silent(call: State) -> bool:
    """Return whether nobody speaks, or is about to."""
    moving = call.phase is not Phase.TALKING or call.caller.goodbye is not None
    return not moving and not call.active.engaged and "audio" in call.caller.settings.modalities


def go_on(call: State) -> None:
    """Play the next piece, if the sound has not been stopped."""
    if call.route.waiting is not None and call.route.waiting.hold is not None:
        play(call, 1)


def play(call: State, pieces: int) -> None:
    """Play some pieces of the hold sound; the next one follows in time."""
    waiting = call.route.waiting
    assert waiting is not None
    assert waiting.hold is not None
    response_id, item_id = waiting.hold
    ms = PIECE_MS * pieces
    call.do(PlayHold(response_id, item_id, ms))
    call.caller.playback.add(waiting.person, item_id, ms, call.now)
    call.start_timer(TimerKind.HOLD, PIECE_MS / 1000)


def hush(call: State, waiting: Waiting) -> None:
    """Stop the hold sound."""
    call.stop_timer(TimerKind.HOLD)
    if waiting.hold is not None:
        call.do(EndResponse(waiting.hold[0], "completed"))
        waiting.hold = None
