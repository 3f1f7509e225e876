"""One trace for each call, of spans that are over."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind, StatusCode
from structlog.testing import capture_logs

from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId, SessionKind
from orchestrator.observe import trace
from orchestrator.observe.facts import CallBegan, CallEnded, CallerTurn, Happened, Inferred, Said, ToolRan
from orchestrator.observe.facts import Outcome as End
from orchestrator.observe.names import Names
from orchestrator.observe.spans import CONTENT, SCHEMA
from orchestrator.observe.story import Story
from orchestrator.observe.trace import Trace, tracing
from tests.core.scene import BILLING, FRONT, TEAMWORK, TEAMWORK_TOOLS, VERIFY, Scene
from tests.observe.traced import Traced

NAMES = Names(
    "bank",
    {
        **dict.fromkeys(("front", "verify"), ("openai", "gpt-realtime-2.1")),
        "billing": ("azure", "mini"),
        "planner": ("openai", "gpt-5"),
    },
    frozenset({"planner", "lawyer", "broker"}),
)
CARD = "4111222244443333"
PLANNER = SessionId("planner", SessionKind.CONSULT, 1)
USAGE = {"input_tokens": 12, "output_tokens": 7, "output_token_details": {"audio_tokens": 7}}


class Call(Scene):
    """The bank's call, which is traced."""

    def __init__(self, traced: Traced) -> None:
        super().__init__(TEAMWORK, TEAMWORK_TOOLS)
        begun = traced.tracing.begin("sess_1", {})
        assert begun is not None
        self.trace: Trace = begun
        self.trace.mask = self.call.masked
        self._story = Story((self.trace.take,), began=self.now)

    def feed(self, *events: ev.Event) -> list[Any]:
        """Feed events, each a tenth of a second after the one before, and let the story see them."""
        effects: list[Any] = []
        for event in events:
            self.now += 0.1
            brought = super().feed(event)
            self._story.observe(event, brought, self.now)
            effects += brought
        return effects

    def says(self, session: SessionId, item: str, text: str) -> None:
        """Let the caller say something."""
        self.feed(ev.SpeechStarted(session, item), ev.SpeechStopped(session, item), ev.TurnCommitted(session, item))
        self.feed(ev.TurnTranscribed(session, item, text))

    def responds(self, session: SessionId, response: str, text: str) -> None:
        """Let an agent say something, and be heard to the end of it."""
        self.speech(session, response, text)
        said = {"response": {"output": [{"id": f"item_{response}", "content": [{"transcript": text}]}]}}
        self.feed(ev.ResponseFinished(session, response, "completed", None, USAGE, 0.01, said))


def refund(traced: Traced) -> Call:
    """The caller wants their money back: to verification, to billing with a tool and a consult, and goodbye."""
    call = Call(traced)
    call.open("verify", "billing")
    call.responds(FRONT, "r0", "Hello.")
    call.says(FRONT, "i1", "I want my money back.")
    call.transfer("front", "verify")
    call.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed"))
    call.responds(VERIFY, "r1", "Your PIN?")
    call.says(VERIFY, "i2", "4821")
    call.feed(ev.ResponseStarted(VERIFY, "r2"))
    call.function("verify", "r2", "check_pin", '{"pin": "4821"}', "fc2")
    call.feed(ev.ToolReturned(call.ours("fc2"), "right", {"verified": True}))
    call.function("verify", "r2", "transfer_to_billing", "{}", "fc3")
    call.feed(ev.ResponseFinished(VERIFY, "r2", "completed"))
    call.speech(BILLING, "r3", "How shall I pay it?")
    call.says(BILLING, "i3", f"With my card {CARD}.")  # interrupts
    call.feed(ev.ResponseFinished(BILLING, "r3", "cancelled"), ev.ResponseStarted(BILLING, "r4"))
    call.function("billing", "r4", "refund", "{}", "fc4")
    call.function("billing", "r4", "take_card", f'{{"card": "{CARD}"}}', "fc5")
    call.feed(ev.ToolReturned(call.ours("fc5"), f"kept {CARD}", {"card": CARD}))
    call.function("billing", "r4", "ask_planner", '{"question": "In parts?"}', "fc6")
    call.feed(ev.SessionOpened(PLANNER), ev.ResponseStarted(PLANNER, "p1"))
    call.function(PLANNER, "p1", "rates", "{}", "fc7")
    call.feed(ev.ToolFailed(call.ours("fc7"), "no rates today"), ev.ResponseFinished(PLANNER, "p1", "completed"))
    call.feed(ev.ResponseStarted(PLANNER, "p2"), ev.TranscriptProduced(PLANNER, "p2", "item_p2", "Two parts."))
    call.feed(ev.ResponseFinished(PLANNER, "p2", "completed"), ev.ResponseFinished(BILLING, "r4", "completed"))
    call.responds(BILLING, "r5", "It is done.")
    call.feed(ev.CallerLeft())
    return call


