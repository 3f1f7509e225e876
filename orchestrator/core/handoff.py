"""A handoff, from the transfer call to the next agent's first word, and everything that can go wrong between.

    PREPARING   the caller is held; the target's session opens; tools of the same response finish; the caller's last
                words are transcribed; a summary is written, if the edge wants one
    ASKED       the target knows what was said and was asked to speak; the caller's audio goes to it
    (committed) the target's response began, or the caller spoke to it: the caller is with the target

Nothing of it waits for an acknowledgement: with a warm session the target is asked while the transfer call is handled.
Until it is committed a handoff can be taken back. The source's function call is answered when the outcome is known,
so a transfer that failed is never reported as a success.

| what goes wrong | what happens |
| --- | --- |
| the target cannot open, or the timer expires | the source is told and speaks; held audio goes to it |
| the source drops | the switch is finished; nothing is owed to it |
| the caller speaks | playback stops, the source's response is cancelled, the target hears what was said |
| two transfers | the first wins, the other is answered "superseded" |
| tools beside a transfer | they are answered on the source without a response, then the switch |
| unknown target, bad arguments, needs unmet, rules, hop limit, ping-pong | refused with what the model can do |

A `bridge` is said by the source as a response of its own, as soon as the one with the transfer call is done, unless
that one has said something itself; the target waits for it as for any farewell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from orchestrator.core import functions, opening, relay, requirements
from orchestrator.core.effects import ClearAudio, CreateResponse
from orchestrator.core.events import CallerReferred, FunctionCalled, TranscriptProduced
from orchestrator.core.memory.floor import FAREWELL_SECONDS
from orchestrator.core.session import ResponseState
from orchestrator.core.state import Phase, State

if TYPE_CHECKING:
    from orchestrator.team import Handoff as Edge

HANDOFF_SECONDS = 10.0  # from the transfer call to the target's response; then it is taken back
TRANSCRIPT_SECONDS = 0.5  # for the transcript of the caller's last words; then the transfer's reason stands for them
SUMMARY_SECONDS = 4.0  # for the source's summary; then what was said travels instead
BRIDGE_SECONDS = 10.0  # for the line that bridges the switch; then the target is heard
TRIES = 2  # of opening the target's session
SUMMARY = {"orchestrator": "summary"}  # what the response is marked with in which it is written
GREET = "Greet the caller and offer your help."
SUMMARIZE = (
    "Summarize this call for the colleague who takes over: who calls, what they want, what was found out. Facts only."
)


class Stage(Enum):
    PREPARING = "preparing"
    ASKED = "asked"


@dataclass(slots=True)
class Handoff:
    """The handoff under way."""

    source: str
    target: str
    call_id: str | None  # the transfer's function call, on the source; None when the program wants the handoff
    edge: Edge
    reason: str
    args: Mapping[str, Any]
    since: float  # when the transfer call came
    stage: Stage = Stage.PREPARING
    waits: set[str] = field(default_factory=set)  # bounded waits before the switch: transcript, summary
    summary: str = ""  # what the source wrote of the call
    summary_id: str | None = None  # the response in which it does
    heard: bool = False  # the caller's audio went to the target, which may have dropped since
    briefing: str = ""  # what the target was told
    covers: int = 0  # lines of the transcript, of which the briefing tells

    @property
    def asked(self) -> bool:
        """Whether the target was asked to take over."""
        return self.stage is Stage.ASKED


def edge(call: State, agent: str, name: str) -> Edge | None:
    """Return the agent's edge whose function has this name: a transfer, or the way back if it has one now."""
    ways = call.team.edges(agent)
    if agent in call.route.back:
        ways = (*ways, call.team.back(call.route.back[agent]))
    return next((edge for edge in ways if edge.function == name), None)


def request(call: State, event: FunctionCalled, edge: Edge) -> None:
    """Begin a handoff, or refuse it with a reason that the model can act on."""
    if call.handoff is not None or event.agent != call.route.active:
        functions.answer(call, event.agent, event.call_id, {"error": "superseded: the caller is being handed over."})
        return
    output, args = read(call, event, edge)
    if output:
        functions.refuse(call, event, output)
        call.announce("handoff.failed", **{"from": event.agent, "to": edge.to}, reason=output["error"])
        return
    reason = str(args.pop("reason", ""))
    functions.remember(call, event, functions.Answerer.HANDOFF)
    begin(call, Handoff(event.agent, edge.to, event.call_id, edge, reason, args, call.now))


