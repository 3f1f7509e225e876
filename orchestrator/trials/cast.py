"""What the tests of a team run on: its tools, its models, and the providers that run these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import date

from orchestrator.errors import RealtimeError, TeamError
from orchestrator.local import LocalProvider
from orchestrator.providers.choosing import Choice, choose_for
from orchestrator.providers.port import Provider
from orchestrator.realtime.services import Unusable, websocket_providers
from orchestrator.team import Team, in_order
from orchestrator.team.trials.given import NOW
from orchestrator.tools import read_functions
from orchestrator.trials.spoken_text import Outside, SpokenText

SCRIPTED = "scripted"  # the provider of models that do what a test says


class Cast:
    """The tools and models of a team, for one test after another; raises `TeamError` if tools cannot be loaded."""

    def __init__(self, team: Team, *, wanted: str | None, environ: Mapping[str, str]) -> None:
        # The team, and its tools.
        self.team = team
        self.tools, self.hooks, problems = read_functions(team)
        if errors := [problem for problem in in_order(problems) if problem.fatal]:
            raise TeamError(errors)
        # The models that its agents run on, and where keys are looked for.
        self._models, self._environ = choose_for(team, wanted=wanted, environ=environ), environ
        # The embedded provider, once it is loaded.
        self._local: LocalProvider | None = None
        # The date of the test that runs.
        self._today = NOW.date()

    def models(self, *, scripted: bool) -> Mapping[str, Sequence[Choice]]:
        """Return what each agent runs on."""
        if not scripted:
            return self._models
        return {agent: (Choice(SCRIPTED, agent, "the test says what models do"),) for agent in self._models}

    def missing(self) -> str:
        """Return why the models cannot be had; "" when they can. Loads the embedded ones."""
        providers = websocket_providers(self.team, self._environ)
        for agent, choices in self._models.items():
            provider = providers.get(choices[0].provider)
            if isinstance(provider, Unusable):
                return f"{agent} cannot run on {choices[0].name}: {provider.message}"
            if provider is None and choices[0].provider != "local":
                return f"{agent} cannot run on {choices[0].name}: there is no provider {choices[0].provider!r}."
        try:
            self._load()
        except RealtimeError as error:
            return str(error)
        return ""

    def providers(self, today: date, outside: Outside) -> dict[str, Provider]:
        """Return the providers for one test; `outside` is entered while something outside this process is awaited."""
        self._today = today
        away = websocket_providers(self.team, self._environ)
        found: dict[str, Provider] = {name: SpokenText(one, outside) for name, one in away.items()}
        if self._local is not None:
            spec = self.team.providers.get("local")
            asks_server = spec is not None and spec.brain is not None and spec.brain.url
            found["local"] = SpokenText(self._local, outside if asks_server else nullcontext)
        return found

    def _load(self) -> None:
        if self._local is not None or not self._uses("local"):
            return
        definitions = {agent: [tool.definition() for tool in own] for agent, own in self.tools.items()}
        today: Callable[[], date] = lambda: self._today  # noqa: E731
        spec = self.team.providers.get("local")
        local = LocalProvider(spec, self.team.language, tools=definitions, today=today)
        local.load()
        self._local = local

    def _uses(self, provider: str) -> bool:
        return any(choice.provider == provider for choices in self._models.values() for choice in choices)
