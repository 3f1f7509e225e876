"""What a fact is as a span: its name, its attributes, and what was said in it.

The names are those of OpenTelemetry's conventions for generative AI, where they have one, and `team.` or
`orchestrator.` otherwise. What was said, and what tools were given and returned, has one prefix of its own, so that a
collector can drop it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.observe import facts
from orchestrator.observe.facts import Outcome
from orchestrator.observe.names import Names, Running

SCHEMA = "https://opentelemetry.io/schemas/gen-ai/1.42.0"
CONTENT = "orchestrator.content."
LONGEST = 10_000  # characters of content in one attribute
# Our names of providers → those of the conventions; the others are the same.
PROVIDERS = {
    "azure": "azure.ai.openai",
    "xai": "x_ai",
    "gemini": "gcp.gemini",
    "google": "gcp.gemini",
    "bedrock": "aws.bedrock",
    "moonshot": "moonshot_ai",
}
USAGE = {
    "input": "input_tokens",
    "input text": "text.input_tokens",
    "input audio": "audio.input_tokens",
    "cached text": "text.cache_read.input_tokens",
    "cached audio": "audio.cache_read.input_tokens",
    "output": "output_tokens",
    "output text": "text.output_tokens",
    "output audio": "audio.output_tokens",
}
INTERRUPTED, COMPLETED, CLOSED = "interrupted", "completed", "session_closed"


@dataclass(frozen=True, slots=True)
class Described:
    """A span, but for its times and its place among others."""

    name: str
    attributes: Mapping[str, Any]
    content: Mapping[str, str] = field(default_factory=dict)
    error: str = ""  # why it failed
    client: bool = False  # something was asked of another service


def described(fact: facts.Fact, call: str, names: Names, running: Running) -> Described | None:
    """Return what a fact is as a span; None when it is none."""
    match fact:
        case facts.CallerTurn():
            return Described("user_speech", {"orchestrator.over_agent": fact.over})
        case facts.Inferred():
            return _inference(fact, call, names, running)
        case facts.ToolRan():
            tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.type": "function"}
            named = {"gen_ai.tool.name": fact.name, "gen_ai.tool.call.id": fact.call_id}
            content = {"arguments": fact.arguments, "result": fact.output}
            return Described(f"execute_tool {fact.name}", {**tool, **named, **_outcome(fact)}, content, _fault(fact))
        case facts.Consulted():
            return Described(f"invoke_agent {fact.to}", {**agent(fact.to), **_outcome(fact)}, error=_fault(fact))
        case facts.HandedOver():
            return _handoff(fact)
        case facts.PersonWaited():
            waited = {"gen_ai.agent.name": fact.agent, **_outcome(fact)}
            return Described("team.person_wait", waited, error=_fault(fact))
    return None


def agent(name: str) -> dict[str, Any]:
    """Return the attributes of the work of an agent."""
    return {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name}


def mark(fact: facts.Fact) -> tuple[str, dict[str, Any]] | None:
    """Return what a fact is as an event in the turn of an agent: its name and its attributes; None when it is none."""
    match fact:
        case facts.Refused():
            return "team.refused", {"orchestrator.function": fact.name, "orchestrator.rule": fact.rule}
        case facts.SessionHeld(fate="lost" | "renewed"):
            code = {"error.type": fact.code} if fact.code else {}
            return f"team.session.{fact.fate}", {"gen_ai.agent.name": fact.agent, **code}
    return None


def _inference(fact: facts.Inferred, call: str, names: Names, running: Running) -> Described:
    provider, model = running.on(fact.agent)
    text = fact.agent in names.texts
    about = {
        "gen_ai.operation.name": "chat" if text else "realtime_inference",
        "gen_ai.provider.name": PROVIDERS.get(provider, provider),
        "gen_ai.request.model": model,
        "gen_ai.response.id": fact.response_id,
        "gen_ai.response.finish_reasons": [fact.error or fact.status],
        "gen_ai.output.type": "text" if text else "speech",
        "orchestrator.cost_dollars": fact.cost,
    }
    if not text:
        about["gen_ai.realtime_session.id"] = f"{call} {fact.session}"
    used = {f"gen_ai.usage.{name}": fact.tokens[kind] for kind, name in USAGE.items() if kind in fact.tokens}
    kind = "chat" if text else "realtime_inference"
    failed = (fact.error or fact.status) if fact.status == "failed" else ""
    return Described(f"{kind} {model}".strip(), {**about, **used}, error=failed, client=True)


def _handoff(fact: facts.HandedOver) -> Described:
    about: dict[str, Any] = {
        "team.handoff.from": fact.source,
        "team.handoff.to": fact.target,
        "team.handoff.warm": fact.warm,
        **_outcome(fact),
    }
    if fact.asked is not None:
        about["team.handoff.overhead_ms"] = round((fact.asked - fact.start) * 1000, 3)
    content = {"reason": fact.reason or "", "fault": fact.fault or ""}
    return Described(f"team.handoff {fact.source}→{fact.target}", about, content, _fault(fact))


def _outcome(fact: facts.ToolRan | facts.Consulted | facts.HandedOver | facts.PersonWaited) -> dict[str, str]:
    return {"orchestrator.outcome": fact.outcome.value}


def _fault(fact: facts.ToolRan | facts.Consulted | facts.HandedOver | facts.PersonWaited) -> str:
    return "failed" if fact.outcome is Outcome.FAILED else ""
