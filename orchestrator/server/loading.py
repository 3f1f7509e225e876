"""Loads one version of a team: its file, its tools, its providers; everything that is wrong is told at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from orchestrator.errors import Problem, TeamError
from orchestrator.gateway.teams.version import Version
from orchestrator.local.sentences import Sentences
from orchestrator.log import hide, secrets_in
from orchestrator.providers.choosing import Choice, choose_for
from orchestrator.providers.languages import unspoken
from orchestrator.providers.port import Provider
from orchestrator.providers.prices import unpriced
from orchestrator.realtime.services import Unusable, websocket_providers
from orchestrator.server.tool_servers import ready
from orchestrator.settings import Settings
from orchestrator.team import Team, in_order, likely_model, read_team
from orchestrator.team.hooks.checks import check_kept
from orchestrator.team.tools import McpRef
from orchestrator.team.tools.secrets import secrets_of
from orchestrator.tools import Tool, read_functions
from orchestrator.tools.mcp.abilities import Abilities
from orchestrator.tools.mcp.sources import sources_of
from orchestrator.tools.sources import Sources


def load(
    path: str | Path, settings: Settings, environ: Mapping[str, str] = os.environ, sources: Sources | None = None
) -> Version:
    """Load a team with its tools and providers; raises `TeamError` with everything that is wrong or missing.

    All files are read through `sources`, which also knows them when this raises. Nothing that is served is touched:
    it can be called in a thread while calls run.
    """
    sources = sources or Sources()
    # Before numpy is imported, by a tool perhaps: by default its threads spin on every core, and on two cores the first
    # answer took nine seconds instead of two. A sentence is too small to be worth several threads.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    team, found = read_team(path, environ=environ, read=sources.text)
    if team is None:
        raise TeamError(found)
    _hide(team)
    tools, hooks, faults = read_functions(team, sources, Sentences())
    models = choose_for(team, wanted=settings.model, environ=environ)
    providers = websocket_providers(team, environ)
    told = team.gaps | {problem.where for problem in found if problem.fatal}
    doubts = [problem for problem in _check_models(team, models, providers) if problem.where not in told]
    if errors := [
        problem for problem in in_order([*found, *faults, *doubts, *_check_workers(team, settings)]) if problem.fatal
    ]:
        raise TeamError(errors)
    if any(choice.provider == "local" for choices in models.values() for choice in choices):
        providers["local"] = _local(team, tools)
    return Version(
        team=team,
        tools=tools,
        sources=sources_of(team),
        hooks=hooks,
        providers=providers,
        models=models,
        files=sources.files,
        hash=sources.hash(team.folder),
        warnings=(*doubts, *unpriced(team, models), *unspoken(team, models), *check_kept(team, settings.records)),
        memory=settings.call_memory,
    )


def _hide(team: Team) -> None:
    """Hide all in the log that the team file keeps secret."""
    keys = (key for role in team.people.values() for key in role.secret_keys)
    knowledge = [agent.knowledge for agent in team.agents.values()]
    hide([*secrets_in([team.providers, team.after_call, knowledge]), *keys, *secrets_of(team)])


def _check_workers(team: Team, settings: Settings) -> list[Problem]:
    """Report persons in several processes: whoever works at the desk would see the calls of one only."""
    if settings.workers == 1 or not team.people:
        return []
    what = f"the desk would see the calls of only one of {settings.workers} processes"
    return [Problem(team.place("people"), what, "Serve a team with `people` by one process: `--workers 1`.")]


def _local(team: Team, tools: Mapping[str, Sequence[Tool]]) -> Provider:
    """Return the embedded provider; only teams that use it import it."""
    from orchestrator.local import LocalProvider

    answers = {name: agent.answers for name, agent in team.agents.items()}
    able = Abilities(tools, sources_of(team), answers)
    return LocalProvider(team.providers.get("local"), team.language, tools=able)


def _check_models(
    team: Team, models: Mapping[str, Sequence[Choice]], providers: Mapping[str, Provider]
) -> Iterator[Problem]:
    """Yield what keeps agents from speaking: an unknown provider in `--model`, a missing key.

    Providers that the team file names were looked for when it was read. A fallback without its key is only skipped,
    because one team file may serve several places: this is a warning.
    """
    for agent, choices in models.items():
        for number, choice in enumerate(choices):
            provider = providers.get(choice.provider)
            where = team.place("agents", agent, "fallback" if number else "model")
            if provider is None and choice.provider != "local" and team.agents[agent].model is None and not number:
                what = f"there is no provider {choice.provider!r} ({choice.why})"
                meant = likely_model(choice.provider)
                remedy = f"Write `{meant}`." if meant else f"Known: {', '.join(sorted({*providers, 'local'}))}."
                yield Problem(where, what, remedy)
            elif choice.provider == "local" and (hosted := _hosted(team, agent)) is not None:
                what = "`local` calls no MCP servers, which the provider would have to"
                remedy = "Let this process be the client: remove `hosted`. Or name another model."
                yield Problem(team.place("agents", agent, "tools", hosted), what, remedy)
            elif isinstance(provider, Unusable):
                what = f"cannot run on {choice.provider} ({choice.why})"
                yield Problem(where, what, provider.message, fatal=not number)


def _hosted(team: Team, agent: str) -> int | None:
    """Return the first entry of an agent's tools that its provider would have to call; None when there is none."""
    servers = {name for name, server in team.mcp_servers.items() if server.hosted}
    refs = enumerate(team.agents[agent].tools)
    return next((index for index, ref in refs if isinstance(ref, McpRef) and ref.server in servers), None)


async def load_models(version: Version) -> None:
    """Load the embedded models if an agent uses them, so that the first caller does not wait; start its MCP servers.

    A process loads each model once, whatever versions use it. Raises `RealtimeError` if they cannot be loaded, for
    example without the extra `local`.
    """
    await ready(version)
    provider = version.providers.get("local")
    if provider is not None:
        session = await provider.open("embedded")
        await session.close()
