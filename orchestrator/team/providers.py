"""Checks of `providers`, and of the models that agents, fallbacks and prices name."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.errors import Problem
from orchestrator.outside.addresses import correction
from orchestrator.team.foreign import REALTIME, likely_model, only_text
from orchestrator.team.schema import Team
from orchestrator.team.validation import suggest

KNOWN = ("openai", "azure", "local")
DECLARE = "Use openai, azure or local, or declare it under `providers:` with a url."


def check_providers(team: Team) -> Iterator[Problem]:
    """Report what is wrong with providers and models."""
    for name, spec in team.providers.items():
        where = team.place("providers", name)
        if name not in KNOWN and spec.url is None:
            yield Problem(where, "a custom provider needs a url", "Add `url: wss://host/v1/realtime`.")
        if name not in KNOWN or spec.url:
            yield from _address(team, spec.url, "providers", name, "url")
        if name != "local" and (spec.brain or spec.stt or spec.tts):
            yield Problem(where, "brain, stt and tts belong to the provider `local`", "Move them there.")
        for part in ("brain", "stt", "tts"):
            engine = getattr(spec, part)
            if engine is not None and engine.url is None and engine.folder is None:
                place = team.place("providers", name, part)
                yield Problem(
                    place, f"{part} has no url", "Add the address of a server: `url: http://127.0.0.1:11434/v1`."
                )
            elif engine is not None and engine.url and name == "local":
                yield from _address(team, engine.url, "providers", name, part, "url")
    for name, agent in team.agents.items():
        if agent.model:
            yield from _model(team, agent.model, "agents", name, "model", heard=agent.kind == "voice")
        yield from _fallback(team, name)
    for model in team.prices:
        yield from _model(team, model, "prices", model)


def _address(team: Team, url: str | None, *path: str) -> Iterator[Problem]:
    if url is not None and (remedy := correction(url, path[1])):
        yield Problem(team.place(*path), "not the address of a service", remedy)


def _fallback(team: Team, name: str) -> Iterator[Problem]:
    agent = team.agents[name]
    tried = [agent.model] if not team.from_environment("agents", name, "model") else []
    for index, model in enumerate(agent.fallback):
        path = ("agents", name, "fallback", index)
        yield from _model(team, model, *path, heard=agent.kind == "voice")
        if model in tried and not team.from_environment(*path):
            first = "the agent's own model" if model == agent.model else "already listed"
            yield Problem(team.place(*path), f"{model!r} is {first}", "Name another model, or remove it.")
        tried.append(model)


def _model(team: Team, model: str, *path: str | int, heard: bool = False) -> Iterator[Problem]:
    provider, hidden = model.split("/")[0], team.from_environment(*path)
    if provider in KNOWN or provider in team.providers:
        elsewhere = provider in team.providers and team.providers[provider].url
        if heard and only_text(model) and not elsewhere:
            named = "this model" if hidden else repr(model)
            what = f"a voice agent cannot run on {named}, which is not one of the Realtime API"
            remedy = f"Use {REALTIME}, or `kind: text` for an agent that is only consulted."
            yield Problem(team.place(*path), what, remedy, fatal=False)
        return
    if hidden:
        yield Problem(team.place(*path), "unknown provider", DECLARE)
    elif meant := likely_model(model):
        meant = REALTIME if heard and only_text(meant) else meant
        what = f"unknown provider {provider!r}" if "/" in model else f"{model!r} names no provider"
        yield Problem(team.place(*path), what, f"Write `{meant}`.")
    else:
        close = suggest(provider, [*KNOWN, *team.providers])
        remedy = f"{close} Otherwise declare it under `providers:` with a url." if close.startswith("Did") else DECLARE
        yield Problem(team.place(*path), f"unknown provider {provider!r}", remedy)
