"""The keys of an agent that are those of the Realtime session object.

Bounds and values are the session object's: what is accepted here, the agent's session accepts when it opens.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from orchestrator.protocol import session
from orchestrator.protocol.session import Number
from orchestrator.protocol.tools import LONGEST_FUNCTION_NAME
from orchestrator.team.base import Strict

SessionName = Annotated[str, Field(min_length=1, max_length=session.LONGEST_NAME)]
Language = Annotated[str, Field(max_length=session.LONGEST_LANGUAGE)]
Keyword = Annotated[str, Field(max_length=session.LONGEST_NAME)]
OutputTokens = Annotated[int, Field(ge=session.LEAST_TOKENS, le=session.MOST_TOKENS)] | Literal["inf"]


def within(number: Number) -> Any:
    """Return the field of a number with its bounds and its default."""
    return Field(number.default, ge=number.low, le=number.high)


class ServerVad(Strict):
    """Turn detection by silence."""

    type: Literal["server_vad"]
    threshold: float = within(session.THRESHOLD)
    prefix_padding_ms: int = within(session.PREFIX_PADDING_MS)
    silence_duration_ms: int = within(session.SILENCE_DURATION_MS)
    create_response: bool = True
    interrupt_response: bool = True
    idle_timeout_ms: int | None = within(session.IDLE_TIMEOUT_MS)


class SemanticVad(Strict):
    """Turn detection by what is said."""

    type: Literal["semantic_vad"]
    eagerness: session.Eagerness = "auto"
    create_response: bool = True
    interrupt_response: bool = True


class Transcription(Strict):
    """How the caller's words are written down."""

    model: SessionName
    language: Language | None = None
    languages: Annotated[tuple[Language, ...], Field(max_length=session.MOST_LANGUAGES)] | None = None
    prompt: str | None = None
    keywords: Annotated[tuple[Keyword, ...], Field(max_length=session.MOST_KEYWORDS)] | None = None
    delay: session.Delay | None = None


class NoiseReduction(Strict):
    """What is done against noise at the caller's side."""

    type: session.Noise
    strength: float = within(session.NOISE_STRENGTH)


class Reasoning(Strict):
    """How much a reasoning model thinks."""

    effort: session.Effort


class FunctionChoice(Strict):
    """The function that the model must call."""

    type: Literal["function"]
    name: str = Field(min_length=1, max_length=LONGEST_FUNCTION_NAME)


class CustomVoice(Strict):
    """A custom voice of the provider."""

    id: SessionName
