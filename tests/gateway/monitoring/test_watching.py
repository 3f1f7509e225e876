"""Who looks at the calls of a process."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from orchestrator.core import events as ev
from orchestrator.core.effects import Effect
from orchestrator.core.ids import SessionId
from orchestrator.gateway.monitoring import watching
from orchestrator.gateway.monitoring.watching import Watching, sessions_open
from orchestrator.gateway.teams.version import Version
from orchestrator.observe.facts import CallBegan, CallEnded, Fact
from orchestrator.observe.names import Names
from orchestrator.observe.samples import read
from orchestrator.observe.trace import Tracing
from orchestrator.providers.choosing import Choice
from orchestrator.runner import Party
from tests.core.scene import Scene, bank
from tests.gateway.serving import helpdesk
from tests.observe.traced import Traced

MODELS = {"front": (Choice("openai", "gpt-realtime-2.1", "a test"), Choice("local", "embedded", "a test"))}
HELPDESK = Version(team=helpdesk(), models=MODELS)
CALL: tuple[Fact, ...] = (
    CallBegan(start=0.0, end=0.0, agent="front"),
    CallEnded(start=0.0, end=9.0, ending="left", reason="hang-up", agent="front"),
)


class Masked:
    """A call with a secret."""

    def masked(self, text: str) -> str:
        return text.replace("hang-up", "•")


def test_every_call_is_counted() -> None:
    """Without an SDK of OpenTelemetry nothing else looks, but for held audio."""
    mine = Watching(content=False)
    watched = mine.begin(HELPDESK.names, "sess_1", {})
    watched.hides(Masked())
    for fact in CALL:
        for take in watched.takers:
            take(fact)

    assert (len(watched.takers), len(watched.observers), watched.trace_id) == (1, 1, "")
    counted = read(mine.of("helpdesk").registry)["orchestrator_calls"].values
    assert counted == {("orchestrator_calls_total", (("ending", "left"),)): 1.0}


def test_with_an_sdk_every_call_has_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the call's secrets."""
    traced: list[Traced] = []

    def tracing(names: Names, *, content: bool) -> Tracing:
        traced.append(Traced(names, content=content))
        return traced[0].tracing

    monkeypatch.setattr(watching, "tracing", tracing)
    watched = Watching(content=True).begin(HELPDESK.names, "sess_1", {})
    watched.hides(Masked())
    for fact in CALL:
        for take in watched.takers:
            take(fact)

    assert traced[0].tree() == "call\n  call.ended"
    assert (traced[0].named("call.ended").attributes or {})["orchestrator.content.reason"] == "•"
    assert len(watched.trace_id) == 32


class Guest:
    """A visitor who does nothing."""

    def take(self, fact: Fact) -> None:
        pass

    def observe(self, event: ev.Event, effects: Sequence[Effect], now: float) -> None:
        pass


async def test_a_test_looks_at_its_call_from_before_it_begins() -> None:
    """A server has no visitors."""
    mine, guest = Watching(content=False), Guest()
    place = Party("sess_1", helpdesk()).place("sess_1", "first", "front")
    assert mine.visitors(place) == ()

    mine.visiting = lambda visited: guest if visited is place else Guest()
    assert mine.visitors(place) == (guest,)


def test_open_sessions_are_counted_by_what_they_are_for() -> None:
    """Of all calls; one that is being opened does not count."""
    calm, busy = Scene(), bank("verify", "billing")
    busy.feed(ev.ResponseStarted(busy.call.state.active.id, "r1"))
    busy.function("front", "r1", "ask_planner", '{"question": "How?"}')
    (consult,) = (session.id for session in busy.call.state.sessions if session.consult)
    busy.feed(ev.SessionOpened(consult), ev.SessionLost(SessionId("billing"), "gone"))

    assert sessions_open([]) == {("active",): 0, ("warm",): 0, ("consult",): 0}
    assert sessions_open([calm.call.state, busy.call.state]) == {("active",): 1, ("warm",): 1, ("consult",): 1}