TREE = """\
call
  invoke_agent front
    realtime_inference gpt-realtime-2.1
  invoke_agent front
    user_speech
    realtime_inference gpt-realtime-2.1
    team.handoff front→verify
  invoke_agent verify
    realtime_inference gpt-realtime-2.1
  invoke_agent verify
    user_speech
    realtime_inference gpt-realtime-2.1
      execute_tool check_pin
    team.handoff verify→billing
  invoke_agent billing
    realtime_inference mini
  invoke_agent billing
    user_speech
    realtime_inference mini
      execute_tool take_card
    invoke_agent planner
      chat gpt-5
        execute_tool rates
      chat gpt-5
    realtime_inference mini
  call.ended"""


def test_a_call_is_one_tree_of_spans() -> None:
    """As the page draws it: turns of agents, and in them speech, responses with their tools, handoffs and consults."""
    traced = Traced(NAMES)
    call = refund(traced)

    assert traced.tree() == TREE
    assert {span.context.trace_id for span in traced.spans if span.context} == {int(call.trace.id, 16)}
    scopes = {span.instrumentation_scope.schema_url for span in traced.spans if span.instrumentation_scope}
    assert scopes == {SCHEMA}


def test_no_span_is_open_while_the_call_goes_on() -> None:
    """The first has no length; each begins and ends with what it tells of, and inside the span that holds it."""
    traced = Traced(NAMES)
    refund(traced)
    times = {span.context.span_id: (span.start_time, span.end_time) for span in traced.spans if span.context}
    root = traced.named("call")

    assert root.start_time == root.end_time
    for span in traced.spans:
        assert span.start_time is not None
        assert span.end_time is not None
        assert span.end_time - span.start_time < 3e9
        assert span.parent is None or span.parent.span_id in times
        if span.parent is not None and span.name.startswith(("realtime", "chat", "user_speech")):
            begins, ends = times[span.parent.span_id]
            assert begins is not None
            assert ends is not None
            assert begins <= span.start_time <= span.end_time <= ends


def test_what_a_response_used_is_said_by_the_names_of_the_conventions() -> None:
    """A session of the provider is asked; the turn says why it was over."""
    traced = Traced(NAMES)
    refund(traced)
    (done,) = (span for span in traced.spans if (span.attributes or {}).get("gen_ai.response.id") == "r5")

    assert done.kind is SpanKind.CLIENT
    assert dict(done.attributes or {}) == {
        "gen_ai.conversation.id": "sess_1",
        "gen_ai.operation.name": "realtime_inference",
        "gen_ai.provider.name": "azure.ai.openai",
        "gen_ai.request.model": "mini",
        "gen_ai.response.id": "r5",
        "gen_ai.response.finish_reasons": ("completed",),
        "gen_ai.output.type": "speech",
        "gen_ai.realtime_session.id": "sess_1 billing",
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 7,
        "gen_ai.usage.audio.output_tokens": 7,
        "orchestrator.cost_dollars": 0.01,
    }
    reasons = [
        (span.attributes or {})["gen_ai.agent.invocation.end_reason"]
        for span in traced.spans
        if span.name == "invoke_agent billing"
    ]
    assert reasons == ["interrupted", "completed"]
    assert traced.named("execute_tool rates").status.status_code is StatusCode.ERROR
    refused = [(event.name, dict(event.attributes or {})) for span in traced.spans for event in span.events]
    assert refused == [("team.refused", {"orchestrator.function": "refund", "orchestrator.rule": "needs"})]


