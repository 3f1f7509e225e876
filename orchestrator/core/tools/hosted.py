"""Tools of MCP servers that the provider of the model calls itself (`hosted`): the same rules as for any other.

The provider asks before each call, because it is told to: that question is our guard. It is answered with yes only when
`needs`, `at most` and the other rules allow the tool now, and a person has agreed where one has to. What the call
brings about is in the provider's conversation already; the agent is asked to go on with it.

Nothing can stop such a call. One of which nothing is heard for as long as a tool may take is given up: its agent is
told so, and goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from orchestrator.core import dispatch, functions, relay
from orchestrator.core.effects import RefuseHosted, RunHosted
from orchestrator.core.events import FunctionCalled
from orchestrator.core.ids import TimerKind
from orchestrator.core.in_progress import Answerer, FunctionCall, Run
from orchestrator.core.permission import Rule
from orchestrator.core.session import AgentSession
from orchestrator.core.state import State
from orchestrator.core.tools import late
from orchestrator.core.tools.events import HostedAsked, HostedEnded, HostedReported
from orchestrator.core.tools.hiding import HIDDEN, shown
from orchestrator.core.tools.rules import SOURCE, ToolRule, WhenLate
from orchestrator.core.wording import (
    CALL_ENDS,
    NO_SUCH_TOOL,
    NOT_DONE,
    NOT_HEARD_OF,
    NOT_LISTED,
    NOT_WANTED,
    OUTCOME_UNKNOWN,
)

Json = Mapping[str, Any]
ANNOUNCED = 1.0  # seconds until the result of a call whose end was reported without it
OUTPUT = 4_000  # characters of a result that are remembered
KINDS = frozenset({"mcp_approval_request", "mcp_approval_response"})  # items that nobody but us answers


def rule_of(call: State, agent: str, server: str, name: str) -> ToolRule | None:
    """Return what holds for a tool of a server, by the nearest entry of the team file; None when the agent has none."""
    entries = call.functions.sources.get(agent, {})
    exact, whole = f"{SOURCE}{server}/{name}", f"{SOURCE}{server}"
    if exact in entries:
        return entries[exact]
    patterns = (entry for entry in entries if entry.startswith(f"{whole}/") and fnmatchcase(exact, entry))
    return entries.get(next(patterns, whole))


# --- before it is called ---


def asked(call: State, session: AgentSession, event: HostedAsked) -> None:
    """Decide whether a provider may call a tool; each question has one answer."""
    if event.item_id in session.seeded:
        return  # reported twice
    session.seeded.add(event.item_id)
    rule = rule_of(call, session.agent, event.server, event.name)
    if not session.own or event.response_id not in session.response.asides:
        progress = session.response.progress
        progress.at, progress.called, progress.complete = call.now, True, True
    if (fault := forbidden(call, session, event, rule)) is not None:
        refuse(call, session, event, *fault)
        return
    assert rule is not None  # else it is refused
    runs = call.functions.runs
    runs[event.name] = runs.get(event.name, 0) + 1
    plain = FunctionCalled(
        event.session, event.response_id, event.item_id, event.item_id, event.name, event.arguments, event.payload
    )
    made = functions.remember(call, plain, Answerer.PERSON if rule.approval else Answerer.HOSTED, rule.filler)
    function = call.functions.open[made]
    function.arguments, function.rule, function.server = event.arguments, rule, event.server
    if rule.approval:
        functions.ask_person(call, plain, rule.approval, made)
    else:
        start(call, made)


def forbidden(
    call: State, session: AgentSession, event: HostedAsked, rule: ToolRule | None
) -> tuple[Rule, Json] | None:
    """Return what forbids a call now, and why, for the model."""
    response = session.response
    response_id = event.response_id or response.id or ""
    if response_id in response.asides or (session.own and not dispatch.wanted(call, session, response_id)):
        return Rule.UNWANTED, {"error": NOT_WANTED}
    if call.caller.goodbye is not None:
        return Rule.ENDING, {"error": CALL_ENDS}
    if rule is None:
        return Rule.UNKNOWN, {"error": NO_SUCH_TOOL.format(name=event.name, server=event.server)}
    return functions.forbidden(call, session.agent, event.name)


def refuse(call: State, session: AgentSession, event: HostedAsked, rule: Rule, output: Json) -> None:
    """Answer with no, and announce why; the agent goes on with the reason."""
    call.do(RefuseHosted(session.id, event.item_id, output["error"]))
    session.response.due = True
    name, reason = (call.variables.mask(text) for text in (event.name, output["error"]))
    call.announce("function.refused", agent=session.agent, name=name, rule=rule.value, reason=reason)


def start(call: State, made: str) -> None:
    """Let the provider call the tool, unless the session that asked is gone."""
    function = call.functions.open[made]
    if function.orphan:
        give_up(call, made, NOT_DONE)
        return
    function.answerer = Answerer.HOSTED
    agent, hidden = function.session.agent, function.rule.hidden
    functions.show(call, made, Run(agent, function.name, shown(function.arguments, hidden)[: functions.SEEN_TEXT]))
    call.announce("tool.called", agent=agent, name=function.name, call_id=made, kind="hosted")
    named = (function.call_id, made, function.name, function.server)
    call.do(RunHosted(function.session, *named, function.arguments, tuple(sorted(hidden))))
    call.start_timer(TimerKind.HOSTED, call.team.limits.tool, made)


def decline(call: State, function: FunctionCall, why: str) -> None:
    """Answer with no what a person had to decide; the agent goes on with the reason."""
    session = call.sessions.find(function.session)
    assert session is not None  # a session beside an agent's own takes its function calls along
    if function.orphan:
        functions.tell(call, session, function, {"error": why})
    else:
        call.do(RefuseHosted(session.id, function.call_id, why))
    session.response.due = True


# --- and after ---


def reported(call: State, session: AgentSession, event: HostedReported) -> None:
    """Take in how far a call has come: with its result it is over."""
    made = found(call, session, event)
    if made is not None:
        call.functions.open[made].item_id = event.item_id
        session.response.progress.at = call.now
        if event.over:
            returned(call, session, made, event)
    if session.own:
        call.items.add(event.item_id, session.agent)
        pass_on(call, session, event)


def found(call: State, session: AgentSession, event: HostedReported) -> str | None:
    """Return our id of the call that an item is about: by the question that was answered, else the oldest like it."""
    running = [
        (made, one)
        for made, one in call.functions.open.items()
        if one.session == session.id and one.answerer is Answerer.HOSTED and not one.orphan
    ]
    named = (made for made, one in running if event.request_id == one.call_id or event.item_id == one.item_id)
    alike = (
        made
        for made, one in running
        if not event.request_id and not one.item_id and (one.server, one.name) == (event.server, event.name)
    )
    return next(named, next(alike, None))


def returned(call: State, session: AgentSession, made: str, event: HostedReported) -> None:
    """Note what a call has brought about; the agent goes on with it, unless it comes late and is only to be known."""
    function = functions.finished(call, made, ok=event.ok)
    assert function is not None  # it was just found
    dispatch.found(call, function, event.output[:OUTPUT])
    functions.show_output(call, made, event.output)
    when = late.when(function)
    session.response.due = session.response.due or when is not WhenLate.SILENT
    if when is WhenLate.INTERRUPT:
        late.interrupt(call, session)


def ended(call: State, session: AgentSession, event: HostedEnded) -> None:
    """Note that a call is over, whose result comes next."""
    for made, function in call.functions.open.items():
        if function.answerer is Answerer.HOSTED and function.item_id == event.item_id:
            call.start_timer(TimerKind.HOSTED, ANNOUNCED, made)
    if session.own:
        pass_on(call, session, event)


def expired(call: State, made: str) -> None:
    """Give up a call of which nothing is heard, or whose session is gone: nobody knows what came of it."""
    function = call.functions.open[made]
    if function.answerer is Answerer.PERSON:
        call.announce("approval.answered", id=made, name=function.name, approve=False)
        give_up(call, made, NOT_DONE)
    else:
        seconds = round(call.now - function.since, 3)
        call.announce("tool.returned", agent=function.session.agent, name=function.name, ok=False, seconds=seconds)
        give_up(call, made, OUTCOME_UNKNOWN if function.orphan else NOT_HEARD_OF)


def give_up(call: State, made: str, why: str) -> None:
    """Forget a call, and tell its agent; one that was never made does not count."""
    function = functions.forget(call, made)
    assert function is not None
    session = call.sessions.find(function.session)
    assert session is not None  # a session beside an agent's own takes its function calls along
    if function.answerer is Answerer.PERSON:
        call.functions.runs[function.name] -= 1
    told = why.format(name=function.name)
    dispatch.found(call, function, told)
    functions.show_output(call, made, told)
    if session.ready:
        call.tell(session, told)
    session.response.due = True


def unlisted(call: State, session: AgentSession) -> None:
    """Tell an agent that the provider cannot list the tools of a server of it."""
    servers = sorted({name.removeprefix(SOURCE).partition("/")[0] for name in call.functions.sources[session.agent]})
    call.announce("tools.missing", servers=servers)
    call.tell(session, NOT_LISTED.format(servers=", ".join(servers)))


def pass_on(call: State, session: AgentSession, event: HostedReported | HostedEnded) -> None:
    """Show the caller's client a step of a call."""
    relay.forward(call, session, replace(event, payload=visible(call, session, event.payload)))


def visible(call: State, session: AgentSession, payload: Json) -> Json:
    """Return what a client may see of an event: without the arguments of such calls that are hidden."""
    entries = call.functions.sources.get(session.agent, {})
    if not any(rule.hidden for rule in entries.values()):
        return payload
    seen = dict(payload)
    if str(payload.get("type")).startswith("response.mcp_call_arguments."):  # it does not say of which tool
        seen |= {key: HIDDEN for key in ("delta", "arguments") if key in payload}
    if isinstance(payload.get("item"), Mapping):
        seen["item"] = veiled(call, session, payload["item"])
    response = payload.get("response")
    if isinstance(response, Mapping) and isinstance(response.get("output"), list):
        seen["response"] = {**response, "output": [veiled(call, session, item) for item in response["output"]]}
    return seen


def veiled(call: State, session: AgentSession, item: Json) -> Json:
    """Return an item without what is hidden of its arguments."""
    if item.get("type") != "mcp_call":
        return item
    rule = rule_of(call, session.agent, str(item.get("server_label")), str(item.get("name")))
    hidden = rule.hidden if rule is not None else ()
    return {**item, "arguments": shown(str(item.get("arguments", "")), hidden)}
