"""The ledger of the agents' function calls: which are open, who answers them, and whether the agent can go on.

Every function call is answered exactly once unless its session is gone. Inside it goes by an id of ours, since services
repeat theirs; its session is answered with the id that it gave. When the last answer of a response is in, the
agent is asked to go on, once. What takes long is bridged by a filler, so that the caller does not wait in silence. An
agent that calls functions over and over is asked for words alone after `ROUNDS` responses, and then for nothing more
until the caller has said something.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from orchestrator.core import permission
from orchestrator.core.effects import CancelTool, RunTool, SendFunctionOutput
from orchestrator.core.events import FunctionCalled
from orchestrator.core.ids import SessionId, Timer, TimerKind
from orchestrator.core.in_progress import Answerer, FunctionCall, Run
from orchestrator.core.permission import Rule
from orchestrator.core.session import AgentSession
from orchestrator.core.state import ROUNDS, Phase, State
from orchestrator.core.tools import late
from orchestrator.core.tools.events import ToolProgressed
from orchestrator.core.tools.hiding import shown
from orchestrator.core.tools.rules import WhenLate
from orchestrator.core.wording import FILLER, LOOKING, RAN_ALREADY, RETURNED_LATE

if TYPE_CHECKING:
    from orchestrator.team import Filler
    from orchestrator.team.people import Confirm

STILL = 5.0  # seconds between two fillers of one tool
WORKS = (Answerer.TOOL, Answerer.CONSULT, Answerer.PERSON, Answerer.HOSTED)
PENDING = 64  # function calls that the caller's application has not answered; the oldest is forgotten
SEEN, SEEN_TEXT = 16, 2000  # last runs of tools that can be looked at, and characters of what each got and returned


def remember(call: State, event: FunctionCalled, answerer: Answerer, filler: Filler | None = None) -> str:
    """Keep a function call until it is answered, and return our id of it; the caller hears a filler meanwhile."""
    functions, made = call.functions.open, call.items.new_id("call_")
    session = call.sessions.find(event.session)
    spoken = session is not None and session.response.progress.spoken
    functions[made] = FunctionCall(
        event.session, event.call_id, event.name, answerer, call.now, filler, spoken=spoken, filled=call.now
    )
    of_caller = [call_id for call_id, function in functions.items() if function.answerer is Answerer.CALLER]
    for call_id in of_caller[:-PENDING]:
        forget(call, call_id)
    if filler is not None and event.session == call.active.id:
        call.start_timer(TimerKind.FILLER, filler.after, made)
    return made


def run(call: State, event: FunctionCalled) -> None:
    """Run a tool, or refuse it when a rule forbids it now."""
    agent, runs = event.session.agent, call.functions.runs
    if fault := forbidden(call, agent, event.name):
        refuse(call, event, *fault)
        return
    runs[event.name] = runs.get(event.name, 0) + 1
    rule = call.functions.tools[agent][event.name]
    made = remember(call, event, Answerer.PERSON if rule.approval else Answerer.TOOL, rule.filler)
    call.functions.open[made].arguments, call.functions.open[made].rule = event.arguments, rule
    if rule.approval:
        ask_person(call, event, rule.approval, made)
    else:
        start(call, made, event.arguments)


def ask_person(call: State, event: FunctionCalled, approval: Confirm, made: str) -> None:
    """Ask the desk whether a tool may run; what becomes of it is in `people/approvals.py`."""
    call.start_timer(TimerKind.APPROVAL, approval.within, made)
    call.announce(
        "approval.requested",
        id=made,
        desk=call.team.desk_of(approval),
        within=approval.within,
        agent=event.session.agent,
        name=event.name,
        arguments=shown(event.arguments, call.functions.open[made].rule.hidden),
    )


def start(call: State, made: str, arguments: str) -> None:
    """Start the tool of a function call."""
    function = call.functions.open[made]
    agent = function.session.agent
    show(call, made, Run(agent, function.name, shown(arguments, function.rule.hidden)[:SEEN_TEXT]))
    call.announce("tool.called", agent=agent, name=function.name, call_id=made)
    work(call, made, arguments)


def work(call: State, made: str, arguments: str) -> None:
    """Let the tool of a function call run, with the variables as they are now."""
    function = call.functions.open[made]
    agent = function.session.agent
    known, values = call.known(agent), call.variables.values()
    variables = {name: values[name] for name in known}
    hidden = tuple(sorted(function.rule.hidden))
    call.do(RunTool(function.session, made, function.name, arguments, variables, hidden))


def show(call: State, made: str, run: Run) -> None:
    """Let those who look into the call see a tool that runs; the oldest run is forgotten."""
    seen = call.functions.seen
    seen[made] = run
    if len(seen) > SEEN:
        del seen[next(iter(seen))]


def show_output(call: State, made: str, output: str) -> None:
    """Let them see what it returned, or why it failed."""
    if (run := call.functions.seen.get(made)) is not None:
        run.output = output[:SEEN_TEXT]


def forbidden(call: State, agent: str, tool: str) -> tuple[Rule, Mapping[str, Any]] | None:
    """Return what kind of rule forbids a tool now, and why, for the model; None when none does."""
    most = call.team.most(tool)
    if most is not None and call.functions.runs.get(tool, 0) >= most:
        often = "once" if most == 1 else f"{most} times"
        return Rule.AT_MOST, {"error": RAN_ALREADY.format(tool=tool, often=often)}
    missing = permission.unmet(call, agent, call.team.needed_by(tool), tool)
    return None if missing is None else (Rule.NEEDS, missing)


def fill(call: State, call_id: str) -> None:
    """Say that something takes long, as soon as nothing else is said."""
    function, session = call.functions.open[call_id], call.active
    filler = function.filler
    assert filler is not None  # its timer starts with it
    if function.session != session.id or function.orphan or call.caller.goodbye is not None:
        return
    heard = session.engaged or call.caller.playback.remaining(call.now) > 0
    if call.phase is not Phase.TALKING or heard:
        call.start_timer(TimerKind.FILLER, filler.after, call_id)
    else:
        function.filled = call.now
        call.ask(session, replace(call.line(filler.say, LOOKING, FILLER), filler=True))


def progressed(call: State, event: ToolProgressed) -> None:
    """Say once more that something takes long, as its tool says so itself, but not too often."""
    function = call.functions.open.get(event.call_id)
    if function is None or function.filler is None or call.now - function.filled < STILL:
        return
    if Timer(TimerKind.FILLER, event.call_id) not in call.agenda.timers:  # else it is said soon anyway
        fill(call, event.call_id)


def refuse(call: State, event: FunctionCalled, rule: Rule, output: Mapping[str, Any]) -> None:
    """Answer a function call at once with why it cannot be done, and announce that; the agent goes on."""
    session = call.sessions.find(event.session)
    assert session is not None  # it has just spoken
    go_on_with(call, session, event.call_id, output)
    name, reason = (call.variables.mask(text) for text in (event.name, output["error"]))  # a model may write anything
    call.announce("function.refused", agent=session.agent, name=name, rule=rule.value, reason=reason)


def answer(call: State, session: SessionId, call_id: str, output: Mapping[str, Any] | str) -> None:
    """Answer a function call on the session that made it."""
    text = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
    call.do(SendFunctionOutput(session, call_id, text))


def go_on_with(call: State, session: AgentSession, call_id: str, output: Mapping[str, Any] | str) -> None:
    """Answer a function call; the agent goes on with the answer."""
    answer(call, session.id, call_id, output)
    session.response.answered(call_id)


def conclude(call: State, function: FunctionCall, output: Mapping[str, Any] | str) -> None:
    """Give the agent the answer, with which it goes on; a session that was reopened meanwhile is told in words.

    What comes late may be for it to know, and not to speak of.
    """
    session = call.sessions.find(function.session)
    assert session is not None  # a session beside an agent's own takes its function calls along
    goes_on = late.when(function) is not WhenLate.SILENT
    if function.orphan:
        tell(call, session, function, output)
        session.response.due = session.response.due or goes_on
    elif goes_on:
        go_on_with(call, session, function.call_id, output)
    else:
        answer(call, session.id, function.call_id, output)
    if late.when(function) is WhenLate.INTERRUPT:
        late.interrupt(call, session)


def tell(call: State, session: AgentSession, function: FunctionCall, output: Mapping[str, Any] | str) -> None:
    """Tell a session that was opened again what a function returned that it does not remember calling."""
    if session.ready:
        call.tell(session, RETURNED_LATE.format(name=function.name, output=output))


def go_on(call: State, session: AgentSession) -> None:
    """Ask an agent to speak when all its function calls are answered; progress, see `call.py`.

    Not while it hands over, because the next agent speaks, and not when the call ends, because the goodbye does.
    """
    response = session.response
    if not response.due:
        return
    if session.consult is None:
        if session is not call.active:
            response.due = False  # the caller is with another agent now
            return
        if call.route.handoff is not None or call.caller.goodbye is not None:
            return
    if not waiting(call, session) and response.rounds <= ROUNDS:
        call.ask(session)


def waiting(call: State, session: AgentSession) -> bool:
    """Return whether a function call of the session waits for its answer."""
    return any(not function.orphan and not function.passed_over for function in of(call, session))


def working(call: State, session: AgentSession) -> bool:
    """Return whether a tool or another agent, which have their time, still work for the session."""
    return any(function.answerer in WORKS for function in of(call, session))


def of(call: State, session: AgentSession) -> list[FunctionCall]:
    """Return the open function calls of a session."""
    return [function for function in call.functions.open.values() if function.session == session.id]


def of_application(call: State, call_id: str) -> str | None:
    """Return our id of the function call that the caller's application answers: the oldest that it has still to."""
    waiting = [made for made, one in call.functions.open.items() if one.call_id == call_id and not one.of_team]
    return min(waiting, key=lambda made: call.functions.open[made].passed_over, default=None)