@pytest.mark.parametrize("content", [False, True])
def test_what_is_said_is_there_only_on_request_and_without_secrets(content: bool) -> None:
    """All under one prefix, so that a collector can drop it."""
    traced = Traced(NAMES, content=content)
    refund(traced)
    said = {
        (span.name, name.removeprefix(CONTENT)): value
        for span in traced.spans
        for name, value in (span.attributes or {}).items()
        if name.startswith(CONTENT)
    }

    assert CARD not in traced.text()
    assert bool(said) is content
    if content:
        assert said["execute_tool check_pin", "arguments"] == '{"pin": "4821"}'
        assert str(said["execute_tool take_card", "result"]).startswith("kept ")
        assert said["realtime_inference mini", "transcript"] == "It is done."
        assert str(said["user_speech", "transcript"]).startswith("With my card")
    elsewhere = str([{name: value for name, value in (span.attributes or {}).items() if CONTENT not in name}
                     for span in traced.spans])  # fmt: skip
    assert "4821" not in elsewhere
    assert "money" not in elsewhere


def test_a_secret_that_is_known_late_is_in_no_turn_before() -> None:
    """Nothing is made before the call is over, when secrets are declared and there is content."""
    traced = Traced(replace(NAMES, secrets=True), content=True)
    call = Call(traced)
    call.open()
    for number, text in enumerate((CARD, "Well.", "Let me see.", "Are you there?")):
        call.says(FRONT, f"i{number}", text)
    assert traced.tree() == "call"
    call.call.state.variables.set("card", CARD, "take_card")
    call.feed(ev.CallerLeft())

    assert traced.tree().count("user_speech") == 4
    assert "Are you there?" in traced.text()
    assert CARD not in traced.text()


def test_a_trace_that_is_not_sampled_is_none() -> None:
    """Nothing is made, and no id is logged."""
    assert Traced(NAMES, sampler=ALWAYS_OFF).tracing.begin("sess_1", {}) is None


def test_without_an_sdk_there_is_no_trace() -> None:
    """The API alone makes none."""
    found = tracing(NAMES, content=False)
    assert found is not None
    assert found.begin("sess_1", {}) is None


