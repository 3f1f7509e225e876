"""What pydantic finds wrong with a team file, said as where, what, what to do.

A value is repeated only to suggest the right one, and never when it came from the environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from orchestrator.errors import Problem
from orchestrator.team import edges, limits, rules, schema, values
from orchestrator.team.marks import Marks, Path

# Key → the model of the mapping below it.
BELOW: dict[str, type[BaseModel]] = {
    "handoffs": edges.Handoff,
    "anywhere": edges.Handoff,
    "consult": edges.Consult,
    "context": edges.Context,
    "filler": edges.Filler,
    "limits": limits.Limits,
    "call": limits.Limit,
    "silence": limits.Limit,
    "tokens": limits.Limit,
    "money": limits.Limit,
    "prices": limits.Price,
    "variables": values.Variable,
    "tools": schema.ToolRef,
    "transcription": schema.Transcription,
    "noise_reduction": schema.NoiseReduction,
    "reasoning": schema.Reasoning,
    "tool_choice": schema.FunctionChoice,
    "CustomVoice": schema.CustomVoice,
    "brain": schema.PartSpec,
    "stt": schema.PartSpec,
    "tts": schema.PartSpec,
    "providers": schema.ProviderSpec,
    "args": values.Arg,
    "server_vad": schema.ServerVad,
    "semantic_vad": schema.SemanticVad,
    "agents": schema.Agent,
}
NAMED = {"agents", "variables", "providers", "prices", "args"}  # below them stand names, then keys
WAYS = ("handoffs", "anywhere", "consult")
NEAR = 0.7  # likeness from which a word was probably meant for another
# Depth, top and step of an agent's `name`, which is the key above its keys.
INJECTED = (2, ("agents",), "name")
OPENED = re.compile(r"missing \)|unterminated|unbalanced")  # what Python says of brackets in a regular expression
LETTERS = "Use letters, digits and underscores."
# Key → what is said of a text that has not the form which is needed below it.
PATTERNS = {
    "model": ("not a model", "Write provider/model, for example openai/gpt-realtime-2.1 or local."),
    "fallback": ("not a model", "Write provider/model, for example azure/gpt-realtime-2.1 or local."),
    "variables": ("not a name that a variable can have", LETTERS),
    "needs": ("not a name that a variable can have", LETTERS),
}
NAME = (
    "not a name that an agent can have",
    "Use a lower-case letter, then letters a-z, digits, _ or -, 40 at the most.",
)
# Key → what is missing when it is.
MISSING = {
    "team": "Begin the file with `team: name`.",
    "agents": "Add an agent: `agents: {front: {instructions: Help the caller.}}`.",
    "instructions": "Add `instructions: Help the caller.`, or `instructions: {file: agents/front.md}`.",
    "tool": "Add `tool: agents/orders.py:find_order`.",
    "at": "Add `at: 600`.",
    "effort": "Add `effort: low`.",
    "enum": "Write what it can be: `enum: [small, large]`.",
    "id": "Add `id: voice_123`.",
}
# Key → what is said of a value of several possible types, of which pydantic tells each.
SEVERAL = {
    "max_output_tokens": ("not a number of tokens", "Write a whole number from 1 to 4096, or inf."),
    "last": ("not a number of lines", "Write a whole number from 1 to 400, or `share: none`."),
    "voice": ("not a voice", "Write a name such as marin, or {id: …} for a voice of your own."),
    "default": ("not a plain value", "Write text, a number, true, false or null."),
    "enum": ("not a plain value", "Write text, numbers, true, false or null: `enum: [small, large]`."),
}
# Kind of error → what, what to do; filled in from its context.
TOLD = {
    "greater_than": ("too small", "Write a number above {gt}."),
    "greater_than_equal": ("too small", "Write {ge} or more."),
    "less_than_equal": ("too large", "Write {le} or less."),
    "float": ("not a number", "Write a number without a unit, for example 1.5."),
    "int": ("not a whole number", "Write digits alone, for example 20."),
    "bool": ("neither true nor false", "Write true or false."),
    "string_too_short": ("empty", "Write agents/orders.py:find_order, or remove it."),
    "string_type": ("not text", "Write text, in quotes if it looks like a number or a list."),
}
MAPPING = "not a mapping of keys to values"
# Key → what is to stand below it, or below a name below it.
MAPPINGS = {
    "agents": "Write agents by name, each with its keys below it: `front: {instructions: Help the caller.}`.",
    "prices": "Write what a million tokens cost: `{audio_in: 32, audio_out: 64}`.",
    "variables": "Write one value, `name: value`, or keys such as `name: {enum: [red, green]}`.",
    "answers": "Write each as `question: answer`, without `- ` before it: `When do you open?: At nine.`.",
}
SECONDS = {"call", "silence", "tool", "after", "timeout", "max_age"}


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
        path = locate(details["loc"], data)
        written = marks.written(path)
        said = None if written in marks.filled else _at(data, path)
        if isinstance(said, Mapping) and str(details["loc"][-1]).startswith(("literal[", "str", "constrained-str")):
            continue  # of two forms it has that of a mapping, whose problems are told
        if details["type"] == "too_short" and said:
            continue  # what is in it is wrong, and told
        # Of a value that fits none of several forms one problem is told; a mapping may have several.
        key = (written, details["loc"][-1] if details["type"] in ("missing", "extra_forbidden") else "")
        if key not in seen:
            seen.add(key)
            yield Problem(
                marks.place(written), *_told(details, said, empty=said is None and written not in marks.filled)
            )


def locate(loc: tuple[int | str, ...], data: Mapping[str, Any]) -> Path:
    """Turn pydantic's location into a path of the file's data: short forms were made long since."""
    path: Path = ()
    for step in loc:
        here = _at(data, path)
        if isinstance(here, Mapping) and isinstance(step, int) and len(here) > step:
            path = (*path, list(here)[step])  # handoffs as a mapping were made a list
        elif isinstance(here, Mapping) and step in here and (len(path), path[:1], step) != INJECTED:
            path = (*path, step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            path = (*path, step)
            if isinstance(here[step], Mapping) and len(here[step]) == 1 and path[-2] in WAYS:
                path = (*path, next(iter(here[step])))
    return path


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def _told(details: ErrorDetails, said: Any, *, empty: bool) -> tuple[str, str]:
    """Say what is wrong and what to do; `said` is what the file says, None when it must not be repeated."""
    loc = [step for step in details["loc"] if isinstance(step, str)]
    name = loc[-1] if loc else ""
    kind, context = details["type"], details.get("ctx", {})
    match kind:
        case "extra_forbidden":
            if " " in name:
                return "unknown key", "If it is text after a comma, put the whole text in quotes."
            return "unknown key", suggest(name, keys_at(loc[:-1]))
        case "missing":
            return f"the key {name!r} is missing", MISSING.get(name, f"Add `{name}:`.")
        case "union_tag_not_found" | "union_tag_invalid":
            remedy = "Write type: server_vad or type: semantic_vad, or null to switch turn detection off."
            return "the key 'type' is missing" if kind.endswith("found") else "not a `type` that there is", remedy
        case "value_error":
            return _own(str(context["error"]), loc, said)
        case "string_pattern_mismatch":
            return next((PATTERNS[step] for step in reversed(loc) if step in PATTERNS), NAME)
    if kind == "tuple_type" and name == "enum":
        listed = f"`enum: [{said}]`" if isinstance(said, str | int | float) else "`enum: [small, large]`"
        return "not a list", f"Write {listed}."
    several = next((SEVERAL[step] for step in reversed(loc[-2:]) if step in SEVERAL), None)
    if several and kind != "too_short":
        return several if not kind.startswith(("less_than", "greater_than")) else (TOLD[kind][0], several[1])
    if kind == "literal_error":
        return _word(str(context["expected"]), said)
    return _form(kind, loc, context, empty=empty)


def _own(what: str, loc: list[str], said: Any) -> tuple[str, str]:
    """Say what a check of ours found."""
    if "rules" in loc[:1]:
        text = " ".join(map(str, next(iter(said.items())))) if isinstance(said, Mapping) and said else said
        guess = rules.likely(text) if isinstance(text, str) else ""
        return what, f"Did you mean `{guess}`?" if guess else f"Write one of: {rules.FORMS}."
    if OPENED.search(what) and said is not None:
        remedy = r"Close what is opened in it, and put \ before a bracket that is meant literally: '^\(\d{4}\)$'."
        return what, remedy
    remedy = r"Put it in single quotes, and \ before what is meant literally, for example '^\d{4}\.$'."
    return (what if said is not None else what.partition(":")[0]), remedy


def _word(expected: str, said: Any) -> tuple[str, str]:
    known = re.findall(r"'([^']+)'", expected)
    close = get_close_matches(said, known, 1, NEAR) if isinstance(said, str) else []
    written = " or ".join(filter(None, [", ".join(map(repr, known[:-1])), repr(known[-1])]))
    return "not a word that can stand here", f"Did you mean {close[0]!r}?" if close else f"Write {written}."


def _form(kind: str, loc: list[str], context: Mapping[str, Any], *, empty: bool) -> tuple[str, str]:
    """Say what is wrong with the form of a value: its type, its size."""
    name = loc[-1]
    if kind == "string_type" and name == edges.TARGET:
        return "must be a name, or one name with what is said of it", "Write `- billing` or `- billing: invoices`."
    if kind == "string_type" and loc[-2:] == ["filler", "say"]:
        return "not text", "Write what is said, or null for silence."
    if kind == "string_too_short" and "tools" not in loc:
        return "empty", "Write its text, or remove it."
    if kind == "string_type" and empty:
        return "empty", MISSING.get(name, "Write its text, or remove it.")
    if kind == "tuple_type" and name in WAYS:
        return "neither a list nor a mapping", f"Write `{name}: [billing]` or `{name}: {{billing: invoices}}`."
    if kind == "tuple_type":
        return "not a list", f"Write `{name}: […]`, or one a line after `- `."
    if kind == "too_short":
        return "empty", MISSING.get(name, "Name at least one.")
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        below = next((MAPPINGS[step] for step in reversed(loc[-2:]) if step in MAPPINGS), "")
        return MAPPING, below or "Indent its keys below it, or remove it."
    what, remedy = TOLD.get(kind) or TOLD.get(kind.split("_")[0], ("cannot be used", "See `orchestrator schema`."))
    if kind.startswith("float") and SECONDS.intersection(loc):
        remedy = "Write seconds as a plain number, for example 20."
    return what, remedy.format(
        **{key: f"{value:g}" for key, value in context.items() if isinstance(value, int | float)}
    )


def keys_at(path: Sequence[str]) -> list[str]:
    """Return the keys that are known below a path of names."""
    model: type[BaseModel] = schema.Team
    extra = ["defaults"]
    steps = iter(path)
    for step in steps:
        if step in BELOW:
            model, extra = BELOW[step], []
        if step in NAMED:
            next(steps, None)  # a name may be that of a key
    hidden = {"name"} if model is schema.Agent else {"to"} if issubclass(model, edges.Edge) else set()
    keys = [field.alias or name for name, field in model.model_fields.items() if name not in hidden]
    return keys + extra
