"""What an agent is told about what it could not hear: at a handoff, late, or after its session dropped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orchestrator.core import wording
from orchestrator.core.effects import CreateResponse, DeleteItem
from orchestrator.core.ids import TimerKind
from orchestrator.core.in_progress import Briefing, Handoff
from orchestrator.core.memory.transcript import Line, Speaker, message
from orchestrator.core.session import AgentSession, Earlier
from orchestrator.core.state import State

SUMMARY_SECONDS = 4.0  # for a summary; then what was said travels instead
ONE_BY_ONE = 20  # lines, about ten turns, that a session which is opened again gets as items of their own
TOGETHER = 64 * 1024  # characters of the lines before them in one item: services take items of a few times as much
EARLIER_LINES = 6  # of the transcript, in which a secret may have begun that goes on in a late one


def summarize(call: State, source: AgentSession) -> None:
    """Ask an agent for a summary of the call, beside the conversation."""
    call.start_timer(TimerKind.SUMMARY, SUMMARY_SECONDS)
    options = {"conversation": "none", "output_modalities": ["text"], "tool_choice": "none"}
    options["instructions"] = wording.SUMMARIZE
    call.do(CreateResponse(source.id, wording.marked(options, wording.SUMMARY)))


def brief(call: State, handoff: Handoff) -> Briefing:
    """Tell the target of a handoff what it must know."""
    readable = call.readable(handoff.target, handoff.edge.args)
    text = call.variables.mask(write(call, handoff), readable)
    call.tell(call.sessions.own[handoff.target], text)
    return Briefing(text, call.transcript.count)


def write(call: State, handoff: Handoff) -> str:
    """Write what the target must know: who hands over, why, and what was said where it could not hear it."""
    source, edge = handoff.source, handoff.edge
    facts = [wording.HANDED_OVER.format(source=source)]
    if edge.function == call.team.back(handoff.target).function:
        facts.append(wording.GIVEN_BACK.format(source=source))
    if handoff.reason:
        facts.append(wording.REASON.format(reason=handoff.reason))
    facts += [f"{name}: {value}" for name, value in handoff.args.items()]
    if edge.returns and not call.team.agents[handoff.target].person:  # a person has a button for it
        facts.append(wording.HAND_BACK.format(source=source))
    if edge.context.share == "summary" and handoff.summary:
        facts.append(wording.SUMMARY_SO_FAR.format(summary=handoff.summary))
    elif lines := call.transcript.news(handoff.target, edge.context, call.shared.elsewhere(call)):
        facts.append(wording.SAID_SO_FAR.format(lines=joined(lines)))
    if edge.opening == "continue":
        facts.append(wording.NO_GREETING)
    return "\n".join(facts)


def note(call: State, handoff: Handoff) -> None:
    """Note that the target of a handoff knows what it was told: the caller is with it."""
    briefing = handoff.briefing
    assert briefing is not None  # it was asked with it
    readable = call.readable(handoff.target, handoff.edge.args)
    call.transcript.briefed(handoff.target, briefing.text, readable)
    call.transcript.mark(handoff.target, briefing.covers)
    call.transcript.tell_elsewhere(handoff.target, briefing.covers)


def introduce(call: State, session: AgentSession) -> None:
    """Tell the agent of a caller who has joined others what was said there."""
    way = call.team.way(call.team.start, session.agent, "wait")
    lines = call.transcript.news(session.agent, way.context, call.shared.elsewhere(call))
    if not lines:
        return
    readable = call.readable(session.agent)
    text = call.variables.mask(wording.JOINED_OTHERS.format(lines=joined(lines)), readable)
    call.tell(session, text)
    call.transcript.briefed(session.agent, text, readable)
    call.transcript.tell_elsewhere(session.agent, call.transcript.count)


def catch_up(call: State, session: AgentSession) -> None:
    """Tell an agent, to whom the caller comes back, what they have said to the other one meanwhile."""
    lines = call.transcript.missed(session.agent)
    call.transcript.mark(session.agent)
    if lines:
        words = call.variables.mask(joined(lines), call.readable(session.agent))
        text = wording.SAID_MEANWHILE.format(lines=words)
        call.transcript.briefed(session.agent, text)
        if session.ready:
            call.tell(session, text)


def late_words(call: State, text: str, number: int) -> None:
    """Tell the agent that has the caller what was said to another one and transcribed only now."""
    session = call.listener
    if call.route.handoff is not None and not call.route.handoff.asked:
        return  # the briefing will tell it
    earlier = [line for line in call.transcript.history() if line.number < number]
    before = joined(earlier[-EARLIER_LINES:]) + "\n"  # a secret may be said over several turns
    words = call.variables.mask(text, call.readable(session.agent), before)
    call.transcript.briefed(session.agent, wording.SAID_BEFORE.format(words=words))
    if session.ready:  # else it is told with the rest when it is back
        call.tell(session, words, role="user")
    if number >= call.route.mark:
        call.ask(session)  # said after the transfer call: nobody has answered it


def restore(call: State, session: AgentSession) -> None:
    """Tell a session that is opened again what its agent knew before: the last lines one by one, the others together.

    A service takes and reports each item by itself, which a caller with a long call would wait for.
    """
    lines = call.transcript.known(session.agent)
    before = lines[-ONE_BY_ONE].number if len(lines) > ONE_BY_ONE else 0
    tell_earlier(call, session, before)
    for line in (one for one in lines if one.number >= before):
        match line.speaker:
            case Speaker.TOOL:  # the new session knows no such function call
                call.tell(session, wording.EARLIER.format(line=line))
            case Speaker.TEAM | Speaker.DESK | Speaker.MESSAGE:
                call.tell(session, known_words(call, session, line), item_id=line.item_id)
            case _:
                call.put(session, line.item())


def tell_earlier(call: State, session: AgentSession, before: int) -> None:
    """Tell a session in one item, or a few, what its agent knew before a line; anew, if it was told already."""
    words = [known_words(call, session, line) for line in call.transcript.known(session.agent) if line.number < before]
    told, session.earlier, after = session.earlier, None, None
    if told is not None:
        for item_id in told.item_ids:
            call.do(DeleteItem(session.id, item_id))
        after = "root"
    ids: list[str] = []
    for lines in packed(words):
        ids.append(call.items.new_id())
        call.put(session, message("system", "input_text", wording.SAID_EARLIER.format(lines=lines), ids[-1]), after)
        after = after and ids[-1]
    if ids:
        session.earlier = Earlier(tuple(ids), before)


def packed(words: Iterable[str]) -> Iterator[str]:
    """Join lines to texts of at most `TOGETHER` characters, of which one line alone may have more."""
    text = ""
    for line in words:
        if text and len(text) + len(line) >= TOGETHER:
            yield text
            text = ""
        text = f"{text}\n{line}" if text else line
    if text:
        yield text


def held(call: State, session: AgentSession, item_id: str) -> Earlier | None:
    """Return the item in which a session was told of another one; None when it has that one itself."""
    number = call.transcript.number(item_id)
    inside = session.earlier is not None and number is not None and number < session.earlier.before
    return session.earlier if inside else None


def known_words(call: State, session: AgentSession, line: Line) -> str:
    """Return a line that an agent knows; what it was told may have turned out to be secret since."""
    match line.speaker:
        case Speaker.TEAM:
            return call.variables.mask(str(line.text), line.passed)
        case Speaker.DESK | Speaker.MESSAGE:
            return call.variables.mask(str(line.text), call.readable(session.agent))
    return str(line)


def joined(lines: list[Line]) -> str:
    """Return lines of the transcript as text."""
    return "\n".join(map(str, lines))