def pass_over(call: State, session: AgentSession) -> None:
    """Note that an agent begins another response: the caller's application need not answer what was called before."""
    late.agent_went_on(call, session)
    for function in of(call, session):
        if function.answerer is Answerer.CALLER:
            function.passed_over = True


def orphan(call: State, session: AgentSession) -> None:
    """Note that the session which called functions is gone; a transfer call of it can no longer be answered."""
    for call_id, function in list(call.functions.open.items()):
        if function.session == session.id:
            function.orphan = True
            if function.answerer is Answerer.HANDOFF:
                forget(call, call_id)
            elif function.server:
                call.start_timer(TimerKind.HOSTED, 0.0, call_id)


def forget(call: State, call_id: str) -> FunctionCall | None:
    """Forget a function call; None when it was forgotten before."""
    call.stop_timer(TimerKind.FILLER, call_id)
    call.stop_timer(TimerKind.APPROVAL, call_id)
    call.stop_timer(TimerKind.HOSTED, call_id)
    return call.functions.open.pop(call_id, None)


def finished(call: State, call_id: str, *, ok: bool) -> FunctionCall | None:
    """Forget a function call that has its answer; None when its answer is no longer awaited."""
    function = forget(call, call_id)
    if function is not None:
        what = "consult" if function.answerer is Answerer.CONSULT else "tool"
        seconds = round(call.now - function.since, 3)
        call.announce(f"{what}.returned", agent=function.session.agent, name=function.name, ok=ok, seconds=seconds)
    return function


def cancel(call: State, call_id: str) -> None:
    """Forget a function call whose answer is no longer awaited, and stop the tool that runs for it."""
    finished(call, call_id, ok=False)
    call.do(CancelTool(call_id))
