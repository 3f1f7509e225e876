"""Which model each agent runs on, and which come after it when that one cannot be had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.outside.variables import variable

if TYPE_CHECKING:
    from orchestrator.team import Agent, Team

DEFAULT_MODEL = "gpt-realtime-2.1"


@dataclass(frozen=True, slots=True)
class Choice:
    """The model that an agent runs on."""

    provider: str
    model: str
    why: str  # for people: "the agent's own `model`"

    @property
    def name(self) -> str:
        """Its name as the team file has it."""
        return f"{self.provider}/{self.model}"


def choose_for(team: Team, *, wanted: str | None, environ: Mapping[str, str]) -> dict[str, tuple[Choice, ...]]:
    """Choose the models of all agents of a team that are neither persons nor outside."""
    models = (one for one in team.agents.values() if not one.person and not one.outside)
    return {one.name: choose_models(one, wanted=wanted, environ=environ) for one in models}


def choose_models(agent: Agent, *, wanted: str | None, environ: Mapping[str, str]) -> tuple[Choice, ...]:
    """Choose an agent's models in the order in which they are tried: `choose_model`'s, then its `fallback`."""
    first = choose_model(agent, wanted=wanted, environ=environ)
    return (first, *(_choice(said, "its fallback in the team file") for said in agent.fallback))


def choose_model(agent: Agent, *, wanted: str | None, environ: Mapping[str, str]) -> Choice:
    """Choose an agent's model: its own, the one wanted for all, OpenAI's if there is a key, else `local`."""
    if agent.model:
        return _choice(agent.model, "named in the team file")
    if wanted:
        return _choice(wanted, "named by --model or ORCHESTRATOR_MODEL")
    if variable(environ, "OPENAI_API_KEY"):
        return Choice("openai", DEFAULT_MODEL, "OPENAI_API_KEY is set")
    return Choice("local", "embedded", "no model is named and OPENAI_API_KEY is not set")


def _choice(said: str, why: str) -> Choice:
    provider, _, model = said.partition("/")
    return Choice(provider, model or ("embedded" if provider == "local" else DEFAULT_MODEL), why)