def read(call: State, event: FunctionCalled, edge: Edge) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Return what to tell the model when the caller cannot be handed over, and the arguments.

    Arguments that are named like variables set them first: what the way needs may be among them.
    """
    try:
        args = requirements.parse(event.arguments, edge, call.team.arguments(edge))
        for name in args.keys() & call.team.variables.keys():
            call.variables.set(name, args[name])
        opening.reconfigure(call)
        if unmet := requirements.unmet(call, event.agent, edge.needs, edge.function):
            return unmet, args
        requirements.permit(call, edge)
    except ValueError as error:
        return {"error": str(error)}, {}
    return {}, args


def refer(call: State, event: CallerReferred) -> str | None:
    """Begin a handoff that the program wants: no edge has to allow it. Returns why not, when it cannot be."""
    source = call.route.active
    refused = requirements.refusal(call, event.agent)
    if refused:
        call.announce("handoff.failed", **{"from": source, "to": event.agent}, reason=refused)
        return refused
    # A question that was answered is not answered again by the next agent.
    opening = "greet" if call.transcript.answered else "continue"
    edge = call.team.way(source, event.agent, opening)
    begin(call, Handoff(source, event.agent, None, edge, event.reason, {}, call.now))
    return None


def begin(call: State, handoff: Handoff) -> None:
    """Hold the caller and bring up the target."""
    call.handoff = handoff
    call.route.mark = call.transcript.count
    call.sessions[handoff.target].failures = 0  # what befell it while nobody waited does not count
    call.active.owed = None
    if handoff.edge.bridge and not call.active.spoken:
        call.caller.floor.bridge = (handoff.source, call.line(handoff.edge.bridge, aloud=True))
    call.move(Phase.HANDING_OFF)
    call.out.start_timer("handoff", HANDOFF_SECONDS)
    reason = call.variables.mask(handoff.reason)
    call.announce("handoff.started", **{"from": handoff.source, "to": handoff.target}, reason=reason)
    say_bridge(call)
    opening.open_session(call, handoff.target)
    wait(call, handoff)
    proceed(call)


def say_bridge(call: State) -> None:
    """Let the source say the line that bridges the switch, as soon as it can; the target is heard after it."""
    floor = call.caller.floor
    if floor.bridge is None:
        return
    source, ask = floor.bridge
    session = call.sessions[source]
    if session.ready and not session.busy and not session.hearing:
        floor.bridge, floor.farewell = None, source
        call.out.start_timer("farewell", BRIDGE_SECONDS)
        call.ask(source, ask)


def wait(call: State, handoff: Handoff) -> None:
    """Start the bounded waits before the switch."""
    if call.awaiting_words:
        handoff.waits.add("transcript")
        call.out.start_timer("transcript", TRANSCRIPT_SECONDS)
    if handoff.edge.context.share == "summary":
        handoff.waits.add("summary")
        call.out.start_timer("summary", SUMMARY_SECONDS)
        options = {"conversation": "none", "output_modalities": ["text"], "metadata": SUMMARY}
        call.out.do(CreateResponse(handoff.source, {**options, "instructions": SUMMARIZE}))


def done_waiting(call: State, what: str) -> None:
    """End a wait of the handoff, because it came or because its time is over."""
    call.out.stop_timer(what)
    if call.handoff is not None and what in call.handoff.waits:
        call.handoff.waits.discard(what)
        proceed(call)


def summarized(call: State, event: TranscriptProduced) -> None:
    """Collect the words of the source's summary."""
    assert call.handoff is not None
    call.handoff.summary += event.text


def proceed(call: State) -> None:
    """Switch as soon as nothing is in the way."""
    handoff = call.handoff
    if handoff is None or handoff.asked or handoff.waits or not call.sessions[handoff.target].ready:
        return
    beside = (function for function in call.functions.values() if function.agent == handoff.source)
    if not any(function.running and not function.orphan for function in beside):
        switch(call, handoff)


def switch(call: State, handoff: Handoff) -> None:
    """Brief the target and ask it to speak, in one go; the caller's audio follows."""
    target, agent = call.sessions[handoff.target], call.team.agents[handoff.target]
    readable = call.readable(handoff.target, handoff.edge.args)
    text = call.variables.mask(briefing(call, handoff), readable)
    call.tell(target.agent, text)
    handoff.briefing, handoff.covers = text, call.transcript.count
    call.transcript.mark(handoff.source)  # from here on the caller speaks to the target
    handoff.stage = Stage.ASKED
    target.owed = None  # a debt from before is settled: the briefing tells all that it was about
    if handoff.edge.opening == "continue":
        call.ask(target.agent)
    elif handoff.edge.opening == "greet":
        call.ask(target.agent, call.line(agent.greeting, GREET))
    handoff.heard = True
    call.replay(target.agent)
    if handoff.edge.opening == "wait":
        commit(call)
        relay.arrived(call)


def briefing(call: State, handoff: Handoff) -> str:
    """Write what the target must know: who hands over, why, and what was said where it could not hear it."""
    facts = [f"The caller was handed to you by {handoff.source}."]
    if handoff.edge.function == call.team.back(handoff.target).function:
        facts.append(f"You sent the caller to {handoff.source}; they are given back to you.")
    if handoff.reason:
        facts.append(f"Reason: {handoff.reason}")
    facts += [f"{name}: {value}" for name, value in handoff.args.items()]
    if handoff.edge.returns:
        facts.append(f"When you are done, call hand_back: the caller goes back to {handoff.source}.")
    context = handoff.edge.context.share
    if context == "summary" and handoff.summary:
        facts.append(f"Summary of the call so far: {handoff.summary}")
    elif lines := call.transcript.news(handoff.target, handoff.edge.context):
        facts.append("What was said so far:\n" + "\n".join(str(line) for line in lines))
    if handoff.edge.opening == "continue":
        facts.append("Go on from there in your own role: no greeting, no repetition of what was said.")
    return "\n".join(facts)


