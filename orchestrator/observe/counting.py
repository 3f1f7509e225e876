"""Counts what happens in one caller's call: facts become metrics.

A fact costs some microseconds, audio on its way nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from orchestrator.observe import facts
from orchestrator.observe.interactions import Interactions, measure
from orchestrator.observe.metrics import Metrics
from orchestrator.observe.names import Names, Running

MOST_VOICES = 10_000  # facts of who spoke that are kept for the measures of a call; of a longer one the first count
MODALITIES = ("text", "audio")


class Counting:
    """Counts one caller's call."""

    def __init__(self, metrics: Metrics, names: Names, trace_id: str = "") -> None:
        # Where it is counted.
        self._metrics = metrics
        # What the agents run on.
        self._running = Running(names)
        # The call's trace, which is the example of its handoffs.
        self._example = {"trace_id": trace_id} if trace_id else None
        # Who was heard when.
        self._voices: list[facts.Fact] = []

    def take(self, fact: facts.Fact) -> None:
        """Take in a fact."""
        if (count := COUNTED.get(type(fact))) is not None:
            count(self, fact)

    def _voice(self, fact: facts.CallerTurn | facts.Answered) -> None:
        if len(self._voices) < MOST_VOICES:
            self._voices.append(fact)

    def _ended(self, fact: facts.CallEnded) -> None:
        self._metrics["calls_total"].labels(fact.ending).inc()
        self._metrics["call_seconds"].observe(fact.end - fact.start)
        self._interactions(measure(self._voices))

    def _interactions(self, found: Interactions) -> None:
        for name, latencies, failed in (
            ("response", found.responses, found.missed),
            ("yield", found.yields, found.unyielding),
        ):
            for seconds in latencies:
                self._metrics[f"turn_{name}_seconds"].observe(seconds)
            counter = self._metrics[f"turn_{name}s_total"]
            counter.labels("true").inc(len(latencies))
            counter.labels("false").inc(failed)
        self._metrics["turn_agent_interruptions_total"].inc(found.agent_interruptions)

    def _first_audio(self, fact: facts.FirstAudio) -> None:
        self._metrics["first_audio_seconds"].labels(*self._model(fact.agent)).observe(fact.end - fact.start)

    def _inferred(self, fact: facts.Inferred) -> None:
        model = self._model(fact.agent)
        self._metrics["responses_total"].labels(*model, fact.status).inc()
        self._metrics["cost_dollars_total"].labels(*model).inc(fact.cost)
        for kind, count in split(fact.tokens):
            self._metrics["tokens_total"].labels(*model, *kind).inc(count)

    def _model(self, agent: str) -> tuple[str, str, str]:
        return agent, *self._running.on(agent)

    def _interrupted(self, fact: facts.Interrupted) -> None:
        self._metrics["interruptions_total"].labels(fact.agent).inc()

    def _tool(self, fact: facts.ToolRan) -> None:
        named = self._metrics.tools(fact.name), fact.outcome.value, fact.server
        self._metrics["tool_seconds"].labels(*named).observe(fact.end - fact.start)

    def _consulted(self, fact: facts.Consulted) -> None:
        consult = self._metrics["consult_seconds"].labels(fact.agent, fact.to, fact.outcome.value)
        consult.observe(fact.end - fact.start)

    def _handed_over(self, fact: facts.HandedOver) -> None:
        warm = str(fact.warm).lower()
        handoff = self._metrics["handoff_seconds"].labels(fact.source, fact.target, warm, fact.outcome.value)
        handoff.observe(fact.end - fact.start, exemplar=self._example)
        if fact.asked is not None:
            self._metrics["handoff_overhead_seconds"].labels(warm).observe(fact.asked - fact.start)

    def _refused(self, fact: facts.Refused) -> None:
        self._metrics["refusals_total"].labels(fact.agent, fact.rule).inc()

    def _session(self, fact: facts.SessionHeld) -> None:
        if fact.fate == "lost":
            self._metrics["session_lost_total"].labels(fact.agent, self._metrics.codes(fact.code)).inc()
        elif fact.fate == "renewed":
            self._metrics["session_renewed_total"].labels(fact.agent).inc()

    def _waited(self, fact: facts.PersonWaited) -> None:
        self._metrics["person_wait_seconds"].labels(fact.agent, fact.outcome.value).observe(fact.end - fact.start)

    def _happened(self, fact: facts.Happened) -> None:
        self._running.take(fact)
        if fact.name == "session.fallback":
            self._metrics["session_fallback_total"].labels(fact.fields["agent"], fact.fields["model"]).inc()


# Who counts each kind of fact.
COUNTED: Mapping[type[facts.Fact], Callable[[Counting, Any], None]] = {
    facts.CallEnded: Counting._ended,
    facts.CallerTurn: Counting._voice,
    facts.Answered: Counting._voice,
    facts.FirstAudio: Counting._first_audio,
    facts.Inferred: Counting._inferred,
    facts.Interrupted: Counting._interrupted,
    facts.ToolRan: Counting._tool,
    facts.Consulted: Counting._consulted,
    facts.HandedOver: Counting._handed_over,
    facts.Refused: Counting._refused,
    facts.SessionHeld: Counting._session,
    facts.PersonWaited: Counting._waited,
    facts.Happened: Counting._happened,
}


def split(tokens: Mapping[str, int]) -> Iterator[tuple[tuple[str, str, str], int]]:
    """Yield direction, modality and whether they were cached, with the number of tokens, none of which counts twice."""
    for direction in ("input", "output"):
        rest = tokens.get(direction, 0)
        for modality in MODALITIES:
            count = tokens.get(f"{direction} {modality}", 0)
            cached = min(tokens.get(f"cached {modality}", 0), count) if direction == "input" else 0
            rest -= count
            yield (direction, modality, "false"), count - cached
            if cached:
                yield (direction, modality, "true"), cached
        if rest > 0:
            yield (direction, "unknown", "false"), rest