def test_without_the_api_there_is_none_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is not installed."""
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    assert tracing(NAMES, content=False) is None


def begun(traced: Traced) -> Trace:
    """A trace of a call that has begun."""
    made = traced.tracing.begin("sess_1", {"seat": "Anna", "joined": "sess_0"})
    assert made is not None
    made.mask = str
    made.take(CallBegan(start=0.0, end=0.0, agent="front"))
    return made


def tool(start: float, end: float) -> ToolRan:
    """A tool that ran."""
    told = {"agent": "front", "name": "find", "call_id": "c", "arguments": "{}", "output": "", "outcome": End.COMPLETED}
    return ToolRan(start=start, end=end, **told)  # type: ignore[arg-type]


def turn(start: float) -> CallerTurn:
    """The caller speaks for a second."""
    return CallerTurn(start=start, end=start + 1, agent="front", item_id="i", over=False)


def test_what_is_known_late_is_put_where_it_belongs() -> None:
    """A tool that runs while the caller says three things more; nothing is made after the end."""
    traced = Traced(NAMES)
    made = begun(traced)
    for start in (1.0, 11.0, 21.0, 31.0):
        made.take(turn(start))
    made.take(tool(2.0, 40.0))
    made.take(CallEnded(start=0.0, end=50.0, ending="left", reason="", agent="front"))
    made.take(turn(60.0))

    assert traced.tree() == (
        "call\n  invoke_agent front\n    user_speech\n    execute_tool find\n"
        + "  invoke_agent front\n    user_speech\n" * 3
        + "  call.ended"
    )
    assert dict(traced.named("call").attributes or {}) == {
        "gen_ai.conversation.id": "sess_1",
        "orchestrator.team": "bank",
        "orchestrator.seat": "Anna",
        "orchestrator.joined": "sess_0",
    }


def test_a_turn_without_end_is_told_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """An agent that calls tools over and over costs no memory without bounds."""
    monkeypatch.setattr(trace, "MOST_FACTS", 3)
    traced = Traced(NAMES)
    made = begun(traced)
    for number in range(12):
        made.take(tool(number + 0.1, number + 0.9))

    assert [span.name for span in traced.spans].count("invoke_agent front") == 3
    assert sum(len(one.facts) for one in made._turns) <= 6


def test_typed_words_begin_a_turn_too() -> None:
    """There is no speech in it."""
    traced = Traced(NAMES, content=True)
    made = begun(traced)
    made.take(Said(start=1.0, end=1.0, who="caller", text="Hello.", item_id="i", typed=True))
    told = {"agent": "front", "session": "front", "response_id": "r", "status": "failed", "error": "server_error"}
    made.take(Inferred(start=2.0, end=3.0, **told))  # type: ignore[arg-type]
    made.take(CallEnded(start=0.0, end=4.0, ending="left", reason="hang-up", agent="front"))

    failed = traced.named("realtime_inference gpt-realtime-2.1")
    assert (failed.attributes or {})["error.type"] == "server_error"
    assert failed.status.status_code is StatusCode.ERROR
    assert (traced.named("call.ended").attributes or {})[f"{CONTENT}reason"] == "hang-up"


class Failing(SpanProcessor):
    """What somebody plugged into the SDK, and fails."""

    def __init__(self, name: str) -> None:
        self.name = name

    def on_end(self, span: ReadableSpan) -> None:
        if span.name.startswith(self.name):
            raise RuntimeError("the disk is full")


@pytest.mark.parametrize("fails", ["call", "invoke_agent"])
def test_an_sdk_that_fails_ends_the_trace_and_nothing_else(fails: str) -> None:
    """When the call begins, or later; it is logged once."""
    traced = Traced(NAMES, processor=Failing(fails))
    with capture_logs() as lines:
        made = traced.tracing.begin("sess_1", {})
        for start in (1.0, 11.0, 21.0, 31.0):
            if made is not None:
                made.take(turn(start))

    assert (made is None) == (fails == "call")
    assert [(line["event"], line["call"]) for line in lines] == [("trace failed", "sess_1")]
    assert [span.name for span in traced.spans].count("user_speech") == (fails != "call")


def test_a_call_that_was_taken_over_has_a_trace_from_there_on() -> None:
    """Its spans have the times that they had, with the agent that has the caller."""
    traced = Traced(NAMES, content=False)
    made = traced.tracing.begin("sess_1", {})
    assert made is not None
    made.mask, at = str, time.time_ns()
    made.take(Happened(start=600.0, end=600.0, name="call.taken_over", fields={"agent": "front", "models": {}}))
    told = {"agent": "front", "session": "front", "response_id": "r", "status": "completed", "error": None}
    made.take(Inferred(start=601.0, end=602.0, **told))  # type: ignore[arg-type]
    made.take(CallEnded(start=0.0, end=603.0, ending="left", reason="hang-up", agent="front"))

    turn = traced.named("invoke_agent front")
    assert 0 <= (turn.start_time or 0) - at - 10**9 < 10**9
