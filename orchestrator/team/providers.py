"""Checks of `providers`, and of the models that agents, fallbacks and prices name."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from orchestrator.errors import Problem
from orchestrator.outside.addresses import correction
from orchestrator.team.foreign import REALTIME, likely_model, only_text
from orchestrator.team.schema import PartSpec, Team
from orchestrator.team.validation import suggest

KNOWN = ("openai", "azure", "local")
MAGIC = b"GGUF"  # how a language model's file begins
INSTALL_LLM = "pip install 'voice-orchestrator[llm]'"
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
            place = team.place("providers", name, part)
            if engine is not None and engine.gguf is not None:
                yield from _model_file(engine, part, place)
            elif engine is not None and engine.url is None and engine.folder is None:
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


def _model_file(engine: PartSpec, part: str, place: str) -> Iterator[Problem]:
    """Report what is wrong with the file of a language model; one that an environment variable left empty is none."""
    if part != "brain":
        yield Problem(place, "gguf belongs to brain", "Move it there.")
    elif engine.url and engine.gguf:
        yield Problem(place, "both url and gguf", "Keep the server or the file.")
    elif engine.gguf:
        if why := _no_model(Path(engine.gguf)):
            remedy = "Give the path of a language model in GGUF form, relative to the team file."
            yield Problem(place, f"the gguf file {why}", remedy)
        elif find_spec("xllamacpp") is None:
            yield Problem(place, "the package 'xllamacpp' is not installed", f"Run: {INSTALL_LLM}")


def _no_model(file: Path) -> str:
    """Return why a file is no language model; "" when it looks like one."""
    try:
        with file.open("rb") as stream:
            return "" if stream.read(len(MAGIC)) == MAGIC else "is not a GGUF file"
    except (OSError, ValueError) as error:
        return f"cannot be read: {getattr(error, 'strerror', None) or 'not a valid path'}"


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


def _address(team: Team, url: str | None, *path: str) -> Iterator[Problem]:
    if url is not None and (remedy := correction(url, path[1])):
        yield Problem(team.place(*path), "not the address of a service", remedy)
