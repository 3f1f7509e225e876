"""The names by which metrics and traces tell agents and their models apart; all come from the team file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator.observe.facts import Fact, Happened

UNKNOWN = ("", "")  # of a person, who runs on no model


@dataclass(frozen=True, slots=True)
class Names:
    """What is served."""

    team: str
    models: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # agent → provider, model
    texts: frozenset[str] = frozenset()  # the agents that are asked in text
    secrets: bool = False  # some variables are secret


class Running:
    """What the agents of one call run on: their own models, until they fall back on others."""

    def __init__(self, names: Names) -> None:
        # What they run on.
        self._models = dict(names.models)

    def take(self, fact: Fact) -> None:
        """Note that an agent falls back on another model, or did so before the call was taken over."""
        if not isinstance(fact, Happened):
            return
        models = fact.fields.get("models", {}) if fact.name == "call.taken_over" else {}
        if fact.name == "session.fallback":
            models = {fact.fields["agent"]: fact.fields["model"]}
        for agent, name in models.items():
            provider, _, model = str(name).partition("/")
            self._models[str(agent)] = (provider, model)

    def on(self, agent: str) -> tuple[str, str]:
        """Return the provider and the model that an agent runs on."""
        return self._models.get(agent, UNKNOWN)
