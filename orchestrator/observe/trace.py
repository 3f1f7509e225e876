"""One trace for each call, by OpenTelemetry's API alone: without its SDK, or without the API, there is none.

    call                                 begins and ends when the call begins
    ├ invoke_agent reception             one for each turn of an agent
    │  ├ user_speech
    │  ├ realtime_inference gpt-realtime-2.1
    │  │  └ execute_tool find_invoice
    │  ├ invoke_agent planner            a consult, with what it asked of models and tools
    │  └ team.handoff reception→billing
    └ call.ended

No span is open while something goes on: a turn is kept as facts, since some are known late, until the next but one
begins; then all its spans are made at once with the times that they had. A crash loses at most two turns. What becomes
known still later is put under its turn by itself.

What was said may turn out to be a secret later, half a number for one, and what was exported cannot be taken back.
Where secrets are declared and traces have content, turns are kept until the call is over.

Limits: 500 facts of a turn, then a new one begins; 500 turns; late facts find the last 8 turns.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from orchestrator import __version__
from orchestrator.observe import facts
from orchestrator.observe.names import Names, Running
from orchestrator.observe.spans import CLOSED, COMPLETED, CONTENT, INTERRUPTED, LONGEST, SCHEMA, agent, described, mark

log = structlog.get_logger("orchestrator")
MOST_FACTS, KEPT, MOST_KEPT, PAST = 500, 2, 500, 8
# Spans that hold others come first.
ORDER = (facts.Consulted, facts.Inferred, facts.ToolRan)


def tracing(names: Names, *, content: bool) -> Tracing | None:
    """Return what begins traces; None when OpenTelemetry's API is not installed."""
    try:
        from opentelemetry import context, trace
    except ImportError:
        return None
    tracer = trace.get_tracer("orchestrator", __version__, schema_url=SCHEMA)
    return Tracing(trace, context, tracer, names, content=content)


class Tracing:
    """Begins the traces of one process."""

    def __init__(self, api: Any, context: Any, tracer: Any, names: Names, *, content: bool) -> None:
        # OpenTelemetry: its API, its contexts, and what makes spans.
        self.api, self.context, self.tracer = api, context, tracer
        # What is served, and whether what is said belongs to a trace.
        self.names, self.content = names, content
        # How many turns are kept before their spans are made.
        self.kept = MOST_KEPT if content and names.secrets else KEPT

    def begin(self, call_id: str, seat: Mapping[str, str]) -> Trace | None:
        """Begin the trace of a call; None when nobody takes it, or whoever takes it fails."""
        try:
            return self._begun(call_id, seat)
        except Exception:
            log.exception("trace failed", call=call_id)
            return None

    def _begun(self, call_id: str, seat: Mapping[str, str]) -> Trace | None:
        now = time.time_ns()
        about = {"gen_ai.conversation.id": call_id, "orchestrator.team": self.names.team}
        about |= {f"orchestrator.{name}": value for name, value in seat.items()}
        # A trace of its own: the span of the request, if there is one, is open as long as the call.
        root = self.tracer.start_span("call", self.context.Context(), attributes=about, start_time=now)
        taken = root.is_recording()
        root.end(now)
        return Trace(self, call_id, root) if taken else None


@dataclass(slots=True)
class Turn:
    """What an agent did from when the caller began to speak to it, or since it has the caller."""

    agent: str
    begins: float
    facts: list[facts.Fact] = field(default_factory=list)


