"""The limits of a call, and what models cost."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from orchestrator.team.base import Short, Strict


class Limit(Short):
    """A limit, and what the caller hears when it ends the call."""

    short: ClassVar[str] = "at"
    at: float = Field(gt=0)
    say: str = Field(default="", description="spoken word for word; without it the agent says goodbye in its own words")


class Limits(Strict):
    """When a call ends: seconds, counts and money."""

    call: Limit = Field(default=Limit(at=3600), description="seconds that a call may last")
    silence: Limit = Field(default=Limit(at=300), description="seconds of silence")
    tokens: Limit | None = Field(default=None, description="tokens of all agents, input and output")
    money: Limit | None = Field(default=None, description="US dollars, calculated from `prices`")
    answer: float = Field(default=10.0, gt=0, description="seconds in which nothing may come of an answer")
    tool: float = Field(default=20.0, gt=0, description="seconds that a tool may take")
    handoffs: int = Field(default=30, ge=0, description="handoffs in a call; after that the agent must help the caller")


class Price(Strict):
    """What a model costs, in US dollars per million tokens."""

    text_in: float = Field(default=0.0, ge=0)
    text_cached: float = Field(default=0.0, ge=0)
    text_out: float = Field(default=0.0, ge=0)
    audio_in: float = Field(default=0.0, ge=0)
    audio_cached: float = Field(default=0.0, ge=0)
    audio_out: float = Field(default=0.0, ge=0)