def commit(call: State) -> None:
    """Make the switch final: the caller is with the target."""
    handoff = call.handoff
    assert handoff is not None
    source = call.sessions[handoff.source]
    answer(call, handoff, {"result": f"The caller is with {handoff.target} now."})
    readable = call.readable(handoff.target, handoff.edge.args)
    call.transcript.briefed(handoff.target, handoff.briefing, readable)
    call.transcript.mark(handoff.target, handoff.covers)
    if call.caller.floor.farewell not in (None, handoff.source):
        relay.cut_farewell(call)  # of the agent before it
    if source.ready:
        call.out.do(ClearAudio(handoff.source))
    note_way(call, handoff)
    source.owed, source.hearing = None, False
    close(call)
    call.route.previous, call.route.active = handoff.source, handoff.target
    call.route.hops += 1
    call.route.turn_since = False
    call.route.arrived = handoff.since
    floor = call.caller.floor
    speaking = source.response is ResponseState.ACTIVE and source.response_id != source.unheard.hidden
    if speaking and floor.farewell != handoff.source:  # the line that bridges the switch has its own time
        floor.farewell = handoff.source
        call.out.start_timer("farewell", FAREWELL_SECONDS)
    elif not speaking:
        floor.bridge = None  # nothing is left to bridge: the target is heard
    opening.warm(call)


def note_way(call: State, handoff: Handoff) -> None:
    """Note whom the target can give the caller back to."""
    call.route.visited.add(handoff.target)
    back = call.route.back
    if handoff.edge.returns:
        back[handoff.target] = handoff.source
    elif back.get(handoff.source) == handoff.target:
        del back[handoff.source]  # given back
    else:
        back.pop(handoff.target, None)


def answer(call: State, handoff: Handoff, output: Mapping[str, Any]) -> None:
    """Answer the transfer's function call, unless there is none or its session is gone."""
    call_id = handoff.call_id
    if call_id is not None and functions.forget(call, call_id):
        functions.answer(call, handoff.source, call_id, output)


def close(call: State) -> None:
    """Leave HANDING_OFF for TALKING."""
    call.handoff = None
    for timer in ("handoff", "transcript", "summary"):
        call.out.stop_timer(timer)
    call.move(Phase.TALKING)


def abort(call: State, reason: str) -> None:
    """Take the handoff back: the source is told why and goes on with the caller."""
    handoff = call.handoff
    assert handoff is not None
    target = call.sessions[handoff.target]
    target.owed = None
    if handoff.heard and call.active.ready:
        call.replay(handoff.source)
    if handoff.asked and target.ready and target.busy:
        relay.cancel(call, target)
    close(call)
    call.caller.floor.bridge = None
    call.announce("handoff.failed", **{"from": handoff.source, "to": handoff.target}, reason=reason)
    error = f"The transfer to {handoff.target} failed ({reason}). Tell the caller and help them yourself."
    answer(call, handoff, {"error": error})
    if handoff.call_id is None and call.active.ready:
        call.tell(handoff.source, error)
    catch_up(call, handoff.source)
    call.ask(handoff.source)
    if not call.active.ready:
        call.move(Phase.RECOVERING)
        opening.open_session(call, handoff.source)


def catch_up(call: State, agent: str) -> None:
    """Tell an agent, to whom the caller comes back, what they have said to the other one meanwhile."""
    lines = call.transcript.missed(agent)
    call.transcript.mark(agent)
    if lines:
        words = call.variables.mask("\n".join(map(str, lines)), call.readable(agent))
        text = f"Said meanwhile:\n{words}"
        call.transcript.briefed(agent, text)
        if call.sessions[agent].ready:
            call.tell(agent, text)


def expired(call: State) -> None:
    """Handle the end of the handoff's time: switch if only tools or waits are in the way, else take it back."""
    handoff = call.handoff
    assert handoff is not None  # its timer stops with it
    if not handoff.asked and call.sessions[handoff.target].ready:
        handoff.waits.clear()
        call.out.start_timer("handoff", HANDOFF_SECONDS)
        switch(call, handoff)
    else:
        abort(call, "it did not answer in time")


def late_words(call: State, text: str, number: int) -> None:
    """Tell the agent that has the caller what was said to another one and transcribed only now."""
    session = call.listener
    if call.handoff is not None and not call.handoff.asked:
        return  # the briefing will tell it
    words = call.variables.mask(text, call.readable(session.agent))
    call.transcript.briefed(session.agent, f"The caller said before: {words}")
    if session.ready:  # else it is told with the rest when it is back
        call.tell(session.agent, words, role="user")
    if number >= call.route.mark:
        call.ask(session.agent)  # said after the transfer call: nobody has answered it
