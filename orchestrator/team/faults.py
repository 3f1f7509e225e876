"""What pydantic finds wrong with a team file, said as where, what, what to do; values are never repeated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from orchestrator.errors import Problem
from orchestrator.team import edges, limits, schema, values
from orchestrator.team.marks import Marks, Path

# Key → the model of the mapping below it.
BELOW: dict[str, type[BaseModel]] = {
    "handoffs": edges.Handoff,
    "anywhere": edges.Handoff,
    "consult": edges.Consult,
    "context": edges.Context,
    "filler": edges.Filler,
    "limits": limits.Limits,
    "prices": limits.Price,
    "variables": values.Variable,
    "tools": schema.ToolRef,
    "transcription": schema.Transcription,
    "noise_reduction": schema.NoiseReduction,
    "reasoning": schema.Reasoning,
    "tool_choice": schema.FunctionChoice,
    "brain": schema.PartSpec,
    "stt": schema.PartSpec,
    "tts": schema.PartSpec,
    "providers": schema.ProviderSpec,
    "args": values.Arg,
    "server_vad": schema.ServerVad,
    "semantic_vad": schema.SemanticVad,
    "agents": schema.Agent,
}
NEAR = 0.7  # likeness from which a word was probably meant for another
# Depth, top and step of an agent's `name`, which is the key above its keys.
INJECTED = (2, ("agents",), "name")
PATTERNS = {
    "model": "Write provider/model, for example openai/gpt-realtime-2.1 or local.",
    "variables": "Use letters, digits and underscores.",
}


def suggest(word: str, known: Sequence[str]) -> str:
    """Suggest the known word that was probably meant, or list them."""
    if close := get_close_matches(word, known, 1, NEAR):
        return f"Did you mean {close[0]!r}?"
    return f"Known: {', '.join(sorted(known))}." if known else ""


def faults(error: ValidationError, data: Mapping[str, Any], marks: Marks) -> Iterator[Problem]:
    """Yield a problem for each error, at the place in the file that it comes from."""
    seen = set()
    for details in error.errors(include_url=False, include_input=False):
        if details["loc"] == ("start",) and ("start",) not in marks.at:
            continue  # taken from the first agent, whose own problem is told
        path = locate(details["loc"], data, marks)
        # Of a value that fits none of several forms one problem is told; a mapping may have several.
        key = (path, details["loc"][-1] if details["type"] in ("missing", "extra_forbidden") else "")
        if key not in seen:
            seen.add(key)
            yield Problem(marks.place(path), _what(details), _remedy(details))


def locate(loc: tuple[int | str, ...], data: Mapping[str, Any], marks: Marks) -> Path:
    """Turn pydantic's location into a path of the file: forms were normalised and defaults merged since."""
    path: Path = ()
    for step in loc:
        here = _at(data, path)
        if isinstance(here, Mapping) and isinstance(step, int) and len(here) > step:
            path = (*path, list(here)[step])  # handoffs as a mapping were made a list
        elif isinstance(here, Mapping) and step in here and (len(path), path[:1], step) != INJECTED:
            path = (*path, step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            path = (*path, step)
            if isinstance(here[step], Mapping) and len(here[step]) == 1 and path[-2] in ("handoffs", "anywhere"):
                path = (*path, next(iter(here[step])))
    return marks.written(path)


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def _what(details: ErrorDetails) -> str:
    name = details["loc"][-1] if details["loc"] else ""
    match details["type"]:
        case "extra_forbidden":
            return "unknown key"
        case "missing":
            return f"the key {name!r} is missing"
        case "literal_error" | "union_tag_invalid":
            context = details.get("ctx", {})
            return f"must be one of {context.get('expected', context.get('expected_tags'))}"
        case "union_tag_not_found":
            return "the key 'type' is missing"
        case "string_type" if name == edges.TARGET:
            return "must be a name, or one name with what is said of it"
        case "string_pattern_mismatch" if "agents" in details["loc"][:1] and name == "[key]":
            return "not a name that an agent can have"
        case "string_pattern_mismatch":
            return "not of the form that is needed here"
        case "tuple_type":
            return "must be a list, or a mapping" if name in ("handoffs", "anywhere") else "must be a list"
        case "too_short":
            return "must not be empty"
        case "model_type" | "dict_type" | "model_attributes_type":
            return "must be a mapping of keys to values"
    text = details["msg"].removeprefix("Input should be ").split(", unable to parse")[0]
    return f"must be {text}" if details["msg"].startswith("Input should be") else text[:1].lower() + text[1:]


def _remedy(details: ErrorDetails) -> str:
    loc = [step for step in details["loc"] if isinstance(step, str)]
    match details["type"]:
        case "extra_forbidden":
            return suggest(loc[-1], keys_at(loc[:-1]))
        case "missing":
            return "Add it."
        case "union_tag_not_found":
            return "Write type: server_vad or type: semantic_vad, or null to switch turn detection off."
        case "string_pattern_mismatch":
            word = next((step for step in reversed(loc) if step in PATTERNS), "")
            return PATTERNS.get(word, "Use a lower-case letter, then letters a-z, digits, _ or -, 40 at the most.")
        case "model_type" | "dict_type" | "model_attributes_type":
            return "Indent its keys below it."
        case "string_type" if loc[-1:] == [edges.TARGET]:
            return "Write `- billing` or `- billing: invoices`."
    return ""


def keys_at(path: Sequence[str]) -> list[str]:
    """Return the keys that are known below a path of names."""
    model: type[BaseModel] = schema.Team
    extra = ["defaults"]
    for step in path:
        if step in BELOW:
            model, extra = BELOW[step], []
    hidden = {"name"} if model is schema.Agent else {"to"} if model is edges.Handoff else set()
    keys = [field.alias or name for name, field in model.model_fields.items() if name not in hidden]
    return keys + extra
