"""The port between a local session and whoever decides what it says.

A brain sees the request as plain data and yields what to do, in order. `router` (the default) chooses among the
agent's own functions; `chat` asks a chat-completions server.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Say:
    """Speak one or more sentences."""

    text: str


@dataclass(frozen=True, slots=True)
class CallFunction:
    """Call one of the session's functions."""

    name: str
    arguments: dict[str, Any]


Action = Say | CallFunction


@dataclass(frozen=True, slots=True)
class Request:
    """What a brain sees: the session's configuration and its items, as Realtime has them."""

    instructions: str
    tools: Sequence[Mapping[str, Any]]  # function tools
    tool_choice: Any
    items: Sequence[Mapping[str, Any]]  # user audio has content [{"type": "input_audio", "transcript": "…"}]
    extra: str = ""  # instructions of this response only


class Brain(Protocol):
    """Decides what a session says and does."""

    def prepare(self, instructions: str, tools: Sequence[Mapping[str, Any]]) -> None:
        """Get ready for a session that was configured, so that its first turn does not wait; runs in a thread."""

    def respond(self, request: Request, memory: dict[str, Any]) -> AsyncIterator[Action]:
        """Yield what to do now; `memory` belongs to the session and survives between responses."""


def make_brain(spec: Any) -> Brain:
    """Make the brain that a team file asks for: a server's when `spec` has a url, else the router."""
    if spec is not None and spec.url:
        from orchestrator.local.brain.chat import ChatBrain

        key = spec.api_key.get_secret_value() if spec.api_key else None
        return ChatBrain(spec.url, spec.model or "default", key)
    from orchestrator.local.brain.encoder import SentenceEncoder
    from orchestrator.local.brain.router import Router

    return Router(SentenceEncoder())