class Trace:
    """The trace of one caller's call; takes in facts."""

    def __init__(self, tracing: Tracing, call_id: str, root: Any) -> None:
        # What makes spans, and what they say of the call.
        self._tracing, self._call_id = tracing, call_id
        # The span that holds all others, and the id of the trace.
        self._root = tracing.api.set_span_in_context(root, tracing.context.Context())
        self.id = format(root.get_span_context().trace_id, "032x")
        # Removes the call's secrets from a text; nothing is told before it is known how.
        self.mask: Callable[[str], str] = _hidden
        # What the agents run on.
        self._running = Running(tracing.names)
        # The clock, in nanoseconds, when the call's seconds began.
        self._epoch = time.time_ns()
        # The last turns, the one that goes on among them; the contexts of those before, with when they began.
        self._turns = deque([Turn("", 0.0)])
        self._past: deque[tuple[float, Any]] = deque(maxlen=PAST)

    def take(self, fact: facts.Fact) -> None:
        """Take in a fact; make spans of a turn when another begins, and of the last ones when the call is over."""
        if not self._turns:
            return  # the call is over
        try:
            self._take(fact)
        except Exception:  # of an SDK, or of what was plugged into it: the call and its log do without
            log.exception("trace failed", call=self._call_id)
            self._turns.clear()
            self.mask = _hidden

    def _take(self, fact: facts.Fact) -> None:
        self._running.take(fact)
        match fact:
            case facts.CallBegan():
                self._begins(fact, fact.agent)
            case facts.Happened(name="call.taken_over"):
                self._begins(fact, str(fact.fields["agent"]))
            case facts.CallEnded():
                self._ended(fact)
            case facts.CallerTurn() | facts.Said(typed=True):
                self._next(self._turns[-1].agent, fact.start)
                self._add(fact)
            case facts.HandedOver(outcome=facts.Outcome.COMPLETED):
                self._add(fact)
                self._next(fact.target, fact.end if fact.asked is None else max(fact.asked, fact.start))
            case _:
                self._add(fact)

    def _begins(self, fact: facts.Fact, agent: str) -> None:
        self._epoch = time.time_ns() - round(fact.end * 1e9)
        self._turns = deque([Turn(agent, fact.start)])

    def _add(self, fact: facts.Fact) -> None:
        turn = next((turn for turn in reversed(self._turns) if turn.begins <= fact.start), None)
        if turn is not None:
            turn.facts.append(fact)
            if len(turn.facts) >= MOST_FACTS:
                self._next(self._turns[-1].agent, fact.end)
        elif self._past:
            known = (context for begins, context in reversed(self._past) if begins <= fact.start)
            self._spans([fact], next(known, self._past[0][1]))

    def _next(self, name: str, begins: float) -> None:
        """Begin a turn; what began with it is of it."""
        turn, own = self._turns[-1], Turn(name, begins)
        told, turn.facts = turn.facts, []
        for fact in told:
            follows = fact.start >= begins and (name == turn.agent or _whose(fact) == name)
            (own if follows else turn).facts.append(fact)
        self._turns.append(own)
        while len(self._turns) > self._tracing.kept:
            self._close(self._turns.popleft())

    def _close(self, turn: Turn) -> None:
        """Make the spans of a turn, if anything happened in it."""
        shown = [fact for fact in turn.facts if isinstance(fact, facts.Answered) or self._described(fact) is not None]
        if not shown:
            return
        begins, ends = min(fact.start for fact in shown), max(fact.end for fact in shown)
        about = {**agent(turn.agent), "gen_ai.agent.invocation.end_reason": _reason(turn.facts)}
        span = self._start(f"invoke_agent {turn.agent}", self._root, about, begins)
        for fact in turn.facts:
            if (told := mark(fact)) is not None:
                span.add_event(told[0], self._masked(told[1]), self._at(fact.end))
        context = self._tracing.api.set_span_in_context(span, self._root)
        self._spans(turn.facts, context)
        span.end(self._at(ends))
        self._past.append((turn.begins, context))

    def _spans(self, told: Sequence[facts.Fact], within: Any) -> None:
        """Make the spans of facts within another one; a consult holds what is done for it, a response its tools."""
        holders: list[tuple[facts.Fact, Any]] = []
        words = _words(told)
        for fact in sorted(told, key=lambda one: (_rank(one), one.start)):
            about = self._described(fact)
            if about is None:
                continue
            content = {**about.content, **words.get(_id(fact), {})} if self._tracing.content else {}
            attributes = {**about.attributes, **{CONTENT + name: text for name, text in content.items() if text}}
            if about.error:
                attributes["error.type"] = about.error
            span = self._start(about.name, _within(fact, holders, within), attributes, fact.start, client=about.client)
            if about.error:
                span.set_status(self._tracing.api.StatusCode.ERROR)
            span.end(self._at(fact.end))
            holders.append((fact, self._tracing.api.set_span_in_context(span, self._root)))

    def _ended(self, fact: facts.CallEnded) -> None:
        """Make what is left."""
        while self._turns:
            self._close(self._turns.popleft())
        told = {CONTENT + "reason": fact.reason} if self._tracing.content else {}
        about = {"orchestrator.ending": fact.ending, "orchestrator.seconds": round(fact.end - fact.start, 3), **told}
        self._start("call.ended", self._root, about, fact.end).end(self._at(fact.end))
        self.mask = _hidden  # lets go of the call

    def _described(self, fact: facts.Fact) -> Any:
        return described(fact, self._call_id, self._tracing.names, self._running)

    def _start(self, name: str, within: Any, about: Mapping[str, Any], at: float, *, client: bool = False) -> Any:
        kind = self._tracing.api.SpanKind.CLIENT if client else self._tracing.api.SpanKind.INTERNAL
        attributes = {"gen_ai.conversation.id": self._call_id, **self._masked(about)}
        return self._tracing.tracer.start_span(name, within, kind, attributes, start_time=self._at(at))

    def _masked(self, about: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self.mask(said)[:LONGEST] if isinstance(said, str) else said for name, said in about.items()}

    def _at(self, seconds: float) -> int:
        return self._epoch + round(seconds * 1e9)


