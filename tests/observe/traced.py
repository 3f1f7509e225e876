"""Traces in a test, kept in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from opentelemetry import context, trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Sampler

from orchestrator.observe.names import Names
from orchestrator.observe.spans import SCHEMA
from orchestrator.observe.trace import Tracing


class Traced:
    """An SDK whose spans are looked at afterwards."""

    def __init__(
        self,
        names: Names,
        *,
        content: bool = False,
        sampler: Sampler = ALWAYS_ON,
        processor: SpanProcessor | None = None,
    ) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider(sampler=sampler)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        if processor is not None:
            provider.add_span_processor(processor)
        tracer = provider.get_tracer("orchestrator", "0", SCHEMA)
        self.tracing = Tracing(trace, context, tracer, names, content=content)

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        """The spans that are over."""
        return self._exporter.get_finished_spans()

    def named(self, name: str) -> ReadableSpan:
        """Return the only span of its name."""
        (span,) = (span for span in self.spans if span.name == name)
        return span

    def tree(self) -> str:
        """Draw the spans, each below the one that holds it, by when they began."""
        return "\n".join(self._below(None, 0))

    def _below(self, parent: int | None, depth: int) -> Iterator[str]:
        inside = [span for span in self.spans if (span.parent.span_id if span.parent else None) == parent]
        for span in sorted(inside, key=lambda one: one.start_time or 0):
            yield "  " * depth + span.name
            assert span.context is not None
            yield from self._below(span.context.span_id, depth + 1)

    def text(self) -> str:
        """Return all that the spans say."""
        return json.dumps([json.loads(span.to_json()) for span in self.spans], ensure_ascii=False)
