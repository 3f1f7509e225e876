"""A handoff, from the transfer call to the next agent's first word, and everything that can go wrong between.

    PREPARING   the caller is held; the target's session opens; tools of the same response finish; the caller's last
                words are transcribed; a summary is written, if the edge wants one
    ASKED       the target knows what was said and was asked to speak; the caller's audio goes to it
    (committed) the target's response began, or the caller spoke to it: the caller is with the target

Nothing waits for an acknowledgement: with a warm session the target is asked while the transfer call is handled.
Until it is committed, a handoff can be taken back. The source's function call is answered when the outcome is known,
so a transfer that failed is never reported as a success.

| what goes wrong | what happens |
| --- | --- |
| the target cannot open, or the timer expires | the source is told and speaks; held audio goes to it |
| the source drops | the switch is finished; nothing is owed to it |
| the caller speaks | playback stops, the source's response is cancelled, the target hears what was said |
| two transfers | the first wins, the other is answered "superseded" |
| tools beside a transfer | they are answered on the source without a response, then the switch |
| unknown target, bad arguments, needs unmet, rules, hop limit, ping-pong | refused, with what the model can do |

A `bridge` is said by the source in a response of its own, as soon as the one with the transfer call is done, unless
that one has said something itself; the target waits for it as for any farewell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from orchestrator.core import briefing, functions, opening, permission, relay, wording
from orchestrator.core.away import leaving
from orchestrator.core.effects import ClearAudio
from orchestrator.core.events import CallerReferred, Ending, FunctionCalled
from orchestrator.core.ids import Timer, TimerKind
from orchestrator.core.in_progress import Answerer, Handoff, Waiting
from orchestrator.core.memory.floor import FAREWELL_SECONDS
from orchestrator.core.people import waiting
from orchestrator.core.permission import Rule
from orchestrator.core.response import ResponseState
from orchestrator.core.session import AgentSession
from orchestrator.core.state import Phase, State
from orchestrator.core.turn import Cue

if TYPE_CHECKING:
    from orchestrator.team import Handoff as Edge

HANDOFF_SECONDS = 10.0  # from the transfer call to the target's response; then it is taken back
TRANSCRIPT_SECONDS = 0.5  # for the transcript of the caller's last words; then the transfer's reason has to do
BRIDGE_SECONDS = 10.0  # for the line that bridges the switch; then the target is heard
TRIES = 2  # of opening the target's session
WAITS = (TimerKind.TRANSCRIPT, TimerKind.SUMMARY)  # the switch waits while one of these timers runs


def edge(call: State, agent: str, name: str) -> Edge | None:
    """Return the agent's edge whose function has this name: a transfer, or the way back if it has one now."""
    ways = call.team.edges(agent)
    if agent in call.route.back:
        ways = (*ways, call.team.back(call.route.back[agent]))
    return next((edge for edge in ways if edge.function == name), None)


# --- the beginning ---


def request(call: State, session: AgentSession, event: FunctionCalled, edge: Edge) -> None:
    """Begin the handoff that a model wants, or refuse it with a reason that the model can act on."""
    if call.route.handoff is not None or session is not call.active:
        functions.answer(call, session.id, event.call_id, {"error": wording.SUPERSEDED})
        return
    try:
        args = permission.parse(event.arguments, edge, call.team.arguments(edge))
        given = settable(call, args)
        rule, refused = Rule.NEEDS, permission.unmet(call, session.agent, edge.needs, edge.function, given)
        if refused is None:
            permission.permit(call, edge, given)
    except ValueError as error:
        rule, refused = permission.rule_of(error), {"error": str(error)}
    if refused is not None:
        functions.refuse(call, event, rule, refused)
        call.announce("handoff.failed", **{"from": session.agent, "to": edge.to}, reason=refused["error"])
        return
    call.set_variables(given)
    opening.reconfigure(call)
    reason = str(args.pop("reason", ""))
    wanted = Handoff(session.agent, edge.to, None, edge, reason, args, call.now)
    if edge.to in call.team.persons:
        waiting.request(call, session, event, wanted)
        return
    if edge.to in call.team.outsiders:
        leaving.request(call, session, event, wanted)
        return
    wanted.call_id = functions.remember(call, event, Answerer.HANDOFF)
    begin(call, wanted)


