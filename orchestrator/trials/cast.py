"""What the tests of a team run on: its tools, its models, and the providers that run these."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from orchestrator.errors import RealtimeError, TeamError
from orchestrator.local import LocalProvider
from orchestrator.local.sentences import Sentences
from orchestrator.providers.choosing import Choice, choose_for
from orchestrator.providers.port import Provider
from orchestrator.realtime.services import Unusable, websocket_providers
from orchestrator.team import Team, in_order
from orchestrator.team.trials.given import NOW
from orchestrator.tools import read_functions
from orchestrator.tools.mcp.starting import started
from orchestrator.trials.simulated_time import SimulatedLoop
from orchestrator.trials.spoken_text import SpokenText

if TYPE_CHECKING:
    from orchestrator.team import ProviderSpec

Tools = Mapping[str, Sequence[Mapping[str, Any]]]  # agent → the definitions of its own functions
SCRIPTED = "scripted"  # the provider of models that do what a test says


class Embedded:
    """The embedded provider, on any date."""

    def __init__(self, spec: ProviderSpec | None, language: str | None, tools: Tools) -> None:
        # What it is made from.
        self.made_from = (spec, language, tools)
        # The date of the test that runs.
        self.today: date = NOW.date()
        # The provider.
        self.provider = LocalProvider(spec, language, tools=tools, today=lambda: self.today)
        self.provider.load()


# The last one: another one of the same team, or of a team that differs in a rule only, would read all of it again.
_last: list[Embedded] = []


def embedded(spec: ProviderSpec | None, language: str | None, tools: Tools) -> Embedded:
    """Return the embedded provider of a team; raises `RealtimeError` if it cannot be loaded."""
    if not _last or _last[0].made_from != (spec, language, tools):
        _last[:] = [Embedded(spec, language, tools)]
    return _last[0]


class Cast:
    """The tools and models of a team, for one test after another; raises `TeamError` if tools cannot be loaded."""

    def __init__(self, team: Team, *, wanted: str | None, environ: Mapping[str, str]) -> None:
        # The team, and its tools.
        self.team = team
        own, self.hooks, problems = read_functions(team, encoder=Sentences())
        if errors := [problem for problem in in_order(problems) if problem.fatal]:
            raise TeamError(errors)
        # Its MCP servers, which run for as long as this is needed; what they list is among its tools.
        self._servers = started(team, own)
        self._started = self._servers.__enter__()
        self.tools = self._started.tools
        # The models that its agents run on, and where keys are looked for.
        self._models, self._environ = choose_for(team, wanted=wanted, environ=environ), environ
        # The embedded models, once they are loaded.
        self._local: Embedded | None = None

    def models(self, *, scripted: bool) -> Mapping[str, Sequence[Choice]]:
        """Return what each agent runs on."""
        if not scripted:
            return self._models
        return {agent: (Choice(SCRIPTED, agent, "the test says what models do"),) for agent in self._models}

    def missing(self) -> str:
        """Return why the models or servers cannot be had; "" when they can. Loads the embedded models."""
        if self._started.faults:
            return f"an MCP server cannot be used: {self._started.faults[0]}"
        for agent, choices in self._models.items():
            if why := self._unusable(choices[0]):
                return f"{agent} cannot run on {choices[0].name}: {why}"
        uses_local = any(choice.provider == "local" for choices in self._models.values() for choice in choices)
        return self._load() if uses_local else ""

    def speechless(self, brain: Choice) -> str:
        """Return why a model cannot find the words of a caller; "" when it can."""
        spec = self.team.providers.get("local")
        if brain.provider != "local":
            return self._unusable(brain)
        return self._load() if spec is not None and spec.brain is not None else "the router holds no conversation."

    def _unusable(self, choice: Choice) -> str:
        provider = websocket_providers(self.team, self._environ).get(choice.provider)
        if isinstance(provider, Unusable):
            return provider.message
        known = provider is not None or choice.provider == "local"
        return "" if known else f"there is no provider {choice.provider!r}."

    def providers(self, today: date, loop: SimulatedLoop) -> dict[str, Provider]:
        """Return the providers for one test, in the loop in which it runs."""
        away = websocket_providers(self.team, self._environ)
        found: dict[str, Provider] = {name: SpokenText(one, loop) for name, one in away.items()}
        if self._local is not None:
            spec = self.team.providers.get("local")
            asks_server = spec is not None and spec.brain is not None and spec.brain.url
            self._local.today = today
            found["local"] = SpokenText(self._local.provider, loop if asks_server else None)
        return found

    def live(self, today: date) -> dict[str, Provider]:
        """Return the providers for one test by voice."""
        found: dict[str, Provider] = dict(websocket_providers(self.team, self._environ))
        if self._local is not None:
            self._local.today = today
            found["local"] = self._local.provider
        return found

    def _load(self) -> str:
        """Load the embedded models; return why that is not possible, "" when it is."""
        # Before numpy is imported: by default its threads spin on every core, and a sentence is too small for several.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        definitions = {agent: [tool.definition() for tool in own] for agent, own in self.tools.items()}
        try:
            self._local = embedded(self.team.providers.get("local"), self.team.language, definitions)
        except RealtimeError as error:
            return str(error)
        return ""
