"""The port between a local session and the brain that decides what it says and does.

A brain sees the conversation as plain data and yields actions in order. `router` (the default) chooses among the
agent's own functions; `chat` asks a chat-completions server.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from orchestrator.local.brain.language import DEFAULT

FunctionTool = Mapping[str, Any]  # a function that the model may call, as in the session object
Item = Mapping[str, Any]  # an item of the conversation, as Realtime events show it


@dataclass(frozen=True, slots=True)
class Say:
    """Speak one or more sentences."""

    text: str


@dataclass(frozen=True, slots=True)
class CallFunction:
    """Call one of the session's functions."""

    name: str
    arguments: dict[str, Any]
    written: str = ""  # by a model, in their place, where it is no JSON object
    # Why, and what else was possible, without the caller's words: for who looks at the record of the call.
    why: Mapping[str, Any] = field(default_factory=dict, compare=False)


Action = Say | CallFunction


@dataclass(frozen=True, slots=True)
class Request:
    """What a brain is asked to respond to: the session's configuration and its items."""

    instructions: str
    tools: Sequence[FunctionTool]
    tool_choice: Any
    items: Sequence[Item]  # user audio has content [{"type": "input_audio", "transcript": "…"}]
    today: date  # where the caller is, as far as the server knows
    response_instructions: str = ""  # of this response only
    purpose: str = ""  # what the orchestrator wants the response for: a value of `core.wording`, "" for an ordinary one
    language: str = DEFAULT  # that the agent speaks: the ISO 639-1 code of one that `languages/` has


class Brain(Protocol):
    """Decides what a session says and does."""

    def prepare(self, instructions: str, tools: Sequence[FunctionTool], language: str) -> None:
        """Prepare for a session's configuration, so that its first turn need not wait; runs in a thread.

        `language` is the one that requests will have.
        """

    def respond(self, request: Request, memory: dict[str, Any]) -> AsyncIterator[Action]:
        """Yield what to do now; `memory` belongs to the session and survives between responses."""