def settable(call: State, args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that are named like variables and may set them: what the way needs may be among them."""
    named = (name for name in args if name in call.team.variables)
    return {name: args[name] for name in named if not call.variables.fault(name, args[name])}


def refer(call: State, event: CallerReferred) -> str | None:
    """Begin a handoff that the program wants: no edge has to allow it. Returns why not, when it cannot be."""
    source = call.route.active
    refused = permission.refusal(call, event.agent)
    if refused:
        call.announce("handoff.failed", **{"from": source, "to": event.agent}, reason=refused)
        return refused
    # A question that was answered is not answered again by the next agent.
    greeting = "greet" if call.transcript.answered else "continue"
    edge = call.team.way(source, event.agent, greeting)
    wanted = Handoff(source, event.agent, None, edge, event.reason, {}, call.now)
    if event.agent in call.team.persons:
        waiting.begin(call, Waiting(waiting.to_person(call, wanted)))
    elif event.agent in call.team.outsiders:
        leaving.begin(call, wanted)
    else:
        begin(call, wanted)
    return None


def begin(call: State, handoff: Handoff) -> None:
    """Hold the caller and bring up the target."""
    waiting.end(call, f"the caller was handed over to {handoff.target}")
    source, target = call.active, call.sessions.own[handoff.target]
    call.route.handoff = handoff
    call.route.mark = call.transcript.count
    target.failures = 0  # failures while nobody was waiting do not count
    source.response.owed = None
    call.caller.floor.bridge = None  # that of the handoff before this one has come too late
    if handoff.edge.bridge and not source.response.progress.spoken:
        call.caller.floor.bridge = (handoff.source, call.line(handoff.edge.bridge, "", wording.EXACTLY, aloud=True))
    call.move(Phase.HANDING_OFF)
    call.start_timer(TimerKind.HANDOFF, HANDOFF_SECONDS)
    reason = call.variables.mask(handoff.reason)
    call.announce("handoff.started", **{"from": handoff.source, "to": handoff.target}, reason=reason)
    opening.open_session(call, target)
    wait(call, handoff, source)


def wait(call: State, handoff: Handoff, source: AgentSession) -> None:
    """Start the bounded waits before the switch; a person who is there already is not kept waiting."""
    if handoff.target in call.team.persons:
        return
    if call.awaiting_words:
        call.start_timer(TimerKind.TRANSCRIPT, TRANSCRIPT_SECONDS)
    if handoff.edge.context.share == "summary" and source.ready:
        briefing.summarize(call, source)


def stop_waiting(call: State) -> None:
    """Let the switch wait for nothing more than an open session and the source's tools."""
    for timer in WAITS:
        call.stop_timer(timer)


# --- the switch ---


def say_bridge(call: State) -> None:
    """Let the source say the line that bridges the switch, as soon as it can; progress, see `call.py`."""
    floor = call.caller.floor
    if floor.bridge is None:
        return
    source, ask = floor.bridge
    session = call.sessions.own[source]
    if session.ready and not session.engaged:
        floor.bridge, floor.farewell = None, source
        call.start_timer(TimerKind.FAREWELL, BRIDGE_SECONDS)
        call.ask(session, ask)


def proceed(call: State) -> None:
    """Switch as soon as nothing is in the way; progress, see `call.py`."""
    handoff = call.route.handoff
    if handoff is None or handoff.asked or not call.sessions.own[handoff.target].ready:
        return
    if any(Timer(kind) in call.agenda.timers for kind in WAITS):
        return
    beside = functions.of(call, call.sessions.own[handoff.source])
    working = any(function.running and not function.orphan for function in beside)
    if not working or handoff.target in call.team.persons:  # what a tool returns, a person can read later
        switch(call, handoff)


def switch(call: State, handoff: Handoff) -> None:
    """Brief the target and ask it to speak, in one go; the caller's audio follows."""
    target, agent = call.sessions.own[handoff.target], call.team.agents[handoff.target]
    handoff.briefing = briefing.brief(call, handoff)
    call.transcript.mark(handoff.source)  # from here on the caller speaks to the target
    handoff.asked = True
    target.response.owe(None)  # a debt from before is settled: the briefing tells all that it was about
    if handoff.edge.opening == "continue":
        call.ask(target)
    elif handoff.edge.opening == "greet":
        call.ask(target, call.line(agent.greeting, wording.GREET, wording.GREETING))
    if handoff.target not in call.team.persons:  # whoever listens at the speed of speech would never catch up
        call.replay(target)
    if handoff.edge.opening == "wait":
        commit(call)
        relay.arrived(call)


def commit(call: State) -> None:
    """Make the switch final: the caller is with the target."""
    handoff = call.route.handoff
    assert handoff is not None
    source, floor = call.sessions.own[handoff.source], call.caller.floor
    answer(call, handoff, {"result": wording.WITH_TARGET.format(target=handoff.target)})
    briefing.note(call, handoff)
    if floor.farewell not in (None, handoff.source):
        relay.cut_farewell(call)  # of the agent before it
    if source.ready:
        call.do(ClearAudio(source.id))
    note_way(call, handoff)
    source.response.owe(None)
    source.cue(Cue.LEFT)
    close(call)
    call.route.previous, call.route.active = handoff.source, handoff.target
    if not {handoff.source, handoff.target} & set(call.team.persons):
        call.route.hops += 1
    call.route.turn_since = False
    call.route.arrived = handoff.since
    response = source.response
    speaking = response.state is ResponseState.ACTIVE and response.id != response.unheard.hidden
    if speaking and floor.farewell != handoff.source:  # the line that bridges the switch has its own time
        floor.farewell = handoff.source
        call.start_timer(TimerKind.FAREWELL, FAREWELL_SECONDS)
    elif not speaking:
        floor.bridge = None  # nothing is left to bridge: the target is heard
    opening.warm(call)


def note_way(call: State, handoff: Handoff) -> None:
    """Note whom the target can give the caller back to."""
    call.route.visited.add(handoff.target)
    back = call.route.back
    if handoff.edge.returns or handoff.target in call.team.persons:
        back[handoff.target] = handoff.source
    elif back.get(handoff.source) == handoff.target:
        del back[handoff.source]  # given back
    else:
        back.pop(handoff.target, None)


def answer(call: State, handoff: Handoff, output: Mapping[str, Any]) -> None:
    """Answer the transfer's function call, unless there is none or its session is gone."""
    function = functions.forget(call, handoff.call_id or "")
    if function is not None:
        functions.answer(call, function.session, function.call_id, output)


def close(call: State) -> None:
    """Leave HANDING_OFF for TALKING."""
    call.route.handoff = None
    call.stop_timer(TimerKind.HANDOFF)
    stop_waiting(call)
    call.move(Phase.TALKING)


# --- the way back ---


def expired(call: State) -> None:
    """Handle the end of the handoff's time: switch if only tools or waits are in the way, else take it back."""
    handoff = call.route.handoff
    assert handoff is not None  # its timer stops with it
    if not handoff.asked and call.sessions.own[handoff.target].ready:
        stop_waiting(call)
        call.start_timer(TimerKind.HANDOFF, HANDOFF_SECONDS)
        switch(call, handoff)
    else:
        abort(call, "it did not answer in time")


def abort(call: State, reason: str) -> None:
    """Take the handoff back: the source is told why and goes on with the caller."""
    handoff = call.route.handoff
    assert handoff is not None
    source, target = call.active, call.sessions.own[handoff.target]
    target.response.owe(None)
    if handoff.briefing is not None and source.ready:
        call.replay(source)
    if handoff.asked and target.ready and target.response.busy:
        relay.cancel(call, target)
    close(call)
    call.caller.floor.bridge = None
    call.announce("handoff.failed", **{"from": handoff.source, "to": handoff.target}, reason=reason)
    error = wording.TRANSFER_FAILED.format(target=handoff.target, reason=reason)
    answer(call, handoff, {"error": error})
    if handoff.call_id is None and source.ready:
        call.tell(source, error)
    briefing.catch_up(call, source)
    call.ask(source)
    if not source.ready and source.agent in call.team.persons:
        opening.end(call, Ending.UNREACHABLE, f"the agent {handoff.target!r} cannot be reached")
    elif not source.ready:
        call.move(Phase.RECOVERING)
        opening.open_session(call, source)
