"""Where a call ends, and what models cost."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from orchestrator.team.strict import Short, Strict


class Limit(Short):
    """A limit, and what the caller hears when the call ends at it."""

    short: ClassVar[str] = "at"
    at: float = Field(gt=0)
    say: str = Field(default="", description="said word for word; without it the agent says goodbye in its own words")


class Limits(Strict):
    """Where a call ends: seconds, counts and money."""

    call: Limit = Field(default=Limit(at=3600), description="seconds a call may last")
    silence: Limit = Field(default=Limit(at=300), description="seconds in which nobody speaks")
    tokens: Limit | None = Field(default=None, description="tokens of all agents, in and out")
    money: Limit | None = Field(default=None, description="US dollars, by `prices`")
    tool: float = Field(default=20.0, gt=0, description="seconds a tool may take")
    handoffs: int = Field(default=30, ge=0, description="handoffs in one call; then the agent helps the caller itself")


class Price(Strict):
    """What a model costs, in US dollars for a million tokens."""

    text_in: float = Field(default=0.0, ge=0)
    text_cached: float = Field(default=0.0, ge=0)
    text_out: float = Field(default=0.0, ge=0)
    audio_in: float = Field(default=0.0, ge=0)
    audio_cached: float = Field(default=0.0, ge=0)
    audio_out: float = Field(default=0.0, ge=0)