def _hidden(_: str) -> str:
    return ""


def _whose(fact: facts.Fact) -> str:
    return str(getattr(fact, "agent", ""))


def _rank(fact: facts.Fact) -> int:
    """Return how early a span is made, those that can hold others first."""
    return ORDER.index(type(fact)) if type(fact) in ORDER else len(ORDER)


def _within(fact: facts.Fact, holders: Iterable[tuple[facts.Fact, Any]], otherwise: Any) -> Any:
    """Return the context of the span that a fact belongs to: the last that can hold it."""
    found = otherwise
    for holder, context in holders:
        if isinstance(holder, facts.Consulted):
            inside = holder.to == _whose(fact) and holder.start <= fact.start <= holder.end
        else:
            inside = isinstance(holder, facts.Inferred) and isinstance(fact, facts.ToolRan) and _called(holder, fact)
        found = context if inside else found
    return found


def _called(response: facts.Inferred, tool: facts.ToolRan) -> bool:
    return response.agent == tool.agent and response.start <= tool.start


def _reason(told: Sequence[facts.Fact]) -> str:
    """Return why a turn was over."""
    if any(isinstance(fact, facts.Answered) and fact.cut for fact in told):
        return INTERRUPTED
    lost = any(isinstance(fact, facts.SessionHeld) and fact.fate == "lost" for fact in told)
    return CLOSED if lost else COMPLETED


def _words(told: Iterable[facts.Fact]) -> dict[str, dict[str, str]]:
    """Return what was said, by the caller's item or the agent's response."""
    said = (fact for fact in told if isinstance(fact, facts.Said))
    found: dict[str, dict[str, str]] = {}
    for fact in said:
        words = found.setdefault(fact.response_id or fact.item_id, {"transcript": ""})
        words["transcript"] = f"{words['transcript']} {fact.text}".strip()
    return found


def _id(fact: facts.Fact) -> str:
    """Return what the words in a fact are found by."""
    return str(getattr(fact, "response_id", "") or getattr(fact, "item_id", ""))
